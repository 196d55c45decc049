//! What compiler and linker prove about the core: no panic, no recursion, no allocation.
//!
//! `tests/proofs/panic_freedom` has an entry for every reader and every verdict. Each is built in release mode and linked with
//! only what it reaches. A reachable panic refers to a symbol that is not defined, so the link fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

/// A server, and what the core is built for besides.
const TARGETS: &[&str] =
    &["x86_64-unknown-linux-gnu", "aarch64-unknown-none", "riscv32imac-unknown-none-elf", "thumbv7em-none-eabihf"];

#[test]
fn no_reader_can_panic() {
    let mut panicking = Vec::new();
    for target in TARGETS {
        let archive = build(target);
        for entry in entries("reader_") {
            if link(&archive, &entry, None).is_err() {
                let image = link(&archive, &entry, Some(PANICKED)).unwrap_or_else(|complaint| panic!("{complaint}"));
                panicking.push(format!("{entry} on {target}, at {:?}", panic_sites(&image)));
            }
        }
    }
    assert!(panicking.is_empty(), "these can panic: {panicking:#?}");
}

#[test]
fn a_panic_that_can_be_reached_does_not_link() {
    for target in TARGETS {
        let archive = build(target);
        let complaint = link(&archive, "planted_panic", None).unwrap_err();
        assert!(complaint.contains(PANICKED), "{complaint}");
        let sites = panic_sites(&link(&archive, "planted_panic", Some(PANICKED)).unwrap());
        assert_eq!(sites.len(), 1, "on {target}: {sites:?}");
        assert!(sites.iter().all(|site| site.starts_with("src/planted.rs:")), "on {target}: {sites:?}");
    }
}

#[test]
fn every_panic_left_in_a_verdict_is_argued() {
    let allowed = allowed_panics();
    let mut found = BTreeMap::<String, BTreeSet<_>>::new();
    for target in TARGETS {
        let archive = build(target);
        for entry in entries("verdict_") {
            let sites = panic_sites(&link(&archive, &entry, Some(PANICKED)).unwrap());
            // Were there panics without a place, this list would not be all of them.
            let links = link(&archive, &entry, None).is_ok();
            assert_eq!(links, sites.is_empty(), "{entry} on {target}");
            for site in sites {
                found.entry(site).or_default().insert((entry.clone(), *target));
            }
        }
    }
    let ours: Vec<_> = found.keys().filter(|site| site.starts_with("certbound/")).collect();
    assert!(ours.is_empty(), "the core itself can panic at {ours:#?}");
    let unlisted: Vec<_> = found.iter().filter(|(site, _)| !allowed.contains(*site)).collect();
    for (site, reached) in &unlisted {
        eprintln!("{site}: from {reached:?}");
    }
    assert!(unlisted.is_empty(), "the panics above are not argued in {ALLOWED}");
    let gone: Vec<_> = allowed.iter().filter(|site| !found.contains_key(*site)).collect();
    assert!(gone.is_empty(), "these panics in {ALLOWED} are no more: {gone:#?}");
}

#[test]
fn the_core_does_not_recurse() {
    let calls = CallGraph::of_intermediate_representation(&build_unoptimized());
    let on_cycles = |krate: &str| -> Vec<&str> {
        let own = calls.functions_named(krate);
        own.into_iter().filter(|function| calls.leads_back_to(*function)).map(|function| calls.name(function)).collect()
    };
    assert!(calls.functions_named("9certbound").len() > 500, "hardly any function was found");
    assert_eq!(on_cycles("9certbound"), [""; 0]);
    // And it would be found.
    let planted = on_cycles("7planted");
    for half in ["count_down", "half_of_it"] {
        assert!(planted.iter().any(|name| name.ends_with(half)), "{planted:?}");
    }
}

#[test]
fn no_allocator_is_linked() {
    for target in TARGETS {
        let archive = fs::read(build(target)).unwrap();
        let names = symbols(&archive);
        assert!(names.contains("reader_certificate"), "the entries' symbols were not found on {target}");
        let allocating: Vec<_> = names.iter().filter(|name| allocates(name)).collect();
        assert!(allocating.is_empty(), "on {target}: {allocating:?}");
    }
    assert!(
        ["malloc", "__rust_alloc", "_RNvCs5QKde7ScR4H_7___rustc12___rust_alloc", "_ZN5alloc5alloc5alloc17h0E"]
            .iter()
            .all(|name| allocates(name))
    );
}

