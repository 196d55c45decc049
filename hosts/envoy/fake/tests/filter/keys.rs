//! Keys from files and from clusters.

use std::{thread, time::Duration};

use certbound_envoy_fake::{Answer, Configuration, Envoy, Fetch, Request, Version};
use serde_json::{Value, json};

use crate::{
    setup::{Setup, assert_rejected, jwks_of, request, until},
    support::{Issuer, usual_claims, usual_header},
};

/// An issuer whose keys are fetched. Each test has its own cluster, since configurations with the same one share keys.
fn fetched(cluster: &str) -> Value {
    fetched_every(300, cluster)
}

fn fetched_every(seconds: u64, cluster: &str) -> Value {
    json!({"issuers": [{
        "issuer": "https://as.example",
        "jwks_cluster": cluster,
        "jwks_uri": "https://as.example:8443/jwks?a=b",
        "refresh_seconds": seconds,
    }]})
}

/// Waits for the next fetch.
fn next_fetch(configuration: &Configuration) -> Fetch {
    let mut fetches = Vec::new();
    until("a fetch", || {
        configuration.deliver_events();
        fetches.extend(configuration.take_fetches());
        !fetches.is_empty()
    });
    assert_eq!(fetches.len(), 1, "{fetches:?}");
    fetches.remove(0)
}

fn answer(configuration: &Configuration, status: &str, body: &str) {
    let fetch = next_fetch(configuration);
    configuration.answer(fetch.id, &Answer::Response(status, &[body]));
}

/// Waits until this token gets this verdict.
fn until_verdict(configuration: &Configuration, token: &str, expected: Result<(), &str>) {
    until(&format!("{expected:?}"), || configuration.send(request(token)).verdict() == expected);
}

