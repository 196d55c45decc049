//! Placeholder story; see the README.
#![no_std]
#![forbid(unsafe_code)]
// What the internals open, nobody reaches while they are closed.
#![cfg_attr(not(feature = "internals"), allow(unreachable_pub))]
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

pub mod limits;

mod base64url;
mod claims;
mod client_authentication;
mod confirmation;
mod der;
mod error;
mod introspection;
mod jose;
mod json;
mod policy;
mod scratch;
mod signature;
mod thumbprint;
mod time;
mod verifier;
mod x509;

pub use claims::{Claim, ClaimSet};
pub use client_authentication::{AuthenticationMethod, ClientMetadata, client_metadata_scratch_len};
pub use confirmation::Confirmation;
pub use error::{BearerResponse, Error};
pub use introspection::{Introspection, introspection_scratch_len};
pub use jose::{Algorithm, Key, KeySet, PassedOver, TokenType};
pub use policy::{Binding, Policy};
pub use scratch::scratch_len;
pub use thumbprint::{Thumbprint, X5tS256};
pub use time::UnixTime;
pub use verifier::{Verified, Verifier};
pub use x509::{AlternativeName, AlternativeNames, Certificate, DistinguishedName, Name, SubjectPublicKeyInfo};

/// What lies below the public API, for this project's own tests, fuzz targets and panic proof. Not part of the public API.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    pub use crate::jose::Header;

    pub mod base64url {
        //! Unpadded canonical base64url.
        pub use crate::base64url::decode;
    }

    pub mod confirmation {
        //! The binding rule.
        pub use crate::confirmation::check;
    }

    pub mod json {
        //! The strict JSON reader.
        pub use crate::json::{Array, Number, Object, Text, Value, read, resolve_escapes};
    }

    pub mod signature {
        //! Public keys and their signatures.
        pub use crate::signature::{Hash, ecdsa, ed25519, rsa};
    }
}
