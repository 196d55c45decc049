//! Reloads and killed workers under load: no bad request is accepted, and a reload loses no request.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use certbound_nginx_tests::{
    client::{Client, Connection, Failure, Http, Tls, is_unprocessed},
    message::Request,
    nginx::MOMENT,
    stage::Stage,
    tokens::Token,
};
use tokio::{sync::watch, task::JoinHandle};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        location / { certbound on; empty_gif; }
        location /scope { certbound on; certbound_scope admin; empty_gif; }
    }
"#;

/// Starts an nginx for one test.
fn start() -> Arc<Stage> {
    Arc::new(Stage::start(&["api.example"], SITE))
}

/// Each kind of request, with the expected status.
fn requests(stage: &Stage) -> [(Request, u16); 6] {
    let usual = || Token::bound_to(&stage.server_a);
    let token = |token: Token| token.signed_by(&stage.issuer);
    [
        (Request::get("/").bearer(&token(usual())), 200),
        (Request::get("/").bearer(&token(Token::bound_to(&stage.thief))), 401),
        (Request::get("/").bearer(&token(usual().expires_in(-1))), 401),
        (Request::get("/scope").bearer(&token(usual())), 403),
        (Request::get("/"), 401),
        (Request::get("/scope").bearer(&token(usual().claim("scope", r#""admin""#))), 200),
    ]
}

/// The results of the requests.
#[derive(Default)]
struct Count {
    right: AtomicUsize,
    wrong: AtomicUsize,
    lost: AtomicUsize,
    /// The reasons of lost requests.
    failures: Mutex<Vec<String>>,
}

impl Count {
    fn add(&self, expected: u16, answer: Result<u16, Failure>) {
        let count = match answer {
            Ok(status) if status == expected => &self.right,
            Ok(_) => &self.wrong,
            Err(failure) => {
                self.failures.lock().unwrap().push(failure.to_string());
                &self.lost
            }
        };
        count.fetch_add(1, Ordering::SeqCst);
    }

    fn of(&self) -> [usize; 3] {
        [&self.right, &self.wrong, &self.lost].map(|count| count.load(Ordering::SeqCst))
    }
}

/// Clients that send requests until the channel closes.
struct Load {
    fresh: Arc<Count>,
    kept: Arc<Count>,
    clients: Vec<JoinHandle<()>>,
    running: watch::Sender<()>,
}

impl Load {
    /// Starts two clients for each version of TLS and HTTP: one opens a connection for each request, the other keeps its
    /// connection until the server closes it.
    fn on(stage: &Arc<Stage>) -> Self {
        let (running, watched) = watch::channel(());
        let [fresh, kept] = [(); 2].map(|()| Arc::new(Count::default()));
        let mut clients = vec![];
        for (tls, http) in [(Tls::V1_2, Http::V1_1), (Tls::V1_3, Http::V1_1), (Tls::V1_3, Http::V2)] {
            for (keep, count) in [(false, &fresh), (true, &kept)] {
                let (stage, count, watched) = (stage.clone(), count.clone(), watched.clone());
                clients.push(tokio::spawn(async move {
                    let client = stage.client(Some(&stage.server_a), tls, http);
                    let mut connection = None;
                    while watched.has_changed().is_ok() {
                        round(&stage, &client, &mut connection, keep, &count).await;
                    }
                }));
            }
        }
        Self { fresh, kept, clients, running }
    }

    /// Waits for the clients' last requests. Returns the results on fresh connections, and on kept ones.
    async fn stop(self) -> [[usize; 3]; 2] {
        drop(self.running);
        for client in self.clients {
            client.await.unwrap();
        }
        [self.fresh.of(), self.kept.of()]
    }
}

/// Sends each kind of request, on this connection or a new one.
async fn round(stage: &Stage, client: &Client, connection: &mut Option<Connection>, keep: bool, count: &Count) {
    for (request, expected) in requests(stage) {
        let answer = send(stage, client, connection, request).await;
        if !keep || answer.is_err() {
            *connection = None;
        }
        count.add(expected, answer);
    }
    tokio::time::sleep(MOMENT).await;
}

/// Sends a request, and repeats it if the server reports that it was not processed.
async fn send(
    stage: &Stage,
    client: &Client,
    connection: &mut Option<Connection>,
    request: Request,
) -> Result<u16, Failure> {
    loop {
        if connection.is_none() {
            *connection = Some(client.try_connect(stage.nginx.tls(), "api.example").await?);
        }
        match connection.as_mut().unwrap().try_send(request.clone()).await {
            Err(failure) if is_unprocessed(&failure) => *connection = None,
            answer => return Ok(answer?.status),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_loses_no_request_and_accepts_no_bad_one() {
    let stage = start();
    let load = Load::on(&stage);
    for reload in 1..=4 {
        stage.nginx.reload_workers().await;
        let [right, ..] = load.fresh.of();
        stage.nginx.until("the new workers have answered requests", || load.fresh.of()[0] > right + 20).await;
        assert_eq!(stage.nginx.error_log().matches(": reconfiguring").count(), reload);
    }
    let count = load.fresh.clone();
    let [[fresh, wrong, lost], [kept, kept_wrong, _]] = load.stop().await;
    let failures = &count.failures;
    assert_eq!([wrong, lost, kept_wrong], [0; 3], "of {fresh} on fresh connections, {kept} on kept ones: {failures:?}");
    assert!(fresh > 80 && kept > 80);
}

/// A configuration or key set that `nginx -t` would reject changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_that_fails_leaves_everything_as_it_was() {
    let unusable = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#;
    for (file, wrong) in [("site.conf", "server { certbound maybe; }"), ("jwks.json", unusable)] {
        let stage = start();
        let workers = stage.nginx.workers();
        let load = Load::on(&stage);
        stage.nginx.directory().write(file, wrong);
        stage.nginx.reload();
        stage.nginx.until("it rejects the configuration", || stage.nginx.error_log().contains("[emerg]")).await;
        let [right, ..] = load.fresh.of();
        stage.nginx.until("the workers keep answering", || load.fresh.of()[0] > right + 50).await;
        assert_eq!(stage.nginx.workers(), workers);
        let [[_, wrong, lost], [_, kept_wrong, kept_lost]] = load.stop().await;
        assert_eq!([wrong, lost, kept_wrong, kept_lost], [0; 4], "{file}");
    }
}

/// A reload applies new policies and new keys immediately.
#[tokio::test]
async fn a_reload_applies_the_new_policy() {
    let stage = start();
    let client = stage.client(Some(&stage.server_a), Tls::V1_3, Http::V1_1);
    let token = stage.token();
    let answer = client.connect(stage.nginx.tls(), "api.example").await.send(Request::get("/").bearer(&token)).await;
    stage.nginx.accepted(&answer).await;

    let site = stage.nginx.directory().read("site.conf");
    stage.nginx.directory().write("site.conf", site.replace("https://api.example;", "https://new.example;"));
    stage.nginx.reload_workers().await;
    // With a session from before the reload.
    let mut connection = client.connect(stage.nginx.tls(), "api.example").await;
    let answer = connection.send(Request::get("/").bearer(&token)).await;
    stage.nginx.rejected(&answer, "audience_mismatch").await;
    let token = Token::bound_to(&stage.server_a).claim("aud", r#""https://new.example""#).signed_by(&stage.issuer);
    stage.nginx.accepted(&connection.send(Request::get("/").bearer(&token)).await).await;
}

/// A killed worker may lose requests, which the clients repeat. Every answer must be right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_worker_is_replaced_and_no_bad_request_is_accepted() {
    let stage = start();
    let load = Load::on(&stage);
    for kill in 0..6 {
        stage.nginx.kill_and_replace(stage.nginx.workers()[kill % 2]).await;
        let [right, ..] = load.fresh.of();
        stage.nginx.until("requests are answered again", || load.fresh.of()[0] > right + 20).await;
    }
    let [[fresh, wrong, _], [kept, kept_wrong, _]] = load.stop().await;
    assert_eq!([wrong, kept_wrong], [0; 2], "of {fresh} requests on fresh connections, {kept} on kept ones");
    assert!(fresh > 120 && kept > 120);
}
