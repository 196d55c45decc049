//! The load of a round: wrk, with a client certificate and a token for each request.

use std::{
    cell::RefCell,
    collections::HashMap,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;

use crate::{
    MOMENT, PATIENCE,
    contestant::{Contestant, Servers},
    figures::Round,
    world::World,
};

/// The load generator for all rounds.
pub struct Load<'world> {
    world: &'world World,
    seconds: u32,
    /// The number of tokens sent from each file. A round continues where the last one stopped: tokens from the beginning may
    /// still be cached.
    sent: RefCell<HashMap<String, u64>>,
}

impl<'world> Load<'world> {
    /// With rounds of this length.
    pub fn new(world: &'world World, seconds: u32) -> Self {
        world.write("tokens.lua", include_str!("tokens.lua"));
        world.write("client_certificate.c", include_str!("client_certificate.c"));
        let compiled = Command::new("cc")
            .args(["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"])
            .args(["-o", SHIM, "client_certificate.c", "-ldl"])
            .current_dir(world.folder())
            .status();
        assert!(compiled.is_ok_and(|status| status.success()), "client_certificate.c: run make setup-bench-load");
        Self { world, seconds, sent: RefCell::default() }
    }

    /// Measures one contestant under load.
    pub fn round<S: Copy>(&self, contestant: &Contestant<S>, servers: &impl Servers<Server = S>) -> Round {
        let mut sent = self.sent.borrow_mut();
        let sent = sent.entry(contestant.tokens.file(contestant.algorithm)).or_default();
        let (started, asked) = (Instant::now(), servers.requests(contestant.server));
        let url = servers.url(contestant.server, contestant.path);
        let wrk = self.wrk(contestant, &url, *sent % contestant.tokens.count());

        // Waits until the tokens are read and the handshakes are done.
        while servers.requests(contestant.server) < asked + WARM_UP {
            assert!(started.elapsed() < PATIENCE, "{}: no answers, or too few", contestant.name);
            thread::sleep(MOMENT);
        }
        let before = servers.sample(contestant.server);
        thread::sleep(Duration::from_secs(self.seconds.into()));
        let after = servers.sample(contestant.server);

        let Summary { answers, rejected, failed } = wrk.finish();
        assert!(
            answers > 0 && rejected == 0 && failed == 0,
            "{}: of {answers} good tokens {rejected} were rejected, and {failed} requests failed",
            contestant.name
        );
        *sent += answers;
        Round::between(&before, &after)
    }

    /// Starts wrk, for longer than a round.
    fn wrk<S>(&self, contestant: &Contestant<S>, url: &str, start: u64) -> Wrk {
        let seconds = PATIENCE.as_secs() + u64::from(self.seconds);
        let file = contestant.tokens.file(contestant.algorithm);
        // wrk stops when this process exits, for whatever reason.
        let mut wrk = Command::new("setpriv");
        wrk.args(["--pdeathsig", "TERM", "taskset", "--cpu-list", CLIENT_CPU])
            .args(["wrk", "--threads", "1", "--connections", CONNECTIONS])
            .args(["--duration", &format!("{seconds}s"), "--script", "tokens.lua", url])
            .args(["--", &file, &start.to_string()])
            .env("LD_PRELOAD", Path::new(".").join(SHIM))
            .env("CERTBOUND_CLIENT_PEM", "client.pem")
            .current_dir(self.world.folder())
            .stdout(Stdio::piped());
        Wrk(wrk.spawn().expect("setpriv, taskset and wrk are needed: run make setup-bench-load"))
    }
}

/// A running wrk, which ends when this is dropped.
struct Wrk(Child);

impl Wrk {
    /// Interrupts it, and returns its summary.
    fn finish(mut self) -> Summary {
        kill_process(Pid::from_child(&self.0), Signal::INT).unwrap();
        let mut text = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        let summary = text.lines().find_map(|line| serde_json::from_str(line).ok());
        summary.unwrap_or_else(|| panic!("wrk failed: {text}"))
    }
}

impl Drop for Wrk {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The summary that `tokens.lua` prints.
#[derive(Deserialize)]
struct Summary {
    answers: u64,
    rejected: u64,
    failed: u64,
}

/// Enough to keep the worker busy.
const CONNECTIONS: &str = "32";

/// The number of requests before the measurement.
const WARM_UP: u64 = 500;

/// The client's core, for `taskset`.
const CLIENT_CPU: &str = "1";

const SHIM: &str = "client_certificate.so";
