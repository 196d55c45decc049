//! `certbound inspect`, run as a user would.

mod support;

use support::{HEADER, Issuer, NOW, Outcome, base64url, claims, client_certificate, run, run_with_input};

fn inspect(token: &str) -> Outcome {
    run(&["inspect", "--now", NOW, token])
}

/// The output for a token, and the names of the errors that a verifier would report.
#[track_caller]
fn shown(token: &str) -> (String, Vec<String>) {
    let outcome = inspect(token);
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("NOT VERIFIED"));
    assert!(outcome.stderr.starts_with("warning: NOT VERIFIED"));
    let refusals = outcome.stdout.lines().filter_map(|line| line.strip_prefix("would refuse: "));
    let names = refusals.map(|line| line.split_once(':').unwrap().0.to_owned()).collect();
    (outcome.stdout, names)
}

#[test]
fn a_valid_token_is_shown_without_refusals() {
    let certificate = client_certificate();
    let (text, refusals) = shown(&Issuer::new().sign(HEADER, &claims(&certificate)));
    assert!(refusals.is_empty(), "{text}");
    for words in [
        "\"alg\": \"ES256\"",
        "\"sub\": \"alice\"",
        "2030-03-17T17:47:40Z  1 min 0 s after now",
        &certbound::Thumbprint::of_der(&certificate).to_string(),
        "would find nothing to refuse",
        "Not checked: the signature",
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn everything_that_a_verifier_would_reject_is_listed_with_its_value() {
    let token = Issuer::new().sign(
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"iss":"a","aud":["b"],"exp":1899999000,"nbf":1900000100,"scope":["x"],"cnf":{"jkt":"y"}}"#,
    );
    let (text, refusals) = shown(&token);
    assert_eq!(
        refusals,
        [
            "algorithm_unsupported",
            "type_not_allowed",
            "token_expired",
            "token_not_yet_valid",
            "scope_malformed",
            "confirmation_method_unsupported"
        ]
    );
    for words in [r#"alg is "HS256""#, r#"typ is "JWT""#, "16 min 40 s before now", "1 min 40 s after now", "Not bound"]
    {
        assert!(text.contains(words), "{words} is not in {text}");
    }
}

#[test]
fn tokens_beyond_the_limits_are_shown_nevertheless() {
    let issuer = Issuer::new();
    let padding = format!("{{\"pad\":\"{}\",", "x".repeat(20_000));
    let (_, refusals) = shown(&issuer.sign(HEADER, &claims(b"").replacen('{', &padding, 1)));
    assert_eq!(refusals, ["token_too_long"]);
    let deep = format!("{{\"deep\":{}{},", "[".repeat(200), "]".repeat(200));
    let (_, refusals) = shown(&issuer.sign(HEADER, &claims(b"").replacen('{', &deep, 1)));
    assert_eq!(refusals, ["json_too_deep"]);
    let (text, refusals) = shown(&issuer.sign(HEADER, &claims(b"").replacen('{', "{\"sub\":\"bob\",", 1)));
    assert_eq!(refusals, ["json_duplicate_name"]);
    assert!(text.contains("bob") && text.contains("alice") && text.contains("the name \"sub\""));
}

#[test]
fn malformed_signatures_are_listed() {
    let token = Issuer::new().sign(HEADER, &claims(b""));
    let (start, _) = token.rsplit_once('.').unwrap();
    assert_eq!(shown(&format!("{start}.")).1, ["signature_length"]);
    assert_eq!(shown(&format!("{start}.{}", base64url(&[1; 70]))).1, ["signature_length"]);
    assert_eq!(shown(&format!("{start}.====")).1, ["signature_not_base64url"]);
}

#[test]
fn undecodable_tokens_are_rejected() {
    let json = base64url(b"{}");
    inspect("").rejected("token_missing");
    inspect("opaque").rejected("token_not_compact");
    inspect("a.b.c.d.e").rejected("token_not_compact");
    inspect(&format!("=.{json}.")).rejected("header_not_base64url");
    inspect(&format!("{json}.=.")).rejected("payload_not_base64url");
    inspect(&format!("{}.{json}.", base64url(b"[]"))).rejected("header_not_object");
    inspect(&format!("{}.{json}.", base64url(b"{,}"))).rejected("json_unexpected_byte");
    inspect(&format!("{json}.{}.", base64url(b"[]"))).rejected("claims_not_object");
    inspect(&format!("{json}.{}.", base64url(b"{"))).rejected("json_unexpected_end");
    inspect(&format!("{json}.{}.", base64url(b"\xff"))).rejected("json_not_utf8");
    let words = inspect(&format!("bearer {json}.{json}.")).rejected("header_not_base64url");
    assert!(words.contains("which is not part of the token"), "{words}");
}

#[test]
fn standard_input_may_end_in_one_newline() {
    let token = Issuer::new().sign(HEADER, &claims(b""));
    for end in ["", "\n", "\r\n"] {
        assert_eq!(run_with_input(&["inspect", "-"], format!("{token}{end}").as_bytes()).code, Some(0));
    }
    run_with_input(&["inspect", "-"], b"\n").rejected("token_missing");
}

#[test]
fn hostile_strings_do_not_reach_the_terminal() {
    // `run` fails on any control character in either output.
    let evil = "\\u001b]0;owned\\u0007\u{9b}31m\u{202e}";
    let header = HEADER.replace("\"1\"", &format!("\"{evil}\",\"{evil}\":1"));
    let (text, _) = shown(&Issuer::new().sign(&header, &claims(b"").replace("alice", evil).replace("x5t#S256", evil)));
    assert!(!text.contains('\u{202e}') && text.contains("\\u009b31m"));
    let (text, _) =
        shown(&Issuer::new().sign(HEADER, &format!("{{\"cnf\":{{\"x5t#S256\":\"{evil}\"}},\"exp\":\"{evil}\"}}")));
    assert!(!text.contains('\u{202e}'));
    let raw = format!("{}.{}.", base64url(b"{\"a\":\"\x1b[2J\"}"), base64url(b"{\"b\":\"\x1b\"}"));
    inspect(&raw).rejected("json_control_character");
}
