//! No output contains the token, a token made of it, or a key, even if the API repeats them.

use std::fs;

use crate::{pki::Clients, support::command, weak_api::Manner, world::World};

#[test]
fn no_output_contains_a_token_or_a_key() {
    let world = World::new();
    let report = world.files.path("report.html");
    for protocol in ["h2", "http/1.1"] {
        let api = world.api_over(&[protocol], Clients::Any, None, &[Manner::Echoes]);
        let url = api.url("/accounts?key=in-the-query");
        for json in [&["--json"][..], &[]] {
            let arguments = [&world.all(&url)[..], &["--report", &report], json].concat();
            let output = command(&arguments).output().unwrap();
            assert_eq!(output.status.code(), Some(0));
            let outputs = [output.stdout, output.stderr, fs::read(&report).unwrap()];
            let outputs = outputs.map(|text| String::from_utf8(text).unwrap());
            // The API's words arrive, but without the token in them.
            assert!(outputs[2].contains("(token)"), "{}", outputs[2]);
            for text in &outputs {
                assert!(!text.contains("in-the-query"), "{text}");
                for file in [&world.token, &world.expired, &world.other_audience] {
                    let token = fs::read_to_string(file).unwrap();
                    for part in token.trim().split('.') {
                        assert!(
                            !text.contains(&part[..20]) && !text.contains(&part[part.len() - 20..]),
                            "{part}: {text}"
                        );
                    }
                }
                for key in [&world.owner.key_pem, &world.thief.key_pem] {
                    assert!(!text.contains("PRIVATE KEY") && !text.contains(key.lines().nth(1).unwrap()), "{text}");
                }
            }
        }
    }
}

/// An API may log what it decodes, and show its log to the client.
#[test]
fn no_output_contains_what_a_token_says_of_the_owner() {
    let world = World::new();
    let report = world.files.path("report.html");
    let api = world.api(None, &[Manner::EchoesDecoded]);
    let url = api.url("/accounts?key=in%20the%20query");
    for json in [&["--json"][..], &[]] {
        let output = command(&[&world.all(&url)[..], &["--report", &report], json].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let outputs = [output.stdout, output.stderr, fs::read(&report).unwrap()];
        let outputs = outputs.map(|text| String::from_utf8(text).unwrap());
        assert!(outputs[2].contains("Bearer /accounts?(query) {'aud'"), "{}", outputs[2]);
        for text in &outputs {
            for secret in ["alice", "read write", "1900000060", "as.example", "in%20the", "in the query"] {
                assert!(!text.contains(secret), "{secret}: {text}");
            }
        }
    }
}

#[test]
fn the_token_is_named_by_its_digest() {
    let world = World::new();
    let api = world.api(None, &[]);
    let findings = world.probe(&api);
    let token = fs::read_to_string(&world.token).unwrap();
    let digest = ring::digest::digest(&ring::digest::SHA256, token.trim().as_bytes());
    let prefix: String = digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(findings.json["token"]["sha256"], prefix);
    assert_eq!(
        findings.json["token"]["claims"],
        serde_json::json!(["iss", "aud", "exp", "sub", "client_id", "scope", "cnf"])
    );
}
