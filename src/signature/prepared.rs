//! Keys with tables, of every kind.

use super::{
    Ed25519Key, Geometry, Message, NamedCurve, P256Key, P384Key, P521Key, PublicKey, RsaKey, Scheme, tables::Tables,
};
use crate::Error;

impl NamedCurve {
    /// The length of the base point's table, in words.
    pub(crate) const fn base_point_table_len(self, geometry: Geometry) -> usize {
        match self {
            Self::P256 => P256Key::base_point_table_len(geometry),
            Self::P384 => P384Key::base_point_table_len(geometry),
            Self::P521 => P521Key::base_point_table_len(geometry),
        }
    }

    /// Fills the base point's table.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`base_point_table_len`](Self::base_point_table_len) returns.
    pub(crate) fn prepare_base_point(self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        match self {
            Self::P256 => P256Key::prepare_base_point(geometry, table),
            Self::P384 => P384Key::prepare_base_point(geometry, table),
            Self::P521 => P521Key::prepare_base_point(geometry, table),
        }
    }
}

impl PublicKey {
    /// The length of the longest table of a key of any kind, in words.
    pub(crate) const fn table_len_max(geometry: Geometry) -> usize {
        let lengths = [
            P256Key::table_len(geometry),
            P384Key::table_len(geometry),
            P521Key::table_len(geometry),
            Ed25519Key::table_len(geometry),
            RsaKey::TABLE_LEN_MAX,
        ];
        let (mut longest, mut rest): (usize, &[usize]) = (0, &lengths);
        while let [length, others @ ..] = rest {
            if *length > longest {
                longest = *length;
            }
            rest = others;
        }
        longest
    }

    /// The length of the key's table, in words.
    pub(crate) fn table_len(&self, geometry: Geometry) -> usize {
        match self {
            Self::P256(_) => P256Key::table_len(geometry),
            Self::P384(_) => P384Key::table_len(geometry),
            Self::P521(_) => P521Key::table_len(geometry),
            Self::Ed25519(_) => Ed25519Key::table_len(geometry),
            Self::Rsa(key) => key.table_len(),
        }
    }

    /// Fills the key's table.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if `table` is shorter than [`table_len`](Self::table_len).
    pub(crate) fn prepare(&self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        match self {
            Self::P256(key) => key.prepare(geometry, table),
            Self::P384(key) => key.prepare(geometry, table),
            Self::P521(key) => key.prepare(geometry, table),
            Self::Ed25519(key) => key.prepare(geometry, table),
            Self::Rsa(key) => key.prepare(table),
        }
    }

    /// Verifies like [`verify_plain`](Self::verify_plain), with the key's tables.
    ///
    /// # Errors
    /// Those of [`verify_plain`](Self::verify_plain); [`Error::TableNotPrepared`] and [`Error::TableTooSmall`] for unsuitable
    /// tables.
    pub(super) fn verify_prepared(
        &self,
        tables: Tables<'_>,
        scheme: Scheme,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        let of_curve = [tables.base_point, tables.key];
        match (self, scheme) {
            (Self::P256(_), Scheme::Ecdsa(NamedCurve::P256)) => P256Key::verify_prepared(of_curve, message, signature),
            (Self::P384(_), Scheme::Ecdsa(NamedCurve::P384)) => P384Key::verify_prepared(of_curve, message, signature),
            (Self::P521(_), Scheme::Ecdsa(NamedCurve::P521)) => P521Key::verify_prepared(of_curve, message, signature),
            (Self::Ed25519(key), Scheme::Ed25519) => {
                key.verify_prepared(tables.geometry, tables.key, message.bytes(), signature)
            }
            (Self::Rsa(key), Scheme::RsaPkcs1(hash)) => {
                key.verify_pkcs1_v15_prepared(tables.key, hash, message, signature)
            }
            (Self::Rsa(key), Scheme::RsaPss(hash)) => key.verify_pss_prepared(tables.key, hash, message, signature),
            _ => Err(Error::KeyUnsuited),
        }
    }
}
