//! Public keys and their signatures (RFC 7518 §3, RFC 8037 §3.1): the one place that matches on the kind of a key.
//!
//! [`PublicKey`] verifies with the key alone or with [`Tables`] prepared from it; both give the same verdicts. `ecdsa/`,
//! `ed25519/` and `rsa/` each hold one kind of key, and look alike: `mod.rs` the plain key, `prepared.rs` the same key with a
//! table, the other files the arithmetic. `proved/` has the arithmetic of their fields and blocks, `recoding` and `schedule`
//! choose what ECDSA and Ed25519 add, and `integer`, `division` and `inverse` divide.
//!
//! This folder imports errors and limits only. It must not know JSON, JWKs or `alg`: [`jose`](crate::jose) reads a key's
//! members and maps an `alg` to a [`Scheme`]. Keys, messages and signatures are all public, so nothing here is constant time.

pub mod ecdsa;
pub mod ed25519;
pub mod rsa;

mod division;
mod geometry;
mod hash;
mod integer;
mod inverse;
mod proved;
mod recoding;
mod schedule;

use sha2::{Digest, Sha256};

pub(crate) use self::ecdsa::NamedCurve;
pub use self::geometry::Geometry;
pub use self::hash::{Hash, Message};
use self::{
    ecdsa::{BasePoint, Curve, Layout, P256Key, P384Key, P521Key, PreparedKey},
    ed25519::Ed25519Key,
    rsa::RsaKey,
};
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

/// The tables that a prepared key verifies with.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'memory> {
    pub(crate) geometry: Geometry,
    /// The table of the key itself.
    pub(crate) key: &'memory [u64],
    /// The table of the curve's base point, for an ECDSA key; empty for others.
    pub(crate) base_point: &'memory [u64],
}

impl Scheme {
    /// The message to verify, hashed once for all keys. Ed25519 hashes the message together with the key.
    pub(crate) fn message(self, signed: &[u8]) -> Message<'_> {
        match self {
            Self::Ecdsa(curve) => Message::hashed(signed, curve.hash()),
            Self::RsaPkcs1(hash) | Self::RsaPss(hash) => Message::hashed(signed, hash),
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

    /// The length of the key's table, in words.
    pub(crate) fn table_len(&self, geometry: Geometry) -> usize {
        match self {
            Self::P256(_) => NamedCurve::P256.key_table_len(geometry),
            Self::P384(_) => NamedCurve::P384.key_table_len(geometry),
            Self::P521(_) => NamedCurve::P521.key_table_len(geometry),
            Self::Ed25519(_) => ed25519::table_len(geometry),
            Self::Rsa(key) => key.table_len(),
        }
    }

    /// Fills the key's table.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if `table` is shorter than [`table_len`](Self::table_len).
    pub(crate) fn prepare(&self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        let layout = Layout::of_key(geometry);
        match self {
            Self::P256(key) => PreparedKey::prepare(key, layout, table).map(|_| ()),
            Self::P384(key) => PreparedKey::prepare(key, layout, table).map(|_| ()),
            Self::P521(key) => PreparedKey::prepare(key, layout, table).map(|_| ()),
            Self::Ed25519(key) => key.prepare(geometry, table),
            Self::Rsa(key) => key.prepare(table),
        }
    }

    /// Verifies `signature` over `message`, with the key's tables if it is prepared.
    ///
    /// # Errors
    /// [`Error::KeyUnsuited`] if the key does not [fit](Self::fits) the scheme; [`Error::SignatureLength`] and
    /// [`Error::SignatureInvalid`]; [`Error::TableNotPrepared`] and [`Error::TableTooSmall`] for unsuitable tables.
    pub(crate) fn verify(
        &self,
        tables: Option<Tables<'_>>,
        scheme: Scheme,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        if !self.fits(scheme) {
            return Err(Error::KeyUnsuited);
        }
        match (self, tables) {
            (Self::P256(key), None) => key.verify(message, signature),
            (Self::P384(key), None) => key.verify(message, signature),
            (Self::P521(key), None) => key.verify(message, signature),
            (Self::Ed25519(key), None) => key.verify(message.bytes(), signature),
            (Self::P256(_), Some(tables)) => verify_prepared::<p256::NistP256>(tables, message, signature),
            (Self::P384(_), Some(tables)) => verify_prepared::<p384::NistP384>(tables, message, signature),
            (Self::P521(_), Some(tables)) => verify_prepared::<p521::NistP521>(tables, message, signature),
            (Self::Ed25519(key), Some(tables)) => {
                key.verify_prepared(tables.geometry, tables.key, message.bytes(), signature)
            }
            (Self::Rsa(key), tables) => verify_rsa(key, tables, scheme, message, signature),
        }
    }
}

#[inline(never)]
fn verify_prepared<C: Curve>(tables: Tables<'_>, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
    PreparedKey::<C>::from_table(tables.key)?.verify(&BasePoint::from_table(tables.base_point)?, message, signature)
}

#[inline(never)]
fn verify_rsa(
    key: &RsaKey,
    tables: Option<Tables<'_>>,
    scheme: Scheme,
    message: &Message<'_>,
    signature: &[u8],
) -> Result<(), Error> {
    match (scheme, tables) {
        (Scheme::RsaPkcs1(hash), None) => key.verify_pkcs1_v15(hash, message, signature),
        (Scheme::RsaPkcs1(hash), Some(tables)) => key.verify_pkcs1_v15_prepared(tables.key, hash, message, signature),
        (Scheme::RsaPss(hash), None) => key.verify_pss(hash, message, signature),
        (Scheme::RsaPss(hash), Some(tables)) => key.verify_pss_prepared(tables.key, hash, message, signature),
        (Scheme::Ecdsa(_) | Scheme::Ed25519, _) => Err(Error::KeyUnsuited),
    }
}
