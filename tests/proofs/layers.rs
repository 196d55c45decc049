//! Imports go down the layers only, no files use each other in a circle, and the core asks neither `std` nor an allocator
//! nor `unsafe` for anything.
//!
//! A file uses another one if it names something that the other one defines, wherever the name is re-exported. A re-export
//! is not a use, and neither is `mod`: a folder's `mod.rs` that declares its children and re-exports what they define may
//! define something for them. If its own code also names what a child defines, and that child names what `mod.rs` defines,
//! both are in a circle. Unit tests are left out. Methods are found by their types only, as no path names them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::source::{c_calls, imports::Imports, rust_files};
use proc_macro2::{TokenStream, TokenTree};

/// The modules of the core, lowest layer first. A module may import those of its own layer as long as there is no cycle.
const LAYERS: &[&[&str]] = &[
    &["bearer_response", "error", "hex", "limits", "time"],
    &["base64url", "der", "json", "scratch", "signature", "thumbprint"],
    &["jose", "x509"],
    &["claims", "confirmation", "policy"],
    &["cached_verifier", "client_authentication", "ffi_support", "introspection", "token_cache", "verifier"],
];

#[test]
fn imports_go_down() {
    let upward = upward_imports(&imports_of("src"));
    assert!(upward.is_empty(), "these imports go up; the layers are in {}: {upward:#?}", file!());
}

#[test]
fn every_module_has_a_layer() {
    let modules: BTreeSet<_> = files_of("src").iter().filter_map(|(path, _)| top_level_module(path)).collect();
    let unplaced: Vec<_> = modules.iter().filter(|module| layer(module).is_none()).collect();
    assert!(unplaced.is_empty(), "give these a place in {}: {unplaced:?}", file!());
    assert_eq!(modules.len(), LAYERS.concat().len(), "a module has gone: {modules:?}");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let mut found = Vec::new();
    for folder in ["src", "ffi/src", "cli/src"] {
        let imports = imports_of(folder);
        let uses: usize = imports.uses.values().map(BTreeSet::len).sum();
        assert!(uses > imports.uses.len() / 2, "hardly any uses found in {folder}: {imports:#?}");
        found.extend(imports.circles().into_iter().map(|circle| format!("{folder}: {circle:?}")));
    }
    assert!(found.is_empty(), "these files use each other: {found:#?}");
}

#[test]
fn no_top_level_modules_import_each_other_in_a_circle() {
    for folder in ["src", "cli/src"] {
        let imports = imports_of(folder);
        let mut modules = Imports::default();
        for (from, others) in imports.uses.iter().chain(&imports.re_exports) {
            let Some(module) = top_level_module(from) else { continue };
            let others = others.iter().filter_map(|other| top_level_module(other)).filter(|other| *other != module);
            modules.uses.entry(PathBuf::from(&module)).or_default().extend(others.map(PathBuf::from));
        }
        assert!(modules.uses.len() > 5, "hardly any modules in {folder}: {modules:?}");
        assert_eq!(modules.circles(), Vec::<Vec<&Path>>::new(), "in {folder}");
    }
}

#[test]
fn no_c_files_call_each_other_in_a_circle() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hosts/nginx/src");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "c"));
    let files = files.map(|path| (path.file_name().unwrap().into(), fs::read_to_string(&path).unwrap()));
    let calls = Imports { uses: c_calls::of(files), ..Imports::default() };
    assert!(
        calls.uses.values().map(BTreeSet::len).sum::<usize>() > calls.uses.len() / 2,
        "hardly any calls: {calls:#?}"
    );
    assert_eq!(calls.circles(), Vec::<Vec<&Path>>::new());
}

#[test]
fn the_core_needs_nothing_but_core() {
    for (path, _) in files_of("src") {
        let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(&path)).unwrap();
        assert_eq!(forbidden_words(&source), [""; 0], "in {}", path.display());
    }
}

#[test]
fn an_upward_import_is_noticed() {
    let import = |module: &str, source: &str| {
        upward_imports(&planted(&[
            ("lib.rs", "pub use verifier::{Verified, Verifier};\npub use error::Error;\npub use jose::Header;"),
            ("verifier.rs", "pub struct Verified; pub struct Verifier;"),
            ("error.rs", "errors! { 100 TokenMissing }"),
            ("jose/header.rs", "pub struct Header;"),
            ("jose/mod.rs", if module == "jose" { source } else { "pub use header::Header;" }),
            ("json.rs", if module == "json" { source } else { "pub struct Text;" }),
        ]))
    };
    assert_eq!(import("jose", "use crate::verifier::Verifier;"), ["jose → verifier"]);
    assert_eq!(
        import("jose", "use crate::{\n    Error,\n    json::{self, Text},\n    Verified,\n};"),
        ["jose → verifier"]
    );
    assert_eq!(import("jose", "pub use crate::Verifier;"), ["jose → verifier"]);
    assert_eq!(import("json", "fn f() { crate::jose::Header::read(b\"\") }"), ["json → jose"]);
    assert_eq!(import("json", "fn f() { assert!(crate::jose::Header::read(b\"\")) }"), ["json → jose"]);
    assert_eq!(import("json", "fn f(error: super::Verifier) {}"), ["json → verifier"]);
    assert_eq!(import("jose", "use crate::{Error, json};\n// crate::verifier\n"), [""; 0]);
    assert_eq!(import("jose", "#[cfg(test)]\nmod tests { use crate::Verifier; }"), [""; 0]);
}

