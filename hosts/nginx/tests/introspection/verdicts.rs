//! Verdicts: opaque tokens are judged by the response as JWTs are by their claims.

use std::sync::LazyLock;

use certbound_nginx_tests::{
    client::Http,
    endpoint::Reply,
    message::Request,
    tokens::{self, Token, forged},
};

use crate::world::{World, new_token, response_for};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;

    log_format token escape=json '"$request_uri" "$certbound_token"';

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound_introspection /introspect;

        location / { certbound on; try_files /page =404; access_log access.log verdict; access_log token.log token; }
        location /scope { certbound on; certbound_scope read; alias files/page; }
        location /unbound { certbound on; certbound_binding if_present; alias files/page; }
        location /leeway { certbound on; certbound_leeway 60s; alias files/page; }
        location /all { certbound on; certbound_introspect all; alias files/page; }
        location /all_scope { certbound on; certbound_introspect all; certbound_scope read; alias files/page; }
        location /all_methods {
            certbound on;
            certbound_introspect all;
            certbound_scope write methods=GET;
            alias files/page;
        }
        location /never { certbound on; certbound_introspection off; alias files/page; }
        location /several {
            certbound on;
            certbound_issuer https://as.example;
            certbound_issuer https://as2.example;
            alias files/page;
        }
        location /several_all {
            certbound on;
            certbound_introspect all;
            certbound_issuer https://as.example;
            certbound_issuer https://as2.example;
            alias files/page;
        }
        location /mutual_tls { certbound on; certbound_introspection /introspect_over_tls; alias files/page; }
        location /echo { certbound on; add_header Token "[$certbound_token]" always; alias files/page; }
        INTROSPECT;
        location = /introspect_over_tls {
            internal;
            certbound off;
            proxy_pass https://127.0.0.1:TLS_PORT/as/introspect;
            proxy_set_body "token=$certbound_token";
            proxy_set_header Host as.example;
            proxy_ssl_name as.example;
            proxy_ssl_server_name on;
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate ca.pem;
            proxy_ssl_certificate api.pem;
            proxy_ssl_certificate_key api.key;
        }
    }

    # The issuer, which asks for the API's certificate.
    server {
        listen 127.0.0.1:TLS_PORT ssl;
        server_name as.example;
        ssl_client_certificate ca.pem;
        ssl_verify_client on;
        location = /as/introspect {
            if ($ssl_client_s_dn != "CN=api") { return 403; }
            proxy_pass http://issuer;
        }
    }
"#;

static WORLD: LazyLock<World> = LazyLock::new(|| World::start(SITE));

