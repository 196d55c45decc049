//! The borders between Envoy and the module, also under Miri, which checks every access to memory.
//!
//! Miri takes long for signatures, and cannot run ring. So the token is a file, signed with RSA, whose verification is the
//! shortest.

use std::{fs, path::PathBuf, rc::Rc, thread, time::Duration};

use certbound_envoy_fake::{Answer, Configuration, Envoy, Request, Version};

/// Signed with `tests/vectors/keys/rsa2048.pk8`, valid until 2100, and bound to the certificate `certificate`.
const TOKEN: &str = include_str!("vectors/rs256.jwt");
const JWKS: &str = include_str!("vectors/rs256.jwks.json");
/// The SHA-256 value of `certificate`.
const CERTIFICATE: &str = "03d66dd08835c1ca3f128cceacd1f31ac94163096b20f445ae84285bc0832d72";

fn request() -> Request {
    Request::with_token(TOKEN.trim_end(), CERTIFICATE)
}

/// A file with keys, for the test of this name.
fn key_file(test: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("certbound-envoy-{test}-{}.json", std::process::id()));
    fs::write(&path, JWKS).unwrap();
    path
}

fn json(issuer: &str, more: &str) -> String {
    format!(r#"{{"issuers":[{{"issuer":"https://as.example",{issuer}}}],"audiences":["https://api.example"]{more}}}"#)
}

#[test]
fn a_request_passes_through_all_callbacks() {
    let path = key_file("callbacks");
    let more =
        r#","claim_headers":{"x-sub":"sub"},"metadata_claims":["sub","exp"],"strip_token":true,"measure_time":true"#;
    let json = json(&format!(r#""jwks_file":"{}""#, path.display()), more);
    // The first configuration stays, so that the second one finds the key prepared and the token in the cache.
    let mut configurations = Vec::new();
    // What 1.39 has, 1.40 has too.
    for version in [Version::V1_38, Version::V1_40] {
        let envoy = Envoy::new(version);
        assert!(envoy.reported_version().starts_with('v'));
        let configuration = envoy.configure(&json).unwrap();
        for _ in 0..2 {
            let outcome = configuration.send(request().header("x-sub", "forged"));
            assert_eq!((outcome.verdict(), outcome.header("x-sub")), (Ok(()), Some("server-a")));
            assert_eq!((outcome.header("authorization"), outcome.metadata("sub")), (None, Some("server-a")));
        }
        let stolen = Request::with_token(TOKEN.trim_end(), &"00".repeat(32));
        assert_eq!(configuration.send(stolen).verdict(), Err("certbound_certificate_mismatch"));
        assert_eq!(configuration.send(Request::new().on_worker(1)).verdict(), Err("certbound_token_missing"));

        let off = Rc::new(envoy.configure_route(r#"{"enabled": false}"#).unwrap());
        assert_eq!(configuration.send(Request::new().to(&off)).verdict(), Ok(()));
        let other = Rc::new(envoy.configure_route(r#"{"algorithms": ["ES256"]}"#).unwrap());
        assert_eq!(configuration.send(request().to(&other)).verdict(), Err("certbound_algorithm_not_allowed"));
        assert!(envoy.configure_route("{").is_err());
        assert!(envoy.configure("{").is_err());
        configuration.deliver(0);
        configuration.deliver(u64::MAX);
        configurations.push(configuration);
    }
    for configuration in &configurations {
        certbound_envoy_fake::panic_in_next_request();
        assert_eq!(configuration.send(request()).verdict(), Err("certbound_panic"));
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn keys_arrive_from_the_main_thread() {
    let json = json(r#""jwks_cluster":"borders","jwks_uri":"https://as.example/jwks""#, "");
    Envoy::new(Version::V1_40).validate(&json).unwrap();
    let configuration = Envoy::new(Version::V1_40).configure(&json).unwrap();
    assert_eq!(configuration.send(request()).verdict(), Err("certbound_keys_pending"));
    let update = Envoy::new(Version::V1_38).configure(&json).unwrap();
    let (begun, fetch) = loop {
        let begun = [&configuration, &update].into_iter().find_map(|configuration| {
            configuration.deliver_events();
            configuration.take_fetches().pop().map(|fetch| (configuration, fetch))
        });
        match begun {
            Some(begun) => break begun,
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    let (first, second) = JWKS.split_at(20);
    begun.answer(fetch.id, &Answer::Response("200", &[first, second, ""]));
    begun.answer(fetch.id, &Answer::Failure(1));
    let wait = |configuration: &Configuration| {
        while configuration.send(request()).verdict().is_err() {
            thread::sleep(Duration::from_millis(1));
        }
    };
    wait(&configuration);
    wait(&update);
    drop(configuration);
    assert_eq!(update.send(request()).verdict(), Ok(()));
}
