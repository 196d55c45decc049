//! Runs the commands of docs/cli.md as a shell does.

use std::{
    env, fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The search path with the built command first.
fn search_path() -> String {
    let command = Path::new(env!("CARGO_BIN_EXE_certbound")).parent().unwrap();
    format!("{}:{}", command.display(), env::var("PATH").unwrap())
}

#[test]
fn the_commands_of_the_quick_start_work() {
    let root = root();
    let guide = fs::read_to_string(root.join("docs/cli.md")).unwrap();
    let (_, block) = guide.split_once("\ncd examples/quick_start\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();

    let mut codes = Vec::new();
    for line in block.lines() {
        let outcome = Command::new("sh")
            .args(["-c", line])
            .current_dir(root.join("examples/quick_start"))
            .env("PATH", search_path())
            .output()
            .unwrap();
        let error = String::from_utf8(outcome.stderr).unwrap();
        codes.push(outcome.status.code().unwrap());
        match outcome.status.code() {
            Some(0) => assert!(!outcome.stdout.is_empty(), "{line}: {error}"),
            _ => assert!(error.starts_with("rejected: certificate_mismatch: "), "{line}: {error}"),
        }
    }
    // The second one shows the thief.
    assert_eq!(codes, [0, 1, 0, 0, 0, 0, 0]);
}

/// In another folder and on a free port, but otherwise as pasted.
#[test]
fn a_key_set_is_kept_current_as_pasted() {
    let guide = fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let (_, block) = guide.split_once("\nTo try it without an issuer, paste").unwrap();
    let (_, block) = block.split_once("\n```sh\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let folder = tempfile::tempdir().unwrap();
    let example = folder.path().join("examples/quick_start");
    fs::create_dir_all(&example).unwrap();
    fs::copy(root().join("examples/quick_start/jwks.json"), example.join("jwks.json")).unwrap();
    let output = Command::new("bash")
        .args(["-c", &block.replace("8443", &port.to_string())])
        .current_dir(folder.path())
        .env("PATH", search_path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (out, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    // The comments say how each log line begins.
    let titles = ["changed: ", "unchanged: ", "rejected: "];
    let expected: Vec<_> = block
        .lines()
        .filter_map(|line| Some(line.split_once("# ")?.1.trim_end_matches('…')))
        .filter(|comment| titles.iter().any(|title| comment.starts_with(title)))
        .collect();
    let logged: Vec<_> = errors.lines().filter(|line| titles.iter().any(|title| line.starts_with(title))).collect();
    assert_eq!((expected.len(), logged.len()), (4, 4), "{errors}");
    for (line, expected) in logged.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line} does not begin with {expected}");
    }
    assert!(out.contains("\"kid\":\"2026-11\""), "{out}");
}
