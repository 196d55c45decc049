//! Each planted weakness is found, and nothing else.

use crate::{
    pki::Clients,
    server::Server,
    support::run,
    weak_api::{Manner, Weakness},
    world::{Findings, REFUSED, World},
};

/// Each weakness, and the attacks that it makes succeed.
const WEAKNESSES: &[(Weakness, &[&str])] = &[
    (Weakness::IgnoresBinding, &["no_certificate", "look_alike", "other_certificate"]),
    (Weakness::IgnoresBindingWithoutCertificate, &["no_certificate"]),
    (Weakness::ComparesNames, &["look_alike"]),
    (Weakness::ComparesAuthorities, &["other_certificate"]),
    (
        Weakness::IgnoresBindingOfForwarded,
        &["forged_client_cert", "forged_x_forwarded_client_cert", "forged_x_ssl_cert"],
    ),
    (Weakness::TrustsClientCert, &["forged_client_cert"]),
    (Weakness::TrustsXForwardedClientCert, &["forged_x_forwarded_client_cert"]),
    (Weakness::TrustsXSslCert, &["forged_x_ssl_cert"]),
    (Weakness::IgnoresBindingOfResumed, &["thief_resumed"]),
    (Weakness::TrustsUsedConnections, &["no_token_later"]),
    (Weakness::IgnoresSignatureLater, &["tampered"]),
    (Weakness::AcceptsUnsigned, &["unsigned"]),
    (Weakness::AcceptsAlgNone, &["alg_none"]),
    (Weakness::AcceptsAlgNoneInOtherCase, &["alg_none"]),
    (Weakness::AcceptsHmacByPem, &["hmac_public_key"]),
    (Weakness::AcceptsHmacByDer, &["hmac_public_key"]),
    (Weakness::AcceptsExpired, &["expired"]),
    (Weakness::IgnoresAudience, &["other_audience"]),
    (Weakness::AcceptsTwoTokens, &["two_tokens"]),
];

/// The attacks of the owner, which may succeed.
const OWNERS: [&str; 3] = ["owner", "owner_resumed", "owner_again"];

#[track_caller]
fn assert_found(findings: &Findings, expected: &[&str]) {
    assert_eq!(findings.code, 1, "{:#}", findings.json);
    assert_eq!(findings.json["conclusion"], "vulnerable");
    assert_eq!(findings.json["accepted"], serde_json::json!(expected));
    let accepted: Vec<_> = OWNERS.iter().chain(expected).copied().collect();
    let mut found = findings.with_verdict("accepted");
    found.sort_unstable_by_key(|name| accepted.iter().position(|other| other == name));
    assert_eq!(found, accepted);
    for attack in findings.json["attacks"].as_array().unwrap() {
        let name = attack["name"].as_str().unwrap();
        let good = if attack["verdict"] == "left_out" { None } else { Some(!expected.contains(&name)) };
        assert_eq!(attack["good"].as_bool(), good, "{name}");
    }
    let names = expected.join(", ");
    assert!(
        findings.stderr.starts_with("rejected: vulnerable: ") && findings.stderr.contains(&names),
        "{}",
        findings.stderr
    );
    assert_eq!(findings.stderr.lines().count(), 1);
}

#[test]
fn each_weakness_is_found_alone() {
    let world = World::new();
    for (weakness, expected) in WEAKNESSES {
        for protocol in ["h2", "http/1.1"] {
            let api = world.api_over(&[protocol], Clients::Any, Some(*weakness), &[]);
            assert_found(&world.probe(&api), expected);
        }
    }
}

#[test]
fn an_api_without_weaknesses_is_protected() {
    let world = World::new();
    for (protocols, clients, words) in [
        (&["h2", "http/1.1"][..], Clients::Any, "TLS 1.3, HTTP/2"),
        (&["http/1.1"], Clients::Any, "TLS 1.3, HTTP/1.1"),
        (&[], Clients::Any, "TLS 1.3, HTTP/1.1"),
        (&["h2"], Clients::Issued, "TLS 1.3, HTTP/2"),
        (&["http/1.1"], Clients::Issued, "TLS 1.3, HTTP/1.1"),
    ] {
        let api = world.api_over(protocols, clients, None, &[]);
        let findings = world.probe(&api);
        findings.protected();
        assert_eq!(findings.with_verdict("accepted"), OWNERS);
        assert_eq!(findings.with_verdict("refused"), REFUSED);
        let connection = findings.attack("owner")["requests"][0]["connection"].as_str().unwrap();
        assert!(connection.ends_with(words), "{connection}");
        let resumed = &findings.attack("thief_resumed")["requests"];
        match clients {
            Clients::Unasked | Clients::Any | Clients::WithRsaKeys => assert_eq!(resumed[0]["status"], 401),
            // The server ends the connection after the client's part of the handshake. Whether its alert arrives before its
            // reset of the connection is a matter of timing.
            Clients::Issued => {
                for name in ["no_certificate", "look_alike"] {
                    let request = &findings.attack(name)["requests"][0];
                    let answer = request["answer"].as_str().unwrap();
                    assert!(
                        request["status"].is_null() && answer.starts_with("the API ended the connection: "),
                        "{answer}"
                    );
                }
                assert_eq!(resumed[1]["status"], 401);
            }
        }
    }
}

