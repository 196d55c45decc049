//! Every way in which requests arrive: streams of HTTP/2, subrequests, redirects, kept-alive connections and bodies.

use std::{collections::BTreeSet, sync::LazyLock};

use certbound_nginx_tests::{
    client::{Http, Tls},
    endpoint::Reply,
    message::{Request, next_case},
    tokens::Token,
};

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
        location /upstream { certbound on; client_max_body_size 10m; proxy_pass http://unix:upstream.sock:/echo; }

        location /protected/ { certbound on; }
        location /ssi { ssi on; ssi_types text/plain; }
        location /ssi_checked { certbound on; ssi on; ssi_types text/plain; }
        location /auth_request { auth_request /check; alias files/page; }
        location = /check { internal; certbound on; proxy_pass http://unix:upstream.sock:/permit; }
        location /addition/ { addition_types text/plain; add_after_body /protected/secret; alias files/public/; }
        location /mirror { mirror /mirrored; alias files/page; }
        location = /mirrored { internal; certbound on; proxy_pass http://unix:upstream.sock:/mirrored; }
        location /try_files { try_files /nothing /protected/secret; }
        INTROSPECT;
    }

    server {
        listen unix:upstream.sock;
        access_log upstream.log verdict;
        client_max_body_size 10m;
        location / { return 200 "upstream"; }
        location /echo { proxy_pass http://unix:upstream.sock:/discard; }
        location /discard { return 200 "$request_method $content_length"; }
    }
"#;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    World::start_with(SITE, |directory| {
        directory.write_secrets(&["protected/secret"]);
        let include = r#"<!--# include virtual="/protected/secret" -->"#;
        // Several subrequests wait at the same time.
        let page = format!("before {} after", include.repeat(3));
        directory.write("files/ssi", &page);
        directory.write("files/ssi_checked", &page);
        directory.write("files/public/page", "a public page");
    })
});

/// Good and bad tokens on the streams of one connection do not disturb each other.
#[tokio::test]
async fn concurrent_streams_get_the_verdicts_of_their_tokens() {
    let world = &*WORLD;
    let client = world.client(Some(&world.server_a), Tls::V1_3, Http::V2);
    let connection = client.connect(world.nginx.tls(), "api.example").await;
    let jwt = Token::bound_to(&world.server_a).claim("jti", "\"streams\"").signed_by(&world.issuer);
    world.endpoint.answer(&jwt, Reply::json(r#"{"active":true}"#));
    let [stolen, closed] = [(); 2].map(|()| new_token());
    world.endpoint.answer(&stolen, Reply::json(response_for(&world.thief, "")));
    world.endpoint.answer(&closed, Reply::bytes("").close());
    let good = world.opaque("");
    let mut requests = vec![];
    for _ in 0..30 {
        requests.extend([
            (200, Request::get("/").bearer(&good)),
            (200, Request::get("/").bearer(&jwt)),
            (200, Request::get("/all").bearer(&jwt)),
            (401, Request::get("/").bearer(&stolen)),
            (401, Request::get("/all").bearer(&new_token())),
            (503, Request::get("/").bearer(&closed)),
            (401, Request::get("/")),
        ]);
    }
    for (status, answer) in connection.send_all(requests.into_iter()).await {
        assert_eq!(answer.status, status, "{}", world.nginx.last_errors());
        assert_eq!(answer.text() == "the page", status == 200);
    }
}

#[tokio::test]
async fn connections_to_the_endpoint_are_kept_alive() {
    let world = &*WORLD;
    let mut connection = world.connect_server_a(Http::V1_1).await;
    let tokens: Vec<_> = (0..40).map(|_| world.opaque("")).collect();
    for token in &tokens {
        world.nginx.accepted(&connection.send(Request::get("/").bearer(token)).await).await;
    }
    let connections: BTreeSet<_> =
        tokens.iter().flat_map(|token| world.endpoint.questions(token)).map(|question| question.connection).collect();
    assert!(connections.len() < 20, "{connections:?}");
}

#[tokio::test]
async fn a_body_arrives_complete_after_the_verdict() {
    let world = &*WORLD;
    for http in Http::ALL {
        let mut connection = world.connect_server_a(http).await;
        for len in [0, 1, 100_000, 2_000_000] {
            let post = |token: &str| Request::post("/upstream", "x".repeat(len)).bearer(token);
            let answer = connection.send(post(&world.opaque(""))).await;
            let arrived = answer.text().replace("POST ", "").parse().unwrap_or(0);
            assert_eq!((answer.status, arrived), (200, len), "{http:?}");
        }
        let answer = connection.send(Request::post("/upstream", "x".repeat(1000)).bearer(&new_token())).await;
        world.nginx.rejected(&answer, "token_inactive").await;
        let answer = connection.send(Request::get("/").bearer(&world.opaque(""))).await;
        world.nginx.accepted(&answer).await;
    }
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let world = &*WORLD;
    let tokens = [world.opaque(""), new_token(), world.opaque("")];
    let cases = tokens.clone().map(|_| next_case());
    let requests: String = std::iter::zip(&tokens, cases)
        .map(|(token, case)| {
            let close = if case == cases[2] { "Connection: close\r\n" } else { "" };
            format!("GET /?case={case} HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {token}\r\n{close}\r\n")
        })
        .collect();
    let client = world.client(Some(&world.server_a), Tls::V1_3, Http::V1_1);
    let answers = client.open(world.nginx.tls(), "api.example").await.exchange(&requests, &cases).await;
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 401, 200]);
}

