//! Attempts to bring the file up to date: one, or one after another until a signal ends them.

use std::{
    future::Future,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::{
    metrics::Metrics,
    metrics_server,
    public_keys::{PublicKeys, count_kinds},
    schedule,
};
use crate::{
    date,
    failure::Failure,
    input,
    issuer::{Authorities, Fetcher, Problem, Reason, Source},
    key_set, output,
    whole_file::{WholeFile, Written},
};

/// What to fetch, and what to write.
pub(crate) struct Service {
    source: Source,
    authorities: Authorities,
    file: WholeFile,
    fetcher: Fetcher,
    metrics: watch::Sender<Metrics>,
    /// The warnings of the latest answer, which are logged once.
    warnings: Vec<String>,
}

/// How many attempts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repetition {
    Once,
    Every(Duration),
}

/// A successful attempt.
#[derive(Debug)]
struct Success {
    written: Written,
    /// The keys, in one line.
    keys: String,
    lifetime: Option<Duration>,
}

impl Service {
    /// # Errors
    /// [`Failure::Unusable`] if the metrics cannot be registered, which does not happen.
    pub(crate) fn new(source: Source, authorities: Authorities, file: PathBuf) -> Result<Self, Failure> {
        let metrics = Metrics::new().map_err(|error| Failure::Unusable(format!("the metrics are invalid: {error}")))?;
        Ok(Self {
            source,
            authorities,
            file: WholeFile::new(file),
            fetcher: Fetcher::default(),
            metrics: watch::Sender::new(metrics),
            warnings: Vec::new(),
        })
    }

