//! Verifies OAuth 2.0 certificate-bound access tokens (RFC 8705), without allocation and without panics in its own
//! code.
//!
//! A bearer token is like cash: anyone who finds it can spend it. A certificate-bound token carries the SHA-256
//! thumbprint of one client certificate in `cnf`. A resource server accepts the token only over a mutual TLS connection
//! that was made with this certificate.
//!
//! ```
//! use certbound::{Error, KeySet, Policy, Thumbprint, UnixTime, Verifier, scratch_len};
//!
//! # let jwks = include_bytes!("../examples/quick_start/jwks.json");
//! # let token = include_str!("../examples/quick_start/token.jwt").trim_end().as_bytes();
//! # let presented = "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA";
//! // Once: the issuer's keys, and what this server requires of a token.
//! let keys = KeySet::<8>::from_jwks(jwks)?;
//! let policy = Policy::new("https://as.example", &["https://api.example"]);
//! let verifier = Verifier::new(policy, &keys);
//!
//! // For each request: the token, the certificate of this connection, and the time.
//! let certificate = Thumbprint::from_x5t_s256(presented)?;
//! let now = UnixTime::from_seconds(1_800_000_000);
//! let mut scratch = [0; scratch_len(1024)];
//! let accepted = verifier.verify(token, Some(&certificate), now, &mut scratch)?;
//! assert_eq!(accepted.client_id(), Some("server-a"));
//!
//! let thief = Thumbprint::of_der(b"another certificate");
//! let stolen = verifier.verify(token, Some(&thief), now, &mut scratch);
//! assert_eq!(stolen.unwrap_err(), Error::CertificateMismatch);
//! # Ok::<(), Error>(())
//! ```
//!
//! | in | question | types |
//! |---|---|---|
//! | a resource server | Is this token valid on this connection? | [`Verifier`], [`Policy`], [`KeySet`] |
//! | | the same, with tables that speed up signatures | [`PreparedKeys`], [`Geometry`] |
//! | | the same, with a board's accelerator for ES256 | [`TestedAccelerator`], [`Es256Accelerator`] |
//! | | the same, with a cache of accepted tokens | [`CachedVerifier`] |
//! | | the same, for an introspection response | [`Introspection`] |
//! | a token service | Does this certificate authenticate the client? | [`ClientMetadata`] |
//! | | What goes into the token's `cnf`? | [`Confirmation`] |
//! | a TLS terminator | Which certificate is this? | [`Certificate`], [`Thumbprint`] |
//! | a server behind one | Which certificate is in this header? | [`Thumbprint::from_forwarded`] |
//!
//! Every rejection is an [`Error`] with a stable number and name. Its text says what was found, what was expected and
//! what to change; [`Error::bearer_response`] is the answer for the client. [`limits`] bounds the work for hostile
//! input.
//!
//! Cargo features leave parts out, for boards: `es256`, `es384`, `es512`, `eddsa` and `rsa` are the kinds of keys; `prepared`,
//! `cache`, `introspection`, `client-authentication` and `certificate-names` are what their names say. The default is `full`, all
//! of them.
//!
//! The crate does not check a certificate's chain, validity or revocation. The TLS terminator does.

#![no_std]
#![forbid(unsafe_code)]
// Without the `internals` feature these items are unreachable.
#![cfg_attr(not(all(feature = "internals", feature = "full")), allow(unreachable_pub))]
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
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::string_slice))]
// A build with less than all features contains shared code that nothing in it calls. It is not linked.
#![cfg_attr(not(feature = "full"), allow(dead_code, unused_imports))]

#[cfg(test)]
#[macro_use]
extern crate std;

// Unit tests of shared code use the keys of all algorithms. `tests/features` is for the other builds.
#[cfg(all(test, not(feature = "full")))]
compile_error!("unit tests need the feature `full`; `cargo test --test features` tests a build with some parts");

pub mod ffi_support;
pub mod limits;

mod accepted;
mod base64;
mod base64url;
mod bearer_response;
#[cfg(feature = "cache")]
mod cache_sets;
#[cfg(feature = "cache")]
mod cached_verifier;
mod claims;
#[cfg(feature = "client-authentication")]
mod client_authentication;
mod confirmation;
mod der;
mod error;
mod forwarded;
mod hex;
#[cfg(feature = "introspection")]
mod introspection;
#[cfg(all(feature = "cache", feature = "introspection"))]
mod introspection_cache;
mod jose;
mod json;
mod policy;
mod scratch;
mod signature;
mod thumbprint;
mod time;
#[cfg(feature = "cache")]
mod token_cache;
mod verifier;
mod words;
mod x509;

pub use accepted::Accepted;
pub use bearer_response::BearerResponse;
#[cfg(feature = "cache")]
pub use cached_verifier::CachedVerifier;
pub use claims::{Claim, ClaimSet};
#[cfg(feature = "client-authentication")]
pub use client_authentication::{AuthenticationMethod, Chain, ClientMetadata, client_metadata_scratch_len};
pub use confirmation::Confirmation;
pub use error::Error;
pub use forwarded::{ForwardedFormat, forwarded_scratch_len};
#[cfg(feature = "introspection")]
pub use introspection::{Introspection, introspection_scratch_len};
#[cfg(all(feature = "cache", feature = "introspection"))]
pub use introspection_cache::{IntrospectionCache, IntrospectionSlot};
#[cfg(feature = "prepared")]
pub use jose::PreparedKeys;
pub use jose::{Algorithm, Key, KeySet, PassedOver, TokenType, TrustedIssuer};
pub use policy::{Binding, Policy};
pub use scratch::scratch_len;
#[cfg(feature = "prepared")]
pub use signature::Geometry;
#[cfg(feature = "es256")]
pub use signature::{AcceleratorError, Es256Accelerator, P256PublicKey, TestedAccelerator};
pub use thumbprint::{Thumbprint, X5tS256};
pub use time::UnixTime;
#[cfg(feature = "cache")]
pub use token_cache::{CacheSlot, CacheStatistics};
pub use verifier::{Verified, Verifier};
#[cfg(feature = "certificate-names")]
pub use x509::DistinguishedName;
pub use x509::{AlternativeName, AlternativeNames, Certificate, Name, SubjectPublicKeyInfo};

/// The examples of the guide, tested.
#[cfg(doctest)]
#[doc = include_str!("../docs/rust.md")]
struct Guide;

/// Internal readers for this project's tests, fuzz targets and panic proof. Not part of the public API.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    pub use crate::jose::Header;

    pub mod base64url {
        //! Unpadded canonical base64url.
        pub use crate::base64url::decode;
    }

    pub mod claims {
        //! Times in claims.
        pub use crate::claims::unix_time;
    }

    pub mod confirmation {
        //! The binding rule.
        pub use crate::confirmation::check;
    }

    pub mod json {
        //! The strict JSON reader.
        pub use crate::json::{Array, Number, Object, Text, Value, read};
    }

    pub mod signature {
        //! Public keys and their signatures.
        #[cfg(any(feature = "es256", feature = "es384", feature = "es512"))]
        pub use crate::signature::ecdsa;
        #[cfg(feature = "eddsa")]
        pub use crate::signature::ed25519;
        #[cfg(feature = "rsa")]
        pub use crate::signature::rsa;
        pub use crate::signature::{Hash, Message};
    }
}
