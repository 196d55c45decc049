//! `certbound sync`: fetches an issuer's JWK Set over TLS, and keeps a file with its usable public keys current.
//!
//! | file | concept |
//! |---|---|
//! | `public_keys` | what of an answer is written, judged by the core |
//! | `schedule` | when the next attempt starts |
//! | `metrics`, `metrics_server` | what Prometheus reads |
//! | `service` | the attempts, one or many, and their log lines |
//!
//! This folder may use the modules beside it, such as `issuer`, but not `commands`, which calls it. It contains no rule for keys:
//! the core judges each answer, and the text that is written is judged once more. Whatever arrives never replaces good keys by
//! nothing.

#[cfg(test)]
#[path = "../../tests/support/https.rs"]
mod https;
mod metrics;
mod metrics_server;
mod public_keys;
mod schedule;
mod service;

pub(crate) use schedule::parse_interval;
pub(crate) use service::{Repetition, Service};
