//! This project's Rust files, parsed.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of it")]

pub mod c_calls;
pub mod imports;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{File, Item, Lit};

/// The files below `folder`, in the order of their paths; there must be some.
pub fn rust_files(folder: &Path) -> Vec<(PathBuf, File)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = fs::read_to_string(&path).unwrap();
                let file = syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                files.push((path, file));
            }
        }
    }
    assert!(!files.is_empty(), "no Rust files below {}", folder.display());
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    files
}

/// Of a file, only what is behind `#[cfg(test)]`.
pub fn unit_tests(mut file: File) -> File {
    file.items.retain(is_for_tests);
    file
}

/// A file without what is behind `#[cfg(test)]`.
pub fn without_unit_tests(mut file: File) -> File {
    file.items.retain(|item| !is_for_tests(item));
    file
}

/// The string literals of a file, also those in macros.
pub fn string_literals(source: &str) -> BTreeSet<String> {
    fn gather(tokens: TokenStream, into: &mut BTreeSet<String>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => gather(group.stream(), into),
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal) {
                        into.insert(text.value());
                    }
                }
                _ => {}
            }
        }
    }
    let mut literals = BTreeSet::new();
    gather(source.parse().unwrap(), &mut literals);
    literals
}

/// Whether an item is behind `#[cfg(test)]`.
fn is_for_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    })
}
