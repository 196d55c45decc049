//! Certificates that a trusted proxy forwards in a header: they are read in each format, and count for one request only.

use std::{fmt::Write as _, sync::LazyLock};

use certbound_nginx_tests::{
    client::{Connection, Http, Tls},
    forwarded::{forwarded, rfc9440},
    message::{Request, next_case},
    pki::KeyKind,
    stage::Stage,
    tokens::{self, Token, fingerprint},
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_forwarded rfc9440 Client-Cert;
    certbound_trusted_proxy 127.0.0.1;
    large_client_header_buffers 4 16k;
    root files;

    # Behind a proxy, without TLS.
    server {
        listen 127.0.0.1:PLAIN_PORT;
        server_name api.example;
        location / { certbound on; empty_gif; }
        location /uncached { certbound on; certbound_cache off; empty_gif; }
        location /if_present { certbound on; certbound_binding if_present; empty_gif; }
        location /off { certbound off; empty_gif; }
        location /xfcc { certbound on; certbound_forwarded xfcc X-Forwarded-Client-Cert; empty_gif; }
        location /pem { certbound on; certbound_forwarded pem X-Client-Cert; empty_gif; }
        location /base64 { certbound on; certbound_forwarded base64 Client-Cert; empty_gif; }

        # Subrequests and internal redirects have the header of their request.
        location /auth_request/ { certbound off; auth_request /check; alias files/; }
        location = /check { internal; certbound on; proxy_pass http://unix:upstream.sock; }
        location /redirect { certbound off; try_files /missing /if_present; }
        location /friendly { certbound on; error_page 401 =200 /sorry; }
        location /sorry { certbound off; certbound_forwarded base64 Other-Cert; empty_gif; }

        location /upstream {
            certbound on;
            proxy_pass http://unix:upstream.sock;
            proxy_set_header Verified-Thumbprint $certbound_thumbprint;
        }
    }

    # Behind a proxy, with TLS.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
    }

    # A proxy.
    upstream behind {
        server 127.0.0.1:PLAIN_PORT;
        keepalive 1;
    }
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name front.example;
        certbound off;
        ssl_verify_client optional_no_ca;
        access_log off;
        location / {
            proxy_pass http://behind/pem;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host api.example;
            proxy_set_header X-Client-Cert $ssl_client_escaped_cert;
        }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 $http_verified_thumbprint; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example", "front.example"], SITE, |directory| directory.write_secrets(&["secret"]))
});

/// Percent-encodes everything but letters and digits.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() {
            escaped.push(char::from(byte));
        } else {
            write!(escaped, "%{byte:02X}").unwrap();
        }
        escaped
    })
}

/// Connects as a trusted proxy without TLS.
async fn proxy() -> Connection {
    Connection::plain(STAGE.nginx.plain(), "api.example").await
}

#[tokio::test]
async fn a_trusted_proxy_forwards_the_certificate_in_each_format() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    let chain = stage.authority.identity();
    for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
        let hash = fingerprint(identity);
        let pem = identity.certificate_pem();
        let [der, of_chain] = [identity, chain].map(|identity| tokens::base64(identity.certificate()));
        for (path, header, value) in [
            ("/", "client-cert", rfc9440(identity)),
            ("/", "Client-Cert", rfc9440(identity)),
            ("/", "client-cert", format!("\t{}\t ", rfc9440(identity))),
            ("/uncached", "client-cert", rfc9440(identity)),
            ("/xfcc", "x-forwarded-client-cert", format!("Hash={hash}")),
            ("/xfcc", "x-forwarded-client-cert", format!("By=spiffe://a;Hash={hash};Cert=\"{}\"", escaped(pem))),
            ("/xfcc", "x-forwarded-client-cert", format!("Cert=\"{}\";Subject=\"CN=a\"", escaped(pem))),
            ("/pem", "x-client-cert", escaped(pem)),
            ("/pem", "x-client-cert", pem.trim_end().replace('\n', " ")),
            ("/base64", "client-cert", der.clone()),
            ("/base64", "client-cert", escaped(&der)),
            ("/base64", "client-cert", format!("{der},{of_chain}")),
        ] {
            // Twice: the verdict on a cached token must be the same.
            for _ in 0..2 {
                stage.judged(&mut connection, Request::get(path).header(header, &value), verdict, Some(identity)).await;
            }
        }
    }
}

