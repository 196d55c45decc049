//! What `make install` lays out is what a program needs, and pkg-config tells where it is.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use certbound_c_tests::{Fixtures, Program, repository, run, temporary};
use object::{
    LittleEndian,
    elf::{DT_NEEDED, DT_SONAME, FileHeader64},
    read::elf::{Dyn as _, FileHeader as _},
};

#[test]
fn a_program_compiles_and_runs_with_nothing_but_pkg_config() {
    let (prefix, fixtures) = (new_directory("prefix"), Fixtures::new("install_fixtures"));
    install(&[format!("PREFIX={}", prefix.display())]);
    let library = prefix.join("lib/libcertbound.so");
    let soname = &dynamic(&library)[&DT_SONAME][0];
    assert!(prefix.join("lib").join(soname).exists(), "nothing is there by the name {soname}");
    assert_eq!(
        fs::read(prefix.join("include/certbound.h")).unwrap(),
        fs::read(repository().join("include/certbound.h")).unwrap()
    );

    let shared = build("installed_shared", &pkg_config(&prefix, &["--cflags", "--libs"]));
    assert!(dynamic(&shared)[&DT_NEEDED].contains(soname));
    judge(Command::new(&shared).env("LD_LIBRARY_PATH", prefix.join("lib")), &fixtures);
    assert_eq!(pkg_config(&prefix, &["--modversion"]).trim_end(), env!("CARGO_PKG_VERSION"));

    // The static library alone, as where the shared one is not installed.
    let lib = prefix.join("lib");
    for entry in fs::read_dir(&lib).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.file_name().unwrap().to_string_lossy().starts_with("libcertbound.so") {
            fs::remove_file(entry).unwrap();
        }
    }
    let alone = build("installed_static", &pkg_config(&prefix, &["--static", "--cflags", "--libs"]));
    assert!(!dynamic(&alone)[&DT_NEEDED].contains(soname));
    judge(&mut Command::new(&alone), &fixtures);

    // As for a package: the files go below another root, and know nothing of it.
    let root = new_directory("root");
    install(&[format!("PREFIX={}", prefix.display()), format!("DESTDIR={}", root.display())]);
    let below = root.join(prefix.strip_prefix("/").unwrap());
    assert!(below.join("lib/libcertbound.a").exists() && below.join("include/certbound.h").exists());
    let description = fs::read_to_string(below.join("lib/pkgconfig/certbound.pc")).unwrap();
    assert!(description.starts_with(&format!("prefix={}\n", prefix.display())), "{description}");
    assert!(!description.contains(root.to_str().unwrap()), "{description}");
}

/// The libraries of `make lib` and of `make install` go by the same name.
#[test]
fn make_lib_gives_the_same_soname() {
    let library = certbound_c_tests::shared_library();
    let soname = dynamic(&library)[&DT_SONAME][0].clone();
    assert!(library.with_file_name(&soname).exists());
    let [major, minor, _] = *env!("CARGO_PKG_VERSION").split('.').collect::<Vec<_>>() else { panic!("no version") };
    let expected = if major == "0" { format!("{major}.{minor}") } else { major.to_owned() };
    assert_eq!(soname, format!("libcertbound.so.{expected}"));
}

fn install(place: &[String]) {
    run(Command::new("make").args(["--silent", "install"]).args(place).current_dir(repository()));
}

fn new_directory(name: &str) -> PathBuf {
    let directory = temporary(name);
    fs::remove_dir_all(&directory).unwrap();
    directory
}

fn pkg_config(prefix: &Path, options: &[&str]) -> String {
    let path = prefix.join("lib/pkgconfig");
    run(Command::new("pkg-config").args(options).arg("certbound").env("PKG_CONFIG_PATH", path))
}

fn build(name: &str, flags: &str) -> PathBuf {
    let source = repository().join("ffi/examples/verify.c");
    Program::c(name, &source).with(flags.split_whitespace()).build()
}

fn judge(program: &mut Command, fixtures: &Fixtures) {
    let [jwks, certificate, token] = ["jwks.json", "a.der", "ES256.jwt"].map(|name| fixtures.path(name));
    let texts = ["https://as.example", "https://api.example"].map(OsStr::new);
    let claims = run(program.arg(jwks).args(texts).args([certificate, token]));
    assert!(claims.contains(r#""sub":"server-a""#), "{claims}");
}

/// The texts of a file's dynamic section, by their tags.
fn dynamic(path: &Path) -> BTreeMap<u32, Vec<String>> {
    let data = fs::read(path).unwrap();
    let endian = LittleEndian;
    let header = FileHeader64::<LittleEndian>::parse(&*data).unwrap();
    let sections = header.sections(endian, &*data).unwrap();
    let (entries, strings) = sections.dynamic(endian, &*data).unwrap().unwrap();
    let strings = sections.strings(endian, &*data, strings).unwrap();
    let mut texts = BTreeMap::<_, Vec<_>>::new();
    for entry in entries {
        let Some(tag) = entry.tag32(endian).filter(|tag| [DT_NEEDED, DT_SONAME].contains(tag)) else { continue };
        let text = entry.string(endian, strings).unwrap();
        texts.entry(tag).or_default().push(String::from_utf8(text.to_vec()).unwrap());
    }
    texts
}
