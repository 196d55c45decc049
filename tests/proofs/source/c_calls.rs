//! Which C file names a function that another one defines, found by a scan that suffices for nginx's style.
//!
//! A definition has the function's name at the beginning of a line, and its braces too. A use has the name within braces, as a
//! call or as a pointer. A `static` function belongs to its file alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// For each file, the others that define functions it uses.
pub fn of(files: impl IntoIterator<Item = (PathBuf, String)>) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let files: Vec<_> = files.into_iter().map(|(path, source)| (path, without_text(&source))).collect();
    let mut defined = BTreeMap::new();
    for (path, code) in &files {
        for (name, is_static) in definitions(code) {
            if !is_static && let Some(other) = defined.insert(name, path) {
                panic!("{name} is defined in {} and in {}", other.display(), path.display());
            }
        }
    }
    let mut uses = BTreeMap::new();
    for (path, code) in &files {
        let own: BTreeSet<_> = definitions(code).into_iter().map(|(name, _)| name).collect();
        let used: BTreeSet<_> = words_within_braces(code)
            .filter(|name| !own.contains(name))
            .filter_map(|name| defined.get(name).map(|file| (*file).clone()))
            .collect();
        uses.insert(path.clone(), used);
    }
    uses
}

/// The functions that a file defines, and whether they are static.
fn definitions(code: &str) -> Vec<(&str, bool)> {
    let mut found = Vec::new();
    let mut before = "";
    for (start, line) in lines(code) {
        if let Some((name, _)) = line.split_once('(')
            && line.starts_with(|first: char| first.is_alphabetic())
            && name.chars().all(is_word)
        {
            let body = code[start..].find("\n{");
            let prototype = code[start..].find(';');
            if body.is_some_and(|body| prototype.is_none_or(|end| body < end)) {
                found.push((name, before.starts_with("static ")));
            }
        }
        before = line;
    }
    found
}

fn lines(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line.trim_end()))
    })
}

fn words_within_braces(code: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    code.split_inclusive(|character| !is_word(character)).filter_map(move |part| {
        let word = part.trim_end_matches(|character| !is_word(character));
        let is_inside = depth > 0 && !word.is_empty();
        depth = match part.chars().last() {
            Some('{') => depth + 1,
            Some('}') => depth.saturating_sub(1),
            _ => depth,
        };
        is_inside.then_some(word)
    })
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// C without comments and preprocessor lines, and with empty strings and characters.
fn without_text(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let begins_line = code.is_empty() || code.ends_with('\n');
        let length = if let Some(comment) = rest.strip_prefix("/*") {
            comment.find("*/").map_or(rest.len(), |end| end + 4)
        } else if rest.starts_with("//") || (first == '#' && begins_line) {
            let mut end = rest.find('\n').unwrap_or(rest.len());
            while rest[..end].ends_with('\\') && end < rest.len() {
                end += 1 + rest[end + 1..].find('\n').unwrap_or(rest.len() - end - 1);
            }
            end
        } else if first == '"' || first == '\'' {
            let mut escaped = false;
            let end = rest.char_indices().skip(1).find(|(_, character)| {
                let ends = !escaped && *character == first;
                escaped = !escaped && *character == '\\';
                ends
            });
            end.map_or(rest.len(), |(at, _)| at + 1)
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    code
}
