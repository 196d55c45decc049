//! The library without an operating system: it links with only five memory functions, and has no static memory. `make size`
//! prints its size.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use certbound_c_tests::{repository, run, temporary};
use object::{Object as _, ObjectSection as _, SectionFlags, elf};

#[test]
fn every_verdict_links_for_bare_metal() {
    for (optimization, most) in [("3", 640), ("s", 448)] {
        let archive = build(optimization);
        for entry in ENTRIES {
            let image = link(&archive, entry);
            let (flash, ram) = sizes(&fs::read(image).unwrap());
            println!("{TARGET}, opt-level {optimization}: {entry} is {:.1} KiB of flash", flash as f64 / 1024.0);
            assert_eq!(ram, 0, "{entry} has static memory");
            assert!((1..most * 1024).contains(&flash), "{entry} has {flash} bytes");
        }
    }
}

fn build(optimization: &str) -> PathBuf {
    let target = temporary("bare_metal").join(optimization);
    run(Command::new("cargo")
        .args(["rustc", "--locked", "--release", "--package", "certbound-ffi", "--no-default-features"])
        .args(["--crate-type", "staticlib", "--target", TARGET, "--target-dir"])
        .arg(&target)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", optimization)
        .current_dir(repository()));
    target.join(TARGET).join("release/libcertbound_ffi.a")
}

/// An image of one entry and everything it reaches.
fn link(archive: &Path, entry: &str) -> PathBuf {
    let image = archive.with_file_name(entry).with_extension("elf");
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
const ENTRIES: [&str; 5] = [
    "certbound_verifier_init",
    "certbound_verify",
    "certbound_verify_der",
    "certbound_introspection_verify",
    "certbound_client_authenticate",
];
/// Functions that every C platform provides.
const PLATFORM: [&str; 5] = ["memcpy", "memmove", "memset", "memcmp", "bcmp"];
