//! HTTP/3: the QUIC connection has the certificate, and each of its streams is checked separately.
//!
//! Debian's nginx has no HTTP/3, so `make test-nginx` shows these tests as ignored. `make test-nginx-current` runs them, and
//! they fail in an nginx without HTTP/3.

use std::sync::LazyLock;

use certbound_host_tests::parties::Parties;
use certbound_nginx_tests::{
    http3::Connection,
    message::Request,
    nginx::{Directory, Nginx, is_configured},
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{self, Token, forged},
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;

    server {
        listen 127.0.0.1:TLS_PORT quic reuseport;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
        location /opaque { certbound on; certbound_introspection /introspect; empty_gif; }
        location /unasked { certbound on; certbound_introspection /introspect_down; empty_gif; }
        location = /introspect {
            internal;
            certbound off;
            proxy_pass http://unix:sink.sock:/introspect;
            proxy_set_body "token=$certbound_token";
        }
        location = /introspect_down { internal; certbound off; proxy_pass http://unix:nothing.sock; }
        location /upload { certbound on; proxy_pass http://unix:sink.sock:/; }
        location /upgrade {
            certbound on;
            proxy_pass http://unix:sink.sock:/upgrade;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }

    # Behind a proxy.
    server {
        listen 127.0.0.1:TLS_PORT quic;
        server_name behind.example;
        ssl_verify_client optional_no_ca;
        location /forwarded {
            certbound on;
            certbound_forwarded base64 Client-Cert;
            certbound_trusted_proxy 127.0.0.1;
            empty_gif;
        }
        # The address that the client claims is trusted, but not its own.
        location /claimed {
            certbound on;
            certbound_forwarded base64 Client-Cert;
            certbound_trusted_proxy 192.0.2.1;
            set_real_ip_from 127.0.0.1;
            real_ip_header X-Real-IP;
            empty_gif;
        }
    }

    server {
        listen unix:sink.sock;
        access_log off;
        location / { return 200; }
        location /upgrade { return 101; }
        location /introspect { return 200 RESPONSE; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let flag = "--with-http_v3_module";
    assert!(is_configured(flag), "this nginx has no HTTP/3 (nginx -V lacks {flag}): run make test-nginx-current");
    let parties = Parties::new();
    let directory = Directory::for_servers(&parties.authority, &["api.example", "behind.example"], &parties.issuer);
    let cnf = format!(r#"{{"x5t#S256":"{}"}}"#, tokens::thumbprint(&parties.server_a));
    let site = SITE.replace("RESPONSE", &format!(r#"'{{"active":true,"sub":"server-a","cnf":{cnf}}}'"#));
    Stage { parties, nginx: Nginx::start(directory, &site) }
});

async fn connect(identity: Option<&Identity>) -> Connection {
    connect_to("api.example", identity).await
}

async fn connect_to(name: &str, identity: Option<&Identity>) -> Connection {
    Connection::open(&STAGE.authority, identity, STAGE.nginx.tls(), name).await
}

#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn a_token_is_accepted_only_with_its_certificate() {
    let stage = &*STAGE;
    let (token, lookalike) = (stage.token(), Identity::self_signed(KeyKind::Ec, "server-a"));
    for (identity, verdict) in [
        (Some(&stage.server_a), "ok"),
        (Some(&stage.thief), "certificate_mismatch"),
        (Some(&lookalike), "certificate_mismatch"),
        (None, "certificate_missing"),
    ] {
        let mut connection = connect(identity).await;
        // Twice: the second time it may be cached.
        for _ in 0..2 {
            let answer = connection.send(Request::get("/").bearer(&token)).await;
            let access = stage.nginx.judged(&answer, verdict).await;
            assert!(access.request.ends_with(" HTTP/3.0"), "{access:?}");
            assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
        }
        stage.nginx.rejected(&connection.send(Request::get("/")).await, "token_missing").await;
    }
}

#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn the_issuer_is_asked_about_an_opaque_token() {
    let stage = &*STAGE;
    for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
        let mut connection = connect(Some(identity)).await;
        for _ in 0..2 {
            stage.nginx.judged(&connection.send(Request::get("/opaque").bearer("opaque")).await, verdict).await;
            let answer = connection.send(Request::get("/unasked").bearer("opaque")).await;
            let access = stage.nginx.access(answer.case).await;
            assert_eq!((answer.status, access.verdict.as_str()), (503, "introspection_unavailable"));
        }
    }
}

/// QUIC includes TLS, so no warning is needed.
#[test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
fn a_server_that_listens_only_for_quic_has_tls() {
    let words = STAGE.nginx.error_log();
    assert!(!words.contains("\"certbound\" is on in"), "{words}");
    let other = Directory::with_keys_of(&STAGE.issuer);
    let words = other.check(&SITE.replace("ssl_verify_client optional_no_ca;", "")).unwrap();
    assert!(words.contains("requests no client certificates"), "{words}");
}

/// The peer of a QUIC connection may be a trusted proxy.
#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn a_forwarded_certificate_counts_only_from_a_trusted_proxy() {
    let stage = &*STAGE;
    let [own, other] = [&stage.server_a, &stage.thief];
    let token = stage.token();
    for (path, identity, forwarded, verdict) in [
        ("/forwarded", None, Some(own), "ok"),
        ("/forwarded", Some(own), Some(other), "certificate_mismatch"),
        ("/forwarded", Some(own), None, "certificate_missing"),
        ("/claimed", None, Some(own), "certificate_missing"),
        ("/claimed", Some(own), Some(other), "ok"),
    ] {
        let mut request = Request::get(path).bearer(&token).header("x-real-ip", "192.0.2.1");
        if let Some(forwarded) = forwarded {
            request = request.header("client-cert", &tokens::base64(forwarded.certificate()));
        }
        let answer = connect_to("behind.example", identity).await.send(request).await;
        stage.nginx.judged(&answer, verdict).await;
    }
}

/// Good and bad requests at the same time, on one connection.
#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn streams_do_not_mix() {
    let stage = &*STAGE;
    let (stolen, own) = (stage.token(), stage.token_of(&stage.thief));
    let connection = connect(Some(&stage.thief)).await;
    let kinds = [(&own, "ok"), (&stolen, "certificate_mismatch")].into_iter().cycle().take(32);
    let requests = kinds.map(|(token, verdict)| (verdict, Request::get("/").bearer(token)));
    for (verdict, answer) in connection.send_all(requests).await {
        stage.nginx.judged(&answer, verdict).await;
    }
}

/// A cached token is decoded in the log phase. Nothing that the client sends after the header changes its claims: neither
/// a body, nor data after an upgrade that the upstream accepts.
#[tokio::test]
#[ignore = "needs an nginx with HTTP/3: make test-nginx-current"]
async fn data_after_the_header_does_not_change_the_claims() {
    let stage = &*STAGE;
    let token = Token::bound_to(&stage.server_a).claim("jti", r#""known""#).signed_by(&stage.issuer);
    let mut connection = connect(Some(&stage.server_a)).await;
    for _ in 0..3 {
        for path in ["/upload", "/upgrade"] {
            for times in [1, 2, 20] {
                let request = Request::post(path, forged(&token).repeat(times)).bearer(&token);
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
