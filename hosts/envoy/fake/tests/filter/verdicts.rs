//! Verdicts, answers, and the cache.

use std::rc::Rc;

use certbound::Algorithm;
use certbound_envoy_fake::{Envoy, Request, RouteConfiguration, Version};
use serde_json::json;

use crate::{
    setup::{Setup, assert_rejected, request, route, stolen},
    support::{Issuer, usual_header},
};

#[test]
fn a_token_is_accepted_over_the_connection_that_it_is_bound_to() {
    let setup = Setup::new();
    for version in Version::ALL {
        let configuration = setup.configure_in(version, json!({"realm": "api"}));
        let token = setup.token();
        for hits in 0..3 {
            let outcome = configuration.send(request(&token));
            assert_eq!(outcome.verdict(), Ok(()), "{version:?}");
            assert_eq!(outcome.metadata("status"), Some("ok"));
            assert_eq!(outcome.metadata.len(), 1, "by default, only the verdict: {outcome:?}");
            assert_eq!(configuration.metric("certbound.cache_hits"), hits);
        }
        let invalid = Some(r#"Bearer realm="api", error="invalid_token""#);
        assert_rejected(&configuration.send(stolen(&token)), 401, "certificate_mismatch", invalid);
        assert_rejected(&configuration.send(Request::with_token(&token, "")), 401, "certificate_missing", invalid);
        let without_tls = request(&token).without_tls();
        assert_rejected(&configuration.send(without_tls), 401, "certificate_missing", invalid);
        let unreadable = Request::with_token(&token, "xy");
        assert_rejected(&configuration.send(unreadable), 500, "thumbprint_hex_malformed", None);
        let values = ["ok", "certificate_mismatch", "certificate_missing", "thumbprint_hex_malformed", "token_expired"];
        let values = values.map(|name| configuration.metric(&format!("certbound.verdict.{name}")));
        assert_eq!(values, [3, 1, 2, 1, 0]);
    }
}

#[test]
fn answers_are_those_of_rfc_6750() {
    let setup = Setup::new();
    let metadata = "https://api.example/.well-known/oauth-protected-resource";
    let configuration = setup.configure(json!({"scopes": ["admin"], "resource_metadata": metadata}));
    let challenge = |text: &str| Some(format!(r#"Bearer {text}resource_metadata="{metadata}""#));
    let rejected = |request, status, name, text: &str| {
        assert_rejected(&configuration.send(request), status, name, challenge(text).as_deref());
    };
    rejected(Request::new(), 401, "token_missing", "");
    rejected(Request::new().header("authorization", "Basic YTpi"), 401, "token_missing", "");
    let twice = setup.request().header("authorization", "Bearer x");
    rejected(twice, 400, "authorization_ambiguous", r#"error="invalid_request", "#);
    let joined = Request::new().header("authorization", "Bearer x,Bearer y");
    rejected(joined, 400, "authorization_ambiguous", r#"error="invalid_request", "#);
    rejected(request("opaque"), 401, "token_not_compact", r#"error="invalid_token", "#);
    let scope = r#"error="insufficient_scope", scope="admin", "#;
    rejected(setup.request(), 403, "insufficient_scope", scope);
    let expired = setup.token_with(|claims| claims.with("exp", "1700000000"));
    rejected(request(&expired), 401, "token_expired", r#"error="invalid_token", "#);
    let admin = setup.token_with(|claims| claims.with("scope", r#""admin read""#));
    assert_eq!(configuration.send(request(&admin)).verdict(), Ok(()));
}

#[test]
fn the_policy_is_that_of_the_configuration() {
    let setup = Setup::new();
    let verdict = |members, token: &str| {
        let outcome = setup.configure(members).send(request(token));
        outcome.verdict().map_err(str::to_owned)
    };
    let rejected = |name: &str| Err(format!("certbound_{name}"));
    let unbound = setup.token_with(|claims| claims.without("cnf"));
    assert_eq!(verdict(json!({}), &unbound), rejected("confirmation_missing"));
    assert_eq!(verdict(json!({"binding": "if_present"}), &unbound), Ok(()));
    let claims = || crate::support::usual_claims().json();
    let typed = |typ: &str| setup.issuer.token(Algorithm::ES256, usual_header().with("typ", typ).json(), claims());
    assert_eq!(verdict(json!({}), &typed(r#""JWT""#)), rejected("type_not_allowed"));
    assert_eq!(verdict(json!({"token_type": "jwt"}), &typed(r#""JWT""#)), Ok(()));
    assert_eq!(verdict(json!({"token_type": "jwt"}), &typed(r#""x""#)), rejected("type_not_allowed"));
    assert_eq!(verdict(json!({"token_type": "any"}), &typed(r#""x""#)), Ok(()));
    assert_eq!(verdict(json!({"algorithms": ["PS256", "Ed25519"]}), &setup.token()), rejected("algorithm_not_allowed"));
    assert_eq!(verdict(json!({"algorithms": ["PS256", "ES256"]}), &setup.token()), Ok(()));
    assert_eq!(verdict(json!({"audiences": ["https://other.example"]}), &setup.token()), rejected("audience_mismatch"));
    let just_expired = setup.token_with(|claims| claims.with("exp", &(crate::setup::now() - 5).to_string()));
    assert_eq!(verdict(json!({}), &just_expired), rejected("token_expired"));
    assert_eq!(verdict(json!({"leeway_seconds": 600}), &just_expired), Ok(()));
}

#[test]
fn a_cached_token_passes_only_where_its_policy_holds() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({}));
    let token = setup.token();
    let other_audience = route(json!({"audiences": ["https://other.example"]}));
    let admin = route(json!({"scopes": ["admin"]}));
    let same = route(json!({}));
    for _ in 0..2 {
        assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
        let outcome = configuration.send(request(&token).to(&other_audience));
        assert_eq!(outcome.verdict(), Err("certbound_audience_mismatch"));
        assert_eq!(configuration.send(request(&token).to(&admin)).verdict(), Err("certbound_insufficient_scope"));
        assert_eq!(configuration.send(request(&token).to(&same)).verdict(), Ok(()));
    }
    // A second listener shares the caches, but not the verdicts.
    let strict = setup.configure(json!({"scopes": ["admin"]}));
    assert_eq!(strict.send(request(&token)).verdict(), Err("certbound_insufficient_scope"));
    assert_eq!(configuration.metric("certbound.cache_hits"), 2);
    let update = setup.configure(json!({}));
    assert_eq!(update.send(request(&token)).verdict(), Ok(()));
    assert_eq!(update.metric("certbound.cache_hits"), 1, "an update of the listener keeps the cache");
}

#[test]
fn a_cached_token_passes_only_where_its_keys_are_trusted() {
    let (setup, other) = (Setup::new(), Setup::new());
    let (configuration, others) = (setup.configure(json!({})), other.configure(json!({})));
    let unbound = route(json!({"binding": "if_present"}));
    let without = setup.token_with(|claims| claims.without("cnf"));
    for (hits, token) in [setup.token(), setup.token()].iter().flat_map(|token| [(0, token), (1, token)]) {
        let before = configuration.metric("certbound.cache_hits");
        assert_eq!(configuration.send(request(token)).verdict(), Ok(()));
        assert_eq!(configuration.metric("certbound.cache_hits"), before + hits);
        assert_eq!(others.send(request(token)).verdict(), Err("certbound_signature_invalid"));
        assert_eq!(configuration.send(request(&without).to(&unbound)).verdict(), Ok(()));
        assert_eq!(configuration.send(request(&without)).verdict(), Err("certbound_confirmation_missing"));
    }
    assert_eq!(others.metric("certbound.cache_hits"), 0);
}

#[test]
fn without_a_cache_verdicts_are_the_same() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"cache_entries": 0, "metadata_claims": ["sub"]}));
    let token = setup.token();
    for _ in 0..2 {
        let outcome = configuration.send(request(&token));
        assert_eq!((outcome.verdict(), outcome.metadata("sub")), (Ok(()), Some("server-a")));
        assert_eq!(configuration.send(stolen(&token)).verdict(), Err("certbound_certificate_mismatch"));
    }
    assert_eq!(configuration.metric("certbound.cache_hits"), 0);
}

#[test]
fn each_worker_has_a_cache() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({}));
    let token = setup.token();
    for (worker, hits) in [(0, 0), (1, 0), (0, 1), (1, 2), (9, 2), (9, 3)] {
        assert_eq!(configuration.send(request(&token).on_worker(worker)).verdict(), Ok(()));
        assert_eq!(configuration.metric("certbound.cache_hits"), hits, "worker {worker}");
    }
}

#[test]
fn a_route_replaces_members_of_the_policy() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({"scopes": ["admin"], "realm": "api"}));
    let send = |route: &Rc<RouteConfiguration>, token: &str| configuration.send(request(token).to(route));
    let read = route(json!({"scopes": ["read"], "realm": "reports"}));
    assert_eq!(send(&read, &setup.token()).verdict(), Ok(()));
    let write_only = setup.token_with(|claims| claims.with("scope", r#""write""#));
    let challenge = r#"Bearer realm="reports", error="insufficient_scope", scope="read""#;
    assert_rejected(&send(&read, &write_only), 403, "insufficient_scope", Some(challenge));
    let none = route(json!({"scopes": [], "realm": ""}));
    assert_eq!(send(&none, &write_only).verdict(), Ok(()));
    assert_rejected(&configuration.send(Request::new().to(&none)), 401, "token_missing", Some("Bearer"));

    let lax = route(json!({"scopes": [], "binding": "if_present", "token_type": "any", "algorithms": ["EdDSA"]}));
    assert_eq!(send(&lax, &setup.token()).verdict(), Err("certbound_algorithm_not_allowed"));
    let header = usual_header().without("typ").with("kid", r#""EdDSA""#).with("alg", r#""EdDSA""#).json();
    let claims = crate::support::usual_claims().without("cnf").json();
    let token = setup.issuer.token(Algorithm::EdDSA, header, claims);
    assert_eq!(send(&lax, &token).verdict(), Ok(()));
    assert_eq!(send(&none, &token).verdict(), Err("certbound_type_missing"));

    let off = route(json!({"enabled": false}));
    let outcome = configuration.send(Request::new().to(&off));
    assert_eq!((outcome.verdict(), outcome.metadata.len()), (Ok(()), 0));
}

#[test]
fn two_issuers_are_told_apart() {
    let (setup, other) = (Setup::new(), Setup::new());
    let issuers = json!([
        setup.json()["issuers"][0],
        {"issuer": "https://as2.example", "jwks_file": other.keys_path()},
    ]);
    let configuration = setup.configure(json!({"issuers": issuers, "metadata_claims": ["sub"]}));
    let by = |setup: &Setup, issuer: &str| {
        request(&setup.token_with(|claims| claims.with("iss", &format!(r#""{issuer}""#))))
    };
    for _ in 0..2 {
        for (setup, issuer) in [(&setup, "https://as.example"), (&other, "https://as2.example")] {
            let outcome = configuration.send(by(setup, issuer));
            assert_eq!((outcome.verdict(), outcome.metadata("issuer")), (Ok(()), Some(issuer)));
        }
        let forged = configuration.send(by(&other, "https://as.example"));
        assert_eq!(forged.verdict(), Err("certbound_issuer_mismatch"));
        let unknown = configuration.send(by(&Setup::new(), "https://as.example"));
        assert_eq!(unknown.verdict(), Err("certbound_signature_invalid"));
    }
}

#[test]
fn a_panic_is_answered_with_500_and_counted() {
    let setup = Setup::new();
    // Caches of another size than in other tests, which share theirs.
    let configuration = setup.configure(json!({"claim_headers": {"x-sub": "sub"}, "cache_entries": 64}));
    let token = setup.token();
    assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
    certbound_envoy_fake::panic_in_next_request();
    let outcome = configuration.send(request(&token).header("x-sub", "admin"));
    let response = outcome.response.unwrap();
    assert_eq!((response.status, response.details.as_str()), (500, "certbound_panic"));
    assert_eq!(configuration.metric("certbound.panics"), 1);
    // The worker goes on, with an empty cache.
    let hits = configuration.metric("certbound.cache_hits");
    for more in 0..2 {
        assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
        assert_eq!(configuration.metric("certbound.cache_hits"), hits + more);
    }
}

#[test]
fn the_reported_version_of_the_abi_follows_envoy() {
    let versions = Version::ALL.map(|version| Envoy::new(version).reported_version());
    assert_eq!(versions, ["v0.1.0", "v0.1.0", "v0.2.0"]);
}

#[test]
fn time_is_measured_if_that_is_configured() {
    let setup = Setup::new();
    for (measures, expected) in [(false, 0), (true, 2)] {
        let configuration = setup.configure(json!({"measure_time": measures}));
        configuration.send(setup.request());
        configuration.send(Request::new());
        assert_eq!(configuration.metric("certbound.time_nanoseconds"), expected);
    }
}

#[test]
fn a_token_is_never_logged() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({}));
    let (token, forged) = (setup.token(), Issuer::new().token(Algorithm::ES256, usual_header().json(), "{}"));
    certbound_envoy_fake::take_log();
    for token in [&token, &forged, &format!("{token}x"), &token.replace('.', "")] {
        configuration.send(stolen(token));
    }
    assert_eq!(certbound_envoy_fake::take_log(), [""; 0]);
}
