//! Tokens on foreign connections: stolen, on resumed sessions, on kept-alive connections, on other servers.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::{Client, Connection, Failure, Http, Tls},
    message::{Answer, Request},
    nginx::{Directory, Nginx},
    pki::{Authority, Identity, KeyKind},
    tokens::{self, Issuer, Token},
};

const SITE: &str = r#"
    certbound_realm api;
    root files;
    ssl_session_cache shared:sessions:1m;

    # The usual issuer. The default server, for handshakes without a server name.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2 default_server;
        listen 127.0.0.1:PLAIN_PORT;
        server_name one.example;
        ssl_verify_client optional_no_ca;
        certbound_jwks one.json;
        certbound_issuer https://as.example;
        certbound_audience https://api.example;
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
        certbound_audience https://api.example;
        location / { certbound on; }
    }

    # The usual issuer, with verification of the certificate chain.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name issued.example;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        certbound_jwks one.json;
        certbound_issuer https://as.example;
        certbound_audience https://api.example;
        location / { certbound on; }
    }

    # The same as the first server, under another name.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name second.example;
        ssl_verify_client optional_no_ca;
        certbound_jwks one.json;
        certbound_issuer https://as.example;
        certbound_audience https://api.example;
        location / { certbound on; }
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
    let server = authority.issue_server(&["one.example", "two.example", "issued.example", "second.example"]);
    let directory = Directory::new(&authority, &server);
    directory.write("one.json", issuer.jwks());
    directory.write("two.json", other_issuer.jwks());
    for name in ["secret", "public/secret", "other_audience/secret", "other_issuer/secret"] {
        directory.write(&format!("files/{name}"), "the secret");
    }
    let [server_a, thief] = ["server-a", "server-c"].map(|name| authority.issue_client(KeyKind::Ec, name));
    Stage { authority, issuer, other_issuer, server_a, thief, nginx: Nginx::start(directory, SITE) }
});

impl Stage {
    fn client(&self, identity: Option<&Identity>, tls: Tls, http: Http) -> Client {
        Client::new(&self.authority, identity, tls, http)
    }

    /// Server A's token.
    fn token(&self) -> String {
        Token::bound_to(&self.server_a).signed_by(&self.issuer)
    }

    fn token_of(&self, identity: &Identity) -> String {
        Token::bound_to(identity).signed_by(&self.issuer)
    }
}

fn secret() -> Request {
    Request::get("/secret")
}

#[tokio::test]
async fn a_stolen_token_is_rejected() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let lookalike = Identity::self_signed(KeyKind::Ec, "server-a");
    for (tls, http) in Tls::ALL.into_iter().flat_map(|tls| Http::ALL.map(|http| (tls, http))) {
        for (identity, verdict) in [
            (Some(&stage.server_a), "ok"),
            (Some(&stage.thief), "certificate_mismatch"),
            (Some(&lookalike), "certificate_mismatch"),
            (None, "certificate_missing"),
        ] {
            let mut connection = stage.client(identity, tls, http).connect(&stage.nginx, "one.example").await;
            // Twice: the second time it may be cached.
            for _ in 0..2 {
                let answer = connection.send(secret().bearer(&token)).await;
                match verdict {
                    "ok" => stage.nginx.accepted(&answer).await,
                    reason => stage.nginx.rejected(&answer, reason).await,
                };
            }
        }
    }
    let answer = Connection::plain(&stage.nginx, "one.example").await.send(secret().bearer(&token)).await;
    stage.nginx.rejected(&answer, "certificate_missing").await;
}

/// A resumed session keeps the certificate of its full handshake, even if the client would now present another one.
#[tokio::test]
async fn a_resumed_session_keeps_its_certificate() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let thiefs_own = stage.token_of(&stage.thief);
    for (tls, http) in Tls::ALL.into_iter().flat_map(|tls| Http::ALL.map(|http| (tls, http))) {
        for (first, afterwards, of_server_a, of_thief) in [
            (Some(&stage.server_a), Some(&stage.thief), "ok", "certificate_mismatch"),
            (Some(&stage.thief), Some(&stage.server_a), "certificate_mismatch", "ok"),
            (Some(&stage.thief), None, "certificate_mismatch", "ok"),
            (None, Some(&stage.thief), "certificate_missing", "certificate_missing"),
        ] {
            let tickets = stage.client(first, tls, http);
            let server_cache = stage.client(first, tls, http).without_tickets();
            for client in [tickets, server_cache] {
                for resumed in [false, true, true] {
                    let mut connection = client.connect(&stage.nginx, "one.example").await;
                    assert_eq!(connection.resumed(), resumed, "{tls:?} {http:?}");
                    for (token, verdict) in [(&token, of_server_a), (&thiefs_own, of_thief)] {
                        let answer = connection.send(secret().bearer(token)).await;
                        let access = match verdict {
                            "ok" => stage.nginx.accepted(&answer).await,
                            reason => stage.nginx.rejected(&answer, reason).await,
                        };
                        assert_eq!(access.resumed, if resumed { "r" } else { "." });
                        assert_eq!(access.thumbprint, first.map(tokens::thumbprint).unwrap_or_default());
                    }
                    client.show(afterwards);
                }
            }
        }
    }
}

