//! Cached answers: found for their token, judged for every request, and forgotten in time.

use std::time::Duration;

use certbound_nginx_tests::{
    client::{Connection, Http},
    endpoint::Reply,
    message::Request,
    tokens::{self, Token},
};

use crate::world::{World, memory, new_token, response_for};

/// The levels of `/introspect` share its cache, one in each worker.
const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound_introspection /introspect;

        location /cached { certbound on; certbound_introspection_cache 1h; alias files/page; }
        location /briefly { certbound on; certbound_introspection_cache 1s; alias files/page; }
        location /scope { certbound on; certbound_introspection_cache 1h; certbound_scope read; alias files/page; }
        location /leeway { certbound on; certbound_introspection_cache 1h; certbound_leeway 10m; alias files/page; }
        location /asked { certbound on; alias files/page; }
        location /all { certbound on; certbound_introspect all; certbound_introspection_cache 1h; alias files/page; }
        location /many {
            certbound on;
            certbound_introspection /introspect_many;
            certbound_introspection_cache 1h;
            certbound_cache 131072;
            alias files/page;
        }
        location /elsewhere {
            certbound on;
            certbound_introspection /introspect_elsewhere;
            certbound_introspection_cache 1h;
            alias files/page;
        }
        INTROSPECT;
        location = /introspect_many { internal; certbound off; rewrite ^ /introspect last; }
        location = /introspect_elsewhere { internal; certbound off; return 200 '{"active":false}'; }
    }
"#;

/// Sends the token until each worker has accepted it once.
async fn until_cached(world: &World, path: &str, token: &str) {
    let ask = async || {
        let mut connection = world.connect_server_a(Http::V1_1).await;
        let answer = connection.send(Request::get(path).bearer(token)).await;
        (world.nginx.access(answer.case).await.worker, answer.status == 200)
    };
    world.nginx.until_each_worker("has accepted the token", ask).await;
}

#[tokio::test]
async fn a_cached_answer_is_judged_for_each_request() {
    let world = World::start(SITE);
    let token = world.opaque(r#","scope":"write""#);
    until_cached(&world, "/cached", &token).await;
    let asked = world.endpoint.questions(&token).len();
    for (identity, verdict) in
        [(Some(&world.server_a), "ok"), (Some(&world.thief), "certificate_mismatch"), (None, "certificate_missing")]
    {
        for http in Http::ALL {
            let mut connection = world.connect(identity, "api.example", http).await;
            world.nginx.judged(&connection.send(Request::get("/cached").bearer(&token)).await, verdict).await;
        }
    }
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let answer = connection.send(Request::get("/scope").bearer(&token)).await;
    let challenge = r#"Bearer realm="api", error="insufficient_scope", scope="read""#;
    world.nginx.rejected_with(&answer, "insufficient_scope", challenge).await;
    let access = world.nginx.accepted(&connection.send(Request::get("/cached").bearer(&token)).await).await;
    assert_eq!((access.sub.as_str(), access.scope.as_str()), ("server-a", "write"));
    assert_eq!(world.endpoint.questions(&token).len(), asked);
    // A location that caches only briefly may ask once more, and another endpoint has other answers.
    world.nginx.accepted(&connection.send(Request::get("/briefly").bearer(&token)).await).await;
    let answer = connection.send(Request::get("/elsewhere").bearer(&token)).await;
    world.nginx.rejected(&answer, "token_inactive").await;
}

#[tokio::test]
async fn a_revocation_has_effect_at_once_or_when_the_time_is_up() {
    let world = World::start(SITE);
    let opaque = world.opaque("");
    let jwt = Token::bound_to(&world.server_a).signed_by(&world.issuer);
    world.endpoint.answer(&jwt, Reply::json(r#"{"active":true}"#));
    for (token, path) in [(&opaque, "/cached"), (&jwt, "/all")] {
        until_cached(&world, path, token).await;
        world.endpoint.answer(token, Reply::json(r#"{"active":false}"#));
        let mut connection = world.connect_server_a(Http::V1_1).await;
        for _ in 0..4 {
            world.nginx.accepted(&connection.send(Request::get(path).bearer(token)).await).await;
        }
    }
    // Without a cache it has effect at once, and so it has after the time of the cache.
    let mut connection = world.connect_server_a(Http::V1_1).await;
    world.nginx.rejected(&connection.send(Request::get("/asked").bearer(&opaque)).await, "token_inactive").await;
    until_rejected(&mut connection, "/briefly", &opaque).await;
    // A new configuration begins with empty caches.
    world.nginx.reload_workers().await;
    for (token, path) in [(&opaque, "/cached"), (&jwt, "/all")] {
        let mut connection = world.connect_server_a(Http::V1_1).await;
        world.nginx.rejected(&connection.send(Request::get(path).bearer(token)).await, "token_inactive").await;
    }
}

async fn until_rejected(connection: &mut Connection, path: &str, token: &str) {
    while connection.send(Request::get(path).bearer(token)).await.status != 401 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The leeway does not prolong this: after `exp`, the issuer decides.
#[tokio::test]
async fn an_answer_is_not_used_after_its_exp() {
    let world = World::start(SITE);
    let exp = tokens::now() + 2;
    let token = world.opaque(&format!(r#","exp":{exp}"#));
    until_cached(&world, "/leeway", &token).await;
    world.endpoint.answer(&token, Reply::json(r#"{"active":false}"#));
    let mut connection = world.connect_server_a(Http::V1_1).await;
    loop {
        let sent = tokens::now();
        let answer = connection.send(Request::get("/leeway").bearer(&token)).await;
        if answer.status == 401 {
            assert!(tokens::now() >= exp, "the issuer was asked before exp");
            break;
        }
        // nginx reads the clock once per round of events.
        assert!(sent <= exp, "the answer was used after exp");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The entries for tokens are much smaller: without a limit of its own, this cache would reserve 256 MiB in each worker.
#[tokio::test]
async fn the_memory_of_cached_answers_is_limited() {
    let world = World::start(SITE);
    let before = memory(&world.nginx, "VmSize:");
    until_cached(&world, "/many", &world.opaque("")).await;
    let reserved = memory(&world.nginx, "VmSize:") - before;
    assert!((2 * 32 * 1024..2 * 64 * 1024).contains(&reserved), "{reserved} KiB");
}

#[tokio::test]
async fn only_accepted_answers_are_cached() {
    let world = World::start(SITE);
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let of_thief = new_token();
    world.endpoint.answer(&of_thief, Reply::json(response_for(&world.thief, "")));
    let inactive = new_token();
    for (token, verdict) in [(&of_thief, "certificate_mismatch"), (&inactive, "token_inactive")] {
        for times in 1..4 {
            world.nginx.rejected(&connection.send(Request::get("/cached").bearer(token)).await, verdict).await;
            assert_eq!(world.endpoint.questions(token).len(), times);
        }
    }
    // An answer that is too long for the cache is asked for each time.
    let long = world.opaque(&format!(r#","a":"{}""#, "x".repeat(2048)));
    for times in 1..4 {
        world.nginx.accepted(&connection.send(Request::get("/cached").bearer(&long)).await).await;
        assert_eq!(world.endpoint.questions(&long).len(), times);
    }
}
