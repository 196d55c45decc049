//! Changes of the issuer's keys during requests.
//!
//! These tests need no certificates: their tokens are unbound.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    sync::LazyLock,
    time::{Duration, Instant, SystemTime},
};

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, MOMENT, Nginx, PATIENCE},
    pki::Authority,
    tokens::{Algorithm, Issuer, Token, jwks, now},
};
use tokio::sync::watch;

const SITE: &str = r#"
    certbound_issuer https://as.example;
    certbound_audience https://api.example;
    certbound_binding if_present;
    certbound_realm api;

    # One file for each test. With one socket per worker, each worker gets a share of the connections.
    server {
        listen 127.0.0.1:PLAIN_PORT reuseport;
        location /rotated { certbound on; certbound_jwks rotated.json; empty_gif; }
        location /uncached { certbound on; certbound_jwks rotated.json; certbound_cache off; empty_gif; }
        location /broken { certbound on; certbound_jwks broken.json; empty_gif; }
        location /missing { certbound on; certbound_jwks missing.json; empty_gif; }
        location /renamed { certbound on; certbound_jwks renamed.json; empty_gif; }
        location /linked { certbound on; certbound_jwks linked/jwks.json; empty_gif; }
        location /quick { certbound on; certbound_jwks quick.json; empty_gif; }
        location /marker_1 { certbound on; certbound_jwks marker_1.json; empty_gif; }
        location /marker_2 { certbound on; certbound_jwks marker_2.json; empty_gif; }
        location /marker_3 { certbound on; certbound_jwks marker_3.json; empty_gif; }
        location /marker_4 { certbound on; certbound_jwks marker_4.json; empty_gif; }
        location /many { certbound on; certbound_jwks many.json; empty_gif; }
        location /withdrawn { certbound on; certbound_jwks withdrawn.json; empty_gif; }
        location /withdrawn_uncached { certbound on; certbound_jwks withdrawn.json; certbound_cache off; empty_gif; }
    }
"#;

struct Stage {
    nginx: Nginx,
    old: Issuer,
    new: Issuer,
}

static STAGE: LazyLock<Stage> = LazyLock::new(Stage::new);

/// A JWK Set with an ES256 key of each issuer.
fn set(issuers: &[&Issuer]) -> String {
    jwks(&issuers.iter().map(|issuer| issuer.jwk(Algorithm::ES256)).collect::<Vec<_>>())
}

impl Stage {
    fn new() -> Self {
        let authority = Authority::new();
        let directory = Directory::new(&authority, &authority.issue_server(&["api.example"]));
        let (old, new) = (Issuer::new("old-"), Issuer::new("new-"));
        let names = ["rotated", "broken", "missing", "renamed", "quick", "many", "withdrawn"];
        for name in names.into_iter().chain(["marker_1", "marker_2", "marker_3", "marker_4"]) {
            directory.write(&format!("{name}.json"), set(&[&old]));
        }
        directory.write("linked-1/jwks.json", set(&[&old]));
        symlink("linked-1", directory.path("linked")).unwrap();
        Self { nginx: Nginx::start(directory, SITE), old, new }
    }

    fn directory(&self) -> &Directory {
        self.nginx.directory()
    }

    /// The worker that checked a token, and its verdict.
    async fn verdict(&self, path: &str, token: &str) -> (String, String) {
        let answer = Connection::plain(&self.nginx, "api.example").await.send(Request::get(path).bearer(token)).await;
        let access = self.nginx.access(answer.case).await;
        (access.worker, if answer.status == 200 { "ok".to_owned() } else { access.verdict })
    }

    /// Waits until each worker returns this verdict.
    async fn until_each_worker_returns(&self, verdict: &str, path: &str, token: &str) {
        let mut waiting: Vec<_> = self.nginx.workers().iter().map(ToString::to_string).collect();
        let deadline = Instant::now() + PATIENCE;
        while !waiting.is_empty() {
            let (worker, found) = self.verdict(path, token).await;
            if found == verdict {
                waiting.retain(|other| *other != worker);
            }
            assert!(Instant::now() < deadline, "{path}: expected {verdict}, found {found}");
        }
    }

    /// How often each worker has logged these words, at this level.
    fn logged(&self, level: &str, words: [&str; 2]) -> Vec<usize> {
        let log = self.nginx.error_log();
        let count = |worker| {
            let by = format!("[{level}] {worker}#");
            log.lines().filter(|line| line.contains(&by) && words.iter().all(|word| line.contains(word))).count()
        };
        self.nginx.workers().into_iter().map(count).collect()
    }