#[test]
fn keys_arrive_by_a_fetch_and_tokens_wait_for_them() {
    let setup = Setup::new();
    for version in Version::ALL {
        let cluster = format!("arrive-{version:?}");
        let configuration = setup.configure_in(version, fetched(&cluster));
        let token = setup.token();
        let outcome = configuration.send(request(&token));
        assert_rejected(&outcome, 503, "keys_pending", None);
        assert_eq!(outcome.header("retry-after"), Some("5"));

        let fetch = next_fetch(&configuration);
        assert_eq!(fetch.cluster, cluster);
        let expected =
            [(":method", "GET"), (":path", "/jwks?a=b"), ("host", "as.example:8443"), ("accept", "application/json")];
        assert_eq!(fetch.headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let jwks = jwks_of(&setup.issuer);
        let (first, second) = jwks.split_at(100);
        configuration.answer(fetch.id, &Answer::Response("200", &[first, "", second]));
        until_verdict(&configuration, &token, Ok(()));

        // A second answer to the same fetch, and one to no fetch, change nothing.
        let withdrawn = Answer::Response("200", &[r#"{"keys":[]}"#]);
        configuration.answer(fetch.id, &withdrawn);
        configuration.answer(77, &withdrawn);
        assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
    }
}

#[test]
fn a_bad_answer_changes_nothing() {
    let setup = Setup::new();
    let configuration = setup.configure(fetched_every(1, "bad"));
    let token = setup.token();
    let jwks = jwks_of(&setup.issuer);
    let too_long = format!("{jwks}{}", " ".repeat(256 * 1024));
    let bad = [
        ("503", "no healthy upstream"),
        ("404", jwks.as_str()),
        ("204", ""),
        ("200", ""),
        ("200", "<html>"),
        ("200", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#),
        ("200", &too_long),
    ];
    let mut failures = 0;
    let source = "bad https://as.example:8443/jwks?a=b";
    let mut until_failure = |configuration: &Configuration| {
        failures += 1;
        until("the failure is reported", || {
            configuration.deliver_events();
            configuration.metric(&format!("certbound.key_failures.{source}")) == failures
        });
    };
    for (status, body) in bad {
        answer(&configuration, status, body);
        until_failure(&configuration);
        assert_eq!(configuration.send(request(&token)).verdict(), Err("certbound_keys_pending"), "{status} {body}");
    }
    configuration.answer(next_fetch(&configuration).id, &Answer::Failure(1));
    until_failure(&configuration);
    for refusal in [2, 4] {
        configuration.refuse_fetches(refusal);
        until_failure(&configuration);
    }
    configuration.refuse_fetches(0);
    answer(&configuration, "200", &jwks);
    until_verdict(&configuration, &token, Ok(()));
    until("the fetch is reported", || {
        configuration.deliver_events();
        configuration.metric(&format!("certbound.key_fetches.{source}")) > failures
    });
}

#[test]
fn an_unknown_kid_causes_a_fetch_but_not_often() {
    let (setup, new) = (Setup::new(), Issuer::new());
    let configuration = setup.configure(fetched("rotated"));
    answer(&configuration, "200", &jwks_of(&setup.issuer));
    let token = setup.token();
    until_verdict(&configuration, &token, Ok(()));

    let header = usual_header().with("kid", r#""new""#);
    let named = new.token(certbound::Algorithm::ES256, header.json(), usual_claims().json());
    assert_eq!(configuration.send(request(&named)).verdict(), Err("certbound_key_unknown"));
    let jwk = new.jwk(certbound::Algorithm::ES256, r#""kid":"new""#);
    answer(&configuration, "200", &format!(r#"{{"keys":[{jwk}]}}"#));
    until_verdict(&configuration, &named, Ok(()));
    assert_eq!(configuration.send(request(&token)).verdict(), Err("certbound_key_unknown"), "also if it is cached");
    for _ in 0..20 {
        configuration.send(request(&token));
        thread::sleep(Duration::from_millis(50));
        configuration.deliver_events();
        assert_eq!(configuration.take_fetches(), []);
    }
}

#[test]
fn tokens_that_wait_for_a_fetch_cause_no_second_one() {
    let setup = Setup::new();
    let configuration = setup.configure(fetched("waiting"));
    let token = setup.token();
    let fetch = next_fetch(&configuration);
    assert_eq!(configuration.send(request(&token)).verdict(), Err("certbound_keys_pending"));
    configuration.answer(fetch.id, &Answer::Response("200", &[&jwks_of(&setup.issuer)]));
    until_verdict(&configuration, &token, Ok(()));
    // For longer than two fetches are apart.
    for _ in 0..110 {
        thread::sleep(Duration::from_millis(100));
        configuration.deliver_events();
        assert_eq!(configuration.take_fetches(), []);
    }
}

#[test]
fn a_key_that_changed_under_its_kid_causes_a_fetch() {
    let (setup, new) = (Setup::new(), Issuer::new());
    let configuration = setup.configure(fetched("same-kid"));
    answer(&configuration, "200", &jwks_of(&setup.issuer));
    until_verdict(&configuration, &setup.token(), Ok(()));
    let token = new.token(certbound::Algorithm::ES256, usual_header().json(), usual_claims().json());
    assert_eq!(configuration.send(request(&token)).verdict(), Err("certbound_signature_invalid"));
    answer(&configuration, "200", &jwks_of(&new));
    until_verdict(&configuration, &token, Ok(()));
}

#[test]
fn keys_are_fetched_again_and_an_empty_set_withdraws_them() {
    let setup = Setup::new();
    let configuration = setup.configure(fetched_every(1, "refreshed"));
    let (jwks, token) = (jwks_of(&setup.issuer), setup.token());
    answer(&configuration, "200", &jwks);
    until_verdict(&configuration, &token, Ok(()));
    answer(&configuration, "200", r#"{"keys":[]}"#);
    until_verdict(&configuration, &token, Err("certbound_keys_withdrawn"));
    answer(&configuration, "200", &jwks);
    until_verdict(&configuration, &token, Ok(()));
    // The same keys again leave the cache as it is.
    assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
    answer(&configuration, "200", &jwks);
    next_fetch(&configuration);
    let hits = configuration.metric("certbound.cache_hits");
    assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
    assert_eq!(configuration.metric("certbound.cache_hits"), hits + 1);
}

#[test]
fn an_update_of_the_listener_finds_the_keys_and_takes_over_their_fetches() {
    let setup = Setup::new();
    let token = setup.token();
    let old = setup.configure(fetched_every(1, "update"));
    answer(&old, "200", &jwks_of(&setup.issuer));
    until_verdict(&old, &token, Ok(()));
    let updates: Vec<_> = (0..20).map(|_| setup.configure(fetched("update"))).collect();
    for update in &updates {
        assert_eq!(update.send(request(&token)).verdict(), Ok(()), "without waiting");
        assert_eq!(update.take_fetches(), []);
    }
    // The newest configuration fetches, at the interval that it names.
    let newest = setup.configure(fetched_every(1, "update"));
    drop(updates);
    drop(old);
    answer(&newest, "200", r#"{"keys":[]}"#);
    until_verdict(&newest, &token, Err("certbound_keys_withdrawn"));
    // After the last configuration, nothing is left.
    drop(newest);
    let again = setup.configure(fetched("update"));
    assert_eq!(again.send(request(&token)).verdict(), Err("certbound_keys_pending"));
}

#[test]
fn a_fetch_that_dies_with_its_configuration_is_repeated_by_another() {
    let setup = Setup::new();
    let (one, other) = (setup.configure(fetched("dies")), setup.configure(fetched("dies")));
    // The fetch begins in the configuration that was the newest at that moment, which may be either.
    let mut configurations = vec![one, other];
    let mut asked = None;
    until("a fetch", || {
        asked = configurations.iter().position(|configuration| {
            configuration.deliver_events();
            !configuration.take_fetches().is_empty()
        });
        asked.is_some()
    });
    drop(configurations.remove(asked.unwrap()));
    let left = configurations.remove(0);
    answer(&left, "200", &jwks_of(&setup.issuer));
    until_verdict(&left, &setup.token(), Ok(()));
}

#[test]
fn an_issuer_without_keys_does_not_affect_the_other() {
    let setup = Setup::new();
    let mut issuers = fetched("down")["issuers"].clone();
    issuers[0]["issuer"] = json!("https://as2.example");
    let issuers = json!([setup.json()["issuers"][0], issuers[0]]);
    let configuration = setup.configure(json!({"issuers": issuers}));
    let token = setup.token();
    assert_eq!(configuration.send(request(&token)).verdict(), Ok(()));
    let other = Issuer::new();
    let claims = || usual_claims().with("iss", r#""https://as2.example""#).json();
    let named = |kid: &str| other.token(certbound::Algorithm::ES256, usual_header().with("kid", kid).json(), claims());
    let outcome = configuration.send(request(&named(r#""other""#)));
    assert_rejected(&outcome, 503, "keys_pending", None);
    // A kid of the issuer whose keys are there.
    assert_eq!(configuration.send(request(&named(r#""ES256""#))).verdict(), Err("certbound_signature_invalid"));
}

#[test]
fn a_file_is_read_again_when_it_changes() {
    let (setup, new) = (Setup::new(), Issuer::new());
    let configurations = Version::ALL.map(|version| setup.configure_in(version, json!({})));
    let token = setup.token();
    let after = new.token(certbound::Algorithm::ES256, usual_header().json(), usual_claims().json());
    let all = |token: &str, expected| {
        for configuration in &configurations {
            until_verdict(configuration, token, expected);
        }
    };
    all(&token, Ok(()));
    all(&after, Err("certbound_signature_invalid"));

    setup.write_keys(&jwks_of(&new));
    all(&after, Ok(()));
    all(&token, Err("certbound_signature_invalid"));

    // What cannot be used changes nothing.
    let [oldest, .., newest] = &configurations;
    let failures = format!("certbound.key_failures.{}", setup.keys_path().display());
    setup.write_keys("{");
    until("the failure is reported", || {
        newest.deliver_events();
        newest.metric(&failures) == 1
    });
    all(&after, Ok(()));
    setup.write_keys(&setup.many_keys(65));
    until("the failure is reported", || {
        newest.deliver_events();
        newest.metric(&failures) == 2
    });
    all(&after, Ok(()));
    setup.write_keys(&setup.many_keys(64));
    all(&token, Ok(()));
    setup.write_keys(r#"{"keys":[]}"#);
    all(&after, Err("certbound_keys_withdrawn"));
    std::fs::remove_file(setup.keys_path()).unwrap();
    until("the failure is reported", || {
        newest.deliver_events();
        newest.metric(&failures) == 3
    });
    all(&after, Err("certbound_keys_withdrawn"));
    setup.write_keys(&jwks_of(&setup.issuer));
    all(&token, Ok(()));

    // In 1.38, only requests report: each report takes what no other has reported.
    assert_eq!(oldest.deliver_events(), 0);
    let age = format!("certbound.key_age_seconds.{}", setup.keys_path().display());
    until("the age is set", || {
        newest.deliver_events();
        newest.metric(&age) > 0
    });
}

#[test]
fn requests_report_in_an_envoy_that_lets_nothing_else_do_so() {
    let setup = Setup::new();
    let configuration = setup.configure_in(Version::V1_38, json!({}));
    configuration.send(setup.request());
    let name = format!("certbound.key_fetches.{}", setup.keys_path().display());
    assert_eq!(configuration.metric(&name), 1);
    assert_eq!(configuration.deliver_events(), 0);
    let configuration = setup.configure_in(Version::V1_39, json!({}));
    configuration.send(setup.request());
    assert_eq!(configuration.metric(&name), 0);
}

/// Otherwise Envoy forgets the counters of a source with the configuration that last counted.
#[test]
fn an_update_of_the_listener_takes_over_the_counters_of_sources() {
    let setup = Setup::new();
    let source = setup.keys_path().display().to_string();
    let names = ["key_fetches", "key_failures", "key_age_seconds"].map(|name| format!("certbound.{name}.{source}"));
    let old = setup.configure(json!({}));
    assert!(names.iter().all(|name| old.has_reported(name)));
    assert_eq!([old.metric(&names[0]), old.metric(&names[1])], [1, 0]);
    let new = setup.configure(json!({}));
    assert!(names.iter().all(|name| new.has_reported(name)));
    assert_eq!(new.metric(&names[0]), 0, "nothing is counted twice");
    let new = setup.configure_in(Version::V1_38, json!({}));
    assert!(!names.iter().any(|name| new.has_reported(name)));
    new.send(Request::new());
    assert!(names.iter().all(|name| new.has_reported(name)), "the first request reports");
}

#[test]
fn keys_that_are_not_used_are_named() {
    let setup = Setup::new();
    let jwk = setup.issuer.jwk(certbound::Algorithm::ES256, r#""kid":"ES256""#);
    setup.write_keys(&format!(r#"{{"keys":[{{"kty":"oct","kid":"shared","k":"c2VjcmV0"}},{jwk},{{"kty":"oct"}}]}}"#));
    certbound_envoy_fake::take_log();
    let configuration = Envoy::new(Version::V1_40).configure(&setup.json_with(json!({}))).unwrap();
    assert_eq!(configuration.send(setup.request()).verdict(), Ok(()));
    let log = certbound_envoy_fake::take_log();
    let path = setup.keys_path();
    let begins = [
        format!("certbound: keys of {}: key \"shared\" is not used: key_type_unsupported: ", path.display()),
        format!("certbound: keys of {}: key 2 is not used: key_type_unsupported: ", path.display()),
        format!("certbound: keys of {}: 1 usable", path.display()),
    ];
    assert_eq!(log.len(), begins.len(), "{log:?}");
    for (line, begin) in log.iter().zip(begins) {
        assert!(line.starts_with(&begin), "{line}");
    }
}

/// A set that lists too many keys, or unusable ones, cannot flood the log.
#[test]
fn only_some_keys_that_are_not_used_are_named() {
    let setup = Setup::new();
    let jwk = setup.issuer.jwk(certbound::Algorithm::ES256, r#""kid":"ES256""#);
    for (unusable, lines, last_but_one) in [(64, 65, "key 63 is not used: "), (66, 66, "2 more are not used")] {
        setup.write_keys(&format!(r#"{{"keys":[{}{jwk}]}}"#, r#"{"kty":"oct"},"#.repeat(unusable)));
        certbound_envoy_fake::take_log();
        drop(Envoy::new(Version::V1_40).configure(&setup.json_with(json!({}))).unwrap());
        let log = certbound_envoy_fake::take_log();
        assert_eq!(log.len(), lines, "{log:?}");
        assert!(log[lines - 2].contains(last_but_one), "{log:?}");
    }
}

#[test]
fn events_that_nobody_sent_change_nothing() {
    let setup = Setup::new();
    let configuration = setup.configure(json!({}));
    for event in [0, 1, 2, 3, 1 << 40, u64::MAX] {
        configuration.deliver(event);
        configuration.answer(event, &Answer::Failure(99));
    }
    assert_eq!(configuration.take_fetches(), []);
    assert_eq!(configuration.send(setup.request()).verdict(), Ok(()));
}
