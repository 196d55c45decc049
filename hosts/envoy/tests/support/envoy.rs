//! An Envoy that runs until it is dropped.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::Duration,
};

use certbound_host_tests::keeper::Keeper;
use serde_json::Value;

use crate::stage::{Stage, until};

/// A running Envoy.
pub struct Envoy<'stage> {
    stage: &'stage Stage,
    // None while it is dropped.
    keeper: Option<Keeper>,
    admin: SocketAddr,
}

impl<'stage> Envoy<'stage> {
    /// Starts Envoy, and waits until it is ready.
    pub fn start(stage: &'stage Stage, configuration: &Value) -> Self {
        Self::start_with(stage, configuration, &[])
    }

    /// The same with other values of options than the usual ones.
    pub fn start_with(stage: &'stage Stage, configuration: &Value, options: &[(&str, &str)]) -> Self {
        let admin = stage.path("admin");
        let _ = fs::remove_file(&admin);
        stage.write(LOG, "");
        let mut command = command(stage, configuration, options);
        // A static is never dropped, so only the keeper removes its folder.
        let keeper = Keeper::start(stage.folder(), &["TERM"], command.arg("--admin-address-path").arg(&admin));
        let process = keeper.process();
        let address = || fs::read_to_string(&admin).ok()?.parse().ok();
        until("Envoy has started", || {
            assert!(is_running(process), "Envoy ended: {}", log(stage));
            address().is_some()
        });
        let envoy = Self { stage, keeper: Some(keeper), admin: address().unwrap() };
        until("Envoy is ready", || {
            assert!(is_running(process), "Envoy ended: {}", log(stage));
            envoy.ask_admin("/ready").is_some_and(|answer| answer.contains("LIVE"))
        });
        envoy
    }

    /// The address of its listener.
    pub fn address(&self) -> SocketAddr {
        self.address_of("https")
    }

    /// The address of the listener with this name.
    pub fn address_of(&self, name: &str) -> SocketAddr {
        let mut found = None;
        until("the listener is there", || {
            let answer = self.ask_admin("/listeners?format=json").unwrap_or_default();
            let listeners: Value = serde_json::from_str(&answer).unwrap_or_default();
            let listeners = listeners["listener_statuses"].as_array().cloned().unwrap_or_default();
            let address = listeners.iter().find(|listener| listener["name"] == name);
            let port = address.and_then(|address| address["local_address"]["socket_address"]["port_value"].as_u64());
            let port = port.and_then(|port| u16::try_from(port).ok());
            found = port.filter(|port| *port != 0).map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
            found.is_some()
        });
        found.unwrap()
    }

    /// The value of a counter or gauge.
    pub fn metric(&self, name: &str) -> u64 {
        let answer = self.ask_admin("/stats").unwrap_or_default();
        let value = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.map_or(0, |value| value.parse().unwrap())
    }

    /// The verdicts that it has counted, by name.
    pub fn verdicts(&self) -> BTreeMap<String, u64> {
        let answer = self.ask_admin("/stats?usedonly&filter=certbound.verdict").unwrap_or_default();
        let verdict = |line: &str| {
            let (name, count) = line.strip_prefix("dynamicmodulescustom.certbound.verdict.")?.split_once(": ")?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        answer.lines().filter_map(verdict).collect()
    }

    /// Its version as it reports it: major and minor number.
    pub fn version(&self) -> (u32, u32) {
        let answer = self.ask_admin("/server_info").unwrap_or_default();
        let info: Value = serde_json::from_str(&answer).unwrap_or_default();
        // The commit, the version, and how it was built, separated by slashes.
        let mut numbers = info["version"].as_str().unwrap_or_default().split('/').nth(1).unwrap_or_default().split('.');
        let mut number = || numbers.next()?.parse().ok();
        let version = number().and_then(|major| Some((major, number()?)));
        let version = version.unwrap_or_else(|| panic!("Envoy does not report its version: {answer}"));
        if let Ok(expected) = env::var("CERTBOUND_ENVOY_VERSION") {
            assert!(expected.starts_with(&format!("{}.{}.", version.0, version.1)), "{expected}: found {version:?}");
        }
        version
    }

    pub(crate) fn process(&self) -> u32 {
        self.keeper.as_ref().unwrap().process()
    }

    pub(crate) const fn stage(&self) -> &Stage {
        self.stage
    }

    /// Its log, to the end.
    pub fn log(&self) -> String {
        log(self.stage)
    }

    fn ask_admin(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.admin).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        if head.contains("transfer-encoding: chunked") { unchunked(body) } else { Some(body.to_owned()) }
    }
}

/// A body without the lengths of its chunks (RFC 9112 §7.1).
fn unchunked(mut chunks: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (len, rest) = chunks.split_once("\r\n")?;
        let len = usize::from_str_radix(len, 16).ok()?;
        if len == 0 {
            return Some(body);
        }
        body.push_str(rest.get(..len)?);
        chunks = rest.get(len..)?.strip_prefix("\r\n")?;
    }
}

impl Drop for Envoy<'_> {
    fn drop(&mut self) {
        // Stopped through its administration, so that it destroys its configurations.
        if let Ok(mut stream) = TcpStream::connect(self.admin) {
            let _ = stream.write_all(b"POST /quitquitquit HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.read(&mut [0; 1024]);
        }
        let process = self.process();
        let mut keeper = self.keeper.take().unwrap();
        for _ in 0..500 {
            if !is_running(process) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = (!is_running(process)).then(|| keeper.wait());
        if !std::thread::panicking() {
            assert_eq!(status, Some(0), "Envoy did not end well: {}", self.log());
        }
        if status.is_some() {
            // The stage still needs its folder.
            keeper.abandon();
        }
    }
}

fn is_running(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

/// Runs `envoy --mode validate`.
pub fn validate(stage: &Stage, configuration: &Value) -> (ExitStatus, String) {
    run(stage, command(stage, configuration, &[]).args(["--mode", "validate"]))
}

/// Starts Envoy with a configuration that it must not accept.
pub fn fail_to_start(stage: &Stage, configuration: &Value) -> (ExitStatus, String) {
    run(stage, &mut command(stage, configuration, &[]))
}

fn run(stage: &Stage, command: &mut Command) -> (ExitStatus, String) {
    let status = command.stderr(File::create(stage.path(LOG)).unwrap()).status().unwrap();
    (status, log(stage))
}

pub(crate) fn command(stage: &Stage, configuration: &Value, options: &[(&str, &str)]) -> Command {
    stage.write("envoy.json", &configuration.to_string());
    let module = variable("CERTBOUND_ENVOY_MODULE");
    let mut command = Command::new(variable("CERTBOUND_ENVOY"));
    command.arg("--config-path").arg(stage.path("envoy.json")).arg("--disable-hot-restart");
    for (name, usual) in USUAL_OPTIONS {
        let other = options.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        command.args([name, other.unwrap_or(usual)]);
    }
    command.env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module.parent().unwrap());
    command
}

const USUAL_OPTIONS: &[(&str, &str)] =
    &[("--concurrency", "2"), ("--drain-time-s", "1"), ("--log-level", "info"), ("--file-flush-interval-msec", "5")];

/// The file that this environment variable names.
fn variable(name: &str) -> PathBuf {
    let path = env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run make test-envoy, which sets it"));
    let path = PathBuf::from(path);
    assert!(path.is_file(), "{name}: there is no file {}: run make test-envoy, which builds it", path.display());
    path
}

fn log(stage: &Stage) -> String {
    fs::read_to_string(stage.path(LOG)).unwrap_or_default()
}

/// Where the keeper writes output.
const LOG: &str = "output.log";