/// The proxy's clients may have no certificates.
#[tokio::test]
async fn without_the_header_the_client_has_no_certificate() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    for path in ["/", "/pem", "/xfcc", "/base64"] {
        stage.judged(&mut connection, Request::get(path), "certificate_missing", None).await;
    }
    for empty in ["", " ", "\t"] {
        stage
            .judged(&mut connection, Request::get("/").header("client-cert", empty), "certificate_missing", None)
            .await;
    }
    // Another header, and one whose name only looks alike.
    for other in ["x-client-cert", "client-cert-chain", "client_cert"] {
        let request = Request::get("/").header(other, &rfc9440(&stage.server_a));
        stage.judged(&mut connection, request, "certificate_missing", None).await;
    }
    stage.judged(&mut connection, forwarded("/", Some(&stage.server_a)), "ok", Some(&stage.server_a)).await;

    let unbound = Token::unbound().signed_by(&stage.issuer);
    for request in [forwarded("/if_present", None), forwarded("/if_present", Some(&stage.thief))] {
        stage.nginx.accepted(&connection.send(request.bearer(&unbound)).await).await;
    }
    stage.judged(&mut connection, forwarded("/if_present", None), "certificate_missing", None).await;
    // The variable has the certificate also where nothing is checked.
    let answer = connection.send(forwarded("/off", Some(&stage.thief))).await;
    let access = stage.nginx.access(answer.case).await;
    assert_eq!((access.verdict.as_str(), access.thumbprint), ("", tokens::thumbprint(&stage.thief)));
}

/// The clients behind one connection of a proxy take turns.
#[tokio::test]
async fn a_certificate_belongs_to_one_request() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let turns = [
        (own, "ok"),
        (thief, "certificate_mismatch"),
        (own, "ok"),
        (None, "certificate_missing"),
        (thief, "certificate_mismatch"),
    ];
    let mut plain = proxy().await;
    let [mut http1, mut http2] =
        [stage.connect(thief, "api.example", Http::V1_1).await, stage.connect(own, "api.example", Http::V2).await];
    for (identity, verdict) in turns.into_iter().cycle().take(30) {
        for path in ["/", "/uncached"] {
            stage.judged(&mut plain, forwarded(path, identity), verdict, identity).await;
        }
        for connection in [&mut http1, &mut http2] {
            stage.judged(connection, forwarded("/", identity), verdict, identity).await;
        }
    }
    // At the same time.
    let requests = turns.into_iter().cycle().take(40);
    let requests = requests.map(|(identity, verdict)| (verdict, forwarded("/", identity).bearer(&stage.token())));
    for (verdict, answer) in http2.send_all(requests).await {
        stage.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn a_repeated_header_is_rejected() {
    let stage = &*STAGE;
    let [own, thief] = &[&stage.server_a, &stage.thief].map(rfc9440);
    let (own, thief) = (own.as_str(), thief.as_str());
    let mut plain = proxy().await;
    let mut http2 = stage.connect(None, "api.example", Http::V2).await;
    for connection in [&mut plain, &mut http2] {
        for values in [[own, own], [own, thief], [thief, own], [own, ""], ["", own], ["", ""]] {
            let request = Request::get("/").header("client-cert", values[0]).header("client-cert", values[1]);
            stage.judged(connection, request, "forwarded_ambiguous", None).await;
        }
        stage.judged(connection, Request::get("/").header("client-cert", own), "ok", Some(&stage.server_a)).await;
    }
    // Names of headers have no case.
    let case = next_case();
    let head =
        format!("GET /?case={case} HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {}\r\n", stage.token());
    let mut connection = stage.client(None, Tls::V1_3, Http::V1_1).open(stage.nginx.tls(), "api.example").await;
    let answer = connection.ask(&format!("{head}CLIENT-CERT: {own}\r\nclient-cert: {own}\r\n\r\n"), case).await;
    stage.nginx.rejected(&answer, "forwarded_ambiguous").await;
}

/// Each value is unreadable, also for tokens that need no certificate.
#[tokio::test]
async fn an_unreadable_header_is_rejected_with_its_reason() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    let own = rfc9440(&stage.server_a);
    let [hash, other_hash] = [&stage.server_a, &stage.thief].map(fingerprint);
    let pem = escaped(stage.server_a.certificate_pem());
    let [rfc9440, xfcc] = ["client-cert", "x-forwarded-client-cert"];
    for (path, header, value, reason) in [
        ("/", rfc9440, "garbage".to_owned(), "forwarded_rfc9440_malformed"),
        ("/", rfc9440, own.replace(':', ""), "forwarded_rfc9440_malformed"),
        ("/", rfc9440, format!("{own}, {own}"), "forwarded_ambiguous"),
        ("/", rfc9440, "::".to_owned(), "der_malformed"),
        ("/if_present", rfc9440, "garbage".to_owned(), "forwarded_rfc9440_malformed"),
        ("/pem", "x-client-cert", "garbage".to_owned(), "forwarded_pem_malformed"),
        ("/pem", "x-client-cert", format!("{pem}{pem}"), "forwarded_ambiguous"),
        ("/base64", rfc9440, "garbage!".to_owned(), "forwarded_base64_malformed"),
        ("/xfcc", xfcc, "garbage".to_owned(), "forwarded_xfcc_malformed"),
        ("/xfcc", xfcc, "By=spiffe://a".to_owned(), "forwarded_incomplete"),
        ("/xfcc", xfcc, format!("Hash={hash},Hash={hash}"), "forwarded_ambiguous"),
        ("/xfcc", xfcc, format!("Hash={other_hash};Cert=\"{pem}\""), "forwarded_hash_mismatch"),
    ] {
        let request = || Request::get(path).header(header, &value);
        stage.judged(&mut connection, request(), reason, None).await;
        let unbound = Token::unbound().signed_by(&stage.issuer);
        stage.nginx.rejected(&connection.send(request().bearer(&unbound)).await, reason).await;
    }
}

