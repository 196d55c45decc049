//! Decisions of other filters on the metadata that this one sets.

use certbound_envoy_tests::{
    configuration::{Form, listener, typed, with_listener},
    envoy::Envoy,
    message::Request,
    parts::add_filter,
    stage::Stage,
    tokens::{Issuer, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};

const OTHER: &str = "https://as2.example";

/// A rule: who may use a path, a change of the token that satisfies it, and one that does not.
struct Rule {
    path: &'static str,
    claim: &'static str,
    value: Value,
    allowed: fn(Token) -> Token,
    refused: fn(Token) -> Token,
}

#[test]
fn rbac_decides_on_claims() {
    let rules = [
        Rule {
            path: "/client",
            claim: "client_id",
            value: json!({"string_match": {"exact": "server-a"}}),
            allowed: |token| token,
            refused: |token| token.claim("client_id", r#""server-ab""#),
        },
        Rule {
            path: "/write",
            claim: "scope",
            value: json!({"string_match": {"safe_regex": {"regex": "(.* )?write( .*)?"}}}),
            allowed: |token| token.claim("scope", r#""read write admin""#),
            refused: |token| token.claim("scope", r#""read rewrite""#),
        },
        Rule {
            path: "/member",
            claim: "org.is_active",
            value: json!({"bool_match": true}),
            allowed: |token| token.claim("org", r#"{"is_active": true}"#),
            refused: |token| token.claim("org", r#"{"is_active": "true"}"#),
        },
        Rule {
            path: "/level",
            claim: "level",
            value: json!({"double_match": {"range": {"start": 2.0, "end": 4.0}}}),
            allowed: |token| token.claim("level", "3"),
            refused: |token| token.claim("level", "4"),
        },
    ];
    let stage = Stage::new();
    let claims = json!(["sub", "client_id", "scope", "org.is_active", "level"]);
    let (other, usual) = (Issuer::new("other-"), stage.settings(json!({}))["issuers"][0].clone());
    stage.write("other.json", &other.jwks());
    let issuers = json!([usual, {"issuer": OTHER, "jwks_file": stage.path("other.json")}]);
    let settings = stage.settings(json!({"issuers": issuers, "metadata_claims": claims}));
    let mut listener = listener(&stage, Form::Text, &settings, &[]);
    let of_issuer = ("/issuer", "issuer", json!({"string_match": {"exact": OTHER}}));
    let policies = rules.iter().map(|rule| (rule.path, rule.claim, rule.value.clone())).chain([of_issuer]);
    let policies = policies.map(|(path, claim, value)| {
        let matcher = json!({"filter": "certbound", "path": [{"key": claim}], "value": value});
        let policy = json!({
            "permissions": [{"url_path": {"path": {"prefix": path}}}],
            "principals": [{"sourced_metadata": {"metadata_matcher": matcher}}],
        });
        (path.to_owned(), policy)
    });
    let policies: serde_json::Map<_, _> = policies.collect();
    let rbac = json!({
        "@type": typed("extensions.filters.http.rbac.v3.RBAC"),
        "rules": {"action": "ALLOW", "policies": policies},
    });
    add_filter(&mut listener, "rbac", rbac);
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let ask = |identity, path, token: &str| visitor.ask(identity, Request::get(path).bearer(token));
    let denied = |path, token: &str| {
        let answer = ask(Some(&stage.server_a), path, token);
        let access = visitor.access(&answer);
        assert_eq!((answer.status, &access.metadata["status"]), (403, &json!("ok")), "{path}: {access:?}");
        assert!(access.details.starts_with("rbac_access_denied"), "{path}: {access:?}");
    };
    let of_other = Token::bound_to(&stage.server_a).issuer(OTHER).signed_by(&other);
    assert_eq!(ask(Some(&stage.server_a), "/issuer", &of_other).status, 200);
    denied("/issuer", &stage.token());
    denied("/", &stage.token());
    for Rule { path, allowed, refused, .. } in rules {
        // Twice: a cached token has the same claims.
        for _ in 0..2 {
            let token = stage.token_with(allowed);
            assert_eq!(ask(Some(&stage.server_a), path, &token).status, 200, "{path}");
            let stolen = visitor.verdict(Some(&stage.thief), Request::get(path).bearer(&token));
            assert_eq!(stolen, "certificate_mismatch", "{path}");
            denied(path, &stage.token_with(refused));
        }
    }
}
