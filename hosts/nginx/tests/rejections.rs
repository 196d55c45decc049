//! Tokens that are invalid on any connection: modified, forged, expired, for another audience, or outside the header.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::Http,
    message::Request,
    nginx::MOMENT,
    stage::Stage,
    tokens::{self, Algorithm, Issuer, Token, base64url},
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
    for request in [
        Request::get(&format!("/secret?access_token={token}")),
        Request::post("/form/", format!("access_token={token}")),
        secret().header("cookie", &format!("access_token={token}; Authorization=Bearer {token}")),
        secret().header("proxy-authorization", &format!("Bearer {token}")),
        secret().header("x-authorization", &format!("Bearer {token}")),
        secret().header("x-forwarded-authorization", &format!("Bearer {token}")),
        secret().header("x-access-token", &token),
    ] {
        stage.nginx.rejected(&connection.send(request).await, "token_missing").await;
    }
    let answer = connection.send(Request::post("/form/", "a form".to_owned()).bearer(&token)).await;
    stage.nginx.accepted(&answer).await;
}

#[tokio::test]
async fn a_modified_or_forged_token_is_rejected_with_its_reason() {
    let (stage, other_issuer) = (&*STAGE, Issuer::new(""));
    let usual = || Token::bound_to(&stage.server_a);
    let good = stage.token();
    let thumbprint = tokens::thumbprint(&stage.server_a);
    let mut flipped = tokens::signature(&good);
    flipped[20] ^= 1;
    let claims_of_another = stage.token_of(&stage.thief).split('.').nth(1).unwrap().to_owned();
    let parts: Vec<_> = good.split('.').collect();
    let none = base64url(r#"{"alg":"none","typ":"at+jwt"}"#);

    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (token, reason) in [
        (tokens::with_signature(&good, &flipped), "signature_invalid"),
        (tokens::with_signature(&good, &flipped[..63]), "signature_length"),
        (tokens::with_signature(&good, b""), "signature_length"),
        (format!("{}.{claims_of_another}.{}", parts[0], parts[2]), "signature_invalid"),
        (format!("{none}.{}.", parts[1]), "algorithm_unsupported"),
        (format!("{none}.{}.{}", parts[1], parts[2]), "algorithm_unsupported"),
        (usual().header("alg", r#""HS256""#).signed_by(&stage.issuer), "algorithm_unsupported"),
        (usual().header("alg", r#""RS256""#).signed_by(&stage.issuer), "key_unsuited"),
        (usual().key_id("unknown").signed_by(&stage.issuer), "key_unknown"),
        (usual().header("crit", r#"["b64"]"#).signed_by(&stage.issuer), "critical_header"),
        (usual().signed_by(&other_issuer), "signature_invalid"),
        (usual().expires_in(-1).signed_by(&stage.issuer), "token_expired"),
        (usual().without_claim("exp").signed_by(&stage.issuer), "expiry_missing"),
        (usual().claim("nbf", "4102444800").signed_by(&stage.issuer), "token_not_yet_valid"),
        (usual().claim("aud", r#""https://other.example""#).signed_by(&stage.issuer), "audience_mismatch"),
        (usual().claim("iss", r#""https://as.example/""#).signed_by(&stage.issuer), "issuer_mismatch"),
        (usual().header("typ", r#""JWT""#).signed_by(&stage.issuer), "type_not_allowed"),
        (usual().without_header("typ").signed_by(&stage.issuer), "type_missing"),
        (Token::unbound().signed_by(&stage.issuer), "confirmation_missing"),
        (usual().claim("cnf", r#"{"jkt":"a"}"#).signed_by(&stage.issuer), "confirmation_method_unsupported"),
        (usual().claim("cnf", &format!(r#""{thumbprint}""#)).signed_by(&stage.issuer), "confirmation_malformed"),
        (usual().claim("cnf", r#"{"x5t#S256":""}"#).signed_by(&stage.issuer), "thumbprint_malformed"),
        (format!("{}.{}", parts[0], parts[1]), "token_not_compact"),
        (format!("{good}.{}", parts[1]), "token_not_compact"),
        (format!("{}.{}=.{}", parts[0], parts[1], parts[2]), "signature_invalid"),
        ("opaque".to_owned(), "token_not_compact"),
        ("..".to_owned(), "json_unexpected_end"),
    ] {
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
    let scoped = |scope| Token::bound_to(&stage.server_a).claim("scope", scope).signed_by(&stage.issuer);
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read admin""#;
    for scope in [r#""read write""#, r#""admin""#, r#""""#, r#""readadmin""#, r#""Read Admin""#] {
        let answer = connection.send(Request::get("/scope/secret").bearer(&scoped(scope))).await;
        stage.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
    for scope in [r#""read admin""#, r#""admin write read""#] {
        let answer = connection.send(Request::get("/scope/secret").bearer(&scoped(scope))).await;
        stage.nginx.accepted(&answer).await;
    }
    // A thief does not learn the required scopes.
    let mut connection = stage.connect(Some(&stage.thief), "api.example", Http::V1_1).await;
    let answer = connection.send(Request::get("/scope/secret").bearer(&scoped(r#""read""#))).await;
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
    for (path, token, reason) in [
        ("/jwt/secret", bound().header("typ", r#""logout+jwt""#), "type_not_allowed"),
        ("/jwt/secret", bound().header("typ", r#""dpop+jwt""#), "type_not_allowed"),
        ("/ed25519/secret", bound(), "algorithm_not_allowed"),
    ] {
        let token = token.signed_by(&stage.issuer);
        stage.nginx.rejected(&connection.send(Request::get(path).bearer(&token)).await, reason).await;
    }
    let jwt = bound().header("typ", r#""JWT""#).signed_by(&stage.issuer);
    stage.nginx.accepted(&connection.send(Request::get("/jwt/secret").bearer(&jwt)).await).await;
    let eddsa = bound().algorithm(Algorithm::EdDSA).signed_by(&stage.issuer);
    stage.nginx.accepted(&connection.send(Request::get("/ed25519/secret").bearer(&eddsa)).await).await;
}
