//! The generated files are up to date: the list of statuses, from the core's errors, and the header, from the crate.
//!
//! To accept a change of either: `CERTBOUND_BLESS=1 cargo test -p certbound-ffi --test header`

mod codes;
mod sections;

use std::{fs, path::Path};

#[test]
fn the_statuses_and_the_header_are_up_to_date() {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // First, because the header is generated from it.
    check("the table of errors", &crate_root.join("src/status/codes.rs"), &codes::generated());
    check("the crate", &crate_root.join("../include/certbound.h"), &header(crate_root));
}

fn header(crate_root: &Path) -> String {
    let config = cbindgen::Config::from_file(crate_root.join("cbindgen.toml")).unwrap();
    let mut header = Vec::new();
    cbindgen::Builder::new().with_crate(crate_root).with_config(config).generate().unwrap().write(&mut header);
    sections::arranged(&String::from_utf8(header).unwrap(), &crate_root.join("src"))
}

fn check(source: &str, path: &Path, generated: &str) {
    if std::env::var_os("CERTBOUND_BLESS").is_some() {
        fs::write(path, generated).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    let differing = generated.lines().zip(committed.lines()).find(|(generated, committed)| generated != committed);
    assert!(
        generated == committed,
        "{} does not agree with {source}, first at {differing:?}; accept the change with CERTBOUND_BLESS=1",
        path.display()
    );
}
