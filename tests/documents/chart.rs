//! The chart of `docs/speed.md` shows the figures of its tables.

use std::{fs, path::Path, process::Command};

#[test]
fn the_chart_shows_the_figures_of_the_tables() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let drawn = Command::new("benches/chart").arg("docs/speed.md").current_dir(root).output().unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let kept = fs::read_to_string(root.join("docs/pictures/speed.svg")).unwrap();
    assert!(
        kept == String::from_utf8(drawn.stdout).unwrap(),
        "docs/pictures/speed.svg is out of date: run `benches/chart docs/speed.md > docs/pictures/speed.svg`"
    );
}

#[test]
fn a_document_without_figures_has_no_chart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let drawn = Command::new("benches/chart").arg("docs/rust.md").current_dir(root).output().unwrap();
    assert!(!drawn.status.success());
}
