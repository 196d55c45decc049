//! Unusual requests: the `Authorization` header and its scheme, long headers, methods, versions of HTTP.

use std::sync::LazyLock;

use certbound_host_tests::authorization::{forms, lists, pairs};
use certbound_nginx_tests::{
    client::{Connection, Http, Tls},
    message::{Answer, Request, next_case},
    stage::Stage,
    tokens::Token,
};

const SITE: &str = r#"
    USUAL_POLICY;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound on;
        certbound_realm api;
        location / { }
        location /no_realm/ { certbound_realm ""; }
        location /odd_realm/ { certbound_realm 'a "quoted\\ realm'; }
        location /upstream { proxy_pass http://unix:upstream.sock:/; }
    }

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name long.example;
        ssl_verify_client optional_no_ca;
        large_client_header_buffers 8 128k;
        certbound on;
        certbound_realm api;
        location / { }
    }

    # No realm anywhere.
    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name bare.example;
        ssl_verify_client optional_no_ca;
        certbound on;
        certbound_scope admin;
        location / { }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200 "$request_method"; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    Stage::start_with(&["api.example", "long.example", "bare.example"], SITE, |directory| {
        directory.write_secrets(&["secret", "no_realm/secret", "odd_realm/secret"]);
    })
});

async fn connect(name: &str, http: Http) -> Connection {
    STAGE.connect(Some(&STAGE.server_a), name, http).await
}

fn secret() -> Request {
    Request::get("/secret")
}

#[tokio::test]
async fn only_the_bearer_scheme_is_accepted_in_upper_or_lower_case() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        let mut connection = connect("api.example", http).await;
        let reasons = ["token_missing", "token_not_compact", "signature_not_base64url"];
        for (authorization, verdict) in forms(&token).into_iter().chain(lists(&token).into_iter().zip(reasons)) {
            let answer = connection.send(secret().header("authorization", &authorization)).await;
            stage.nginx.judged(&answer, verdict).await;
        }
        stage.nginx.rejected(&connection.send(secret()).await, "token_missing").await;
    }
}

/// nginx itself rejects them, so the module sends no challenge and logs no reason.
#[tokio::test]
async fn two_authorization_headers_are_a_bad_request() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        for [first, second] in &pairs(&token) {
            let mut connection = connect("api.example", http).await;
            let request = secret().header("authorization", first).header("authorization", second);
            let answer = connection.send(request).await;
            assert_eq!(answer.status, 400, "{http:?} {first} {second}");
            // In HTTP/2 nginx rejects the header before the request line is known, so the log lacks it.
            if http == Http::V1_1 {
                let access = stage.nginx.access(answer.case).await;
                assert_eq!((access.verdict.as_str(), access.from_token()), ("", [""; 7]));
            }
        }
    }
}

