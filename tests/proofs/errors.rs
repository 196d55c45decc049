//! Every error is asserted: at least one test compares a verdict with exactly this variant.
//!
//! What counts, in `tests/` and in the unit tests of `src/`:
//!
//! - `Error::X` as a compared value in `assert_eq!`, or in `assert!` with `==` or `matches!`; not as the receiver of a
//!   method, in `assert_ne!`, after `!`, or as one of several alternatives;
//! - `Error::X` in the row of a table, a `let`, a constant or an argument, if the name it is bound to is compared like this;
//! - the name of the error as the verdict of a line of a data file whose lines a test passes to `Stage::expect`.
//!
//! A name in a comment, a `use`, a match arm or a list that is searched does not count.

use std::{collections::BTreeSet, fs, path::Path};

use crate::asserted::{Findings, Helpers, findings, named_errors};
use crate::source::{rust_files, string_literals, unit_tests, without_unit_tests};
use certbound::Error;

/// Errors that the core has only for hosts and never returns, and the file that asserts them by name.
const OF_HOSTS: [(Error, &str); 5] = [
    (Error::AuthorizationAmbiguous, "ffi/c_tests/tests/examples.rs"),
    (Error::IntrospectionUnavailable, "ffi/tests/abi/introspection.rs"),
    (Error::IntrospectionRefused, "ffi/tests/abi/introspection.rs"),
    (Error::IntrospectionTooLong, "ffi/tests/abi/introspection.rs"),
    (Error::RequirementUnmet, "hosts/nginx/tests/requirements.rs"),
];

#[test]
fn every_error_is_asserted_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = rust_files(&root.join("tests"));
    files.retain(|(path, _)| {
        !path.starts_with(root.join("tests/proofs/panic_freedom")) && *path != root.join("tests/proofs/errors.rs")
    });
    files.extend(rust_files(&root.join("src")).into_iter().map(|(path, file)| (path, unit_tests(file))));

    let shared = Helpers::of(
        files.iter().filter(|(path, _)| path.starts_with(root.join("tests/support"))).map(|(_, file)| file),
    );
    let mut asserted = BTreeSet::new();
    for (path, file) in &files {
        let findings = findings(file, &shared);
        asserted.extend(findings.variants);
        for data in findings.data_files {
            asserted.extend(verdicts(&fs::read_to_string(path.with_file_name(data)).unwrap()));
        }
    }
    for (error, file) in OF_HOSTS {
        let literals = string_literals(&fs::read_to_string(root.join(file)).unwrap());
        assert!(literals.contains(error.name()), "{file} does not assert {error:?}");
        asserted.insert(format!("{error:?}"));
    }
    let missing: Vec<_> = Error::ALL
        .iter()
        .filter(|error| !asserted.contains(&format!("{error:?}")) && !asserted.contains(error.name()))
        .collect();
    assert!(missing.is_empty(), "no test asserts {missing:?}");
}

#[test]
fn the_core_never_returns_the_errors_of_hosts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (error, _) in OF_HOSTS {
        for (path, file) in rust_files(&root) {
            let named = named_errors(&without_unit_tests(file));
            assert!(!named.contains(&format!("{error:?}")), "{error:?} in {}", path.display());
        }
    }
}

