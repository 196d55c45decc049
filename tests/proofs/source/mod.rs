//! This project's Rust files, parsed.
#![allow(unreachable_pub, reason = "a module of a test binary")]

pub mod c_calls;
pub mod imports;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{File, Item, Lit};

/// The files below `folder`, ordered by path. Fails if there are none.
pub fn rust_files(folder: &Path) -> Vec<(PathBuf, File)> {
    let paths = project_files().into_iter().map(|path| root().join(path)).filter(|path| path.starts_with(folder));
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let files: Vec<_> = sources.map(|path| (path.clone(), parsed(&path))).collect();
    assert!(!files.is_empty(), "no Rust files below {}", folder.display());
    files
}

fn parsed(path: &Path) -> File {
    let source = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    syn::parse_file(&source).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A file of a crate.
pub struct SourceFile {
    /// Its path below this project's root.
    pub path: PathBuf,
    /// The path of its module.
    pub module: Vec<String>,
    pub file: File,
}

/// The files of a crate, found from the crate's root by following `mod` outside unit tests.
pub fn crate_files(crate_root: &Path) -> Vec<SourceFile> {
    files_of_crate(crate_root, without_unit_tests)
}

/// The files of a crate, with those of its unit tests.
pub fn crate_and_test_files(crate_root: &Path) -> Vec<SourceFile> {
    files_of_crate(crate_root, |file| file)
}

fn files_of_crate(crate_root: &Path, followed: impl Fn(File) -> File) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    let mut open = vec![(crate_root.to_owned(), crate_root.parent().unwrap().to_owned(), Vec::new())];
    while let Some((path, folder, module)) = open.pop() {
        let file = parsed(&root().join(&path));
        for item in followed(file.clone()).items {
            let Item::Mod(child) = item else { continue };
            if child.content.is_some() {
                continue;
            }
            let name = child.ident.to_string();
            let (path, folder) = match path_attribute(&child) {
                Some(other) => {
                    let path = normalized(&path.parent().unwrap().join(other));
                    let folder = path.parent().unwrap().to_owned();
                    (path, folder)
                }
                None => {
                    let file = folder.join(format!("{name}.rs"));
                    let is_file = root().join(&file).exists();
                    (if is_file { file } else { folder.join(&name).join("mod.rs") }, folder.join(&name))
                }
            };
            open.push((path, folder, module.iter().cloned().chain([name]).collect()));
        }
        files.push(SourceFile { path, module, file });
    }
    files
}

/// The path in `#[path = "…"] mod x;`.
fn path_attribute(item: &syn::ItemMod) -> Option<String> {
    item.attrs.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: Lit::Str(path), .. }) => Some(path.value()),
            _ => None,
        },
        _ => None,
    })
}

/// A relative path without `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path {
        if part == ".." { assert!(plain.pop(), "{}", path.display()) } else { plain.push(part) }
    }
    plain
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The paths of all files of this project, without build output.
pub fn project_files() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.is_file() {
                found.insert(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found
}

/// The unit tests of a file: the items under `#[cfg(test)]`.
pub fn unit_tests(mut file: File) -> File {
    file.items.retain(is_for_tests);
    file
}

/// A file without the items under `#[cfg(test)]`.
pub fn without_unit_tests(mut file: File) -> File {
    file.items.retain(|item| !is_for_tests(item));
    file
}

/// The string literals of a file, including those in macros.
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

/// Whether an item is under `#[cfg(test)]`.
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
