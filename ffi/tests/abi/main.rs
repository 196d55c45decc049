//! Calls every entry as C does, with raw pointers to memory of the caller. `make miri` runs these tests under Miri, which
//! checks each read and write.

mod arguments;
mod cache;
mod claims;
mod introspection;
mod issuers;
mod keys;
mod others;
mod support;
mod verifier;
