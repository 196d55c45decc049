//! Load with reloads, and the memory of workers.

use std::sync::Arc;

use certbound_nginx_tests::{
    client::{Client, Http, Tls, is_closed_while_idle, is_unprocessed},
    endpoint::Reply,
    message::Request,
};
use tokio::sync::watch;

use crate::world::{World, memory, new_token, response_for};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    root files;
    keepalive_requests 100000;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound_introspection /introspect;
        location / { certbound on; try_files /page =404; }
        location /cached { certbound on; certbound_introspection_cache 1h; alias files/page; }
        INTROSPECT;
    }
"#;

/// Clients send good and bad tokens until the channel closes. Returns the number of answers.
async fn client(world: Arc<World>, http: Http, running: watch::Receiver<()>) -> usize {
    let client = world.client(Some(&world.server_a), Tls::V1_3, http);
    let (good, stolen, failing) = (world.opaque(""), new_token(), new_token());
    world.endpoint.answer(&stolen, Reply::json(response_for(&world.thief, "")));
    world.endpoint.answer(&failing, Reply::bytes("").close());
    let mut answers = 0;
    while running.has_changed().is_ok() {
        answers += round(&world, &client, &good, &stolen, &failing).await;
    }
    answers
}

/// Sends each kind of request, until the server closes the connection.
async fn round(world: &World, client: &Client, good: &str, stolen: &str, failing: &str) -> usize {
    let Ok(mut connection) = client.try_connect(world.nginx.tls(), "api.example").await else { return 0 };
    let mut answers = 0;
    for (path, token, status) in [
        ("/", good, 200),
        ("/cached", good, 200),
        ("/", stolen, 401),
        ("/cached", stolen, 401),
        ("/", failing, 503),
        ("/", &new_token(), 401),
    ] {
        match connection.try_send(Request::get(path).bearer(token)).await {
            Ok(answer) => assert_eq!(answer.status, status, "{path}: {}", world.nginx.last_errors()),
            Err(failure) if is_unprocessed(&failure) => return answers,
            // The first request of a connection must never be lost.
            Err(failure) if answers > 0 && is_closed_while_idle(&failure) => return answers,
            Err(failure) => panic!("{path}: {failure}: {}", world.nginx.last_errors()),
        }
        answers += 1;
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_under_load_lose_no_request_and_accept_no_bad_one() {
    let world = Arc::new(World::start(SITE));
    let (stop, running) = watch::channel(());
    let clients: Vec<_> = [Http::V1_1, Http::V2, Http::V1_1, Http::V2]
        .map(|http| tokio::spawn(client(world.clone(), http, running.clone())))
        .into();
    drop(running);
    for _ in 0..3 {
        world.nginx.reload_workers().await;
    }
    drop(stop);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }
    assert!(!world.nginx.error_log().contains("[alert]"), "{}", world.nginx.last_errors());
}

/// Neither questions, nor failed ones, nor cached answers leave memory behind.
#[tokio::test]
async fn memory_does_not_grow_with_the_number_of_questions() {
    let world = World::start(SITE);
    let good = response_for(&world.server_a, "");
    world.endpoint.answer_all(Reply::json(&good));
    let long = new_token();
    world.endpoint.answer(&long, Reply::json(good.replacen('{', &format!(r#"{{"a":"{}","#, "x".repeat(65_536)), 1)));
    let ask = async |rounds: usize| {
        for _ in 0..rounds {
            let connection = world.connect_server_a(Http::V2).await;
            let requests = (0..50).flat_map(|_| {
                let token = new_token();
                [("/", 200, token.clone()), ("/cached", 200, token), ("/", 503, long.clone())]
            });
            let requests = requests.map(|(path, status, token)| (status, Request::get(path).bearer(&token)));
            for (status, answer) in connection.send_all(requests).await {
                assert_eq!(answer.status, status, "{}", world.nginx.last_errors());
            }
        }
    };
    // More tokens than the cache has entries, so that it is full.
    ask(60).await;
    let before = memory(&world.nginx, "VmRSS:");
    ask(60).await;
    let after = memory(&world.nginx, "VmRSS:");
    assert!(after < before + 2048, "{before} KiB, then {after} KiB");
}
