//! Whole verdicts: `src/verifier.rs`, `src/cached_verifier.rs`, `src/introspection.rs` and its cache.

mod accelerator;
mod attacks;
mod cached_verifier;
mod interoperability;
mod introspection;
mod introspection_cache;
mod properties;
mod rfc_examples;
mod several_issuers;
#[path = "../support/mod.rs"]
mod support;
mod verifier;
