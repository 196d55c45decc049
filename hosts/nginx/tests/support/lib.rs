//! What the tests of the NGINX module are made of: a throw-away PKI, an issuer, a real nginx on loopback, a real client.
//!
//! ```text
//!  pki      an authority, and identities for servers and clients
//!  tokens   an issuer, and tokens with any header and claims
//!  nginx    a directory, and an nginx that runs from it until it is dropped
//!  log      what that nginx wrote down about a request
//!  client   connections over any version of TLS and HTTP, and over none
//!  http3    connections over QUIC
//!  verdict  what a request must have led to: the answer, the access log and the error log together
//! ```
//!
//! `make test-nginx` runs the tests. They look for the module in `CERTBOUND_NGINX_MODULE` and for nginx in `CERTBOUND_NGINX`.

pub mod client;
pub mod http3;
pub mod log;
pub mod nginx;
pub mod pki;
pub mod tokens;
pub mod verdict;

mod sessions;

#[path = "../../../../tests/support/mod.rs"]
mod support;
