//! Every entry, called as C calls it: by raw pointers into memory of the caller's. Made for Miri, which then watches each
//! read and write: `make miri`.

mod arguments;
mod cache;
mod keys;
mod others;
mod support;
mod verifier;
