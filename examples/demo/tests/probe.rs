//! `certbound probe` finds Server B without weaknesses, and reads what `serve` writes.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

#[path = "../../../tests/support/command.rs"]
mod command;

/// The demo's servers, which end with it.
struct Servers(Child);

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn stolen_tokens_are_worthless_at_server_b() {
    // The first build may take minutes, and tokens expire.
    command::build();
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_certbound-demo"))
        .arg("serve")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut servers = Servers(child);
    let mut url = String::new();
    BufReader::new(servers.0.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let files = [
        ("--cert", "server-a.der"),
        ("--key", "server-a.key"),
        ("--thief-cert", "server-c.der"),
        ("--thief-key", "server-c.key"),
        ("--token", "token.jwt"),
        ("--other-audience-token", "payments.jwt"),
        ("--jwks", "jwks.json"),
        ("--ca", "ca.der"),
    ]
    .map(|(option, name)| [option.to_owned(), path(name)]);
    let arguments: Vec<_> = std::iter::once(url.trim()).chain(files.iter().flatten().map(String::as_str)).collect();
    command::probe(arguments).protected(&["expired"]);
}

#[test]
fn other_arguments_are_refused() {
    for arguments in [&["serve"][..], &["play"], &["serve", "a", "b"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_certbound-demo")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains("serve FOLDER"));
    }
}
