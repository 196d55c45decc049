//! `make install` installs everything that a program needs, and pkg-config finds it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
};

use certbound_c_tests::{Fixtures, Program, blocks, finish, repository, run, temporary};
use object::{
    LittleEndian,
    elf::{DT_NEEDED, DT_SONAME, FileHeader64},
    read::elf::{Dyn as _, FileHeader as _},
};

#[test]
fn a_program_compiles_and_runs_with_nothing_but_pkg_config() {
    let prefix = &*installed();
    let (library, fixtures) = (prefix.join("lib/libcertbound.so"), Fixtures::new("install_fixtures"));
    let soname = &dynamic(&library)[&DT_SONAME][0];
    assert!(prefix.join("lib").join(soname).exists(), "{soname} is missing");
    assert_eq!(
        fs::read(prefix.join("include/certbound.h")).unwrap(),
        fs::read(repository().join("include/certbound.h")).unwrap()
    );
    assert_eq!(pkg_config(prefix, &["--modversion"]).trim_end(), env!("CARGO_PKG_VERSION"));

    let shared = build("installed_shared", &pkg_config(prefix, &["--cflags", "--libs"]));
    assert!(dynamic(&shared)[&DT_NEEDED].contains(soname));
    judge(Command::new(&shared).env("LD_LIBRARY_PATH", prefix.join("lib")), &fixtures);

    // The static library without the shared one, and moved to another directory.
    let alone = new_directory("static");
    for file in ["include/certbound.h", "lib/libcertbound.a", "lib/pkgconfig/certbound.pc"] {
        fs::create_dir_all(alone.join(file).parent().unwrap()).unwrap();
        fs::copy(prefix.join(file), alone.join(file)).unwrap();
    }
    let flags = pkg_config(&alone, &["--define-prefix", "--static", "--cflags", "--libs"]);
    assert!(!flags.contains(prefix.to_str().unwrap()), "{flags}");
    let program = build("installed_static", &flags);
    assert!(!dynamic(&program)[&DT_NEEDED].contains(soname));
    judge(&mut Command::new(&program), &fixtures);
}

/// Packages install below another root. No file may refer to it.
#[test]
fn the_destination_is_not_part_of_the_prefix() {
    let (prefix, root) = (installed(), new_directory("root"));
    let place = [format!("PREFIX={}", prefix.display()), format!("DESTDIR={}", root.display())];
    run(Command::new("make").args(["--silent", "install"]).args(place).current_dir(repository()));
    let below = root.join(prefix.strip_prefix("/").unwrap());
    assert!(below.join("lib/libcertbound.a").exists() && below.join("include/certbound.h").exists());
    let description = fs::read_to_string(below.join("lib/pkgconfig/certbound.pc")).unwrap();
    assert!(description.starts_with(&format!("prefix={}\n", prefix.display())), "{description}");
    assert!(!description.contains(root.to_str().unwrap()), "{description}");
}

