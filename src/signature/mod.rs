//! Public keys and their signatures (RFC 7518 §3, RFC 8037 §3.1): the one place that matches on the kind of a key.
//!
//! [`PublicKey`] verifies with the key alone or with [`Tables`] prepared from it; both give the same verdicts. `ecdsa/`,
//! `ed25519/` and `rsa/` each hold one kind of key, and look alike: `mod.rs` the plain key, `prepared.rs` the same key with a
//! table, the other files the arithmetic. `proved/` has the arithmetic of their fields and blocks, `recoding` and `schedule`
//! choose what ECDSA and Ed25519 add, and `integer`, `division` and `inverse` divide.
//!
//! `accelerator` is the seam for hardware that verifies ES256.
//!
//! This file, `ecdsa/mod.rs` and the lists of algorithms (`jose::Algorithm::ALL`) and curves (`NamedCurve::ALL`) are the only ones
//! that depend on the algorithms of a build. `left_out` stands for the keys of the others.
//!
//! This folder imports errors and limits only. It must not know JSON, JWKs or `alg`: [`jose`](crate::jose) reads a key's
//! members and maps an `alg` to a [`Scheme`]. Keys, messages and signatures are all public, so nothing here is constant time.

#[cfg(any(feature = "es256", feature = "es384", feature = "es512"))]
pub mod ecdsa;
#[cfg(feature = "eddsa")]
pub mod ed25519;
#[cfg(feature = "rsa")]
pub mod rsa;

mod accelerator;
mod division;
mod file;
#[cfg(feature = "prepared")]
mod geometry;
mod hash;
mod integer;
mod inverse;
#[cfg(not(all(feature = "es256", feature = "es384", feature = "es512", feature = "eddsa", feature = "rsa")))]
mod left_out;
mod named_curve;
#[cfg(feature = "prepared")]
mod prepared;
mod proved;
mod recoding;
mod schedule;
mod tables;
#[cfg(not(feature = "prepared"))]
mod unprepared;

use sha2::{Digest, Sha256};

pub(crate) use self::accelerator::{Acceleration, NoAcceleration};
#[cfg(feature = "es256")]
pub use self::accelerator::{AcceleratorError, Es256Accelerator, P256PublicKey, TestedAccelerator};
#[cfg(feature = "es256")]
use self::ecdsa::P256Key;
#[cfg(feature = "es384")]
use self::ecdsa::P384Key;
#[cfg(feature = "es512")]
use self::ecdsa::P521Key;
#[cfg(feature = "eddsa")]
use self::ed25519::Ed25519Key;
#[cfg(feature = "prepared")]
pub use self::geometry::Geometry;
pub use self::hash::{Hash, Message};
#[cfg(not(feature = "es256"))]
use self::left_out::CurveLeftOut as P256Key;
#[cfg(not(feature = "es384"))]
use self::left_out::CurveLeftOut as P384Key;
#[cfg(not(feature = "es512"))]
use self::left_out::CurveLeftOut as P521Key;
#[cfg(not(feature = "eddsa"))]
use self::left_out::Ed25519LeftOut as Ed25519Key;
#[cfg(not(feature = "rsa"))]
use self::left_out::RsaLeftOut as RsaKey;
pub(crate) use self::named_curve::NamedCurve;
#[cfg(feature = "rsa")]
use self::rsa::RsaKey;
pub(crate) use self::tables::Tables;
use crate::Error;

/// A validated public key.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "keys are stored side by side, since there is no allocation")]
pub(crate) enum PublicKey {
    P256(P256Key),
    P384(P384Key),
    P521(P521Key),
    Ed25519(Ed25519Key),
    Rsa(RsaKey),
}

/// A signature algorithm. Its key must be of the right kind, and for ECDSA on the right curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// ECDSA on this curve, with its hash function.
    Ecdsa(NamedCurve),
    Ed25519,
    RsaPkcs1(Hash),
    /// With MGF1 of the same hash function, and a salt of its length.
    RsaPss(Hash),
}

impl Scheme {
    /// The message to verify, hashed once for all keys. Ed25519 hashes the message together with the key.
    pub(crate) fn message(self, signed: &[u8]) -> Message<'_> {
        match self {
            Self::Ecdsa(NamedCurve::P256) => P256Key::message(signed),
            Self::Ecdsa(NamedCurve::P384) => P384Key::message(signed),
            Self::Ecdsa(NamedCurve::P521) => P521Key::message(signed),
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) => RsaKey::message(hash, signed),
            Self::Ed25519 => Message::new(signed),
        }
    }
}

