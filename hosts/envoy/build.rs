//! Lets the linker leave Envoy's functions unresolved, and makes the library independent of `libgcc_s`.

fn main() {
    // Unit tests do not call Envoy's functions. In the library they are unresolved anyway: Envoy has them when it loads it.
    println!("cargo::rustc-link-arg=-Wl,--unresolved-symbols=ignore-all");
    // The unwinder, which catches panics, becomes a part of the library: Envoy's distroless images have no libgcc_s.so.1.
    println!("cargo::rustc-cdylib-link-arg=-Wl,--whole-archive,-lgcc_eh,--no-whole-archive");
    println!("cargo::rerun-if-changed=build.rs");
}