#[test]
fn the_quick_start_works_when_pasted() {
    let _prefix = installed();
    let [block] = &*blocks("docs/c.md", "sh", "make install PREFIX=") else { panic!("expected one such block") };
    let (accepted, stolen) = block.trim_end().rsplit_once('\n').unwrap();
    let claims = run(Command::new("bash").args(["-euc", accepted]).env("HOME", home()).current_dir(repository()));
    assert!(claims.contains(r#""sub":"server-a""#), "{claims}");
    let stolen = format!("{accepted} >/dev/null; {stolen}");
    let output = finish(Command::new("bash").args(["-uc", &stolen]).env("HOME", home()).current_dir(repository()));
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.lines().last().unwrap().starts_with("certificate_mismatch: "), "{errors}");
}

/// The second way in docs/c.md, for the case that the shared library is installed as well.
#[test]
fn the_openssl_server_works_when_pasted() {
    let prefix = installed();
    let [block] = &*blocks("docs/c.md", "sh", "cc -o target/mtls_server") else { panic!("expected one such block") };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // Stops the server even if a command fails.
    let script =
        format!("trap 'jobs -p | xargs --no-run-if-empty kill' EXIT\n{}", block.replace("8443", &port.to_string()));
    let mut shell = Command::new("bash");
    shell.args(["-euc", &script]).current_dir(repository()).env("NO_PROXY", "*").env("no_proxy", "*");
    shell.env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).env("LD_LIBRARY_PATH", prefix.join("lib"));
    let output = finish(&mut shell);
    let (printed, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let statuses: Vec<_> =
        printed.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")).map(|line| &line[..3]).collect();
    assert_eq!(statuses, ["200", "401"], "{printed}{log}");
    assert!(printed.contains(r#""sub":"server-a""#), "{printed}");
    assert!(log.lines().any(|line| line.starts_with("certificate_mismatch: ")), "{log}");
}

#[test]
fn the_static_library_is_linked_by_its_name() {
    let (prefix, directory) = (installed(), new_directory("static_by_name"));
    let [block] = &*blocks("docs/c.md", "sh", "libdir=") else { panic!("expected one such block") };
    fs::copy(repository().join("ffi/examples/verify.c"), directory.join("program.c")).unwrap();
    let mut shell = Command::new("bash");
    shell.args(["-euc", block]).env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig")).current_dir(&directory);
    run(&mut shell);
    let program = directory.join("program");
    assert!(!dynamic(&program)[&DT_NEEDED].iter().any(|library| library.contains("certbound")));
    judge(&mut Command::new(&program), &Fixtures::new("static_by_name_fixtures"));
}

/// With both targets that the package defines.
#[test]
fn cmake_finds_the_library() {
    let prefix = installed();
    let [project] = &*blocks("docs/c.md", "cmake", "cmake_minimum_required(") else {
        panic!("expected one such block")
    };
    for (target, is_shared) in [("certbound::certbound", true), ("certbound::static", false)] {
        let directory = new_directory(&format!("cmake_{is_shared}"));
        fs::copy(repository().join("ffi/examples/verify.c"), directory.join("program.c")).unwrap();
        fs::write(directory.join("CMakeLists.txt"), project.replace("certbound::certbound", target)).unwrap();
        let place = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
        run(Command::new("cmake").args([&place, "."]).current_dir(&directory));
        run(Command::new("cmake").args(["--build", "."]).current_dir(&directory));
        let program = directory.join("program");
        assert_eq!(dynamic(&program)[&DT_NEEDED].iter().any(|library| library.contains("certbound")), is_shared);
        judge(&mut Command::new(&program), &Fixtures::new(&format!("cmake_{is_shared}_fixtures")));
    }
}

/// A later patch than the installed one, another major version, and a range below are not found.
#[test]
fn cmake_rejects_versions_that_are_not_compatible() {
    let prefix = installed();
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")]
            .map(|part| part.parse::<u32>().unwrap());
    let is_found = |version: String| {
        let directory = new_directory("cmake_version");
        let project =
            format!("cmake_minimum_required(VERSION 3.18)\nproject(p C)\nfind_package(certbound {version} REQUIRED)\n");
        fs::write(directory.join("CMakeLists.txt"), project).unwrap();
        let place = format!("-DCMAKE_PREFIX_PATH={}", prefix.display());
        finish(Command::new("cmake").args([&place, "."]).current_dir(&directory)).status.success()
    };
    assert!(is_found(format!("{major}.{minor}.{patch} EXACT")));
    assert!(is_found(format!("{major}")));
    assert!(!is_found(format!("{major}.{minor}.{}", patch + 1)));
    assert!(!is_found(format!("{}", major + 1)));
    assert!(is_found(format!("{major}...{}", major + 1)));
    assert!(!is_found(format!("{major}...<{major}.{minor}.{patch}")));
}

/// The libraries of `make lib` and of `make install` have the same soname.
#[test]
fn make_lib_builds_the_same_soname() {
    let library = certbound_c_tests::shared_library();
    let soname = dynamic(&library)[&DT_SONAME][0].clone();
    assert!(library.with_file_name(&soname).exists());
    assert_eq!(soname, concat!("libcertbound.so.", env!("CARGO_PKG_VERSION_MAJOR")));
}

/// The prefix of the quick start, with an installation. The holder of the guard may install again.
fn installed() -> MutexGuard<'static, PathBuf> {
    static PREFIX: OnceLock<Mutex<PathBuf>> = OnceLock::new();
    let prefix = PREFIX.get_or_init(|| {
        let prefix = home().join(".local");
        let place = format!("PREFIX={}", prefix.display());
        run(Command::new("make").args(["--silent", "install", &place]).current_dir(repository()));
        Mutex::new(prefix)
    });
    // A test that failed with the guard has not damaged the installation.
    prefix.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The value of HOME in the tests. cargo and rustup are found by other variables.
fn home() -> PathBuf {
    temporary("home")
}

fn new_directory(name: &str) -> PathBuf {
    let directory = temporary(name);
    fs::remove_dir_all(&directory).unwrap();
    fs::create_dir(&directory).unwrap();
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

/// The strings of a file's dynamic section, by tag.
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
