//! Metrics: exact counts, in the text format of Prometheus, as its own tool reads it.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use certbound::{BearerResponse, Error};
use certbound_nginx_tests::{
    client::{Connection, Http, Tls},
    message::{Answer, Request},
    nginx::{Directory, MOMENT, Nginx, PATIENCE},
    pki::{Authority, KeyKind},
    stage::Stage,
    tokens::{Algorithm, Issuer, Token, jwks},
};

const SITE: &str = r#"
    USUAL_POLICY;
    certbound_realm api;
    certbound_status_zone main 32k;
    certbound_claim $value value;

    server {
        listen 127.0.0.1:TLS_PORT ssl http2 reuseport;
        server_name api.example;
        ssl_verify_client optional_no_ca;
        certbound on;
        root files;

        location / { empty_gif; }
        location /uncached { certbound_cache off; empty_gif; }
        location /required { certbound_require $value; empty_gif; }
        location /scope { certbound_scope admin; empty_gif; }
        location /other { certbound_status_zone 'an "other" \\ zone' 64k; empty_gif; }
        location /same { certbound_status_zone main 32k; empty_gif; }
        location /asking { certbound off; auth_request /check; alias files/page; }
        location = /check { internal; proxy_pass http://unix:upstream.sock:/; }
        location /redirecting { error_page 401 /; empty_gif; }
    }

    server {
        listen 127.0.0.1:PLAIN_PORT;
        charset utf-8;
        location = /metrics { access_log off; certbound_metrics; }
        location = /protected { certbound on; certbound_metrics; }
    }

    server {
        listen unix:upstream.sock;
        access_log off;
        location / { return 200; }
    }
"#;

fn start() -> Stage {
    Stage::start_with(&["api.example"], SITE, |directory| directory.write("files/page", "a page"))
}

async fn ask(nginx: &Nginx, request: Request) -> Answer {
    Connection::plain(nginx.plain(), "localhost").await.send(request).await
}

type Samples = BTreeMap<String, f64>;

/// The samples, after Prometheus's own tool has accepted the text.
async fn samples(nginx: &Nginx) -> Samples {
    let answer = ask(nginx, Request::get("/metrics")).await;
    assert_eq!(answer.status, 200, "{}", nginx.last_errors());
    read(&answer.text())
}

fn read(text: &str) -> Samples {
    let promtool =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut promtool = promtool.expect("promtool is needed: run make setup-sync");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "{words}{text}");
    let lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap());
    lines.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

fn verdict(zone: &str, name: &str) -> String {
    format!(r#"certbound_verdicts_total{{zone="{zone}",verdict="{name}"}}"#)
}

fn lookups(result: &str) -> String {
    format!(r#"certbound_cache_lookups_total{{zone="main",result="{result}"}}"#)
}

const UNKNOWN_KEYS: &str = r#"certbound_unknown_key_ids_total{zone="main"}"#;

/// The samples that differ, and by how much.
fn difference(before: &Samples, after: &Samples) -> BTreeMap<String, f64> {
    let changed = after.iter().map(|(name, value)| (name.clone(), value - before.get(name).copied().unwrap_or(0.0)));
    changed.filter(|(name, by)| *by != 0.0 && !name.starts_with("certbound_keys")).collect()
}

fn expected<const COUNT: usize>(changes: [(String, f64); COUNT]) -> BTreeMap<String, f64> {
    changes.into_iter().collect()
}

#[tokio::test]
async fn the_text_is_that_of_prometheus() {
    let stage = start();
    let answer = ask(&stage.nginx, Request::get("/metrics")).await;
    assert_eq!(answer.header("content-type"), ["text/plain; version=0.0.4; charset=utf-8"]);
    let text = answer.text();
    read(&text);
    let types: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let kinds = [
        "certbound_verdicts_total counter",
        "certbound_cache_lookups_total counter",
        "certbound_unknown_key_ids_total counter",
        "certbound_introspections_total counter",
        "certbound_keys_age_seconds gauge",
        "certbound_keys gauge",
        "certbound_keys_rejected gauge",
    ];
    assert_eq!(types, kinds);
    assert_eq!(text.matches("# HELP ").count(), kinds.len());

    let head = ask(&stage.nginx, Request::get("/metrics").method("HEAD")).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), answer.header("content-type"));
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(ask(&stage.nginx, Request::get("/metrics").method(method)).await.status, 405, "{method}");
    }
    // Where certbound is on, metrics need a token too.
    assert_eq!(ask(&stage.nginx, Request::get("/protected")).await.status, 401);
}

