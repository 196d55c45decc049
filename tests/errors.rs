//! That no error is without a test: each variant is asserted by one, somewhere.

use std::{fs, path::Path};

use certbound::Error;

#[test]
fn every_error_is_asserted_by_a_test() {
    let mut tests = String::new();
    gather(Path::new("tests"), &mut tests, &|source| source);
    gather(Path::new("src"), &mut tests, &|source| {
        // Unit tests stand at the end of a file.
        source.split_once("#[cfg(test)]\nmod tests").map(|(_, tests)| tests.to_owned()).unwrap_or_default()
    });
    let untested: Vec<_> = Error::ALL
        .iter()
        .filter(|error| {
            let by_variant = format!("Error::{error:?}");
            let by_name = format!("\n{} ", error.name());
            !tests.contains(&by_variant) && !tests.contains(&by_name)
        })
        .collect();
    assert!(untested.is_empty(), "no test provokes {untested:?}");
}

/// Appends what `part` takes of each Rust file and data file below `folder`, but for this one.
fn gather(folder: &Path, into: &mut String, part: &dyn Fn(String) -> String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_text = path.extension().is_some_and(|ending| ending == "rs" || ending == "txt");
        if path.is_dir() && !path.ends_with("panic_freedom") {
            gather(&path, into, part);
        } else if is_text && !path.ends_with("errors.rs") {
            into.push_str(&part(fs::read_to_string(&path).unwrap()));
        }
    }
}
