//! Tokens on connections with another certificate: stolen, on resumed sessions, on kept-alive connections, on other servers.

use std::sync::LazyLock;

use certbound_host_tests::attacks::{Resumption, forged_headers, presenters, resumptions, tokens_of_the_thief};
use certbound_nginx_tests::{
    client::{Connection, Failure, Http, Tls, versions},
    message::{Answer, Request, next_case},
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens::{self, Issuer, Token},
};

const SITE: &str = r#"
    # The usual issuer, unless a server sets another one.
    USUAL_POLICY;
    certbound_realm api;
    root files;
    ssl_session_cache shared:sessions:1m;

    # The default server, for handshakes without a server name.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2 default_server;
        listen 127.0.0.1:PLAIN_PORT;
        server_name one.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; }
        location /public/ { certbound off; }
        location /other_audience/ { certbound on; certbound_audience https://other.example; }
        location /other_issuer/ { certbound on; certbound_jwks two.json; certbound_issuer https://two.example; }
    }

    # Another issuer.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name two.example;
        certbound_jwks two.json;
        certbound_issuer https://two.example;
        location / { certbound on; }
    }

    # A server with verification of the certificate chain.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name issued.example;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        location / { certbound on; }
    }

    # The same as the first server, under another name.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name second.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["one.example", "two.example", "issued.example", "second.example"], SITE, |directory| {
        directory.write("two.json", OTHER_ISSUER.jwks());
        directory.write_secrets(&["secret", "public/secret", "other_audience/secret", "other_issuer/secret"]);
    })
});

static OTHER_ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::new(""));

fn secret() -> Request {
    Request::get("/secret")
}

#[tokio::test]
async fn a_stolen_token_is_rejected() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let lookalike = Identity::self_signed(KeyKind::Ec, "server-a");
    for (tls, http) in versions() {
        for (identity, verdict) in presenters(stage, &lookalike) {
            let mut connection = stage.client(identity, tls, http).connect(stage.nginx.tls(), "one.example").await;
            // Twice: the second time it may be cached.
            for _ in 0..2 {
                let answer = connection.send(secret().bearer(&token)).await;
                stage.nginx.judged(&answer, verdict).await;
            }
        }
    }
    let answer = Connection::plain(stage.nginx.plain(), "one.example").await.send(secret().bearer(&token)).await;
    stage.nginx.rejected(&answer, "certificate_missing").await;
}

/// A resumed session keeps the certificate of its full handshake, even if the client would now present another one.
#[tokio::test]
async fn a_resumed_session_keeps_its_certificate() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let thiefs_token = stage.token_of(&stage.thief);
    for (tls, http) in versions() {
        for Resumption { first, afterwards, of_server_a, of_thief } in resumptions(stage) {
            let tickets = stage.client(first, tls, http);
            let server_cache = stage.client(first, tls, http).without_tickets();
            for client in [tickets, server_cache] {
                for resumed in [false, true, true] {
                    let mut connection = client.connect(stage.nginx.tls(), "one.example").await;
                    assert_eq!(connection.resumed(), resumed, "{tls:?} {http:?}");
                    for (token, verdict) in [(&token, of_server_a), (&thiefs_token, of_thief)] {
                        let answer = connection.send(secret().bearer(token)).await;
                        let access = stage.nginx.judged(&answer, verdict).await;
                        assert_eq!(access.resumed, if resumed { "r" } else { "." });
                        assert_eq!(access.thumbprint, first.map(tokens::thumbprint).unwrap_or_default());
                    }
                    client.present(afterwards);
                }
            }
        }
    }
}

