//! `certbound probe` against APIs with planted weaknesses, each beside one without.
#![cfg(unix)]

mod answers;
mod browser;
mod doubts;
#[path = "../support/https.rs"]
mod https;
mod issuer;
mod limits;
mod pki;
mod report;
mod secrets;
mod server;
#[path = "../support/mod.rs"]
mod support;
mod usage;
mod weak_api;
mod weaknesses;
mod world;
