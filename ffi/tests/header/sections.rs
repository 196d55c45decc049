//! Arranges the header that cbindgen generates into sections, in the order in which a program uses them.

use std::{fs, path::Path};

struct Section {
    /// The name of the Doxygen group, after `certbound_`.
    group: &'static str,
    title: &'static str,
    description: &'static str,
    /// The modules of the crate that define the items.
    modules: &'static [&'static str],
}

const SECTIONS: &[Section] = &[
    Section {
        group: "version",
        title: "Version and status",
        description: "The result of every call, and the version of the library.",
        modules: &["version", "status"],
    },
    Section {
        group: "memory",
        title: "Memory and texts",
        description: "What objects and texts in the caller's memory have in common.",
        modules: &["memory"],
    },
    Section {
        group: "thumbprints",
        title: "Thumbprints",
        description: "The SHA-256 values of certificates, which tokens are bound to.",
        modules: &["thumbprint", "forwarded"],
    },
    Section {
        group: "keys",
        title: "Keys",
        description: "The keys of an issuer, for programs in which several verifiers share them or that report unusable \
                      keys.",
        modules: &["tables", "keys"],
    },
    Section {
        group: "policies",
        title: "Policy",
        description: "The rules that a resource server applies to tokens.",
        modules: &["policy"],
    },
    Section {
        group: "verifiers",
        title: "Verifier",
        description: "A policy and the keys of its issuers, and the verification of tokens by them.",
        modules: &["verifier"],
    },
    Section {
        group: "caches",
        title: "Cache",
        description: "A cache of accepted tokens, for clients that send the same token repeatedly.",
        modules: &["cache"],
    },
    Section {
        group: "accepted_tokens",
        title: "Accepted tokens",
        description: "The claims of a token that has been accepted.",
        modules: &["accepted"],
    },
    Section {
        group: "clients",
        title: "Client authentication",
        description: "Authentication of clients by their certificates, for token services (RFC 8705 §2).",
        modules: &["client_authentication"],
    },
    Section {
        group: "introspection_responses",
        title: "Introspection",
        description: "Verification of introspection responses (RFC 7662, RFC 8705 §3.2).",
        modules: &["introspection", "introspection_cache"],
    },
];

/// A structure that functions refer to before the section that defines it.
const FORWARD: (&str, &str) = ("certbound_accepted", "verifiers");

pub(crate) fn arranged(header: &str, sources: &Path) -> String {
    let blocks: Vec<_> = header.trim_end().split("\n\n").map(Block::of).collect();
    let is_item = |block: &Block<'_>| block.code.starts_with("/**") && !block.code.contains("@file");
    let first = blocks.iter().position(is_item).unwrap();
    let head: Vec<_> = blocks[..first].iter().map(|block| block.code).collect();
    let mut arranged = format!("{}\n\n{EXTERN_C_BEGIN}\n", head.join("\n\n"));
    let mut items: Vec<_> = blocks[first..]
        .iter()
        .filter(|block| is_item(block))
        .map(|block| (module(name(block.code), sources), (block.condition, declaration(block.code))))
        .collect();
    for Section { group, title, description, modules } in SECTIONS {
        let group = format!("certbound_{group}");
        arranged += &format!("\n/**\n * @defgroup {group} {title}\n * {description}\n * @{{\n */\n");
        if group == format!("certbound_{}", FORWARD.1) {
            let name = FORWARD.0;
            arranged += &format!("\n/** A token that has been accepted. */\ntypedef struct {name} {name};\n");
        }
        for module in *modules {
            let (of_module, others) = items.into_iter().partition(|(of, _)| of == module);
            items = others;
            let of_module: Vec<(String, (Option<&str>, String))> = of_module;
            assert!(!of_module.is_empty(), "the module {module} defines nothing of the header");
            arranged += &with_conditions(of_module.iter().map(|(_, (condition, block))| (*condition, &**block)));
        }
        arranged += "\n/** @} */\n";
    }
    assert!(items.is_empty(), "no section contains these: {items:?}");
    arranged + &format!("\n{EXTERN_C_END}\n\n#endif /* CERTBOUND_H */\n")
}

/// A declaration, and the part of the library that it belongs to.
struct Block<'header> {
    condition: Option<&'header str>,
    code: &'header str,
}

