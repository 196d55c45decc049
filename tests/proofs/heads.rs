//! Files and folders begin with what a reader must know before reading the code.
//!
//! - Every folder under `src/` opens with a comment at the top of its `mod.rs` (`lib.rs` for `src/` itself), `hosts/` and each
//!   host with a `README.md`. It says what lives there, what the folder may import ("imports", "include" or "use") and what
//!   it must not know ("know" or "must not"). A folder inside such a folder follows the same rule, and says what lives there.
//! - A file of more than 400 lines gives the reason in its head comment, in a sentence with the word "lines" or "long".

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::source::{project_files, root};

const LONG: usize = 400;

#[test]
fn folders_say_what_they_import_and_must_not_know() {
    let files = project_files();
    let rooms: BTreeSet<_> = files
        .iter()
        .filter(|path| path.starts_with("src") && path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| path.parent())
        .filter(|folder| *folder != Path::new("src"))
        .map(|folder| folder.join("mod.rs"))
        .collect();
    assert!(rooms.len() > 8, "{rooms:?}");
    let hosts = files.iter().filter(|path| path.starts_with("hosts") && path.components().count() > 2);
    let hosts = hosts.map(|path| path.iter().take(2).collect::<PathBuf>().join("README.md"));
    let readmes: BTreeSet<_> = hosts.chain([PathBuf::from("hosts/README.md")]).collect();
    assert!(readmes.len() > 1, "{readmes:?}");
    let silent: Vec<_> = rooms
        .iter()
        .chain(&readmes)
        .filter(|path| !fs::read_to_string(root().join(path)).is_ok_and(|text| introduces(path, &text)))
        .collect();
    assert!(
        silent.is_empty(),
        "these do not say what lives there, what it imports and what it must not know: {silent:?}"
    );
}

#[test]
fn long_files_give_their_reason() {
    let files = project_files().into_iter().filter(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        // The header is generated, as `ffi/cbindgen.toml` describes.
        matches!(extension, Some("rs" | "c" | "h")) && !path.starts_with("include")
    });
    let unexplained: Vec<_> = files
        .filter_map(|path| Some((fs::read_to_string(root().join(&path)).ok()?, path)))
        .filter(|(text, _)| text.lines().count() > LONG && !explains_length(text))
        .map(|(text, path)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(unexplained.is_empty(), "split these, or give the reason in the first lines: {unexplained:#?}");
}

#[test]
fn missing_heads_are_found() {
    let room = Path::new("src/x/mod.rs");
    let full = "//! Reads certificates and the names in them, field by field.\n//! It imports the DER reader and errors, and knows nothing of JSON, tokens or keys that verify.\n";
    assert!(introduces(room, full));
    assert!(!introduces(room, &full.replace("imports", "has")));
    assert!(!introduces(room, &full.replace("knows", "has")));
    assert!(!introduces(room, "//! It imports and knows.\n"));
    assert!(!introduces(room, &format!("use x;\n{full}")), "the comment must come first");
    assert!(introduces(Path::new("hosts/x/README.md"), &full.replace("//! ", "")));

    let code = "fn f() {}\n".repeat(LONG);
    assert!(explains_length(&format!("//! X.\n//!\n//! Long, because one table is read as a whole.\n{code}")));
    assert!(explains_length(&format!("/*\n * More than 400 lines: one list of directives.\n */\n{code}")));
    assert!(!explains_length(&format!("//! X.\n{code}// 400 lines\n")));
    assert!(!explains_length(&format!("//! Belongs to X, along Y.\n{code}")));
}

/// Whether the head of a folder's `mod.rs` or README says what the rule requires.
fn introduces(path: &Path, text: &str) -> bool {
    let head = if path.extension().is_some_and(|extension| extension == "md") { text } else { &head(text) };
    let words = words(head);
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let forbids = has(&["know", "knows"]) || head.contains("must not");
    let is_inner = path.starts_with("src") && path.components().count() > 3;
    words.len() >= 20 && (is_inner || has(&["import", "imports", "include", "includes", "use", "uses"]) && forbids)
}

fn explains_length(text: &str) -> bool {
    words(&head(text)).iter().any(|word| ["lines", "long", "longer"].contains(&word.as_str()))
}

/// The comment at the beginning of a file.
fn head(text: &str) -> String {
    let begins_comment = |line: &&str| {
        let line = line.trim_start();
        line.is_empty() || ["//", "/*", "*"].iter().any(|mark| line.starts_with(mark))
    };
    text.lines().take_while(begins_comment).collect::<Vec<_>>().join("\n")
}

fn words(text: &str) -> Vec<String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
