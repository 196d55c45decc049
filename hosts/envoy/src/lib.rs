//! An Envoy HTTP filter that verifies OAuth 2.0 certificate-bound access tokens (RFC 8705), as a dynamic module.
//!
//! Envoy loads the library and calls its hooks. The verdict on a token is made by the crate `certbound`; this crate finds the
//! token and the certificate, keeps the issuers' keys, and turns the verdict into an answer, metadata, headers and counters.
//!
//! ```text
//!  hooks            what Envoy calls: pointers become references, panics are caught
//!  filter           the verdict on a request, and what follows
//!    authorization  finds the token
//!    forwarded      the certificate in a header of a trusted proxy
//!    passed_on      what becomes of an accepted token's claims
//!    claim_cache    the same, for the next request with this token
//!    metadata       sets entries of dynamic metadata
//!    response       answers a rejected request
//!  filter_config    what a listener's configuration becomes
//!    config         reads it as JSON, with issuers, object and wire_struct
//!    demands        the policy, of the filter and of a route
//!    header_name    names of headers that look alike, or that have a meaning
//!    claims         names and values of claims that are passed on
//!    workers        caches and scratch memory of the worker threads
//!    metrics        counters and gauges
//!  key_thread       the one thread: watches files, schedules fetches, prepares keys
//!    key_store      every source of keys once in this process
//!    key_source     the keys of a source, and the issuers of a configuration with their current keys
//!    key_file, schedule, keys, source, identity
//!  host             Envoy's functions, and a safe interface to them
//!    abi            the types of Envoy's ABI
//! ```
//!
//! Only `hooks` and `host` contain `unsafe`. Requests take no lock that another thread holds: keys are swapped as a whole.

#![deny(unsafe_code)]
// The fake Envoy uses the types of the ABI.
#![cfg_attr(not(feature = "internals"), allow(unreachable_pub))]

mod abi;
mod authorization;
mod claim_cache;
mod claims;
mod config;
mod demands;
mod filter;
mod filter_config;
mod forwarded;
mod header_name;
#[allow(unsafe_code)]
mod hooks;
#[allow(unsafe_code)]
mod host;
mod identity;
mod issuers;
mod key_file;
mod key_source;
mod key_store;
mod key_thread;
mod keys;
mod metadata;
mod metrics;
mod object;
mod passed_on;
mod response;
mod schedule;
mod source;
mod wire_struct;
mod workers;

/// What a fake Envoy needs. Not part of the library's interface.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    use std::{
        cell::Cell,
        ffi::{CStr, c_void},
        sync::OnceLock,
    };

    pub use crate::abi::{EnvoyBuffer, EnvoyPair, ModuleBuffer, Pair};

    /// Finds newer callbacks by name, instead of the dynamic linker.
    pub static FIND: OnceLock<fn(&CStr) -> *const c_void> = OnceLock::new();

    thread_local! {
        /// Whether the next request on this thread panics.
        pub static PANICS: Cell<bool> = const { Cell::new(false) };
    }
}
