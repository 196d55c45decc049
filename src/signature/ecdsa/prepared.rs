//! ECDSA with prepared keys: ES256, ES384 and ES512 for a verifier that meets the same few keys again and again.
//!
//! A table of multiples of a key takes most of the doublings and many of the additions out of u1·G + u2·Q. It lies in the
//! caller's memory; its [layout](Layout) says how much that is. The base point G has a table of its own for each curve,
//! which all its keys share. It is filled like a key's rather than linked in, so that who prepares no key carries no table, and
//! its size can be chosen.
//!
//! **For public data only.** Nothing here hides its timing. Secrets have no way in: all that is taken is a public key,
//! a message and a signature, and no function that multiplies a point leaves this module.
//!
//! What the code relies on, and where it is argued:
//!
//! | claim | where |
//! |---|---|
//! | every field element is within fiat-crypto's bounds, whatever memory holds | `field` |
//! | numbers modulo n and p stay within their limbs, and divisions end | `integer`, `division` |
//! | a scalar's digits have their places, and none is left over | `recoding` |
//! | each digit has a point in its table | `table` |
//! | points that are equal, opposite or at infinity are added rightly, or not met | `point`, `summation`, `multiples` |
//! | r is compared with all that x may be | `verification` |
//!
//! The verdict is that of [`EcdsaKey`], which stays the default and is what tests compare with.

use ecdsa::elliptic_curve::{AffinePoint, group::CurveAffine, point::AffineCoordinates};
use sha2::digest::Output;

use super::{
    Curve, EcdsaKey, Layout,
    field::Field,
    point::Affine,
    table::{Role, Table, table_len},
    verification,
};
use crate::{
    Error,
    signature::{Message, integer::Integer},
};

/// The table of a curve's base point, for all keys on that curve.
#[derive(Clone, Copy)]
pub struct BasePoint<'table, C>(Table<'table, C>);

/// A public key with its table.
#[derive(Clone, Copy)]
pub struct PreparedKey<'table, C>(Table<'table, C>);

impl<'table, C: Curve> BasePoint<'table, C> {
    /// Words that [`prepare`](Self::prepare) takes.
    pub const fn table_len(layout: Layout) -> usize {
        table_len::<C>(layout)
    }

    /// Fills the table of the curve's base point.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] for fewer words than [`table_len`](Self::table_len) tells.
    pub fn prepare(layout: Layout, table: &'table mut [u64]) -> Result<Self, Error> {
        Table::prepare(coordinates::<C>(&AffinePoint::<C>::generator()), Role::BasePoint, layout, table).map(Self)
    }

    /// Takes a table that was prepared before, by this version on a machine of this word size.
    ///
    /// # Errors
    /// [`Error::TableNotPrepared`] for memory that holds no base point's table of this curve.
    pub fn from_table(table: &'table [u64]) -> Result<Self, Error> {
        Table::open(table, Role::BasePoint).map(Self)
    }
}

impl<'table, C: Curve> PreparedKey<'table, C> {
    /// Words that [`prepare`](Self::prepare) takes.
    pub const fn table_len(layout: Layout) -> usize {
        table_len::<C>(layout)
    }

    /// Fills the table of a key. That the key is a point of the curve, its type says.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] for fewer words than [`table_len`](Self::table_len) tells.
    pub fn prepare(key: &EcdsaKey<C>, layout: Layout, table: &'table mut [u64]) -> Result<Self, Error> {
        Table::prepare(coordinates::<C>(&key.to_affine()), Role::Key, layout, table).map(Self)
    }

    /// Takes a table that was prepared before, by this version on a machine of this word size.
    ///
    /// # Errors
    /// [`Error::TableNotPrepared`] for memory that holds no key's table of this curve.
    pub fn from_table(table: &'table [u64]) -> Result<Self, Error> {
        Table::open(table, Role::Key).map(Self)
    }

    /// Whether `signature`, r and s side by side, is by this key over `message`: as [`EcdsaKey::verify`] says.
    ///
    /// # Errors
    /// [`Error::SignatureLength`] for another length; [`Error::SignatureInvalid`] for one by another key or over
    /// another message, or whose r or s is not from 1 to the order less 1.
    #[inline]
    pub fn verify(&self, base: &BasePoint<'_, C>, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        self.verify_hash(base, &message.output::<C::Digest>(), signature)
    }

    /// Like [`verify`](Self::verify), over a message with that hash value.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_hash(
        &self,
        base: &BasePoint<'_, C>,
        hash: &Output<C::Digest>,
        signature: &[u8],
    ) -> Result<(), Error> {
        let (r, s) = signature.split_at_checked(C::BITS.div_ceil(8)).ok_or(Error::SignatureLength)?;
        if r.len() != s.len() {
            return Err(Error::SignatureLength);
        }
        let (hash, r, s) = (Integer::from_be_bytes(hash), Integer::from_be_bytes(r), Integer::from_be_bytes(s));
        verification::verify(&base.0, &self.0, hash, r, s).ok_or(Error::SignatureInvalid)
    }
}

/// The point as this module's fields have it.
pub(super) fn coordinates<C: Curve>(point: &AffinePoint<C>) -> Affine<C::Field> {
    let [x, y] = [point.x(), point.y()].map(|coordinate| C::Field::from_integer(&Integer::from_be_bytes(&coordinate)));
    Affine { x, y }
}
