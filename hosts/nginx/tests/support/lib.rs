//! Building blocks for the tests of the NGINX module: a real nginx on loopback, and assertions on its answers and logs.
//!
//! ```text
//!  nginx      a directory, and an nginx that runs from it until it is dropped
//!  stage      what most tests need: a running nginx, an issuer, server A and a thief
//!  log        the log lines of a request
//!  verdict    assertions on the answer, the access log and the error log of a request
//! ```
//!
//! The rest comes from `hosts/testing`. They use the public API of `certbound`, and know nothing of the module's C code.
//!
//! `make test-nginx` runs the tests. They look for the module in `CERTBOUND_NGINX_MODULE` and for nginx in `CERTBOUND_NGINX`.

pub use certbound_host_tests::{client, endpoint, forwarded, http3, message, pki, probe, tokens};

pub mod log;
pub mod nginx;
pub mod stage;
pub mod verdict;
