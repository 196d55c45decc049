//! No two files use each other in a circle: in every Rust crate of this repository, and in the C of every host.
//!
//! A file uses another one if its code names something that the other one defines, through `crate::`, `super::`, `self::` or
//! a re-export. A re-export itself is not a use, and neither is `mod`, so a folder's `mod.rs` may declare its children,
//! re-export their items and define something for them. If its own code also names what a child defines, and that child
//! names what `mod.rs` defines, both are in a circle. Unit tests are exempt. Calls of methods are not followed, because no
//! path names them; the type that has the method usually is.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    layers::top_level_module,
    source::{c_calls, crate_and_test_files, crate_files, imports::Imports, project_files, root},
};

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut found = BTreeSet::new();
    for crate_root in &crate_roots() {
        found.extend(imports_of(crate_root).circles().into_iter().map(|circle| format!("{circle:?}")));
    }
    assert!(found.is_empty(), "these files use each other in a circle: {found:#?}");
    for crate_root in ["src/lib.rs", "ffi/src/lib.rs", "cli/src/main.rs"] {
        let imports = imports_of(Path::new(crate_root));
        let uses: usize = imports.uses.values().map(BTreeSet::len).sum();
        assert!(uses > imports.uses.len() / 2, "too few uses were found in {crate_root}: {imports:#?}");
    }
}

#[test]
fn every_rust_file_belongs_to_a_crate() {
    let checked: BTreeSet<_> = crate_roots()
        .iter()
        .flat_map(|crate_root| crate_and_test_files(crate_root))
        .map(|source| source.path)
        .collect();
    let unchecked: Vec<_> = rust_files().filter(|path| !checked.contains(path)).collect();
    assert!(unchecked.is_empty(), "these files belong to no crate: {unchecked:?}");
}

#[test]
fn no_top_level_modules_use_each_other_in_a_circle() {
    for crate_root in ["src/lib.rs", "cli/src/main.rs"] {
        let imports = imports_of(Path::new(crate_root));
        let mut modules = Imports::default();
        for (from, others) in imports.uses.iter().chain(&imports.re_exports) {
            let Some(module) = top_level_module(from) else { continue };
            let others = others.iter().filter_map(|other| top_level_module(other)).filter(|other| *other != module);
            modules.uses.entry(PathBuf::from(&module)).or_default().extend(others.map(PathBuf::from));
        }
        assert!(modules.uses.len() > 5, "too few modules in {crate_root}: {modules:?}");
        assert_eq!(modules.circles(), Vec::<Vec<&Path>>::new(), "in {crate_root}");
    }
}

#[test]
fn no_c_files_of_a_host_call_each_other_in_a_circle() {
    // Each C program in ffi/ is a single file.
    let sources: Vec<_> = project_files()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "c"))
        .filter(|path| path.starts_with("hosts") || path.starts_with("ffi/nginx"))
        .collect();
    let folders: BTreeSet<_> = sources.iter().map(|path| path.parent().unwrap()).collect();
    assert!(folders.iter().any(|folder| folder.to_str().unwrap().contains("nginx")), "{folders:?}");
    for folder in folders {
        let files = sources.iter().filter(|path| path.parent() == Some(folder));
        let files = files.map(|path| (path.clone(), fs::read_to_string(root().join(path)).unwrap()));
        let calls = Imports { uses: c_calls::of(files), ..Imports::default() };
        let count: usize = calls.uses.values().map(BTreeSet::len).sum();
        assert!(calls.uses.len() < 5 || count > calls.uses.len() / 2, "too few calls were found: {calls:#?}");
        assert_eq!(calls.circles(), Vec::<Vec<&Path>>::new());
    }
}

