//! Configurations with mistakes: they prevent the start, or their update is rejected while the old configuration goes on. The
//! log says which member is wrong, and why.

use certbound_envoy_tests::{
    configuration::{Form, bootstrap, cluster, discovery, listener, per_route, typed, with_listener},
    envoy::{Envoy, fail_to_start, validate},
    key_service::KeyService,
    message::Request,
    parts::{fetched_issuer, manager},
    process::validate_watched,
    stage::{Stage, until},
    tokens::ISSUER,
    visitor::Visitor,
};
use serde_json::{Value, json};

#[test]
fn a_mistake_prevents_the_start() {
    let stage = Stage::new();
    let right = stage.settings(json!({}));
    let with = |form, settings: &Value, routes: &[(&str, Value)]| {
        with_listener(&stage, &listener(&stage, form, settings, routes), &[])
    };
    let wrong = stage.settings(json!({"binding": "optional"}));
    let reason = r#"certbound: configuration rejected: binding: "optional" is neither required nor if_present"#;
    let of_route = "certbound: configuration of a route rejected: scope: unknown field `scope`";
    for form in [Form::Text, Form::Struct] {
        assert!(validate(&stage, &with(form, &right, &[("/", json!({"scopes": ["a"]}))])).0.success());
        let route = with(form, &right, &[("/", json!({"scope": "a"}))]);
        for (configuration, reason) in [(with(form, &wrong, &[]), reason), (route, of_route)] {
            for (status, log) in [validate(&stage, &configuration), fail_to_start(&stage, &configuration)] {
                assert!(!status.success() && log.contains(reason), "{form:?} {log}");
            }
        }
    }
}

/// Members of a route with wrong values, and how the reason begins.
fn wrong_members() -> Vec<(Value, &'static str)> {
    vec![
        (json!({"scope": "a"}), "scope: unknown field `scope`"),
        (json!({"enabled": "no"}), "enabled: invalid type: string \"no\""),
        (json!({"enabled": false, "scopes": ["a"]}), "enabled: false leaves nothing to demand"),
        (json!({"audiences": []}), "audiences: at least one audience is needed"),
        (json!({"audiences": [1]}), "audiences[0]: invalid type: "),
        (json!({"binding": "off"}), "binding: \"off\" is neither required nor if_present"),
        (json!({"token_type": "JWT"}), "token_type: \"JWT\" is neither at+jwt nor jwt nor any"),
        (json!({"algorithms": ["none"]}), "algorithms: \"none\" is none of ES256"),
        (json!({"scopes": ["a b"]}), "scopes: \"a b\" is no scope"),
        (json!({"realm": "ä"}), "realm: only printable ASCII"),
        (json!({"claim_headers": {"Host": "sub"}}), "claim_headers: \"host\" cannot be a header for a claim"),
        (json!({"metadata_claims": ["status"]}), "metadata_claims: \"status\" is what the filter itself writes"),
        (json!({"strip_token": true}), "strip_token: unknown field"),
    ]
}

