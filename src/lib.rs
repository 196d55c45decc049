//! Placeholder story; see the README.
#![no_std]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[cfg(test)]
#[macro_use]
extern crate std;

mod error;
pub mod limits;
mod time;

mod base64url;
mod der;
mod signature;
mod thumbprint;
mod x509;

pub use error::{BearerResponse, Error};
pub use thumbprint::{Thumbprint, X5tS256};
pub use time::UnixTime;
