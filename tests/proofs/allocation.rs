//! The core does not allocate: its archive names no allocator, and no dependency is built with `alloc` or `std`.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use object::{Object as _, ObjectSymbol as _};

use crate::entries::{TARGETS, build};

#[test]
fn the_archive_names_no_allocator() {
    for target in TARGETS {
        let archive = fs::read(build(target)).unwrap();
        let names = symbols(&archive);
        assert!(names.contains("reader_certificate"), "the symbols of the entries were not found on {target}");
        let allocating: Vec<_> = names.iter().filter(|name| allocates(name)).collect();
        assert!(allocating.is_empty(), "on {target}: {allocating:?}");
    }
    assert!(
        ["malloc", "__rust_alloc", "_RNvCs5QKde7ScR4H_7___rustc12___rust_alloc", "_ZN5alloc5alloc5alloc17h0E"]
            .iter()
            .all(|name| allocates(name))
    );
}

#[test]
fn no_dependency_is_built_with_alloc_or_std() {
    for target in TARGETS {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--package", "certbound", "--edges", "normal,no-proc-macro", "--target", target])
            .args(["--prefix", "none", "--format", "{p}:{f}", "--manifest-path"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(tree.lines().any(|line| line.starts_with("p384 ") && line.contains("ecdsa")), "{tree}");
        let with_features = tree.lines().filter_map(|line| line.rsplit_once(':'));
        let allocating = with_features
            .filter(|(_, features)| features.split([',', ' ']).any(|feature| matches!(feature, "alloc" | "std")));
        assert_eq!(allocating.collect::<Vec<_>>(), [], "on {target}");
    }
}

/// The symbols that the objects of an archive define or refer to.
fn symbols(archive: &[u8]) -> BTreeSet<String> {
    let members = object::read::archive::ArchiveFile::parse(archive).unwrap();
    let mut names = BTreeSet::new();
    for member in members.members() {
        let file = object::File::parse(member.unwrap().data(archive).unwrap()).unwrap();
        names.extend(file.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned)));
    }
    names
}

fn allocates(symbol: &str) -> bool {
    let c = ["malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "memalign"];
    let rust = ["__rust_alloc", "__rust_realloc", "__rust_dealloc", "__rdl_", "__rg_", "_ZN5alloc", "5alloc5alloc"];
    c.contains(&symbol) || rust.iter().any(|part| symbol.contains(part))
}
