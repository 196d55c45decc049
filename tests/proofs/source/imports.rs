//! Which file of a crate uses what another one defines.
//!
//! Paths are followed to the file that *defines* the name: through `crate::`, `super::` and `self::`, through names that a
//! `use` imports, and through re-exports. Neither a re-export nor a `mod` declaration is a use. A name that no item of a module
//! defines is assumed to come from a macro that the module's file calls.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Item, UseTree, Visibility,
    visit::{self, Visit},
};

use super::{SourceFile, without_unit_tests};

/// For each file, the other files that it uses, and those that it names in re-exports.
#[derive(Debug, Default)]
pub struct Imports {
    pub uses: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    pub re_exports: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Imports {
    /// The imports of a crate's files, without unit tests.
    pub fn of(files: impl IntoIterator<Item = SourceFile>) -> Self {
        let files = files.into_iter().map(|source| SourceFile { file: without_unit_tests(source.file), ..source });
        let files: Vec<_> = files.collect();
        let mut modules = Modules::default();
        for source in &files {
            modules.add(&source.module, &source.path, &source.file.items);
        }
        let mut imports = Self::default();
        for SourceFile { path, module, file } in &files {
            imports.uses.entry(path.clone()).or_default();
            let mut finder = Finder { modules: &modules, module: module.clone(), path, imports: &mut imports };
            finder.visit_file(file);
        }
        imports
    }

    /// The imports of planted files, with paths below the folder of `lib.rs`.
    pub fn of_planted(files: &[(&str, &str)]) -> Self {
        Self::of(files.iter().map(|(path, source)| SourceFile {
            path: path.into(),
            module: module_of(Path::new(path)),
            file: syn::parse_file(source).unwrap(),
        }))
    }

    /// The files that use themselves through others, in groups that use each other.
    pub fn circles(&self) -> Vec<Vec<&Path>> {
        let mut circles: Vec<Vec<&Path>> = Vec::new();
        let reached: BTreeMap<_, _> = self.uses.keys().map(|file| (file, self.reached(file))).collect();
        for (file, others) in &reached {
            if others.contains(*file) && !circles.iter().any(|circle| circle.contains(&file.as_path())) {
                let back = |other: &&&PathBuf| reached.get(**other).is_some_and(|others| others.contains(*file));
                circles.push(others.iter().filter(back).map(|other| other.as_path()).collect());
            }
        }
        circles
    }

    fn reached<'all>(&'all self, file: &'all PathBuf) -> BTreeSet<&'all PathBuf> {
        let mut reached = BTreeSet::new();
        let mut open = vec![file];
        while let Some(file) = open.pop() {
            open.extend(self.uses.get(file).into_iter().flatten().filter(|next| reached.insert(*next)));
        }
        reached
    }
}

/// The path of a module: its name and those of the modules around it.
type Module = Vec<String>;

/// The modules of a crate, with the meaning of names in each.
#[derive(Default)]
struct Modules(BTreeMap<Module, Scope>);

#[derive(Default)]
struct Scope {
    file: PathBuf,
    defined: BTreeSet<String>,
    /// The names that a `use` imports, with the paths they stand for.
    imported: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

/// What a path leads to.
#[derive(Debug, PartialEq)]
enum Target {
    Module(Module),
    /// The file that defines an item.
    Item(PathBuf),
}

impl Modules {
    fn add(&mut self, module: &Module, file: &Path, items: &[Item]) {
        let mut scope = Scope { file: file.to_owned(), ..Scope::default() };
        for item in items {
            scope.defined.extend(defined_name(item));
            match item {
                Item::Use(import) => flatten_import(import, &mut scope.imported, &mut scope.globs),
                Item::Mod(inner) => {
                    if let Some((_, items)) = &inner.content {
                        self.add(&inside(module, &inner.ident.to_string()), file, items);
                    }
                }
                _ => {}
            }
        }
        self.0.insert(module.clone(), scope);
    }

    /// Follows a path that is written in `module`. Returns `None` if it leads out of the crate.
    fn resolve(&self, module: &Module, segments: &[String]) -> Option<Target> {
        // More steps than any path needs. Imports that refer to each other in a circle lead nowhere.
        self.resolve_within(module, segments, 32)
    }

    fn resolve_within(&self, module: &Module, segments: &[String], steps: u32) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = segments.split_first()?;
        match &**first {
            "crate" => self.descend(Module::new(), rest, steps),
            "self" => self.descend(module.clone(), rest, steps),
            "super" => {
                let mut outer = module.clone();
                outer.pop()?;
                let rest: Vec<_> = std::iter::once("self".to_owned()).chain(rest.iter().cloned()).collect();
                let rest = if rest.get(1).is_some_and(|next| next == "super") { &rest[1..] } else { &rest };
                self.resolve_within(&outer, rest, steps)
            }
            _ if self.names(module, first, steps) => self.descend(module.clone(), segments, steps),
            // It belongs to the prelude or to another crate.
            _ => None,
        }
    }

    /// Whether a module defines or imports this name.
    fn names(&self, module: &Module, name: &str, steps: u32) -> bool {
        self.0.contains_key(&inside(module, name))
            || self.0.get(module).is_some_and(|scope| {
                scope.defined.contains(name)
                    || scope.imported.contains_key(name)
                    || self.glob_with(module, scope, name, steps).is_some()
            })
    }

