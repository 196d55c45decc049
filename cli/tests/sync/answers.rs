//! Answers of the key set's server: which are used, and which leave the file as it was.

use std::{fs, time::Duration};

use crate::{
    https::{Reply, answer},
    support::Issuer,
    world::{World, changed, unchanged},
};

const ED25519: &str = r#""kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

#[test]
fn usable_keys_are_written() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let log = world.once(&server.url("/jwks?a=b"));
    let log = changed(&log);
    assert!(
        log.starts_with(&format!("changed: {}: 1 key: \"1\" (EC P-256) of https://127.0.0.1:", world.out)),
        "{log}"
    );
    assert_eq!(log.lines().count(), 1);
    assert_eq!(world.content(), world.issuer.jwks().replace(": ", ":").replace(", ", ",") + "\n");
    assert_eq!(world.names(), ["ca.pem", "jwks.json"]);
    assert_eq!(server.targets(), ["/jwks?a=b"]);
    let headers = server.requests().remove(0).headers;
    assert_eq!(headers["host"], format!("127.0.0.1:{}", server.port));
    assert_eq!(headers["accept-encoding"], "identity");
    assert!(headers["user-agent"].starts_with("certbound/"));
    // The other commands can use the file.
    assert!(crate::support::run(&["keys", &world.out]).accepted().starts_with("1 usable key\n"));
    // A name instead of an address, with the same certificate.
    unchanged(&world.once(&format!("https://localhost:{}/jwks", server.port)));
}

#[test]
fn only_public_members_of_usable_keys_are_written() {
    let world = World::new();
    let rsa = r#""kty": "RSA", "n": "AQAB", "e": "AQAB""#;
    let server = world.serving(format!(
        r#"{{"keys": [
            {{{ED25519}, "kid": "a", "use": "sig", "alg": "EdDSA", "key_ops": ["verify", "sign"], "d": "c2VjcmV0", "x5c": ["x"], "y": "s",
                "x5t#S256": "x", "x5u": "https://as.example", "exp": 1, "name": {{"d": "c2VjcmV0"}}}},
            {{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}},
            7,
            {{{ED25519}, "kid": null, "use": null, "\u0064": "c2VjcmV0"}},
            {{{rsa}, "kid": "short", "p": "c2VjcmV0", "q": "c2VjcmV0", "dp": "c2VjcmV0", "dq": "c2VjcmV0", "qi": "c2VjcmV0", "oth": []}}
        ], "private": "c2VjcmV0"}}"#
    ));
    let log = world.once(&server.url("/"));
    let log = changed(&log);
    let key = ED25519.replace(": ", ":").replace(", ", ",");
    let expected = format!(
        r#"{{"keys":[{{{key},"kid":"a","use":"sig","alg":"EdDSA","key_ops":["verify", "sign"],"y":"s"}},{{{key}}}]}}"#
    );
    assert_eq!(world.content(), expected + "\n");
    assert!(!log.contains("c2VjcmV0"));
    for words in [
        "key 2 (\"shared\") is not written: key_type_unsupported: ",
        "key 3 (no kid) is not written: key_not_object: ",
        "key 5 (\"short\") is not written: key_modulus_length: ",
        "key 1 (kid \"a\") has d: this is private",
        "key 2 (kid \"shared\") has k: this is private",
        "key 4 (kid none) has d: this is private",
        "key 5 (kid \"short\") has p, q, dp, dq, qi, oth: this is private",
    ] {
        assert!(log.lines().any(|line| line.starts_with("warning: ") && line.contains(words)), "{words}: {log}");
    }
    assert!(log.contains("2 keys: \"a\" (OKP Ed25519), no kid (OKP Ed25519)"), "{log}");
}

