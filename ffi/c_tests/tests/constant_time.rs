//! In comparisons of thumbprints, no branch and no address depends on them: valgrind checks the release build.

use std::{
    path::PathBuf,
    process::{Command, Output},
    sync::OnceLock,
};

use certbound_c_tests::{Fixtures, Program, finish, repository};

#[test]
fn only_the_branch_on_the_verdict_depends_on_a_thumbprint() {
    for subject in ["compare", "verify", "known", "introspection"] {
        let output = watched(subject);
        let printed = String::from_utf8(output.stdout).unwrap();
        let report = String::from_utf8(output.stderr).unwrap();
        assert_eq!(printed, format!("{subject}: passed\n"), "{report}");
    }
}

#[test]
fn the_branch_on_the_verdict_is_in_the_check_of_the_binding() {
    for subject in ["verify", "known", "introspection"] {
        let report = String::from_utf8(watched(subject).stderr).unwrap();
        let mut lines = report.lines().map(|line| line.split_once("== ").map_or("", |(_, line)| line.trim()));
        assert_eq!(lines.next(), Some("Conditional jump or move depends on uninitialised value(s)"), "{report}");
        let place = lines.next().unwrap();
        // The caller, if the method is inlined.
        let judges = [
            "certbound::confirmation::check",
            "certbound::confirmation::Confirmation::check",
            "certbound::cached_verifier::CachedVerifier::verify",
        ];
        assert!(judges.iter().any(|function| place.contains(&format!(": {function} (in "))), "{report}");
        assert!(lines.all(|line| line.is_empty() || line.starts_with("by 0x")), "another branch: {report}");
    }
}

#[test]
fn a_leaky_variant_is_detected() {
    for (twin, found) in [("leaky_compare", 1), ("leaky_verify", 2), ("leaky_address", 1)] {
        let output = watched(twin);
        assert_eq!(output.status.code(), Some(1), "{twin}");
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.starts_with(&format!("{twin}: {found} places depend on the thumbprint")), "{printed}");
    }
}

fn watched(subject: &str) -> Output {
    static PROGRAM: OnceLock<(PathBuf, Fixtures)> = OnceLock::new();
    let (program, fixtures) = PROGRAM.get_or_init(|| {
        let source = repository().join("ffi/c_tests/c/constant_time.c");
        (Program::c("constant_time", &source).with_certbound().build(), Fixtures::new("constant_time_fixtures"))
    });
    finish(Command::new("valgrind").arg("--quiet").arg(program).arg(subject).arg(fixtures.directory()))
}