impl PublicKey {
    /// An ECDSA key, from coordinates in the form that a JWK has.
    ///
    /// # Errors
    /// Those of [`EcdsaKey::from_coordinates`](ecdsa::EcdsaKey::from_coordinates).
    pub(crate) fn from_coordinates(curve: NamedCurve, x: &[u8], y: &[u8]) -> Result<Self, Error> {
        match curve {
            NamedCurve::P256 => P256Key::from_coordinates(x, y).map(Self::P256),
            NamedCurve::P384 => P384Key::from_coordinates(x, y).map(Self::P384),
            NamedCurve::P521 => P521Key::from_coordinates(x, y).map(Self::P521),
        }
    }

    /// An Ed25519 key, from its encoded point.
    ///
    /// # Errors
    /// Those of [`Ed25519Key::from_bytes`].
    pub(crate) fn ed25519(encoded: &[u8]) -> Result<Self, Error> {
        Ed25519Key::from_bytes(encoded).map(Self::Ed25519)
    }

    /// An RSA key, from big-endian numbers without leading zeros.
    ///
    /// # Errors
    /// Those of [`RsaKey::new`].
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, Error> {
        RsaKey::new(modulus, exponent).map(Self::Rsa)
    }

    /// The key type, with the curve if there is one.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::P256(_) => "EC P-256",
            Self::P384(_) => "EC P-384",
            Self::P521(_) => "EC P-521",
            Self::Ed25519(_) => "OKP Ed25519",
            Self::Rsa(_) => "RSA",
        }
    }

    /// The curve of an ECDSA key.
    pub(crate) const fn curve(&self) -> Option<NamedCurve> {
        match self {
            Self::P256(_) => Some(NamedCurve::P256),
            Self::P384(_) => Some(NamedCurve::P384),
            Self::P521(_) => Some(NamedCurve::P521),
            Self::Ed25519(_) | Self::Rsa(_) => None,
        }
    }

    /// Whether the key can make signatures of this scheme.
    pub(crate) fn fits(&self, scheme: Scheme) -> bool {
        match scheme {
            Scheme::Ecdsa(curve) => self.curve() == Some(curve),
            Scheme::Ed25519 => matches!(self, Self::Ed25519(_)),
            Scheme::RsaPkcs1(_) | Scheme::RsaPss(_) => matches!(self, Self::Rsa(_)),
        }
    }

    /// A SHA-256 value of the kind of key and its numbers, which identifies the key's table.
    // Not inlined, so that the hash function's state is off the stack when the key is read.
    #[inline(never)]
    pub(crate) fn identity(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(self.kind());
        match self {
            Self::P256(key) => key.hash_to(&mut hash),
            Self::P384(key) => key.hash_to(&mut hash),
            Self::P521(key) => key.hash_to(&mut hash),
            Self::Ed25519(key) => key.hash_to(&mut hash),
            Self::Rsa(key) => key.hash_to(&mut hash),
        }
        hash.finalize().into()
    }

    /// Verifies `signature` over `message`, by the accelerator if it has a verdict, or with the key's tables if it is prepared.
    ///
    /// # Errors
    /// [`Error::KeyUnsuited`] if the key does not [fit](Self::fits) the scheme; [`Error::SignatureLength`] and
    /// [`Error::SignatureInvalid`]; [`Error::TableNotPrepared`] and [`Error::TableTooSmall`] for unsuitable tables.
    pub(crate) fn verify(
        &self,
        accelerator: &mut impl Acceleration,
        tables: Option<Tables<'_>>,
        scheme: Scheme,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        if let (Self::P256(key), Scheme::Ecdsa(NamedCurve::P256)) = (self, scheme) {
            let operands = || (key.operand(), message.output::<Sha256>().into());
            if let Some(verdict) = accelerator.verify_es256(operands, signature) {
                return verdict;
            }
        }
        match tables {
            None => self.verify_plain(scheme, message, signature),
            Some(tables) => self.verify_prepared(tables, scheme, message, signature),
        }
    }

    fn verify_plain(&self, scheme: Scheme, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        match (self, scheme) {
            (Self::P256(key), Scheme::Ecdsa(NamedCurve::P256)) => key.verify(message, signature),
            (Self::P384(key), Scheme::Ecdsa(NamedCurve::P384)) => key.verify(message, signature),
            (Self::P521(key), Scheme::Ecdsa(NamedCurve::P521)) => key.verify(message, signature),
            (Self::Ed25519(key), Scheme::Ed25519) => key.verify(message.bytes(), signature),
            (Self::Rsa(key), Scheme::RsaPkcs1(hash)) => key.verify_pkcs1_v15(hash, message, signature),
            (Self::Rsa(key), Scheme::RsaPss(hash)) => key.verify_pss(hash, message, signature),
            _ => Err(Error::KeyUnsuited),
        }
    }
}
