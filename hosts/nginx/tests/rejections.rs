//! Tokens that are invalid on any connection: modified, forged, expired, for another audience, or outside the header.

use std::sync::LazyLock;

use certbound_host_tests::rejections::{
    forged_tokens, requests_with_token_elsewhere, scoped_tokens, tokens_outside_settings,
};
use certbound_nginx_tests::{
    client::Http,
    message::Request,
    nginx::MOMENT,
    stage::Stage,
    tokens::{self, Algorithm, Token},
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; }
        location /scope/ { certbound on; certbound_scope read admin; }
        location /jwt/ { certbound on; certbound_token_type jwt; }
        location /ed25519/ { certbound on; certbound_algorithms Ed25519; }
        location /metadata/ {
            certbound on;
            certbound_scope read;
            certbound_resource_metadata https://api.example/.well-known/oauth-protected-resource/v1?a=b;
            location /metadata/bare/ { certbound_realm ""; }
            location /metadata/other/ { certbound_resource_metadata https://other.example; }
            location /metadata/none/ { certbound_resource_metadata ""; }
        }
        location /form/ { certbound on; proxy_pass http://unix:upstream.sock:/; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 "the secret"; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example"], SITE, |directory| {
        directory.write_secrets(&["secret", "scope/secret", "jwt/secret", "ed25519/secret", "metadata/secret"]);
        directory.write_secrets(&["metadata/bare/secret", "metadata/other/secret", "metadata/none/secret"]);
    })
});

fn secret() -> Request {
    Request::get("/secret")
}

/// RFC 6750 §2.2 and §2.3 are not supported.
#[tokio::test]
async fn a_token_outside_the_authorization_header_is_ignored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for request in requests_with_token_elsewhere("/secret", "/form/", &token) {
        stage.nginx.rejected(&connection.send(request).await, "token_missing").await;
    }
    let answer = connection.send(Request::post("/form/", "a form".to_owned()).bearer(&token)).await;
    stage.nginx.accepted(&answer).await;
}

#[tokio::test]
async fn a_modified_or_forged_token_is_rejected_with_its_reason() {
    let stage = &*STAGE;
    let good = stage.token();
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (token, reason) in forged_tokens(stage) {
        // First the good token, which may then be cached.
        stage.nginx.accepted(&connection.send(secret().bearer(&good)).await).await;
        stage.nginx.rejected(&connection.send(secret().bearer(&token)).await, reason).await;
    }
}

/// A token is rejected once it expires, even if nginx accepted it before. Like nginx, this test counts whole seconds.
#[tokio::test]
async fn an_accepted_token_expires() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let mut accepted = false;
    while !accepted {
        // If the machine stalls until the token has expired, try another one.
        let expiry = tokens::now() + 2;
        let token = Token::bound_to(&stage.server_a).claim("exp", &expiry.to_string()).signed_by(&stage.issuer);
        loop {
            let before = tokens::now();
            let answer = connection.send(secret().bearer(&token)).await;
            let after = tokens::now();
            if answer.status == 200 {
                stage.nginx.accepted(&answer).await;
                assert!(before <= expiry, "accepted {} s after it expired", before - expiry);
                accepted = true;
            } else {
                stage.nginx.rejected(&answer, "token_expired").await;
                assert!(after >= expiry);
                break;
            }
            tokio::time::sleep(10 * MOMENT).await;
        }
    }
}

#[tokio::test]
async fn the_challenge_lists_the_required_scopes() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let [insufficient, sufficient] = scoped_tokens(stage);
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read admin""#;
    for token in &insufficient {
        let answer = connection.send(Request::get("/scope/secret").bearer(token)).await;
        stage.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
    for token in &sufficient {
        let answer = connection.send(Request::get("/scope/secret").bearer(token)).await;
        stage.nginx.accepted(&answer).await;
    }
    // A thief does not learn the required scopes.
    let mut connection = stage.connect(Some(&stage.thief), "api.example", Http::V1_1).await;
    let answer = connection.send(Request::get("/scope/secret").bearer(&insufficient[0])).await;
    stage.nginx.rejected(&answer, "certificate_mismatch").await;
}

/// RFC 9728 §5.1. By default there is no such parameter, as all other tests show.
#[tokio::test]
async fn each_challenge_names_the_resource_metadata() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let bound = || Token::bound_to(&stage.server_a);
    let good = bound().claim("scope", r#""read""#).signed_by(&stage.issuer);
    let expired = bound().expires_in(-1).signed_by(&stage.issuer);
    let unscoped = bound().without_claim("scope").signed_by(&stage.issuer);
    const METADATA: &str = r#"resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1?a=b""#;
    for (path, realm, metadata) in [
        ("/metadata/secret", r#"realm="api""#, METADATA),
        ("/metadata/bare/secret", "", METADATA),
        ("/metadata/other/secret", r#"realm="api""#, r#"resource_metadata="https://other.example""#),
        ("/metadata/none/secret", r#"realm="api""#, ""),
    ] {
        let challenge = |error: &str| {
            let parameters: Vec<_> = [realm, error, metadata].into_iter().filter(|part| !part.is_empty()).collect();
            format!("Bearer {}", parameters.join(", "))
        };
        let insufficient = r#"error="insufficient_scope", scope="read""#;
        for (request, reason, error) in [
            (Request::get(path), "token_missing", ""),
            (Request::get(path).bearer(&expired), "token_expired", r#"error="invalid_token""#),
            (Request::get(path).bearer(&unscoped), "insufficient_scope", insufficient),
        ] {
            let answer = connection.send(request).await;
            stage.nginx.rejected_with(&answer, reason, challenge(error)).await;
        }
        stage.nginx.accepted(&connection.send(Request::get(path).bearer(&good)).await).await;
    }
}

/// `tests/accept.rs` has the accepted twins.
#[tokio::test]
async fn a_type_or_an_algorithm_that_a_directive_does_not_name_is_rejected() {
    let stage = &*STAGE;
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    let bound = || Token::bound_to(&stage.server_a);
    for (path, token, reason) in tokens_outside_settings(stage) {
        let request = Request::get(&format!("{path}/secret")).bearer(&token);
        stage.nginx.rejected(&connection.send(request).await, reason).await;
    }
    let jwt = bound().header("typ", r#""JWT""#).signed_by(&stage.issuer);
    stage.nginx.accepted(&connection.send(Request::get("/jwt/secret").bearer(&jwt)).await).await;
    let eddsa = bound().algorithm(Algorithm::EdDSA).signed_by(&stage.issuer);
    stage.nginx.accepted(&connection.send(Request::get("/ed25519/secret").bearer(&eddsa)).await).await;
}
