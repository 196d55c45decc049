//! Imports in `src/` go down the layers only, and the core needs neither `std` nor an allocator nor `unsafe`.
//!
//! [`LAYERS`] is the only place that lists the layers: the diagram in `docs/architecture.md` is generated from it, between
//! the lines `<!-- layers -->` and `<!-- end of layers -->`. `CERTBOUND_BLESS=1 cargo test --test proofs layers` writes it.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::Path,
};

use proc_macro2::{TokenStream, TokenTree};

use crate::source::{crate_files, imports::Imports, root};

/// The modules of the core, lowest layer first, and what each layer is for. A module may import those of its own layer;
/// `circles.rs` checks that no circle results.
const LAYERS: &[(&str, &[&str])] = &[
    ("what every room uses", &["bearer_response", "cache_sets", "error", "hex", "limits", "time", "words"]),
    ("formats and signatures", &["base64", "base64url", "der", "json", "scratch", "signature", "thumbprint"]),
    ("keys, tokens and certificates", &["forwarded", "jose", "x509"]),
    ("what the RFCs and the policy require", &["claims", "confirmation", "policy"]),
    (
        "what a caller asks",
        &[
            "accepted",
            "cached_verifier",
            "client_authentication",
            "ffi_support",
            "introspection",
            "introspection_cache",
            "token_cache",
            "verifier",
        ],
    ),
];

const DOCUMENT: &str = "docs/architecture.md";

#[test]
fn imports_go_down() {
    let upward = upward_imports(&Imports::of(crate_files(Path::new("src/lib.rs"))));
    assert!(upward.is_empty(), "these imports go up; the layers are in {}: {upward:#?}", file!());
}

#[test]
fn every_module_has_a_layer() {
    let modules = modules();
    let unplaced: Vec<_> = modules.keys().filter(|module| layer(module).is_none()).collect();
    assert!(unplaced.is_empty(), "add these to {}: {unplaced:?}", file!());
    let placed: Vec<&str> = LAYERS.iter().flat_map(|(_, modules)| modules.iter().copied()).collect();
    let gone: Vec<_> = placed.iter().filter(|module| !modules.contains_key(&***module)).collect();
    assert!(
        gone.is_empty() && placed.len() == modules.len(),
        "{} lists modules that are not in src, or lists them twice: {gone:?}",
        file!()
    );
}

#[test]
fn the_diagram_shows_the_layers() {
    let path = root().join(DOCUMENT);
    let document = fs::read_to_string(&path).unwrap();
    let current = with_diagram(&document, &diagram(&modules()));
    if env::var_os("CERTBOUND_BLESS").is_some() {
        fs::write(path, current).unwrap();
    } else {
        assert!(
            document == current,
            "the diagram in {DOCUMENT} is out of date: run `CERTBOUND_BLESS=1 cargo test --test proofs layers`"
        );
    }
}

#[test]
fn the_core_needs_neither_std_nor_alloc_nor_unsafe() {
    for source in crate_files(Path::new("src/lib.rs")) {
        let text = fs::read_to_string(root().join(&source.path)).unwrap();
        assert_eq!(forbidden_words(&text), [""; 0], "in {}", source.path.display());
    }
}

#[test]
fn an_upward_import_is_found() {
    let import = |module: &str, source: &str| {
        upward_imports(&Imports::of_planted(&[
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
fn a_diagram_replaces_the_previous_one() {
    let modules = BTreeMap::from([
        ("error".to_owned(), BTreeSet::new()),
        ("time".to_owned(), BTreeSet::new()),
        ("jose".to_owned(), ["header", "jwk"].map(str::to_owned).into()),
    ]);
    let layers = diagram(&modules);
    assert_eq!(
        layers,
        "```text\nL2  keys, tokens and certificates\n      jose/ (header, jwk)\n\nL0  what every room uses\n      error   time\n```\n"
    );
    let document = "# A\n<!-- layers -->\nold\n<!-- end of layers -->\nB\n";
    let expected = format!("# A\n<!-- layers -->\n\n{layers}\n<!-- end of layers -->\nB\n");
    assert_eq!(with_diagram(document, &layers), expected);
    assert_eq!(with_diagram(&expected, &layers), expected);
}

#[test]
fn forbidden_words_are_found() {
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

/// The imports from a higher layer, including re-exports.
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

/// `jose` for `src/jose/jwk.rs`, and `None` for a crate's root. The paths of planted files do not begin with `src`.
pub(crate) fn top_level_module(file: &Path) -> Option<String> {
    let module = file.with_extension("");
    let mut folders = module.iter().skip_while(|folder| module.iter().any(|part| part == "src") && *folder != "src");
    let first = folders.next()?;
    let module = if first == "src" { folders.next()? } else { first }.to_str()?;
    (!["lib", "main"].contains(&module)).then(|| module.to_owned())
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|(_, modules)| modules.contains(&module))
}

/// The top-level modules of the core, each folder with the names of its contents.
fn modules() -> BTreeMap<String, BTreeSet<String>> {
    let mut modules = BTreeMap::<_, BTreeSet<_>>::new();
    for source in crate_files(Path::new("src/lib.rs")) {
        if let [module, inner @ ..] = &source.module[..] {
            modules.entry(module.clone()).or_default().extend(inner.first().cloned());
        }
    }
    modules
}

/// The layers as a text diagram, the highest first: files on one line, and each folder on a line with its contents.
fn diagram(modules: &BTreeMap<String, BTreeSet<String>>) -> String {
    let mut layers = Vec::new();
    for (number, (purpose, names)) in LAYERS.iter().enumerate().rev() {
        let (folders, files): (Vec<_>, Vec<_>) = names
            .iter()
            .filter_map(|name| modules.get_key_value(*name))
            .partition(|(_, contents)| !contents.is_empty());
        let mut text = format!("L{number}  {purpose}\n");
        if !files.is_empty() {
            let files: Vec<_> = files.into_iter().map(|(name, _)| name.as_str()).collect();
            writeln!(text, "      {}", files.join("   ")).unwrap();
        }
        for (name, contents) in folders {
            let contents: Vec<_> = contents.iter().map(String::as_str).collect();
            writeln!(text, "      {name}/ ({})", contents.join(", ")).unwrap();
        }
        if text.lines().count() > 1 {
            layers.push(text);
        }
    }
    format!("```text\n{}```\n", layers.join("\n"))
}

/// The document with this diagram between its markers.
fn with_diagram(document: &str, diagram: &str) -> String {
    let (before, rest) = document.split_once("<!-- layers -->\n").expect("the marker before the diagram");
    let (_, after) = rest.split_once("<!-- end of layers -->").expect("the marker after the diagram");
    format!("{before}<!-- layers -->\n\n{diagram}\n<!-- end of layers -->{after}")
}

/// The forbidden words in the code outside of unit tests.
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

/// Appends the words of a token stream, except for the items under `#[cfg(test)]`.
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
