//! The examples in docs/c.md compile and run as pasted.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use certbound_c_tests::{Program, blocks, repository, run, temporary};

#[test]
fn the_example_in_c_prints_what_the_document_says() {
    let program = Program::c("documents_c", &source("c", "c")).with(SANITIZERS).with_certbound().build();
    let [expected] = &*blocks("docs/c.md", "text", "") else { panic!("expected one block of text") };
    assert_eq!(run(&mut Command::new(program)), *expected);
}

#[test]
fn the_example_in_cpp_rejects_what_is_wrong() {
    let program = Program::cpp("documents_cpp", &source("cpp", "cpp")).with(SANITIZERS).with_certbound().build();
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

fn source(language: &str, extension: &str) -> PathBuf {
    let [code] = &*blocks("docs/c.md", language, "#include") else { panic!("expected one program in {language}") };
    let path = temporary("documents").join("example").with_extension(extension);
    fs::write(&path, code).unwrap();
    path
}

const SANITIZERS: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
