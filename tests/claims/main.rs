//! Claims by their paths, and deserialized into Rust types. The rules for registered claims are tested through the verifier, in
//! `tests/verifier`.

mod paths;
mod typed;
#[path = "../support/typed/mod.rs"]
mod types;
