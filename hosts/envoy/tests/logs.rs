//! What access logs can say about a request, and what no log says: the token.

use std::fs;

use certbound_envoy_tests::{
    configuration::{Form, cluster, listener, with_listener},
    envoy::Envoy,
    key_service::KeyService,
    message::Request,
    parts::{fetched_issuer, log_json},
    stage::{Stage, until},
    tokens::{ISSUER, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};

#[test]
fn the_access_log_names_verdict_issuer_and_client() {
    let stage = Stage::new();
    let settings = stage.settings(json!({"metadata_claims": ["sub", "scope", "level", "org.is_active"]}));
    let mut listener = listener(&stage, Form::Struct, &settings, &[("/off", json!({"enabled": false}))]);
    let of = |member: &str| format!("%DYNAMIC_METADATA(certbound:{member})%");
    log_json(
        &mut listener,
        &stage.path("access.json"),
        json!({
            "path": "%REQ(:PATH)%", "code": "%RESPONSE_CODE%", "details": "%RESPONSE_CODE_DETAILS%",
            "status": of("status"), "issuer": of("issuer"), "sub": of("sub"), "scope": of("scope"),
            "level": of("level"), "is_active": of("org.is_active"),
        }),
    );
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let logged = |identity, request: Request, expected: Value| {
        let answer = visitor.ask(identity, request);
        let case = format!("case={}", answer.case);
        let mut found = Value::Null;
        until("the request is logged", || {
            let log = fs::read_to_string(stage.path("access.json")).unwrap_or_default();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let line = lines.into_iter().find(|line| line["path"].as_str().is_some_and(|path| path.ends_with(&case)));
            found = line.unwrap_or_default();
            found != Value::Null
        });
        found.as_object_mut().unwrap().remove("path");
        assert_eq!(found, expected);
    };
    let sub = r#""a \"b\"\n{\u00e4}""#;
    let token =
        stage.token_with(|token| token.claim("sub", sub).claim("level", "3").claim("org", r#"{"is_active": true}"#));
    let get = |path: &str| Request::get(path).bearer(&token);
    let none = json!({"issuer": null, "sub": null, "scope": null, "level": null, "is_active": null});
    let with = |members: Value| {
        let mut all = none.clone();
        all.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        all
    };
    let (server_a, thief) = (Some(&stage.server_a), Some(&stage.thief));
    for _ in 0..2 {
        logged(
            server_a,
            get("/"),
            with(json!({
                "code": 200, "details": "direct_response", "status": "ok", "issuer": ISSUER, "sub": "a \"b\"\n{ä}",
                "scope": "read write", "level": 3, "is_active": true,
            })),
        );
    }
    let rejected = |code: u16, reason: &str| {
        with(json!({"code": code, "details": format!("certbound_{reason}"), "status": reason}))
    };
    logged(thief, get("/"), rejected(401, "certificate_mismatch"));
    logged(None, get("/"), rejected(401, "certificate_missing"));
    logged(server_a, Request::get("/"), rejected(401, "token_missing"));
    logged(server_a, get("/").bearer("x"), rejected(400, "authorization_ambiguous"));
    logged(thief, get("/off"), with(json!({"code": 200, "details": "direct_response", "status": null})));
}

#[test]
fn no_line_of_the_filter_has_a_token() {
    let stage = Stage::new();
    let service = KeyService::start(404, "");
    let usual = stage.settings(json!({}))["issuers"][0].clone();
    let issuers = json!([usual, fetched_issuer("https://as2.example", "as2", 1)]);
    let settings =
        stage.settings(json!({"issuers": issuers, "claim_headers": {"x-sub": "sub"}, "metadata_claims": ["sub"]}));
    let routes = [("/off", json!({"enabled": false})), ("/admin", json!({"scopes": ["admin"]}))];
    let listener = listener(&stage, Form::Text, &settings, &routes);
    let configuration = with_listener(&stage, &listener, &[cluster("as2", service.port())]);
    for level in ["debug", "info"] {
        let envoy = Envoy::start_with(&stage, &configuration, &[("--log-level", level)]);
        let visitor = Visitor::new(&stage, &envoy);
        let usual = || Token::bound_to(&stage.server_a);
        let tokens = [
            usual(),
            usual().expires_in(-100),
            usual().issuer("https://as2.example"),
            usual().key_id("unknown"),
            usual().claim("aud", "1"),
            usual().claim("cnf", r#"{"x5t#S256":"x"}"#),
            usual().header("crit", r#"["x"]"#),
        ];
        let tokens = tokens.map(|token| token.signed_by(&stage.issuer));
        for path in ["/", "/off", "/admin"] {
            for token in &tokens {
                for (identity, request) in [
                    (Some(&stage.server_a), Request::get(path).bearer(token)),
                    (Some(&stage.thief), Request::get(path).bearer(token)),
                    (None, Request::get(path).bearer(token)),
                    (Some(&stage.server_a), Request::get(path).bearer(token).bearer(token)),
                    (Some(&stage.server_a), Request::get(path).header("authorization", token)),
                    (Some(&stage.server_a), Request::get(path).bearer(&format!("{token}x"))),
                ] {
                    visitor.access(&visitor.ask(identity, request));
                }
            }
        }
        until("the failed fetch is logged", || envoy.log().contains("the answer has the status 404"));
        let log = envoy.log();
        // At the level debug, Envoy itself logs the headers of requests.
        let lines: Vec<&str> = log
            .lines()
            .filter(|line| level != "debug" || line.contains("certbound") || line.contains("dynamic_modules"))
            .collect();
        let ours = |line: &&&str| line.contains("certbound: ");
        assert!(lines.iter().filter(ours).count() > 1, "{log}");
        let access_log = fs::read_to_string(stage.path("access.log")).unwrap();
        for part in tokens.iter().flat_map(|token| token.split('.')) {
            // A line that is cut off would keep the beginning.
            let beginning = &part[..12];
            let found = lines.iter().copied().chain(access_log.lines()).find(|line| line.contains(beginning));
            assert_eq!(found, None, "{level}");
        }
    }
}
