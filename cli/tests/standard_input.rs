//! Standard input, which several arguments may name, and which can be read once.

#![cfg(unix)]

mod support;

use std::process::Stdio;

use support::{AUDIENCE, ISSUER, NOW, World, command, run_with_input};

const NAMES: [&str; 5] = ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "/dev//stdin"];

#[test]
fn any_name_of_it_is_read() {
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
fn two_arguments_cannot_share_it() {
    let world = World::new();
    let token = world.token();
    let metadata = world.files.write("client.json", "{}");
    let verify = |jwks: &str, cert: &str, token: &str| {
        let policy = ["--issuer", ISSUER, "--audience", AUDIENCE, "--now", NOW];
        let arguments = [&["verify", "--jwks", jwks, "--cert", cert][..], &policy, &[token]].concat();
        run_with_input(&arguments, &world.certificate).unusable()
    };
    for one in NAMES {
        let said = verify(&world.jwks, one, "-");
        assert!(said.contains(&format!("given twice: as the token - and as --cert {one}; name a file")), "{said}");
        let said = verify(one, &world.cert, "-");
        assert!(said.contains(&format!("given twice: as --jwks {one} and as the token -;")), "{said}");
        let said = verify(one, one, "-");
        assert!(said.contains("given several times: as --jwks "), "{said}");
        for other in NAMES {
            let said = verify(one, other, &token);
            assert!(said.contains(&format!("given twice: as --jwks {one} and as --cert {other};")), "{said}");
            let said = run_with_input(&["introspection", "--cert", one, other], &world.certificate).unusable();
            assert!(said.contains(&format!("given twice: as --cert {one} and as FILE {other};")), "{said}");
            let said = run_with_input(&["client-auth", "--metadata", one, "--cert", other], b"{}").unusable();
            assert!(said.contains(&format!("given twice: as --metadata {one} and as --cert {other};")), "{said}");
        }
    }
    // A file beside it is none of its names, and a token of the same letters is a token.
    let said = run_with_input(&["client-auth", "--metadata", &metadata, "--cert", "-"], &world.certificate).unusable();
    assert!(said.contains("authentication_method_unsupported"), "{said}");
    let arguments = ["verify", "--jwks", "-", "--issuer", ISSUER, "--audience", AUDIENCE, "/dev/stdin"];
    run_with_input(&arguments, world.issuer.jwks().as_bytes()).rejected("token_not_compact");
}

/// A pipe has other names than those, which lead to it all the same.
#[test]
fn a_pipe_is_known_by_itself() {
    let world = World::new();
    let link = world.files.path("link");
    std::os::unix::fs::symlink("/dev/stdin", &link).unwrap();
    let said = run_with_input(&["introspection", "--cert", &link, "-"], &world.certificate).unusable();
    assert!(said.contains(&format!("given twice: as --cert {link} and as FILE -;")), "{said}");
}

/// A file that standard input is redirected from can be read beside it.
#[test]
fn a_redirected_file_is_read_by_its_own_name() {
    let world = World::new();
    let token = world.files.write("token", world.token());
    let stdin = Stdio::from(std::fs::File::open(&token).unwrap());
    let output = command(&world.verify_arguments(&["-"])).stdin(stdin).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let stdin = Stdio::from(std::fs::File::open(&world.jwks).unwrap());
    let output = command(&["client-auth", "--metadata", &world.jwks, "--cert", "-"]).stdin(stdin).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("given twice"), "{said}");
}
