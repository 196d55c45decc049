//! HTTP/3: the QUIC connection has the certificate, and each of its streams is checked separately.
//!
//! Debian's nginx has no HTTP/3, so `make test-nginx` shows these tests as ignored. `make test-nginx-current` runs them, and
//! they fail in an nginx without HTTP/3.

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound_nginx_tests::{
    http3::Connection,
    message::Request,
    nginx::{Directory, Nginx, is_configured},
    pki::{Authority, Identity, KeyKind},
    tokens::{self, Issuer, Token, base64url},
};

const SITE: &str = r#"
    certbound_jwks jwks.json;
    certbound_issuer https://as.example;
    certbound_audience https://api.example;
    certbound_realm api;

    server {
        listen 127.0.0.1:TLS_PORT quic reuseport;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
        location /upload { certbound on; proxy_pass http://unix:sink.sock:/; }
        location /upgrade {
            certbound on;
            proxy_pass http://unix:sink.sock:/upgrade;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }

    server {
        listen unix:sink.sock;
        access_log off;
        location / { return 200; }
        location /upgrade { return 101; }
    }
"#;

struct Stage {
    authority: Authority,
    issuer: Issuer,
    server_a: Identity,
    thief: Identity,
    nginx: Nginx,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let flag = "--with-http_v3_module";
    assert!(is_configured(flag), "this nginx has no HTTP/3 (nginx -V lacks {flag}): run make test-nginx-current");
    let authority = Authority::new();
    let issuer = Issuer::new("");
    let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
    directory.write("jwks.json", issuer.jwks());
    let [server_a, thief] = ["server-a", "server-c"].map(|name| authority.issue_client(KeyKind::Ec, name));
    Stage { authority, issuer, server_a, thief, nginx: Nginx::start(directory, SITE) }
});

impl Stage {
    async fn connect(&self, identity: Option<&Identity>) -> Connection {
        Connection::open(&self.authority, identity, &self.nginx, "api.example").await
    }

    fn token(&self, jti: &str) -> String {
        Token::bound_to(&self.server_a).claim("jti", &format!(r#""{jti}""#)).signed_by(&self.issuer)
    }
}

#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn a_token_is_accepted_only_on_its_own_connection() {
    let stage = &*STAGE;
    let (token, lookalike) = (stage.token("usual"), Identity::self_signed(KeyKind::Ec, "server-a"));
    for (identity, verdict) in [
        (Some(&stage.server_a), "ok"),
        (Some(&stage.thief), "certificate_mismatch"),
        (Some(&lookalike), "certificate_mismatch"),
        (None, "certificate_missing"),
    ] {
        let mut connection = stage.connect(identity).await;
        // Twice: the second time it may be cached.
        for _ in 0..2 {
            let answer = connection.send(Request::get("/").bearer(&token)).await;
            let access = match verdict {
                "ok" => stage.nginx.accepted(&answer).await,
                reason => stage.nginx.rejected(&answer, reason).await,
            };
            assert!(access.request.ends_with(" HTTP/3.0"), "{access:?}");
            assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
        }
        stage.nginx.rejected(&connection.send(Request::get("/")).await, "token_missing").await;
    }
}

/// QUIC includes TLS, so no warning is needed.
#[test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
fn a_server_that_listens_for_quic_alone_has_tls() {
    let words = STAGE.nginx.error_log();
    assert!(!words.contains("\"certbound\" is on in"), "{words}");
    let other = Directory::new(&STAGE.authority, &STAGE.authority.issue_server(&["api.example"]));
    other.write("jwks.json", STAGE.issuer.jwks());
    let words = other.check(&SITE.replace("ssl_verify_client optional_no_ca;", "")).unwrap();
    assert!(words.contains("requests no client certificates"), "{words}");
}

/// Good and bad requests at the same time, on one connection.
#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn streams_do_not_mix() {
    let stage = &*STAGE;
    let (stolen, own) = (stage.token("stolen"), Token::bound_to(&stage.thief).signed_by(&stage.issuer));
    let connection = stage.connect(Some(&stage.thief)).await;
    let streams: Vec<_> = (0..32)
        .map(|stream| {
            let good = stream % 2 == 0;
            let request = Request::get("/").bearer(if good { &own } else { &stolen });
            let mut connection = connection.beside();
            tokio::spawn(async move { (good, connection.send(request).await) })
        })
        .collect();
    for stream in streams {
        let (good, answer) = stream.await.unwrap();
        match good {
            true => stage.nginx.accepted(&answer).await,
            false => stage.nginx.rejected(&answer, "certificate_mismatch").await,
        };
    }
}

/// A cached token is decoded in the log phase. Nothing that the client sends after the header changes its claims: neither
/// a body, nor data after an upgrade that the upstream accepts.
#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn data_after_the_header_does_not_change_the_claims() {
    let stage = &*STAGE;
    let token = stage.token("known");
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap();
    let forged = format!("{header}.{}.{signature}", base64url(claims.replace("server-a", "server-x")));
    let mut connection = stage.connect(Some(&stage.server_a)).await;
    for _ in 0..3 {
        for path in ["/upload", "/upgrade"] {
            for times in [1, 2, 20] {
                let request = Request::post(path, forged.repeat(times)).bearer(&token);
                let request = if path == "/upgrade" { request.header("upgrade", "websocket") } else { request };
                let case = request.case();
                // nginx may close a stream that the upstream upgrades.
                let answer = connection.try_send(request).await;
                let answered = answer.as_ref().is_ok_and(|answer| answer.status == 200);
                assert!(path == "/upgrade" || answered, "{answer:?}: {}", stage.nginx.last_errors());
                let access = stage.nginx.access(case).await;
                assert_eq!(
                    (access.verdict.as_str(), access.sub.as_str(), access.jti.as_str()),
                    ("ok", "server-a", "known")
                );
                assert!(!access.claims.contains("server-x"), "{access:?}");
            }
        }
    }
}
