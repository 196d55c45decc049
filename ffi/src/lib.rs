//! The C ABI of certbound. `include/certbound.h` is made of it, with its documentation.
//!
//! The names are C's own, so that what stands here is what C gets. Each entry does three things: it makes references of
//! its pointers ([`arguments`]), asks the core, and writes its output, if all went well. No judgement is made here.
//!
//! Memory is the caller's throughout. Nothing is allocated, nothing is kept between calls, and nothing has to be released.

#![cfg_attr(not(feature = "std"), no_std)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::unwrap_used, clippy::expect_used, clippy::todo)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accepted;
mod arguments;
mod cache;
mod client_authentication;
mod entry;
mod introspection;
mod key_set;
mod keys;
mod policy;
mod status;
mod thumbprint;
mod verifier;
mod version;

pub use accepted::*;
pub use cache::*;
pub use client_authentication::*;
pub use introspection::*;
pub use key_set::*;
pub use keys::*;
pub use policy::*;
pub use status::*;
pub use thumbprint::*;
pub use verifier::*;
pub use version::*;
