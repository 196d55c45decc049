//! The subcommands, one file each: their options, help texts and output.
//!
//! A subcommand may use every other module of the command. `refusals` judges tokens for `inspect`. Verdicts come from the
//! core: no rule for tokens, keys or certificates is implemented here.

mod client_auth;
mod completions;
mod inspect;
mod introspection;
mod keys;
mod manual;
mod probe;
mod refusals;
mod sync;
mod tables;
mod thumbprint;
mod verify;

pub(crate) use client_auth::ClientAuth;
pub(crate) use completions::Completions;
pub(crate) use inspect::Inspect;
pub(crate) use introspection::Introspection;
pub(crate) use keys::Keys;
pub(crate) use manual::Manual;
pub(crate) use probe::Probe;
pub(crate) use sync::Sync;
pub(crate) use tables::Tables;
pub(crate) use thumbprint::Thumbprint;
pub(crate) use verify::Verify;
