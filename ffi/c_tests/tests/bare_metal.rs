//! The library without an operating system: it links with only five memory functions, and has no static memory. `make size`
//! prints its size.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Mutex, PoisonError},
};

use certbound_c_tests::{repository, run, temporary};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SectionFlags, elf, read::archive::ArchiveFile};

#[test]
fn every_verdict_links_for_bare_metal() {
    for (optimization, most) in [("3", 640), ("s", 448)] {
        let archive = build("full", optimization);
        for entry in ENTRIES {
            let image = link(&archive, entry);
            let (flash, ram) = sizes(&fs::read(image).unwrap());
            println!("{TARGET}, opt-level {optimization}: {entry} is {:.1} KiB of flash", flash as f64 / 1024.0);
            assert_eq!(ram, 0, "{entry} has static memory");
            assert!((1..most * 1024).contains(&flash), "{entry} has {flash} bytes");
        }
    }
}

/// A library with parts left out contains what its header declares, and nothing of the algorithms that it lacks.
#[test]
fn parts_that_are_left_out_are_not_linked() {
    const PARTS: [(&str, &str); 9] = [
        ("es256", "ES256"),
        ("es384", "ES384"),
        ("es512", "ES512"),
        ("eddsa", "EDDSA"),
        ("rsa", "RSA"),
        ("prepared", "PREPARED"),
        ("cache", "CACHE"),
        ("introspection", "INTROSPECTION"),
        ("client-authentication", "CLIENT_AUTHENTICATION"),
    ];
    for (features, most) in LIBRARIES {
        let archive = build(features, "s");
        let contained: Vec<_> = features.split(',').collect();
        let header = repository().join("include/certbound.h");
        let mut preprocessor = Command::new("cc");
        preprocessor.args(["-E", "-P"]).arg(header);
        for (_, part) in PARTS.iter().filter(|(feature, _)| !contained.contains(feature)) {
            preprocessor.arg(format!("-DCERTBOUND_NO_{part}"));
        }
        let mut expected = declared(&run(&mut preprocessor));
        // The program declares it, if it defines one of its own.
        expected.insert("certbound_panicked".to_owned());
        assert_eq!(exported(&archive), expected, "{features}");

        let image = fs::read(link(&archive, "certbound_verify")).unwrap();
        let (flash, _) = sizes(&image);
        println!("{TARGET}, opt-level s, {features}: certbound_verify is {:.1} KiB of flash", flash as f64 / 1024.0);
        assert!((1..most * 1024).contains(&flash), "{features}: {flash} bytes");
        for (feature, traces) in [
            ("es256", "es256"),
            ("es384", "es384"),
            ("es512", "es512"),
            ("eddsa", "curve25519_dalek"),
            ("rsa", "3rsa"),
            ("prepared", "schedule"),
        ] {
            let image = object::File::parse(&*image).unwrap();
            let found = image.symbols().any(|symbol| symbol.name().is_ok_and(|name| name.contains(traces)));
            assert_eq!(found, contained.contains(&feature), "{features}: {traces}");
        }
    }
}

/// The functions of the C ABI that an archive defines.
fn exported(archive: &Path) -> BTreeSet<String> {
    let data = fs::read(archive).unwrap();
    let archive = ArchiveFile::parse(&*data).unwrap();
    let mut names = BTreeSet::new();
    for member in archive.members() {
        let Ok(object) = object::File::parse(member.unwrap().data(&*data).unwrap()) else { continue };
        let symbols = object.symbols().filter(|symbol| symbol.is_definition() && symbol.is_global());
        let own = symbols
            .filter_map(|symbol| symbol.name().ok().filter(|name| name.starts_with("certbound_")).map(str::to_owned));
        names.extend(own);
    }
    names
}

/// The functions that a preprocessed header declares.
fn declared(header: &str) -> BTreeSet<String> {
    let names = header.match_indices('(').filter_map(|(at, _)| {
        header[..at].rsplit(|character: char| !character.is_ascii_alphanumeric() && character != '_').next()
    });
    names.filter(|name| name.starts_with("certbound_")).map(str::to_owned).collect()
}

/// Libraries with some parts, and the most KiB of flash that a verdict may need.
const LIBRARIES: [(&str, u64); 3] = [("es256", 48), ("eddsa,prepared", 144), ("rsa,cache", 48)];

/// Builds the library with these features.
fn build(features: &str, optimization: &str) -> PathBuf {
    static BUILD: Mutex<()> = Mutex::new(());
    let target = temporary("bare_metal").join(optimization);
    // Until the archive is copied, because a build with other features replaces it.
    let _guard = BUILD.lock().unwrap_or_else(PoisonError::into_inner);
    run(Command::new("cargo")
        .args(["rustc", "--locked", "--release", "--package", "certbound-ffi", "--no-default-features"])
        .args(["--features", features])
        .args(["--crate-type", "staticlib", "--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", optimization)
        .env("RUSTFLAGS", COMPACT_SHA2)
        .current_dir(repository()));
    let archive = target.join(TARGET).join("release/libcertbound_ffi.a");
    let kept = archive.with_file_name(format!("{}.a", features.replace(',', "-")));
    fs::copy(archive, &kept).unwrap();
    kept
}

/// An image of one entry and everything it reaches.
fn link(archive: &Path, entry: &str) -> PathBuf {
    let image = archive.with_extension(format!("{entry}.elf"));
    let version = run(Command::new("rustc").arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let sysroot = run(Command::new("rustc").args(["--print", "sysroot"]));
    // The compiler's linker supports all its targets.
    let linker = Path::new(sysroot.trim_end()).join(format!("lib/rustlib/{host}/bin/rust-lld"));
    let mut linker = Command::new(linker);
    linker.args(["-flavor", "gnu", "--gc-sections", "--entry", entry, "-o"]).arg(&image).arg(archive);
    run(linker.args(PLATFORM.map(|symbol| format!("--defsym={symbol}=0"))));
    image
}

/// The number of read-only bytes, and of writable bytes.
fn sizes(image: &[u8]) -> (u64, u64) {
    let (mut flash, mut ram) = (0, 0);
    for section in object::File::parse(image).unwrap().sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { panic!("no ELF file") };
        if sh_flags & u64::from(elf::SHF_WRITE) != 0 {
            ram += section.size();
        } else if sh_flags & u64::from(elf::SHF_ALLOC) != 0 {
            flash += section.size();
        }
    }
    (flash, ram)
}

const TARGET: &str = "thumbv7em-none-eabihf";
/// The form of SHA-2 without unrolled rounds, as docs/c.md recommends for boards.
const COMPACT_SHA2: &str = r#"--cfg sha2_backend="soft" --cfg sha2_backend_soft="compact""#;
const ENTRIES: [&str; 5] = [
    "certbound_verifier_init",
    "certbound_verify",
    "certbound_verify_der",
    "certbound_introspection_verify",
    "certbound_client_authenticate",
];
/// Functions that every C platform provides.
const PLATFORM: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