/// Where the handshake requires a certificate, only another client's certificate shows whether the binding is checked: without
/// one, the conclusion must not say that the API is protected.
#[test]
fn a_weakness_behind_the_handshake_needs_another_clients_certificate() {
    let world = World::new();
    let api = world.api_over(&["h2"], Clients::Issued, Some(Weakness::IgnoresBinding), &[]);
    assert_found(&world.probe(&api), &["other_certificate"]);
    let url = api.url("/accounts");
    let findings = Findings::of(&world.least(&url));
    findings.incomplete();
    let other = findings.attack("other_certificate");
    assert_eq!((&other["verdict"], &other["good"]), (&"left_out".into(), &serde_json::Value::Null));
    assert_eq!(other["meaning"], "--thief-cert and --thief-key are not given");
    // Where no certificate is refused in the handshake, so is a forwarded one.
    let api = world.api_over(&["h2"], Clients::Issued, Some(Weakness::TrustsClientCert), &[]);
    assert_found(&world.probe(&api), &["forged_client_cert"]);
    let findings = Findings::of(&world.least(&api.url("/accounts")));
    findings.incomplete();
    let sentence = findings.json["sentence"].as_str().unwrap();
    assert!(sentence.contains("whether it believes a certificate that such a client forges"), "{sentence}");
    let output = run(&world.least(&url));
    assert!(output.stdout.contains("– left out  the stolen token, another client's certificate"), "{}", output.stdout);
}

#[test]
fn what_is_not_given_is_left_out_and_said() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let findings = Findings::of(&world.least(&url));
    findings.incomplete();
    let left_out = findings.with_verdict("left_out");
    assert_eq!(left_out, ["thief_no_token", "other_certificate", "hmac_public_key", "expired", "other_audience"]);
    for (name, words) in [
        ("hmac_public_key", "pass --jwks"),
        ("expired", "--expired-token is not given"),
        ("other_audience", "--other-audience-token is not given"),
    ] {
        let meaning = findings.attack(name)["meaning"].as_str().unwrap();
        assert!(meaning.contains(words), "{meaning}");
    }
    // An attack with several requests is judged by those that were sent.
    assert_eq!(findings.attack("forged_x_ssl_cert")["requests"][1]["verdict"], "left_out");
    assert_eq!(findings.attack("forged_x_ssl_cert")["verdict"], "refused");
}

#[test]
fn an_attack_that_would_show_nothing_more_is_left_out() {
    let world = World::new();
    let findings = world.probe(&world.api(Some(Weakness::IgnoresBinding), &[]));
    for name in ["forged_client_cert", "forged_x_forwarded_client_cert", "forged_x_ssl_cert", "thief_resumed"] {
        let meaning = findings.attack(name)["meaning"].as_str().unwrap();
        assert!(meaning.contains("accepted in any case"), "{name}: {meaning}");
    }
    let findings = world.probe(&world.api(Some(Weakness::TrustsUsedConnections), &[]));
    assert_eq!(findings.with_verdict("left_out").len(), 7);
    assert!(findings.attack("unsigned")["meaning"].as_str().unwrap().contains("everything is accepted in any case"));
}

/// After one refusal, such an API refuses everything on the connection, so that this refusal alone shows something.
#[test]
fn weaknesses_are_found_where_a_refusal_spoils_the_connection() {
    let world = World::new();
    for protocol in ["h2", "http/1.1"] {
        let probe = |weakness| world.probe(&world.api_over(&[protocol], Clients::Any, weakness, &[Manner::Spoils]));
        let findings = probe(None);
        findings.protected();
        assert_eq!(findings.with_verdict("left_out"), [""; 0]);
        for (weakness, expected) in WEAKNESSES {
            assert_found(&probe(Some(*weakness)), expected);
        }
    }
}

#[test]
fn weaknesses_are_found_where_connections_carry_one_request() {
    let world = World::new();
    for manner in [Manner::Closes, Manner::ClosesAfterRefusal] {
        let protected = |api: &Server| {
            let findings = world.probe(api);
            findings.protected();
            assert_eq!(findings.with_verdict("left_out"), [""; 0]);
            findings.attack("tampered")["requests"][0]["connection"].as_str().unwrap().to_owned()
        };
        let api = |weakness| world.api_over(&["http/1.1"], Clients::Any, weakness, &[manner]);
        let connection = protected(&api(None));
        let words =
            if manner == Manner::Closes { "since the API closes used ones" } else { "that has carried a good request" };
        assert!(connection.contains(words), "{connection}");
        let chosen = [
            Weakness::TrustsUsedConnections,
            Weakness::IgnoresSignatureLater,
            Weakness::AcceptsAlgNone,
            Weakness::AcceptsTwoTokens,
        ];
        for (weakness, expected) in WEAKNESSES.iter().filter(|(weakness, _)| chosen.contains(weakness)) {
            let needs_used = [Weakness::TrustsUsedConnections, Weakness::IgnoresSignatureLater].contains(weakness);
            match (manner, needs_used) {
                (Manner::Closes, true) => drop(protected(&api(Some(*weakness)))),
                _ => assert_found(&world.probe(&api(Some(*weakness))), expected),
            }
        }
    }
}

#[test]
fn resumed_sessions_of_the_owner_may_be_refused() {
    let world = World::new();
    let findings = world.probe(&world.api(None, &[Manner::ForgetsResumed]));
    findings.protected();
    let owner = findings.attack("owner_resumed");
    assert_eq!((&owner["verdict"], &owner["good"]), (&"refused".into(), &true.into()));
}
