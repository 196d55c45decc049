//! Threads and memory of an Envoy.

use std::{
    fs,
    process::{ExitStatus, Stdio},
};

use serde_json::Value;

use crate::{
    envoy::{Envoy, command},
    stage::Stage,
};

impl Envoy<'_> {
    /// The number of its threads.
    pub fn threads(&self) -> usize {
        self.thread_names().len()
    }

    /// The names of its threads.
    pub fn thread_names(&self) -> Vec<String> {
        thread_names(self.process())
    }

    /// The bytes of memory that it has in use.
    pub fn resident_bytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        value.unwrap_or_else(|| panic!("no VmRSS: {status}")).parse::<u64>().unwrap() * 1024
    }
}

/// Runs `envoy --mode validate`, and returns the names of all threads that have been seen.
pub fn validate_watched(stage: &Stage, configuration: &Value) -> (ExitStatus, Vec<String>) {
    let mut command = command(stage, configuration, &[]);
    let mut child = command.args(["--mode", "validate"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut seen = Vec::new();
    loop {
        for name in thread_names(child.id()) {
            if !seen.contains(&name) {
                seen.push(name);
            }
        }
        if let Some(status) = child.try_wait().unwrap() {
            return (status, seen);
        }
    }
}

/// Without threads that end at the same time.
fn thread_names(process: u32) -> Vec<String> {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return Vec::new() };
    let name = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("comm")).ok();
    threads.filter_map(|thread| name(thread.ok()?)).map(|name| name.trim().to_owned()).collect()
}
