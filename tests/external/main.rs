//! Complete test suites of other projects. docs/tried.md describes each: its cases, and where certbound differs.
//!
//! Suites from package registries always run; `make setup-suites` fetches those that cargo cannot. The others need a checkout,
//! named by an environment variable: `make external SUITE=wycheproof FROM=../wycheproof` sets it. A suite without cases fails,
//! as do a difference without a listed reason and a listed reason without a difference.

mod certificates;
mod ed25519;
mod json;
mod jws;
#[path = "../support/certificate_oracle.rs"]
mod oracle;
#[path = "../support/prepared_rsa.rs"]
mod prepared_rsa;
mod wycheproof;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

/// The folder of a suite's checkout that this environment variable names, if it is set.
fn checkout(variable: &str) -> Option<PathBuf> {
    let Some(folder) = env::var_os(variable).map(PathBuf::from) else {
        println!("skipped, because {variable} does not name a checkout; see docs/tried.md");
        return None;
    };
    assert!(folder.exists(), "{variable}: {} does not exist", folder.display());
    Some(folder)
}

/// The files below a folder with these extensions, by their relative paths. Fails if there are none.
fn files(folder: &Path, endings: &[&str]) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = fs::read_dir(&next).unwrap_or_else(|error| panic!("{}: {error}", next.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending)) {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "{} contains no cases", folder.display());
    found
}

/// Fails unless the findings equal the list, and reports the differences.
#[track_caller]
fn assert_listed<Finding: Ord + std::fmt::Debug>(
    found: impl IntoIterator<Item = Finding>,
    listed: impl IntoIterator<Item = Finding>,
) {
    let found: std::collections::BTreeSet<_> = found.into_iter().collect();
    let listed: std::collections::BTreeSet<_> = listed.into_iter().collect();
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "differences without a reason: {new:#?}\nreasons without a difference: {gone:#?}"
    );
}