/// Depending on its version and that of TLS, nginx accepts the session of another server, aborts the handshake, or rejects
/// the request as misdirected (421). The certificate never changes.
#[tokio::test]
async fn a_session_of_one_server_gives_no_access_to_another() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let self_signed = Identity::self_signed(KeyKind::Ec, "server-a");
    let own = stage.token_of(&self_signed);
    for (tls, http) in versions() {
        let client = stage.client(Some(&self_signed), tls, http).with_one_session_for_all_servers();
        let send = async |name, token| -> Result<(bool, Answer), Failure> {
            let mut connection = client.try_connect(stage.nginx.tls(), name).await?;
            Ok((connection.resumed(), connection.try_send(secret().bearer(token)).await?))
        };
        // The same server resumes the session.
        for resumed in [false, true] {
            let (found, answer) = send("one.example", &own).await.unwrap();
            assert_eq!(found, resumed, "{tls:?} {http:?}");
            stage.nginx.accepted(&answer).await;
        }
        for _ in 0..3 {
            for (token, verdict) in [(&own, "ok"), (&stolen, "certificate_mismatch")] {
                let (_, answer) = send("one.example", token).await.unwrap();
                stage.nginx.judged(&answer, verdict).await;
                match send("second.example", token).await {
                    Ok((_, answer)) if answer.status != 421 => match verdict {
                        "ok" => _ = stage.nginx.accepted(&answer).await,
                        reason => _ = stage.nginx.rejected(&answer, reason).await,
                    },
                    Ok(_) | Err(_) => {}
                }
                // A server that verifies chains rejects a session that began without verification.
                if let Ok((_, answer)) = send("issued.example", token).await {
                    assert!([400, 421].contains(&answer.status), "{answer:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn each_request_on_a_kept_alive_connection_is_checked_separately() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let tokens = tokens_of_the_thief(stage);
    for http in Http::ALL {
        let mut connection = stage.connect(Some(&stage.thief), "one.example", http).await;
        for _ in 0..3 {
            for (token, verdict) in &tokens {
                let request = token.iter().fold(secret(), |request, token| request.bearer(token));
                stage.nginx.judged(&connection.send(request).await, verdict).await;
            }
            // An unprotected request between the others.
            let answer = connection.send(Request::get("/public/secret").bearer(&stolen)).await;
            assert_eq!(stage.nginx.access(answer.case).await.from_token(), [""; 7]);
        }
    }
}

/// Good and bad requests at the same time, on one connection.
#[tokio::test]
async fn http2_streams_do_not_mix() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let own = stage.token_of(&stage.thief);
    let connection = stage.connect(Some(&stage.thief), "one.example", Http::V2).await;
    let kinds = [(&own, "ok"), (&stolen, "certificate_mismatch")].into_iter().cycle().take(32);
    let requests = kinds.map(|(token, verdict)| (verdict, secret().bearer(token)));
    for (verdict, answer) in connection.send_all(requests).await {
        stage.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn pipelined_requests_each_get_their_own_verdict() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let own = stage.token_of(&stage.thief);
    let [good, bad] = [(&own, "ok"), (&stolen, "certificate_mismatch")];
    let cases: Vec<_> = [good, bad, good, bad, good].map(|kind| (next_case(), kind)).into();
    let requests: String = (cases.iter().enumerate())
        .map(|(index, (case, (token, _)))| {
            let end = if index + 1 == cases.len() { "close" } else { "keep-alive" };
            format!(
                "GET /secret?case={case} HTTP/1.1\r\nHost: one.example\r\nAuthorization: Bearer {token}\r\nConnection: {end}\r\n\r\n"
            )
        })
        .collect();
    let client = stage.client(Some(&stage.thief), Tls::V1_3, Http::V1_1);
    let numbers: Vec<_> = cases.iter().map(|(case, _)| *case).collect();
    let answers = client.open(stage.nginx.tls(), "one.example").await.exchange(&requests, &numbers).await;
    for (answer, (_, (_, verdict))) in answers.iter().zip(&cases) {
        stage.nginx.judged(answer, verdict).await;
    }
}

/// Several servers share an address. Only the connection's certificate and the location's policy determine the verdict.
#[tokio::test]
async fn the_server_name_and_the_host_may_differ() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let of_two = |identity| Token::bound_to(identity).claim("iss", r#""https://two.example""#).signed_by(&OTHER_ISSUER);
    let other_token = of_two(&stage.server_a);
    for http in Http::ALL {
        let mut connection = stage.connect(Some(&stage.server_a), "one.example", http).await;
        for (path, host, token, verdict) in [
            ("/secret", "one.example", &token, "ok"),
            ("/secret", "two.example", &token, "signature_invalid"),
            ("/secret", "two.example", &other_token, "ok"),
            ("/secret", "one.example", &other_token, "signature_invalid"),
            ("/other_issuer/secret", "one.example", &token, "signature_invalid"),
            ("/other_issuer/secret", "one.example", &other_token, "ok"),
            ("/other_audience/secret", "one.example", &token, "audience_mismatch"),
        ] {
            let answer = connection.send(Request::get(path).host(host).bearer(token)).await;
            stage.nginx.judged(&answer, verdict).await;
        }
    }

    // Connected to a server that requests no certificate. The client has one, but does not present it.
    for identity in [&stage.thief, &stage.server_a] {
        let client = stage.client(Some(identity), Tls::V1_3, Http::V1_1);
        let mut connection = client.connect(stage.nginx.tls(), "two.example").await;
        let answer = connection.send(secret().bearer(&of_two(identity))).await;
        stage.nginx.rejected(&answer, "certificate_missing").await;
        for host in ["one.example", "issued.example", "unknown.example"] {
            // nginx rejects a host that verifies clients on a connection to another name.
            let answer = connection.send(secret().host(host).bearer(&token)).await;
            assert_eq!((answer.status, stage.nginx.access(answer.case).await.from_token()), (421, [""; 7]));
            connection = client.connect(stage.nginx.tls(), "two.example").await;
        }
    }

    // Without a server name in the handshake, nginx itself accepts any host.
    for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
        let client = stage.client(Some(identity), Tls::V1_3, Http::V1_1).without_sni();
        let mut connection = client.connect(stage.nginx.tls(), "one.example").await;
        for host in ["one.example", "second.example", "unknown.example"] {
            let answer = connection.send(secret().host(host).bearer(&token)).await;
            stage.nginx.judged(&answer, verdict).await;
        }
    }
}

/// Headers in which other terminators forward the certificate. Here the attacker sends them.
#[tokio::test]
async fn a_certificate_in_a_header_is_ignored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let headers = forged_headers(&stage.server_a);
    for (identity, reason) in [(Some(&stage.thief), "certificate_mismatch"), (None, "certificate_missing")] {
        for http in Http::ALL {
            let mut connection = stage.connect(identity, "one.example", http).await;
            let request =
                headers.iter().fold(secret().bearer(&token), |request, (name, value)| request.header(name, value));
            let access = stage.nginx.rejected(&connection.send(request).await, reason).await;
            assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
        }
    }
}