    /// Waits until each worker has logged these words this many times.
    async fn until_each_worker_logged(&self, level: &str, words: [&str; 2], times: usize) {
        self.nginx.until(&format!("each worker logs {words:?}"), || self.logged(level, words) == [times; 2]).await;
    }

    /// Waits until each worker has polled its files twice: a message that it logs for each poll appears twice.
    async fn until_each_worker_polled_twice(&self, marker: &str) {
        for round in ["first-", "second-"] {
            let issuer = Issuer::new(round);
            self.directory().replace(&format!("{marker}.json"), set(&[&issuer]));
            self.until_each_worker_returns("ok", &format!("/{marker}"), &Token::unbound().signed_by(&issuer)).await;
        }
    }
}

/// The progress of a rotation.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Rotation {
    NotBegun,
    NewPublished,
    NewKnown,
    OldWithdrawn,
    OldForgotten,
}

#[tokio::test]
async fn a_rotation_under_load_accepts_and_rejects_at_the_right_time() {
    let stage = &*STAGE;
    let forger = Issuer::new("old-");
    let sign = |issuer| Token::unbound().signed_by(issuer);
    let [old, new, forged] = [&stage.old, &stage.new, &forger].map(sign);

    let (progress, watched) = watch::channel(Rotation::NotBegun);
    let load = [("/rotated", "old", &old), ("/rotated", "new", &new), ("/rotated", "forged", &forged)];
    let load = load.into_iter().chain([("/uncached", "old", &old), ("/uncached", "new", &new)]);
    let load: Vec<_> = load
        .map(|(path, kind, token)| {
            let (watched, token) = (watched.clone(), token.clone());
            tokio::spawn(async move {
                // Until the sender is dropped.
                while watched.has_changed().is_ok() {
                    let before = *watched.borrow();
                    let mut connection = Connection::plain(&STAGE.nginx, "api.example").await;
                    let status = connection.send(Request::get(path).bearer(&token)).await.status;
                    let after = *watched.borrow();
                    let right = match (kind, status) {
                        ("old", 200) => before < Rotation::OldForgotten,
                        ("old", 401) => after >= Rotation::OldWithdrawn,
                        ("new", 200) => after >= Rotation::NewPublished,
                        ("new", 401) => before < Rotation::NewKnown,
                        ("forged", 401) => true,
                        _ => false,
                    };
                    assert!(right, "{path}: the {kind} key's token got {status}");
                    tokio::time::sleep(4 * MOMENT).await;
                }
            })
        })
        .collect();

    progress.send_replace(Rotation::NewPublished);
    stage.directory().replace("rotated.json", set(&[&stage.old, &stage.new]));
    for path in ["/rotated", "/uncached"] {
        stage.until_each_worker_returns("ok", path, &new).await;
    }
    progress.send_replace(Rotation::NewKnown);
    tokio::time::sleep(40 * MOMENT).await;
    progress.send_replace(Rotation::OldWithdrawn);
    stage.directory().replace("rotated.json", set(&[&stage.new]));
    for path in ["/rotated", "/uncached"] {
        stage.until_each_worker_returns("key_unknown", path, &old).await;
    }
    progress.send_replace(Rotation::OldForgotten);
    tokio::time::sleep(40 * MOMENT).await;
    drop(progress);
    for task in load {
        task.await.unwrap();
    }
    for keys in ["rotated.json\" re-read: 2 usable", "rotated.json\" re-read: 1 usable"] {
        assert_eq!(stage.logged("notice", ["certbound: keys of \"", keys]), [1, 1], "{keys}");
    }
}

#[tokio::test]
async fn a_malformed_file_keeps_the_old_keys_and_logs_once() {
    let stage = &*STAGE;
    let [old, new] = [&stage.old, &stage.new].map(|issuer| Token::unbound().signed_by(issuer));
    let stay = ["broken.json", "the old keys remain in use"];
    for (rounds, (broken, reason)) in [
        ("", "json_unexpected_end"),
        ("<html>502 Bad Gateway</html>", "json_unexpected_byte"),
        (&stage.old.jwks()[..99], "json_unexpected_end"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "key_set_is_pem"),
        ("{}", "key_set_keys_missing"),
        // Unlike a set that lists no keys.
        (UNUSABLE, "key_set_without_usable_key"),
    ]
    .into_iter()
    .enumerate()
    {
        stage.directory().write("broken.json", broken);
        stage.until_each_worker_logged("error", stay, rounds + 1).await;
        let line = format!("broken.json\" not loaded: {reason}: ");
        assert!(stage.logged("error", ["certbound: keys of", &line]).iter().all(|times| *times > 0), "{reason}");
        for _ in 0..5 {
            assert_eq!(stage.verdict("/broken", &old).await.1, "ok");
            assert_eq!(stage.verdict("/broken", &new).await.1, "key_unknown");
        }
    }
    stage.until_each_worker_polled_twice("marker_1").await;
    assert_eq!(stage.logged("error", stay), [6, 6]);

    stage.directory().write("broken.json", set(&[&stage.new]));
    stage.until_each_worker_returns("ok", "/broken", &new).await;
    stage.until_each_worker_returns("key_unknown", "/broken", &old).await;
    assert_eq!(stage.logged("notice", ["certbound: keys of \"", "broken.json\" re-read: 1 usable"]), [1, 1]);
}

