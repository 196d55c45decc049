//! Unusual requests: the `Authorization` header and its scheme, long headers, methods, versions of HTTP.

use std::sync::LazyLock;

use certbound_envoy_tests::{
    client::{Connection, Http, Tls},
    configuration::{Form, listener, with_listener},
    envoy::Envoy,
    message::{Answer, Request, next_case},
    stage::Stage,
};
use certbound_host_tests::authorization::{forms, lists, pairs};
use serde_json::json;

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);

static ENVOY: LazyLock<Envoy<'static>> = LazyLock::new(|| {
    let routes = [
        ("/no_realm", json!({"realm": "", "scopes": ["admin"]})),
        ("/odd_realm", json!({"realm": r#"a "quoted\ realm"#})),
    ];
    let listener = listener(&STAGE, Form::Text, &STAGE.settings(json!({"realm": "api"})), &routes);
    Envoy::start(&STAGE, &with_listener(&STAGE, &listener, &[]))
});

async fn connect(http: Http) -> Connection {
    STAGE.client(Some(&STAGE.server_a), Tls::V1_3, http).connect(ENVOY.address(), "localhost").await
}

fn secret() -> Request {
    Request::get("/secret")
}

#[tokio::test]
async fn only_the_bearer_scheme_is_accepted_in_upper_or_lower_case() {
    let token = STAGE.token();
    for http in Http::ALL {
        let mut connection = connect(http).await;
        for (authorization, verdict) in forms(&token) {
            let answer = connection.send(secret().header("authorization", &authorization)).await;
            ENVOY.judged(&answer, verdict).await;
        }
        ENVOY.rejected(&connection.send(secret()).await, "token_missing").await;
    }
}

/// Envoy joins several headers to one, and leaves out empty ones. It closes a connection of HTTP/1.1 after a bad request.
#[tokio::test]
async fn two_authorization_headers_are_ambiguous() {
    for http in Http::ALL {
        for list in lists(&STAGE.token()) {
            let answer = connect(http).await.send(secret().header("authorization", &list)).await;
            ENVOY.rejected(&answer, "authorization_ambiguous").await;
        }
        for [first, second] in &pairs(&STAGE.token()) {
            let mut connection = connect(http).await;
            let request = secret().header("authorization", first).header("authorization", second);
            let verdict = if first.is_empty() || second.is_empty() { "ok" } else { "authorization_ambiguous" };
            ENVOY.judged(&connection.send(request).await, verdict).await;
        }
    }
}

#[tokio::test]
async fn the_challenge_contains_the_configured_realm() {
    let token = STAGE.token();
    for http in Http::ALL {
        let mut connection = connect(http).await;
        for (authorization, reason, challenge) in [
            ("", "token_missing", "Bearer"),
            ("Bearer x", "token_not_compact", r#"Bearer error="invalid_token""#),
            (&format!("Bearer {token}"), "insufficient_scope", r#"Bearer error="insufficient_scope", scope="admin""#),
        ] {
            let answer = connection.send(Request::get("/no_realm").header("authorization", authorization)).await;
            ENVOY.rejected_with(&answer, reason, challenge).await;
        }
        // As a quoted-string (RFC 9110 §5.6.4).
        let answer = connection.send(Request::get("/odd_realm")).await;
        ENVOY.rejected_with(&answer, "token_missing", r#"Bearer realm="a \"quoted\\ realm""#).await;
    }
}

/// Envoy's default limit is 60 KiB for all headers of a request.
#[tokio::test]
async fn a_long_header_does_not_change_the_verdict() {
    let padded = |bytes| STAGE.token_with(|token| token.claim("padding", &format!(r#""{}""#, "x".repeat(bytes))));
    // The longest token within the limit, and one that is a byte longer.
    let estimate = (16 * 1024 - padded(0).len()) / 4 * 3;
    let around: Vec<_> = (estimate - 4..estimate + 4).map(padded).collect();
    let (within, beyond) = around.split_at(around.partition_point(|token| token.len() <= 16 * 1024));
    for http in Http::ALL {
        let mut connection = connect(http).await;
        for (token, verdict) in [
            (STAGE.token(), "ok"),
            (within.last().unwrap().clone(), "ok"),
            (beyond[0].clone(), "token_too_long"),
            ("x".repeat(24 * 1024), "token_too_long"),
            (".".repeat(16 * 1024), "token_not_compact"),
        ] {
            for request in [secret().header("x-long", &"x".repeat(30 * 1024)), secret()] {
                ENVOY.judged(&connection.send(request.bearer(&token)).await, verdict).await;
            }
        }
        // Beyond the limit Envoy itself rejects the request, or closes the connection.
        if let Ok(answer) = connection.try_send(secret().bearer(&"x".repeat(64 * 1024))).await {
            assert_eq!(answer.status, 431, "{http:?}");
        }
    }
}

/// Also OPTIONS, which browsers send without a token: operators can exempt these preflight requests.
#[tokio::test]
async fn every_method_is_checked() {
    let token = STAGE.token();
    for http in Http::ALL {
        let mut connection = connect(http).await;
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "ODD"] {
            let request = || secret().method(method);
            let answer = connection.send(request()).await;
            // Envoy's parser of HTTP/1.1 rejects methods that it does not know.
            if method == "ODD" && http == Http::V1_1 {
                assert_eq!(answer.status, 400);
                connection = connect(http).await;
                continue;
            }
            ENVOY.rejected(&answer, "token_missing").await;
            ENVOY.accepted(&connection.send(request().bearer(&token)).await).await;
        }
    }
}

/// Raw requests, which hyper would not send.
#[tokio::test]
async fn a_malformed_authorization_field_is_rejected() {
    let token = STAGE.token();
    // Verdicts of the filter; Envoy itself rejects the others.
    for (fields, verdict) in [
        (format!("Host: localhost\r\nAuthorization: Bearer {token}\r\n"), Some("ok")),
        (format!("Host: localhost\r\nauthorization:Bearer {token}\r\n"), Some("ok")),
        (format!("Host: localhost\r\nAUTHORIZATION: \t Bearer {token} \t \r\n"), Some("ok")),
        (format!("Host: localhost\r\nAuthorization : Bearer {token}\r\n"), None),
        (format!("Host: localhost\r\nAuthorization\r\n: Bearer {token}\r\n"), None),
        // Envoy joins folded lines with a space (RFC 9112 §5.2): to the usual value, and to a value of `X`.
        (format!("Host: localhost\r\nAuthorization: Bearer\r\n {token}\r\n"), Some("ok")),
        (format!("Host: localhost\r\nX: y\r\n Authorization: Bearer {token}\r\n"), Some("token_missing")),
        (format!("Host: localhost\r\nAuthorization: Bearer {token}\0\r\n"), None),
        (format!("Host: localhost\r\nAuthori\0zation: Bearer {token}\r\n"), None),
    ] {
        let answer = raw("HTTP/1.1", &format!("{fields}Connection: close\r\n")).await;
        match verdict {
            Some(verdict) => drop(ENVOY.judged(&answer, verdict).await),
            None => assert_eq!(answer.status, 400, "{fields}"),
        }
    }
}

/// Envoy itself rejects HTTP/1.0, unless it is told to accept it.
#[tokio::test]
async fn a_request_over_http_1_0_is_not_accepted() {
    let answer = raw("HTTP/1.0", &format!("Host: localhost\r\nAuthorization: Bearer {}\r\n", STAGE.token())).await;
    assert_eq!(answer.status, 426);
}

/// Sends a request with these header fields as they are, and closes the connection.
async fn raw(version: &str, fields: &str) -> Answer {
    let case = next_case();
    let client = STAGE.client(Some(&STAGE.server_a), Tls::V1_3, Http::V1_1);
    let connection = client.open(ENVOY.address(), "localhost").await;
    let request = format!("GET /secret?case={case} {version}\r\n{fields}\r\n");
    let mut answers = connection.exchange(&request, &[case]).await;
    answers.remove(0)
}
