//! Building blocks for the tests of the NGINX module: a throw-away PKI, an issuer, a real nginx on loopback, a real client.
//!
//! ```text
//!  pki        an authority, and identities for servers and clients
//!  tokens     an issuer, and tokens with any header and claims
//!  nginx      a directory, and an nginx that runs from it until it is dropped
//!  stage      what most tests need: a running nginx, an issuer, server A and a thief
//!  log        the log lines of a request
//!  message    requests and answers
//!  client     connections with each version of TLS and HTTP, and without TLS
//!  http3      connections over QUIC
//!  forwarded  requests as a proxy sends them
//!  verdict    assertions on the answer, the access log and the error log of a request
//! ```
//!
//! They use the public API of `certbound` and the issuer in the repository's `tests/support`, and know nothing of the module's
//! C code.
//!
//! `make test-nginx` runs the tests. They look for the module in `CERTBOUND_NGINX_MODULE` and for nginx in `CERTBOUND_NGINX`.

pub mod client;
pub mod forwarded;
pub mod http3;
pub mod log;
pub mod message;
pub mod nginx;
pub mod pki;
pub mod stage;
pub mod tokens;
pub mod verdict;

mod sessions;

#[path = "../../../../tests/support/mod.rs"]
mod support;
