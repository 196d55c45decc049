//! Opaque tokens and revocation: the module asks an introspection endpoint (RFC 7662).

mod cache;
mod configuration;
mod failures;
mod load;
mod requests;
mod rules;
mod verdicts;
mod world;
