//! Scopes that only requests with some methods need.

use std::sync::LazyLock;

use certbound_nginx_tests::{client::Http, message::Request, stage::Stage, tokens::Token};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound on;

        # With a scope for all methods, whichever comes first.
        location /both {
            certbound_scope read;
            certbound_scope write own methods=POST,PUT,PATCH,DELETE;
            proxy_pass http://unix:upstream.sock:/;

            location /both/nested { proxy_pass http://unix:upstream.sock:/; }
            location /both/replaced { certbound_scope other methods=PUT; proxy_pass http://unix:upstream.sock:/; }
        }
        location /reversed {
            certbound_scope read write methods=POST;
            certbound_scope read;
            proxy_pass http://unix:upstream.sock:/;
        }
        location /write { certbound_scope write methods=POST,PUT; proxy_pass http://unix:upstream.sock:/; }
        location /get { certbound_scope read methods=GET; proxy_pass http://unix:upstream.sock:/; }
        location /head { certbound_scope read methods=HEAD; proxy_pass http://unix:upstream.sock:/; }
        location /overlapping {
            certbound_scope a methods=POST,PUT;
            certbound_scope b a methods=PUT,DELETE;
            proxy_pass http://unix:upstream.sock:/;
        }

        # Another request decides, with a method of its own.
        location /asking { certbound off; auth_request /check; proxy_pass http://unix:upstream.sock:/; }
        location = /check { internal; certbound_scope write methods=POST; proxy_pass http://unix:upstream.sock:/; }
        location /redirecting {
            certbound off;
            error_page 404 = /redirected;
            proxy_intercept_errors on;
            proxy_pass http://unix:upstream.sock:/absent;
            location /redirecting/named { certbound off; error_page 404 = @redirected; proxy_pass http://unix:upstream.sock:/absent; }
        }
        location /redirected { internal; certbound_scope read methods=GET; proxy_pass http://unix:upstream.sock:/; }
        location @redirected { certbound_scope read methods=POST; proxy_pass http://unix:upstream.sock; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { add_header Received-Method $request_method; return 200; }
        location /absent { return 404; }
    }
"#;

static STAGE: LazyLock<Stage> = LazyLock::new(|| Stage::start(&["api.example"], SITE));

/// Sends requests with these scopes, and asserts that they are accepted, or which scopes the challenge names.
async fn judged(method: &'static str, path: &str, scope: &str, needed: Option<&str>) {
    let claim = format!("{scope:?}");
    let token = Token::bound_to(&STAGE.server_a).claim("scope", &claim).signed_by(&STAGE.issuer);
    for http in Http::ALL {
        let mut connection = STAGE.connect_server_a(http).await;
        let answer = connection.send(Request::get(path).method(method).bearer(&token)).await;
        match needed {
            None => STAGE.nginx.accepted(&answer).await,
            Some(needed) => {
                let challenge = format!(r#"Bearer realm="api", error="insufficient_scope", scope="{needed}""#);
                STAGE.nginx.rejected_with(&answer, "insufficient_scope", challenge).await
            }
        };
    }
}

#[tokio::test]
async fn each_method_needs_the_scopes_of_all_lines_that_name_it() {
    let [all, write] = ["read write own", "write own"];
    for (method, path, scope, needed) in [
        ("GET", "/both", "read", None),
        ("GET", "/both", write, Some("read")),
        ("POST", "/both", all, None),
        ("POST", "/both", "read", Some(all)),
        ("POST", "/both", write, Some(all)),
        ("POST", "/both", "read write", Some(all)),
        ("DELETE", "/both", "read", Some(all)),
        ("OPTIONS", "/both", "read", None),
        ("OPTIONS", "/both", "", Some("read")),
        ("POST", "/both/nested", "read", Some(all)),
        ("POST", "/both/nested", all, None),
        ("POST", "/both/replaced", "", None),
        ("PUT", "/both/replaced", "", Some("other")),
        ("PUT", "/both/replaced", "other", None),
        // Each scope is named once.
        ("POST", "/reversed", "", Some("read write")),
        ("POST", "/reversed", "read write", None),
        ("GET", "/reversed", "", Some("read")),
        ("GET", "/write", "", None),
        ("POST", "/write", "", Some("write")),
        ("PUT", "/write", "read", Some("write")),
        ("PUT", "/write", "write", None),
        ("PATCH", "/write", "", None),
        ("POST", "/overlapping", "b", Some("a")),
        ("POST", "/overlapping", "a", None),
        ("PUT", "/overlapping", "a", Some("a b")),
        ("PUT", "/overlapping", "a b", None),
        ("DELETE", "/overlapping", "a", Some("b a")),
        ("DELETE", "/overlapping", "a b", None),
        ("GET", "/overlapping", "", None),
    ] {
        judged(method, path, scope, needed).await;
    }
}

#[tokio::test]
async fn get_includes_head_but_not_the_other_way_round() {
    for (method, path, needed) in [
        ("GET", "/get", Some("read")),
        ("HEAD", "/get", Some("read")),
        ("POST", "/get", None),
        ("HEAD", "/head", Some("read")),
        ("GET", "/head", None),
    ] {
        judged(method, path, "", needed).await;
        judged(method, path, "read", None).await;
    }
}

/// Nobody can name them in the configuration, so they need the scopes of all methods.
#[tokio::test]
async fn an_unknown_method_needs_all_scopes() {
    for method in ["REPORT", "PURGE", "QUERY", "X-POST"] {
        judged(method, "/write", "", Some("write")).await;
        judged(method, "/write", "write", None).await;
        judged(method, "/both", "read", Some("read write own")).await;
        judged(method, "/both", "read write own", None).await;
    }
}

/// The cached verdict of one method must not decide about another one.
#[tokio::test]
async fn a_cached_token_is_judged_for_each_method() {
    let read = Token::bound_to(&STAGE.server_a).claim("scope", r#""read""#).signed_by(&STAGE.issuer);
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    for _ in 0..3 {
        STAGE.nginx.accepted(&connection.send(Request::get("/both").bearer(&read)).await).await;
        let answer = connection.send(Request::get("/both").method("POST").bearer(&read)).await;
        let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read write own""#;
        STAGE.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
}

/// `auth_request` asks with GET about any request.
#[tokio::test]
async fn the_method_of_the_client_counts_in_a_subrequest() {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    for (method, scope, status) in [("POST", r#""read""#, 403), ("POST", r#""write""#, 200), ("GET", r#""read""#, 200)]
    {
        let token = Token::bound_to(&STAGE.server_a).claim("scope", scope).signed_by(&STAGE.issuer);
        let answer = connection.send(Request::get("/asking").method(method).bearer(&token)).await;
        assert_eq!(answer.status, status, "{method} {scope}");
    }
}

/// nginx turns the method of most redirected requests into GET. What is sent to the upstream counts.
#[tokio::test]
async fn the_method_of_a_redirected_request_is_that_of_the_redirect() {
    let mut connection = STAGE.connect_server_a(Http::V1_1).await;
    let unscoped = Token::bound_to(&STAGE.server_a).claim("scope", r#""""#).signed_by(&STAGE.issuer);
    for (method, path, received) in [
        ("GET", "/redirecting", "GET"),
        ("HEAD", "/redirecting", "HEAD"),
        ("POST", "/redirecting", "GET"),
        ("POST", "/redirecting/named", "POST"),
    ] {
        let answer = connection.send(Request::get(path).method(method).bearer(&STAGE.token())).await;
        STAGE.nginx.accepted(&answer).await;
        assert_eq!(answer.header("received-method"), [received], "{method} {path}");
        let answer = connection.send(Request::get(path).method(method).bearer(&unscoped)).await;
        let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read""#;
        STAGE.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }
}
