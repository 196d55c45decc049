//! An Envoy that runs until it is dropped.

use std::{
    env,
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::{Child, Command, ExitStatus},
    time::Duration,
};

use serde_json::Value;

use crate::stage::{Stage, until};

/// A running Envoy.
pub struct Envoy<'stage> {
    stage: &'stage Stage,
    child: Child,
    admin: SocketAddr,
}

impl<'stage> Envoy<'stage> {
    /// Starts Envoy, and waits until it is ready.
    pub fn start(stage: &'stage Stage, configuration: &Value) -> Self {
        let admin = stage.path("admin");
        let _ = fs::remove_file(&admin);
        let mut child = command(stage, configuration).arg("--admin-address-path").arg(&admin).spawn().unwrap();
        let address = || fs::read_to_string(&admin).ok()?.parse().ok();
        until("Envoy has started", || {
            assert_eq!(child.try_wait().unwrap(), None, "Envoy ended: {}", log(stage));
            address().is_some()
        });
        let mut envoy = Self { stage, child, admin: address().unwrap() };
        until("Envoy is ready", || {
            assert_eq!(envoy.child.try_wait().unwrap(), None, "Envoy ended: {}", log(stage));
            envoy.ask_admin("/ready").is_some_and(|answer| answer.contains("LIVE"))
        });
        envoy
    }

    /// The address of its listener.
    pub fn address(&self) -> SocketAddr {
        let mut found = None;
        until("the listener is there", || {
            let answer = self.ask_admin("/listeners?format=json").unwrap_or_default();
            let listeners: Value = serde_json::from_str(&answer).unwrap_or_default();
            let address = &listeners["listener_statuses"][0]["local_address"]["socket_address"];
            let port = address["port_value"].as_u64().and_then(|port| u16::try_from(port).ok());
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

    /// The number of its threads.
    pub fn threads(&self) -> usize {
        fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap().count()
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
        let mut status = None;
        for _ in 0..500 {
            status = self.child.try_wait().unwrap();
            if status.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            assert!(status.is_some_and(|status| status.success()), "Envoy did not end well: {status:?} {}", self.log());
        }
    }
}

/// Runs `envoy --mode validate`.
pub fn validate(stage: &Stage, configuration: &Value) -> (ExitStatus, String) {
    let status = command(stage, configuration).args(["--mode", "validate"]).status().unwrap();
    (status, log(stage))
}

/// Starts Envoy with a configuration that it must not accept.
pub fn fail_to_start(stage: &Stage, configuration: &Value) -> (ExitStatus, String) {
    let status = command(stage, configuration).status().unwrap();
    (status, log(stage))
}

fn command(stage: &Stage, configuration: &Value) -> Command {
    stage.write("envoy.json", &configuration.to_string());
    let module = PathBuf::from(env::var_os("CERTBOUND_ENVOY_MODULE").expect("CERTBOUND_ENVOY_MODULE is not set"));
    let mut command = Command::new(env::var_os("CERTBOUND_ENVOY").expect("CERTBOUND_ENVOY is not set"));
    command
        .arg("--config-path")
        .arg(stage.path("envoy.json"))
        .args(["--disable-hot-restart", "--concurrency", "2", "--drain-time-s", "1", "--log-level", "info"])
        .env("ENVOY_DYNAMIC_MODULES_SEARCH_PATH", module.parent().unwrap())
        .stderr(File::create(stage.path("envoy.log")).unwrap());
    command
}

fn log(stage: &Stage) -> String {
    fs::read_to_string(stage.path("envoy.log")).unwrap_or_default()
}