#[test]
fn an_update_with_a_mistake_is_rejected() {
    let stage = Stage::new();
    let send = |listener: &Value| stage.write("lds.json", &discovery(listener).to_string());
    let right = listener(&stage, Form::Text, &stage.settings(json!({})), &[("/x", json!({"scopes": ["read"]}))]);
    send(&right);
    let envoy = Envoy::start(&stage, &bootstrap(&stage, &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let metric = |name: &str| envoy.metric(&format!("listener_manager.{name}"));
    let (server_a, token) = (Some(&stage.server_a), stage.token());
    let goes_on = || {
        assert_eq!(visitor.verdict_on(&token), "ok");
        assert_eq!(visitor.verdict(server_a, Request::get("/x").bearer(&token)), "ok");
        assert_eq!(visitor.verdict(Some(&stage.thief), Request::get("/x").bearer(&token)), "certificate_mismatch");
    };
    goes_on();
    let mut rejected = 0;
    let mut reject = |listener: &Value, reason: String| {
        rejected += 1;
        let before = envoy.log().len();
        send(listener);
        until(&reason, || metric("lds.update_rejected") == rejected);
        let log = envoy.log().split_off(before);
        assert!(log.contains(&format!("certbound: {reason}")), "{reason:?} is not in {log}");
        goes_on();
    };
    for (index, (wrong, reason)) in wrong_members().into_iter().enumerate() {
        // Envoy hands over each form in another way.
        let form = if index % 2 == 0 { Form::Struct } else { Form::Text };
        let listener = listener(&stage, form, &stage.settings(json!({})), &[("/x", wrong)]);
        reject(&listener, format!("configuration of a route rejected: {reason}"));
    }
    let missing = json!([{"issuer": ISSUER, "jwks_uri": "https://as.example/jwks"}]);
    for (wrong, reason) in [
        (json!({"audience": "x"}), "audience: unknown field `audience`"),
        (json!({"leeway_seconds": 601}), "leeway_seconds: at most 600 seconds"),
        (json!({"issuers": missing}), "issuers[0]: jwks_uri needs jwks_cluster"),
    ] {
        let listener = listener(&stage, Form::Struct, &stage.settings(wrong), &[]);
        reject(&listener, format!("configuration rejected: {reason}"));
    }
    assert_eq!(metric("listener_modified"), 0);
    send(&listener(&stage, Form::Text, &stage.settings(json!({"scopes": ["admin"]})), &[]));
    until("the right update is used", || visitor.verdict_on(&token) == "insufficient_scope");
}

/// Routes may come without their listener.
#[test]
fn an_update_of_routes_with_a_mistake_is_rejected() {
    let stage = Stage::new();
    let send = |settings: &Value| {
        let answer = json!({"match": {"prefix": "/"}, "direct_response": {"status": 200}});
        let mut route = answer.clone();
        route["typed_per_filter_config"] = per_route(Form::Struct, settings);
        let routes = json!({
            "@type": typed("config.route.v3.RouteConfiguration"),
            "name": "routes",
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
        });
        stage.write("rds.json", &json!({"version_info": "1", "resources": [routes]}).to_string());
    };
    send(&json!({"scopes": ["admin"]}));
    let mut listener = listener(&stage, Form::Text, &stage.settings(json!({})), &[]);
    let manager = manager(&mut listener);
    manager.as_object_mut().unwrap().remove("route_config");
    let mut bootstrap_of_listeners = bootstrap(&stage, &[]);
    let mut source = bootstrap_of_listeners["dynamic_resources"]["lds_config"].take();
    source["path_config_source"]["path"] = json!(stage.path("rds.json"));
    manager["rds"] = json!({"route_config_name": "routes", "config_source": source});
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let token = stage.token();
    assert_eq!(visitor.verdict_on(&token), "insufficient_scope");
    let mut rejected = 0;
    for wrong in [json!({"scopes": ["a b"]}), json!({"scope": ["read"]}), json!({"enabled": "false"})] {
        rejected += 1;
        send(&wrong);
        until("the update is rejected", || envoy.metric("http.http.rds.routes.update_rejected") == rejected);
        let lines = envoy.log().matches("certbound: configuration of a route rejected: ").count();
        assert_eq!(u64::try_from(lines).unwrap(), rejected, "{}", envoy.log());
        assert_eq!(visitor.verdict_on(&token), "insufficient_scope");
    }
    send(&json!({"scopes": ["read"]}));
    until("the right update is used", || visitor.verdict_on(&token) == "ok");
}

#[test]
fn validation_starts_no_thread_and_fetches_nothing() {
    let stage = Stage::new();
    let service = KeyService::start(200, &stage.jwks());
    let usual = stage.settings(json!({}))["issuers"][0].clone();
    let issuers = json!([usual, fetched_issuer("https://as2.example", "as2", 1)]);
    let listener = listener(&stage, Form::Text, &stage.settings(json!({"issuers": issuers})), &[]);
    let configuration = with_listener(&stage, &listener, &[cluster("as2", service.port())]);
    let (status, threads) = validate_watched(&stage, &configuration);
    assert!(status.success());
    assert!(!threads.is_empty() && threads.iter().all(|name| !name.starts_with("certbound")), "{threads:?}");
    assert_eq!(service.requests(), 0);

    let envoy = Envoy::start(&stage, &configuration);
    let threads = envoy.thread_names();
    assert_eq!(threads.iter().filter(|name| *name == "certbound-keys").count(), 1, "{threads:?}");
    until("it fetches", || service.requests() > 0);
}