impl<'header> Block<'header> {
    fn of(block: &'header str) -> Self {
        let conditional = block
            .strip_prefix("#if ")
            .and_then(|rest| rest.split_once('\n'))
            .filter(|(condition, _)| condition.contains("CERTBOUND_HAS_"));
        match conditional {
            Some((condition, code)) => {
                Self { condition: Some(condition), code: code.strip_suffix("\n#endif").unwrap() }
            }
            None => Self { condition: None, code: block },
        }
    }
}

/// Blocks one after another, with one `#if` around those that follow each other and belong to the same part.
fn with_conditions<'block>(blocks: impl Iterator<Item = (Option<&'block str>, &'block str)>) -> String {
    let (mut text, mut open) = (String::new(), None);
    for (condition, block) in blocks {
        if condition != open {
            text += if open.is_some() { "\n#endif\n" } else { "" };
            text += &condition.map_or_else(String::new, |condition| format!("\n#if {condition}\n"));
            open = condition;
        }
        text += &format!("\n{block}\n");
    }
    text + if open.is_some() { "\n#endif\n" } else { "" }
}

/// The name that a block declares.
fn name(block: &str) -> &str {
    let code = block.split_once("*/\n").unwrap().1;
    let is_function = !["#define", "enum", "typedef"].iter().any(|keyword| code.starts_with(keyword));
    let end_of_name = if is_function { code.find('(').unwrap() } else { code.len() };
    let mut names = code[..end_of_name]
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .filter(|word| word.to_lowercase().starts_with("certbound_"));
    let name = if is_function { names.next_back() } else { names.next() };
    name.unwrap_or_else(|| panic!("this declares nothing of ours: {block}"))
}

/// A block as it appears in the header.
fn declaration(block: &str) -> String {
    let mut declaration = block.to_owned();
    // The rules for pointers are the same for all functions, and the beginning of the header states them.
    if let Some((begin, _)) = declaration.split_once(" *\n * # Safety\n") {
        let (_, end) = declaration.split_once("\n */\n").unwrap();
        declaration = format!("{begin} */\n{end}");
    }
    // C99 does not allow a second `typedef`.
    let name = FORWARD.0;
    declaration = declaration.replace(&format!("typedef struct {name} {{"), &format!("struct {name} {{"));
    declaration = declaration.replace(&format!("}} {name};"), "};");
    // Otherwise Doxygen reports the `typedef` as undocumented.
    declaration =
        declaration.replace("\n#ifndef __cplusplus\n", "\n/** See `enum certbound_status`. */\n#ifndef __cplusplus\n");
    with_short_comments(&declaration)
}

/// Puts each comment of one line of text into one line.
fn with_short_comments(block: &str) -> String {
    let lines: Vec<_> = block.lines().collect();
    let mut short = Vec::new();
    let mut rest = &*lines;
    while let [line, others @ ..] = rest {
        rest = others;
        if let ("/**", [text, end, others @ ..]) = (line.trim_start(), others)
            && end.trim_start() == "*/"
            && text.len() + "/** */".len() <= 120
        {
            let text = text.trim_start().trim_start_matches("* ");
            short.push(format!("{line} {text} */"));
            rest = others;
        } else {
            short.push((*line).to_owned());
        }
    }
    short.join("\n")
}

/// The top-level module that defines an item.
fn module(name: &str, sources: &Path) -> String {
    let definitions = [
        format!("const {name}:"),
        format!("fn {name}("),
        format!("struct {name} {{"),
        format!("enum {name} {{"),
        format!("type {name} ="),
    ];
    let mut found =
        files(sources).into_iter().filter(|(_, source)| definitions.iter().any(|text| source.contains(text)));
    let (Some((module, _)), None) = (found.next(), found.next()) else { panic!("{name} is not defined exactly once") };
    module
}

/// Each file below the sources: its top-level module, and its contents.
fn files(directory: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            files.extend(self::files(&path).into_iter().map(|(_, source)| (module.clone(), source)));
        } else {
            files.push((module, fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

const EXTERN_C_BEGIN: &str = "#ifdef __cplusplus\nextern \"C\" {\n#endif";
const EXTERN_C_END: &str = "#ifdef __cplusplus\n} /* extern \"C\" */\n#endif";