/// A well-formed set that lists no keys withdraws the last ones, also for cached tokens. The log must say so.
#[tokio::test]
async fn a_set_without_keys_withdraws_all_and_logs_once() {
    let stage = &*STAGE;
    let [old, new] = [&stage.old, &stage.new].map(|issuer| Token::unbound().signed_by(issuer));
    let [paths, withdrawn] = [["/withdrawn", "/withdrawn_uncached"], ["withdrawn.json", "all are withdrawn"]];
    for path in paths {
        // Each worker caches it.
        stage.until_each_worker_returns("ok", path, &old).await;
    }
    stage.directory().replace("withdrawn.json", NO_KEYS);
    for path in paths {
        stage.until_each_worker_returns("keys_withdrawn", path, &old).await;
        for token in [&old, &new] {
            for _ in 0..5 {
                assert_eq!(stage.verdict(path, token).await.1, "keys_withdrawn");
            }
        }
    }
    let mut connection = Connection::plain(&stage.nginx, "api.example").await;
    let answer = connection.send(Request::get("/withdrawn").bearer(&old)).await;
    stage.nginx.rejected(&answer, "keys_withdrawn").await;

    // Unusable files restore nothing.
    for broken in ["", UNUSABLE] {
        stage.directory().write("withdrawn.json", broken);
        stage.until_each_worker_polled_twice("marker_4").await;
        stage.until_each_worker_returns("keys_withdrawn", "/withdrawn", &old).await;
    }
    assert_eq!(stage.logged("error", withdrawn), [1, 1]);

    stage.directory().replace("withdrawn.json", set(&[&stage.new]));
    for path in paths {
        stage.until_each_worker_returns("ok", path, &new).await;
        stage.until_each_worker_returns("key_unknown", path, &old).await;
    }
}

#[tokio::test]
async fn a_missing_file_keeps_the_old_keys_and_logs_once() {
    let stage = &*STAGE;
    let [old, new] = [&stage.old, &stage.new].map(|issuer| Token::unbound().signed_by(issuer));
    let stay = ["missing.json", "the old keys remain in use"];
    fs::remove_file(stage.directory().path("missing.json")).unwrap();
    stage.until_each_worker_logged("error", stay, 1).await;
    stage.until_each_worker_polled_twice("marker_2").await;
    assert_eq!(stage.logged("error", stay), [1, 1]);
    for _ in 0..5 {
        assert_eq!(stage.verdict("/missing", &old).await.1, "ok");
        assert_eq!(stage.verdict("/missing", &new).await.1, "key_unknown");
    }
    stage.directory().write("missing.json", set(&[&stage.new]));
    stage.until_each_worker_returns("ok", "/missing", &new).await;
    stage.until_each_worker_returns("key_unknown", "/missing", &old).await;
}

#[tokio::test]
async fn too_many_keys_keep_the_old_ones_and_log_once() {
    let stage = &*STAGE;
    let issuers: Vec<_> = (0..65).map(|number| Issuer::new(&format!("{number}-"))).collect();
    let issuers: Vec<_> = issuers.iter().collect();
    let [old, last, first] = [&stage.old, issuers[64], issuers[0]].map(|issuer| Token::unbound().signed_by(issuer));
    let stay = ["many.json", "the old keys remain in use"];
    stage.directory().write("many.json", set(&issuers));
    stage.until_each_worker_logged("error", stay, 1).await;
    stage.until_each_worker_polled_twice("marker_3").await;
    assert_eq!(stage.logged("error", stay), [1, 1]);
    assert_eq!(stage.logged("error", ["many.json", "64"]), [1, 1]);
    for _ in 0..5 {
        assert_eq!(stage.verdict("/many", &old).await.1, "ok");
        assert_eq!(stage.verdict("/many", &first).await.1, "key_unknown");
    }
    // One key less.
    stage.directory().write("many.json", set(&issuers[1..]));
    stage.until_each_worker_returns("ok", "/many", &last).await;
    stage.until_each_worker_returns("key_unknown", "/many", &old).await;
    assert_eq!(stage.logged("notice", ["certbound: keys of \"", "many.json\" re-read: 64 usable"]), [1, 1]);
}

