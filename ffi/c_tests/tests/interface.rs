//! Header and library agree, and compilers take the header without a word.

use std::{collections::BTreeSet, fs, process::Command};

use certbound_c_tests::{repository, run, shared_library};
use object::{Object as _, ObjectSymbol as _};

#[test]
fn the_header_compiles_without_a_warning() {
    let header = repository().join("include/certbound.h");
    for (compiler, standard, language) in
        [("cc", "-std=c99", "c"), ("cc", "-std=c11", "c"), ("cc", "-std=c2x", "c"), ("c++", "-std=c++17", "c++")]
    {
        let warnings = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wstrict-aliasing", "-Werror"];
        let mut compiler = Command::new(compiler);
        compiler.args([standard, "-fsyntax-only", "-x", language]).args(warnings).arg(&header);
        assert_eq!(run(&mut compiler), "");
    }
}

#[test]
fn the_library_exports_the_functions_of_the_header_and_nothing_else() {
    let image = fs::read(shared_library()).unwrap();
    let image = object::File::parse(&*image).unwrap();
    let exported: BTreeSet<_> =
        image.dynamic_symbols().filter(|symbol| symbol.is_definition()).map(|symbol| symbol.name().unwrap()).collect();
    let header = fs::read_to_string(repository().join("include/certbound.h")).unwrap();
    let declared: BTreeSet<_> = functions(&header).collect();
    assert_eq!(exported, declared);
    assert!(declared.len() > 25, "{declared:?}");
}

#[test]
fn a_verdict_cannot_be_ignored() {
    let source = certbound_c_tests::temporary("interface").join("ignored.c");
    let call = "certbound_thumbprint_compare(one, other)";
    let compile = |statement: &str| {
        let code = format!(
            "#include \"certbound.h\"\nint judge(const uint8_t *one, const uint8_t *other) {{ {statement} }}\n"
        );
        fs::write(&source, code).unwrap();
        let include = repository().join("include");
        Command::new("cc").args(["-c", "-o", "/dev/null", "-Werror", "-I"]).arg(include).arg(&source).output().unwrap()
    };
    assert!(compile(&format!("return {call} == CERTBOUND_OK;")).status.success());
    let complaint = String::from_utf8(compile(&format!("{call}; return 1;")).stderr).unwrap();
    assert!(complaint.contains("-Werror=unused-result"), "{complaint}");
}

/// The functions that a header declares: what stands before a parenthesis at the beginning of a declaration.
fn functions(header: &str) -> impl Iterator<Item = &str> {
    header
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(declared, _)| declared.rsplit([' ', '*']).next())
}
