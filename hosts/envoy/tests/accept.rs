//! Accepted requests: each algorithm, version of TLS and HTTP, key type and origin of certificates; and each setting.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::LazyLock,
    time::{Duration, Instant},
};

use certbound_envoy_tests::{
    client::{Connection, Http, Tls, versions},
    envoy::Envoy,
    listeners::{Clients, named, with_ed25519, with_listeners, without_tls},
    message::Request,
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{AUDIENCE, Algorithm, Token, fingerprint},
};
use certbound_host_tests::accept::{Exception, exceptions, tokens_with_subjects};
use serde_json::{Value, json};

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);

static ENVOY: LazyLock<Envoy<'static>> = LazyLock::new(|| {
    let routes = [
        ("/if_present", json!({"binding": "if_present"})),
        ("/any_type", json!({"token_type": "any"})),
        ("/jwt", json!({"token_type": "jwt"})),
        ("/algorithms", json!({"algorithms": ["ES256", "PS256"]})),
        ("/ed25519", json!({"algorithms": ["Ed25519"]})),
        ("/scope", json!({"scopes": ["read", "write"]})),
        ("/audiences", json!({"audiences": ["https://new.example", AUDIENCE]})),
    ];
    let listener = |name: &str, clients, members: Value| {
        let mut settings = STAGE.settings(json!({"realm": "api", "metadata_claims": ["sub"]}));
        settings.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        named(name, &STAGE, clients, &settings, &routes)
    };
    let listeners = [
        listener("any", Clients::Any, json!({})),
        listener("issued", Clients::Issued, json!({})),
        listener("required", Clients::Required, json!({})),
        with_ed25519(listener("any_ed25519", Clients::Any, json!({}))),
        with_ed25519(listener("issued_ed25519", Clients::Issued, json!({}))),
        with_ed25519(listener("required_ed25519", Clients::Required, json!({}))),
        listener("leeway", Clients::Any, json!({"leeway_seconds": 600})),
        listener("uncached", Clients::Any, json!({"cache_entries": 0})),
        listener("small_cache", Clients::Any, json!({"cache_entries": 2})),
        without_tls(listener("plain", Clients::Any, json!({}))),
    ];
    Envoy::start(&STAGE, &with_listeners(&STAGE, &listeners))
});

/// The addresses of the listeners.
static ADDRESSES: LazyLock<BTreeMap<&str, SocketAddr>> = LazyLock::new(|| {
    let of_certificates = ["any", "issued", "required", "any_ed25519", "issued_ed25519", "required_ed25519"];
    let others = ["leeway", "uncached", "small_cache", "plain"];
    of_certificates.into_iter().chain(others).map(|name| (name, ENVOY.address_of(name))).collect()
});

/// Connects to a listener with this certificate.
async fn connect(identity: Option<&Identity>, listener: &str) -> Connection {
    STAGE.client(identity, Tls::V1_3, Http::V1_1).connect(ADDRESSES[listener], "localhost").await
}

/// Opens one connection for each combination, and sends a token of each algorithm and a stolen one.
#[tokio::test]
async fn each_algorithm_works_over_each_connection_with_each_certificate() {
    let stage = &*STAGE;
    let mut accepted = 0;
    for kind in KeyKind::ALL {
        let issued = ["server-a", "server-c"].map(|name| stage.authority.issue_client(kind, name));
        let self_signed = ["server-a", "server-c"].map(|name| Identity::self_signed(kind, name));
        let origins = [("required", &issued), ("issued", &issued), ("any", &issued), ("any", &self_signed)];
        for (listener, [own, other]) in origins {
            let listener = if kind == KeyKind::Ed25519 { format!("{listener}_ed25519") } else { listener.to_owned() };
            for (tls, http) in versions() {
                let client = stage.client(Some(own), tls, http);
                let mut connection = client.connect(ADDRESSES[listener.as_str()], "localhost").await;
                for &algorithm in Algorithm::ALL {
                    let token = |identity| Token::bound_to(identity).algorithm(algorithm).signed_by(&stage.issuer);
                    let answer = connection.send(Request::get("/").bearer(&token(own))).await;
                    let access = ENVOY.accepted(&answer).await;
                    assert_eq!(access.tls, tls.name());
                    assert_eq!(access.protocol, http.name());
                    assert_eq!(access.peer, fingerprint(own));
                    accepted += 1;

                    let answer = connection.send(Request::get("/").bearer(&token(other))).await;
                    ENVOY.rejected(&answer, "certificate_mismatch").await;
                }
            }
        }
    }
    assert_eq!(accepted, KeyKind::ALL.len() * 4 * Tls::ALL.len() * Http::ALL.len() * Algorithm::ALL.len());
}

