//! The limit of forty requests, and those on time and length.

use std::{io::Read, net::TcpListener, thread};

use crate::{
    issuer::{self, Ways},
    pki::Clients,
    weak_api::Manner,
    world::{Findings, World},
};

/// An API that closes a connection after each refusal costs most: each attack on a used connection needs a good request first.
#[test]
fn everything_fits_into_forty_requests() {
    let world = World::new();
    let api = world.api_over(&["http/1.1"], Clients::Any, None, &[Manner::ClosesAfterRefusal]);
    let issuer = issuer::start(&world, Ways { is_openid: true, ..Ways::default() });
    let findings = Findings::of(&issuer::arguments(&world, &api.url("/accounts"), &issuer.url("")));
    findings.protected();
    assert_eq!(findings.with_verdict("left_out"), [""; 0]);
    assert_eq!((api.paths().len(), issuer.paths().len(), &findings.json["requests"]), (36, 4, &40.into()));
}

#[test]
fn request_forty_one_is_not_sent() {
    let world = World::new();
    let api = world.api_over(&["http/1.1"], Clients::Any, None, &[Manner::ClosesAfterRefusal]);
    let issuer = issuer::start(&world, Ways { is_openid: true, redirects: 1, ..Ways::default() });
    let findings = Findings::of(&issuer::arguments(&world, &api.url("/accounts"), &issuer.url("")));
    assert_eq!(api.paths().len() + issuer.paths().len(), 40);
    assert_eq!(findings.json["requests"], 40);
    assert_eq!(findings.with_verdict("left_out"), ["two_tokens"]);
    let meaning = findings.attack("two_tokens")["meaning"].as_str().unwrap();
    assert_eq!(meaning, "40 requests have been sent, which is the limit");
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
