//! What the answers mean: which ones decide, and which ones show nothing.

use std::net::TcpListener;

use crate::{
    pki::Authority,
    server::{Handler, Peer, Server, status},
    support::{HEADER, claims, run},
    weak_api::{Manner, Weakness},
    world::{Findings, World},
};

#[test]
fn a_public_url_cannot_be_tried() {
    let world = World::new();
    let findings = world.probe(&world.api(Some(Weakness::IsPublic), &[]));
    assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"public".into()));
    assert_eq!(
        findings.stderr,
        "error: The URL answers without a token, so nothing else was tried. Pass a URL that needs one.\n"
    );
    assert_eq!(findings.with_verdict("accepted"), ["owner", "no_token"]);
    assert_eq!(findings.with_verdict("left_out").len(), 18);
    assert_eq!(findings.json["requests"], 2);
}

#[test]
fn an_owner_that_is_refused_ends_the_run() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let mut arguments = world.client(&url);
    arguments.extend(["--token", &world.expired]);
    let findings = Findings::of(&arguments);
    assert_eq!((findings.code, &findings.json["conclusion"]), (1, &"owner_refused".into()));
    assert!(findings.stderr.starts_with("rejected: owner_refused: "), "{}", findings.stderr);
    assert_eq!((&findings.json["requests"], api.paths().len()), (&1.into(), 1));
    Findings::of(&world.least(&url)).incomplete();
}

#[test]
fn a_url_that_does_not_answer_the_owner_with_success_cannot_be_tried() {
    let world = World::new();
    for code in [301, 302, 429, 500, 503] {
        let findings = world.probe(&world.api(None, &[Manner::Accepts(code)]));
        assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"owner_unclear".into()), "{code}");
        assert!(findings.stderr.contains(&format!("neither accepted nor refused ({code} ")), "{}", findings.stderr);
        assert_eq!(findings.json["requests"], 1);
    }
    for code in [200, 204, 206] {
        world.probe(&world.api(None, &[Manner::Accepts(code)])).protected();
    }
    let findings = world.probe(&world.api(None, &[Manner::Accepts(404)]));
    assert_eq!((findings.code, &findings.json["conclusion"]), (1, &"owner_refused".into()));
}

#[test]
fn refusals_have_many_statuses_and_some_answers_are_unclear() {
    let world = World::new();
    for code in [400, 401, 403, 404, 495] {
        world.probe(&world.api(None, &[Manner::Refuses(code)])).protected();
    }
    for code in [302, 429, 500, 503] {
        let findings = world.probe(&world.api(None, &[Manner::Refuses(code)]));
        assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"unclear".into()), "{code}");
        assert!(findings.stderr.starts_with("error: Nothing wrong was accepted, but "), "{}", findings.stderr);
        assert_eq!(findings.with_verdict("unclear").len(), 17);
        // Something that was accepted decides nevertheless.
        let findings = world.probe(&world.api(Some(Weakness::AcceptsExpired), &[Manner::Refuses(code)]));
        assert_eq!((findings.code, &findings.json["accepted"]), (1, &serde_json::json!(["expired"])), "{code}");
    }
}

#[test]
fn a_server_that_is_not_there_or_not_trusted_cannot_be_tried() {
    let world = World::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let findings = Findings::of(&world.least(&format!("https://{free}/")));
    let answer = findings.attack("owner")["requests"][0]["answer"].as_str().unwrap();
    assert_eq!(findings.code, 2);
    assert!(answer.contains("refused"), "{answer}");
    // Nobody is there who could ask for a certificate.
    assert!(!findings.stderr.contains("did not ask"), "{}", findings.stderr);

    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let stranger = world.files.write("stranger.pem", &Authority::new().pem);
    let mut arguments = world.least(&url);
    let ca = arguments.iter().position(|argument| *argument == world.ca).unwrap();
    arguments[ca] = &stranger;
    let findings = Findings::of(&arguments);
    let answer = findings.attack("owner")["requests"][0]["answer"].as_str().unwrap();
    assert_eq!(findings.code, 2);
    assert!(answer.contains("invalid peer certificate"), "{answer}");
    assert_eq!(api.paths(), [""; 0]);
    Findings::of(&world.least(&url)).incomplete();
}

/// Accepts everything, and so a token that is not bound.
struct Opaque(String);

impl Handler for Opaque {
    fn handle(&self, peer: &Peer, request: &http::Request<hyper::body::Bytes>) -> Option<http::Response<String>> {
        let expected = format!("Bearer {}", self.0);
        let values: Vec<_> = request.headers().get_all("authorization").iter().collect();
        let is_good = values.len() == 1 && values[0].to_str().unwrap() == expected;
        Some(status(if is_good && peer.certificate.is_some() { 200 } else { 401 }))
    }
}

#[test]
fn a_token_without_a_binding_is_a_finding_and_an_opaque_one_is_judged_by_the_answers() {
    let world = World::new();
    let unbound = world.issuer.sign(HEADER, &claims(b"").replace("\"cnf\"", "\"conf\""));
    for (token, bound, accepted) in [
        (unbound.as_str(), serde_json::json!(false), &["token_not_bound", "look_alike", "other_certificate"][..]),
        ("opaque+/~._-=", serde_json::Value::Null, &["look_alike", "other_certificate"]),
    ] {
        let tls = world.authority.mutual(crate::pki::Clients::Any, &["h2"]);
        let api = Server::start(tls, Opaque(token.to_owned()));
        let (url, file) = (api.url("/accounts"), world.files.write("other-token", token));
        let mut arguments = world.all(&url);
        let place = arguments.iter().position(|argument| *argument == world.token).unwrap();
        arguments[place] = &file;
        let findings = Findings::of(&arguments);
        assert_eq!((findings.code, &findings.json["token"]["bound"]), (1, &bound));
        assert_eq!(findings.json["accepted"], serde_json::json!(accepted));
        let words = if bound.is_null() { "not readable here" } else { "NOT BOUND" };
        let text = run(&arguments).stdout;
        assert!(text.contains(words), "{text}");
        if bound.is_null() {
            assert_eq!(findings.with_verdict("left_out"), ["tampered", "unsigned", "alg_none", "hmac_public_key"]);
            // The API accepts no JWT at all.
            assert_eq!(findings.with_verdict("unclear"), ["expired", "other_audience"]);
            assert!(findings.meaning("expired").contains("may refuse every JWT"), "{}", findings.meaning("expired"));
        }
    }
}
