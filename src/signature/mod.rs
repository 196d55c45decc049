//! The signature algorithms of a JWS (RFC 7518 §3, RFC 8037 §3.1): public keys, and whether a signature is by one.
//!
//! Everything here is public, the keys, the messages and the signatures, so nothing hides its timing.
//! The algorithm is fixed by the key's type: which `alg` a token names is judged above, before a key is asked.

mod division;
pub mod ecdsa;
pub mod ed25519;
mod geometry;
mod hash;
mod integer;
pub mod prepared_ecdsa;
pub mod rsa;

pub use geometry::Geometry;
pub use hash::{Hash, Message};
