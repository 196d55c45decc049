//! Two issuers: whatever happens to the keys of one, tokens of the other are judged as before.

use certbound_envoy_tests::{
    configuration::{Form, cluster, listener, with_listener},
    envoy::Envoy,
    key_service::KeyService,
    message::Request,
    parts::{fetched_issuer, source_of},
    stage::{Stage, until},
    tokens::{ISSUER, Issuer, Token},
    visitor::Visitor,
};
use serde_json::json;

const OTHER: &str = "https://as2.example";

#[test]
fn an_issuer_that_is_down_does_not_affect_one_with_a_file() {
    an_issuer_that_is_down_does_not_affect_the_other(true);
}

#[test]
fn an_issuer_that_is_down_does_not_affect_one_with_a_service() {
    an_issuer_that_is_down_does_not_affect_the_other(false);
}

fn an_issuer_that_is_down_does_not_affect_the_other(is_file: bool) {
    // Both name their keys alike; the other one has further keys, too.
    let (stage, other, further) = (Stage::new(), Issuer::new(""), Issuer::new("as2-"));
    let jwks = format!(
        "{},{}",
        other.jwks().strip_suffix("]}").unwrap(),
        further.jwks().strip_prefix(r#"{"keys":["#).unwrap()
    );
    let [service, one] = [KeyService::absent(), KeyService::start(200, &stage.jwks())];
    let usual = stage.settings(json!({}))["issuers"][0].clone();
    let usual = if is_file { usual } else { fetched_issuer(ISSUER, "as", 1) };
    // In each order: the first one to be tried must make no difference.
    let mut issuers = vec![usual, fetched_issuer(OTHER, "as2", 1)];
    if is_file {
        issuers.reverse();
    }
    let listener = listener(&stage, Form::Text, &stage.settings(json!({"issuers": issuers})), &[]);
    let clusters = [cluster("as", one.port()), cluster("as2", service.port())];
    let envoy = Envoy::start(&stage, &with_listener(&stage, &listener, &clusters));
    let visitor = Visitor::new(&stage, &envoy);
    let usual = || Token::bound_to(&stage.server_a);
    let cached = stage.token();
    until("the keys of the one have arrived", || visitor.verdict_on(&cached) == "ok");
    // A token of the one that is cached, one that is new, and a stolen one.
    let assert_unaffected = |state: &str, confused: &str| {
        assert_eq!(visitor.verdict_on(&cached), "ok", "{state}");
        assert_eq!(visitor.verdict_on(&usual().claim("jti", "\"new\"").signed_by(&stage.issuer)), "ok", "{state}");
        let stolen = visitor.verdict(Some(&stage.thief), Request::get("/").bearer(&cached));
        assert_eq!(stolen, "certificate_mismatch", "{state}");
        let found = visitor.verdict_on(&usual().issuer(OTHER).signed_by(&stage.issuer));
        assert_eq!(found, confused, "{state}");
    };
    let [same, new] = [&other, &further].map(|issuer| usual().issuer(OTHER).signed_by(issuer));
    let verdicts = || [visitor.verdict_on(&same), visitor.verdict_on(&new)];
    let until_said = |reason: &str, confused| {
        until(reason, || {
            assert_unaffected(reason, confused);
            envoy.log().contains(&format!("keys of {} not loaded: {reason}", source_of("as2")))
        });
    };

    // Two issuers may publish the same key, so that this one's may turn out to be the other's, too.
    until_said("the answer has the status 503", "keys_pending");
    // Keys of the first one's name are there, but do not fit.
    assert_eq!(verdicts(), ["signature_invalid", "keys_pending"]);
    service.set(200, "<html>");
    service.appear();
    until_said("json_", "keys_pending");
    assert_eq!(verdicts(), ["signature_invalid", "keys_pending"]);
    service.set(200, &jwks);
    until("the keys of the other have arrived", || verdicts() == ["ok", "ok"]);
    assert_unaffected("with keys of both", "issuer_mismatch");
    let confused = usual().signed_by(&other);
    assert_eq!(visitor.verdict_on(&confused), "issuer_mismatch");
    service.hang();
    until_said("the answer has the status 504", "issuer_mismatch");
    assert_eq!(verdicts(), ["ok", "ok"]);
    service.set(200, r#"{"keys":[]}"#);
    until("the keys of the other are withdrawn", || verdicts() == ["signature_invalid", "key_unknown"]);
    assert_unaffected("withdrawn", "issuer_mismatch");
    service.disappear();
    let said = || {
        envoy.log().matches(&format!("keys of {} not loaded: the answer has the status 503", source_of("as2"))).count()
    };
    until("the service is gone", || said() > 1);
    assert_unaffected("gone", "issuer_mismatch");
}
