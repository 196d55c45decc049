//! `certbound tables`, run as a user would. What it writes is compiled, and is what the library accepts.

mod support;

use std::{env, ffi::OsString, fs, path::Path, process::Command};

use certbound::{Error, Geometry, KeySet, PreparedKeys};
use support::{Files, Issuer, command, run, run_with_input};

/// Prints the pinned JWK Set and each word.
const RUST_PROGRAM: &str = "\
mod pinned { include!(\"pinned.rs\"); }
fn main() {
    println!(\"{} {:?}\", std::str::from_utf8(pinned::JWKS).unwrap(), pinned::GEOMETRY);
    pinned::TABLES.iter().for_each(|word| println!(\"{word}\"));
}
";

/// The same, with the value of `CERTBOUND_PINNED_TABLES`.
const C_PROGRAM: &str = "\
#include <inttypes.h>
#include <stdio.h>
#include \"certbound.h\"
#include \"pinned.h\"
int main(void)
{
    printf(\"%s %d\\n\", certbound_pinned_jwks, CERTBOUND_PINNED_TABLES);
    for (size_t at = 0; at < sizeof certbound_pinned_tables / sizeof *certbound_pinned_tables; at++) {
        printf(\"%\" PRIu64 \"\\n\", certbound_pinned_tables[at]);
    }
    return 0;
}
";

/// The tables as the library prepares them.
fn prepared(jwks: &str, geometry: Geometry) -> Vec<u64> {
    let keys = KeySet::<4>::from_jwks(jwks.as_bytes()).unwrap();
    let mut tables = vec![0; PreparedKeys::tables_len(&keys, geometry)];
    PreparedKeys::prepare(&keys, geometry, &mut tables).unwrap();
    tables
}

fn jwks_of(jwk: &str) -> String {
    format!(r#"{{"keys":[{jwk}]}}"#)
}

/// The words of a binary file, which the command writes to standard output.
fn words_of(arguments: &[&str]) -> Vec<u64> {
    let output = command(arguments).output().unwrap();
    assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
    let (words, []) = output.stdout.as_chunks() else { panic!("{} bytes", output.stdout.len()) };
    words.iter().map(|octets| u64::from_le_bytes(*octets)).collect()
}

#[test]
fn the_words_are_those_of_the_library_for_each_geometry_and_word_size() {
    let files = Files::new();
    let jwk = Issuer::new().jwk();
    let (one, set) = (files.write("jwk.json", &jwk), files.write("jwks.json", jwks_of(&jwk)));
    for (name, geometry) in [("small", Geometry::Small), ("medium", Geometry::Medium), ("large", Geometry::Large)] {
        let expected = prepared(&jwks_of(&jwk), geometry);
        for (file, target) in [(&set, "32"), (&set, "64"), (&one, "32")] {
            let arguments = ["tables", file, "--geometry", name, "--target", target, "--format", "binary"];
            assert_eq!(words_of(&arguments), expected, "{name} {target}");
        }
    }
    // Small ones are the default.
    assert_eq!(words_of(&["tables", &set, "--format", "binary"]), prepared(&jwks_of(&jwk), Geometry::Small));
}

#[test]
fn tables_are_refused_for_another_key_geometry_or_content() {
    let files = Files::new();
    let (jwks, other) = (jwks_of(&Issuer::new().jwk()), jwks_of(&Issuer::new().jwk()));
    let mut words = words_of(&["tables", &files.write("jwks.json", &jwks), "--format", "binary"]);
    let open = |jwks: &str, geometry, words: &[u64]| {
        let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
        PreparedKeys::from_tables(&keys, geometry, words).map(|_| ())
    };
    assert_eq!(open(&jwks, Geometry::Small, &words), Ok(()));
    assert_eq!(open(&other, Geometry::Small, &words), Err(Error::TablesOfOtherKeys));
    assert_eq!(open(&jwks, Geometry::Medium, &words), Err(Error::TableTooSmall));
    words[900] ^= 1 << 40;
    assert_eq!(open(&jwks, Geometry::Small, &words), Err(Error::TablesDamaged));
}

#[test]
fn the_source_in_rust_compiles_and_has_the_key_and_its_words() {
    let (folder, jwks) = folder_with_jwks();
    let path = |name: &str| folder.path().join(name);
    let pinned = path("pinned.rs");
    let jwks_file = path("jwks.json");
    assert_eq!(run(&["tables", utf8(&jwks_file), "--geometry", "medium", "--out", utf8(&pinned)]).accepted(), "");
    assert_eq!(
        run(&["tables", utf8(&jwks_file), "--geometry", "medium"]).accepted(),
        fs::read_to_string(&pinned).unwrap()
    );

    fs::write(path("certbound.rs"), "#[derive(Debug)] pub enum Geometry { Small, Medium, Large }").unwrap();
    fs::write(path("main.rs"), RUST_PROGRAM).unwrap();
    let rustc = |arguments: &[&str]| {
        let rustc = env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        succeed(
            Command::new(rustc)
                .current_dir(folder.path())
                .args(["--edition", "2024", "-D", "warnings"])
                .args(arguments),
        );
    };
    rustc(&["--crate-type", "rlib", "--allow", "dead_code", "certbound.rs"]);
    rustc(&["--extern", "certbound=libcertbound.rlib", "main.rs"]);
    let expected = format!("{jwks} Medium\n{}", lines(&prepared(&jwks, Geometry::Medium)));
    assert_eq!(succeed(&mut Command::new(path("main"))), expected);
}

#[test]
fn the_source_in_c_compiles_and_has_the_key_and_its_words() {
    let (folder, jwks) = folder_with_jwks();
    let path = |name: &str| folder.path().join(name);
    let arguments =
        ["tables", utf8(&path("jwks.json")), "--format", "c", "--out", utf8(&path("pinned.h"))].map(str::to_owned);
    assert_eq!(run(&arguments.each_ref().map(String::as_str)).accepted(), "");
    fs::write(path("main.c"), C_PROGRAM).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../include");
    let cc = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", utf8(&include), "main.c", "-o", "main"];
    succeed(Command::new("cc").current_dir(folder.path()).args(cc));
    let expected = format!("{jwks} 2\n{}", lines(&prepared(&jwks, Geometry::Small)));
    assert_eq!(succeed(&mut Command::new(path("main"))), expected);
}

#[test]
fn unusable_and_private_members_are_not_pinned() {
    let files = Files::new();
    let jwk = Issuer::new().jwk();
    let private = jwk.replacen('{', r#"{"d":"c2VjcmV0","x5u":"https://as.example/x","#, 1);
    let jwks = format!(r#"{{"keys":[{{"kty":"oct","k":"c2VjcmV0"}},{private}]}}"#);
    let outcome = run(&["tables", &files.write("jwks.json", jwks)]);
    assert_eq!(outcome.code, Some(0));
    assert!(outcome.stderr.contains("warning: key 1 is not pinned: key_type_unsupported: "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("warning: key 2 (kid \"1\") has d: "), "{}", outcome.stderr);
    assert!(!outcome.stdout.contains("c2VjcmV0") && !outcome.stdout.contains("x5u"), "{}", outcome.stdout);
}

#[test]
fn what_is_no_key_is_an_error() {
    let files = Files::new();
    let unusable = |content: &str, expected: &str| {
        let error = run(&["tables", &files.write("key", content)]).unusable();
        assert!(error.contains(expected), "{error}");
    };
    unusable(r#"{"keys":[]}"#, "the JWK Set lists no keys");
    unusable(r#"{"keys":[{"kty":"oct"}]}"#, "key_set_without_usable_key");
    unusable(r#"{"kty":"oct","k":"AAAA"}"#, "key_type_unsupported");
    unusable(r#"{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}"#, "key_member_malformed");
    unusable("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "key_set_is_pem");
    let jwks = files.write("jwks.json", jwks_of(&Issuer::new().jwk()));
    let folder = Path::new(&jwks).parent().unwrap();
    assert!(run(&["tables", &jwks, "--out", utf8(folder)]).unusable().contains("cannot be written"));
    for wrong in [["--geometry", "tiny"], ["--target", "16"], ["--format", "java"]] {
        assert_eq!(run(&[&["tables", &jwks][..], &wrong].concat()).code, Some(2));
    }
}

#[test]
fn a_key_is_read_from_standard_input() {
    let jwk = Issuer::new().jwk();
    let text = run_with_input(&["tables", "-"], jwk.as_bytes()).accepted();
    assert!(
        text.starts_with("// Written by certbound tables, version ") && text.contains(": EC P-256 \"1\"\n"),
        "{text}"
    );
}

/// A folder with `jwks.json`, and the set that is pinned. The `kid` has what literals and comments must escape.
fn folder_with_jwks() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let compact = Issuer::new().jwk().replace(": ", ":").replace(", ", ",");
    let jwks = jwks_of(&compact.replace(r#""1""#, r#""/* */ \\ \" ??= {} é 9""#));
    fs::write(folder.path().join("jwks.json"), &jwks).unwrap();
    (folder, jwks)
}

fn lines(words: &[u64]) -> String {
    words.iter().map(|word| format!("{word}\n")).collect()
}

fn utf8(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
