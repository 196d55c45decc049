//! What the tests in a real Envoy share: certificates, an issuer, an Envoy on loopback, and a client.
//!
//! ```text
//!  stage          what most tests need: certificates, an issuer with a file of keys
//!  envoy          an Envoy that runs until it is dropped, and its administration
//!  configuration  its configuration
//!  client         requests over TLS
//!  key_service    an HTTP server for a JWK Set
//! ```
//!
//! They look for the module in `CERTBOUND_ENVOY_MODULE` and for Envoy in `CERTBOUND_ENVOY`. `make test-envoy` sets both, and runs
//! the tests in each version.

pub mod client;
pub mod configuration;
pub mod envoy;
pub mod key_service;
pub mod stage;

#[path = "../../../../tests/support/mod.rs"]
mod support;
