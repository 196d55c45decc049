//! Endpoints that fail, lie or send too much: every request is answered with 503, and none is accepted.

use std::{sync::LazyLock, time::Duration};

use certbound_nginx_tests::{client::Http, endpoint::Reply, message::Request, tokens::Token};

use crate::world::{World, new_token, response_for};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;
    proxy_read_timeout 2s;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound_introspection /introspect;

        location / { certbound on; try_files /page =404; }
        location /all { certbound on; certbound_introspect all; alias files/page; }
        location /satisfied { satisfy any; allow all; certbound on; alias files/page; }
        location /page { certbound on; error_page 503 = /fallback; alias files/page; }
        location /fallback { certbound on; certbound_introspection /introspect_unused; alias files/page; }
        location /down { certbound on; certbound_introspection /introspect_down; alias files/page; }
        location /hosted { certbound on; certbound_introspection /introspect_host; alias files/page; }
        location /open { certbound on; certbound_introspection /introspect_open; alias files/page; }
        location /missing { certbound on; certbound_introspection /introspect_missing; alias files/page; }
        location /recursive { certbound on; certbound_introspection /introspect_recursive; alias files/page; }
        location /file { certbound on; certbound_introspection /introspect_file; alias files/page; }
        location /redirected { certbound on; certbound_introspection /introspect_redirected; alias files/page; }
        location /returned { certbound on; certbound_introspection /introspect_returned; alias files/page; }
        INTROSPECT;
        location = /introspect_unused { internal; certbound off; return 200 '{"active":false}'; }
        location = /introspect_down { internal; certbound off; proxy_pass http://unix:nothing.sock; }
        location = /introspect_host {
            internal;
            certbound off;
            set $host_of_issuer no-such-host.invalid;
            resolver 127.0.0.1:PLAIN_PORT;
            resolver_timeout 1s;
            proxy_pass http://$host_of_issuer/;
        }
        # With a regular expression, nginx -t cannot see where the path leads.
        location ~ ^/introspect_open$ { certbound off; return 200 '{"active":true}'; }
        location ~ ^/introspect_recursive$ { internal; certbound on; proxy_pass http://issuer; }
        location = /introspect_file { internal; certbound off; alias files/page; }
        location = /introspect_redirected { internal; certbound off; rewrite ^ /introspect last; }
        location = /introspect_returned { internal; certbound off; return 200 "RESPONSE"; }
    }
"#;

static WORLD: LazyLock<World> = LazyLock::new(|| World::start(SITE));

/// Answers that are no answer, each with the reason, for an active token of server A. `good` is the good response.
fn bad_replies(good: &str) -> Vec<(&'static str, Reply, &'static str)> {
    let status = |status| Reply::status(status, "application/json", good);
    let head = |further: &str| format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{further}\r\n");
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabVJL.\xc9,KU\xb2*)*M\xad\x05\0\xf4\x84\x9c\x1d\x0e\0\0\0";
    let compressed =
        [head(&format!("Content-Encoding: gzip\r\nContent-Length: {}\r\n", gzip.len())).as_bytes(), gzip].concat();
    let long = good.replacen('{', &format!(r#"{{"a":"{}","#, "x".repeat(65_536)), 1);
    let second = Duration::from_secs(1);
    vec![
        ("500", status("500 Internal Server Error"), "introspection_unavailable"),
        ("503", status("503 Service Unavailable"), "introspection_unavailable"),
        ("429", status("429 Too Many Requests"), "introspection_unavailable"),
        ("401", status("401 Unauthorized"), "introspection_refused"),
        ("403", status("403 Forbidden"), "introspection_refused"),
        ("404", status("404 Not Found"), "introspection_refused"),
        ("302", status("302 Found"), "introspection_refused"),
        ("201", status("201 Created"), "introspection_refused"),
        ("204", Reply::bytes("HTTP/1.1 204 No Content\r\n\r\n"), "introspection_refused"),
        ("206", status("206 Partial Content"), "introspection_refused"),
        ("304", Reply::bytes("HTTP/1.1 304 Not Modified\r\n\r\n"), "introspection_refused"),
        ("HTML", Reply::status("200 OK", "text/html", "<html></html>"), "introspection_malformed"),
        ("nothing", Reply::json(""), "introspection_malformed"),
        ("an array", Reply::json(format!("[{good}]")), "introspection_malformed"),
        ("two objects", Reply::json(format!("{good}{good}")), "introspection_malformed"),
        ("a string", Reply::json(good.replacen("true", "\"true\"", 1)), "introspection_malformed"),
        ("a number", Reply::json(good.replacen("true", "1", 1)), "introspection_malformed"),
        ("active is missing", Reply::json(good.replacen("active", "Active", 1)), "introspection_malformed"),
        ("a duplicate", Reply::json(good.replacen('{', r#"{"active":false,"#, 1)), "introspection_malformed"),
        ("a duplicate cnf", Reply::json(good.replacen('{', r#"{"cnf":{},"#, 1)), "introspection_malformed"),
        (
            "a JWT",
            Reply::status("200 OK", "application/token-introspection+jwt", "e30.e30.AA"),
            "introspection_malformed",
        ),
        ("gzip", Reply::bytes(compressed), "introspection_malformed"),
        ("too long", Reply::json(&long), "introspection_too_long"),
        ("too long, in chunks", Reply::chunked(&long, 4096), "introspection_too_long"),
        ("too long, until it closes", Reply::bytes(head("") + &long).close(), "introspection_too_long"),
        ("without end", Reply::bytes(head("")).repeat(b' ', Duration::ZERO), "introspection_too_long"),
        (
            "cut",
            Reply::bytes(head(&format!("Content-Length: {}\r\n", good.len() + 1)) + good).close(),
            "introspection_unavailable",
        ),
        (
            "a chunk is cut",
            Reply::bytes(head("Transfer-Encoding: chunked\r\n") + &format!("{:x}\r\n{good}\r\n", good.len())).close(),
            "introspection_unavailable",
        ),
        ("closed", Reply::bytes("").close(), "introspection_unavailable"),
        ("a part of the header", Reply::bytes("HTTP/1.1 200 OK\r\nContent").close(), "introspection_unavailable"),
        ("no HTTP", Reply::bytes("SSH-2.0-issuer\r\n\r\n").close(), "introspection_malformed"),
        ("silence", Reply::bytes("").hang(), "introspection_unavailable"),
        ("silence after the header", Reply::bytes(head("Content-Length: 100\r\n")).hang(), "introspection_unavailable"),
        (
            "one byte a second",
            Reply::bytes(head("Content-Length: 9999\r\n")).repeat(b' ', second / 2),
            "introspection_unavailable",
        ),
        (
            "switching",
            Reply::bytes("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
            "introspection_unavailable",
        ),
    ]
}

#[tokio::test]
async fn an_endpoint_that_fails_leaves_tokens_unjudged() {
    let world = &*WORLD;
    let good = response_for(&world.server_a, "");
    for http in Http::ALL {
        for (what, reply, reason) in bad_replies(&good) {
            println!("{what} over {http:?}");
            let mut connection = world.connect_server_a(http).await;
            let opaque = new_token();
            let jwt = Token::bound_to(&world.server_a).claim("jti", &format!("{what:?}")).signed_by(&world.issuer);
            for (path, token) in [("/", &opaque), ("/all", &jwt)] {
                world.endpoint.answer(token, Reply::json(&good));
                let answer = connection.send(Request::get(path).bearer(token)).await;
                world.nginx.accepted(&answer).await;
                world.endpoint.answer(token, reply.clone());
                let answer = connection.send(Request::get(path).bearer(token)).await;
                world.unavailable(&answer, reason).await;
                // The client's connection is as good as before.
                world.endpoint.answer(token, Reply::json(&good));
                let answer = connection.send(Request::get(path).bearer(token)).await;
                world.nginx.accepted(&answer).await;
            }
        }
    }
}

/// Responses that look bad and are good.
#[tokio::test]
async fn any_complete_response_will_do() {
    let world = &*WORLD;
    let good = response_for(&world.server_a, "");
    let padded = |len: usize| good.replacen('{', &format!(r#"{{"a":"{}","#, "x".repeat(len - good.len() - 7)), 1);
    assert_eq!(padded(65_536).len(), 65_536);
    let mut connection = world.connect_server_a(Http::V1_1).await;
    for reply in [
        Reply::chunked(&good, 1),
        Reply::chunked(&padded(65_536), 1000),
        Reply::json(padded(65_536)),
        Reply::bytes(format!("HTTP/1.1 200 OK\r\n\r\n{good}")).close(),
        Reply::bytes(format!("HTTP/1.0 200 OK\r\n\r\n{good}")).close(),
        Reply::status("200 OK", "text/plain", format!(" \r\n{good}\r\n")),
    ] {
        let token = new_token();
        world.endpoint.answer(&token, reply);
        world.nginx.accepted(&connection.send(Request::get("/").bearer(&token)).await).await;
    }
}

#[tokio::test]
async fn a_location_that_cannot_ask_is_an_error_of_the_server() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    for (path, cause) in [
        ("/down", "the endpoint answered with status 502"),
        ("/hosted", "the endpoint answered with status 502"),
        ("/open", "the introspection location is open to clients"),
        ("/missing", "\"certbound\" is on in the introspection location"),
        ("/recursive", "\"certbound\" is on in the introspection location"),
        ("/file", "the endpoint answered with status 405"),
    ] {
        let reason = if path == "/file" { "introspection_refused" } else { "introspection_unavailable" };
        // At most one line a second says why, and NGINX closes a connection after 1000 requests.
        let mut pauses = tokio::time::interval(Duration::from_millis(50));
        let mut explained = false;
        while !explained {
            pauses.tick().await;
            let answer = connection.send(Request::get(path).bearer(&new_token())).await;
            world.unavailable(&answer, reason).await;
            explained = world.nginx.remarks(answer.case).iter().any(|(level, words)| {
                level == "error" && words.starts_with(&format!("rejected: {reason}: ")) && words.contains(cause)
            });
        }
    }
    let token = world.opaque("");
    world.nginx.accepted(&connection.send(Request::get("/redirected").bearer(&token)).await).await;
    // What "return" answers is a response like any other.
    let answer = connection.send(Request::get("/returned").bearer(&new_token())).await;
    world.unavailable(&answer, "introspection_malformed").await;
}

#[tokio::test]
async fn no_other_module_overrides_a_failure() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let token = new_token();
    world.endpoint.answer(&token, Reply::bytes("").close());
    world
        .unavailable(&connection.send(Request::get("/satisfied").bearer(&token)).await, "introspection_unavailable")
        .await;
    // A redirect asks again, and the new answer replaces the old one.
    let answer = connection.send(Request::get("/page").bearer(&token)).await;
    let access = world.nginx.access(answer.case).await;
    assert_eq!((answer.status, access.verdict.as_str()), (401, "token_inactive"));
    assert_eq!((answer.header("retry-after"), answer.header("www-authenticate").len()), (vec![], 1));
}

/// Each cause has at most one line in each second, over all workers.
#[tokio::test]
async fn failures_are_logged_at_most_once_a_second() {
    let world = World::start(SITE);
    let mut connection = world.connect_server_a(Http::V2).await;
    let [down, broken] = [(); 2].map(|()| new_token());
    world.endpoint.answer(&down, Reply::bytes("").close());
    world.endpoint.answer(&broken, Reply::json("<html>"));
    let lines = |reason: &str| {
        let log = world.nginx.error_log();
        log.lines().filter(|line| line.contains(&format!("certbound: rejected: {reason}: "))).count()
    };
    let start = std::time::Instant::now();
    let reasons = [(&down, "introspection_unavailable"), (&broken, "introspection_malformed")];
    while lines(reasons[0].1) < 3 || lines(reasons[1].1) < 3 {
        let requests = (0..20).flat_map(|_| reasons.map(|(token, _)| ((), Request::get("/").bearer(token))));
        for ((), answer) in connection.send_all(requests).await {
            assert_eq!(answer.status, 503);
        }
        connection = world.connect_server_a(Http::V2).await;
    }
    let seconds = usize::try_from(start.elapsed().as_secs()).unwrap() + 1;
    for (_, reason) in reasons {
        assert!(lines(reason) <= seconds, "{reason}: {} lines in {seconds} seconds", lines(reason));
    }
    // The exact mistake is named.
    assert!(world.nginx.error_log().contains("; json_unexpected_byte, client"), "{}", world.nginx.last_errors());
    for token in [down, broken] {
        assert!(!world.nginx.error_log().contains(&token));
    }
}
