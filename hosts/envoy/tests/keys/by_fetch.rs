//! Keys from a service: late, rotated, withdrawn, lying, hanging, gone, and over TLS.

use std::time::Instant;

use certbound_envoy_tests::{
    configuration::{Form, bootstrap, cluster, discovery, listener, with_listener},
    envoy::Envoy,
    key_service::KeyService,
    message::Request,
    parts::{fetched_issuer, source_of, tls_cluster},
    stage::{Stage, until},
    tokens::{ISSUER, Issuer, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};

/// A listener whose keys are fetched from the cluster `as`.
fn fetching(stage: &Stage, refresh_seconds: u64) -> Value {
    let issuers = json!([fetched_issuer(ISSUER, "as", refresh_seconds)]);
    listener(stage, Form::Text, &stage.settings(json!({"issuers": issuers, "realm": "api"})), &[])
}

/// A counter or gauge of the cluster `as`. In Envoy 1.38, only requests report it.
fn metric(envoy: &Envoy<'_>, visitor: &Visitor<'_>, name: &str) -> u64 {
    visitor.ask(None, Request::get("/"));
    envoy.metric(&format!("dynamicmodulescustom.certbound.{name}.source.{}", source_of("as")))
}

#[test]
fn tokens_wait_for_a_service_that_starts_late() {
    let (stage, service) = (Stage::new(), KeyService::absent());
    let envoy = Envoy::start(&stage, &with_listener(&stage, &fetching(&stage, 300), &[cluster("as", service.port())]));
    let visitor = Visitor::new(&stage, &envoy);
    let token = stage.token();
    let answer = visitor.ask(Some(&stage.server_a), Request::get("/").bearer(&token));
    assert_eq!((answer.status, answer.header("retry-after")), (503, vec!["5"]));
    assert_eq!(answer.header("www-authenticate"), [""; 0], "the token may be good");
    until("fetches have failed", || metric(&envoy, &visitor, "key_failures") > 1);
    assert_eq!(visitor.verdict_on(&token), "keys_pending");
    let reason = "the answer has the status 503, which is also Envoy's if it cannot reach the service; tokens of its issuer are answered with 503 until they arrive";
    assert!(envoy.log().contains(&format!("keys of {} not loaded: {reason}", source_of("as"))), "{}", envoy.log());

    service.set(200, &stage.jwks());
    service.appear();
    until("the keys have arrived", || visitor.verdict_on(&token) == "ok");
    let request = service.last_request().to_ascii_lowercase();
    assert!(request.starts_with("get /jwks http/1.1\r\n"), "{request}");
    assert!(request.contains("\r\nhost: as.example\r\n") && request.contains("\r\naccept: application/json\r\n"));
    assert_eq!(service.requests(), 1);
    until("the fetch is reported", || {
        metric(&envoy, &visitor, "key_fetches") == metric(&envoy, &visitor, "key_failures") + 1
    });
    assert!(metric(&envoy, &visitor, "key_age_seconds") < 300);
}

#[test]
fn keys_are_replaced_and_withdrawn_and_outlive_a_service_that_fails() {
    let (stage, other) = (Stage::new(), Issuer::new(""));
    let service = KeyService::start(200, &stage.jwks());
    let elsewhere = KeyService::start(200, r#"{"keys":[]}"#);
    let envoy = Envoy::start(&stage, &with_listener(&stage, &fetching(&stage, 1), &[cluster("as", service.port())]));
    let visitor = Visitor::new(&stage, &envoy);
    let [one, two] = [&stage.issuer, &other].map(|issuer| Token::bound_to(&stage.server_a).signed_by(issuer));
    let verdicts = || [visitor.verdict_on(&one), visitor.verdict_on(&two)];
    until("the keys have arrived", || verdicts() == ["ok", "signature_invalid"]);
    service.set(200, &other.jwks());
    until("the keys are replaced under the same names", || verdicts() == ["signature_invalid", "ok"]);
    service.set(200, r#"{"keys":[]}"#);
    until("the keys are withdrawn", || verdicts() == ["keys_withdrawn", "keys_withdrawn"]);
    service.set(200, &stage.jwks());
    until("the keys are back", || verdicts() == ["ok", "signature_invalid"]);
    assert_eq!(metric(&envoy, &visitor, "key_failures"), 0);

    let (long, longer) = (format!("{}{}", other.jwks(), " ".repeat(256 * 1024)), " ".repeat(33 << 20));
    let location = format!("http://127.0.0.1:{}/", elsewhere.port());
    let conducts: [(&dyn Fn(), &str); 10] = [
        (&|| service.set(200, "<html>"), "json_unexpected"),
        (&|| service.set(200, ""), "json_unexpected_end"),
        (&|| service.set(200, r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#), "key_set_without_usable_key"),
        (&|| service.set(200, &long), "the answer is longer than 262144 bytes"),
        (&|| service.set(200, &longer), "the answer is longer than Envoy allows"),
        (&|| service.set(404, &other.jwks()), "the answer has the status 404"),
        (&|| service.set(500, &other.jwks()), "the answer has the status 500"),
        (&|| service.redirect(&location), "the answer has the status 302"),
        (
            &|| service.hang(),
            "the answer has the status 504, which is also Envoy's if the service does not answer within 5 seconds",
        ),
        (&|| service.disappear(), "the answer has the status 503"),
    ];
    for (conduct, reason) in conducts {
        conduct();
        let text = format!("keys of {} not loaded: {reason}", source_of("as"));
        until(reason, || {
            assert_eq!(verdicts(), ["ok", "signature_invalid"], "{reason}");
            envoy.log().lines().any(|line| line.contains(&text) && line.ends_with("; the old keys remain in use"))
        });
        assert_eq!(verdicts(), ["ok", "signature_invalid"], "{reason}");
    }
    assert_eq!(elsewhere.requests(), 0, "redirects are not followed");
    until("the failures are reported", || metric(&envoy, &visitor, "key_failures") >= 10);
    service.set(200, &other.jwks());
    service.appear();
    until("the service is there again", || verdicts() == ["signature_invalid", "ok"]);
}

#[test]
fn a_key_that_is_not_known_is_fetched_at_once_but_not_often() {
    let (stage, begin) = (Stage::new(), Instant::now());
    let service = KeyService::start(200, &stage.jwks());
    // A fetch takes place at most every 10 seconds, counted from the first one.
    let allowed = || begin.elapsed().as_secs() / 10 + 1;
    let configuration = with_listener(&stage, &fetching(&stage, 86400), &[cluster("as", service.port())]);
    let envoy = Envoy::start(&stage, &configuration);
    let visitor = Visitor::new(&stage, &envoy);
    let usual = || Token::bound_to(&stage.server_a);
    until("the keys have arrived", || visitor.verdict_on(&stage.token()) == "ok");
    assert_eq!(service.requests(), 1);

    // Under new names, and then under the same ones.
    for (next, verdict) in [(Issuer::new("new-"), "key_unknown"), (Issuer::new("new-"), "signature_invalid")] {
        service.set(200, &next.jwks());
        let (token, before) = (usual().signed_by(&next), service.requests());
        until("the new keys have arrived", || {
            let found = visitor.verdict_on(&token);
            assert!(found == "ok" || found == verdict, "{found} instead of {verdict}");
            assert!(service.requests() <= allowed());
            found == "ok"
        });
        assert!(service.requests() > before);
    }
    assert_eq!(visitor.verdict_on(&stage.token()), "key_unknown");
    for number in 0..200 {
        let token = usual().key_id(&format!("unknown-{number}")).signed_by(&stage.issuer);
        assert_eq!(visitor.verdict_on(&token), "key_unknown");
    }
    assert!(service.requests() <= allowed());
    let fetches = service.requests();
    until("another fetch", || {
        assert_eq!(visitor.verdict_on(&stage.token()), "key_unknown");
        service.requests() > fetches
    });
    assert!(service.requests() <= allowed());
}

#[test]
fn a_cluster_may_be_missing_empty_and_added_later() {
    let stage = Stage::new();
    let service = KeyService::start(200, &stage.jwks());
    let mut empty = cluster("as", 0);
    empty["load_assignment"]["endpoints"] = json!([]);
    let clusters = |clusters: Vec<Value>| {
        let typed = clusters.into_iter().map(|mut cluster| {
            cluster["@type"] = json!("type.googleapis.com/envoy.config.cluster.v3.Cluster");
            cluster
        });
        let clusters: Vec<_> = typed.collect();
        stage.write("cds.json", &json!({"version_info": "1", "resources": clusters}).to_string());
    };
    clusters(vec![]);
    service.set(200, &stage.jwks());
    stage.write("lds.json", &discovery(&fetching(&stage, 1)).to_string());
    let mut configuration = bootstrap(&stage, &[]);
    let mut source = configuration["dynamic_resources"]["lds_config"].clone();
    source["path_config_source"]["path"] = json!(stage.path("cds.json"));
    configuration["dynamic_resources"]["cds_config"] = source;
    let envoy = Envoy::start(&stage, &configuration);
    let visitor = Visitor::new(&stage, &envoy);
    let token = stage.token();
    let logged = |text: &str| envoy.log().contains(&format!("keys of {} not loaded: {text}", source_of("as")));
    until("the cluster is missing", || logged(r#"there is no cluster "as""#));
    assert_eq!(visitor.verdict_on(&token), "keys_pending");
    clusters(vec![empty]);
    until("the cluster is empty", || logged(r#"the cluster "as" has no host that can be asked"#));
    assert_eq!(visitor.verdict_on(&token), "keys_pending");
    clusters(vec![cluster("as", service.port())]);
    until("the keys have arrived", || visitor.verdict_on(&token) == "ok");
    clusters(vec![]);
    until("the cluster is gone", || envoy.log().matches(r#"there is no cluster "as""#).count() == 2);
    assert_eq!(visitor.verdict_on(&token), "ok");
}

/// The cluster decides whether the connection is protected, whatever the URI says.
#[test]
fn keys_come_over_tls_from_the_service_that_the_cluster_names() {
    let (stage, other) = (Stage::new(), Issuer::new("other-"));
    let [service, impostor] = ["as.example", "other.example"].map(|name| {
        let tls = stage.authority.issue_server(&[name]);
        KeyService::start_tls(&tls, 200, "")
    });
    service.set(200, &stage.jwks());
    impostor.set(200, &other.jwks());
    let issuers = json!([fetched_issuer(ISSUER, "as", 1), fetched_issuer("https://as2.example", "as2", 1)]);
    let listener = listener(&stage, Form::Text, &stage.settings(json!({"issuers": issuers})), &[]);
    let clusters = [
        tls_cluster(&stage, "as", service.port(), "as.example"),
        tls_cluster(&stage, "as2", impostor.port(), "as2.example"),
    ];
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &clusters));
    let visitor = Visitor::new(&stage, &envoy);
    until("the keys have arrived", || visitor.verdict_on(&stage.token()) == "ok");
    let others = Token::bound_to(&stage.server_a).issuer("https://as2.example").signed_by(&other);
    until("the impostor is refused", || envoy.log().contains(&format!("keys of {} not loaded", source_of("as2"))));
    assert_eq!(visitor.verdict_on(&others), "keys_pending");
    assert_eq!(impostor.requests(), 0, "the handshake fails");
    assert!(service.requests() > 0);
}
