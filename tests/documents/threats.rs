//! The threat model: each row names tests, and its files contain them.

use std::fs;

use crate::names::{inline_code, read, root};

const DOCUMENT: &str = "docs/threat-model.md";

#[test]
fn every_threat_has_a_test_that_exists() {
    let text = read(DOCUMENT);
    let (mut threats, mut wrong) = (0, Vec::new());
    for row in rows_of_threats(&text) {
        threats += 1;
        wrong.extend(mistakes(row, |path| fs::read_to_string(root().join(path)).ok()));
    }
    assert!(wrong.is_empty(), "{DOCUMENT}: {wrong:#?}");
    assert!(threats > 40, "only {threats} threats were found");
}

#[test]
fn mistakes_are_found() {
    let file = |path: &str| (path == "tests/a.rs").then(|| "fn a_stolen_token() {}".to_owned());
    assert_eq!(mistakes("| t | r | `src` | `tests/a.rs`: `a_stolen_token` |", file), [""; 0]);
    for (row, mistake) in [
        ("| t | r | `src` | `tests/a.rs`: `a_stolen_tok` |", "a_stolen_tok is in no file of its row"),
        ("| t | r | `src` | `tests/b.rs`: `a_stolen_token` |", "a_stolen_token is in no file of its row"),
        ("| t | r | `src` | `tests/a.rs` |", "no test: | t | r | `src` | `tests/a.rs` |"),
        ("| t | r | | the same tests |", "no test: | t | r | | the same tests |"),
    ] {
        assert_eq!(mistakes(row, file), [mistake]);
    }
    let text =
        "## A\n| a |\n## Threats and answers\n| threat | rule | code | test |\n|---|---|---|---|\n| b |\n## C\n| c |\n";
    assert_eq!(rows_of_threats(text).collect::<Vec<_>>(), ["| b |"]);
}

/// The rows of the tables that list threats, without their heads.
fn rows_of_threats(text: &str) -> impl Iterator<Item = &str> {
    let section = text.split("\n## ").find(|section| section.starts_with("Threats and answers")).unwrap();
    section.lines().filter(|line| line.starts_with('|') && !line.starts_with("| threat |") && !line.starts_with("|---"))
}

/// What is wrong with the last cell of a row: it names no test, or one that none of its files contains.
fn mistakes(row: &str, file: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let cell = row.trim_end_matches(" |").rsplit("| ").next().unwrap();
    let names = inline_code(cell);
    let (paths, tests): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.contains('/'));
    let sources: Vec<_> = paths.iter().filter_map(|path| file(path)).collect();
    let is_missing = |test: &str| !sources.iter().any(|source| source.contains(&format!("fn {test}(")));
    let mut wrong: Vec<_> =
        tests.iter().filter(|test| is_missing(test)).map(|test| format!("{test} is in no file of its row")).collect();
    if tests.is_empty() {
        wrong.push(format!("no test: {row}"));
    }
    wrong
}
