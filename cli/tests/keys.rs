//! `certbound keys`, run as a user would.

mod support;

use support::{Files, Issuer, run, run_with_input};

const ED25519: &str = r#""kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

#[test]
fn usable_and_unusable_keys_are_listed_with_their_positions() {
    let files = Files::new();
    let jwks = format!(
        r#"{{"keys": [{{"kty": "oct", "kid": "shared"}}, {}, 7, {{{ED25519}}}, {{{ED25519}, "use": "enc", "kid": "enc-1"}}]}}"#,
        Issuer::new().jwk()
    );
    let file = files.write("jwks.json", &jwks);
    let text = run(&["keys", &file]).accepted();
    let lines: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[..4], ["2 usable keys", "2 \"1\" EC P-256 ES256", "4 (no kid) OKP Ed25519 EdDSA", ""]);
    assert_eq!(lines[4], "3 keys passed over");
    assert!(lines[5].starts_with("1 \"shared\" key_type_unsupported: the key's kty is not supported; "));
    assert!(lines[6].starts_with("3 (no kid) key_not_object: "));
    assert!(lines[7].starts_with("5 \"enc-1\" key_use_unsuited: "));
    assert_eq!(run_with_input(&["keys", "-"], jwks.as_bytes()).accepted(), text);
}

#[test]
fn private_keys_cause_a_warning_and_are_not_shown() {
    let files = Files::new();
    let jwks =
        format!(r#"{{"keys": [{{{ED25519}, "kid": "a", "d": "c2VjcmV0"}}, {{"kty": "oct", "k": "c2VjcmV0"}}]}}"#);
    let outcome = run(&["keys", &files.write("jwks.json", jwks)]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("warning: key 1 (kid \"a\") has d: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: key 2 (kid none) has k: "), "{}", outcome.stderr);
    assert!(!format!("{outcome:?}").contains("c2VjcmV0"));
}

#[test]
fn a_null_member_is_not_private() {
    let files = Files::new();
    let jwks = format!(r#"{{"keys": [{{{ED25519}, "kid": null, "d": null, "k": null}}]}}"#);
    assert!(run(&["keys", &files.write("jwks.json", jwks)]).accepted().contains("1 usable key\n"));
}

/// As many keys as fit into a text of the maximum length.
#[test]
fn a_set_of_maximum_length_is_read() {
    let (start, end) = (r#"{"keys": ["#, "]}");
    let key = |number: usize| format!(r#"{{{ED25519}, "kid": "{number}"}}"#);
    let mut keys = vec![key(0)];
    let mut length = start.len() + key(0).len() + end.len();
    while length + 1 + key(keys.len()).len() <= 256 * 1024 {
        length += 1 + key(keys.len()).len();
        keys.push(key(keys.len()));
    }
    assert!(keys.len() > 2500);
    let mut jwks = format!("{start}{}{end}", keys.join(","));
    jwks.push_str(&" ".repeat(256 * 1024 - jwks.len()));
    let text = run_with_input(&["keys", "-"], jwks.as_bytes()).accepted();
    assert!(text.starts_with(&format!("{} usable keys\n", keys.len())), "{}", text.lines().next().unwrap());
    assert!(text.contains(&format!("{:?}", (keys.len() - 1).to_string())));
    jwks.push(' ');
    assert!(run_with_input(&["keys", "-"], jwks.as_bytes()).unusable().contains("json_too_long"));
}

#[test]
fn a_set_that_lists_no_keys_withdraws_all() {
    let files = Files::new();
    for jwks in [r#"{"keys": []}"#, r#" {"keys" : [ ], "x": 1}"#] {
        let text = run(&["keys", &files.write("empty.json", jwks)]).accepted();
        assert!(text.contains("lists no keys") && text.contains("withdraws all"), "{text}");
        assert!(text.contains("keys_withdrawn"), "{text}");
    }
}

#[test]
fn a_set_without_a_usable_key_is_listed_and_fails() {
    let files = Files::new();
    let outcome =
        run(&["keys", &files.write("jwks.json", r#"{"keys": [{"kty": "EC", "crv": "secp256k1", "kid": "x"}]}"#)]);
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.stdout.contains("curve_unsupported"), "{}", outcome.stdout);
    assert!(outcome.stderr.contains("key_set_without_usable_key"), "{}", outcome.stderr);
}

/// Reading takes linear time: the limit is CPU time, so a busy machine does not matter, and quadratic time would exceed it.
#[cfg(unix)]
#[test]
fn a_set_of_many_unusable_keys_is_read_quickly() {
    let files = Files::new();
    let jwks = files.write("many.json", format!(r#"{{"keys": [{} {{{ED25519}}}]}}"#, "1,".repeat(130_000)));
    let limited = std::process::Command::new("sh")
        .args(["-c", r#"ulimit -t 30; exec "$0" keys "$1""#, env!("CARGO_BIN_EXE_certbound"), &jwks])
        .output()
        .unwrap();
    let text = String::from_utf8(limited.stdout).unwrap();
    assert!(limited.status.success(), "{:?}", limited.status);
    assert!(text.contains("130001  (no kid)  OKP Ed25519") && text.contains("130000 keys passed over"));
}

#[test]
fn other_documents_are_unusable() {
    let files = Files::new();
    for (content, name) in [
        (Issuer::new().jwk(), "key_set_keys_missing"),
        ("{}".to_owned(), "key_set_keys_missing"),
        (r#"{"keys": {}}"#.to_owned(), "key_set_keys_missing"),
        (r#"{"keys": [{"kty": "EC", "kty": "EC"}]}"#.to_owned(), "json_duplicate_name"),
        ("[".repeat(100_000), "json_too_deep"),
    ] {
        let message = run(&["keys", &files.write("bad.json", content)]).unusable();
        assert!(message.contains(name), "{message}");
    }
    // Only the beginning is read, so the message must not report an unexpected end.
    let long = format!(r#"{{"keys": [], "x": "{}"}}"#, "a".repeat(300_000));
    let message = run(&["keys", &files.write("long.json", long)]).unusable();
    assert!(message.contains("json_too_long: the JSON text is longer than 256 KiB; expected"), "{message}");
}

#[test]
fn hostile_strings_do_not_reach_the_terminal() {
    // `run` fails on any control character in either output.
    let evil = "\\u001b[2J\u{9b}31m\u{202e}";
    let jwks =
        format!(r#"{{"keys": [{{{ED25519}, "kid": "{evil}", "d": ""}}, {{"kty": "{evil}", "kid": "{evil}"}}]}}"#);
    let outcome = run_with_input(&["keys", "-"], jwks.as_bytes());
    assert_eq!(outcome.code, Some(0));
    assert!(!format!("{}{}", outcome.stdout, outcome.stderr).contains('\u{202e}'));
}