/// Otherwise the first rejection would be no increase.
#[tokio::test]
async fn every_verdict_is_listed_from_the_start() {
    let stage = start();
    let samples = samples(&stage.nginx).await;
    let of_requests = Error::ALL.iter().filter(|error| error.bearer_response() != BearerResponse::ServerError);
    let names = of_requests.map(|error| error.name()).chain(["ok", "out_of_memory", "not_initialised", "panic"]);
    for zone in ["main", r#"an \"other\" \\ zone"#] {
        for name in names.clone() {
            assert_eq!(samples.get(&verdict(zone, name)), Some(&0.0), "{zone} {name}");
        }
    }
    for result in ["answered", "cached", "failed"] {
        let name = format!(r#"certbound_introspections_total{{zone="main",result="{result}"}}"#);
        assert_eq!(samples.get(&name), Some(&0.0));
    }
}

#[tokio::test]
async fn each_verdict_is_counted_where_it_was_made() {
    let stage = start();
    let nginx = &stage.nginx;
    let foreign = Token::bound_to(&stage.server_a).signed_by(&Issuer::new("foreign-"));
    let expired = Token::bound_to(&stage.server_a).expires_in(-1).signed_by(&stage.issuer);
    let good = stage.token();
    let (hit, miss) = (|| (lookups("hit"), 1.0), || (lookups("miss"), 1.0));
    let of = |zone, name| (verdict(zone, name), 1.0);
    let other = r#"an \"other\" \\ zone"#;
    // One connection, and so one worker with one cache.
    let mut connection = stage.connect_server_a(Http::V1_1).await;
    for (path, token, changes) in [
        ("/", Some(&good), expected([of("main", "ok"), miss()])),
        ("/", Some(&good), expected([of("main", "ok"), hit()])),
        ("/same", Some(&good), expected([of("main", "ok"), hit()])),
        ("/uncached", Some(&good), expected([of("main", "ok")])),
        ("/", None, expected([of("main", "token_missing")])),
        ("/", Some(&expired), expected([of("main", "token_expired"), miss()])),
        ("/", Some(&foreign), expected([of("main", "key_unknown"), miss(), (UNKNOWN_KEYS.to_owned(), 1.0)])),
        ("/scope", Some(&good), expected([of("main", "insufficient_scope"), miss()])),
        ("/required", Some(&good), expected([of("main", "requirement_unmet"), hit()])),
        ("/other", Some(&good), expected([of(other, "ok"), (lookups("hit").replace("main", other), 1.0)])),
        // A subrequest, and a redirect, have verdicts of their own.
        ("/asking", Some(&good), expected([of("main", "ok"), hit()])),
        ("/redirecting", None, expected([(verdict("main", "token_missing"), 2.0)])),
    ] {
        let before = samples(nginx).await;
        let request = Request::get(path);
        connection.send(token.map_or(request.clone(), |token| request.bearer(token))).await;
        assert_eq!(difference(&before, &samples(nginx).await), changes, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_under_load_are_exact() {
    const CLIENTS: usize = 6;
    const ROUNDS: usize = 100;
    let stage = Arc::new(start());
    let before = samples(&stage.nginx).await;
    let requests = {
        let usual = || Token::bound_to(&stage.server_a);
        let [good, expired] = [usual(), usual().expires_in(-1)].map(|token| token.signed_by(&stage.issuer));
        let stolen = Token::bound_to(&stage.thief).signed_by(&stage.issuer);
        [
            (Request::get("/").bearer(&good), 200),
            (Request::get("/").bearer(&stolen), 401),
            (Request::get("/").bearer(&expired), 401),
            (Request::get("/"), 401),
            (Request::get("/required").bearer(&good), 403),
        ]
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| {
            let (stage, requests) = (stage.clone(), requests.clone());
            tokio::spawn(async move {
                let http = Http::ALL[number % 2];
                let client = stage.client(Some(&stage.server_a), Tls::V1_3, http);
                let mut connection = client.connect(stage.nginx.tls(), "api.example").await;
                for _ in 0..ROUNDS {
                    for (request, status) in &requests {
                        assert_eq!(connection.send(request.clone()).await.status, *status);
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    let changes = difference(&before, &samples(&stage.nginx).await);
    let each = f64::from(u16::try_from(CLIENTS * ROUNDS).unwrap());
    for name in ["ok", "certificate_mismatch", "token_expired", "token_missing", "requirement_unmet"] {
        assert_eq!(changes.get(&verdict("main", name)), Some(&each), "{name}: {changes:?}");
    }
    // A rejected token is never cached, a good one by each of the two workers when it arrives there first.
    let [hits, misses] = ["hit", "miss"].map(|result| changes[&lookups(result)]);
    assert_eq!(hits + misses, 4.0 * each);
    assert!((2.0 * each + 1.0..=2.0 * each + 2.0).contains(&misses), "{misses}");
}

#[tokio::test]
async fn counts_survive_reloads_and_the_death_of_a_worker() {
    let stage = start();
    let nginx = &stage.nginx;
    let count = async || samples(nginx).await[&verdict("main", "token_missing")];
    let ask = async || stage.connect_server_a(Http::V1_1).await.send(Request::get("/")).await;
    ask().await;
    assert_eq!(count().await, 1.0);
    nginx.reload_workers().await;
    ask().await;
    assert_eq!(count().await, 2.0);
    for worker in nginx.workers() {
        nginx.kill_and_replace(worker).await;
    }
    ask().await;
    assert_eq!(count().await, 3.0);

    // Another zone starts with zeros, and so does one of another size.
    let site = nginx.directory().read("site.conf");
    nginx.directory().write("site.conf", site.replace("main 32k", "main 33k"));
    nginx.reload_workers().await;
    assert_eq!(count().await, 0.0);
    ask().await;
    assert_eq!(count().await, 1.0);
}

#[tokio::test]
async fn the_age_and_number_of_keys_are_shown_for_each_file() {
    const FILES: &str = r#"
        server {
            listen 127.0.0.1:PLAIN_PORT;
            certbound on;
            certbound_status_zone main 32k;
            certbound_audience a;
            certbound_issuer one 'first file.json';
            certbound_issuer two 'second "ü" \\.json';
            location = /metrics { certbound off; certbound_metrics; }
        }
    "#;
    let (old, new) = (Issuer::new("old-"), Issuer::new("new-"));
    let directory = Directory::with_keys_of(&old);
    let [first, second] = ["first file.json", "second \"ü\" \\.json"];
    for file in [first, second] {
        directory.write(file, old.jwks());
    }
    let nginx = Nginx::start(directory, FILES);
    let folder = nginx.directory().path("").display().to_string();
    let sample = |metric: &str, file: &str| format!(r#"certbound_keys{metric}{{file="{folder}{file}"}}"#);
    let second_label = r#"second \"\\xC3\\xBC\" \\.json"#;

    let until = async |what: &str, condition: &dyn Fn(&Samples) -> bool| {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let samples = samples(&nginx).await;
            if condition(&samples) {
                return samples;
            }
            assert!(Instant::now() < deadline, "timed out waiting until {what}: {samples:?}");
            tokio::time::sleep(20 * MOMENT).await;
        }
    };
    let aged = |samples: &Samples| samples[&sample("_age_seconds", first)] >= 2.0;
    let samples = until("the keys are two seconds old", &aged).await;
    for label in [first, second_label] {
        assert_eq!((samples[&sample("", label)], samples[&sample("_rejected", label)]), (5.0, 0.0), "{label}");
    }

    // Other keys in one of the files.
    let other = |samples: &Samples| samples[&sample("", first)] == 1.0;
    nginx.directory().replace(first, jwks(&[new.jwk(Algorithm::ES256)]));
    let samples = until("the new key is in use", &other).await;
    let [first_age, second_age] = [first, second_label].map(|label| samples[&sample("_age_seconds", label)]);
    assert!(first_age < second_age, "{first_age} {second_age}");
    assert_eq!(samples[&sample("", second_label)], 5.0);

    // A broken file, whose old keys remain in use.
    nginx.directory().replace(first, "{");
    let samples = until("the file is rejected", &|samples| samples[&sample("_rejected", first)] == 1.0).await;
    assert_eq!((samples[&sample("", first)], samples[&sample("_rejected", second_label)]), (1.0, 0.0));

    // All keys are withdrawn.
    nginx.directory().replace(first, r#"{"keys":[]}"#);
    until("all keys are withdrawn", &|samples| {
        (samples[&sample("", first)], samples[&sample("_rejected", first)]) == (0.0, 0.0)
    })
    .await;
}

/// A scrape needs no zone of its own server, and a large configuration has a long text.
#[tokio::test]
async fn many_zones_are_written_completely() {
    let zones: Vec<_> = (0..20).map(|number| format!("zone-{number}-{}", "x".repeat(400))).collect();
    let locations: String = (zones.iter().enumerate())
        .map(|(number, zone)| format!("location /{number} {{ certbound_status_zone {zone} 32k; empty_gif; }}\n"))
        .collect();
    let site = format!(
        r#"
        USUAL_POLICY;
        server {{
            listen 127.0.0.1:TLS_PORT ssl; server_name api.example; ssl_verify_client optional_no_ca;
            certbound on; {locations}
        }}
        server {{ listen 127.0.0.1:PLAIN_PORT; location = /metrics {{ certbound_metrics; }} }}
        "#
    );
    let (authority, issuer) = (Authority::new(), Issuer::new(""));
    let server_a = authority.issue_client(KeyKind::Ec, "server-a");
    let nginx = Nginx::start(Directory::for_servers(&authority, &["api.example"], &issuer), &site);
    let client = certbound_nginx_tests::client::Client::new(&authority, Some(&server_a), Tls::V1_3, Http::V1_1);
    let token = Token::bound_to(&server_a).signed_by(&issuer);
    let answer = client.connect(nginx.tls(), "api.example").await.send(Request::get("/7").bearer(&token)).await;
    assert_eq!(answer.status, 200);
    let samples = samples(&nginx).await;
    for (number, zone) in zones.iter().enumerate() {
        assert_eq!(samples[&verdict(zone, "ok")], if number == 7 { 1.0 } else { 0.0 });
    }
}
