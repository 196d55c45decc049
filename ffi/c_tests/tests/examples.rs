//! The example programs, with real tokens and real mutual TLS.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use certbound_c_tests::{Fixtures, Program, finish, repository, run};

#[test]
fn verify_prints_claims_or_the_reason() {
    let program = Program::c("verify", &example("verify.c")).with(SANITIZERS).with_certbound().build();
    let verify = |certificate: &str, token: &str, jwks: &str| {
        let file = |name: &str| fixtures().path(name);
        let mut command = Command::new(&program);
        command.arg(file(jwks)).args([ISSUER, AUDIENCE]).args([file(certificate), file(token)]);
        let Output { status, stdout, stderr } = finish(&mut command);
        (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    };
    let (code, claims, errors) = verify("a.der", "ES256.jwt", "jwks.json");
    assert_eq!((code, &*errors), (0, ""));
    assert!(claims.starts_with(r#"{"iss":"https://as.example""#), "{claims}");
    for (certificate, token, jwks, expected) in [
        ("c.der", "ES256.jwt", "jwks.json", (1, "certificate_mismatch")),
        ("a.pem", "ES256.jwt", "jwks.json", (1, "der_malformed")),
        ("a.der", "expired.jwt", "jwks.json", (1, "token_expired")),
        ("a.der", "forged.jwt", "jwks.json", (1, "signature_invalid")),
        ("a.der", "a.pem", "jwks.json", (1, "token_not_compact")),
        ("a.der", "ES256.jwt", "client.json", (2, "key_set_keys_missing")),
        ("a.der", "ES256.jwt", "ES256.jwt", (2, "json_unexpected_byte")),
    ] {
        let (code, claims, errors) = verify(certificate, token, jwks);
        assert_eq!((code, errors.split(':').next().unwrap()), expected, "{errors}");
        assert_eq!(claims, "");
    }
    let (code, _, errors) = verify("a.der", "absent.jwt", "jwks.json");
    assert_eq!(code, 2);
    assert!(errors.contains("absent.jwt: cannot be read"), "{errors}");
}

#[test]
fn the_server_responds_by_token_and_certificate() {
    responds_by_token_and_certificate(Server::start(&OPENSSL));
}

#[test]
fn the_server_with_mbedtls_responds_by_token_and_certificate() {
    responds_by_token_and_certificate(Server::start(&MBEDTLS));
}

fn responds_by_token_and_certificate(server: Server) {
    let good = bearer("ES256.jwt");
    for (client, headers, expected) in [
        (Some("a"), vec![good.clone()], (200, None)),
        (Some("a"), vec![bearer("PS512.jwt")], (200, None)),
        (Some("a"), vec![good.replace("Authorization: Bearer", "AUTHORIZATION:  bearer  ")], (200, None)),
        // A stolen token, with the thief's certificate and without one.
        (Some("c"), vec![good.clone()], (401, Some(INVALID_TOKEN))),
        (None, vec![good.clone()], (401, Some(INVALID_TOKEN))),
        (Some("a"), vec![bearer("expired.jwt")], (401, Some(INVALID_TOKEN))),
        (Some("a"), vec![bearer("forged.jwt")], (401, Some(INVALID_TOKEN))),
        (Some("a"), vec![bearer("unbound.jwt")], (401, Some(INVALID_TOKEN))),
        (Some("a"), vec![format!("{good} {}", fixtures().text("ES256.jwt"))], (401, Some(INVALID_TOKEN))),
        (Some("a"), vec!["Authorization: Bearer x".to_owned()], (401, Some(INVALID_TOKEN))),
        // Without a token the challenge has no error (RFC 6750 §3).
        (Some("a"), vec![], (401, Some(CHALLENGE))),
        (Some("a"), vec!["Authorization: Basic eDp5".to_owned()], (401, Some(CHALLENGE))),
        (Some("a"), vec![good.replace("Authorization", "X-Authorization")], (401, Some(CHALLENGE))),
        (Some("a"), vec![good.clone(), good.clone()], (400, Some(INVALID_REQUEST))),
    ] {
        let answer = server.ask(client, &headers, &[]);
        let challenge = answer.lines().find_map(|line| line.strip_prefix("WWW-Authenticate: "));
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        assert_eq!((status, challenge), expected, "{client:?} {headers:?}: {answer}");
        assert_eq!(answer.contains(r#""sub":"server-a""#), status == 200, "{answer}");
        assert!(!answer.contains("mismatch") && !answer.contains("expired"), "the client learns the reason: {answer}");
    }
    // The handshake with another authority's client fails.
    assert!(!finish(&mut server.curl(Some("stranger"), &[good], &[])).status.success());
    let log = server.stop();
    for reason in ["certificate_mismatch", "certificate_missing", "token_expired", "authorization_ambiguous"] {
        assert!(log.contains(&format!("{reason}: ")), "{reason} is missing in {log}");
    }
    assert!(!log.contains("eyJ"), "the log contains a token: {log}");
}

/// A resumed session includes the client's certificate.
#[test]
fn the_server_knows_the_client_of_a_resumed_session() {
    let server = Server::start(&OPENSSL);
    for version in ["1.2", "1.3"] {
        for (client, status) in [("a", "200"), ("c", "401")] {
            // Two requests on two connections.
            let further = ["--verbose", "--tls-max", version, &server.url()];
            let output = finish(&mut server.curl(Some(client), &[bearer("EdDSA.jwt")], &further));
            let answers = String::from_utf8(output.stdout).unwrap();
            let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
            assert_eq!(statuses, [status, status], "{answers}");
            let progress = String::from_utf8(output.stderr).unwrap();
            assert!(progress.contains("SSL re-using session ID"), "no session was resumed: {progress}");
        }
    }
    server.stop();
}

#[test]
fn the_server_survives_invalid_requests() {
    survives_invalid_requests(Server::start(&OPENSSL));
}

#[test]
fn the_server_with_mbedtls_survives_invalid_requests() {
    survives_invalid_requests(Server::start(&MBEDTLS));
}

fn survives_invalid_requests(server: Server) {
    let (good, plain) = (bearer("ES256.jwt"), server.url().replace("https", "http"));
    let plain = finish(Command::new("curl").args(["--silent", "--noproxy", "*", "--max-time", "60", &plain]));
    assert!(!plain.status.success());
    let long = format!("Authorization: Bearer {}", "a".repeat(20_000));
    assert!(server.ask(Some("a"), &[long], &[]).contains(INVALID_TOKEN));
    let longer = format!("X: {}", "a".repeat(60_000));
    assert!(!finish(&mut server.curl(Some("a"), &[longer], &[])).status.success());
    assert!(server.ask(Some("a"), &[good], &[]).starts_with("HTTP/1.1 200 "));
    server.stop();
}

/// An example server.
struct Example {
    name: &'static str,
    libraries: &'static str,
    program: OnceLock<PathBuf>,
}

static OPENSSL: Example =
    Example { name: "mtls_server", libraries: "-lssl -lcrypto -pthread", program: OnceLock::new() };
static MBEDTLS: Example =
    Example { name: "mbedtls_server", libraries: "-lmbedtls -lmbedx509 -lmbedcrypto", program: OnceLock::new() };

impl Example {
    fn program(&self) -> &Path {
        self.program.get_or_init(|| {
            Program::c(self.name, &example(&format!("{}.c", self.name)))
                .with(SANITIZERS)
                .with_certbound()
                .with(self.libraries.split_whitespace())
                .build()
        })
    }
}

/// An example server on a free port of loopback.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(example: &Example) -> Self {
        let [certificate, key, ca, jwks] =
            ["server.pem", "server.key", "ca.pem", "jwks.json"].map(|name| fixtures().path(name));
        let mut process = Command::new(example.program())
            .arg("0")
            .args([certificate, key, ca, jwks])
            .args([ISSUER, AUDIENCE])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim_end().strip_prefix("listening on 127.0.0.1:").unwrap().parse().unwrap();
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/", self.port)
    }

    /// The response, head and body, to a request with these headers from a client with this certificate.
    fn ask(&self, client: Option<&str>, headers: &[String], further: &[&str]) -> String {
        run(&mut self.curl(client, headers, further)).replace('\r', "")
    }

    fn curl(&self, client: Option<&str>, headers: &[String], further: &[&str]) -> Command {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--include", "--http1.1", "--max-time", "60", "--noproxy", "*"]);
        curl.arg("--resolve").arg(format!("localhost:{}:127.0.0.1", self.port));
        curl.arg("--cacert").arg(fixtures().path("ca.pem"));
        if let Some(client) = client {
            curl.arg("--cert").arg(fixtures().path(&format!("{client}.pem")));
            curl.arg("--key").arg(fixtures().path(&format!("{client}.key")));
        }
        for header in headers {
            curl.arg("--header").arg(header);
        }
        curl.args(further).arg(self.url());
        curl
    }

    /// Stops the server, and returns its log, which must not contain reports of the sanitizers.
    fn stop(mut self) -> String {
        assert!(self.process.try_wait().unwrap().is_none(), "the server has ended");
        self.process.kill().unwrap();
        let mut log = String::new();
        std::io::Read::read_to_string(&mut self.process.stderr.take().unwrap(), &mut log).unwrap();
        self.process.wait().unwrap();
        assert!(!log.contains("Sanitizer") && !log.contains("runtime error"), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Stops the server after a failed test. After `stop` this has no effect.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {}", fixtures().text(token))
}

fn example(name: &str) -> PathBuf {
    let path = repository().join("ffi/examples").join(name);
    assert!(Path::new(&path).exists());
    path
}

fn fixtures() -> &'static Fixtures {
    static FIXTURES: OnceLock<Fixtures> = OnceLock::new();
    FIXTURES.get_or_init(|| Fixtures::new("examples_fixtures"))
}

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://api.example";
const CHALLENGE: &str = r#"Bearer realm="example""#;
const INVALID_TOKEN: &str = r#"Bearer realm="example", error="invalid_token""#;
const INVALID_REQUEST: &str = r#"Bearer realm="example", error="invalid_request""#;
const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