/// Such a connection never carries a request.
#[tokio::test]
async fn an_untrusted_chain_is_rejected_by_envoy_itself() {
    let stage = &*STAGE;
    let self_signed = Identity::self_signed(KeyKind::Ec, "server-a");
    let token = Token::bound_to(&self_signed).signed_by(&stage.issuer);
    for (listener, identity, is_accepted) in [
        ("required", None, false),
        ("required", Some(&self_signed), false),
        ("issued", Some(&self_signed), false),
        ("any", Some(&self_signed), true),
    ] {
        for (tls, http) in versions() {
            let client = stage.client(identity, tls, http);
            // In TLS 1.3 the handshake succeeds for the client before the server reads its certificate.
            let answer = match client.try_connect(ADDRESSES[listener], "localhost").await {
                Ok(mut connection) => connection.try_send(Request::get("/").bearer(&token)).await,
                Err(failure) => Err(failure),
            };
            assert_eq!(answer.is_ok(), is_accepted, "{listener} {tls:?} {http:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn each_setting_changes_only_its_own_rule() {
    let stage = &*STAGE;
    let mut connection = connect(Some(&stage.server_a), "any").await;
    for Exception { path, token, otherwise } in exceptions(stage) {
        // Some settings are those of a listener, not of a route.
        let name = path.trim_start_matches('/');
        let listener = if ADDRESSES.contains_key(name) { name } else { "any" };
        let mut elsewhere = connect(Some(&stage.server_a), listener).await;
        // Twice: the verdict on a cached token must be the same.
        for _ in 0..2 {
            ENVOY.accepted(&elsewhere.send(Request::get(path).bearer(&token)).await).await;
            ENVOY.judged(&connection.send(Request::get("/").bearer(&token)).await, otherwise).await;
        }
    }
}

/// The cache evicts tokens to make room for others, and must never confuse two of them.
#[tokio::test]
async fn more_tokens_than_the_cache_holds_get_their_own_verdicts() {
    let stage = &*STAGE;
    let tokens = tokens_with_subjects(stage);
    let mut connection = connect(Some(&stage.server_a), "small_cache").await;
    let mut thief = connect(Some(&stage.thief), "small_cache").await;
    for (sub, token) in tokens.iter().chain(&tokens).chain(tokens.iter().rev()) {
        let request = || Request::get("/").bearer(token);
        for _ in 0..2 {
            assert_eq!(ENVOY.accepted(&connection.send(request()).await).await.metadata["sub"], *sub);
            ENVOY.rejected(&thief.send(request()).await, "certificate_mismatch").await;
        }
    }
}

/// The cache must not extend the validity of a token.
#[tokio::test]
async fn a_cached_token_expires() {
    let mut connection = connect(Some(&STAGE.server_a), "any").await;
    let token = Token::bound_to(&STAGE.server_a).expires_in(3).signed_by(&STAGE.issuer);
    let hits = || ENVOY.metric("dynamicmodulescustom.certbound.cache_hits");
    let (mut accepted, before) = (0, hits());
    let begun = Instant::now();
    let last = loop {
        let answer = connection.send(Request::get("/").bearer(&token)).await;
        if answer.status != 200 {
            break answer;
        }
        ENVOY.accepted(&answer).await;
        accepted += 1;
        assert!(begun.elapsed() < Duration::from_secs(20), "it is still accepted");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert!(accepted > 1, "accepted only once, so it was never cached");
    // The other tests only add to them.
    assert!(hits() >= before + accepted, "{accepted} requests with the token, and it was not found in the cache");
    ENVOY.rejected(&last, "token_expired").await;
}

#[tokio::test]
async fn an_unbound_token_needs_no_certificate_if_the_binding_is_not_required() {
    let (unbound, bound) = (Token::unbound().signed_by(&STAGE.issuer), STAGE.token());
    let mut tls = connect(None, "any").await;
    let mut plain = Connection::plain(ADDRESSES["plain"], "localhost").await;
    for connection in [&mut tls, &mut plain] {
        let answer = connection.send(Request::get("/if_present").bearer(&unbound)).await;
        assert_eq!(ENVOY.accepted(&answer).await.peer, "-");
        let answer = connection.send(Request::get("/if_present").bearer(&bound)).await;
        ENVOY.rejected(&answer, "certificate_missing").await;
        let answer = connection.send(Request::get("/").bearer(&unbound)).await;
        ENVOY.rejected(&answer, "confirmation_missing").await;
    }
}
