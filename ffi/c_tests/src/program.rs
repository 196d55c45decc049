//! Compilers, the library they link, and the tools that watch a program run.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// A C or C++ program to be compiled, without a word from the compiler.
#[derive(Debug)]
pub struct Program {
    compiler: Command,
    path: PathBuf,
}

impl Program {
    /// A program in C99.
    #[must_use]
    pub fn c(name: &str, source: &Path) -> Self {
        Self::new("cc", "-std=c99", name, source)
    }

    /// A program in C++17.
    #[must_use]
    pub fn cpp(name: &str, source: &Path) -> Self {
        Self::new("c++", "-std=c++17", name, source)
    }

    fn new(compiler: &str, standard: &str, name: &str, source: &Path) -> Self {
        let path = temporary("programs").join(name);
        let mut compiler = Command::new(compiler);
        compiler.args([standard, "-Wall", "-Wextra", "-pedantic", "-Werror", "-g"]).arg(source).arg("-o").arg(&path);
        Self { compiler, path }
    }

    /// With these arguments too, which the compiler hands on to the linker in this order.
    #[must_use]
    pub fn with<Argument: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = Argument>) -> Self {
        self.compiler.args(arguments);
        self
    }

    /// With the header and the static library, as they are in the repository.
    #[must_use]
    pub fn with_certbound(self) -> Self {
        let include = repository().join("include");
        self.with([OsStr::new("-I"), include.as_ref(), static_library().as_ref()])
    }

    /// Compiles and links it.
    ///
    /// # Panics
    /// With what the compiler says, if it says anything.
    #[must_use]
    pub fn build(mut self) -> PathBuf {
        let output = finish(&mut self.compiler);
        assert!(output.status.success(), "{:?}: {}", self.compiler, String::from_utf8_lossy(&output.stderr));
        self.path
    }
}

/// Runs it, and gives what it prints.
///
/// # Panics
/// If it does not end with success.
pub fn run(command: &mut Command) -> String {
    let output = finish(command);
    let (printed, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{printed}\n{complaint}", output.status);
    printed.into_owned()
}

/// Runs it to its end, however that is.
///
/// # Panics
/// If it cannot be started: then it says what to install.
pub fn finish(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        let name = command.get_program().to_string_lossy().into_owned();
        panic!("{name} cannot be started ({error}): make setup-ffi, or make setup-capi for cargo-cinstall, installs it")
    })
}

/// Valgrind with one of its tools, to run a program by; a program with an error that it finds ends with 99.
#[must_use]
pub fn valgrind(tool: &str) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", &format!("--tool={tool}")]);
    command
}

/// `target/release/libcertbound.a`, as `make lib` gives it.
#[must_use]
pub fn static_library() -> PathBuf {
    library("libcertbound.a")
}

/// `target/release/libcertbound.so`, as `make lib` gives it.
#[must_use]
pub fn shared_library() -> PathBuf {
    library("libcertbound.so")
}

fn library(name: &str) -> PathBuf {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        run(Command::new("make").args(["--silent", "lib"]).current_dir(repository()));
    });
    repository().join("target/release").join(name)
}

/// The root of the repository.
///
/// # Panics
/// Never: it is where this was compiled.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// A directory for files of this kind.
///
/// # Panics
/// If it cannot be made.
#[must_use]
pub fn temporary(name: &str) -> PathBuf {
    // Below the directory of the test binary, which is the target's `debug/deps`.
    let directory = std::env::current_exe().unwrap().with_file_name("c_tests").join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}
