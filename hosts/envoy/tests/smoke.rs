//! The filter in a real Envoy, briefly: verdicts, keys by file and by fetch, updates of the listener, mistakes.

use std::fs;

use certbound_envoy_tests::{
    client::{get, get_with_token},
    configuration::{Form, bootstrap, cluster, discovery, listener, with_listener},
    envoy::{Envoy, fail_to_start, validate},
    key_service::KeyService,
    message::Answer,
    stage::{Stage, until},
};
use serde_json::{Value, json};

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
        let (address, token) = (envoy.address(), stage.token());
        let ask = |identity, path, token: &str| get_with_token(&stage, address, identity, path, token);
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
        assert_eq!(verdict(&get(&stage, address, server_a, "/", &[])), rejected(401, ""));
        let bearer = format!("Bearer {token}");
        let twice = [("authorization", bearer.as_str()), ("authorization", "Bearer x")];
        let ambiguous = rejected(400, ", error=\"invalid_request\"");
        assert_eq!(verdict(&get(&stage, address, server_a, "/", &twice)), ambiguous);
        let scope = rejected(403, ", error=\"insufficient_scope\", scope=\"admin\"");
        assert_eq!(verdict(&ask(server_a, "/admin", &token)), scope);
        let forged = [("x-sub", "admin"), ("x_sub", "admin"), ("x_other", "kept")];
        let answer = get(&stage, address, None, "/off", &forged);
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

#[test]
fn a_changed_file_of_keys_is_used() {
    let (stage, other) = (Stage::new(), Stage::new());
    let listener = listener(&stage, Form::Text, &stage.settings(json!({})), &[]);
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let (address, token) = (envoy.address(), stage.token());
    let status = || get_with_token(&stage, address, Some(&stage.server_a), "/", &token).status;
    assert_eq!(status(), 200);
    stage.write("jwks.json", &other.jwks());
    until("the keys are replaced", || status() == 401);
    stage.write("jwks.json", &stage.jwks());
    until("the keys are back", || status() == 200);
    assert_eq!(envoy.log().lines().filter(|line| line.contains("5 usable")).count(), 3);
}

#[test]
fn keys_are_fetched_through_a_cluster() {
    let stage = Stage::new();
    let service = KeyService::start(503, "not yet");
    let envoy = Envoy::start(&stage, &with_listener(&stage, &fetching(&stage), &[cluster("as", service.port())]));
    let address = envoy.address();
    let ask = |token: &str| get_with_token(&stage, address, Some(&stage.server_a), "/", token);
    let answer = ask(&stage.token());
    assert_eq!((answer.status, answer.header("retry-after")), (503, vec!["5"]));
    until("a fetch has failed", || envoy.log().contains("the answer has the status 503"));
    let request = service.last_request().to_ascii_lowercase();
    assert!(request.starts_with("get /jwks http/1.1\r\n") && request.contains("host: as.example\r\n"), "{request}");

    service.set(200, &stage.jwks());
    until("the keys have arrived", || ask(&stage.token()).status == 200);
    service.set(500, "down");
    let before = service.requests();
    until("more fetches have failed", || service.requests() > before + 1);
    assert_eq!(ask(&stage.token()).status, 200, "the old keys remain in use");
    service.set(200, r#"{"keys":[]}"#);
    until("the keys are withdrawn", || ask(&stage.token()).status == 401);
}

#[test]
fn updates_of_the_listener_find_the_keys() {
    let stage = Stage::new();
    let service = KeyService::start(200, &stage.jwks());
    stage.write("lds.json", &discovery(&fetching(&stage)).to_string());
    let envoy = Envoy::start(&stage, &bootstrap(&stage, &[cluster("as", service.port())]));
    let address = envoy.address();
    let token = stage.token();
    let ask = || get_with_token(&stage, address, Some(&stage.server_a), "/", &token);
    until("the keys have arrived", || ask().status == 200);
    let threads = envoy.threads();
    for update in 1..=5 {
        let before = envoy.metric("listener_manager.listener_modified");
        let mut listener = fetching(&stage);
        listener["metadata"] = json!({"filter_metadata": {"update": {"number": update}}});
        stage.write("lds.json", &discovery(&listener).to_string());
        until("the listener is updated", || {
            assert_eq!(ask().status, 200);
            envoy.metric("listener_manager.listener_modified") > before
        });
        assert_eq!(ask().status, 200);
    }
    assert_eq!(envoy.threads(), threads);

    // A mistake leaves the old listener as it is.
    let mut settings = stage.settings(json!({}));
    settings["audience"] = json!("x");
    let wrong = listener(&stage, Form::Text, &settings, &[]);
    stage.write("lds.json", &discovery(&wrong).to_string());
    until("the listener is rejected", || envoy.log().contains("certbound: configuration rejected: "));
    assert_eq!(ask().status, 200);
}

#[test]
fn a_mistake_prevents_the_start_and_is_named() {
    let stage = Stage::new();
    let with = |settings: &Value| with_listener(&stage, &listener(&stage, Form::Text, settings, &[]), &[]);
    let (status, log) = validate(&stage, &with(&stage.settings(json!({}))));
    assert!(status.success(), "{log}");
    let wrong = with(&stage.settings(json!({"binding": "optional"})));
    let reason = r#"certbound: configuration rejected: binding: "optional" is neither required nor if_present"#;
    for (status, log) in [validate(&stage, &wrong), fail_to_start(&stage, &wrong)] {
        assert!(!status.success() && log.contains(reason), "{log}");
    }
    let route = [("/", json!({"scope": "a"}))];
    let wrong = with_listener(&stage, &listener(&stage, Form::Struct, &stage.settings(json!({})), &route), &[]);
    let reason = "certbound: configuration of a route rejected: scope: unknown field `scope`";
    for (status, log) in [validate(&stage, &wrong), fail_to_start(&stage, &wrong)] {
        assert!(!status.success() && log.contains(reason), "{log}");
    }
}

/// A listener whose keys are fetched from the cluster `as`, every second.
fn fetching(stage: &Stage) -> Value {
    let issuer = json!({
        "issuer": "https://as.example",
        "jwks_cluster": "as",
        "jwks_uri": "https://as.example/jwks",
        "refresh_seconds": 1,
    });
    listener(stage, Form::Text, &stage.settings(json!({"issuers": [issuer]})), &[])
}