#[tokio::test]
async fn the_challenge_contains_the_configured_realm() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        let mut connection = connect("bare.example", http).await;
        for (authorization, reason, challenge) in [
            ("", "token_missing", "Bearer"),
            ("Bearer x", "token_not_compact", r#"Bearer error="invalid_token""#),
            (&format!("Bearer {token}"), "insufficient_scope", r#"Bearer error="insufficient_scope", scope="admin""#),
        ] {
            let answer = connection.send(secret().header("authorization", authorization)).await;
            stage.nginx.rejected_with(&answer, reason, challenge).await;
        }
    }
    // As a quoted-string (RFC 9110 §5.6.4).
    let mut connection = connect("api.example", Http::V1_1).await;
    let answer = connection.send(Request::get("/odd_realm/secret")).await;
    stage.nginx.rejected_with(&answer, "token_missing", r#"Bearer realm="a \"quoted\\ realm""#).await;
}

#[tokio::test]
async fn a_header_of_64_kib_does_not_change_the_verdict() {
    let stage = &*STAGE;
    let padded = |bytes| Token::bound_to(&stage.server_a).claim("padding", &format!(r#""{}""#, "x".repeat(bytes)));
    // The longest token within the limit, and one that is a byte longer.
    let estimate = (16 * 1024 - padded(0).signed_by(&stage.issuer).len()) / 4 * 3;
    let around: Vec<_> = (estimate - 4..estimate + 4).map(|bytes| padded(bytes).signed_by(&stage.issuer)).collect();
    let (within, beyond) = around.split_at(around.partition_point(|token| token.len() <= 16 * 1024));
    let long = "x".repeat(64 * 1024);
    for http in Http::ALL {
        let mut connection = connect("long.example", http).await;
        for (token, verdict) in [
            (stage.token(), "ok"),
            (within.last().unwrap().clone(), "ok"),
            (beyond[0].clone(), "token_too_long"),
            (padded(48 * 1024).signed_by(&stage.issuer), "token_too_long"),
            (long.clone(), "token_too_long"),
            (".".repeat(16 * 1024), "token_not_compact"),
        ] {
            let request = secret().bearer(&token);
            for request in [secret().header("x-long", &long).bearer(&token), request] {
                let answer = connection.send(request).await;
                stage.nginx.judged(&answer, verdict).await;
            }
        }
        // nginx's default buffers of 8 KiB are too small for such a header.
        let mut connection = connect("api.example", http).await;
        if let Ok(answer) = connection.try_send(secret().bearer(&long)).await {
            assert_eq!(answer.status, 400, "{http:?}");
        }
    }
}

/// Also OPTIONS, which browsers send without a token: operators can exempt these preflight requests.
#[tokio::test]
async fn every_method_is_checked() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for http in Http::ALL {
        let mut connection = connect("api.example", http).await;
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "ODD"] {
            let request = || Request::get("/upstream").method(method);
            let answer = connection.send(request()).await;
            stage.nginx.rejected(&answer, "token_missing").await;
            let answer = connection.send(request().bearer(&token)).await;
            stage.nginx.accepted(&answer).await;
            if method != "HEAD" {
                assert_eq!(answer.text(), method);
            }
        }
    }
}

/// Raw requests, which hyper would not send.
#[tokio::test]
async fn a_malformed_authorization_field_is_rejected() {
    let token = STAGE.token();
    for (fields, status) in [
        (format!("Host: api.example\r\nAuthorization: Bearer {token}\r\n"), 200),
        (format!("Host: api.example\r\nauthorization:Bearer {token}\r\n"), 200),
        (format!("Host: api.example\r\nAUTHORIZATION: \t Bearer {token}  \r\n"), 401),
        (format!("Host: api.example\r\nAuthorization : Bearer {token}\r\n"), 400),
        (format!("Host: api.example\r\nAuthorization\r\n: Bearer {token}\r\n"), 400),
        (format!("Host: api.example\r\nAuthorization: Bearer\r\n {token}\r\n"), 400),
        (format!("Host: api.example\r\nX: y\r\n Authorization: Bearer {token}\r\n"), 400),
        (format!("Host: api.example\r\nAuthorization: Bearer {token}\0\r\n"), 400),
        (format!("Host: api.example\r\nAuthori\0zation: Bearer {token}\r\n"), 400),
    ] {
        let answer = raw(Tls::V1_3, "HTTP/1.1", &format!("{fields}Connection: close\r\n")).await;
        assert_eq!(answer.status, status, "{fields}");
    }
}

#[tokio::test]
async fn a_request_over_http_1_0_is_checked() {
    let (stage, token) = (&*STAGE, STAGE.token());
    for (field, verdict) in [(format!("Authorization: Bearer {token}\r\n"), "ok"), (String::new(), "token_missing")] {
        let answer = raw(Tls::V1_2, "HTTP/1.0", &format!("Host: api.example\r\n{field}")).await;
        stage.nginx.judged(&answer, verdict).await;
    }
}

/// Sends a request with these header fields as they are, and closes the connection.
async fn raw(tls: Tls, version: &str, fields: &str) -> Answer {
    let case = next_case();
    let connection = STAGE.client(Some(&STAGE.server_a), tls, Http::V1_1).open(STAGE.nginx.tls(), "api.example").await;
    let request = format!("GET /secret?case={case} {version}\r\n{fields}\r\n");
    let mut answers = connection.exchange(&request, &[case]).await;
    answers.remove(0)
}
