//! The documents name files, headings, make targets and modules that exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const DOCUMENTS: [&str; 21] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/architecture.md",
    "docs/audit.md",
    "docs/c.md",
    "docs/cli.md",
    "docs/dependencies.md",
    "docs/design.md",
    "docs/embedded.md",
    "docs/envoy.md",
    "docs/issuers.md",
    "docs/load-balancers.md",
    "docs/nginx.md",
    "docs/packages.md",
    "docs/proofs.md",
    "docs/rust.md",
    "docs/speed.md",
    "docs/threat-model.md",
    "docs/tried.md",
];

/// Names of the reader's files, and of installed files.
const ELSEWHERE: [&str; 4] = ["certbound.pc", "nginx.conf", "src/main.rs", "program.c"];

#[test]
fn every_document_is_checked() {
    let documents: BTreeSet<_> = tree().into_iter().filter(|path| path.ends_with(".md")).collect();
    let documents = documents.iter().filter(|path| !path.contains('/') || path.starts_with("docs/"));
    assert!(documents.eq(DOCUMENTS.iter()), "a document is missing in {}", file!());
}

#[test]
fn everything_that_documents_name_exists() {
    let tree = tree();
    let targets = make_targets(&read("Makefile"));
    let mut missing = Vec::new();
    let mut checked = 0;
    for document in DOCUMENTS {
        let text = read(document);
        for link in links(&text).filter(|link| !link.contains("://")) {
            checked += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.to_owned() } else { beside(document, path) };
            let has_anchor = || anchor.is_empty() || anchors(&read(&target)).contains(anchor);
            if !tree.contains(&target) || !has_anchor() {
                missing.push(format!("{document}: the link {link}"));
            }
        }
        for code in inline_code(&text) {
            let is_missing = if let Some(target) = code.strip_prefix("make ") {
                !targets.contains(target.split(' ').next().unwrap())
            } else if is_path(&code, &tree) {
                !exists(&code, &tree)
            } else {
                continue;
            };
            checked += 1;
            if is_missing {
                missing.push(format!("{document}: `{code}`"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked > 60, "only {checked} names were found");
}

/// The tables that follow a token, a certificate or a key through the code: each function is in the file or folder that its row
/// names.
#[test]
fn functions_are_where_the_tables_of_paths_say() {
    let (mut checked, mut missing) = (0, Vec::new());
    for (document, base) in [("docs/architecture.md", ""), ("hosts/envoy/README.md", "hosts/envoy/")] {
        let text = read(document);
        for (functions, places) in text.lines().filter_map(path_row) {
            let sources = places.iter().map(|place| sources_of(base, place)).collect::<String>();
            for function in functions {
                checked += 1;
                if !is_defined(&function, &sources) {
                    missing.push(format!("{document}: `{function}` in {places:?}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(checked > 60, "only {checked} functions were found");
}

/// The functions and the places of a row such as "| step | `function` | `file` |".
fn path_row(line: &str) -> Option<(Vec<String>, Vec<String>)> {
    let [_, functions, places] = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let functions: Vec<_> = inline_code(functions).into_iter().filter(|name| !name.contains(['.', '/'])).collect();
    let places = inline_code(places);
    let are_places =
        !places.is_empty() && places.iter().all(|place| place.contains(['/', '.']) || CRATES.contains(&&**place));
    (!functions.is_empty() && are_places).then_some((functions, places))
}

/// Names of crates, for their folder `src`.
const CRATES: [&str; 2] = ["certbound", "src"];

/// The text of a file, or of all files in a folder.
fn sources_of(base: &str, place: &str) -> String {
    let tree = tree();
    let path = if CRATES.contains(&place) { "src".to_owned() } else { format!("{base}{place}") };
    let is_inside = |file: &&String| {
        **file == path || file.starts_with(&format!("{path}/")) || file.ends_with(&format!("/{place}"))
    };
    let files = tree.iter().filter(is_inside).filter(|file| file.ends_with(".rs") || file.ends_with(".c"));
    files.map(|file| read(file)).collect()
}

/// Whether a function, type or module of this name, without its path, is defined in this code.
fn is_defined(name: &str, code: &str) -> bool {
    let name = name.rsplit("::").next().unwrap();
    let ends = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_');
    let of_rust = ["fn", "struct", "enum", "trait", "mod"]
        .iter()
        .any(|keyword| code.split(&format!("{keyword} {name}")).skip(1).any(ends));
    // In C, a definition begins a line with the name.
    of_rust || code.contains(&format!("\n{name}("))
}

#[test]
fn missing_names_are_found() {
    let tree = ["src", "src/json", "src/json/mod.rs", "src/error.rs", "ffi/c_tests/c/cache.c", "tests"]
        .map(str::to_owned)
        .into();
    for name in ["src/error.rs", "src/json", "src/json/", "json/mod.rs", "error.rs", "cache.c"] {
        assert!(is_path(name, &tree) && exists(name, &tree), "{name}");
    }
    for name in ["src/errors.rs", "tests/abi.rs", "json/value", "rror.rs", "abi.rs"] {
        assert!(is_path(name, &tree) && !exists(name, &tree), "{name}");
    }
    for name in ["RS256/384/512", "json::read", "/etc/nginx/nginx.conf", "Error", "policy.tables"] {
        assert!(!is_path(name, &tree), "{name}");
    }
    let text = "See `a.rs` and\n```\n`b.rs`\n```\n[`c.rs`](c.rs#d), ``e``.\n# The `d`, or\n";
    assert_eq!(inline_code(text), ["a.rs", "c.rs", "d"]);
    assert_eq!(links(text).collect::<Vec<_>>(), ["c.rs#d"]);
    assert!(anchors(text).contains("the-d-or"));
    let row = path_row("| judge `a` | `x::judge`, `b.rs` | `src/x.rs` |").unwrap();
    assert_eq!(row, (vec!["x::judge".to_owned()], vec!["src/x.rs".to_owned()]));
    assert!(path_row("| `src` | the core | `certbound.h` |").is_none() && path_row("text").is_none());
    for (name, code) in
        [("x::judge", "pub fn judge<T>()"), ("Certificate", "struct Certificate;"), ("ask", "int\nask(int a)")]
    {
        assert!(is_defined(name, code), "{name}");
    }
    for (name, code) in [("x::judge", "fn judges() {} judge()"), ("ask", "    ask(1)")] {
        assert!(!is_defined(name, code), "{name}");
    }
    assert_eq!(beside("docs/c.md", "../ffi/x.c"), "ffi/x.c");
    assert_eq!(make_targets("a: b ## C\n\tx: y\nc-d:\nE := f\n"), BTreeSet::from(["a".to_owned(), "c-d".to_owned()]));
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files and folders of this project, without build output.
fn tree() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap();
            if name == "target" || name == ".git" {
                continue;
            }
            found.insert(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found
}

/// Whether a name looks like a path of this project: by its ending, or by the folder that it begins with.
fn is_path(name: &str, tree: &BTreeSet<String>) -> bool {
    let is_name = name.chars().all(|character| character.is_ascii_alphanumeric() || "_-./".contains(character));
    let ends_like_one = [".rs", ".c", ".h", ".md", ".toml", ".txt"].iter().any(|ending| name.ends_with(ending));
    let begins_like_one = name.split_once('/').is_some_and(|(folder, _)| {
        !folder.is_empty() && (tree.contains(folder) || tree.contains(&format!("src/{folder}")))
    });
    is_name && !name.starts_with('/') && !ELSEWHERE.contains(&name) && (ends_like_one || begins_like_one)
}

/// Whether a name is the path of a file or folder, or the end of one.
fn exists(name: &str, tree: &BTreeSet<String>) -> bool {
    let name = name.trim_end_matches('/');
    let end = format!("/{name}");
    tree.iter().any(|path| path == name || path.ends_with(&end))
}

fn beside(document: &str, link: &str) -> String {
    let mut path = Path::new(document).parent().unwrap().to_owned();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            ".." => assert!(path.pop(), "{document}: {link}"),
            part => path.push(part),
        }
    }
    path.to_str().unwrap().to_owned()
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// The texts between single backticks, outside of code blocks.
pub(crate) fn inline_code(text: &str) -> Vec<String> {
    let prose = text.split("```").step_by(2).collect::<Vec<_>>().join("\n");
    let mut parts = prose.split('`');
    let mut code = Vec::new();
    while let (Some(_), Some(inner)) = (parts.next(), parts.next()) {
        if !inner.is_empty() && !inner.contains('\n') {
            code.push(inner.to_owned());
        }
    }
    code
}

/// The anchors of a document's headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    headings
        .map(|heading| {
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|character| character.is_alphanumeric() || "-_".contains(*character)).collect()
        })
        .collect()
}

fn make_targets(makefile: &str) -> BTreeSet<String> {
    let rules = makefile.lines().filter_map(|line| line.split_once(':')).filter(|(_, rest)| !rest.starts_with('='));
    let names = rules
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-'));
    names.map(str::to_owned).collect()
}