#[tokio::test]
async fn subrequests_and_redirects_wait_for_the_answer() {
    let world = &*WORLD;
    for http in Http::ALL {
        for (path, secrets) in
            [("/ssi", 3), ("/ssi_checked", 3), ("/addition/page", 1), ("/auth_request", 0), ("/try_files", 1)]
        {
            let (good, bad, failing) = (world.opaque(""), new_token(), new_token());
            world.endpoint.answer(&failing, Reply::bytes("").close());
            for _ in 0..2 {
                // nginx closes the connection if it answers with 500, as "auth_request" makes it do.
                let mut connection = world.connect_server_a(http).await;
                let answer = connection.send(Request::get(path).bearer(&good)).await;
                assert_eq!(answer.status, 200, "{path}: {}", world.nginx.last_errors());
                assert_eq!(answer.text().matches("the secret").count(), secrets, "{path}: {}", answer.text());
                assert_eq!(answer.text().contains("before"), path.starts_with("/ssi"), "{path}");
                for token in [&bad, &failing] {
                    let answer = connection.send(Request::get(path).bearer(token)).await;
                    assert!(!answer.text().contains("the secret"), "{path}: {}", answer.text());
                    world.nginx.access(answer.case).await;
                }
            }
        }
    }
}

/// The client's request ends although its mirror has waited for an answer, in the background.
#[tokio::test]
async fn a_mirrored_request_waits_for_the_answer() {
    let world = &*WORLD;
    let arrived = |case| {
        let log = world.nginx.directory().read("upstream.log");
        log.lines().any(|line| line.contains("/mirrored") && line.contains(&format!("case={case} ")))
    };
    for http in Http::ALL {
        let mut connection = world.connect_server_a(http).await;
        for _ in 0..3 {
            let bad = connection.send(Request::get("/mirror").bearer(&new_token())).await;
            let good = connection.send(Request::get("/mirror").bearer(&world.opaque(""))).await;
            assert_eq!([bad.status, good.status], [200, 200]);
            world.nginx.until("the good request's mirror arrives", || arrived(good.case)).await;
            assert!(!arrived(bad.case));
            world.nginx.access(bad.case).await;
            world.nginx.access(good.case).await;
        }
    }
}

/// A client that goes away while the endpoint is silent leaves neither its request behind, nor the question.
#[tokio::test]
async fn a_client_may_go_away_before_the_answer() {
    let world = &*WORLD;
    for http in Http::ALL {
        let silent = new_token();
        world.endpoint.answer(&silent, Reply::bytes("").hang());
        let mut cases = vec![];
        for count in 1..=3 {
            let mut connection = world.connect_server_a(http).await;
            let request = Request::get("/").bearer(&silent);
            cases.push(request.case());
            let asked = world.nginx.until("the issuer is asked", || world.endpoint.questions(&silent).len() == count);
            tokio::select! {
                answer = connection.send(request) => panic!("answered with {}", answer.status),
                () = asked => {}
            }
        }
        // nginx notices it at once, or when the endpoint's time is up.
        for case in cases {
            world.nginx.access(case).await;
        }
        world.nginx.until("the questions end", || world.endpoint.silent() == 0).await;
        let mut connection = world.connect_server_a(http).await;
        world.nginx.accepted(&connection.send(Request::get("/").bearer(&world.opaque(""))).await).await;
    }
    assert!(!world.nginx.error_log().contains("[alert]"), "{}", world.nginx.last_errors());
}
