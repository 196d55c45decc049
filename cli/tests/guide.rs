//! Runs the quick start of docs/cli.md, command by command, as a shell does.

use std::{env, path::Path, process::Command};

#[test]
fn the_commands_of_the_quick_start_work() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let guide = std::fs::read_to_string(root.join("docs/cli.md")).unwrap();
    let (_, block) = guide.split_once("\ncd examples/quick_start\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();

    let command = Path::new(env!("CARGO_BIN_EXE_certbound")).parent().unwrap().to_str().unwrap();
    let path = format!("{command}:{}", env::var("PATH").unwrap());
    let mut codes = Vec::new();
    for line in block.lines() {
        let outcome = Command::new("sh")
            .args(["-c", line])
            .current_dir(root.join("examples/quick_start"))
            .env("PATH", &path)
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
