//! The core does not recurse, so no input decides how much stack it uses.
//!
//! The crate that `entries` builds is compiled without optimization, so that LLVM's intermediate representation contains every
//! call as written. No function of the core may be on a cycle of this call graph.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::entries::{TARGETS, cargo, target_directory};

#[test]
fn the_core_does_not_recurse() {
    let calls = CallGraph::of_intermediate_representation(&build_unoptimized());
    let on_cycles = |krate: &str| -> Vec<&str> {
        let functions = calls.functions_named(krate);
        functions
            .into_iter()
            .filter(|function| calls.leads_back_to(*function))
            .map(|function| calls.name(function))
            .collect()
    };
    assert!(calls.functions_named("9certbound").len() > 500, "too few functions were found");
    assert_eq!(on_cycles("9certbound"), [""; 0]);
    // A planted recursion is found.
    let planted = on_cycles("7planted");
    for half in ["count_down", "count_half"] {
        assert!(planted.iter().any(|name| name.ends_with(half)), "{planted:?}");
    }
}

/// Compiles the entries and their dependencies, and returns the folder with the intermediate representation as text.
fn build_unoptimized() -> PathBuf {
    // Symbol names of version 0 contain the types of a generic function.
    let flags = "--emit=llvm-ir -Csymbol-mangling-version=v0";
    let output = cargo(&["build", "--target", TARGETS[0]], &[("RUSTFLAGS", flags)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target_directory().join(TARGETS[0]).join("debug/deps")
}

/// Which function mentions which, directly or through a constant such as a vtable.
#[derive(Default)]
struct CallGraph {
    numbers: BTreeMap<String, usize>,
    names: Vec<String>,
    mentions: Vec<Vec<usize>>,
}

impl CallGraph {
    fn of_intermediate_representation(folder: &Path) -> Self {
        let mut graph = Self::default();
        for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|extension| extension == "ll") {
                graph.read(&fs::read_to_string(&file).unwrap(), &file.display().to_string());
            }
        }
        graph
    }

    /// Adds what a module defines: functions, from `define` to a closing brace, and constants of one line.
    fn read(&mut self, module: &str, file: &str) {
        let mut inside = None;
        for line in module.lines() {
            let mut names = symbols_in(line).map(|name| {
                // Only a mangled name means the same in every module.
                if name.starts_with("_R") { name.to_owned() } else { format!("{name} in {file}") }
            });
            if line.starts_with("define ") || line.starts_with('@') {
                inside = names.next().map(|name| self.number(name));
            }
            for name in names {
                let mentioned = self.number(name);
                if let Some(function) = inside {
                    self.mentions[function].push(mentioned);
                }
            }
            if line == "}" {
                inside = None;
            }
        }
    }

    fn number(&mut self, name: String) -> usize {
        let next = self.names.len();
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.mentions.push(Vec::new());
            next
        })
    }

    fn name(&self, function: usize) -> &str {
        &self.names[function]
    }

    fn functions_named(&self, part: &str) -> Vec<usize> {
        (0..self.names.len()).filter(|function| self.names[*function].contains(part)).collect()
    }

    fn leads_back_to(&self, function: usize) -> bool {
        let mut reached = vec![false; self.names.len()];
        let mut open = vec![function];
        while let Some(next) = open.pop() {
            open.extend(self.mentions[next].iter().filter(|next| !std::mem::replace(&mut reached[**next], true)));
        }
        reached[function]
    }
}

/// The names that follow an `@` in a line of the intermediate representation.
fn symbols_in(line: &str) -> impl Iterator<Item = &str> {
    line.split('@').skip(1).filter_map(|rest| match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(|character: char| !(character.is_alphanumeric() || "_.$".contains(character))).next(),
    })
}
