//! Imports go down the layers only, and the core asks neither `std` nor an allocator nor `unsafe` for anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The modules of the core, lowest layer first. A module may import those of its own layer as long as there is no cycle.
const LAYERS: &[&[&str]] = &[
    &["bearer_response", "error", "limits", "time"],
    &["base64url", "der", "json", "scratch", "signature", "thumbprint"],
    &["jose", "x509"],
    &["claims", "confirmation", "policy"],
    &["cached_verifier", "client_authentication", "introspection", "verifier"],
];

#[test]
fn imports_go_down() {
    let imports = imports_of_core();
    let upward = upward_imports(&imports);
    assert!(upward.is_empty(), "these imports go up; DESIGN's layers are in {}: {upward:#?}", file!());
    assert_eq!(module_on_a_cycle(&imports), None, "this module imports itself through others");
}

#[test]
fn the_command_has_no_circular_imports() {
    let imports = imports_of("cli/src", "main.rs");
    assert!(imports.len() > 5 && imports.contains_key("output"), "{imports:?}");
    assert_eq!(module_on_a_cycle(&imports), None, "this module imports itself through others");
}

#[test]
fn every_module_has_a_layer() {
    let modules: BTreeSet<_> = imports_of_core().into_keys().collect();
    let unplaced: Vec<_> = modules.iter().filter(|module| layer(module).is_none()).collect();
    assert!(unplaced.is_empty(), "give these a place in {}: {unplaced:?}", file!());
    assert_eq!(modules.len(), LAYERS.concat().len(), "a module has gone: {modules:?}");
}

#[test]
fn the_core_needs_nothing_but_core() {
    for (path, source) in sources(Path::new("src")) {
        let code = without_tests(&without_text(&source));
        assert_eq!(forbidden_words(&code), Vec::<String>::new(), "in {}", path.display());
    }
}

#[test]
fn an_upward_import_is_noticed() {
    let root = root_names("pub use verifier::{Verified, Verifier};\npub use error::Error;");
    let import = |module: &str, source: &str| {
        let imports = BTreeMap::from([(module.to_owned(), imported_modules(source, &root, true))]);
        upward_imports(&imports)
    };
    assert_eq!(import("jose", "use crate::verifier::Verifier;"), ["jose → verifier"]);
    assert_eq!(
        import("jose", "use crate::{\n    Error,\n    json::{self, Text},\n    Verified,\n};"),
        ["jose → verifier"]
    );
    assert_eq!(import("json", "fn f() { crate::jose::Header::read(b\"\") }"), ["json → jose"]);
    assert_eq!(import("json", "fn f(error: super::Verifier) {}"), ["json → verifier"]);
    assert_eq!(import("jose", "use crate::{Error, json};\n// crate::verifier\n"), Vec::<String>::new());
    assert_eq!(import("jose", "#[cfg(test)]\nmod tests { use crate::Verifier; }"), Vec::<String>::new());
}

#[test]
fn a_cycle_is_noticed() {
    let edges = |pairs: &[(&str, &str)]| {
        let mut imports = BTreeMap::<_, BTreeSet<String>>::new();
        for (from, to) in pairs {
            imports.entry((*from).to_owned()).or_default().insert((*to).to_owned());
        }
        imports
    };
    assert_eq!(module_on_a_cycle(&edges(&[("a", "b"), ("b", "c")])), None);
    assert_eq!(module_on_a_cycle(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])), Some("b".to_owned()));
}

#[test]
fn forbidden_words_are_noticed() {
    let words = |source: &str| forbidden_words(&without_tests(&without_text(source)));
    assert_eq!(words("fn f() { unsafe { g() } }"), ["unsafe"]);
    assert_eq!(words("extern crate alloc;"), ["alloc", "extern crate"]);
    assert_eq!(words("use std::vec::Vec;"), ["std"]);
    assert_eq!(
        words("#![forbid(unsafe_code)] // unsafe std\nconst TEXT: &str = \"std \\\" alloc\";"),
        Vec::<String>::new()
    );
    assert_eq!(words("#[cfg(test)]\n#[macro_use]\nextern crate std;\nfn f<'a>(c: &'a u8) -> char { '\"' }"), [""; 0]);
}

fn imports_of_core() -> BTreeMap<String, BTreeSet<String>> {
    imports_of("src", "lib.rs")
}

/// For each top-level module below a folder, the others that it imports.
fn imports_of(folder: &str, root_file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let source_root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let root = root_names(&fs::read_to_string(source_root.join(root_file)).unwrap());
    let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
    for (path, source) in sources(Path::new(folder)) {
        let path = path.strip_prefix(&source_root).unwrap().with_extension("");
        let module = path.iter().next().unwrap().to_str().unwrap().to_owned();
        if root_file.strip_suffix(".rs") == Some(&module) {
            continue;
        }
        let is_top_level = path.iter().count() == 1;
        let mut imported = imported_modules(&source, &root, is_top_level);
        imported.remove(&module);
        imports.entry(module).or_default().extend(imported);
    }
    imports
}

