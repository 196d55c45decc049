//! Tokens that are invalid on any connection: modified, forged, expired, for another audience, or outside the header.

use std::{collections::BTreeMap, sync::LazyLock, time::Duration};

use certbound_envoy_tests::{
    client::{Connection, Http, Tls, versions},
    envoy::Envoy,
    listeners::{Clients, named, with_listeners},
    message::Request,
    stage::Stage,
    tokens::{self, Algorithm},
};
use certbound_host_tests::rejections::{
    forged_tokens, requests_with_token_elsewhere, scoped_tokens, tokens_outside_settings,
};
use serde_json::{Value, json};

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);

static ENVOY: LazyLock<Envoy<'static>> = LazyLock::new(|| start(&STAGE));

/// Starts Envoy with the listeners of these tests.
fn start(stage: &Stage) -> Envoy<'_> {
    let routes = [
        ("/scope", json!({"scopes": ["read", "admin"]})),
        ("/jwt", json!({"token_type": "jwt"})),
        ("/ed25519", json!({"algorithms": ["Ed25519"]})),
        ("/bare", json!({"realm": ""})),
    ];
    let listener = |name, members: Value| named(name, stage, Clients::Any, &stage.settings(members), &routes);
    let listeners = [
        listener("https", json!({"realm": "api"})),
        listener("metadata", json!({"realm": "api", "scopes": ["read"], "resource_metadata": METADATA})),
    ];
    Envoy::start(stage, &with_listeners(stage, &listeners))
}

const METADATA: &str = "https://api.example/.well-known/oauth-protected-resource/v1?a=b";

/// Connects to a listener as server A.
async fn connect(listener: &str) -> Connection {
    let client = STAGE.client(Some(&STAGE.server_a), Tls::V1_3, Http::V1_1);
    client.connect(ENVOY.address_of(listener), "localhost").await
}

/// RFC 6750 §2.2 and §2.3 are not supported.
#[tokio::test]
async fn a_token_outside_the_authorization_header_is_ignored() {
    let token = STAGE.token();
    for request in requests_with_token_elsewhere("/", "/", &token) {
        // Envoy may close a connection whose request it rejects before it has read the form.
        let answer = connect("https").await.send(request).await;
        ENVOY.rejected(&answer, "token_missing").await;
    }
    let answer = connect("https").await.send(Request::post("/", "a form".to_owned()).bearer(&token)).await;
    ENVOY.accepted(&answer).await;
}

/// Also on connections that have carried good requests, with each version; and each verdict is counted once.
#[tokio::test]
async fn a_modified_or_forged_token_is_rejected_with_its_reason_and_counted() {
    let stage = Stage::new();
    let envoy = start(&stage);
    let (address, good) = (envoy.address(), stage.token());
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for (tls, http) in versions() {
        let mut connection = stage.client(Some(&stage.server_a), tls, http).connect(address, "localhost").await;
        for (token, reason) in forged_tokens(&stage) {
            // First the good token, which may then be cached.
            for (token, verdict) in [(&good, "ok"), (&token, reason)] {
                let answer = connection.send(Request::get("/").bearer(token)).await;
                envoy.judged(&answer, verdict).await;
                *expected.entry(verdict.to_owned()).or_default() += 1;
            }
        }
    }
    assert_eq!(envoy.verdicts(), expected);
    assert_eq!(envoy.metric("dynamicmodulescustom.certbound.panics"), 0);
    // Without a cache the good token would be verified anew each time; the worker that first saw it had no hit.
    let hits = envoy.metric("dynamicmodulescustom.certbound.cache_hits");
    assert!(hits > 0 && hits < expected["ok"], "{hits}");
}

/// A token is rejected once it expires, even if Envoy accepted it before. Like the filter, this test counts whole seconds.
#[tokio::test]
async fn an_accepted_token_expires() {
    let mut connection = connect("https").await;
    let mut accepted = false;
    while !accepted {
        // If the machine stalls until the token has expired, try another one.
        let expiry = tokens::now() + 2;
        let token = STAGE.token_with(|token| token.claim("exp", &expiry.to_string()));
        loop {
            let before = tokens::now();
            let answer = connection.send(Request::get("/").bearer(&token)).await;
            let after = tokens::now();
            if answer.status == 200 {
                ENVOY.accepted(&answer).await;
                assert!(before <= expiry, "accepted {} s after it expired", before - expiry);
                accepted = true;
            } else {
                ENVOY.rejected(&answer, "token_expired").await;
                assert!(after >= expiry);
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn the_challenge_lists_the_required_scopes() {
    let stage = &*STAGE;
    let mut connection = connect("https").await;
    let [insufficient, sufficient] = scoped_tokens(stage);
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read admin""#;
    for token in &insufficient {
        let answer = connection.send(Request::get("/scope").bearer(token)).await;
        ENVOY.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
    for token in &sufficient {
        ENVOY.accepted(&connection.send(Request::get("/scope").bearer(token)).await).await;
    }
    // A thief does not learn the required scopes.
    let client = stage.client(Some(&stage.thief), Tls::V1_3, Http::V1_1);
    let mut connection = client.connect(ENVOY.address(), "localhost").await;
    let answer = connection.send(Request::get("/scope").bearer(&insufficient[0])).await;
    ENVOY.rejected(&answer, "certificate_mismatch").await;
}

/// RFC 9728 §5.1. By default there is no such parameter, as all other tests show.
#[tokio::test]
async fn each_challenge_names_the_resource_metadata() {
    let mut connection = connect("metadata").await;
    let good = STAGE.token();
    let expired = STAGE.token_with(|token| token.expires_in(-1));
    let unscoped = STAGE.token_with(|token| token.without_claim("scope"));
    for (path, realm) in [("/", r#"realm="api", "#), ("/bare", "")] {
        let insufficient = r#"error="insufficient_scope", scope="read", "#;
        for (request, reason, error) in [
            (Request::get(path), "token_missing", ""),
            (Request::get(path).bearer(&expired), "token_expired", r#"error="invalid_token", "#),
            (Request::get(path).bearer(&unscoped), "insufficient_scope", insufficient),
        ] {
            let challenge = format!(r#"Bearer {realm}{error}resource_metadata="{METADATA}""#);
            ENVOY.rejected_with(&connection.send(request).await, reason, challenge).await;
        }
        ENVOY.accepted(&connection.send(Request::get(path).bearer(&good)).await).await;
    }
}

/// `accept.rs` has the accepted twins.
#[tokio::test]
async fn a_type_or_an_algorithm_that_a_setting_does_not_name_is_rejected() {
    let mut connection = connect("https").await;
    for (path, token, reason) in tokens_outside_settings(&STAGE) {
        ENVOY.rejected(&connection.send(Request::get(path).bearer(&token)).await, reason).await;
    }
    let jwt = STAGE.token_with(|token| token.header("typ", r#""JWT""#));
    ENVOY.accepted(&connection.send(Request::get("/jwt").bearer(&jwt)).await).await;
    let eddsa = STAGE.token_with(|token| token.algorithm(Algorithm::EdDSA));
    ENVOY.accepted(&connection.send(Request::get("/ed25519").bearer(&eddsa)).await).await;
}
