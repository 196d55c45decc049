//! Builds the crate `tests/proofs/panic_freedom`, whose functions are the entries that the proofs follow: one for each reader
//! and each verdict of the core.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What the proofs hold for: a server, and the bare-metal targets.
pub const TARGETS: &[&str] =
    &["x86_64-unknown-linux-gnu", "aarch64-unknown-none", "riscv32imac-unknown-none-elf", "thumbv7em-none-eabihf"];

#[test]
fn the_proofs_are_about_the_locked_versions() {
    let proven = locked_packages(&workspace().join("Cargo.lock"));
    let locked = locked_packages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let different: Vec<_> =
        proven.difference(&locked).filter(|package| !package.starts_with("panic-freedom ")).collect();
    assert!(
        different.is_empty(),
        "copy Cargo.lock to tests/proofs/panic_freedom, build there once, and check the proofs: {different:?}"
    );
}

/// Builds the entries for a target and returns the archive.
pub fn build(target: &str) -> PathBuf {
    let output = cargo(&["build", "--release", "--target", target], &[]);
    assert!(output.status.success(), "{}\nDid you run `make setup`?", String::from_utf8_lossy(&output.stderr));
    target_directory().join(target).join("release/libpanic_freedom.a")
}

/// Runs cargo in the workspace of the entries, with the toolchain that its `rust-toolchain.toml` names.
pub fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = rustup(&["cargo"]);
    command.args(arguments).args(["--locked", "--quiet", "--manifest-path"]).arg(workspace().join("Cargo.toml"));
    command.arg("--target-dir").arg(target_directory()).envs(environment.iter().copied());
    command.output().unwrap()
}

/// A command of that toolchain.
pub fn rustup(arguments: &[&str]) -> Command {
    let toolchain = fs::read_to_string(workspace().join("rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"')).unwrap();
    let mut command = Command::new("rustup");
    command.args(["run", channel]).args(arguments);
    // The cargo that runs this test has set these for its toolchain and flags.
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(variable);
    }
    command
}

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs/panic_freedom")
}

pub fn target_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("panic_freedom")
}

/// The packages of a lock file, each as name and version.
fn locked_packages(lock: &Path) -> BTreeSet<String> {
    let lock = fs::read_to_string(lock).unwrap();
    let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let lines: Vec<_> = lock.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("name = "));
    pairs.map(|pair| format!("{} {}", quoted(pair[0]), quoted(pair[1]))).collect()
}
