//! The limit of forty requests, and those on time and length.

use std::{io::Read, net::TcpListener, thread};

use crate::{
    issuer::{self, Ways},
    pki::Clients,
    support::run,
    weak_api::{Manner, Weakness},
    world::{Findings, World},
};

/// Of the APIs that announce the end of a connection, one that closes it after each refusal costs most: each attack on a used
/// connection needs a good request first.
#[test]
fn everything_fits_into_forty_requests() {
    let world = World::new();
    let api = world.api_over(&["http/1.1"], Clients::Any, None, &[Manner::ClosesAfterRefusal]);
    let issuer = issuer::start(&world, Ways { is_openid: true, ..Ways::default() });
    let findings = Findings::of(&issuer::arguments(&world, &api.url("/accounts"), &issuer.url("")));
    findings.protected();
    assert_eq!(findings.with_verdict("left_out"), [""; 0]);
    assert_eq!((api.paths().len(), issuer.paths().len(), &findings.json["requests"]), (35, 4, &39.into()));
}

/// Redirects of the issuer leave one request too few. The owner's last one is sent nevertheless.
#[test]
fn what_the_limit_cuts_off_is_unclear() {
    let world = World::new();
    for weakness in [None, Some(Weakness::AcceptsTwoTokens)] {
        let api = world.api_over(&["http/1.1"], Clients::Any, weakness, &[Manner::ClosesAfterRefusal]);
        let issuer = issuer::start(&world, Ways { is_openid: true, redirects: 1, ..Ways::default() });
        let findings = Findings::of(&issuer::arguments(&world, &api.url("/accounts"), &issuer.url("")));
        findings.unclear(&["two_tokens"]);
        assert_eq!(findings.meaning("two_tokens"), "the limit of 40 requests was reached");
        assert_eq!(findings.attack("owner_again")["verdict"], "accepted");
        assert_eq!(api.paths().len() + issuer.paths().len(), 40);
        assert_eq!(findings.json["requests"], 40);
        assert_eq!(findings.with_verdict("left_out"), [""; 0]);
    }
}

/// Over HTTP/1.1, an API that hangs up instead of refusing costs up to four requests for each attack on a used connection.
#[test]
fn an_api_that_hangs_up_again_and_again_reaches_the_limit() {
    let world = World::new();
    let api = world.api_over(&["http/1.1"], Clients::Any, Some(Weakness::AcceptsTwoTokens), &[Manner::Hangs]);
    let findings = Findings::of(&world.all(&api.url("/accounts")));
    assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"unclear".into()));
    assert_eq!((findings.meaning("two_tokens"), api.paths().len()), ("the limit of 40 requests was reached", 40));
    let text =
        run(&world.all(&world.api_over(&["http/1.1"], Clients::Any, None, &[Manner::Hangs]).url("/accounts"))).stdout;
    assert!(text.contains("? unclear   two Authorization fields"), "{text}");
}

/// A server that accepts connections and says nothing: the first step that takes too long ends the run.
#[test]
fn a_silent_server_cannot_be_tried() {
    let world = World::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || stream.unwrap().read_to_end(&mut Vec::new()));
        }
    });
    let findings = Findings::of(&world.least(&url));
    assert_eq!((findings.code, &findings.json["conclusion"]), (2, &"owner_unclear".into()));
    let answer = findings.attack("owner")["requests"][0]["answer"].as_str().unwrap();
    assert_eq!(answer, "the TLS handshake took more than 10 seconds");
}