fn upward_imports(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let pairs = imports.iter().flat_map(|(module, imported)| imported.iter().map(move |other| (module, other)));
    pairs
        .filter(|(module, other)| layer(other) > layer(module))
        .map(|(module, other)| format!("{module} → {other}"))
        .collect()
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|modules| modules.contains(&module))
}

/// The first module from which a way of imports leads back to itself.
fn module_on_a_cycle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    imports
        .keys()
        .find(|start| {
            let mut reached = BTreeSet::new();
            let mut open = vec![*start];
            while let Some(module) = open.pop() {
                open.extend(imports.get(module).into_iter().flatten().filter(|next| reached.insert(*next)));
            }
            reached.contains(start)
        })
        .cloned()
}

/// The modules behind the names that `lib.rs` exports again: `Error` is `error`'s.
fn root_names(lib: &str) -> BTreeMap<String, String> {
    let lib = without_tests(&without_text(lib));
    let mut names = BTreeMap::new();
    for line in lib.split(';').filter_map(|item| item.trim().rsplit_once("pub use ")).map(|(_, path)| path) {
        if let Some((module, exported)) = line.split_once("::") {
            for name in exported.split(|character: char| !is_word(character)).filter(|name| !name.is_empty()) {
                names.insert(name.to_owned(), module.trim().to_owned());
            }
        }
    }
    names
}

/// The modules that a file names through `crate::`, or through `super::` where that is the crate's root.
fn imported_modules(source: &str, root: &BTreeMap<String, String>, is_top_level: bool) -> BTreeSet<String> {
    let code = without_tests(&without_text(source));
    assert!(!code.contains("super::super"), "the layer check does not follow super::super; write crate:: instead");
    let mut modules = BTreeSet::new();
    for prefix in if is_top_level { &["crate::", "super::"][..] } else { &["crate::"] } {
        for (_, path) in code.match_indices(prefix).map(|(at, _)| code.split_at(at + prefix.len())) {
            for name in first_names(path) {
                modules.insert(root.get(name).map_or(name, String::as_str).to_owned());
            }
        }
    }
    modules
}

/// The first segments of what follows `crate::`: one name, or those of a braced list.
fn first_names(path: &str) -> Vec<&str> {
    let word = |text: &'_ str| text.find(|character| !is_word(character)).unwrap_or(text.len());
    let Some(list) = path.strip_prefix('{') else {
        return vec![&path[..word(path)]];
    };
    let (mut names, mut depth, mut expects_name) = (Vec::new(), 0, true);
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            _ if expects_name && is_word(character) => {
                names.push(&list[at..at + word(&list[at..])]);
                expects_name = false;
            }
            _ => {}
        }
    }
    names
}

/// The words in `code` that the core does without.
fn forbidden_words(code: &str) -> Vec<String> {
    let words: BTreeSet<_> = code.split(|character| !is_word(character)).collect();
    let mut found: Vec<_> =
        ["alloc", "std", "unsafe"].into_iter().filter(|word| words.contains(word)).map(str::to_owned).collect();
    found.extend(code.contains("extern crate").then(|| "extern crate".to_owned()));
    found
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Rust source without what is only for tests: each item behind `#[cfg(test)]`. It has no comments and strings any more.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some((before, item)) = rest.split_once("#[cfg(test)]") {
        kept.push_str(before);
        let mut depth = 0;
        let end = item.char_indices().find(|(_, character)| {
            depth += match character {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth == 0 && matches!(character, ';' | '}')
        });
        rest = &item[end.map_or(item.len(), |(at, _)| at + 1)..];
    }
    kept + rest
}

/// Rust source without comments, and with empty strings and characters.
fn without_text(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = raw_string_length(rest) {
            length
        } else if first == '"' {
            quoted_length(rest, '"')
        } else if first == '\'' && is_character(rest) {
            quoted_length(rest, '\'')
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}

fn raw_string_length(rest: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r')?;
    let inside = hashes.trim_start_matches('#');
    let end = format!("\"{}", "#".repeat(hashes.len() - inside.len()));
    let inside = inside.strip_prefix('"')?;
    Some(rest.len() - inside.len() + inside.find(&end)? + end.len())
}

/// Whether the apostrophe at the front begins a character and not a lifetime.
fn is_character(rest: &str) -> bool {
    let mut characters = rest.chars().skip(1);
    characters.next() == Some('\\') || characters.next() == Some('\'')
}

fn quoted_length(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, character)| {
        let ends = !escaped && *character == quote;
        escaped = !escaped && *character == '\\';
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// The Rust files below a folder of this package, with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&entry).unwrap();
                files.push((entry, source));
            }
        }
    }
    files
}
