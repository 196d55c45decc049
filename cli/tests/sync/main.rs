//! `certbound sync` against servers that lie in every way, each beside an answer that is accepted.
#![cfg(unix)]

mod answers;
mod examples;
mod files;
#[path = "../support/https.rs"]
mod https;
mod metadata;
mod servers;
mod service;
#[path = "../support/mod.rs"]
mod support;
mod world;
