//! `--every`: a service that follows its issuer until a signal ends it.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStderr, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    https::{Reply, answer, ok},
    support::{Issuer, command},
    world::{Shared, World, replace_by_pipe, signal},
};

/// A running service, whose log lines are read one by one.
struct Service {
    child: Child,
    log: BufReader<ChildStderr>,
}

impl Service {
    fn start(world: &World, more: &[&str]) -> Self {
        let arguments = [&["sync", "--out", &world.out, "--ca", &world.ca], more].concat();
        let mut child = command(&arguments).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log }
    }

    /// The next log line, which may take a while.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line
    }

    #[track_caller]
    fn logs(&mut self, start: &str) -> String {
        let line = self.line();
        assert!(line.starts_with(start), "expected {start}, found {line}");
        line
    }

    /// The same, after any number of lines that begin with `before`: on a slow machine there may be more attempts than expected.
    #[track_caller]
    fn logs_after(&mut self, before: &str, start: &str) -> String {
        let mut line = self.line();
        while line.starts_with(before) {
            line = self.line();
        }
        assert!(line.starts_with(start), "expected {start}, found {line}");
        line
    }

    /// Ends the service with a signal. Returns the rest of its log.
    fn end(mut self, name: &str) -> String {
        signal(&self.child, name);
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{rest}");
        rest
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn rotated_keys_are_followed_with_one_line_for_each_change() {
    let world = World::new();
    let jwks = Shared::new(world.issuer.jwks());
    let served = jwks.clone();
    let server = world.server(move |_| ok(served.get()));
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1s"]);
    service.logs("changed: ");
    let first = world.content();
    jwks.set(Issuer::new().jwks());
    service.logs("changed: ");
    let second = world.content();
    assert_ne!(first, second);
    // Nothing has changed for at least one more attempt: no line.
    let attempts = server.targets().len();
    while server.targets().len() < attempts + 2 {
        thread::sleep(Duration::from_millis(50));
    }
    jwks.set(format!(r#"{{"keys": [{}, {{"kty": "oct", "kid": "shared"}}]}}"#, Issuer::new().jwk()));
    service.logs("warning: ");
    service.logs("changed: ");
    assert_eq!(service.end("TERM"), "");
}

#[test]
fn bad_answers_leave_the_file_and_are_reported_until_good_ones_come() {
    let world = World::new();
    let (good, body) = (world.issuer.jwks(), Shared::new(String::new()));
    body.set(good.clone());
    let served = body.clone();
    let server = world.server(move |_| ok(served.get()));
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1s"]);
    service.logs("changed: ");
    let before = world.content();
    body.set(r#"{"keys": []}"#.to_owned());
    let line = service.logs("rejected: keys_withdrawn: ");
    assert!(line.contains("the next attempt is in 1 s"), "{line}");
    body.set("<html>".to_owned());
    service.logs_after("rejected: keys_withdrawn: ", "rejected: json_unexpected_byte: ");
    assert_eq!(world.content(), before);
    body.set(good);
    service.logs_after("rejected: json_unexpected_byte: ", "unchanged: ");
    assert_eq!(world.content(), before);
    assert_eq!(service.end("INT"), "");
}

#[test]
fn a_service_starts_and_continues_without_its_issuer() {
    let world = World::new();
    fs::write(&world.out, world.issuer.jwks()).unwrap();
    let status = Shared::new("500 Internal Server Error");
    let (served, jwks) = (status.clone(), world.issuer.jwks());
    let server = world.server(move |_| answer(served.get(), &[], &jwks));
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1h"]);
    // The delays double, and jitter takes up to half of them off.
    for delays in [&["1 s"][..], &["1 s", "2 s"]] {
        let line = service.logs("rejected: status_unexpected: ");
        let delay = line.rsplit_once("the next attempt is in ").unwrap().1.trim_end();
        assert!(delays.contains(&delay), "{line}");
    }
    assert_eq!(world.content(), world.issuer.jwks());
    status.set("200 OK");
    service.logs_after("rejected: status_unexpected: ", "changed: ");
    assert_eq!(service.end("TERM"), "");
}

#[test]
fn entity_tags_and_lifetimes_are_honoured() {
    let world = World::new();
    let (first, second) = (world.issuer.jwks(), Issuer::new().jwks());
    let current = Shared::new(("\"a\"".to_owned(), first));
    let served = current.clone();
    let server = world.server(move |request| {
        let (tag, jwks) = served.get();
        let headers = [&format!("ETag: {tag}"), "Cache-Control: public, max-age=1"];
        if request.headers.get("if-none-match") == Some(&tag) {
            answer("304 Not Modified", &headers, "")
        } else {
            answer("200 OK", &headers, jwks)
        }
    });
    // Without max-age the second attempt would come in an hour.
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1h"]);
    service.logs("changed: ");
    while server.targets().len() < 3 {
        thread::sleep(Duration::from_millis(50));
    }
    let tags = |server: &crate::https::Server| {
        server.requests().into_iter().map(|request| request.headers.get("if-none-match").cloned()).collect::<Vec<_>>()
    };
    assert_eq!(tags(&server)[..3], [None, Some("\"a\"".to_owned()), Some("\"a\"".to_owned())]);
    // A file that somebody has changed is restored, although the server does not send the keys again.
    let before = world.content();
    fs::write(&world.out, "{}").unwrap();
    service.logs("changed: ");
    assert_eq!(world.content(), before);
    current.set(("W/\"b\"".to_owned(), second));
    service.logs("changed: ");
    assert_ne!(world.content(), before);
    let attempts = server.targets().len();
    while server.targets().len() < attempts + 1 {
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(tags(&server).last().unwrap().as_deref(), Some("W/\"b\""));
    assert_eq!(service.end("TERM"), "");
}

/// Some servers cannot read the entity tags that they send, for example if these are long.
#[test]
fn after_a_failure_the_entity_tag_is_not_sent() {
    let world = World::new();
    let (first, second) = (world.issuer.jwks(), Issuer::new().jwks());
    for failure in [|| answer("431 x", &[], ""), || Reply::Bytes(Vec::new())] {
        let (first, second) = (first.clone(), second.clone());
        let is_first = Shared::new(true);
        let server = world.server(move |request| {
            if request.headers.contains_key("if-none-match") {
                failure()
            } else if is_first.get() {
                is_first.set(false);
                answer("200 OK", &["ETag: \"a\"", "Cache-Control: max-age=1"], &first)
            } else {
                ok(&second)
            }
        });
        let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1h"]);
        service.logs("changed: ");
        service.logs("rejected: ");
        service.logs("changed: ");
        let requests = server.requests();
        let are_conditional: Vec<_> =
            requests.iter().map(|request| request.headers.contains_key("if-none-match")).collect();
        assert_eq!(are_conditional, [false, true, false]);
        assert_eq!(service.end("TERM"), "");
    }
}

/// So that a signal never leaves a part of a new file behind.
#[test]
fn a_signal_ends_a_single_attempt_with_exit_code_2() {
    let world = World::new();
    let server = world.server(|_| Reply::Silence);
    for name in ["TERM", "INT"] {
        let attempts = server.targets().len();
        let mut attempt = Service::start(&world, &["--jwks-uri", &server.url("/"), "--once"]);
        while server.targets().len() == attempts {
            thread::sleep(Duration::from_millis(20));
        }
        signal(&attempt.child, name);
        attempt.logs("error: a signal has ended the attempt; the file is as it was");
        assert_eq!(attempt.child.wait().unwrap().code(), Some(2));
    }
    assert_eq!(world.names(), ["ca.pem"]);
}

#[test]
fn a_signal_ends_a_service_also_while_it_waits_for_an_answer() {
    let world = World::new();
    let server = world.server(|_| Reply::Silence);
    for signal in ["TERM", "INT"] {
        let attempts = server.targets().len();
        let service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "5m"]);
        while server.targets().len() == attempts {
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(service.end(signal), "");
    }
    assert_eq!(world.names(), ["ca.pem"]);
}

#[test]
fn an_unwritable_file_is_reported_and_tried_again() {
    let mut world = World::new();
    let folder = world.files.path("folder");
    fs::create_dir(&folder).unwrap();
    world.out = format!("{folder}/jwks.json");
    let server = world.serving(world.issuer.jwks());
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1s"]);
    service.logs("changed: ");
    // Root could write into any folder, but not into one that is gone.
    fs::remove_dir_all(&folder).unwrap();
    service.logs("rejected: file_unwritable: ");
    fs::create_dir(&folder).unwrap();
    service.logs_after("rejected: file_unwritable: ", "changed: ");
    assert_eq!(service.end("TERM"), "");
}

/// A pipe without a writer would stop the whole service, which then no signal could end.
#[test]
fn pipes_in_place_of_files_do_not_stop_a_service() {
    let world = World::new();
    let server = world.serving(world.issuer.jwks());
    let mut service = Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1s"]);
    service.logs("changed: ");
    replace_by_pipe(&world.out);
    service.logs("rejected: file_unwritable: ");
    fs::remove_file(&world.out).unwrap();
    service.logs_after("rejected: file_unwritable: ", "changed: ");
    replace_by_pipe(&world.ca);
    service.logs("rejected: authorities_unusable: ");
    fs::remove_file(&world.ca).unwrap();
    fs::write(&world.ca, &world.authority.pem).unwrap();
    service.logs_after("rejected: authorities_unusable: ", "unchanged: ");
    assert_eq!(service.end("TERM"), "");
}

/// An address with a free port. Only one test uses this IP address, so the port stays free.
fn free_address(ip: &str) -> SocketAddr {
    TcpListener::bind((ip, 0)).unwrap().local_addr().unwrap()
}

/// The head of an HTTP answer, and its body.
fn get(address: SocketAddr, request: &str) -> (String, String) {
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    };
    stream.write_all(format!("{request} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The samples of a text that Prometheus's own reader accepts, which also judges names and help.
fn parse_metrics(text: &str) -> BTreeMap<String, f64> {
    let check =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut check = check.expect("promtool is needed: run make setup-sync");
    check.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    assert!(output.status.success(), "{}{text}", String::from_utf8_lossy(&output.stderr));
    let samples = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.rsplit_once(' ').unwrap());
    samples.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect()
}

#[test]
fn metrics_show_ages_keys_and_failures() {
    let world = World::new();
    let address = free_address("127.0.0.2");
    let body = Shared::new("<html>".to_owned());
    let served = body.clone();
    let server = world.server(move |_| ok(served.get()));
    let mut service =
        Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1s", "--metrics", &address.to_string()]);
    service.logs("rejected: json_unexpected_byte: ");
    let (head, text) = get(address, "GET /metrics");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.to_lowercase().contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{head}");
    let types: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(
        types,
        [
            "certbound_sync_failures_total counter",
            "certbound_sync_keys gauge",
            "certbound_sync_keys_age_seconds gauge",
            "certbound_sync_last_success_timestamp_seconds gauge",
        ]
    );
    let metrics = parse_metrics(&text);
    assert_eq!(metrics["certbound_sync_keys_age_seconds"], f64::INFINITY);
    assert_eq!(metrics["certbound_sync_last_success_timestamp_seconds"], 0.0);
    assert_eq!(metrics["certbound_sync_keys{kind=\"EC P-256\"}"], 0.0);
    assert!(metrics["certbound_sync_failures_total{reason=\"json_unexpected_byte\"}"] >= 1.0);
    assert_eq!(metrics["certbound_sync_failures_total{reason=\"timed_out\"}"], 0.0);

    body.set(world.issuer.jwks());
    service.logs_after("rejected: json_unexpected_byte: ", "changed: ");
    let metrics = parse_metrics(&get(address, "GET /metrics").1);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    let last = metrics["certbound_sync_last_success_timestamp_seconds"];
    assert!(last > 1_500_000_000.0 && last <= now);
    assert!(metrics["certbound_sync_keys_age_seconds"].is_finite());
    assert_eq!(metrics["certbound_sync_keys{kind=\"EC P-256\"}"], 1.0);
    assert_eq!(metrics["certbound_sync_keys{kind=\"RSA\"}"], 0.0);

    assert!(get(address, "GET /").0.starts_with("HTTP/1.1 404 "));
    assert!(get(address, "POST /metrics").0.starts_with("HTTP/1.1 405 "));
    assert_eq!(get(address, "HEAD /metrics").1, "");
    // A client that says nothing does not keep others waiting.
    let silent = TcpStream::connect(address).unwrap();
    assert!(get(address, "GET /metrics?x").0.starts_with("HTTP/1.1 200 "));
    drop(silent);
    assert_eq!(service.end("TERM"), "");
}

/// After a restart, the keys in the file are in use, even if the issuer is down.
#[test]
fn metrics_count_the_keys_that_a_service_finds() {
    let world = World::new();
    fs::write(&world.out, world.issuer.jwks()).unwrap();
    let address = free_address("127.0.0.3");
    let server = world.server(|_| Reply::Silence);
    let service =
        Service::start(&world, &["--jwks-uri", &server.url("/"), "--every", "1m", "--metrics", &address.to_string()]);
    while server.targets().is_empty() {
        thread::sleep(Duration::from_millis(20));
    }
    let metrics = parse_metrics(&get(address, "GET /metrics").1);
    assert_eq!(metrics["certbound_sync_keys{kind=\"EC P-256\"}"], 1.0);
    assert!(metrics["certbound_sync_keys_age_seconds"].is_finite());
    assert_eq!(metrics["certbound_sync_last_success_timestamp_seconds"], 0.0);
    assert_eq!(service.end("TERM"), "");
}