#[tokio::test]
async fn an_opaque_token_is_judged_by_the_response() {
    let world = &*WORLD;
    let iss = r#","iss":"https://as.example","aud":"https://api.example""#;
    for http in Http::ALL {
        let mut connection = world.connect_server_a(http).await;
        let expiry = tokens::now() + 300;
        let further = format!(r#"{iss},"scope":"read write","client_id":"a","jti":"7","exp":{expiry}"#);
        let token = world.opaque(&further);
        let answer = connection.send(Request::get("/").bearer(&token)).await;
        let access = world.nginx.accepted(&answer).await;
        assert_eq!(
            [&*access.sub, &access.scope, &access.client_id, &access.jti, &access.issuer],
            ["server-a", "read write", "a", "7", "https://as.example"]
        );
        assert_eq!(access.claims, response_for(&world.server_a, &further));
        assert_eq!(access.exp, expiry.to_string());

        for (path, further, reason) in [
            ("/", r#","iss":"https://other.example""#.to_owned(), "issuer_mismatch"),
            ("/", r#","aud":"https://other.example""#.to_owned(), "audience_mismatch"),
            ("/", format!(r#","exp":{}"#, tokens::now() - 1), "token_expired"),
            ("/", format!(r#","nbf":{}"#, tokens::now() + 60), "token_not_yet_valid"),
            ("/", r#","scope":["read"]"#.to_owned(), "scope_malformed"),
        ] {
            let answer = connection.send(Request::get(path).bearer(&world.opaque(&further))).await;
            world.nginx.rejected(&answer, reason).await;
        }
        // Nothing but active and the binding is required.
        world.nginx.accepted(&connection.send(Request::get("/").bearer(&world.opaque(""))).await).await;

        let inactive = new_token();
        world.endpoint.answer(&inactive, Reply::json(r#"{"active":false}"#));
        let answer = connection.send(Request::get("/").bearer(&inactive)).await;
        world.nginx.rejected(&answer, "token_inactive").await;
    }
}

#[tokio::test]
async fn the_policy_of_the_location_applies() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let expired = format!(r#","exp":{}"#, tokens::now() - 1);
    let answer = connection.send(Request::get("/leeway").bearer(&world.opaque(&expired))).await;
    world.nginx.accepted(&answer).await;

    let answer = connection.send(Request::get("/scope").bearer(&world.opaque(r#","scope":"read""#))).await;
    world.nginx.accepted(&answer).await;
    for further in [r#","scope":"write""#, ""] {
        let answer = connection.send(Request::get("/scope").bearer(&world.opaque(further))).await;
        let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read""#;
        world.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    }

    let unbound = new_token();
    world.endpoint.answer(&unbound, Reply::json(r#"{"active":true,"sub":"a"}"#));
    world.nginx.accepted(&connection.send(Request::get("/unbound").bearer(&unbound)).await).await;
    world.nginx.rejected(&connection.send(Request::get("/").bearer(&unbound)).await, "confirmation_missing").await;
}

#[tokio::test]
async fn a_stolen_opaque_token_is_rejected() {
    let world = &*WORLD;
    let token = world.opaque("");
    for http in Http::ALL {
        for (identity, verdict) in
            [(Some(&world.server_a), "ok"), (Some(&world.thief), "certificate_mismatch"), (None, "certificate_missing")]
        {
            let mut connection = world.connect(identity, "api.example", http).await;
            world.nginx.judged(&connection.send(Request::get("/").bearer(&token)).await, verdict).await;
        }
    }
}

/// What has three parts is a JWT, whatever they contain; all else is opaque.
#[tokio::test]
async fn jwts_are_not_asked_about_unless_the_location_wants_it() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let token = world.token();
    world.nginx.accepted(&connection.send(Request::get("/").bearer(&token)).await).await;
    for (token, reason) in [("a.b.c", "header_not_base64url"), (&forged(&token), "signature_invalid")] {
        world.endpoint.answer(token, Reply::json(response_for(&world.server_a, "")));
        for path in ["/", "/all"] {
            world.nginx.rejected(&connection.send(Request::get(path).bearer(token)).await, reason).await;
        }
        assert!(world.endpoint.questions(token).is_empty());
    }
    assert!(world.endpoint.questions(&token).is_empty());
    for token in ["a.b", "a.b.c.d.e"] {
        world.endpoint.answer(token, Reply::json(response_for(&world.server_a, "")));
        world.nginx.accepted(&connection.send(Request::get("/").bearer(token)).await).await;
    }
    // Without a location to ask, an opaque token is rejected.
    let opaque = world.opaque("");
    world.nginx.rejected(&connection.send(Request::get("/never").bearer(&opaque)).await, "token_not_compact").await;
    assert!(world.endpoint.questions(&opaque).is_empty());
}

#[tokio::test]
async fn with_all_the_issuer_can_revoke_jwts() {
    let world = &*WORLD;
    for http in Http::ALL {
        let mut connection = world.connect_server_a(http).await;
        let number = |number: &str| Token::bound_to(&world.server_a).claim("jti", &format!("\"{number}{http:?}\""));
        let token = number("revoked").signed_by(&world.issuer);
        world.endpoint.answer(&token, Reply::json(r#"{"active":true,"sub":"another","scope":"read"}"#));
        for path in ["/all", "/all_scope", "/several_all"] {
            let access = world.nginx.accepted(&connection.send(Request::get(path).bearer(&token)).await).await;
            assert_eq!(access.sub, "server-a", "the claims are those of the token");
        }
        // The token has both scopes, but the issuer has narrowed them.
        for (path, scope) in [("/all_methods", "write"), ("/all_scope", "read")] {
            let answer = connection.send(Request::get(path).bearer(&token)).await;
            assert_eq!(answer.status, if scope == "read" { 200 } else { 403 });
            world.endpoint.answer(&token, Reply::json(r#"{"active":true}"#));
            world.nginx.accepted(&connection.send(Request::get(path).bearer(&token)).await).await;
            world.endpoint.answer(&token, Reply::json(r#"{"active":true,"scope":"other"}"#));
            let answer = connection.send(Request::get(path).bearer(&token)).await;
            let challenge = format!(r#"Bearer realm="api", error="insufficient_scope", scope="{scope}""#);
            world.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
            world.endpoint.answer(&token, Reply::json(r#"{"active":true,"sub":"another","scope":"read"}"#));
        }
        world.endpoint.answer(&token, Reply::json(r#"{"active":false}"#));
        world.nginx.rejected(&connection.send(Request::get("/all").bearer(&token)).await, "token_inactive").await;
        // Where only opaque tokens are asked about, the revocation has no effect.
        world.nginx.accepted(&connection.send(Request::get("/").bearer(&token)).await).await;

        let other = response_for(&world.thief, "");
        for (response, reason) in [
            (other.as_str(), "certificate_mismatch"),
            (r#"{"active":true,"iss":"https://as2.example"}"#, "issuer_mismatch"),
            (r#"{"active":true,"aud":"https://other.example"}"#, "audience_mismatch"),
            (r#"{"active":true,"exp":1}"#, "token_expired"),
        ] {
            world.endpoint.answer(&token, Reply::json(response));
            world.nginx.rejected(&connection.send(Request::get("/all").bearer(&token)).await, reason).await;
        }
        let before = world.endpoint.questions(&token).len();
        // A token that the verifier rejects is not asked about.
        let expired = number("expired").expires_in(-1).signed_by(&world.issuer);
        world.nginx.rejected(&connection.send(Request::get("/all").bearer(&expired)).await, "token_expired").await;
        assert_eq!((world.endpoint.questions(&token).len(), world.endpoint.questions(&expired).len()), (before, 0));
    }
}

#[tokio::test]
async fn with_several_issuers_the_response_must_name_one() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    for (further, verdict) in [
        (r#","iss":"https://as.example""#, "ok"),
        (r#","iss":"https://as2.example""#, "ok"),
        (r#","iss":"https://as3.example""#, "issuer_mismatch"),
        ("", "issuer_missing"),
    ] {
        let answer = connection.send(Request::get("/several").bearer(&world.opaque(further))).await;
        world.nginx.judged(&answer, verdict).await;
    }
}

#[tokio::test]
async fn the_issuer_is_asked_over_mutual_tls() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V2).await;
    let token = world.opaque("");
    world.nginx.accepted(&connection.send(Request::get("/mutual_tls").bearer(&token)).await).await;
    assert_eq!(world.endpoint.questions(&token).len(), 1);
    let inactive = new_token();
    let answer = connection.send(Request::get("/mutual_tls").bearer(&inactive)).await;
    world.nginx.rejected(&answer, "token_inactive").await;
}

#[tokio::test]
async fn the_question_has_the_token_and_nothing_of_the_client() {
    let world = &*WORLD;
    for http in Http::ALL {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS"] {
            let mut connection = world.connect_server_a(http).await;
            let token = world.opaque("");
            let request = Request::post("/?secret=1", "the=body".to_owned())
                .method(method)
                .bearer(&token)
                .header("cookie", "a=secret")
                .header("range", "bytes=0-1")
                .header("if-none-match", "*")
                .header("if-modified-since", "Thu, 01 Jan 2026 00:00:00 GMT")
                .header("accept-encoding", "gzip")
                .header("x-secret", "secret")
                .header("content-language", "secret");
            connection.send(request).await;
            let [question] = &*world.endpoint.questions(&token) else { panic!("{method}: one question") };
            assert_eq!(question.body, format!("token={token}"), "{method}");
            let lines: Vec<_> = question.head.lines().map(|line| line.split(':').next().unwrap()).collect();
            assert_eq!(lines[0], "post /introspect http/1.1");
            for line in &lines[1..] {
                assert!(["host", "content-length", "content-type", "accept"].contains(line), "{method}: {line}");
            }
            assert!(question.head.contains("content-type: application/x-www-form-urlencoded"), "{}", question.head);
            assert!(question.head.contains("accept: application/json"), "{}", question.head);
        }
    }
}

#[tokio::test]
async fn the_token_is_encoded_for_a_form() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let longest = "x".repeat(7000);
    for token in ["a+b/c==", "-._~", "a&token=b", "a=b%20c", "$x\"'<>", "${request_uri}", &longest] {
        world.endpoint.answer(token, Reply::json(response_for(&world.server_a, "")));
        let answer = connection.send(Request::get("/").bearer(token)).await;
        assert_eq!(answer.status, 200, "{token}: {}", world.nginx.last_errors());
        assert_eq!(world.endpoint.questions(token).len(), 1, "{token}");
    }
}

/// Each log line of these requests was written after the verdict, when the variable's value could be left over.
#[tokio::test]
async fn only_the_introspection_location_sees_the_token() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let token = world.opaque("");
    let answer = connection.send(Request::get("/echo").bearer(&token)).await;
    world.nginx.accepted(&answer).await;
    assert_eq!(answer.header("token"), ["[]"]);
    let answer = connection.send(Request::get("/").bearer(&token)).await;
    let line = format!(r#"case={}" """#, answer.case);
    let log = || world.nginx.directory().read("token.log");
    world.nginx.until("the log has the request", || log().contains(&format!("case={}\"", answer.case))).await;
    assert!(log().contains(&line), "{}", log());
    assert!(!world.nginx.error_log().contains(&token));
}