/// The file is written, since another host may load as many keys.
#[test]
fn more_keys_than_the_nginx_module_loads_are_a_warning() {
    let header = fs::read_to_string("../hosts/nginx/src/ngx_http_certbound.h").unwrap();
    let limit = header.lines().find_map(|line| line.strip_prefix("#define NGX_HTTP_CERTBOUND_KEYS ")).unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let world = World::new();
    for (keys, is_warned) in [(limit, false), (limit + 1, true)] {
        let server = world.serving(format!(r#"{{"keys": [{}]}}"#, vec![world.issuer.jwk(); keys].join(",")));
        let log = world.once(&server.url("/"));
        let log = changed(&log);
        assert!(log.contains(&format!(": {keys} keys: ")), "{log}");
        let warning = format!(": the JWK Set has {keys} usable keys; the NGINX module loads at most {limit}, ");
        assert_eq!(
            log.lines().any(|line| line.starts_with("warning: ") && line.contains(&warning)),
            is_warned,
            "{log}"
        );
        assert_eq!(log.lines().count(), 1 + usize::from(is_warned), "{log}");
    }
}

#[test]
fn an_answer_without_usable_keys_is_rejected() {
    let world = World::new();
    for (body, reason) in [
        (r#"{"keys": []}"#.to_owned(), "keys_withdrawn"),
        (r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#.to_owned(), "key_set_without_usable_key"),
        (format!(r#"{{"keys": [{{{ED25519}, "use": "enc"}}]}}"#), "key_set_without_usable_key"),
        (r#"{"keys": {}}"#.to_owned(), "key_set_keys_missing"),
        (r#"{"error": "server_error"}"#.to_owned(), "key_set_keys_missing"),
        (world.issuer.jwk(), "key_set_keys_missing"),
        (format!("[{}]", world.issuer.jwk()), "key_set_not_object"),
        (String::new(), "json_unexpected_end"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>".to_owned(), "json_unexpected_byte"),
        (world.issuer.jwks().replace("]}", ""), "json_unexpected_end"),
        (world.issuer.jwks() + "}", "json_trailing_bytes"),
        (world.issuer.jwks().replace("\"kid\"", "\"kty\""), "json_duplicate_name"),
        (world.issuer.jwks().replace("{\"keys\"", "{\"keys\": [], \"keys\""), "json_duplicate_name"),
        (world.issuer.jwks().replace("{\"keys\"", "{\"key\\u0073\": [], \"keys\""), "json_duplicate_name"),
        (format!("\u{feff}{}", world.issuer.jwks()), "json_unexpected_byte"),
        ("[".repeat(100_000), "json_too_deep"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned(), "key_set_is_pem"),
    ] {
        let server = world.serving(body);
        let words = world.rejected(&["--jwks-uri", &server.url("/"), "--once"], reason);
        assert!(words.starts_with(&server.url("/")) && !words.contains("c2VjcmV0"), "{words}");
    }
    let server = world.serving(world.issuer.jwks().replace("]}", "], \"keyz\": []}"));
    changed(&world.once(&server.url("/")));
}

#[test]
fn an_answer_without_usable_keys_names_the_reason_of_each() {
    let world = World::new();
    let server = world.serving(format!(r#"{{"keys": [{}]}}"#, vec!["1"; 100_000].join(",")));
    let words = world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "key_set_without_usable_key");
    assert!(
        words.contains("key 20 (no kid) is not written: key_not_object") && words.contains("; and 99980 more"),
        "{words}"
    );
    let server = world.serving(format!(r#"{{"keys": [{}, {{{ED25519}}}]}}"#, vec!["1"; 100_000].join(",")));
    let log = world.once(&server.url("/"));
    assert_eq!(changed(&log).lines().count(), 22);
}

#[test]
fn the_longest_answer_has_256_kibibytes() {
    let world = World::new();
    let jwks = |length: usize| {
        let jwks = world.issuer.jwks();
        jwks.clone() + &" ".repeat(length - jwks.len())
    };
    let server = world.serving(jwks(256 * 1024));
    changed(&world.once(&server.url("/")));
    let server = world.serving(jwks(256 * 1024 + 1));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_too_long");
    // The same without a length in advance, in chunks.
    let chunked = |body: &str| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Reply::Bytes(format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len()).into_bytes())
    };
    let body = jwks(256 * 1024);
    let server = world.server(move |_| chunked(&body));
    changed(&world.once(&server.url("/")));
    let body = jwks(256 * 1024 + 1);
    let server = world.server(move |_| chunked(&body));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_too_long");
}

/// As many keys as fit: what is written is never longer than the answer, so it fits, too.
#[test]
fn an_answer_full_of_keys_is_written() {
    let world = World::new();
    let key = ED25519.replace(": ", ":").replace(", ", ",");
    let entry = |kid: &str| format!("{{{key},\"kid\":\"{kid}\"}}");
    let jwks = |keys: &[String]| format!("{{\"keys\":[{}]}}", keys.join(","));
    // Up to the last byte there is no place for a newline at the end.
    for (length, end) in [(256 * 1024, ""), (256 * 1024 - 1, "\n")] {
        let mut keys: Vec<_> = (0..2800).map(|kid| entry(&format!("{kid:04}"))).collect();
        while jwks(&keys).len() + entry("0000").len() + entry("").len() + 2 <= length {
            keys.push(entry(&format!("{:04}", keys.len())));
        }
        let missing = length - jwks(&keys).len() - entry("").len() - 1;
        keys.push(entry(&"a".repeat(missing)));
        let server = world.serving(jwks(&keys));
        let log = world.once(&server.url("/"));
        assert!(changed(&log).contains(&format!("{} keys: ", keys.len())), "{}", log.stderr);
        assert!(log.stderr.contains(&format!("and {} more", keys.len() - 20)), "{}", log.stderr);
        assert_eq!((world.content().len(), world.content()), (length + end.len(), jwks(&keys) + end));
    }
}

#[test]
fn endless_answers_end_at_the_limit() {
    let world = World::new();
    for (first, again) in [
        ("HTTP/1.1 200 OK\r\n\r\n{\"keys\":[", vec![b' '; 4096]),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"1000\r\n".iter().copied().chain([b' '; 4096]).chain(*b"\r\n").collect(),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", vec![b' '; 4096]),
    ] {
        let server = world.server(move |_| Reply::Repeat(first.into(), again.clone(), Duration::ZERO));
        world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_too_long");
    }
    // An endless head.
    let server =
        world.server(|_| Reply::Repeat(b"HTTP/1.1 200 OK\r\n".into(), b"X: y\r\n".repeat(100), Duration::ZERO));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_malformed");
}

#[test]
fn truncated_answers_are_rejected() {
    let world = World::new();
    let jwks = world.issuer.jwks();
    let with_length = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{jwks}").into_bytes();
    let until_the_end = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{jwks}").into_bytes();
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{jwks}\r\n", jwks.len()).into_bytes();
    let (exact, longer) = (with_length(jwks.len()), with_length(jwks.len() + 1));
    let reply = move |path: &str| match path {
        "/exact" => Reply::Bytes(exact.clone()),
        // All has arrived, so the missing alert does no harm.
        "/exact-cut" => Reply::Cut(exact.clone()),
        "/longer" => Reply::Bytes(longer.clone()),
        "/longer-cut" => Reply::Cut(longer.clone()),
        "/until-the-end" => Reply::Bytes(until_the_end.clone()),
        // Only the alert shows that this is all, so an attacker may have cut something off.
        "/until-the-end-cut" => Reply::Cut(until_the_end.clone()),
        "/chunked" => Reply::Bytes([&chunked[..], b"0\r\n\r\n"].concat()),
        _ => Reply::Bytes(chunked.clone()),
    };
    let server = world.server(move |request| reply(&request.target));
    for path in ["/exact", "/exact-cut", "/until-the-end", "/chunked"] {
        let _ = std::fs::remove_file(&world.out);
        changed(&world.once(&server.url(path)));
    }
    for path in ["/longer", "/longer-cut", "/until-the-end-cut", "/chunked-without-end"] {
        world.rejected(&["--jwks-uri", &server.url(path), "--once"], "answer_truncated");
    }
}

#[test]
fn other_statuses_are_rejected() {
    let world = World::new();
    let jwks = world.issuer.jwks();
    let server = world
        .server(move |request| answer(request.target.trim_start_matches('/').replace('_', " ").as_str(), &[], &jwks));
    for status in [
        "404_Not_Found",
        "500_Internal_Server_Error",
        "503_x",
        "403_x",
        "201_x",
        "203_x",
        "206_x",
        "300_x",
        "304_x",
        "999_x",
    ] {
        let words = world.rejected(&["--jwks-uri", &server.url(&format!("/{status}")), "--once"], "status_unexpected");
        assert!(words.contains(&format!("the status is {}", &status[..3])), "{words}");
    }
    changed(&world.once(&server.url("/200_x")));
    let server = world.server(|_| Reply::Bytes(b"SSH-2.0-OpenSSH_9.2\r\n".into()));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_malformed");
    let server = world.server(|_| Reply::Bytes(Vec::new()));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "answer_malformed");
}

#[test]
fn encoded_answers_are_rejected() {
    let world = World::new();
    let jwks = world.issuer.jwks();
    // Nothing is decoded, so a bomb stays small. This is an honest answer under a false label.
    let server = world.server(move |request| {
        answer("200 OK", &[&format!("Content-Encoding: {}", request.target.trim_start_matches('/'))], &jwks)
    });
    for encoding in ["gzip", "br", "deflate", "identity,gzip"] {
        let words =
            world.rejected(&["--jwks-uri", &server.url(&format!("/{encoding}")), "--once"], "encoding_unsupported");
        assert!(words.contains(encoding), "{words}");
    }
    changed(&world.once(&server.url("/identity")));
    // The server decides how long this is, but not how long the log line is.
    let server = world.server(|_| answer("200 OK", &[&format!("Content-Encoding: {}", "g".repeat(100_000))], ""));
    let words = world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "encoding_unsupported");
    assert!(words.contains("ggg… (100002 bytes)") && words.len() < 1000, "{words}");
    // Compressed without saying so.
    let server = world.serving(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
    let words = world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "json_not_utf8");
    assert!(words.contains("compressed (gzip)"), "{words}");
}

/// Names in an answer reach the log only with control characters escaped; `run` fails on any other.
#[test]
fn hostile_texts_do_not_reach_the_terminal() {
    let world = World::new();
    let evil = "\\u001b[2J\u{9b}31m\u{202e}";
    let server = world.serving(format!(
        r#"{{"keys": [{{{ED25519}, "kid": "{evil}"}}, {{"kty": "{evil}", "kid": "{evil}", "d": ""}}]}}"#
    ));
    changed(&world.once(&server.url("/")));
    let server = world.server(|_| answer("302 Found", &["Location: http://\u{9b}31m\u{202e}/"], ""));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "redirect_rejected");
    let server = world.server(|_| answer("200 OK", &["Content-Encoding: \u{9b}31m"], ""));
    world.rejected(&["--jwks-uri", &server.url("/"), "--once"], "encoding_unsupported");
}

#[test]
fn another_issuers_keys_replace_the_old_ones() {
    let world = World::new();
    let (server, other) = (world.serving(world.issuer.jwks()), world.serving(Issuer::new().jwks()));
    changed(&world.once(&server.url("/")));
    let before = world.content();
    changed(&world.once(&other.url("/")));
    assert_ne!(world.content(), before);
    changed(&world.once(&server.url("/")));
    assert_eq!(world.content(), before);
}
