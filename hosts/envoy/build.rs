//! Lets the linker leave Envoy's functions unresolved in unit tests, which do not call them.
//!
//! In the library they are unresolved anyway: Envoy has them when it loads the library.

fn main() {
    println!("cargo::rustc-link-arg=-Wl,--unresolved-symbols=ignore-all");
    println!("cargo::rerun-if-changed=build.rs");
}