#[test]
fn no_dependency_has_alloc_or_std() {
    for target in TARGETS {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "--package", "certbound", "--edges", "normal,no-proc-macro", "--target", target])
            .args(["--prefix", "none", "--format", "{p}:{f}", "--manifest-path"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        assert!(tree.lines().any(|line| line.starts_with("p256 ") && line.contains("ecdsa")), "{tree}");
        let with_features = tree.lines().filter_map(|line| line.rsplit_once(':'));
        let allocating = with_features
            .filter(|(_, features)| features.split([',', ' ']).any(|feature| matches!(feature, "alloc" | "std")));
        assert_eq!(allocating.collect::<Vec<_>>(), [], "on {target}");
    }
}

#[test]
fn the_proofs_are_about_the_locked_versions() {
    let proven = locked_packages(&workspace().join("Cargo.lock"));
    let locked = locked_packages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock"));
    let different: Vec<_> =
        proven.difference(&locked).filter(|package| !package.starts_with("panic-freedom ")).collect();
    assert!(
        different.is_empty(),
        "copy Cargo.lock to tests/proofs/panic_freedom, build there once, and look at the proofs: {different:?}"
    );
}

/// Builds the entries for a target and returns the archive.
fn build(target: &str) -> PathBuf {
    let output = cargo(&["build", "--release", "--target", target], &[]);
    assert!(
        output.status.success(),
        "{}\nIs all set up? `make setup` does it.",
        String::from_utf8_lossy(&output.stderr)
    );
    target_directory().join(target).join("release/libpanic_freedom.a")
}

/// Runs cargo on the workspace of the entries, with the compiler that its `rust-toolchain.toml` names.
fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> std::process::Output {
    let mut command = rustup(&["cargo"]);
    command.args(arguments).args(["--locked", "--quiet", "--manifest-path"]).arg(workspace().join("Cargo.toml"));
    command.arg("--target-dir").arg(target_directory()).envs(environment.iter().copied());
    command.output().unwrap()
}

/// A command of that compiler's toolchain.
fn rustup(arguments: &[&str]) -> Command {
    let toolchain = fs::read_to_string(workspace().join("rust-toolchain.toml")).unwrap();
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"')).unwrap();
    let mut command = Command::new("rustup");
    command.args(["run", channel]).args(arguments);
    // What the cargo that runs this test has set for its own toolchain and its own flags.
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(variable);
    }
    command
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/proofs/panic_freedom")
}

fn target_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("panic_freedom")
}

/// The functions of the entries' source whose names begin so.
fn entries(prefix: &str) -> Vec<String> {
    let folder = workspace().join("src");
    let sources = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let entries = sources.flat_map(|source| {
        let names = source.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next());
        names.filter(|name| name.starts_with(prefix)).map(str::to_owned).collect::<Vec<_>>()
    });
    let entries: Vec<_> = entries.collect();
    assert!(entries.len() > 1, "hardly any entries begin with {prefix}");
    entries
}

