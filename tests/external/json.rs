//! JSONTestSuite (https://github.com/nst/JSONTestSuite): texts that a JSON reader must accept, must reject, or may do either
//! with.
//!
//! The crate json-syntax contains all texts that must be accepted or rejected, and most of the others; it names some of those
//! `y_` that are `i_` in the suite. From a checkout the suite runs unchanged.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::Command,
};

use certbound::{Error, internals::json::read};

use crate::{assert_listed, checkout, files};

/// The texts that we reject although a reader must or may accept them: the error, and the names without `y_` and `i_`. Numbers
/// of any size are accepted, because they remain texts.
const REJECTED: [(Error, &[&str]); 4] = [
    // Must accept. RFC 8259 §4 leaves open which of two members counts; RFC 7515 §4 and RFC 7519 §4 allow us to reject both.
    (Error::JsonDuplicateName, &["object_duplicated_key", "object_duplicated_key_and_value"]),
    // May accept: half of a surrogate pair has no form in UTF-8.
    (
        Error::JsonSurrogateUnpaired,
        &[
            "object_key_lone_2nd_surrogate",
            "string_1st_valid_surrogate_2nd_invalid",
            "string_incomplete_surrogate_and_escape_valid",
            "string_incomplete_surrogate_pair",
            "string_incomplete_surrogates_escape_valid",
            "string_invalid_lonely_surrogate",
            "string_invalid_surrogate",
            "string_inverted_surrogates_U+1D11E",
            "string_lone_second_surrogate",
        ],
    ),
    // May accept: RFC 8259 §8.1 requires UTF-8.
    (
        Error::JsonNotUtf8,
        &[
            "string_UTF-8_invalid_sequence",
            "string_UTF8_surrogate_U+D800",
            "string_invalid_utf-8",
            "string_iso_latin_1",
            "string_lone_utf8_continuation_byte",
            "string_not_in_unicode_range",
            "string_overlong_sequence_2_bytes",
            "string_overlong_sequence_6_bytes",
            "string_overlong_sequence_6_bytes_null",
            "string_truncated-utf-8",
        ],
    ),
    // May accept: deeper than limits::JSON_DEPTH.
    (Error::JsonTooDeep, &["structure_500_nested_arrays"]),
];

/// The same for texts that the crate omits.
const REJECTED_OF_CHECKOUT: [(Error, &[&str]); 3] = [
    (Error::JsonSurrogateUnpaired, &["string_1st_surrogate_but_2nd_missing"]),
    (Error::JsonNotUtf8, &["string_UTF-16LE_with_BOM", "string_utf16BE_no_BOM", "string_utf16LE_no_BOM"]),
    // RFC 8259 §8.1 allows readers to ignore a byte order mark, and forbids writing one.
    (Error::JsonUnexpectedByte, &["structure_UTF-8_BOM_empty_object"]),
];

#[test]
fn json_test_suite_from_its_crate() {
    let (accepted, rejected) = run(&crate_folder("json-syntax").join("tests/inputs"), &REJECTED);
    assert_eq!((accepted, rejected), (104, 210));
}

#[test]
fn json_test_suite() {
    if let Some(folder) = checkout("CERTBOUND_EXTERNAL_JSON_TEST_SUITE") {
        let (accepted, rejected) = run(&folder.join("test_parsing"), &[&REJECTED[..], &REJECTED_OF_CHECKOUT].concat());
        println!("JSONTestSuite: {accepted} accepted, {rejected} rejected");
    }
}

/// Reads all texts in a folder. Returns how many were accepted and rejected.
fn run(folder: &Path, listed: &[(Error, &[&str])]) -> (usize, usize) {
    let mut verdicts = BTreeMap::new();
    let mut differences = Vec::new();
    for (file, text) in files(folder, &["json"]) {
        let (demand, name) = file.strip_suffix(".json").unwrap().split_once('_').unwrap();
        let verdict = read(&text).map(|_| ()).map_err(|error| error.name());
        match (demand, verdict) {
            ("n", Ok(())) => panic!("{file} was accepted"),
            ("y" | "i", Err(error)) => differences.push((name.to_owned(), error)),
            ("y" | "n" | "i", _) => {}
            _ => panic!("the name does not begin with y_, n_ or i_: {file}"),
        }
        verdicts.insert(file, verdict);
    }
    let listed = listed.iter().flat_map(|(error, names)| names.iter().map(|name| ((*name).to_owned(), error.name())));
    assert_listed(differences, listed);
    let accepted = verdicts.values().filter(|verdict| verdict.is_ok()).count();
    (accepted, verdicts.len() - accepted)
}

/// The folder of a crate that tests/external/data names. Cargo fetches the crate if necessary.
fn crate_folder(name: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/external/data/Cargo.toml");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--locked", "--format-version", "1", "--manifest-path"])
        .arg(&manifest)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let package = packages.iter().find(|package| package["name"] == name).unwrap();
    Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}
