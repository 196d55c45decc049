//! Changes of one issuer's keys, on a server that trusts several issuers.
//!
//! These tests need no certificates: their tokens are unbound.

use std::{fs, sync::Arc};

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, MOMENT, Nginx},
    tokens::{Algorithm, Issuer, Token, jwks},
};
use tokio::sync::watch;

const ONE: &str = "https://as.example";
const TWO: &str = "https://two.example";

/// Two issuers, each with a file. Both are trusted at `/`, the first alone at `/alone`, the second alone at `/other`.
struct Changing {
    nginx: Nginx,
    /// The first issuer before and after its rotation.
    old: Issuer,
    new: Issuer,
    other: Issuer,
}

impl Changing {
    fn start() -> Self {
        const SITE: &str = r#"
            certbound on;
            certbound_realm api;
            certbound_audience https://api.example;
            certbound_binding if_present;
            certbound_issuer https://as.example changing.json;
            certbound_issuer https://two.example stable.json;

            # With one socket per worker, each worker gets a share of the connections.
            server {
                listen 127.0.0.1:PLAIN_PORT reuseport;
                location / { empty_gif; }
                location /alone { certbound_issuer https://as.example changing.json; empty_gif; }
                location /other { certbound_issuer https://two.example stable.json; empty_gif; }
            }
        "#;
        let [old, new, other] = ["old-", "new-", "other-"].map(Issuer::new);
        let directory = Directory::with_keys_of(&old);
        directory.write("changing.json", old.jwks());
        directory.write("stable.json", other.jwks());
        Self { nginx: Nginx::start(directory, SITE), old, new, other }
    }

    /// Unbound tokens of the first issuer, before and after its rotation, and of the other issuer.
    fn tokens(&self) -> [String; 3] {
        let token = |name, keys| Token::unbound().issuer(name).signed_by(keys);
        [token(ONE, &self.old), token(ONE, &self.new), token(TWO, &self.other)]
    }

    async fn until_each_worker_returns(&self, verdict: &str, path: &str, token: &str) {
        let ask = async || {
            let mut connection = Connection::plain(self.nginx.plain(), "api.example").await;
            let access = self.nginx.access(connection.send(Request::get(path).bearer(token)).await.case).await;
            (access.worker, access.verdict == verdict)
        };
        self.nginx.until_each_worker(&format!("returns {verdict} for {path}"), ask).await;
    }

    /// How often the error log has these words.
    fn logged(&self, words: &str) -> usize {
        self.nginx.error_log().matches(words).count()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_keys_of_one_issuer_affect_no_other() {
    let setup = Arc::new(Changing::start());
    let [old, new, other] = setup.tokens();
    let forged = Token::unbound().issuer(TWO).signed_by(&Issuer::new("other-"));
    let swapped = Token::unbound().issuer(TWO).signed_by(&setup.new);

    // The other issuer's tokens, during all changes.
    let (running, watched) = watch::channel(());
    let load = [("/", &other, 200), ("/other", &other, 200), ("/", &forged, 401), ("/", &swapped, 401)];
    let load: Vec<_> = load
        .into_iter()
        .map(|(path, token, status)| {
            let (setup, watched, token) = (setup.clone(), watched.clone(), token.clone());
            tokio::spawn(async move {
                let mut requests = 0;
                while watched.has_changed().is_ok() {
                    let mut connection = Connection::plain(setup.nginx.plain(), "api.example").await;
                    let answer = connection.send(Request::get(path).bearer(&token)).await;
                    assert_eq!(answer.status, status, "{path}: {}", setup.nginx.last_errors());
                    requests += 1;
                    tokio::time::sleep(4 * MOMENT).await;
                }
                requests
            })
        })
        .collect();

    let directory = setup.nginx.directory();
    let paths = ["/", "/alone"];
    for path in paths {
        setup.until_each_worker_returns("ok", path, &old).await;
        setup.until_each_worker_returns("key_unknown", path, &new).await;
    }
    // A broken file keeps the old keys, and the workers log it once.
    directory.write("changing.json", "<html>502 Bad Gateway</html>");
    let broken = "changing.json\" not loaded: json_unexpected_byte: ";
    setup.nginx.until("each worker has rejected the file", || setup.logged(broken) == 2).await;
    for path in paths {
        setup.until_each_worker_returns("ok", path, &old).await;
    }
    // An update of the other issuer still works, with a broken file beside it.
    directory.replace("stable.json", jwks(&[setup.other.jwk(Algorithm::ES256), setup.other.jwk(Algorithm::EdDSA)]));
    let updated = "stable.json\" re-read: 2 usable";
    setup.nginx.until("each worker has the other issuer's keys", || setup.logged(updated) == 2).await;
    assert_eq!(setup.logged(broken), 2);

    // A rotation, then the withdrawal of all keys.
    directory.replace("changing.json", setup.new.jwks());
    for path in paths {
        setup.until_each_worker_returns("ok", path, &new).await;
        setup.until_each_worker_returns("key_unknown", path, &old).await;
    }
    directory.replace("changing.json", jwks(&[]));
    setup.until_each_worker_returns("key_unknown", "/", &new).await;
    setup.until_each_worker_returns("keys_withdrawn", "/alone", &new).await;
    let withdrawn =
        "changing.json\" re-read: the JWK Set lists no keys: all are withdrawn, and every token signed with them";
    assert_eq!(setup.logged(withdrawn), 2);

    tokio::time::sleep(20 * MOMENT).await;
    drop(running);
    for task in load {
        assert!(task.await.unwrap() > 20);
    }
    // Only now does the other issuer withdraw its keys too.
    directory.replace("stable.json", jwks(&[]));
    for (path, token) in [("/", &other), ("/", &new), ("/other", &other)] {
        setup.until_each_worker_returns("keys_withdrawn", path, token).await;
    }
}

/// The master process, which forks the new worker, has the keys from the start of nginx.
#[tokio::test]
async fn a_new_worker_has_the_newest_keys_of_each_issuer() {
    let setup = Changing::start();
    let [old, new, other] = setup.tokens();
    let newest_other = Issuer::new("newest-");
    let directory = setup.nginx.directory();
    directory.replace("changing.json", setup.new.jwks());
    directory.replace("stable.json", newest_other.jwks());
    let newest = Token::unbound().issuer(TWO).signed_by(&newest_other);
    for token in [&new, &newest] {
        setup.until_each_worker_returns("ok", "/", token).await;
    }
    // One file becomes unusable.
    for damage in ["broken", "missing"] {
        match damage {
            "broken" => directory.write("changing.json", "<html>"),
            _ => fs::remove_file(directory.path("changing.json")).unwrap(),
        }
        for worker in setup.nginx.workers() {
            setup.nginx.kill_and_replace(worker).await;
        }
        for (path, token, verdict) in [
            ("/", &new, "ok"),
            ("/alone", &new, "ok"),
            ("/", &newest, "ok"),
            ("/other", &newest, "ok"),
            ("/", &old, "key_unknown"),
            ("/", &other, "key_unknown"),
        ] {
            setup.until_each_worker_returns(verdict, path, token).await;
        }
    }
}

/// A reload reads the files again, and rejects the configuration if one of them is unusable.
#[tokio::test]
async fn a_reload_reads_the_files_of_all_issuers() {
    let setup = Changing::start();
    let [old, new, other] = setup.tokens();
    let directory = setup.nginx.directory();
    let workers = setup.nginx.workers();
    directory.write("stable.json", "<html>");
    setup.nginx.reload();
    let words = "[emerg]";
    setup.nginx.until("it rejects the configuration", || setup.logged(words) > 0).await;
    assert!(setup.nginx.error_log().lines().any(|line| line.contains(words)
        && line.contains("certbound_issuer \"/")
        && line.contains("stable.json\" in ")));
    assert_eq!(setup.nginx.workers(), workers);
    for token in [&old, &other] {
        setup.until_each_worker_returns("ok", "/", token).await;
    }

    directory.write("stable.json", setup.other.jwks());
    directory.write("changing.json", setup.new.jwks());
    setup.nginx.reload_workers().await;
    for (token, verdict) in [(&new, "ok"), (&other, "ok"), (&old, "key_unknown")] {
        setup.until_each_worker_returns(verdict, "/", token).await;
    }
}