/// Links what `entry` reaches and returns the image, or the linker's complaint. `defined` is given an address, too.
fn link(archive: &Path, entry: &str, defined: Option<&str>) -> Result<Vec<u8>, String> {
    let image = archive.with_file_name(format!("{entry}{}.elf", if defined.is_some() { "-panicking" } else { "" }));
    let mut linker = Command::new(linker());
    linker.args(["-flavor", "gnu", "--gc-sections", "--entry", entry, "-o"]).arg(&image).arg(archive);
    for symbol in PLATFORM.iter().copied().chain(defined) {
        linker.arg(format!("--defsym={symbol}=0"));
    }
    let output = linker.output().unwrap();
    match output.status.success() {
        true => Ok(fs::read(image).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The linker that comes with the compiler, for all its targets.
fn linker() -> PathBuf {
    let rustc = |argument: &[&str]| {
        let output = rustup(&["rustc"]).args(argument).output().unwrap();
        assert!(output.status.success(), "{}\n`make setup` installs it.", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let host = rustc(&["-vV"]).lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned)).unwrap();
    Path::new(rustc(&["--print", "sysroot"]).trim()).join(format!("lib/rustlib/{host}/bin/rust-lld"))
}

/// Compiles the entries and all they need as written, and returns the folder with LLVM's text of it.
fn build_unoptimized() -> PathBuf {
    // Version 0 of the symbol names tells which types a generic function is for.
    let flags = "--emit=llvm-ir -Csymbol-mangling-version=v0";
    let output = cargo(&["build", "--target", TARGETS[0]], &[("RUSTFLAGS", flags)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    target_directory().join(TARGETS[0]).join("debug/deps")
}

/// Which function mentions which, by itself or through a constant such as a table of methods.
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

    /// Adds what a module defines: functions, from `define` to a brace, and constants, of one line.
    fn read(&mut self, module: &str, file: &str) {
        let mut inside = None;
        for line in module.lines() {
            let mut names = symbols_in(line).map(|name| {
                // Only mangled names mean the same in every module.
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

/// The names behind `@` in a line of LLVM's text.
fn symbols_in(line: &str) -> impl Iterator<Item = &str> {
    line.split('@').skip(1).filter_map(|rest| match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split(|character: char| !(character.is_alphanumeric() || "_.$".contains(character))).next(),
    })
}

/// The symbols that the objects of an archive define or want.
fn symbols(archive: &[u8]) -> BTreeSet<String> {
    let members = object::read::archive::ArchiveFile::parse(archive).unwrap();
    let mut names = BTreeSet::new();
    for member in members.members() {
        let file = object::File::parse(member.unwrap().data(archive).unwrap()).unwrap();
        names.extend(file.symbols().filter_map(|symbol| symbol.name().ok().map(str::to_owned)));
    }
    names
}

fn allocates(symbol: &str) -> bool {
    let c = ["malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "memalign"];
    let rust = ["__rust_alloc", "__rust_realloc", "__rust_dealloc", "__rdl_", "__rg_", "_ZN5alloc", "5alloc5alloc"];
    c.contains(&symbol) || rust.iter().any(|part| symbol.contains(part))
}

/// Names and versions in a lock file.
fn locked_packages(lock: &Path) -> BTreeSet<String> {
    let lock = fs::read_to_string(lock).unwrap();
    let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
    let lines: Vec<_> = lock.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("name = "));
    pairs.map(|pair| format!("{} {}", quoted(pair[0]), quoted(pair[1]))).collect()
}

/// Where the panics are that an image holds: each has a `core::panic::Location` among the constants, which is an
/// address and a length of a path, then line and column.
fn panic_sites(image: &[u8]) -> BTreeSet<String> {
    let file = object::File::parse(image).unwrap();
    let word = if file.is_64() { 8 } else { 4 };
    let constants: Vec<_> = file
        .sections()
        // Tables for unwinding hold addresses and lengths of code, which may look like those of a path.
        .filter(|section| section.address() != 0 && section.name() != Ok(".eh_frame"))
        .map(|section| (section.address(), section.data().unwrap()))
        .collect();
    let path_at = |address: u64, length: u64| {
        let (start, data) =
            constants.iter().find(|(start, data)| (*start..*start + data.len() as u64).contains(&address))?;
        let from = usize::try_from(address - start).ok()?;
        let path = data.get(from..from.checked_add(usize::try_from(length).ok()?)?)?;
        str::from_utf8(path).ok().filter(|path| path.ends_with(".rs"))
    };
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |high, byte| high << 8 | u64::from(*byte));
    let mut sites = BTreeSet::new();
    for (_, data) in &constants {
        for location in data.windows(2 * word + 8).step_by(4) {
            let (path, line) =
                (path_at(number(&location[..word]), number(&location[word..2 * word])), &location[2 * word..]);
            sites.extend(path.map(|path| format!("{}:{}", portable(path), number(&line[..4]))));
        }
    }
    sites
}

/// A source path without what differs from machine to machine.
fn portable(path: &str) -> String {
    let core = env!("CARGO_MANIFEST_DIR");
    if let Some((_, crates)) = path.split_once("/registry/src/") {
        crates.split_once('/').unwrap().1.to_owned()
    } else if let Some((_, library)) = path.split_once("/library/") {
        library.to_owned()
    } else if let Some(own) = path.strip_prefix(core) {
        format!("certbound{own}")
    } else {
        path.to_owned()
    }
}

/// The places in `allowed.txt`. An argument, indented, stands behind each group of them.
fn allowed_panics() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ALLOWED)).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let mut allowed = BTreeSet::new();
    for pair in lines.windows(2).filter(|pair| !pair[0].is_empty() && !pair[0].starts_with(' ')) {
        assert!(!pair[1].is_empty(), "no argument for {}", pair[0]);
        assert!(allowed.insert(pair[0].to_owned()), "{} is there twice", pair[0]);
    }
    allowed
}

const ALLOWED: &str = "tests/proofs/panic_freedom/allowed.txt";

/// What every panic ends in.
const PANICKED: &str = "certbound_panicked";

/// What a compiler may call on every platform. They come from C libraries, or from Rust's own on bare metal.
const PLATFORM: &[&str] = &["memcpy", "memmove", "memset", "memcmp", "bcmp"];
