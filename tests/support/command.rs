//! The command `certbound`, for tests of servers that probe them.
#![allow(unreachable_pub)] // A test includes this file, and a crate of tests exports it.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// Builds the command, and returns its path.
pub fn build() -> PathBuf {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(cargo)
        .args(["build", "--locked", "--quiet", "--package", "certbound-cli", "--message-format", "json"])
        .current_dir(manifest)
        .output()
        .unwrap();
    assert!(output.status.success(), "certbound-cli is not built: {}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let path = messages.lines().rev().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message["executable"].as_str()?))
    });
    path.expect("cargo names no executable")
}

/// The result of `certbound probe`.
pub struct Probed {
    /// Its exit code.
    pub code: Option<i32>,
    /// Its JSON.
    pub findings: Value,
    /// Standard error.
    pub errors: String,
}

/// Runs `certbound probe` with these arguments and `--json`.
pub fn probe<'argument>(arguments: impl IntoIterator<Item = &'argument str>) -> Probed {
    let output = Command::new(build()).arg("probe").args(arguments).arg("--json").output().unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let findings = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));
    Probed { code: output.status.code(), findings, errors }
}

impl Probed {
    /// The names of the attacks with this verdict.
    pub fn with_verdict(&self, verdict: &str) -> Vec<&str> {
        let attacks = self.findings["attacks"].as_array().unwrap().iter();
        attacks.filter(|attack| attack["verdict"] == verdict).map(|attack| attack["name"].as_str().unwrap()).collect()
    }

    /// Asserts that the owner was accepted, that nothing else was, and that only these attacks were left out.
    #[track_caller]
    pub fn protected(&self, left_out: &[&str]) {
        assert_eq!((self.code, self.errors.as_str()), (Some(0), ""), "{:#}", self.findings);
        assert_eq!(self.with_verdict("left_out"), left_out, "{:#}", self.findings);
        assert_eq!(self.with_verdict("unclear"), [""; 0], "{:#}", self.findings);
        assert!(self.with_verdict("accepted").contains(&"owner"));
    }
}
