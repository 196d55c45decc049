//! What the tests in a real Envoy share: an Envoy on loopback, its configuration, and assertions on its answers and logs.
//!
//! ```text
//!  stage          what most tests need: the parties, and a folder with certificates and keys
//!  envoy          an Envoy that runs until it is dropped, and its administration
//!  process        its threads and its memory
//!  configuration  its configuration
//!  listeners      several listeners of one Envoy
//!  parts          what single tests add to the configuration
//!  log            the access log's line of a request
//!  verdict        assertions on the answer, the access log and the log of a request
//!  visitor        requests that are sent one after the other
//!  key_service    a service for a JWK Set, which can be told to misbehave
//! ```
//!
//! The rest comes from `hosts/testing`. The tests look for the module in `CERTBOUND_ENVOY_MODULE` and for Envoy in
//! `CERTBOUND_ENVOY`. `make test-envoy` sets both, and runs the tests in each version.

pub use certbound_host_tests::{client, http3, message, parties, pki, probe, tokens};

pub mod configuration;
pub mod envoy;
pub mod key_service;
pub mod listeners;
pub mod log;
pub mod parts;
pub mod process;
pub mod stage;
pub mod verdict;
pub mod visitor;
