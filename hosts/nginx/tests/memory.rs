//! Changed keys when a worker has no memory for them.

use std::fs;

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, Nginx},
    tokens::{Algorithm, Issuer, Token, jwks},
};
use rustix::process::{Pid, Resource, Rlimit, prlimit};

const SITE: &str = r#"
    server {
        listen 127.0.0.1:PLAIN_PORT reuseport;
        location / {
            certbound on;
            certbound_jwks jwks.json;
            certbound_issuer https://as.example;
            certbound_audience https://api.example;
            certbound_binding if_present;
            empty_gif;
        }
    }
"#;

/// The file does not change again, but the keys that it withdraws must not live on.
#[tokio::test]
async fn keys_without_memory_are_loaded_as_soon_as_there_is_some() {
    let (old, new) = (Issuer::new("old-"), Issuer::new("new-"));
    let nginx = Nginx::start(Directory::with_keys_of(&old), SITE);
    let [withdrawn, added] = [&old, &new].map(|issuer| Token::unbound().signed_by(issuer));
    until_each_worker_answers(&nginx, 200, &withdrawn).await;

    let limit = |bytes_left: fn(u64) -> Option<u64>| {
        for worker in nginx.workers() {
            let current = bytes_left(address_space(worker));
            prlimit(Some(worker), Resource::As, Rlimit { current, maximum: None }).unwrap();
        }
    };
    // Enough to read the file, but not for the tables of its keys: 44 KiB for each.
    limit(|used| Some(used + 600 * 1024));
    let keys: Vec<_> = (0..40).map(|number| Issuer::new(&format!("{number}-")).jwk(Algorithm::ES256)).collect();
    nginx.directory().replace("jwks.json", jwks(&[keys, vec![new.jwk(Algorithm::ES256)]].concat()));
    let each_worker_has_failed = || {
        nginx.workers().iter().all(|worker| {
            let by = format!("[error] {worker}#");
            nginx.error_log().lines().any(|line| line.contains(&by) && line.contains("not loaded: malloc() failed"))
        })
    };
    nginx.until("each worker has no memory", each_worker_has_failed).await;
    limit(|_| None);
    until_each_worker_answers(&nginx, 200, &added).await;
    until_each_worker_answers(&nginx, 401, &withdrawn).await;
}

async fn until_each_worker_answers(nginx: &Nginx, status: u16, token: &str) {
    let ask = async || {
        let answer = Connection::plain(nginx.plain(), "api.example").await.send(Request::get("/").bearer(token)).await;
        (nginx.access(answer.case).await.worker, answer.status == status)
    };
    nginx.until_each_worker(&format!("answers {status}"), ask).await;
}

/// The size of a process's address space, in bytes.
fn address_space(process: Pid) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{}/statm", process.as_raw_nonzero())).unwrap();
    pages.split(' ').next().unwrap().parse::<u64>().unwrap() * u64::try_from(rustix::param::page_size()).unwrap()
}
