//! Sets the soname of the shared library, like cargo-c: `libcertbound.so.0.1` for version 0.1.2.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        let [major, minor] =
            ["MAJOR", "MINOR"].map(|part| var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default());
        // Before 1.0 a minor version may be incompatible with its predecessor (Semantic Versioning, 4).
        let version = if major == "0" { format!("{major}.{minor}") } else { major };
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcertbound.so.{version}");
    }
}
