//! Contestants, and what each must answer correctly to qualify.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use certbound_host_tests::tokens::Algorithm;

use crate::world::{Probe, Rule, Tokens, World};

/// A server, a path on it, and the tokens sent there.
#[derive(Debug)]
pub struct Contestant<S> {
    /// Its name, as the tables show it.
    pub name: &'static str,
    /// The server.
    pub server: S,
    /// The path, which may select the check, or none.
    pub path: &'static str,
    /// The algorithm of its tokens.
    pub algorithm: Algorithm,
    /// How often its tokens repeat.
    pub tokens: Tokens,
    /// What it checks.
    pub checks: &'static [Rule],
    /// The contestant without a check that it is compared with, or itself if it has none.
    pub base: &'static str,
    /// The contestants with the same work that it is compared with in the second table.
    pub rivals: &'static [&'static str],
}

/// The running servers.
pub trait Servers {
    /// Names one of them.
    type Server: Copy;

    /// Where a contestant listens.
    fn url(&self, server: Self::Server, path: &str) -> String;

    /// The CPU time of a server's processes, without waiting.
    fn cpu(&self, server: Self::Server) -> Duration;

    /// The number of requests that a server has answered, without those of the benchmark itself.
    fn requests(&self, server: Self::Server) -> u64;

    /// The counters of a server.
    fn sample(&self, server: Self::Server) -> Sample {
        Sample { taken: Instant::now(), cpu: self.cpu(server), requests: self.requests(server) }
    }
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When they were read.
    pub taken: Instant,
    /// The CPU time of the server's processes.
    pub cpu: Duration,
    /// The number of requests that it has answered.
    pub requests: u64,
}

impl<S: Copy> Contestant<S> {
    /// Whether it checks anything.
    pub fn is_checked(&self) -> bool {
        !self.checks.is_empty()
    }

    /// Whether it is one of ours, which must not fail.
    pub fn is_ours(&self) -> bool {
        self.name.starts_with("certbound")
    }

    /// Checks its answers: 200 to good tokens, and to tokens that break a rule that it does not check.
    pub(crate) fn probe(&self, world: &World, servers: &impl Servers<Server = S>) -> Result<(), String> {
        for probe in world.probes(self.algorithm) {
            let status = self.ask(world, servers, &probe);
            let is_rejected = probe.breaks.is_some_and(|rule| self.checks.contains(&rule));
            let is_right = if is_rejected { matches!(status.as_str(), "400" | "401" | "403") } else { status == "200" };
            if !is_right {
                return Err(format!("{} got the response {status}", probe.shows));
            }
        }
        Ok(())
    }

    /// The status code of a request by curl.
    fn ask(&self, world: &World, servers: &impl Servers<Server = S>, probe: &Probe) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "10", "--output", "/dev/null"])
            .args(["--write-out", "%{http_code}", "--cacert"])
            .arg(world.path("ca.pem"))
            .arg("--cert")
            .arg(world.path(probe.certificate));
        if let Some(token) = &probe.token {
            curl.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        let output =
            curl.arg(servers.url(self.server, self.path)).output().expect("curl is needed: run make setup-ffi");
        let status = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        status
    }
}
