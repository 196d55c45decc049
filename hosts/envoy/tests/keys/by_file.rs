//! Keys from files: what happens when a file is missing, and when it changes.

use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, SystemTime},
};

use certbound_envoy_tests::{
    configuration::{Form, bootstrap, discovery, listener, with_listener},
    envoy::{Envoy, fail_to_start, validate},
    message::Request,
    stage::{Stage, until},
    tokens::{Issuer, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};

/// A listener with keys from this file.
fn reading(stage: &Stage, file: &str) -> Value {
    let issuer = json!({"issuer": "https://as.example", "jwks_file": stage.path(file)});
    listener(stage, Form::Text, &stage.settings(json!({"issuers": [issuer]})), &[])
}

#[test]
fn a_file_must_be_there_and_usable_at_the_start() {
    let stage = Stage::new();
    let configuration = with_listener(&stage, &reading(&stage, "late.json"), &[]);
    let path = stage.path("late.json");
    let reason = |why: &str| format!("configuration rejected: issuers[0].jwks_file: {}: {why}", path.display());
    let rejected = |why: &str| {
        for (status, log) in [validate(&stage, &configuration), fail_to_start(&stage, &configuration)] {
            assert!(!status.success() && log.contains(&reason(why)), "{why}: {log}");
        }
    };
    rejected("No such file or directory");
    stage.write("late.json", "<html>");
    rejected("json_");
    stage.write("late.json", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#);
    rejected("key_set_without_usable_key");
    stage.write("late.json", &stage.jwks());
    assert!(validate(&stage, &configuration).0.success());
    let envoy = Envoy::start(&stage, &configuration);
    assert_eq!(Visitor::new(&stage, &envoy).verdict_on(&stage.token()), "ok");
}

#[test]
fn an_update_with_a_missing_file_is_rejected_until_it_is_sent_again() {
    let stage = Stage::new();
    let send = |file| stage.write("lds.json", &discovery(&reading(&stage, file)).to_string());
    send("jwks.json");
    let envoy = Envoy::start(&stage, &bootstrap(&stage, &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let (new, metric) = (Issuer::new(""), |name: &str| envoy.metric(&format!("listener_manager.{name}")));
    let new_token = Token::bound_to(&stage.server_a).signed_by(&new);
    send("late.json");
    until("the update is rejected", || metric("lds.update_rejected") == 1);
    assert!(envoy.log().contains("late.json: No such file or directory"), "{}", envoy.log());
    assert_eq!(visitor.verdict_on(&stage.token()), "ok");
    stage.write("late.json", &new.jwks());
    assert_eq!(visitor.verdict_on(&new_token), "signature_invalid");
    send("late.json");
    until("the new file is used", || visitor.verdict_on(&new_token) == "ok");
    assert_eq!(metric("listener_modified"), 1);
}

#[test]
fn a_file_is_replaced_changed_emptied_spoiled_and_removed() {
    let (stage, other) = (Stage::new(), Issuer::new(""));
    // As Kubernetes mounts it: a link to a folder, which is replaced.
    let mounted = |version: &str, jwks: &str| {
        fs::create_dir(stage.path(version)).unwrap();
        stage.write(&format!("{version}/jwks.json"), jwks);
        symlink(version, stage.path("link")).unwrap();
        fs::rename(stage.path("link"), stage.path("mounted")).unwrap();
    };
    mounted("v1", &stage.jwks());
    let path = stage.path("mounted/jwks.json");
    let envoy = Envoy::start(&stage, &with_listener(&stage, &reading(&stage, "mounted/jwks.json"), &[]));
    let visitor = Visitor::new(&stage, &envoy);
    let [one, two] = [&stage.issuer, &other].map(|issuer| Token::bound_to(&stage.server_a).signed_by(issuer));
    let verdicts = || [visitor.verdict_on(&one), visitor.verdict_on(&two)];
    let metric = |name: &str| envoy.metric(&format!("dynamicmodulescustom.certbound.{name}.source.{}", path.display()));
    // In Envoy 1.38, only requests report metrics of keys.
    let until_metric = |name: &str, holds: &dyn Fn(u64) -> bool| {
        until(name, || {
            visitor.ask(None, Request::get("/"));
            holds(metric(name))
        });
    };
    let is_old = |seconds: u64| move |age: u64| age >= seconds;
    assert_eq!(verdicts(), ["ok", "signature_invalid"]);
    until_metric("key_fetches", &|fetches| fetches == 1);

    mounted("v2", &other.jwks());
    until("the folder is replaced", || visitor.verdict_on(&two) == "ok");
    assert_eq!(verdicts(), ["signature_invalid", "ok"], "also if the old token is cached");
    stage.write("mounted/jwks.json", &stage.jwks());
    until("the file is replaced", || visitor.verdict_on(&one) == "ok");
    assert_eq!(verdicts(), ["ok", "signature_invalid"]);
    assert_eq!(stage.jwks().len(), other.jwks().len());
    fs::write(&path, other.jwks()).unwrap();
    until("the file is changed in place, with the same length", || visitor.verdict_on(&two) == "ok");
    assert_eq!(verdicts(), ["signature_invalid", "ok"]);
    assert_eq!(metric("key_failures"), 0);

    let spoiled = ["", "<html>", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#, r#"{"keys":{}}"#];
    for (failures, jwks) in (1..).zip(spoiled) {
        stage.write("mounted/jwks.json", jwks);
        until_metric("key_failures", &|count| count == failures);
        assert_eq!(verdicts(), ["signature_invalid", "ok"], "{jwks:?}");
    }
    let is_said = |text: &str| envoy.log().contains(&format!("keys of {}{text}", path.display()));
    assert!(is_said(" not loaded: key_set_without_usable_key") && is_said(" not loaded: json_"), "{}", envoy.log());
    assert_eq!(envoy.log().matches("; the old keys remain in use").count(), spoiled.len());

    stage.write("mounted/jwks.json", r#"{"keys":[]}"#);
    until("the keys are withdrawn", || verdicts() == ["keys_withdrawn", "keys_withdrawn"]);
    assert!(is_said(": the JWK Set lists no keys: all are withdrawn"), "{}", envoy.log());
    stage.write("mounted/jwks.json", &stage.jwks());
    until("the keys are back", || verdicts() == ["ok", "signature_invalid"]);
    until_metric("key_age_seconds", &|age| age < 3600);
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(&path).unwrap().set_modified(hour_ago).unwrap();
    until_metric("key_age_seconds", &is_old(3600));

    fs::remove_file(&path).unwrap();
    until_metric("key_failures", &|count| count == 5);
    assert!(is_said(" not loaded: No such file or directory"), "{}", envoy.log());
    assert_eq!(verdicts(), ["ok", "signature_invalid"]);
    until_metric("key_age_seconds", &is_old(3600));
    stage.write("mounted/jwks.json", &other.jwks());
    until("the file is there again", || verdicts() == ["signature_invalid", "ok"]);
    assert_eq!(metric("key_failures"), 5);
}
