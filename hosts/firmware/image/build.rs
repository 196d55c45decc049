//! Gives the linker the memory map of the board, and pins the key of `bench-pinned`.

use std::{env, fs, path::PathBuf};

fn main() {
    // The script of cortex-m-rt includes the map, that of riscv-rt does not.
    let (board, scripts): (_, &[_]) = match env::var("TARGET").unwrap().as_str() {
        "thumbv7em-none-eabihf" => ("mps2-an386", &["link.x"]),
        "riscv32imac-unknown-none-elf" => ("riscv-virt", &["memory.x", "link.x"]),
        target => panic!("no board has the target {target}: see README.md"),
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap());
    fs::copy(format!("memory/{board}.x"), out.join("memory.x")).unwrap();
    println!("cargo:rustc-link-search={}", out.display());
    for script in scripts {
        println!("cargo:rustc-link-arg=-T{script}");
    }
    println!("cargo:rerun-if-changed=memory");
    #[cfg(feature = "bench-pinned")]
    {
        println!("cargo:rerun-if-changed=bench/pinned.json");
        let jwks = fs::read_to_string("bench/pinned.json").unwrap();
        let source = certbound_pin::source(&jwks, certbound_pin::Geometry::Small).unwrap();
        fs::write(out.join("pinned.rs"), source).unwrap();
    }
}