#[tokio::test]
async fn subrequests_redirects_and_upstreams_have_the_forwarded_certificate() {
    let stage = &*STAGE;
    let [own, thief] = [Some(&stage.server_a), Some(&stage.thief)];
    let mut connection = proxy().await;
    for (identity, verdict) in [(own, "ok"), (thief, "certificate_mismatch"), (None, "certificate_missing")] {
        for path in ["/redirect", "/upstream"] {
            let answer = connection.send(forwarded(path, identity).bearer(&stage.token())).await;
            stage.nginx.judged(&answer, verdict).await;
            if path == "/upstream" && verdict == "ok" {
                assert_eq!(answer.text(), tokens::thumbprint(&stage.server_a));
            }
        }
        // The access log has no verdict on a subrequest.
        let answer = connection.send(forwarded("/auth_request/secret", identity).bearer(&stage.token())).await;
        assert_eq!(stage.nginx.access(answer.case).await.verdict, "");
        let remarks = stage.nginx.remarks(answer.case);
        if verdict == "ok" {
            assert_eq!((answer.status, answer.text().as_str(), remarks.len()), (200, "the secret", 0), "{remarks:?}");
        } else {
            assert_eq!((answer.status, remarks.len()), (401, 1), "{remarks:?}");
            assert!(remarks[0].1.starts_with(&format!("rejected: {verdict}: ")), "{remarks:?}");
        }
    }
}

/// The page reads the certificate from another header.
#[tokio::test]
async fn an_error_page_keeps_the_certificate_of_the_verdict() {
    let stage = &*STAGE;
    let mut connection = proxy().await;
    for token in [Some(stage.token()), None] {
        let request = forwarded("/friendly", Some(&stage.thief));
        let request = token.iter().fold(request, |request, token| request.bearer(token));
        let access = stage.nginx.access(connection.send(request).await.case).await;
        let verdict = if token.is_some() { "certificate_mismatch" } else { "token_missing" };
        assert_eq!((access.status.as_str(), access.verdict.as_str()), ("200", verdict));
        assert_eq!(access.thumbprint, tokens::thumbprint(&stage.thief));
    }
    // Without a verdict, the page's own settings count.
    let own = tokens::base64(stage.server_a.certificate());
    let request = forwarded("/sorry", Some(&stage.thief)).header("other-cert", &own);
    let access = stage.nginx.access(connection.send(request).await.case).await;
    assert_eq!((access.verdict.as_str(), access.thumbprint), ("", tokens::thumbprint(&stage.server_a)));
}

/// nginx in front, with `proxy_set_header X-Client-Cert $ssl_client_escaped_cert`. Its connections to the server behind it
/// are kept alive, so clients share them.
#[tokio::test]
async fn a_real_proxy_forwards_the_certificates_of_its_clients() {
    let stage = &*STAGE;
    let identities: Vec<_> =
        KeyKind::ALL.map(|kind| stage.authority.issue_client(kind, "server-a")).into_iter().collect();
    for http in Http::ALL {
        for own in &identities {
            let token = stage.token_of(own);
            let mut connections = Vec::new();
            for (identity, verdict) in
                [(Some(own), "ok"), (Some(&stage.thief), "certificate_mismatch"), (None, "certificate_missing")]
            {
                connections.push((stage.connect(identity, "front.example", http).await, identity, verdict));
            }
            for _ in 0..4 {
                for (connection, identity, verdict) in &mut connections {
                    // The client's own header does not arrive.
                    let forged = escaped(own.certificate_pem());
                    for request in [Request::get("/"), Request::get("/").header("x-client-cert", &forged)] {
                        let answer = connection.send(request.bearer(&token)).await;
                        let access = stage.nginx.judged(&answer, verdict).await;
                        assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
                        assert_eq!(access.tls, "");
                    }
                }
            }
        }
    }
}
