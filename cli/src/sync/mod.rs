//! `certbound sync`: fetches an issuer's JWK Set over TLS, and keeps a file with its usable public keys current.
//!
//! | file | concept |
//! |---|---|
//! | `https_url` | the only URLs that are ever fetched |
//! | `authorities` | which certificate authorities a server's certificate may come from |
//! | `exchange` | one request on one connection, with a limit on the answer |
//! | `fetch` | redirects, `ETag` and `Cache-Control` |
//! | `metadata` | an authorization server's metadata: where it is, and what its `jwks_uri` is |
//! | `source` | where the keys come from: a `jwks_uri`, or an issuer's metadata |
//! | `public_keys` | what of an answer is written, judged by the core |
//! | `key_file` | atomic replacement of the file |
//! | `schedule` | when the next attempt starts |
//! | `metrics`, `metrics_server` | what Prometheus reads |
//! | `problem` | why an attempt failed |
//! | `service` | the attempts, one or many, and their log lines |
//!
//! This folder may use the modules above it, but not `commands`, which calls it. It contains no rule for keys: the core
//! judges each answer, and the text that is written is judged once more. Everything that arrives over the network is
//! hostile, even from the right server: it is bounded in length and time, and never replaces good keys by nothing.

mod authorities;
mod exchange;
mod fetch;
#[cfg(test)]
#[path = "../../tests/support/https.rs"]
mod https;
mod https_url;
mod key_file;
mod metadata;
mod metrics;
mod metrics_server;
mod problem;
mod public_keys;
mod schedule;
mod service;
mod source;

pub(crate) use authorities::Authorities;
pub(crate) use https_url::HttpsUrl;
pub(crate) use metadata::Issuer;
pub(crate) use schedule::parse_interval;
pub(crate) use service::{Repetition, Service};
pub(crate) use source::Source;