/// Depending on the versions of nginx and TLS, nginx accepts the session of another server, aborts the handshake, or rejects
/// the request as misdirected (421). The certificate never changes.
#[tokio::test]
async fn a_session_of_one_server_gains_nothing_at_another() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let homemade = Identity::self_signed(KeyKind::Ec, "server-a");
    let own = stage.token_of(&homemade);
    for (tls, http) in Tls::ALL.into_iter().flat_map(|tls| Http::ALL.map(|http| (tls, http))) {
        let client = stage.client(Some(&homemade), tls, http).with_one_session_for_all();
        let send = async |name, token| -> Result<(bool, Answer), Failure> {
            let mut connection = client.try_connect(&stage.nginx, name).await?;
            Ok((connection.resumed(), connection.try_send(secret().bearer(token)).await?))
        };
        // The session is resumed.
        for resumed in [false, true] {
            let (found, answer) = send("one.example", &own).await.unwrap();
            assert_eq!(found, resumed, "{tls:?} {http:?}");
            stage.nginx.accepted(&answer).await;
        }
        for _ in 0..3 {
            for (token, verdict) in [(&own, "ok"), (&stolen, "certificate_mismatch")] {
                let (_, answer) = send("one.example", token).await.unwrap();
                match verdict {
                    "ok" => stage.nginx.accepted(&answer).await,
                    reason => stage.nginx.rejected(&answer, reason).await,
                };
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
    let own = stage.token_of(&stage.thief);
    let expired = Token::bound_to(&stage.thief).expires_in(-1).signed_by(&stage.issuer);
    for http in Http::ALL {
        let mut connection =
            stage.client(Some(&stage.thief), Tls::V1_3, http).connect(&stage.nginx, "one.example").await;
        for _ in 0..3 {
            stage.nginx.accepted(&connection.send(secret().bearer(&own)).await).await;
            stage.nginx.rejected(&connection.send(secret().bearer(&stolen)).await, "certificate_mismatch").await;
            stage.nginx.rejected(&connection.send(secret().bearer(&expired)).await, "token_expired").await;
            stage.nginx.rejected(&connection.send(secret()).await, "token_missing").await;
            // An unprotected request in between.
            let answer = connection.send(Request::get("/public/secret").bearer(&stolen)).await;
            assert_eq!(stage.nginx.access(answer.case).await.from_token(), [""; 6]);
        }
    }
}

/// Good and bad requests at the same time, on one connection.
#[tokio::test]
async fn http2_streams_do_not_mix() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let own = stage.token_of(&stage.thief);
    let connection = stage.client(Some(&stage.thief), Tls::V1_3, Http::V2).connect(&stage.nginx, "one.example").await;
    let streams: Vec<_> = (0..32)
        .map(|stream| {
            let good = stream % 2 == 0;
            let request = secret().bearer(if good { &own } else { &stolen });
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

#[tokio::test]
async fn pipelined_requests_each_get_their_own_verdict() {
    let (stage, stolen) = (&*STAGE, STAGE.token());
    let own = stage.token_of(&stage.thief);
    let cases: Vec<_> = [&own, &stolen, &own, &stolen, &own].map(|token| (Request::get("").case(), token)).into();
    let requests: String = (cases.iter().enumerate())
        .map(|(index, (case, token))| {
            let end = if index + 1 == cases.len() { "close" } else { "keep-alive" };
            format!(
                "GET /secret?case={case} HTTP/1.1\r\nHost: one.example\r\nAuthorization: Bearer {token}\r\nConnection: {end}\r\n\r\n"
            )
        })
        .collect();
    let client = stage.client(Some(&stage.thief), Tls::V1_3, Http::V1_1);
    let numbers: Vec<_> = cases.iter().map(|(case, _)| *case).collect();
    let answers = client.open(&stage.nginx, "one.example").await.exchange(&requests, &numbers).await;
    for (answer, (_, token)) in answers.iter().zip(&cases) {
        match *token == &own {
            true => stage.nginx.accepted(answer).await,
            false => stage.nginx.rejected(answer, "certificate_mismatch").await,
        };
    }
}

/// Several servers at one address: only the connection's certificate and the location's policy decide, never the names.
#[tokio::test]
async fn the_name_in_the_handshake_and_the_host_may_differ() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let of_two =
        |identity| Token::bound_to(identity).claim("iss", r#""https://two.example""#).signed_by(&stage.other_issuer);
    let other_token = of_two(&stage.server_a);
    for http in Http::ALL {
        let mut connection =
            stage.client(Some(&stage.server_a), Tls::V1_3, http).connect(&stage.nginx, "one.example").await;
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
            match verdict {
                "ok" => stage.nginx.accepted(&answer).await,
                reason => stage.nginx.rejected(&answer, reason).await,
            };
        }
    }

    // Connected to a server that requests no certificate. The client has one, but does not present it.
    for identity in [&stage.thief, &stage.server_a] {
        let client = stage.client(Some(identity), Tls::V1_3, Http::V1_1);
        let mut connection = client.connect(&stage.nginx, "two.example").await;
        let answer = connection.send(secret().bearer(&of_two(identity))).await;
        stage.nginx.rejected(&answer, "certificate_missing").await;
        for host in ["one.example", "issued.example", "unknown.example"] {
            // nginx rejects a host that verifies clients on a connection to another name.
            let answer = connection.send(secret().host(host).bearer(&token)).await;
            assert_eq!((answer.status, stage.nginx.access(answer.case).await.from_token()), (421, [""; 6]));
            connection = client.connect(&stage.nginx, "two.example").await;
        }
    }

    // Without a name in the handshake, nginx itself rejects nothing.
    for (identity, verdict) in [(&stage.server_a, "ok"), (&stage.thief, "certificate_mismatch")] {
        let client = stage.client(Some(identity), Tls::V1_3, Http::V1_1).without_sni();
        let mut connection = client.connect(&stage.nginx, "one.example").await;
        for host in ["one.example", "second.example", "unknown.example"] {
            let answer = connection.send(secret().host(host).bearer(&token)).await;
            match verdict {
                "ok" => stage.nginx.accepted(&answer).await,
                reason => stage.nginx.rejected(&answer, reason).await,
            };
        }
    }
}

/// Headers in which other terminators forward the certificate. Here the attacker sends them.
#[tokio::test]
async fn a_certificate_in_a_header_is_ignored() {
    let (stage, token) = (&*STAGE, STAGE.token());
    let pem = stage.server_a.certificate_pem();
    let url_encoded = pem.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B").replace('/', "%2F");
    let base64 = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let thumbprint = tokens::thumbprint(&stage.server_a);
    let headers = [
        ("x-client-cert", &url_encoded),
        ("x-ssl-client-cert", &url_encoded),
        ("ssl-client-cert", &url_encoded),
        ("x-ssl-cert", &pem.replace('\n', " ")),
        ("x-forwarded-client-cert", &format!("Cert=\"{url_encoded}\"")),
        ("client-cert", &format!(":{base64}:")),
        ("x-client-certificate", &base64),
        ("x-arr-clientcert", &base64),
        ("x-amzn-mtls-clientcert", &url_encoded),
        ("x-ssl-client-verify", &"SUCCESS".to_owned()),
        ("x-ssl-client-sha256", &thumbprint),
        ("x5t-s256", &thumbprint),
        ("certbound-thumbprint", &thumbprint),
        ("certbound_thumbprint", &thumbprint),
    ];
    for (identity, reason) in [(Some(&stage.thief), "certificate_mismatch"), (None, "certificate_missing")] {
        for http in Http::ALL {
            let mut connection = stage.client(identity, Tls::V1_3, http).connect(&stage.nginx, "one.example").await;
            let request =
                headers.iter().fold(secret().bearer(&token), |request, (name, value)| request.header(name, value));
            let access = stage.nginx.rejected(&connection.send(request).await, reason).await;
            assert_eq!(access.thumbprint, identity.map(tokens::thumbprint).unwrap_or_default());
        }
    }
}
