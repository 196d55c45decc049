//! The committed header is what cbindgen makes of the crate.

use std::{fs, path::Path};

/// To accept a change: `CERTBOUND_BLESS=1 cargo test -p certbound-ffi --test header`
#[test]
fn the_header_is_up_to_date() {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(crate_root.join("cbindgen.toml")).unwrap();
    let mut made = Vec::new();
    cbindgen::Builder::new().with_crate(crate_root).with_config(config).generate().unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();

    let path = crate_root.join("../include/certbound.h");
    if std::env::var_os("CERTBOUND_BLESS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let differing = made.lines().zip(committed.lines()).find(|(made, committed)| made != committed);
    assert!(
        made == committed,
        "include/certbound.h is not what the crate says, first at {differing:?}; accept it with CERTBOUND_BLESS=1"
    );
}
