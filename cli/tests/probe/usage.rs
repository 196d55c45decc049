//! Arguments and files that cannot be used, before anything is sent; and the outputs.

use std::{fs, process::Command};

use crate::{
    support::{AUDIENCE, HEADER, ISSUER, claims, command, run, run_with_input},
    weak_api::Weakness,
    world::{Findings, World},
};

#[test]
fn wrong_usage_sends_nothing() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let plain = url.replace("https", "http");
    let other = world.files.write("bound.jwt", world.issuer.sign(HEADER, &claims(&world.thief.certificate)));
    let long = world.files.write("long.jwt", "a".repeat(16 * 1024 + 1));
    let encrypted = world.files.write(
        "encrypted.key",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let bearer = world.files.write("bearer", "Bearer a.b.c");
    let response = world.files.write("response.json", r#"{"access_token": "a.b.c"}"#);
    let (cert, key) = (&world.owners[0], &world.owners[1]);
    let usual = claims(&world.owner.certificate);
    let token = |name: &str, from: &str, to: &str| {
        assert!(usual.contains(from));
        world.files.write(name, world.issuer.sign(HEADER, &usual.replace(from, to)))
    };
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    // Ten seconds less than needed, for a slow machine.
    let just_expired = token("just-expired.jwt", "1900000060", &(now - 590).to_string());
    let unbound = token("unbound.jwt", "x5t#S256", "jkt");
    let other_issuer = token("other-issuer.jwt", ISSUER, "https://other-as.example");
    let expired =
        usual.replace("1900000060", "1700000000").replace(AUDIENCE, "c").replace("https://other.example", "d");
    let other_expired = world.files.write("other-expired.jwt", world.issuer.sign(HEADER, &expired));
    let opaque = world.files.write("opaque", "opaque");
    let not_json = world.files.write("not.json", "<html>");
    let no_keys = world.files.write("no-keys.json", r#"{"keys": []}"#);
    let other_kind = world.files.write(
        "other-kind.json",
        r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    );
    let unusable =
        world.files.write("unusable.json", r#"{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}"#);
    let base = ["probe", &url, "--ca", &world.ca];
    let pair = ["--cert", cert, "--key", key];
    let with_token = [&base[..], &pair, &["--token", &world.token]].concat();
    let with = |more: &[&'static str]| [&with_token[..], more].concat();
    for (arguments, words) in [
        ([&["probe", &plain][..], &pair, &["--token", &world.token]].concat(), "does not begin with https://"),
        ([&base[..], &pair].concat(), "--token"),
        ([&base[..], &pair, &["--issuer", &url]].concat(), "--client-id"),
        (with(&["--issuer", "https://as.example", "--client-id", "a"]), "cannot be used with"),
        (with(&["--scope", "a"]), "cannot be used with"),
        (with(&["--client-id", "a"]), "cannot be used with"),
        (with(&["--thief-cert", "x"]), "--thief-key"),
        (with(&["--report", "/nonexistent/report.html"]), "its folder does not exist"),
        (with(&["--report", "/"]), "it is a folder, a pipe or a device, not a file"),
        (with(&["--report", "/dev/null"]), "it is a folder, a pipe or a device, not a file"),
        (with(&["--jwks", "/nonexistent/jwks.json"]), "No such file"),
        ([&with_token[..], &["--jwks", &not_json]].concat(), "expected a JWK Set"),
        ([&with_token[..], &["--jwks", &no_keys]].concat(), "no key with the kid of the token"),
        ([&with_token[..], &["--jwks", &other_kind]].concat(), "no key with the kid of the token"),
        (
            [&with_token[..], &["--jwks", &unusable]].concat(),
            "key_set_without_usable_key: the JWK Set has no key that can verify",
        ),
        (with(&["--report", "-"]), "needs a file, not a stream"),
        ([&base[..], &["--cert", cert, "--key", cert, "--token", &world.token]].concat(), "it is a certificate (PEM"),
        ([&base[..], &["--cert", key, "--key", key, "--token", &world.token]].concat(), "it is a private key (PEM"),
        (
            [&base[..], &["--cert", cert, "--key", &world.thiefs[1], "--token", &world.token]].concat(),
            "does not belong to",
        ),
        ([&base[..], &["--cert", cert, "--key", &encrypted, "--token", &world.token]].concat(), "without a passphrase"),
        ([&base[..], &pair, &["--token", &other]].concat(), "the token is bound to the certificate with"),
        ([&base[..], &pair, &["--token", &long]].concat(), "at most 16 KiB"),
        ([&base[..], &pair, &["--token", &bearer]].concat(), "without \"Bearer\""),
        ([&base[..], &pair, &["--token", &response]].concat(), "it is a token response"),
        ([&base[..], &pair, &["--token", "/dev/null"]].concat(), "it is empty"),
        ([&with_token[..], &["--expired-token", &world.token]].concat(), "at least 600 seconds in the past"),
        ([&with_token[..], &["--expired-token", &just_expired]].concat(), "at least 600 seconds in the past"),
        ([&with_token[..], &["--expired-token", &unbound]].concat(), "it is not bound"),
        ([&with_token[..], &["--expired-token", &opaque]].concat(), "it is not a signed JWT"),
        ([&with_token[..], &["--expired-token", &other_expired]].concat(), "it has no aud of the token"),
        ([&with_token[..], &["--other-audience-token", &world.token]].concat(), "has the same aud"),
        ([&with_token[..], &["--other-audience-token", &world.expired]].concat(), "it is not valid now"),
        ([&with_token[..], &["--other-audience-token", &unbound]].concat(), "it is not bound"),
        ([&with_token[..], &["--other-audience-token", &opaque]].concat(), "it is not a signed JWT"),
        ([&with_token[..], &["--other-audience-token", &other_issuer]].concat(), "its iss is not that of the token"),
        ([&with_token[..], &["--other-audience-token", &other]].concat(), "the token is bound to"),
        ([&with_token[..], &["--thief-cert", cert, "--thief-key", key]].concat(), "the same certificate"),
        (
            [&base[..], &pair, &["--token", "-", "--expired-token", "-"]].concat(),
            "standard input can be read only once",
        ),
    ] {
        let message = run(&arguments).unusable();
        assert!(message.contains(words) && !message.contains("c2VjcmV0"), "{words} is not in {message}");
    }
    assert_eq!(api.paths(), [""; 0]);
    Findings::of(&with_token).incomplete();
}

#[test]
fn a_token_is_read_from_standard_input() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let arguments = [&world.client(&url)[..], &["--token", "-"]].concat();
    let output = run_with_input(&arguments, format!("{}\r\n", fs::read_to_string(&world.token).unwrap()).as_bytes());
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
}

#[test]
fn each_attack_has_a_mark_an_answer_and_a_meaning() {
    let world = World::new();
    let api = world.api(Some(Weakness::TrustsXSslCert), &[]);
    let url = api.url("/accounts");
    let output = run(&world.all(&url));
    assert_eq!(output.code, Some(1));
    let lines: Vec<_> = output.stdout.lines().collect();
    let after = |title: &str| {
        let place = lines
            .iter()
            .position(|line| *line == title)
            .unwrap_or_else(|| panic!("{title} is not in {}", output.stdout));
        lines[place + 1].trim()
    };
    assert_eq!(after("✓ accepted  the owner's certificate and token"), "200: the owner can use the token");
    assert!(after("✓ refused   the stolen token, no certificate").starts_with("401: the token alone is worthless"));
    let meaning = after("✗ accepted  the stolen token, the owner's certificate in a forged X-SSL-Cert");
    assert!(meaning.starts_with("200, 200: the API believes a certificate in a header"), "{meaning}");
    assert!(lines.last().unwrap().starts_with("19 as they should be, 1 wrong; "), "{}", output.stdout);
    assert!(
        output
            .stderr
            .starts_with("rejected: vulnerable: One thing that should be refused was accepted: forged_x_ssl_cert. ")
    );
}

#[test]
fn colours_and_progress_are_for_terminals() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let arguments = world.least(&url);
    let plain = command(&arguments).output().unwrap();
    assert!(plain.stderr.is_empty() && !plain.stdout.contains(&0x1b));
    let words = arguments.iter().map(|argument| format!("'{argument}'")).collect::<Vec<_>>().join(" ");
    let program = env!("CARGO_BIN_EXE_certbound");
    // A terminal for both streams.
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &format!("{program} {words}"), "/dev/null"])
        .env("TERM", "xterm")
        .env_remove("NO_COLOR")
        .output()
        .expect("script is missing: install the Debian package bsdutils");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("\r\u{1b}[K1/20 the owner's certificate and token\r\u{1b}[K2/20 "), "{text:?}");
    assert!(text.contains("\u{1b}[K20/20 ") && text.contains("\u{1b}[1m\u{1b}[32m✓ refused"), "{text:?}");
}
