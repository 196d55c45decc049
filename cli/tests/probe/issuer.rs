//! Tokens from an issuer, by client credentials over mutual TLS.

use http::{Request, Response};
use hyper::body::Bytes;
use rustls_pki_types::CertificateDer;
use serde_json::json;

use crate::{
    pki::Clients,
    server::{Handler, Peer, Server, status},
    support::run,
    weak_api::Weakness,
    world::{Findings, World},
};

/// What the issuer does in another way than usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Its metadata is that of OpenID Connect.
    pub(crate) is_openid: bool,
    /// It has an alias for mutual TLS, and its other token endpoint accepts nobody.
    pub(crate) has_alias: bool,
    /// Redirects on the way to its metadata and to its keys.
    pub(crate) redirects: usize,
    /// It publishes no keys.
    pub(crate) has_no_keys: bool,
    pub(crate) denies: bool,
}

struct TokenService {
    ways: Ways,
    owner: CertificateDer<'static>,
    token: String,
    jwks: String,
}

impl Handler for TokenService {
    fn handle(&self, peer: &Peer, request: &Request<Bytes>) -> Option<Response<String>> {
        let json = |code, body: serde_json::Value| {
            let mut answer = status(code);
            *answer.body_mut() = body.to_string();
            answer
        };
        let host = request.headers()["host"].to_str().unwrap();
        let issuer = format!("https://{host}");
        let (path, hop) = match request.uri().path().split_once("/hop") {
            Some((path, hop)) => (path, hop.parse().unwrap()),
            None => (request.uri().path(), 0),
        };
        let metadata = if self.ways.is_openid {
            "/.well-known/openid-configuration"
        } else {
            "/.well-known/oauth-authorization-server"
        };
        if [metadata, "/jwks"].contains(&path) && hop < self.ways.redirects {
            let mut answer = status(302);
            let location = format!("{path}/hop{}", hop + 1);
            answer.headers_mut().insert("location", location.parse().unwrap());
            return Some(answer);
        }
        Some(match path {
            path if path == metadata => {
                let mut metadata = json!({"issuer": issuer, "token_endpoint": format!("{issuer}/token")});
                if self.ways.has_alias {
                    metadata["token_endpoint"] = json!(format!("{issuer}/other"));
                    metadata["mtls_endpoint_aliases"] = json!({"token_endpoint": format!("{issuer}/token")});
                }
                if !self.ways.has_no_keys {
                    metadata["jwks_uri"] = json!(format!("{issuer}/jwks"));
                }
                json(200, metadata)
            }
            "/jwks" => {
                assert!(peer.certificate.is_none(), "keys need no certificate");
                json(200, serde_json::from_str(&self.jwks).unwrap())
            }
            "/token" => {
                let is_owner = peer.certificate.as_ref() == Some(&self.owner);
                let expected = "grant_type=client_credentials&client_id=owner+1&scope=read+write&resource=https%3A%2F%2Fapi.example";
                let is_expected = request.method() == "POST"
                    && request.headers()["content-type"] == "application/x-www-form-urlencoded"
                    && request.body() == expected;
                if self.ways.denies || !is_owner || !is_expected {
                    json(401, json!({"error": "invalid_client", "error_description": "no such client"}))
                } else {
                    json(200, json!({"access_token": self.token, "token_type": "Bearer", "expires_in": 60}))
                }
            }
            _ => status(404),
        })
    }
}

/// Starts an issuer whose handshake lets everyone in.
pub(crate) fn start(world: &World, ways: Ways) -> Server {
    start_for(world, ways, Clients::Any)
}

/// The same, with these handshakes.
fn start_for(world: &World, ways: Ways, clients: Clients) -> Server {
    let tls = world.authority.mutual(clients, &["http/1.1"]);
    let token = std::fs::read_to_string(&world.token).unwrap().trim().to_owned();
    Server::start(tls, TokenService { ways, owner: world.owner.certificate.clone(), token, jwks: world.issuer.jwks() })
}

/// The arguments for a token of this issuer, and for everything that can be tried with it.
pub(crate) fn arguments<'a>(world: &'a World, url: &'a str, issuer: &'a str) -> Vec<&'a str> {
    let mut arguments = world.client(url);
    arguments.extend(["--issuer", issuer, "--client-id", "owner 1", "--scope", "read write"]);
    arguments.extend(["--resource", "https://api.example"]);
    arguments.extend(["--thief-cert", &world.thiefs[0], "--thief-key", &world.thiefs[1]]);
    arguments.extend(["--expired-token", &world.expired, "--other-audience-token", &world.other_audience]);
    arguments
}

#[test]
fn a_token_and_the_key_for_the_hmac_come_from_the_issuer() {
    let world = World::new();
    let ordinary = Ways::default();
    for (ways, requests) in [
        (ordinary, 3),
        (Ways { is_openid: true, ..ordinary }, 4),
        (Ways { has_alias: true, ..ordinary }, 3),
        (Ways { redirects: 2, ..ordinary }, 7),
    ] {
        let issuer = start(&world, ways);
        let name = issuer.url("");
        for weakness in [None, Some(Weakness::AcceptsHmacByPem)] {
            let api = world.api(weakness, &[]);
            let findings = Findings::of(&arguments(&world, &api.url("/accounts"), &name));
            let expected = if weakness.is_some() { json!(["hmac_public_key"]) } else { json!([]) };
            assert_eq!(findings.json["accepted"], expected, "{ways:?}");
            assert_eq!(findings.with_verdict("left_out"), [""; 0]);
            let sent = api.paths().len() + requests;
            assert_eq!(findings.json["requests"], sent);
        }
        assert_eq!(issuer.paths().len(), 2 * requests);
    }
}

#[test]
fn without_the_issuers_keys_the_hmac_is_left_out() {
    let world = World::new();
    let issuer = start(&world, Ways { has_no_keys: true, ..Ways::default() });
    let api = world.api(None, &[]);
    let (url, name) = (api.url("/accounts"), issuer.url(""));
    let findings = Findings::of(&arguments(&world, &url, &name));
    findings.protected();
    assert_eq!(findings.with_verdict("left_out"), ["hmac_public_key"]);
    let with_keys = [&arguments(&world, &url, &name)[..], &["--jwks", &world.jwks]].concat();
    assert_eq!(Findings::of(&with_keys).with_verdict("left_out"), [""; 0]);
}

#[test]
fn without_a_token_nothing_is_tried() {
    let world = World::new();
    let api = world.api(None, &[]);
    let url = api.url("/accounts");
    let issuer = start(&world, Ways { denies: true, ..Ways::default() });
    let name = issuer.url("");
    let message = run(&arguments(&world, &url, &name)).unusable();
    assert!(message.contains("the issuer grants no token: \"invalid_client\" (\"no such client\")"), "{message}");
    let slash = format!("{name}/");
    let message = run(&arguments(&world, &url, &slash)).unusable();
    assert!(message.contains("its issuer is"), "{message}");
    let plain = world.api_over(&["http/1.1"], Clients::Any, None, &[]);
    let message = run(&arguments(&world, &url, &plain.url(""))).unusable();
    assert!(message.contains("the status is 401"), "{message}");
    assert_eq!(api.paths().iter().filter(|path| *path == "/accounts").count(), 0);
    let issuer = start_for(&world, Ways::default(), Clients::WithRsaKeys);
    let message = run(&arguments(&world, &url, &issuer.url(""))).unusable();
    assert!(message.contains("was not presented, since the issuer accepts no signature"), "{message}");
    let issuer = start(&world, Ways::default());
    assert_eq!(Findings::of(&arguments(&world, &url, &issuer.url(""))).code, 0);
}