#[test]
fn code_that_asserts_an_error_counts() {
    for (source, expected) in [
        ("fn t() { assert_eq!(f(), Err(Error::A)); }", "A"),
        ("fn t() { assert_eq!(f().unwrap_err(), certbound::Error::A, \"{x}\"); }", "A"),
        ("fn t() { assert_eq!(f(), (1, Some(Error::A), vec![Error::B])); }", "A B"),
        ("fn t() { assert!(f() == Err(Error::A) && matches!(g(), Err(Error::B))); }", "A B"),
        ("fn t() { assert!(f().is_err_and(|error| error == Error::A)); }", "A"),
        ("fn t() { let expected = if c { Ok(()) } else { Err(Error::A) }; assert_eq!(f(), expected); }", "A"),
        ("const EXPECTED: R = Err(Error::A); fn t() { assert_eq!(f(), EXPECTED); }", "A"),
        (
            "fn t() { for (text, error) in [(\"\", Error::A), (\"x\", Error::B)] { assert_eq!(f(text), Err(error)); } }",
            "A B",
        ),
        ("fn t() { let rows = [(1, Error::A)]; for (n, error) in &rows { assert_eq!(f(n), *error); } }", "A"),
        (
            "fn check(text: &str, expected: Error) { assert_eq!(f(text), expected); } fn t() { check(\"\", Error::A); }",
            "A",
        ),
        ("fn t() { let check = |text, expected| assert_eq!(f(text), expected); check(\"\", Error::A); }", "A"),
        (
            "fn a(expected: Error) { assert_eq!(f(), expected); } fn b(n: u8, expected: Error) { a(expected); } fn t() { b(1, Error::A); }",
            "A",
        ),
    ] {
        assert_eq!(planted(source).variants, expected.split(' ').map(str::to_owned).collect(), "{source}");
    }
}

#[test]
fn other_code_does_not_count() {
    for source in [
        "// assert_eq!(f(), Error::A)\nfn t() {}",
        "use certbound::Error::A; use certbound::Error; fn t() { assert_eq!(f(), \"Error::A\"); }",
        "fn t() { match f() { Err(Error::A) => {} _ => panic!() } }",
        "fn t() { assert_ne!(f(), Err(Error::A)); }",
        "fn t() { assert!(f() != Err(Error::A)); assert!(!matches!(f(), Err(Error::A))); }",
        "fn t() { assert!(matches!(f(), Err(Error::A | Error::B))); }",
        "fn t() { assert!([Error::A, Error::B].contains(&f())); }",
        "fn t() { assert_eq!(Error::A.name(), \"a\"); assert_eq!(text_of(Error::A), \"a\"); }",
        "fn t() { assert_eq!(f(), 1, \"{:?}\", Error::A); }",
        "fn t() { let unused = Error::A; assert_eq!(f(), 1); }",
        "fn t() { for (text, error) in [(\"\", Error::A)] { println!(\"{error}\"); } }",
        "fn t() { for (error, other) in [(Error::A, 1)] { assert_eq!(f(), other); } }",
        "fn log(text: &str, error: Error) { assert_eq!(text, \"\"); } fn t() { log(\"\", Error::A); }",
        "fn t() { let expected = names(Error::A); assert_eq!(f(), expected); }",
    ] {
        assert_eq!(planted(source).variants, BTreeSet::new(), "{source}");
    }
}

#[test]
fn data_files_count_if_their_verdicts_are_compared() {
    let helper = "impl Stage { fn expect(&self, verdict: R) { assert_eq!(name(verdict), self.verdict); } }";
    let test = |body: &str| {
        let source = format!("{helper} fn t() {{ for stage in stages(include_str!(\"data.txt\")) {{ {body} }} }}");
        planted(&source).data_files
    };
    assert_eq!(test("stage.expect(f(stage.input));"), BTreeSet::from(["data.txt".to_owned()]));
    assert_eq!(test("f(stage.input);"), BTreeSet::new());
    assert_eq!(test("other.expect(f(stage.input));"), BTreeSet::new());
    let silent = "impl Stage { fn expect(&self, verdict: R) { println!(\"{}\", self.verdict); } }";
    let source =
        format!("{silent} fn t() {{ for stage in stages(include_str!(\"data.txt\")) {{ stage.expect(f()); }} }}");
    assert_eq!(planted(&source).data_files, BTreeSet::new());

    let lines = "# token_missing | a comment\n\ntoken_too_long | long | x\naccepted | token_expired | y\n";
    assert_eq!(verdicts(lines), ["accepted", "token_too_long"].map(str::to_owned).into());
}

fn planted(source: &str) -> Findings {
    let file = syn::parse_file(source).unwrap();
    findings(&file, &Helpers::of([&file]))
}

/// The verdicts in the lines of a data file.
fn verdicts(lines: &str) -> BTreeSet<String> {
    let rows = lines.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('|'));
    rows.map(|(verdict, _)| verdict.trim().to_owned()).collect()
}
