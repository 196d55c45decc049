//! Claims deserialized into Rust types. The rules for registered claims are tested through the verifier, in `tests/verifier`.

mod typed;
#[path = "../support/typed/mod.rs"]
mod types;
