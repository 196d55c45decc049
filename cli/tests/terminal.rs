//! Help, colours, pipes and unusual arguments.

mod support;

use std::{
    fs,
    process::{Command, Stdio},
};

use support::{World, command, run};

const COMMANDS: [&str; 11] = [
    "verify",
    "thumbprint",
    "inspect",
    "keys",
    "tables",
    "client-auth",
    "introspection",
    "sync",
    "probe",
    "completions",
    "manual",
];

#[test]
fn help_covers_the_basics() {
    let help = run(&["--help"]).accepted();
    for words in
        COMMANDS.iter().chain(&["Exit codes:", "RFC 8705", "the first one must be the leaf", "CRLF", "NO_COLOR"])
    {
        assert!(help.contains(words), "{words} is not in {help}");
    }
    for name in COMMANDS {
        let help = run(&[name, "--help"]).accepted();
        for words in ["Usage: certbound ", "Example", "Exit codes:"] {
            assert!(help.contains(words), "{words} is not in {help}");
        }
        assert!(!run(&[name, "-h"]).accepted().is_empty());
    }
    assert!(run(&["probe", "--help"]).accepted().contains("ONLY FOR SYSTEMS THAT YOU ARE ALLOWED TO TEST"));
    assert!(run(&["client-auth", "--help"]).accepted().contains("validated the certificate's chain"));
    assert_eq!(run(&["--version"]).accepted(), format!("certbound {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(run(&["manual", path]).accepted(), "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), COMMANDS.len() + 1);
    for name in COMMANDS {
        let page = fs::read_to_string(folder.path().join(format!("certbound-{name}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS") && page.contains("Exit codes:"), "{page}");
    }
    let missing = folder.path().join("missing");
    assert!(run(&["manual", missing.to_str().unwrap()]).unusable().contains("name an existing folder"));
}

#[test]
fn bash_completes_commands_and_options() {
    let script = run(&["completions", "bash"]).accepted();
    let complete = |words: &str| {
        let last = words.split(' ').count() - 1;
        let shell = format!(
            "{script}\nCOMP_WORDS=({words}) COMP_CWORD={last}; _certbound certbound \"${{COMP_WORDS[{last}]}}\" \"\"\necho \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash").args(["-c", &shell]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("certbound ver"), "verify\n");
    assert_eq!(complete("certbound verify --aud"), "--audience\n");
    for (shell, word) in [("zsh", "#compdef certbound"), ("fish", "complete -c certbound")] {
        assert!(run(&["completions", shell]).accepted().contains(word), "{shell}");
    }
}

/// Tokens are untrusted, and scripts interpret exit code 0 as accepted.
#[test]
fn a_token_that_asks_for_help_is_not_accepted() {
    let world = World::new();
    for token in ["--help", "-h", "-hh"] {
        assert!(world.verify(&[token]).unusable().contains("mixed with other arguments"), "{token}");
        world.verify(&["--", token]).rejected("token_not_compact");
    }
    assert!(run(&["help", "verify"]).accepted().contains("Usage: certbound verify "));
}

#[test]
fn colours_follow_the_environment() {
    let stderr = |variables: &[(&str, &str)]| {
        let output = command(&["inspect", "opaque"]).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(stderr(&[]).starts_with("rejected: token_not_compact: "));
    assert!(stderr(&[("CLICOLOR_FORCE", "1")]).contains("\u{1b}["));
    assert!(stderr(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]).starts_with("rejected: token_not_compact: "));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let world = World::new();
    let token = world.token();
    let verify = world.verify_arguments(&[&token]);
    for arguments in [&verify[..], &["inspect", &token], &["keys", &world.jwks], &["--help"], &["verify", "--help"]] {
        let mut child = command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{message}");
        assert!(message.is_empty() || message.starts_with("warning: NOT VERIFIED"), "{message}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let world = World::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(&world.verify_arguments(&[&world.token()])).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: standard output cannot be written"));
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf_8_are_handled() {
    use std::os::unix::ffi::OsStrExt;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\x1b[2J.\xfe.");
    for name in ["inspect", "thumbprint", "keys"] {
        let output = Command::new(env!("CARGO_BIN_EXE_certbound")).arg(name).arg(odd).output().unwrap();
        assert_eq!(output.status.code(), Some(if name == "inspect" { 1 } else { 2 }));
        assert!(!output.stderr.contains(&0x1b));
    }
}
