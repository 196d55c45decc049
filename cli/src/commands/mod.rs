//! The subcommands, one a file.

mod client_auth;
mod inspect;
mod introspection;
mod keys;
mod refusals;
mod thumbprint;
mod verify;

pub(crate) use client_auth::ClientAuth;
pub(crate) use inspect::Inspect;
pub(crate) use introspection::Introspection;
pub(crate) use keys::Keys;
pub(crate) use thumbprint::Thumbprint;
pub(crate) use verify::Verify;
