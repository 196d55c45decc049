//! The examples in docs/c.md compile and run as pasted.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use certbound_c_tests::{Program, blocks, repository, run, temporary};

#[test]
fn the_examples_in_c_print_what_the_document_says() {
    let (sources, expected) = (sources("c", "c"), blocks("docs/c.md", "text", ""));
    assert_eq!((sources.len(), expected.len()), (2, 2), "a block of text for each program");
    for (number, (source, expected)) in sources.iter().zip(expected).enumerate() {
        let program = Program::c(&format!("documents_c_{number}"), source).with(SANITIZERS).with_certbound().build();
        assert_eq!(run(&mut Command::new(program)), expected);
    }
}

#[test]
fn the_example_in_cpp_rejects_what_is_wrong() {
    let [source] = &*sources("cpp", "cpp") else { panic!("expected one program in C++") };
    let program = Program::cpp("documents_cpp", source).with(SANITIZERS).with_certbound().build();
    let printed = run(&mut Command::new(program));
    assert_eq!(
        printed.lines().collect::<Vec<_>>(),
        [
            "rejected: token_not_compact",
            "no verifier: key_set_without_usable_key: the JWK Set has no key that can verify tokens"
        ]
    );
}

#[test]
fn every_file_that_a_document_names_is_there() {
    for document in ["README.md", "docs/c.md", "docs/design.md"] {
        let path = repository().join(document);
        let text = fs::read_to_string(&path).unwrap();
        let targets: Vec<_> = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).collect();
        for target in targets.iter().filter(|target| !target.is_empty() && !target.contains("://")) {
            let target = path.parent().unwrap().join(Path::new(target));
            assert!(target.exists(), "{document} names {}", target.display());
        }
    }
}

/// The programs in this language, each in a file.
fn sources(language: &str, extension: &str) -> Vec<PathBuf> {
    let programs = blocks("docs/c.md", language, "#include");
    let write = |(number, code)| {
        let path = temporary("documents").join(format!("example_{number}")).with_extension(extension);
        fs::write(&path, code).unwrap();
        path
    };
    programs.into_iter().enumerate().map(write).collect()
}

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
