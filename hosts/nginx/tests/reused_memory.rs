//! Memory that nginx reuses during a request: the access log must show the claims of the verified token.
//!
//! A cached token is decoded when a variable needs its claims, in the log phase at the latest. By then nginx may have reused
//! the buffer of the request's header: after `101 Switching Protocols` it does.

use std::sync::LazyLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound_nginx_tests::{
    client::{Client, Http, Tls},
    message::{Request, next_case},
    nginx::{Directory, Nginx, PATIENCE},
    pki::{Authority, Identity, KeyKind},
    tokens::{Issuer, Token, base64url},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixListener,
    time::timeout,
};

const SITE: &str = r#"
    certbound_jwks jwks.json;
    certbound_issuer https://as.example;
    certbound_audience https://api.example;
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

    server {
        listen unix:sink.sock;
        access_log off;
        location / { return 200; }
    }
"#;

struct Stage {
    authority: Authority,
    issuer: Issuer,
    server_a: Identity,
    nginx: Nginx,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let authority = Authority::new();
    let issuer = Issuer::new("");
    let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
    directory.write("jwks.json", issuer.jwks());
    let server_a = authority.issue_client(KeyKind::Ec, "server-a");
    Stage { authority, issuer, server_a, nginx: Nginx::start(directory, SITE) }
});

impl Stage {
    fn client(&self, http: Http) -> Client {
        Client::new(&self.authority, Some(&self.server_a), Tls::V1_3, http)
    }

    /// A token of server A with this `jti` and this much padding in its claims.
    fn token(&self, jti: &str, padding: usize) -> String {
        let token = Token::bound_to(&self.server_a).claim("jti", &format!(r#""{jti}""#));
        token.claim("padding", &format!(r#""{}""#, "x".repeat(padding))).signed_by(&self.issuer)
    }

    /// Makes each worker accept the token, and so cache it.
    async fn remember(&self, token: &str) {
        let mut waiting: Vec<_> = self.nginx.workers().iter().map(ToString::to_string).collect();
        timeout(PATIENCE, async {
            while !waiting.is_empty() {
                let mut connection = self.client(Http::V1_1).connect(&self.nginx, "api.example").await;
                let answer = connection.send(Request::get("/").bearer(token)).await;
                let worker = self.nginx.accepted(&answer).await.worker;
                waiting.retain(|other| *other != worker);
            }
        })
        .await
        .unwrap();
    }

    /// Asserts that the request was accepted, and the access log has the verified claims.
    async fn logged(&self, case: usize, status: &str, jti: &str) {
        let access = self.nginx.access(case).await;
        assert_eq!((access.verdict.as_str(), access.status.as_str()), ("ok", status), "{access:?}");
        assert_eq!((access.sub.as_str(), access.client_id.as_str()), ("server-a", "server-a"), "{access:?}");
        assert_eq!(access.jti, jti, "{access:?}");
        assert!(access.claims.contains(r#""server-a""#) && !access.claims.contains("server-x"), "{access:?}");
    }
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
        let token = stage.token(name, padding);
        stage.remember(&token).await;
        let mut connection = stage.client(Http::V1_1).open(&stage.nginx, "api.example").await;
        if name.ends_with("kept") {
            let case = next_case();
            let answer = connection.ask(&head("/", case, &token, ""), case).await;
            assert_eq!(answer.status, 200, "{name}");
            stage.logged(case, "200", name).await;
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
            stage.logged(earlier, "200", name).await;
        }
        stage.logged(case, "101", name).await;
    }
}

/// nginx reads the beginning of a body into the buffer of the header.
#[tokio::test]
async fn a_body_does_not_change_the_claims() {
    let stage = &*STAGE;
    let token = stage.token("body", 0);
    stage.remember(&token).await;
    for http in Http::ALL {
        let mut connection = stage.client(http).connect(&stage.nginx, "api.example").await;
        for times in [1, 2, 20] {
            let answer = connection.send(Request::post("/upload", forged(&token).repeat(times)).bearer(&token)).await;
            stage.logged(answer.case, "200", "body").await;
        }
    }
}

/// Each request on a connection has the claims of its own token.
#[tokio::test]
async fn requests_of_one_connection_do_not_change_each_others_claims() {
    let stage = &*STAGE;
    let tokens = ["one", "two"].map(|jti| (jti, stage.token(jti, 0)));
    for (_, token) in &tokens {
        stage.remember(token).await;
    }
    let mut connection = stage.client(Http::V1_1).connect(&stage.nginx, "api.example").await;
    for (jti, token) in tokens.iter().cycle().take(6) {
        let answer = connection.send(Request::get("/").bearer(token)).await;
        stage.logged(answer.case, "200", jti).await;
    }
    let connection = stage.client(Http::V2).connect(&stage.nginx, "api.example").await;
    let streams: Vec<_> = (tokens.iter().cycle().take(32).cloned())
        .map(|(jti, token)| {
            let mut connection = connection.beside();
            tokio::spawn(async move { (jti, connection.send(Request::get("/").bearer(&token)).await) })
        })
        .collect();
    for stream in streams {
        let (jti, answer) = stream.await.unwrap();
        stage.logged(answer.case, "200", jti).await;
    }
}

/// The same token with other claims, of the same length.
fn forged(token: &str) -> String {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap();
    assert!(claims.contains("server-a"));
    format!("{header}.{}.{signature}", base64url(claims.replace("server-a", "server-x")))
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
