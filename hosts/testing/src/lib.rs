//! What the tests of all hosts share: a throw-away PKI, an issuer, clients, and requests with the verdicts that every host must
//! reach.
//!
//! ```text
//!  pki        an authority, and identities for servers and clients
//!  tokens     an issuer, and tokens with any header and claims
//!  parties    an authority, an issuer, server A and a thief
//!  message    requests and answers
//!  client     connections with each version of TLS and HTTP, and without TLS
//!  http3      connections over QUIC
//!  forwarded  requests as a proxy sends them
//!  endpoint   an introspection endpoint that answers well or badly
//!  keeper     a server's process
//!  ports      free ports for servers
//!  probe      the command `certbound probe`
//!  verdict    what assertions on rejected requests share
//! ```
//!
//! The requests with their verdicts, which each host's tests of the same name send:
//!
//! ```text
//!  accept         tokens that a setting accepts
//!  rejections     tokens that are invalid on any connection
//!  attacks        valid tokens on connections with another certificate
//!  authorization  values of the `Authorization` header
//! ```
//!
//! They use the public API of `certbound` and the issuer in the repository's `tests/support`, and know no host: a client connects
//! to an address.

pub mod accept;
pub mod attacks;
pub mod authorization;
pub mod client;
pub mod endpoint;
pub mod forwarded;
pub mod http3;
pub mod keeper;
pub mod message;
pub mod parties;
pub mod pki;
pub mod ports;
pub mod probe;
pub mod rejections;
pub mod tokens;
pub mod verdict;

#[path = "../../../tests/support/command.rs"]
mod command;
mod sessions;

#[path = "../../../tests/support/mod.rs"]
mod support;
