//! The C tests, under the sanitizers and under valgrind.

use std::{path::PathBuf, process::Command, sync::OnceLock};

use certbound_c_tests::{Fixtures, Program, repository, run, valgrind};

#[test]
fn every_function_works_under_the_sanitizers() {
    let printed = run(sanitized("entries").arg(fixtures().directory()));
    assert_eq!(printed, "entries: passed\n");
}

#[test]
fn every_misuse_returns_a_status_under_the_sanitizers() {
    let printed = run(sanitized("misuse").arg(fixtures().directory()));
    assert_eq!(printed, "misuse: passed\n");
}

#[test]
fn a_cache_holds_only_what_it_may_under_the_sanitizers() {
    let printed = run(sanitized("cache").arg(fixtures().directory()));
    assert_eq!(printed, "cache: passed\n");
}

#[test]
fn introspection_responses_are_judged_and_cached_under_the_sanitizers() {
    let printed = run(sanitized("introspection").arg(fixtures().directory()));
    assert_eq!(printed, "introspection: passed\n");
}

#[test]
fn introspection_responses_are_judged_and_cached_under_memcheck() {
    let printed =
        run(valgrind("memcheck").arg("--leak-check=full").arg(plain("introspection")).arg(fixtures().directory()));
    assert_eq!(printed, "introspection: passed\n");
}

#[test]
fn policies_share_keys_under_the_sanitizers() {
    let printed = run(sanitized("keys").arg(fixtures().directory()));
    assert_eq!(printed, "keys: passed\n");
}

#[test]
fn policies_share_keys_under_memcheck() {
    let printed = run(valgrind("memcheck").arg("--leak-check=full").arg(plain("keys")).arg(fixtures().directory()));
    assert_eq!(printed, "keys: passed\n");
}

#[test]
fn forwarded_certificates_are_read_under_the_sanitizers() {
    let printed = run(sanitized("forwarded").arg(fixtures().directory()));
    assert_eq!(printed, "forwarded: passed\n");
}

#[test]
fn forwarded_certificates_are_read_under_memcheck() {
    let printed =
        run(valgrind("memcheck").arg("--leak-check=full").arg(plain("forwarded")).arg(fixtures().directory()));
    assert_eq!(printed, "forwarded: passed\n");
}

#[test]
fn threads_share_a_verifier_under_the_sanitizers() {
    let printed = run(sanitized("threads").arg(fixtures().directory()).arg("200"));
    assert_eq!(printed, "threads: passed\n");
}

#[test]
fn every_function_works_under_memcheck() {
    let printed = run(valgrind("memcheck").arg("--leak-check=full").arg(plain("entries")).arg(fixtures().directory()));
    assert_eq!(printed, "entries: passed\n");
}

#[test]
fn every_misuse_returns_a_status_under_memcheck() {
    let printed = run(valgrind("memcheck").arg("--leak-check=full").arg(plain("misuse")).arg(fixtures().directory()));
    assert_eq!(printed, "misuse: passed\n");
}

#[test]
fn a_cache_holds_only_what_it_may_under_memcheck() {
    let printed = run(valgrind("memcheck").arg("--leak-check=full").arg(plain("cache")).arg(fixtures().directory()));
    assert_eq!(printed, "cache: passed\n");
}

/// Helgrind also checks the accesses of the library, which the sanitizers do not.
#[test]
fn threads_share_a_verifier_under_helgrind() {
    let printed = run(valgrind("helgrind").arg(plain("threads")).arg(fixtures().directory()).arg("2"));
    assert_eq!(printed, "threads: passed\n");
}

/// The tests above prove nothing unless the tools detect defects.
#[test]
fn a_planted_defect_is_detected() {
    let source = source("defects");
    let asan = Program::c("defects_sanitized", &source).with(SANITIZERS).build();
    let plain = Program::c("defects", &source).with(["-pthread"]).build();
    for defect in ["overflow", "undefined"] {
        let output = Command::new(&asan).arg(defect).output().unwrap();
        assert!(!output.status.success(), "the sanitizers missed: {defect}");
    }
    for (tool, defect) in [("memcheck", "overflow"), ("memcheck", "uninitialised"), ("helgrind", "race")] {
        let output = valgrind(tool).arg(&plain).arg(defect).output().unwrap();
        assert_eq!(output.status.code(), Some(99), "{tool} missed: {defect}");
    }
}

fn sanitized(name: &str) -> Command {
    let program = Program::c(&format!("{name}_sanitized"), &source(name)).with(SANITIZERS);
    Command::new(program.with_certbound().with(["-pthread"]).build())
}

fn plain(name: &str) -> PathBuf {
    Program::c(name, &source(name)).with_certbound().with(["-pthread"]).build()
}

fn source(name: &str) -> PathBuf {
    repository().join("ffi/c_tests/c").join(name).with_extension("c")
}

fn fixtures() -> &'static Fixtures {
    static FIXTURES: OnceLock<Fixtures> = OnceLock::new();
    FIXTURES.get_or_init(|| Fixtures::new("programs_fixtures"))
}

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
