//! Tokens that are invalid on any connection: modified, forged, expired, for another audience, or outside the header.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::{Client, Connection, Http, Tls},
    message::Request,
    nginx::{Directory, MOMENT, Nginx},
    pki::{Authority, Identity, KeyKind},
    tokens::{self, Issuer, Token, base64url},
};

const SITE: &str = r#"
    certbound_jwks jwks.json;
    certbound_issuer https://as.example;
    certbound_audience https://api.example;
    certbound_realm api;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; }
        location /scope/ { certbound on; certbound_scope read admin; }
        location /form/ { certbound on; proxy_pass http://unix:upstream.sock:/; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 "the secret"; }
    }
"#;

struct Stage {
    authority: Authority,
    issuer: Issuer,
    other_issuer: Issuer,
    server_a: Identity,
    thief: Identity,
    nginx: Nginx,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let authority = Authority::new();
    let (issuer, other_issuer) = (Issuer::new(""), Issuer::new(""));
    let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
    directory.write("jwks.json", issuer.jwks());
    for name in ["secret", "scope/secret"] {
        directory.write(&format!("files/{name}"), "the secret");
    }
    let [server_a, thief] = ["server-a", "server-c"].map(|name| authority.issue_client(KeyKind::Ec, name));
    Stage { authority, issuer, other_issuer, server_a, thief, nginx: Nginx::start(directory, SITE) }
});

impl Stage {
    async fn connect(&self, identity: Option<&Identity>) -> Connection {
        Client::new(&self.authority, identity, Tls::V1_3, Http::V1_1).connect(&self.nginx, "api.example").await
    }

    /// Server A's token.
    fn token(&self) -> String {
        Token::bound_to(&self.server_a).signed_by(&self.issuer)
    }
}

fn secret() -> Request {
    Request::get("/secret")
}

/// RFC 6750 §2.2 and §2.3 are not supported.
#[tokio::test]
async fn a_token_outside_the_authorization_header_is_ignored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let mut connection = stage.connect(Some(&stage.server_a)).await;
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
    let stage = &*STAGE;
    let usual = || Token::bound_to(&stage.server_a);
    let good = stage.token();
    let thumbprint = tokens::thumbprint(&stage.server_a);
    let mut flipped = tokens::signature(&good);
    flipped[20] ^= 1;
    let claims_of_another =
        Token::bound_to(&stage.thief).signed_by(&stage.issuer).split('.').nth(1).unwrap().to_owned();
    let parts: Vec<_> = good.split('.').collect();
    let none = base64url(r#"{"alg":"none","typ":"at+jwt"}"#);

    let mut connection = stage.connect(Some(&stage.server_a)).await;
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
        (usual().signed_by(&stage.other_issuer), "signature_invalid"),
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
        // After the good one, which may be cached.
        stage.nginx.accepted(&connection.send(secret().bearer(&good)).await).await;
        stage.nginx.rejected(&connection.send(secret().bearer(&token)).await, reason).await;
    }
}

/// Regardless of earlier acceptance. Like nginx, this test counts whole seconds.
#[tokio::test]
async fn an_accepted_token_expires() {
    let stage = &*STAGE;
    let mut connection = stage.connect(Some(&stage.server_a)).await;
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
    let mut connection = stage.connect(Some(&stage.server_a)).await;
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
    let mut connection = stage.connect(Some(&stage.thief)).await;
    let answer = connection.send(Request::get("/scope/secret").bearer(&scoped(r#""read""#))).await;
    stage.nginx.rejected(&answer, "certificate_mismatch").await;
}
