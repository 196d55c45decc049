//! The header and the library agree, and compilers and Doxygen accept the header without warnings.

use std::{collections::BTreeSet, ffi::OsStr, fs, process::Command};

use certbound_c_tests::{Fixtures, Program, finish, repository, run, shared_library, temporary};
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
fn doxygen_has_no_warnings() {
    let output = temporary("interface").join("doxygen");
    let configuration = fs::read_to_string(repository().join("ffi/Doxyfile")).unwrap();
    let file = output.with_extension("conf");
    fs::write(&file, format!("{configuration}\nOUTPUT_DIRECTORY = {}\n", output.display())).unwrap();
    let result = finish(Command::new("doxygen").arg(&file).current_dir(repository()));
    let warnings = String::from_utf8_lossy(&result.stderr);
    assert!(result.status.success() && warnings.is_empty(), "{warnings}");
    assert!(output.join("html/group__certbound__verifiers.html").exists());
}

/// The excerpt at the top of the header compiles as it is, accepts a token of its owner, and rejects a stolen one.
#[test]
fn the_excerpt_of_the_header_works() {
    let header = fs::read_to_string(repository().join("include/certbound.h")).unwrap();
    let (excerpt, _) = header.split_once("@code{.c}").unwrap().1.split_once("@endcode").unwrap();
    let excerpt: String = excerpt.lines().map(|line| format!("{}\n", line.trim_start_matches(" *"))).collect();
    let source = temporary("interface").join("excerpt.c");
    let template = fs::read_to_string(repository().join("ffi/c_tests/c/excerpt.c")).unwrap();
    assert_eq!(template.matches("/* EXCERPT */").count(), 1);
    fs::write(&source, template.replace("/* EXCERPT */", excerpt.trim())).unwrap();
    let program = Program::c("excerpt", &source).with_certbound();
    let program = program.with([OsStr::new("-I"), repository().join("ffi/c_tests/c").as_ref()]).build();
    let fixtures = Fixtures::new("excerpt_fixtures");
    for (certificate, expected) in [("a.der", "200\n"), ("c.der", "401 invalid_token\n")] {
        let files = ["jwks.json", "ES256.jwt", certificate];
        assert_eq!(run(Command::new(&program).arg(fixtures.directory()).args(files)), expected);
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
    let source = temporary("interface").join("ignored.c");
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
    let errors = String::from_utf8(compile(&format!("{call}; return 1;")).stderr).unwrap();
    assert!(errors.contains("-Werror=unused-result"), "{errors}");
}

/// The functions that a header declares: the words before a parenthesis in lines that begin a declaration.
fn functions(header: &str) -> impl Iterator<Item = &str> {
    header
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(declared, _)| declared.rsplit([' ', '*']).next())
}
