//! Changes of the issuer's keys during requests.
//!
//! These tests need no certificates: their tokens are unbound.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, MOMENT, Nginx},
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

/// A running nginx whose key files list the key of the old issuer.
struct Setup {
    nginx: Nginx,
    old: Issuer,
    new: Issuer,
}

static SETUP: LazyLock<Setup> = LazyLock::new(Setup::new);

/// A JWK Set with an ES256 key of each issuer.
fn set(issuers: &[&Issuer]) -> String {
    jwks(&issuers.iter().map(|issuer| issuer.jwk(Algorithm::ES256)).collect::<Vec<_>>())
}

impl Setup {
    fn new() -> Self {
        let (old, new) = (Issuer::new("old-"), Issuer::new("new-"));
        let directory = Directory::with_keys_of(&old);
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

    /// A token of the old issuer, and one of the new issuer.
    fn tokens(&self) -> [String; 2] {
        [&self.old, &self.new].map(|issuer| Token::unbound().signed_by(issuer))
    }

    /// The worker that checked a token, and its verdict.
    async fn verdict(&self, path: &str, token: &str) -> (String, String) {
        let answer =
            Connection::plain(self.nginx.plain(), "api.example").await.send(Request::get(path).bearer(token)).await;
        let access = self.nginx.access(answer.case).await;
        (access.worker, if answer.status == 200 { "ok".to_owned() } else { access.verdict })
    }

    /// Waits until each worker returns this verdict.
    async fn until_each_worker_returns(&self, verdict: &str, path: &str, token: &str) {
        let ask = async || {
            let (worker, found) = self.verdict(path, token).await;
            (worker, found == verdict)
        };
        self.nginx.until_each_worker(&format!("returns {verdict} for {path}"), ask).await;
    }

    /// Waits until each worker has the key of only one of these tokens.
    async fn until_each_worker_accepts_only(&self, accepted: &str, rejected: &str, path: &str) {
        self.until_each_worker_returns("ok", path, accepted).await;
        self.until_each_worker_returns("key_unknown", path, rejected).await;
    }

    /// Asserts that nginx has the key of only one of these tokens.
    async fn accepts_only(&self, accepted: &str, rejected: &str, path: &str) {
        for _ in 0..5 {
            assert_eq!(self.verdict(path, accepted).await.1, "ok", "{path}");
            assert_eq!(self.verdict(path, rejected).await.1, "key_unknown", "{path}");
        }
    }

    /// Waits until each worker has rejected this file and kept the old keys, and asserts that each logs it once.
    async fn until_each_worker_keeps_the_old_keys(&self, file: &str, marker: &str) {
        let words = [file, "the old keys remain in use"];
        self.until_each_worker_logged("error", words, 1).await;
        self.until_each_worker_polled_twice(marker).await;
        assert_eq!(self.logged("error", words), [1, 1], "{file}");
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

    /// Waits until each worker has polled its files twice. A message that it logs at each poll would then appear twice.
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
    let setup = &*SETUP;
    let [old, new] = setup.tokens();
    // Signed with another key of the same name.
    let forged = Token::unbound().signed_by(&Issuer::new("old-"));

    let (progress, watched) = watch::channel(Rotation::NotBegun);
    let load = [("/rotated", "old", &old), ("/rotated", "new", &new), ("/rotated", "forged", &forged)];
    let load = load.into_iter().chain([("/uncached", "old", &old), ("/uncached", "new", &new)]);
    let load: Vec<_> = load
        .map(|(path, kind, token)| {
            let (watched, token) = (watched.clone(), token.clone());
            tokio::spawn(async move {
                // Runs until the test drops the sender.
                while watched.has_changed().is_ok() {
                    let before = *watched.borrow();
                    let mut connection = Connection::plain(SETUP.nginx.plain(), "api.example").await;
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
    setup.directory().replace("rotated.json", set(&[&setup.old, &setup.new]));
    for path in ["/rotated", "/uncached"] {
        setup.until_each_worker_returns("ok", path, &new).await;
    }
    progress.send_replace(Rotation::NewKnown);
    tokio::time::sleep(40 * MOMENT).await;
    progress.send_replace(Rotation::OldWithdrawn);
    setup.directory().replace("rotated.json", set(&[&setup.new]));
    for path in ["/rotated", "/uncached"] {
        setup.until_each_worker_returns("key_unknown", path, &old).await;
    }
    progress.send_replace(Rotation::OldForgotten);
    tokio::time::sleep(40 * MOMENT).await;
    drop(progress);
    for task in load {
        task.await.unwrap();
    }
    for keys in ["rotated.json\" re-read: 2 usable", "rotated.json\" re-read: 1 usable"] {
        assert_eq!(setup.logged("notice", ["certbound: keys of \"", keys]), [1, 1], "{keys}");
    }
}

#[tokio::test]
async fn a_malformed_file_keeps_the_old_keys_and_logs_once() {
    let setup = &*SETUP;
    let [old, new] = setup.tokens();
    let stay = ["broken.json", "the old keys remain in use"];
    for (rounds, (broken, reason)) in [
        ("", "json_unexpected_end"),
        ("<html>502 Bad Gateway</html>", "json_unexpected_byte"),
        (&setup.old.jwks()[..99], "json_unexpected_end"),
        ("-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "key_set_is_pem"),
        ("{}", "key_set_keys_missing"),
        // A set that lists no keys at all would withdraw them.
        (UNUSABLE, "key_set_without_usable_key"),
    ]
    .into_iter()
    .enumerate()
    {
        setup.directory().replace("broken.json", broken);
        setup.until_each_worker_logged("error", stay, rounds + 1).await;
        let line = format!("broken.json\" not loaded: {reason}: ");
        assert!(setup.logged("error", ["certbound: keys of", &line]).iter().all(|times| *times > 0), "{reason}");
        setup.accepts_only(&old, &new, "/broken").await;
    }
    setup.until_each_worker_polled_twice("marker_1").await;
    assert_eq!(setup.logged("error", stay), [6, 6]);

    setup.directory().replace("broken.json", set(&[&setup.new]));
    setup.until_each_worker_accepts_only(&new, &old, "/broken").await;
    assert_eq!(setup.logged("notice", ["certbound: keys of \"", "broken.json\" re-read: 1 usable"]), [1, 1]);
}

/// A well-formed set that lists no keys withdraws all of them, also for cached tokens. The log must say so.
#[tokio::test]
async fn a_set_without_keys_withdraws_all_and_logs_once() {
    let setup = &*SETUP;
    let [old, new] = setup.tokens();
    let [paths, withdrawn] = [["/withdrawn", "/withdrawn_uncached"], ["withdrawn.json", "all are withdrawn"]];
    for path in paths {
        // Each worker caches it.
        setup.until_each_worker_returns("ok", path, &old).await;
    }
    setup.directory().replace("withdrawn.json", NO_KEYS);
    for path in paths {
        setup.until_each_worker_returns("keys_withdrawn", path, &old).await;
        for token in [&old, &new] {
            for _ in 0..5 {
                assert_eq!(setup.verdict(path, token).await.1, "keys_withdrawn");
            }
        }
    }
    let mut connection = Connection::plain(setup.nginx.plain(), "api.example").await;
    let answer = connection.send(Request::get("/withdrawn").bearer(&old)).await;
    setup.nginx.rejected(&answer, "keys_withdrawn").await;

    // Unusable files restore nothing.
    for broken in ["", UNUSABLE] {
        setup.directory().replace("withdrawn.json", broken);
        setup.until_each_worker_polled_twice("marker_4").await;
        setup.until_each_worker_returns("keys_withdrawn", "/withdrawn", &old).await;
    }
    assert_eq!(setup.logged("error", withdrawn), [1, 1]);

    setup.directory().replace("withdrawn.json", set(&[&setup.new]));
    for path in paths {
        setup.until_each_worker_accepts_only(&new, &old, path).await;
    }
}

#[tokio::test]
async fn a_missing_file_keeps_the_old_keys_and_logs_once() {
    let setup = &*SETUP;
    let [old, new] = setup.tokens();
    fs::remove_file(setup.directory().path("missing.json")).unwrap();
    setup.until_each_worker_keeps_the_old_keys("missing.json", "marker_2").await;
    setup.accepts_only(&old, &new, "/missing").await;
    setup.directory().write("missing.json", set(&[&setup.new]));
    setup.until_each_worker_accepts_only(&new, &old, "/missing").await;
}

#[tokio::test]
async fn too_many_keys_keep_the_old_ones_and_log_once() {
    let setup = &*SETUP;
    let issuers: Vec<_> = (0..65).map(|number| Issuer::new(&format!("{number}-"))).collect();
    let issuers: Vec<_> = issuers.iter().collect();
    let [old, last, first] = [&setup.old, issuers[64], issuers[0]].map(|issuer| Token::unbound().signed_by(issuer));
    setup.directory().replace("many.json", set(&issuers));
    setup.until_each_worker_keeps_the_old_keys("many.json", "marker_3").await;
    assert_eq!(setup.logged("error", ["many.json", "64"]), [1, 1]);
    setup.accepts_only(&old, &first, "/many").await;
    // With one key fewer, the file is loaded.
    setup.directory().replace("many.json", set(&issuers[1..]));
    setup.until_each_worker_accepts_only(&last, &old, "/many").await;
    assert_eq!(setup.logged("notice", ["certbound: keys of \"", "many.json\" re-read: 64 usable"]), [1, 1]);
}

/// A file from a backup or a package may have an older or equal time, and the same length.
#[tokio::test]
async fn a_file_replaced_by_rename_is_loaded_regardless_of_its_time() {
    let setup = &*SETUP;
    let path = setup.directory().path("renamed.json");
    let mut current = fs::metadata(&path).unwrap().modified().unwrap();
    let (old, new) = (&setup.old, &setup.new);
    for (issuer, other, seconds_back) in [(new, old, 3600), (old, new, 0), (new, old, 0), (old, new, 7200)] {
        current -= Duration::from_secs(seconds_back);
        setup.directory().write("renamed.new", set(&[issuer]));
        let replacement = setup.directory().path("renamed.new");
        File::options().write(true).open(&replacement).unwrap().set_modified(current).unwrap();
        assert_eq!(fs::metadata(&replacement).unwrap().len(), fs::metadata(&path).unwrap().len());
        fs::rename(&replacement, &path).unwrap();
        let [known, unknown] = [issuer, other].map(|issuer| Token::unbound().signed_by(issuer));
        setup.until_each_worker_accepts_only(&known, &unknown, "/renamed").await;
    }
}

/// Kubernetes replaces the files of a volume by linking its name to another directory.
#[tokio::test]
async fn a_changed_link_is_loaded() {
    let setup = &*SETUP;
    setup.directory().write("linked-2/jwks.json", set(&[&setup.new]));
    symlink("linked-2", setup.directory().path("linked.new")).unwrap();
    fs::rename(setup.directory().path("linked.new"), setup.directory().path("linked")).unwrap();
    let [old, new] = setup.tokens();
    setup.until_each_worker_accepts_only(&new, &old, "/linked").await;
}

/// Times in whole seconds would not distinguish the two changes.
#[tokio::test]
async fn two_changes_within_one_second_are_both_loaded() {
    let setup = &*SETUP;
    let path = setup.directory().path("quick.json");
    let second = SystemTime::UNIX_EPOCH + Duration::from_secs(now());
    let (old, new) = (&setup.old, &setup.new);
    for (issuer, other, millisecond) in [(new, old, 100), (old, new, 200), (new, old, 300)] {
        // Written in place, with the same length.
        setup.directory().write("quick.json", set(&[issuer]));
        let time = second + Duration::from_millis(millisecond);
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        let [known, unknown] = [issuer, other].map(|issuer| Token::unbound().signed_by(issuer));
        setup.until_each_worker_accepts_only(&known, &unknown, "/quick").await;
    }
}

/// The master process, which forks the new worker, has the keys from the start of nginx. A key withdrawn since then must not
/// return, not even if the file has become unreadable.
#[tokio::test]
async fn a_new_worker_has_the_newest_keys() {
    let setup = Setup::new();
    let newest = set(&[&setup.new]);
    new_workers_load(&setup, &newest, "key_unknown", "ok").await;
}

#[tokio::test]
async fn a_new_worker_knows_that_all_keys_are_withdrawn() {
    new_workers_load(&Setup::new(), NO_KEYS, "keys_withdrawn", "keys_withdrawn").await;
}

async fn new_workers_load(setup: &Setup, newest: &str, of_old: &str, of_new: &str) {
    let [old, new] = setup.tokens();
    setup.directory().replace("rotated.json", newest);
    setup.until_each_worker_returns(of_old, "/rotated", &old).await;
    for damage in ["none", "broken", "missing"] {
        match damage {
            "broken" => setup.directory().write("rotated.json", "<html>"),
            "missing" => fs::remove_file(setup.directory().path("rotated.json")).unwrap(),
            _ => {}
        }
        // Replaces every worker that has read the file itself.
        for worker in setup.nginx.workers() {
            setup.nginx.kill_and_replace(worker).await;
            for _ in 0..10 {
                assert_eq!(setup.verdict("/rotated", &old).await.1, of_old);
                assert_eq!(setup.verdict("/rotated", &new).await.1, of_new);
            }
        }
        setup.until_each_worker_returns(of_new, "/rotated", &new).await;
        setup.until_each_worker_returns(of_old, "/rotated", &old).await;
    }
}

/// A set that withdraws all keys.
const NO_KEYS: &str = r#"{"keys":[]}"#;

/// A set that lists only an unusable key.
const UNUSABLE: &str = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#;