#[test]
fn a_circle_is_found() {
    let circles = |files: &[(&str, &str)]| {
        let imports = Imports::of_planted(files);
        let circles = imports.circles().into_iter();
        circles
            .map(|files| files.iter().map(|file| file.to_str().unwrap()).collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    // Through `super::`, `self::` and `crate::`, and through what the folder re-exports.
    let (mod_rs, b) = ("mod a; mod b; pub use a::A; pub(crate) use self::b::B;", "use super::a::A; pub struct B(A);");
    for a in [
        "pub struct A; fn f(b: super::b::B) {}",
        "pub struct A; fn f() { super::B::new() }",
        "use super::B; pub struct A;",
        "use super::{self as folder}; pub struct A; impl folder::B {}",
        "use crate::x::b; pub struct A; fn f(b: b::B) {}",
        "use crate::B as Other; pub struct A(Other);",
        "use super::*; pub struct A(B);",
        "pub struct A; fn f() { assert_eq!(1, super::b::B::ONE) }",
    ] {
        let files = [("lib.rs", "mod x; pub use x::B;"), ("x/mod.rs", mod_rs), ("x/a.rs", a), ("x/b.rs", b)];
        assert_eq!(circles(&files), ["x/a.rs x/b.rs"], "{a}");
    }
    // Three files.
    let files = [
        ("lib.rs", ""),
        ("a.rs", "use crate::b::B; fn a() {}"),
        ("b.rs", "use crate::c::C; struct B;"),
        ("c.rs", "use crate::a::a; struct C;"),
    ];
    assert_eq!(circles(&files), ["a.rs b.rs c.rs"]);
    assert_eq!(circles(&files[..3]), [""; 0]);

    // A folder and its child: the code in the folder's `mod.rs` names what the child defines.
    let child = "use super::Shared; pub struct Child(Shared);";
    let folder = |code: &str| circles(&[("x/mod.rs", code), ("x/child.rs", child), ("lib.rs", "mod x;")]);
    assert_eq!(folder("mod child; pub struct Shared; fn f(child: child::Child) {}"), ["x/child.rs x/mod.rs"]);
    assert_eq!(
        folder("mod child; pub use child::Child; pub struct Shared; fn f(child: Child) {}"),
        ["x/child.rs x/mod.rs"]
    );
    assert_eq!(folder("mod child; use child::Child; pub struct Shared;"), ["x/child.rs x/mod.rs"]);
    assert_eq!(folder("mod child; pub use child::Child; pub struct Shared;"), [""; 0]);
    assert_eq!(folder("mod child; pub struct Shared; #[cfg(test)] mod tests { use super::child::Child; }"), [""; 0]);

    // Another crate with the same name is not a use, and neither is a word in a comment or a string.
    let files = [
        ("lib.rs", "mod der; mod x;"),
        ("der.rs", "use crate::x::X; use ::der::Reader; pub struct Y;"),
        ("x.rs", "use der::Reader; // crate::der::Y\npub struct X; const TEXT: &str = \"crate::der::Y\";"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn included_files_belong_to_the_crate() {
    let paths = |crate_root: &str| {
        crate_files(Path::new(crate_root)).into_iter().map(|source| source.path).collect::<BTreeSet<_>>()
    };
    let json = paths("fuzz/fuzz_targets/json.rs");
    for path in ["tests/support/typed/mod.rs", "tests/support/typed/hostile.rs"] {
        assert!(json.contains(Path::new(path)), "{json:?}");
    }
    let core = paths("src/lib.rs");
    for path in ["src/limits.rs", "src/json/mod.rs", "src/json/lexer.rs", "src/signature/rsa/mod.rs"] {
        assert!(core.contains(Path::new(path)), "{core:?}");
    }
}

#[test]
fn a_circle_of_c_files_is_found() {
    let circles = |a: &str, b: &str| {
        let files = [("a.c", a), ("b.c", b)].map(|(path, source)| (path.into(), source.to_owned()));
        let imports = Imports { uses: c_calls::of(files), ..Imports::default() };
        !imports.circles().is_empty()
    };
    let a = "#include \"a.h\"\n\nngx_int_t\na_check(int x)\n{\n    return b_find(x, \")\");\n}\n";
    let b = |called: &str| format!("int\nb_find(int x,\n    char *text)\n{{\n    {called}\n    return x;\n}}\n");
    assert!(circles(a, &b("a_check(x);")));
    assert!(circles(a, &b("").replace("int\nb", "static table_t  table = { a_check };\n\nint\nb")));
    for other in ["", "/* a_check(x) */", "log(\"a_check(x)\");", "b_find(x, NULL);"] {
        assert!(!circles(a, &b(other)), "{other}");
    }
    assert!(!circles(a, &format!("ngx_int_t a_check(int x);\n{}", b(""))), "a prototype is not a use");
    let static_function = "static int\na_check(int x)\n{\n    return x;\n}\n";
    assert!(!circles(a, &format!("{static_function}\n{}", b("a_check(x);"))), "a static function belongs to its file");
}

fn imports_of(crate_root: &Path) -> Imports {
    Imports::of(crate_files(crate_root))
}

/// The roots of all crates: libraries, programs, build scripts, tests, benchmarks, examples and fuzz targets.
fn crate_roots() -> Vec<PathBuf> {
    let is_root = |path: &PathBuf| {
        let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
        let name = path.file_stem().unwrap();
        ["lib", "main", "build"].iter().any(|root| name == *root)
            || ["tests", "benches", "examples", "fuzz_targets"].contains(&folder)
    };
    rust_files().filter(is_root).collect()
}

fn rust_files() -> impl Iterator<Item = PathBuf> {
    project_files().into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
}
