//! No reader can panic, and each panic that the compiler leaves in a verdict has an argument why no input reaches it.
//!
//! The crate that `entries` builds has an entry for each reader and each verdict. Each entry is linked with only what it
//! reaches. A reachable panic refers to a symbol that is not defined, so the link fails.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use object::{Object as _, ObjectSection as _};

use crate::entries::{TARGETS, build, rustup, workspace};

#[test]
fn no_reader_can_panic() {
    let mut panicking = Vec::new();
    for target in TARGETS {
        let archive = build(target);
        for entry in entry_names("reader_") {
            if link(&archive, &entry, None).is_err() {
                let image = link(&archive, &entry, Some(PANICKED)).unwrap_or_else(|message| panic!("{message}"));
                panicking.push(format!("{entry} on {target} at {:?}", panic_sites(&image)));
            }
        }
    }
    assert!(panicking.is_empty(), "these readers can panic: {panicking:#?}");
}

#[test]
fn a_reachable_panic_does_not_link() {
    for target in TARGETS {
        let archive = build(target);
        let message = link(&archive, "planted_panic", None).unwrap_err();
        assert!(message.contains(PANICKED), "{message}");
        let sites = panic_sites(&link(&archive, "planted_panic", Some(PANICKED)).unwrap());
        assert_eq!(sites.len(), 1, "on {target}: {sites:?}");
        assert!(sites.iter().all(|site| site.starts_with("src/planted.rs:")), "on {target}: {sites:?}");
    }
}

#[test]
fn every_panic_left_in_a_verdict_has_an_argument() {
    let allowed = allowed_panics();
    let mut found = BTreeMap::<String, BTreeSet<_>>::new();
    for target in TARGETS {
        let archive = build(target);
        for entry in entry_names("verdict_") {
            let sites = panic_sites(&link(&archive, &entry, Some(PANICKED)).unwrap());
            // If a panic had no location, this list would be incomplete.
            let links = link(&archive, &entry, None).is_ok();
            assert_eq!(links, sites.is_empty(), "{entry} on {target}");
            for site in sites {
                found.entry(site).or_default().insert((entry.clone(), *target));
            }
        }
    }
    let ours: Vec<_> = found.keys().filter(|site| site.starts_with("certbound/")).collect();
    assert!(ours.is_empty(), "the core can panic at {ours:#?}");
    let unlisted: Vec<_> = found.iter().filter(|(site, _)| !allowed.contains(*site)).collect();
    for (site, reached) in &unlisted {
        eprintln!("{site}: reached from {reached:?}");
    }
    assert!(unlisted.is_empty(), "{ALLOWED} has no argument for the panics above");
    let gone: Vec<_> = allowed.iter().filter(|site| !found.contains_key(*site)).collect();
    assert!(gone.is_empty(), "{ALLOWED} lists panics that no longer exist: {gone:#?}");
}

/// The panic sites that `allowed.txt` lists. An indented argument follows each group of sites.
fn allowed_panics() -> BTreeSet<String> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(ALLOWED)).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let mut allowed = BTreeSet::new();
    for pair in lines.windows(2).filter(|pair| !pair[0].is_empty() && !pair[0].starts_with(' ')) {
        assert!(!pair[1].is_empty(), "no argument for {}", pair[0]);
        assert!(allowed.insert(pair[0].to_owned()), "{} is listed twice", pair[0]);
    }
    allowed
}

/// The sites of the panics in an image. Each has a `core::panic::Location` among the constants: the address and length of a
/// path, then line and column.
fn panic_sites(image: &[u8]) -> BTreeSet<String> {
    let file = object::File::parse(image).unwrap();
    let word = if file.is_64() { 8 } else { 4 };
    let constants: Vec<_> = file
        .sections()
        // Unwinding tables contain addresses and lengths of code, which could be mistaken for those of a path.
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

/// A source path without the part that depends on the machine.
fn portable(path: &str) -> String {
    let core = env!("CARGO_MANIFEST_DIR");
    if let Some((_, crates)) = path.split_once("/registry/src/") {
        crates.split_once('/').unwrap().1.to_owned()
    } else if let Some((_, library)) = path.split_once("/library/") {
        library.to_owned()
    } else if let Some(ours) = path.strip_prefix(core) {
        format!("certbound{ours}")
    } else {
        path.to_owned()
    }
}

/// The entries whose names begin with `prefix`.
fn entry_names(prefix: &str) -> Vec<String> {
    let folder = workspace().join("src");
    let sources = fs::read_dir(folder).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let entries = sources.flat_map(|source| {
        let names = source.lines().filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next());
        names.filter(|name| name.starts_with(prefix)).map(str::to_owned).collect::<Vec<_>>()
    });
    let entries: Vec<_> = entries.collect();
    assert!(entries.len() > 1, "too few entries begin with {prefix}");
    entries
}

/// Links what `entry` reaches. Returns the image, or the linker's error message. The symbol `defined` gets an address.
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

/// The linker that comes with the compiler and links for all its targets.
fn linker() -> PathBuf {
    let rustc = |argument: &[&str]| {
        let output = rustup(&["rustc"]).args(argument).output().unwrap();
        assert!(output.status.success(), "{}\n`make setup` installs it.", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let host = rustc(&["-vV"]).lines().find_map(|line| line.strip_prefix("host: ").map(str::to_owned)).unwrap();
    Path::new(rustc(&["--print", "sysroot"]).trim()).join(format!("lib/rustlib/{host}/bin/rust-lld"))
}

const ALLOWED: &str = "tests/proofs/panic_freedom/allowed.txt";

/// The function that every panic calls.
const PANICKED: &str = "certbound_panicked";

/// What a compiler may call on every platform; a C library has these functions, or on bare metal Rust's compiler builtins.
const PLATFORM: &[&str] = &["memcpy", "memmove", "memset", "memcmp", "bcmp"];
