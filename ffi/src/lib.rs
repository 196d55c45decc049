//! The C ABI of certbound. `include/certbound.h` is generated from this crate, including its documentation.
//!
//! Types and functions have their C names, so a search for a C name leads here. Each entry converts its pointers to
//! references ([`arguments`]), calls the core, and writes its outputs if the call succeeds. The core makes every decision.
//! Types that lie in the caller's memory have a module `memory` beside their entries, which defines their layout.
//!
//! Entries look alike: each documents all of its parameters, because the header is read function by function, and each reads
//! all of its arguments, because a macro or a shared list of them would hide from a reader which pointer is read how.
//!
//! The caller provides all memory: the library allocates nothing, keeps nothing between calls, and needs no clean-up.
//!
//! # Safety of the entries
//!
//! During a call, every pointer must be null or valid: for its type, for the number of bytes or elements that the length
//! beside it states, or for the number of bytes that the documentation states. No other thread may write memory that the
//! call reads, or access memory that it writes. A pointer to an object must point to one that the library has initialised,
//! or to other memory of at least that size.

#![cfg_attr(not(feature = "std"), no_std)]
// A library without some parts contains shared code that nothing in it calls. It is not linked.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports))]
#![deny(clippy::undocumented_unsafe_blocks, clippy::unwrap_used, clippy::expect_used, clippy::todo)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod accepted;
mod arguments;
#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "client-authentication")]
mod client_authentication;
mod entry;
mod forwarded;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(all(feature = "cache", feature = "introspection"))]
mod introspection_cache;
mod keys;
mod memory;
mod policy;
mod status;
mod tables;
mod thumbprint;
mod verifier;
mod version;

pub use accepted::*;
#[cfg(feature = "cache")]
pub use cache::*;
#[cfg(feature = "client-authentication")]
pub use client_authentication::*;
pub use forwarded::*;
#[cfg(feature = "introspection")]
pub use introspection::*;
#[cfg(all(feature = "cache", feature = "introspection"))]
pub use introspection_cache::*;
pub use keys::*;
pub use memory::*;
pub use policy::*;
pub use status::*;
pub use tables::*;
pub use thumbprint::*;
pub use verifier::*;
pub use version::*;
