//! Runs the whole demo, as `make demo` does.

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

/// All verdicts that the demo must show.
const VERDICTS: &[&str] = &[
    "accepted",
    "certificate_mismatch",
    "certificate_missing",
    "signature_invalid",
    "token_missing",
    "audience_mismatch",
    "token_expired",
    "subject_mismatch",
    "chain_not_validated",
    "client_key_mismatch",
];

#[test]
fn every_verdict_appears_and_is_expected() {
    let start = Instant::now();
    let output = play();
    assert!(start.elapsed() < Duration::from_secs(10), "the demo took {:?}", start.elapsed());

    let story = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{story}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");

    let (scenes, summary) = story.split_once("── Summary").unwrap();
    for verdict in VERDICTS {
        let logged = if *verdict == "accepted" { "ACCEPTED\n".into() } else { format!("REJECTED {verdict}\n") };
        assert!(scenes.contains(&logged), "{verdict}");
        assert!(summary.lines().any(|row| row.matches(verdict).count() == 2 && row.ends_with('✓')), "{verdict}");
    }
    assert!(!summary.contains('✗'));
}

#[test]
fn callers_learn_nothing_but_the_protocol_error() {
    let story = String::from_utf8(play().stdout).unwrap();
    let mut answers = story.split(" sees\n").skip(1).map(|answer| answer.split("\n\n").next().unwrap());
    assert!(answers.clone().count() >= VERDICTS.len());
    assert!(answers.all(|answer| VERDICTS.iter().all(|verdict| !answer.contains(verdict))));
}

#[test]
fn piped_output_is_narrow_and_has_no_escape_codes() {
    let story = String::from_utf8(play().stdout).unwrap();
    assert!(!story.contains('\x1b'));
    for line in story.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert_eq!(line, line.trim_end());
    }
}

fn play() -> Output {
    Command::new(env!("CARGO_BIN_EXE_certbound-demo")).output().unwrap()
}
