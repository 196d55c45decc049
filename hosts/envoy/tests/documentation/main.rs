//! Tests that docs/envoy.md is correct: its first steps work as pasted, its recipes do what they promise, its tables name what
//! exists, and its known facts are facts. The manifests of examples/ run as far as Envoy alone can run them.

mod facts;
mod lab;
mod manifests;
mod recipes;
mod tables;

use std::{
    fs,
    os::unix::{fs::symlink, process::CommandExt},
    process::{Command, Stdio},
};

use lab::{GUIDE, blocks, elsewhere, envoy_path, module_path};

#[test]
fn the_first_steps_work_as_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for directory in ["bin", "repository/target/envoy"] {
        fs::create_dir_all(path(directory)).unwrap();
    }
    symlink(envoy_path(), path("bin/envoy")).unwrap();
    symlink(module_path(), path("repository/target/envoy/libcertbound_envoy.so")).unwrap();
    let steps = blocks(GUIDE, "### 2. Try it", "### 3. Enforce it", "sh");
    assert_eq!(steps.len(), 3);
    // Only the ports are changed, to free ones.
    let (script, _) = elsewhere(&steps.join("\n"));
    let search = format!("{}:{}", path("bin").display(), std::env::var("PATH").unwrap());
    let child = Command::new("bash")
        .args(["-c", &script])
        .current_dir(path("repository"))
        .env("PATH", search)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = format!("-{}", child.id());
    let output = child.wait_with_output().unwrap();
    let left = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status().unwrap();
    assert!(!left.success(), "the steps leave Envoy running");

    let text = |bytes| String::from_utf8_lossy(bytes).replace('\r', "");
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    let statuses: Vec<_> = out.lines().filter_map(|line| line.strip_prefix("HTTP/2 ")).map(str::trim).collect();
    assert_eq!(statuses, ["200", "401", "401", "403", "200"], "{out}{errors}");
    let shown = blocks(GUIDE, "### 2. Try it", "### 3. Enforce it", "text");
    let [rejected, logged, backend] = shown[..] else { panic!("{shown:?}") };
    for line in rejected.lines().chain(backend.lines()) {
        assert!(out.lines().any(|found| found.trim() == line), "{line}: {out}");
    }
    // The shortened line has some members of the whole one.
    let mut members = logged.trim_matches(['{', '}']).split(',');
    let thief = out.lines().find(|line| line.contains("certificate_mismatch")).unwrap();
    assert!(members.all(|member| thief.contains(member)), "{logged}: {out}");
    for reason in ["certificate_missing", "insufficient_scope", "ok"] {
        assert!(out.contains(&format!(r#""verdict":"{reason}""#)), "{reason}: {out}");
    }
}
