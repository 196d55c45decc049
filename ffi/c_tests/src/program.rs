//! Compilers, the library that they link, and the tools that run programs.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// A C or C++ program, which must compile without warnings.
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

    /// Adds arguments, which the compiler passes to the linker in this order.
    #[must_use]
    pub fn with<Argument: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = Argument>) -> Self {
        self.compiler.args(arguments);
        self
    }

    /// Adds the header and the static library of the repository.
    #[must_use]
    pub fn with_certbound(self) -> Self {
        let include = repository().join("include");
        self.with([OsStr::new("-I"), include.as_ref(), static_library().as_ref()])
    }

    /// Compiles and links the program.
    ///
    /// # Panics
    /// Panics with the compiler's messages if it fails.
    #[must_use]
    pub fn build(mut self) -> PathBuf {
        let output = finish(&mut self.compiler);
        assert!(output.status.success(), "{:?}: {}", self.compiler, String::from_utf8_lossy(&output.stderr));
        self.path
    }
}

/// Runs a command, and returns its output.
///
/// # Panics
/// Panics if the command fails.
pub fn run(command: &mut Command) -> String {
    let output = finish(command);
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{printed}\n{errors}", output.status);
    printed.into_owned()
}

/// Runs a command, whether it succeeds or fails.
///
/// # Panics
/// Panics if the command cannot be started, and reports what to install.
pub fn finish(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        let name = command.get_program().to_string_lossy().into_owned();
        panic!("{name} cannot be started ({error}): make setup-ffi, or make setup-capi for cargo-cinstall, installs it")
    })
}

/// Valgrind with one of its tools. It exits with 99 if it detects an error in the program.
#[must_use]
pub fn valgrind(tool: &str) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--error-exitcode=99", &format!("--tool={tool}")]);
    command
}

/// `target/release/libcertbound.a`, which `make lib` builds.
#[must_use]
pub fn static_library() -> PathBuf {
    library("libcertbound.a")
}

/// `target/release/libcertbound.so`, which `make lib` builds.
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
/// Never: the path is known at compile time.
#[must_use]
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// A directory of this name for temporary files.
///
/// # Panics
/// Panics if the directory cannot be created.
#[must_use]
pub fn temporary(name: &str) -> PathBuf {
    // Beside the test binary, in `debug/deps` of the target directory.
    let directory = std::env::current_exe().unwrap().with_file_name("c_tests").join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}
