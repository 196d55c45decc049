//! The rules of the location and the counters, for tokens that the issuer has been asked about.

use certbound_nginx_tests::{client::Http, endpoint::Reply, message::Request, tokens::Token};

use crate::world::{World, new_token, response_for};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_status_zone main 64k;
    certbound_claim $tenant org tenant;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound_introspection /introspect;

        location / { certbound on; alias files/page; }
        location /all { certbound on; certbound_introspect all; alias files/page; }
        location /cached { certbound on; certbound_introspection_cache 1h; alias files/page; }
        location /writers { certbound on; certbound_scope write methods=POST; empty_gif; }
        location /tenants { certbound on; certbound_require $tenant; alias files/page; }
        location /metrics { certbound off; certbound_metrics; }
        INTROSPECT;
    }
"#;

#[tokio::test]
async fn the_rules_of_a_location_hold_for_opaque_tokens() {
    let world = World::start(SITE);
    let of = |further: &str| world.opaque(further);
    let (plain, writer, tenant) = (of(""), of(r#","scope":"read write""#), of(r#","org":{"tenant":"7"}"#));
    let mut connection = world.connect_server_a(Http::V2).await;
    for (method, path, token, verdict) in [
        ("GET", "/writers", &plain, "ok"),
        ("POST", "/writers", &plain, "insufficient_scope"),
        ("GET", "/tenants", &plain, "requirement_unmet"),
        ("GET", "/tenants", &writer, "requirement_unmet"),
        ("GET", "/tenants", &tenant, "ok"),
    ] {
        let answer = connection.send(Request::get(path).method(method).bearer(token)).await;
        assert_eq!(world.nginx.access(answer.case).await.verdict, verdict, "{method} {path}");
        let status = if verdict == "ok" { 200 } else { 403 };
        assert_eq!(answer.status, status, "{method} {path}");
    }
    // The rule accepts it; a GIF is not what can be posted to.
    let answer = connection.send(Request::get("/writers").method("POST").bearer(&writer)).await;
    assert_eq!((answer.status, world.nginx.access(answer.case).await.verdict.as_str()), (405, "ok"));
}

#[tokio::test]
async fn introspections_are_counted_by_how_the_answer_was_found() {
    let world = World::start(SITE);
    let mut connection = world.connect_server_a(Http::V2).await;
    let counts = async || {
        let answer = world.connect_server_a(Http::V2).await.send(Request::get("/metrics")).await;
        ["answered", "cached", "failed"].map(|result| {
            let name = format!(r#"certbound_introspections_total{{zone="main",result="{result}"}} "#);
            let text = answer.text();
            let line = text.lines().find_map(|line| line.strip_prefix(&name)).unwrap();
            line.parse::<u64>().unwrap()
        })
    };
    assert_eq!(counts().await, [0; 3]);
    let (jwt, opaque, html, down) = (world.token(), world.opaque(""), new_token(), new_token());
    world.endpoint.answer(&jwt, Reply::json(response_for(&world.server_a, "")));
    world.endpoint.answer(&html, Reply::json("<html>"));
    world.endpoint.answer(&down, Reply::status("503 Service Unavailable", "text/plain", ""));
    let expired = Token::bound_to(&world.server_a).expires_in(-1).signed_by(&world.issuer);
    for (path, token, expected) in [
        ("/", &jwt, [0, 0, 0]),
        ("/all", &expired, [0, 0, 0]),
        ("/all", &jwt, [1, 0, 0]),
        ("/", &opaque, [2, 0, 0]),
        ("/", &new_token(), [3, 0, 0]),
        ("/", &html, [3, 0, 1]),
        ("/", &down, [3, 0, 2]),
    ] {
        connection.send(Request::get(path).bearer(token)).await;
        assert_eq!(counts().await, expected, "{path}");
    }
    // On one connection, hence by one worker with its cache.
    for _ in 0..2 {
        connection.send(Request::get("/cached").bearer(&opaque)).await;
    }
    assert_eq!(counts().await, [4, 1, 2]);
}
