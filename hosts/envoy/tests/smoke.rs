//! The filter in a real Envoy, briefly: verdicts, answers, headers, metadata and counters.

use std::fs;

use certbound_envoy_tests::{
    configuration::{Form, listener, with_listener},
    envoy::Envoy,
    message::{Answer, Request},
    stage::{Stage, until},
    visitor::Visitor,
};
use serde_json::json;

#[test]
fn requests_are_judged_and_logged() {
    for form in [Form::Text, Form::Struct] {
        let stage = Stage::new();
        let settings = stage.settings(json!({
            "realm": "api", "leeway_seconds": 5, "cache_entries": 64,
            "claim_headers": {"x-sub": "sub"}, "metadata_claims": ["sub", "exp"],
        }));
        let routes = [("/off", json!({"enabled": false})), ("/admin", json!({"scopes": ["admin"]}))];
        let listener = listener(&stage, form, &settings, &routes);
        let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
        let (visitor, token) = (Visitor::new(&stage, &envoy), stage.token());
        let ask = |identity, path, token: &str| visitor.ask(identity, Request::get(path).bearer(token));
        let verdict = |answer: &Answer| (answer.status, answer.header("www-authenticate").concat());
        let rejected = |status, text: &str| (status, format!("Bearer realm=\"api\"{text}"));
        let (server_a, thief) = (Some(&stage.server_a), Some(&stage.thief));

        for _ in 0..2 {
            let answer = ask(server_a, "/", &token);
            assert_eq!((answer.status, answer.header("x-echo")), (200, vec!["server-a"]));
        }
        let invalid = rejected(401, ", error=\"invalid_token\"");
        assert_eq!(verdict(&ask(thief, "/", &token)), invalid);
        assert_eq!(verdict(&ask(None, "/", &token)), invalid);
        let expired = stage.token_with(|token| token.claim("exp", "1700000000"));
        assert_eq!(verdict(&ask(server_a, "/", &expired)), invalid);
        assert_eq!(verdict(&visitor.ask(server_a, Request::get("/"))), rejected(401, ""));
        let twice = Request::get("/").bearer(&token).bearer("x");
        let ambiguous = rejected(400, ", error=\"invalid_request\"");
        assert_eq!(verdict(&visitor.ask(server_a, twice)), ambiguous);
        let scope = rejected(403, ", error=\"insufficient_scope\", scope=\"admin\"");
        assert_eq!(verdict(&ask(server_a, "/admin", &token)), scope);
        let forged = Request::get("/off").header("x-sub", "admin").header("x_sub", "admin").header("x_other", "kept");
        let answer = visitor.ask(None, forged);
        let echoes = (answer.header("x-echo"), answer.header("x-echo-others"));
        assert_eq!((answer.status, echoes), (200, (vec![], vec!["kept"])), "{answer:?}");

        let logged = |line: &str| fs::read_to_string(stage.path("access.log")).is_ok_and(|log| log.contains(line));
        for line in [
            r#""issuer":"https://as.example","status":"ok","sub":"server-a"}"#,
            r#"401 certbound_certificate_mismatch {"status":"certificate_mismatch"}"#,
            r#"401 certbound_certificate_missing {"status":"certificate_missing"}"#,
            r#"401 certbound_token_expired {"status":"token_expired"}"#,
            r#"400 certbound_authorization_ambiguous {"status":"authorization_ambiguous"}"#,
            r#"403 certbound_insufficient_scope {"status":"insufficient_scope"}"#,
        ] {
            until(line, || logged(line));
        }
        let count = |name: &str| envoy.metric(&format!("dynamicmodulescustom.certbound.{name}"));
        assert_eq!((count("verdict.ok"), count("verdict.certificate_mismatch"), count("panics")), (2, 1, 0));
        assert!(!envoy.log().contains(&token), "the token is in the log");
    }
}