    /// Runs until the attempt is over or a signal ends the repetition, and serves the metrics meanwhile.
    ///
    /// # Errors
    /// [`Failure::Unusable`] if an option cannot be used, [`Failure::Answer`] if a single attempt fails.
    pub(crate) fn run(self, repetition: Repetition, metrics: Option<SocketAddr>) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Unusable(format!("the system allows no I/O: {error}")))?;
        let outcome = runtime.block_on(self.start(repetition, metrics));
        // Resolving a name cannot be interrupted, and nobody waits for it any more.
        runtime.shutdown_background();
        outcome
    }

    async fn start(mut self, repetition: Repetition, metrics: Option<SocketAddr>) -> Result<(), Failure> {
        // Mistakes in the options are reported before anything else happens.
        self.authorities.tls_config()?;
        self.file.check().map_err(|error| Failure::Unusable(unwritable(&self.file, &error)))?;
        if let Some(address) = metrics {
            let listener = metrics_server::bind(address).await?;
            tokio::spawn(metrics_server::serve(listener, self.metrics.subscribe()));
        }
        self.note_existing_keys();
        // A signal is only noticed while an attempt waits, so it never interrupts the writing of the file.
        let terminated = terminated()?;
        match repetition {
            Repetition::Once => tokio::select! {
                biased;
                outcome = self.once() => outcome,
                () = terminated => Err(Failure::Unusable("a signal has ended the attempt; the file is as it was".to_owned())),
            },
            Repetition::Every(every) => tokio::select! {
                () = terminated => Ok(()),
                never = self.forever(every) => never,
            },
        }
    }

    async fn once(&mut self) -> Result<(), Failure> {
        match self.attempt(ATTEMPT_TIMEOUT).await {
            Ok(success) => {
                self.log_success(&success);
                Ok(())
            }
            Err(problem) if matches!(problem.reason, Reason::FileUnwritable | Reason::AuthoritiesUnusable) => {
                Err(Failure::Unusable(problem.text))
            }
            Err(problem) => Err(Failure::Answer { reason: problem.reason.name(), text: problem.text }),
        }
    }

    async fn forever(&mut self, every: Duration) -> Result<(), Failure> {
        let mut failures: u32 = 0;
        let mut is_first = true;
        loop {
            let delay = match self.attempt(ATTEMPT_TIMEOUT).await {
                Ok(success) => {
                    // One line for each change; also the first success and the end of failures are one.
                    if success.written == Written::Changed || is_first || failures > 0 {
                        self.log_success(&success);
                    }
                    (failures, is_first) = (0, false);
                    schedule::after_success(every, success.lifetime)
                }
                Err(problem) => {
                    failures = failures.saturating_add(1);
                    let delay = schedule::after_failure(every, failures, problem.retry_after, fastrand::f64());
                    let next = date::span(delay.as_secs_f64().round() as u64);
                    output::report(&Failure::Answer {
                        reason: problem.reason.name(),
                        text: format!("{}; the next attempt is in {next}", problem.text),
                    });
                    delay
                }
            };
            sleep(delay).await;
        }
    }

    /// Fetches the keys and writes them, within a time limit that covers everything from the name's resolution to the
    /// last byte of the answer.
    async fn attempt(&mut self, limit: Duration) -> Result<Success, Problem> {
        let result = match timeout(limit, self.fetch()).await {
            Ok(Ok((keys, lifetime))) => self.write(keys, lifetime),
            Ok(Err(problem)) => Err(problem),
            Err(_) => {
                let text = format!(
                    "{}: no complete answer within {} s; expected one sooner; check the network and the server",
                    self.source,
                    limit.as_secs()
                );
                Err(Problem::new(Reason::TimedOut, text))
            }
        };
        if let Err(problem) = &result {
            self.metrics.send_modify(|metrics| metrics.failed(problem.reason));
        }
        result
    }

    async fn fetch(&mut self) -> Result<(PublicKeys, Option<Duration>), Problem> {
        let tls = self
            .authorities
            .tls_config()
            .map_err(|failure| Problem::new(Reason::AuthoritiesUnusable, failure.sentence()))?;
        let document = self.source.fetch(&mut self.fetcher, &Arc::new(tls)).await?;
        let keys = PublicKeys::read(&document.body, &self.source.to_string())?;
        Ok((keys, document.lifetime))
    }

    fn write(&mut self, keys: PublicKeys, lifetime: Option<Duration>) -> Result<Success, Problem> {
        let written = self.file.write(keys.text.as_bytes());
        let written = written.map_err(|error| Problem::new(Reason::FileUnwritable, unwritable(&self.file, &error)))?;
        self.metrics.send_modify(|metrics| metrics.succeeded(&count_kinds(&keys.keys), SystemTime::now()));
        let success = Success { written, keys: keys.describe(), lifetime };
        if self.warnings != keys.warnings {
            for warning in &keys.warnings {
                output::warn(&format!("{}: {warning}", self.source));
            }
            self.warnings = keys.warnings;
        }
        Ok(success)
    }

    /// Keys that are in the file at the start are in use, so the metrics count them.
    fn note_existing_keys(&self) {
        if let Some((text, changed)) = self.file.read()
            && let Ok(keys) = key_set::parse(&text, &mut Vec::new())
            && !keys.is_empty()
        {
            self.metrics.send_modify(|metrics| metrics.found(&count_kinds(&keys), changed));
        }
    }

    fn log_success(&self, success: &Success) {
        let title = match success.written {
            Written::Changed => "changed",
            Written::Unchanged => "unchanged",
        };
        output::note(title, &format!("{}: {} of {}", input::name(self.file.path()), success.keys, self.source));
    }
}

fn unwritable(file: &WholeFile, error: &std::io::Error) -> String {
    format!(
        "{}: it cannot be written: {error}; check the path and the permissions of its folder",
        file.path().display()
    )
}

/// Completes when the process is asked to end.
#[cfg(unix)]
fn terminated() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::Unusable(format!("signals cannot be received: {error}")));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
fn terminated() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

