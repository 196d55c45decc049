//! A server's process, which also stops if its test is killed, or keeps it in a static.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

/// Runs a server until this is dropped, or until this process ends; then removes the server's directory.
pub struct Keeper {
    child: Child,
    lines: BufReader<ChildStdout>,
    process: u32,
}

impl Keeper {
    /// Starts the server in this directory, where its output is appended to `output.log`. These signals stop it: one after
    /// the other, two seconds apart.
    pub fn start(directory: &Path, signals: &[&str], server: &Command) -> Self {
        let mut child = Command::new("bash")
            .args(["-c", include_str!("keeper.sh"), "keeper"])
            .arg(directory)
            .arg(signals.join(" "))
            .arg(server.get_program())
            .args(server.get_args())
            .envs(server.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("bash is needed");
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let process = number(&mut lines).expect("the keeper writes the server's process");
        Self { child, lines, process }
    }

    /// The server's process.
    pub const fn process(&self) -> u32 {
        self.process
    }

    /// Waits until the server has ended by itself. Returns its exit status.
    pub fn wait(&mut self) -> u32 {
        number(&mut self.lines).expect("the keeper writes the server's exit status")
    }

    /// Stops without removing the directory, for a server that has ended.
    pub fn abandon(mut self) {
        self.child.kill().unwrap();
    }
}

fn number(lines: &mut impl BufRead) -> Option<u32> {
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    line.trim().parse().ok()
}

impl Drop for Keeper {
    /// Makes the keeper stop the server, and waits.
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // The keeper exits by killing its own process group.
        let _ = self.child.wait();
    }
}
