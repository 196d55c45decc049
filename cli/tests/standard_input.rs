//! Standard input: several arguments can name it, but only one can read it.

#![cfg(unix)]

mod support;

use std::process::Stdio;

use support::{AUDIENCE, ISSUER, NOW, World, command, run_with_input};

const NAMES: [&str; 5] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev//stdin"];

#[test]
fn every_name_of_standard_input_is_read() {
    let world = World::new();
    let expected = format!("{}\n", certbound::Thumbprint::of_der(&world.certificate));
    for name in NAMES {
        assert_eq!(run_with_input(&["thumbprint", name], &world.certificate).accepted(), expected);
        run_with_input(&["keys", name], world.issuer.jwks().as_bytes()).accepted();
        let token = world.token();
        let arguments = ["verify", "--jwks", &world.jwks, "--issuer", ISSUER, "--audience", AUDIENCE, "--now", NOW];
        run_with_input(&[&arguments[..], &["--cert", name, &token]].concat(), &world.certificate).accepted();
    }
}

#[test]
fn two_arguments_cannot_share_standard_input() {
    let world = World::new();
    let token = world.token();
    let metadata = world.files.write("client.json", "{}");
    let verify = |jwks: &str, cert: &str, token: &str| {
        let policy = ["--issuer", ISSUER, "--audience", AUDIENCE, "--now", NOW];
        let arguments = [&["verify", "--jwks", jwks, "--cert", cert][..], &policy, &[token]].concat();
        run_with_input(&arguments, &world.certificate).unusable()
    };
    for one in NAMES {
        let message = verify(&world.jwks, one, "-");
        assert!(
            message.contains(&format!("given twice: as the token - and as --cert {one}; pass a file")),
            "{message}"
        );
        let message = verify(one, &world.cert, "-");
        assert!(message.contains(&format!("given twice: as --jwks {one} and as the token -;")), "{message}");
        let message = verify(one, one, "-");
        assert!(message.contains("given several times: as --jwks "), "{message}");
        for other in NAMES {
            let message = verify(one, other, &token);
            assert!(message.contains(&format!("given twice: as --jwks {one} and as --cert {other};")), "{message}");
            let message = run_with_input(&["introspection", "--cert", one, other], &world.certificate).unusable();
            assert!(message.contains(&format!("given twice: as --cert {one} and as FILE {other};")), "{message}");
            let message = run_with_input(&["client-auth", "--metadata", one, "--cert", other], b"{}").unusable();
            assert!(message.contains(&format!("given twice: as --metadata {one} and as --cert {other};")), "{message}");
        }
    }
    // An ordinary file does not conflict with it, and a token that looks like its path is a token.
    let message =
        run_with_input(&["client-auth", "--metadata", &metadata, "--cert", "-"], &world.certificate).unusable();
    assert!(message.contains("authentication_method_unsupported"), "{message}");
    let arguments = ["verify", "--jwks", "-", "--issuer", ISSUER, "--audience", AUDIENCE, "/dev/stdin"];
    run_with_input(&arguments, world.issuer.jwks().as_bytes()).rejected("token_not_compact");
}

/// Other paths can lead to the same pipe.
#[test]
fn a_pipe_is_recognized_under_any_name() {
    let world = World::new();
    let link = world.files.path("link");
    std::os::unix::fs::symlink("/dev/stdin", &link).unwrap();
    let message = run_with_input(&["introspection", "--cert", &link, "-"], &world.certificate).unusable();
    assert!(message.contains(&format!("given twice: as --cert {link} and as FILE -;")), "{message}");
}

/// A file can be read both by its name and redirected to standard input.
#[test]
fn a_redirected_file_can_also_be_read_by_name() {
    let world = World::new();
    let token = world.files.write("token", world.token());
    let stdin = Stdio::from(std::fs::File::open(&token).unwrap());
    let output = command(&world.verify_arguments(&["-"])).stdin(stdin).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let stdin = Stdio::from(std::fs::File::open(&world.jwks).unwrap());
    let output = command(&["client-auth", "--metadata", &world.jwks, "--cert", "-"]).stdin(stdin).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!message.contains("given twice"), "{message}");
}