/// Time limit of an attempt. A slow issuer answers within seconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::{fs, io::Write, net::TcpListener, thread};

    use tempfile::TempDir;

    use super::*;
    use crate::{
        issuer::{HttpsUrl, Issuer},
        sync::https::{Authority, Reply, Server, answer, ok},
    };

    const JWKS: &str = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

    /// One attempt with a time limit, in a folder with the file `jwks.json` and the authority `ca.pem`.
    fn attempt(folder: &TempDir, source: Source, limit: Duration) -> Result<Success, Problem> {
        let path = |name: &str| folder.path().join(name);
        let mut service = Service::new(source, Authorities::File(path("ca.pem")), path("jwks.json")).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(service.attempt(limit));
        assert!(
            result.is_err() || service.metrics.borrow().text(SystemTime::now()).unwrap().contains("Ed25519\"} 1\n")
        );
        result
    }

    fn folder(authority: &Authority) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ca.pem"), &authority.pem).unwrap();
        fs::write(folder.path().join("jwks.json"), "old").unwrap();
        folder
    }

    fn jwks_uri(url: &str) -> Source {
        Source::JwksUri(HttpsUrl::parse(url).unwrap())
    }

    /// Long enough for a machine under load.
    const LONG: Duration = Duration::from_secs(300);
    const SHORT: Duration = Duration::from_millis(300);
    const PAUSE: Duration = Duration::from_millis(10);

    /// Each of these servers sends something from time to time, forever, so that no limit on a single read would end it.
    #[test]
    fn the_limit_covers_the_whole_attempt() {
        let authority = Authority::new();
        let folder = folder(&authority);
        let expect_timeout = |url: &str| {
            let problem = attempt(&folder, jwks_uri(url), SHORT).unwrap_err();
            assert_eq!(problem.reason, Reason::TimedOut, "{}", problem.text);
            assert_eq!(fs::read_to_string(folder.path().join("jwks.json")).unwrap(), "old");
        };
        let server = |reply: fn() -> Reply| Server::start(authority.server(&["127.0.0.1"]), move |_| reply());
        // In the head, in the body, in an endless sequence of interim answers, and with no answer at all.
        for reply in [
            (|| Reply::Repeat(b"HTTP/1.1 200 OK\r\nX: ".into(), b"y".into(), PAUSE)) as fn() -> Reply,
            || Reply::Repeat(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".into(), b" ".into(), PAUSE),
            || Reply::Repeat(b"HTTP/1.1 200 OK\r\n\r\n".into(), b" ".into(), PAUSE),
            || Reply::Repeat(Vec::new(), b"HTTP/1.1 103 Early Hints\r\n\r\n".into(), PAUSE),
            || Reply::Silence,
        ] {
            expect_timeout(&server(reply).url("/"));
        }
        // In the TLS handshake: a record of 16 KiB, byte by byte.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut is_open = stream.write_all(&[0x16, 3, 3, 0x40, 0]).is_ok();
            while is_open {
                thread::sleep(PAUSE);
                is_open = stream.write_all(&[2]).is_ok();
            }
        });
        expect_timeout(&url);

        let ok = Server::start(authority.server(&["127.0.0.1"]), |_| ok(JWKS));
        assert_eq!(attempt(&folder, jwks_uri(&ok.url("/")), LONG).unwrap().written, Written::Changed);
        assert_eq!(fs::read_to_string(folder.path().join("jwks.json")).unwrap(), format!("{JWKS}\n"));
    }

    /// All requests of an attempt share its limit.
    #[test]
    fn the_limit_covers_redirects_and_metadata() {
        let authority = Authority::new();
        let folder = folder(&authority);
        let server = Server::start(authority.server(&["127.0.0.1"]), |request| {
            if request.target == "/slow" { Reply::Silence } else { answer("302 Found", &["Location: /slow"], "") }
        });
        for source in [jwks_uri(&server.url("/")), Source::Issuer(Issuer::parse(&server.url("")).unwrap())] {
            assert_eq!(attempt(&folder, source, SHORT).unwrap_err().reason, Reason::TimedOut);
        }
    }

    #[test]
    fn a_server_that_asks_for_time_gets_it() {
        let authority = Authority::new();
        let folder = folder(&authority);
        for (header, expected) in [
            ("Retry-After: 120", Some(Duration::from_secs(120))),
            ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None),
            ("X: y", None),
        ] {
            let server = Server::start(authority.server(&["127.0.0.1"]), move |_| answer("503 Busy", &[header], ""));
            let problem = attempt(&folder, jwks_uri(&server.url("/")), LONG).unwrap_err();
            assert_eq!((problem.reason, problem.retry_after), (Reason::StatusUnexpected, expected));
        }
    }

    #[test]
    fn authorities_that_become_unusable_are_a_problem() {
        let authority = Authority::new();
        let folder = folder(&authority);
        let server = Server::start(authority.server(&["127.0.0.1"]), |_| ok(JWKS));
        fs::remove_file(folder.path().join("ca.pem")).unwrap();
        let problem = attempt(&folder, jwks_uri(&server.url("/")), LONG).unwrap_err();
        assert_eq!(problem.reason, Reason::AuthoritiesUnusable);
    }
}
