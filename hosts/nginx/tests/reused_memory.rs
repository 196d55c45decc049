//! Memory that nginx reuses during a request: the access log must show the claims of the verified token, and the certificate
//! that it was verified with.
//!
//! A cached token is decoded when a variable needs its claims, in the log phase at the latest. By then nginx may have reused
//! the buffer of the request's header: after `101 Switching Protocols` it does.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::{Http, RawConnection, Tls},
    message::{Request, next_case},
    stage::Stage,
    tokens::{self, Token, forged},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2 reuseport;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        client_header_buffer_size 2k;
        large_client_header_buffers 4 8k;
        # Small parts of a body arrive in the buffer of the header.
        client_body_buffer_size 1k;

        location / { certbound on; empty_gif; }
        location /upload { certbound on; proxy_pass http://unix:sink.sock:/; }
        location /upgrade {
            certbound on;
            proxy_pass http://unix:upgrade.sock:/;
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection upgrade;
        }
    }

    # Behind a proxy.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name forwarded.example;
        client_header_buffer_size 2k;
        certbound_forwarded rfc9440 Client-Cert;
        certbound_trusted_proxy 127.0.0.1;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection upgrade;

        location /upgrade { certbound on; proxy_pass http://unix:forwarded.sock:/; }
        location /unchecked { certbound off; proxy_pass http://unix:forwarded.sock:/; }
        location /unchecked_page { certbound off; proxy_pass http://unix:sink.sock:/; }
    }

    server {
        listen unix:sink.sock;
        access_log off;
        location / { return 200; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::start(&["api.example", "forwarded.example"], SITE));

async fn open_raw() -> RawConnection {
    STAGE.client(Some(&STAGE.server_a), Tls::V1_3, Http::V1_1).open(STAGE.nginx.tls(), "api.example").await
}

/// A token of server A with this `jti` and this much padding in its claims, which each worker has accepted and cached.
async fn cached_token(jti: &str, padding: usize) -> String {
    let token = Token::bound_to(&STAGE.server_a).claim("jti", &format!(r#""{jti}""#));
    let token = token.claim("padding", &format!(r#""{}""#, "x".repeat(padding))).signed_by(&STAGE.issuer);
    let accept = async || {
        let mut connection = STAGE.connect_server_a(Http::V1_1).await;
        let answer = connection.send(Request::get("/").bearer(&token)).await;
        (STAGE.nginx.accepted(&answer).await.worker, true)
    };
    STAGE.nginx.until_each_worker("accepts the token", accept).await;
    token
}

/// Asserts that the request was accepted, and the access log has the verified claims.
async fn assert_logged(case: usize, status: &str, jti: &str) {
    let access = STAGE.nginx.access(case).await;
    assert_eq!((access.verdict.as_str(), access.status.as_str()), ("ok", status), "{access:?}");
    assert_eq!((access.sub.as_str(), access.client_id.as_str()), ("server-a", "server-a"), "{access:?}");
    assert_eq!(access.jti, jti, "{access:?}");
    assert!(access.claims.contains(r#""server-a""#) && !access.claims.contains("server-x"), "{access:?}");
}

/// The request and a filler fill nginx's buffer. After the upgrade nginx reads the data that follows into the same buffer.
#[tokio::test]
async fn data_after_an_upgrade_does_not_change_the_claims() {
    let stage = &*STAGE;
    let listener = UnixListener::bind(stage.nginx.directory().path("upgrade.sock")).unwrap();
    for (name, padding, buffer) in [
        ("fresh", 0, HEADER_BUFFER),
        ("kept", 0, HEADER_BUFFER),
        ("pipelined", 0, HEADER_BUFFER),
        ("large", 2000, LARGE_HEADER_BUFFER),
        ("large and kept", 2000, LARGE_HEADER_BUFFER),
    ] {
        let token = cached_token(name, padding).await;
        let mut connection = open_raw().await;
        if name.ends_with("kept") {
            let case = next_case();
            let answer = connection.ask(&head("/", case, &token, ""), case).await;
            assert_eq!(answer.status, 200, "{name}");
            assert_logged(case, "200", name).await;
        }
        let (earlier, case) = (next_case(), next_case());
        let request = head("/upgrade", case, &token, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
        let (requests, start) = match name {
            "pipelined" => (head("/", earlier, &token, "") + &request, 0),
            // nginx moves a line that exceeds the first buffer to the beginning of a large one.
            _ if buffer == LARGE_HEADER_BUFFER => (request.clone(), request.find("Authorization").unwrap()),
            _ => (request, 0),
        };
        let filler = "-".repeat(buffer - (requests.len() - start));
        let overwritten = &requests.replace(&token, &forged(&token))[start..];
        let sent = format!("{requests}{filler}{overwritten}{}", char::from(END));

        let (received, ()) = tokio::join!(connection.exchange_bytes(&sent), accept_upgrade(&listener));
        assert!(received.contains("101 Switching Protocols"), "{name}: {received}");
        if name == "pipelined" {
            assert_logged(earlier, "200", name).await;
        }
        assert_logged(case, "101", name).await;
    }
}

/// The data replaces the certificate that the proxy has forwarded by another one.
#[tokio::test]
async fn data_after_an_upgrade_does_not_change_the_forwarded_certificate() {
    let stage = &*STAGE;
    let listener = UnixListener::bind(stage.nginx.directory().path("forwarded.sock")).unwrap();
    let client = stage.client(None, Tls::V1_3, Http::V1_1);
    let thumbprint = tokens::thumbprint(&stage.server_a);
    for (path, shown) in [("/upgrade", thumbprint.as_str()), ("/unchecked", "")] {
        let case = next_case();
        let [request, overwritten] = [&stage.server_a, &stage.thief].map(|identity| {
            let certificate = tokens::base64(identity.certificate());
            // Certificates differ in length by a few bytes.
            let fields = format!(
                "Connection: Upgrade\r\nUpgrade: websocket\r\nClient-Cert: {:<800}\r\n",
                format!(":{certificate}:")
            );
            head(path, case, &stage.token(), &fields).replace("api.example", "forwarded.example")
        });
        let filler = "-".repeat(HEADER_BUFFER - request.len());
        let sent = format!("{request}{filler}{overwritten}{}", char::from(END));
        let connection = client.open(stage.nginx.tls(), "forwarded.example").await;
        let (received, ()) = tokio::join!(connection.exchange_bytes(&sent), accept_upgrade(&listener));
        assert!(received.contains("101 Switching Protocols"), "{path}: {received}");
        let access = stage.nginx.access(case).await;
        assert_eq!((access.status.as_str(), access.thumbprint.as_str()), ("101", shown), "{path}: {access:?}");
    }
    // Without an upgrade, the log has the certificate also where nothing is checked.
    let mut connection = client.connect(stage.nginx.tls(), "forwarded.example").await;
    let certificate = format!(":{}:", tokens::base64(stage.server_a.certificate()));
    let request = Request::get("/unchecked_page").header("client-cert", &certificate).header("upgrade", "websocket");
    assert_eq!(stage.nginx.access(connection.send(request).await.case).await.thumbprint, thumbprint);
}

/// nginx reads the beginning of a body into the buffer of the header.
#[tokio::test]
async fn a_body_does_not_change_the_claims() {
    let stage = &*STAGE;
    let token = cached_token("body", 0).await;
    for http in Http::ALL {
        let mut connection = stage.connect_server_a(http).await;
        for times in [1, 2, 20] {
            let answer = connection.send(Request::post("/upload", forged(&token).repeat(times)).bearer(&token)).await;
            assert_logged(answer.case, "200", "body").await;
        }
    }
}

/// Each request on a connection has the claims of its own token.
#[tokio::test]
async fn requests_of_one_connection_do_not_change_each_others_claims() {
    let stage = &*STAGE;
    let tokens = [("one", cached_token("one", 0).await), ("two", cached_token("two", 0).await)];
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (jti, token) in tokens.iter().cycle().take(6) {
        let answer = connection.send(Request::get("/").bearer(token)).await;
        assert_logged(answer.case, "200", jti).await;
    }
    let connection = stage.connect_server_a(Http::V2).await;
    let requests = tokens.iter().cycle().take(32).map(|(jti, token)| (jti, Request::get("/").bearer(token)));
    for (jti, answer) in connection.send_all(requests).await {
        assert_logged(answer.case, "200", jti).await;
    }
}

fn head(path: &str, case: usize, token: &str, fields: &str) -> String {
    format!("GET {path}?case={case} HTTP/1.1\r\nHost: api.example\r\n{fields}Authorization: Bearer {token}\r\n\r\n")
}

/// An upstream that accepts one upgrade, and closes the connection after [`END`].
async fn accept_upgrade(listener: &UnixListener) {
    const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let (mut stream, _) = listener.accept().await.unwrap();
    let (mut read, mut accepted) = (Vec::new(), false);
    while read.last() != Some(&END) {
        assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0, "nginx closed first");
        if !accepted && read.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
            stream.write_all(ACCEPTED).await.unwrap();
            accepted = true;
        }
    }
}

/// Ends an upgraded connection. It occurs in no head or filler.
const END: u8 = b'!';

const HEADER_BUFFER: usize = 2 * 1024;
const LARGE_HEADER_BUFFER: usize = 8 * 1024;
