//! Whole verdicts: `src/verifier.rs`, `src/cached_verifier.rs` and `src/introspection.rs`.

mod attacks;
mod cached_verifier;
mod interoperability;
mod introspection;
mod properties;
mod rfc_examples;
mod several_issuers;
#[path = "../support/mod.rs"]
mod support;
mod verifier;