#[test]
fn a_circle_is_noticed() {
    let circles = |files: &[(&str, &str)]| {
        let imports = planted(files);
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
    // Of three.
    let files = [
        ("lib.rs", ""),
        ("a.rs", "use crate::b::B; fn a() {}"),
        ("b.rs", "use crate::c::C; struct B;"),
        ("c.rs", "use crate::a::a; struct C;"),
    ];
    assert_eq!(circles(&files), ["a.rs b.rs c.rs"]);
    assert_eq!(circles(&files[..3]), [""; 0]);

    // A folder and its child, where the folder's own code names what the child defines.
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

    // Another crate of the same name, and a word in a comment or a text, are not uses.
    let files = [
        ("lib.rs", "mod der; mod x;"),
        ("der.rs", "use crate::x::X; use ::der::Reader; pub struct Y;"),
        ("x.rs", "use der::Reader; // crate::der::Y\npub struct X; const TEXT: &str = \"crate::der::Y\";"),
    ];
    assert_eq!(circles(&files), [""; 0]);
}

#[test]
fn a_circle_of_c_files_is_noticed() {
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
    assert!(!circles(a, &format!("ngx_int_t a_check(int x);\n{}", b(""))), "a prototype is no use");
    let own = "static int\na_check(int x)\n{\n    return x;\n}\n";
    assert!(!circles(a, &format!("{own}\n{}", b("a_check(x);"))), "a static function is the file's own");
}

#[test]
fn forbidden_words_are_noticed() {
    assert_eq!(forbidden_words("fn f() { unsafe { g() } }"), ["unsafe"]);
    assert_eq!(forbidden_words("extern crate alloc;"), ["alloc", "extern crate"]);
    assert_eq!(forbidden_words("use std::vec::Vec;"), ["std"]);
    assert_eq!(forbidden_words("fn f() { g!(std::vec![1]) }"), ["std"]);
    assert_eq!(forbidden_words("#[cfg(test)] use a::b;\nuse std::vec::Vec;"), ["std"]);
    assert_eq!(
        forbidden_words("#![forbid(unsafe_code)] // unsafe std\nconst TEXT: &str = \"std \\\" alloc\";"),
        [""; 0]
    );
    let source = "#[cfg(test)]\n#[macro_use]\nextern crate std;\nfn f<'a>(c: &'a u8) -> char { '\"' }";
    assert_eq!(forbidden_words(source), [""; 0]);
}

fn planted(files: &[(&str, &str)]) -> Imports {
    Imports::of(files.iter().map(|(path, source)| (PathBuf::from(path), syn::parse_file(source).unwrap())))
}

fn imports_of(folder: &str) -> Imports {
    Imports::of(files_of(folder))
}

/// The Rust files of a folder of this project, by their paths below it.
fn files_of(folder: &str) -> Vec<(PathBuf, syn::File)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = rust_files(&root).into_iter();
    files.map(|(path, file)| (path.strip_prefix(&root).unwrap().to_owned(), file)).collect()
}

/// The imports of a higher layer, re-exports with them.
fn upward_imports(imports: &Imports) -> Vec<String> {
    let edges = imports.uses.iter().chain(&imports.re_exports);
    let pairs = edges.flat_map(|(from, others)| others.iter().map(move |other| (from, other)));
    let pairs = pairs.filter_map(|(from, other)| Some((top_level_module(from)?, top_level_module(other)?)));
    let upward: BTreeSet<_> = pairs
        .filter(|(module, other)| layer(other) > layer(module))
        .map(|(module, other)| format!("{module} → {other}"))
        .collect();
    upward.into_iter().collect()
}

/// `jose` for `jose/jwk.rs`, and none for a crate's root.
fn top_level_module(file: &Path) -> Option<String> {
    let module = file.with_extension("");
    let module = module.iter().next().unwrap().to_str().unwrap();
    (!["lib", "main"].contains(&module)).then(|| module.to_owned())
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The words outside of tests that the core does without.
fn forbidden_words(source: &str) -> Vec<String> {
    let mut words = Vec::new();
    gather_words(source.parse().unwrap(), &mut words);
    let mut found: Vec<_> = ["alloc", "std", "unsafe"]
        .into_iter()
        .filter(|word| words.iter().any(|other| other == word))
        .map(str::to_owned)
        .collect();
    found.extend(words.windows(2).any(|pair| pair == ["extern", "crate"]).then(|| "extern crate".to_owned()));
    found
}

/// Appends the words of a token stream, but for the items behind `#[cfg(test)]`.
fn gather_words(tokens: TokenStream, words: &mut Vec<String>) {
    let mut is_for_tests = false;
    for token in tokens {
        let ends = match &token {
            TokenTree::Punct(mark) => mark.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == proc_macro2::Delimiter::Brace,
            _ => false,
        };
        match token {
            TokenTree::Group(group) if group.stream().to_string().replace(' ', "") == "cfg(test)" => {
                is_for_tests = true
            }
            _ if is_for_tests => is_for_tests = !ends,
            TokenTree::Group(group) => gather_words(group.stream(), words),
            TokenTree::Ident(word) => words.push(word.to_string()),
            _ => {}
        }
    }
}