/// A file from a backup or a package may have an older or equal time, and the same length.
#[tokio::test]
async fn a_file_replaced_by_rename_is_loaded_regardless_of_its_time() {
    let stage = &*STAGE;
    let path = stage.directory().path("renamed.json");
    let mut current = fs::metadata(&path).unwrap().modified().unwrap();
    let (old, new) = (&stage.old, &stage.new);
    for (issuer, other, seconds_back) in [(new, old, 3600), (old, new, 0), (new, old, 0), (old, new, 7200)] {
        current -= Duration::from_secs(seconds_back);
        stage.directory().write("renamed.new", set(&[issuer]));
        let replacement = stage.directory().path("renamed.new");
        File::options().write(true).open(&replacement).unwrap().set_modified(current).unwrap();
        assert_eq!(fs::metadata(&replacement).unwrap().len(), fs::metadata(&path).unwrap().len());
        fs::rename(&replacement, &path).unwrap();
        stage.until_each_worker_returns("ok", "/renamed", &Token::unbound().signed_by(issuer)).await;
        stage.until_each_worker_returns("key_unknown", "/renamed", &Token::unbound().signed_by(other)).await;
    }
}

/// Kubernetes replaces the files of a volume by linking its name to another directory.
#[tokio::test]
async fn a_changed_link_is_loaded() {
    let stage = &*STAGE;
    stage.directory().write("linked-2/jwks.json", set(&[&stage.new]));
    symlink("linked-2", stage.directory().path("linked.new")).unwrap();
    fs::rename(stage.directory().path("linked.new"), stage.directory().path("linked")).unwrap();
    stage.until_each_worker_returns("ok", "/linked", &Token::unbound().signed_by(&stage.new)).await;
    stage.until_each_worker_returns("key_unknown", "/linked", &Token::unbound().signed_by(&stage.old)).await;
}

/// Times in whole seconds do not distinguish two changes.
#[tokio::test]
async fn two_changes_within_one_second_are_both_loaded() {
    let stage = &*STAGE;
    let path = stage.directory().path("quick.json");
    let second = SystemTime::UNIX_EPOCH + Duration::from_secs(now());
    let (old, new) = (&stage.old, &stage.new);
    for (issuer, other, millisecond) in [(new, old, 100), (old, new, 200), (new, old, 300)] {
        // In place, of the same length.
        stage.directory().write("quick.json", set(&[issuer]));
        let time = second + Duration::from_millis(millisecond);
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        stage.until_each_worker_returns("ok", "/quick", &Token::unbound().signed_by(issuer)).await;
        stage.until_each_worker_returns("key_unknown", "/quick", &Token::unbound().signed_by(other)).await;
    }
}

/// The master process, which forks the new worker, has the keys from the start of nginx. A key withdrawn since then must not
/// return, not even if the file has become unreadable.
#[tokio::test]
async fn a_new_worker_has_the_newest_keys() {
    let stage = Stage::new();
    let newest = set(&[&stage.new]);
    new_workers_load(&stage, &newest, "key_unknown", "ok").await;
}

#[tokio::test]
async fn a_new_worker_knows_that_all_keys_are_withdrawn() {
    new_workers_load(&Stage::new(), NO_KEYS, "keys_withdrawn", "keys_withdrawn").await;
}

async fn new_workers_load(stage: &Stage, newest: &str, of_old: &str, of_new: &str) {
    let [old, new] = [&stage.old, &stage.new].map(|issuer| Token::unbound().signed_by(issuer));
    stage.directory().replace("rotated.json", newest);
    stage.until_each_worker_returns(of_old, "/rotated", &old).await;
    for ruin in ["none", "broken", "missing"] {
        match ruin {
            "broken" => stage.directory().write("rotated.json", "<html>"),
            "missing" => fs::remove_file(stage.directory().path("rotated.json")).unwrap(),
            _ => {}
        }
        // Until no worker is left that has read the file itself.
        for worker in stage.nginx.workers() {
            stage.nginx.kill(worker);
            let replaced = || stage.nginx.workers().len() == 2 && !stage.nginx.workers().contains(&worker);
            stage.nginx.until("there is a new worker", replaced).await;
            for _ in 0..10 {
                assert_eq!(stage.verdict("/rotated", &old).await.1, of_old);
                assert_eq!(stage.verdict("/rotated", &new).await.1, of_new);
            }
        }
        stage.until_each_worker_returns(of_new, "/rotated", &new).await;
        stage.until_each_worker_returns(of_old, "/rotated", &old).await;
    }
}

/// A set that withdraws all keys.
const NO_KEYS: &str = r#"{"keys":[]}"#;

/// A set that lists only an unusable key.
const UNUSABLE: &str = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#;