    /// The module from which a glob import brings this name.
    fn glob_with(&self, module: &Module, scope: &Scope, name: &str, steps: u32) -> Option<Module> {
        // Globs may import each other. Half the steps for each keeps the search from growing exponentially.
        let steps = (steps / 2).checked_sub(1)?;
        scope.globs.iter().find_map(|glob| match self.resolve_within(module, glob, steps)? {
            Target::Module(source) => self.names(&source, name, steps).then_some(source),
            Target::Item(_) => None,
        })
    }

    /// Follows the segments, starting in `module`.
    fn descend(&self, module: Module, segments: &[String], steps: u32) -> Option<Target> {
        let steps = steps.checked_sub(1)?;
        let Some((name, rest)) = segments.split_first() else { return Some(Target::Module(module)) };
        let scope = self.0.get(&module)?;
        let inner = inside(&module, name);
        if self.0.contains_key(&inner) {
            return self.descend(inner, rest, steps);
        }
        if scope.defined.contains(name) {
            return Some(Target::Item(scope.file.clone()));
        }
        if let Some(imported) = scope.imported.get(name) {
            // `use serde;` names another crate.
            let imported: Vec<_> = imported.iter().chain(rest).cloned().collect();
            return if imported.first() == Some(name) { None } else { self.resolve_within(&module, &imported, steps) };
        }
        if let Some(source) = self.glob_with(&module, scope, name, steps) {
            return self.descend(source, segments, steps);
        }
        Some(Target::Item(scope.file.clone()))
    }
}

/// Walks through a file and notes the targets of its paths.
struct Finder<'all> {
    modules: &'all Modules,
    module: Module,
    path: &'all Path,
    imports: &'all mut Imports,
}

impl Finder<'_> {
    fn note(&mut self, segments: &[String], is_re_export: bool) {
        if let Some(Target::Item(file)) = self.modules.resolve(&self.module, segments)
            && file != self.path
        {
            let edges = if is_re_export { &mut self.imports.re_exports } else { &mut self.imports.uses };
            edges.entry(self.path.to_owned()).or_default().insert(file);
        }
    }

    /// Notes everything in a macro's tokens that looks like a path.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut segments = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut segments), false);
                    }
                    segments.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                other => {
                    self.note(&std::mem::take(&mut segments), false);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.note_tokens(group.stream());
                    }
                }
            }
        }
        self.note(&segments, false);
    }
}

impl<'file> Visit<'file> for Finder<'_> {
    fn visit_item_use(&mut self, import: &'file syn::ItemUse) {
        let (mut names, mut globs) = (BTreeMap::new(), Vec::new());
        flatten_import(import, &mut names, &mut globs);
        let is_re_export = !matches!(import.vis, Visibility::Inherited);
        for path in names.values().chain(&globs) {
            self.note(path, is_re_export);
        }
    }

    fn visit_item_mod(&mut self, inner: &'file syn::ItemMod) {
        self.module.push(inner.ident.to_string());
        visit::visit_item_mod(self, inner);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'file syn::Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.note(&segments, false);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'file syn::Macro) {
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone());
    }

    // Attributes name things of the compiler and of other crates.
    fn visit_attribute(&mut self, _: &'file syn::Attribute) {}
}

/// The module that a file is: `jose/jwk.rs` is `crate::jose::jwk`, and `jose/mod.rs` is `crate::jose`.
fn module_of(path: &Path) -> Module {
    let mut module: Module = path.with_extension("").iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    module.pop_if(|last| *last == "mod" || (path.components().count() == 1 && (*last == "lib" || *last == "main")));
    module
}

fn inside(module: &Module, name: &str) -> Module {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

fn flatten_import(import: &syn::ItemUse, names: &mut BTreeMap<String, Vec<String>>, globs: &mut Vec<Vec<String>>) {
    // A path that begins with `::` leads to another crate; no module has this name.
    let start = import.leading_colon.map(|_| "::".to_owned()).into_iter().collect();
    flatten(&import.tree, start, names, globs);
}

fn flatten(tree: &UseTree, path: Vec<String>, names: &mut BTreeMap<String, Vec<String>>, globs: &mut Vec<Vec<String>>) {
    let and = |name: &syn::Ident| path.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
    match tree {
        UseTree::Path(tree) => flatten(&tree.tree, and(&tree.ident), names, globs),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, path.clone(), names, globs)),
        UseTree::Glob(_) => globs.push(path),
        UseTree::Name(name) if name.ident == "self" => {
            names.extend(path.last().map(|last| (last.clone(), path.clone())));
        }
        UseTree::Name(name) => {
            names.insert(name.ident.to_string(), and(&name.ident));
        }
        UseTree::Rename(rename) => {
            // Several names may be `_`.
            let name = if rename.rename == "_" { format!("_{}", names.len()) } else { rename.rename.to_string() };
            let source = if rename.ident == "self" { path.clone() } else { and(&rename.ident) };
            names.insert(name, source);
        }
    }
}

fn defined_name(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}
