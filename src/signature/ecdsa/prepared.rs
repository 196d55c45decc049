//! ECDSA with prepared keys: ES256, ES384 and ES512 for a verifier that sees the same few keys repeatedly.
//!
//! A table of multiples of a key saves most of the doublings and many of the additions of u1·G + u2·Q. It is in the caller's
//! memory; its [layout](Layout) determines its size. The base point G has one table for each curve, which all keys on the
//! curve share. It is computed like a key's table rather than linked in, so that a program without prepared keys contains no
//! table, and so that its size can be chosen.
//!
//! **For public data only.** Nothing here is constant time. The module accepts no secrets: its inputs are a public key, a
//! message and a signature, and it exports no function that multiplies a point.
//!
//! The claims that the code relies on, and where they are argued:
//!
//! | claim | where |
//! |---|---|
//! | any content of the memory is a field element | `field` |
//! | numbers modulo n and p stay within their limbs, and divisions end | `integer`, `division` |
//! | a scalar's digits have their places, and none is left over | `recoding` |
//! | each digit has a point in its table | `schedule` |
//! | points that are equal, opposite or at infinity are added correctly, or do not occur | `point`, `multiples` |
//! | r is compared with every possible x | `verification` |
//!
//! Verdicts are those of [`EcdsaKey`], which is the default and the tests' reference.

use sha2::digest::Output;

use super::{
    Curve, EcdsaKey, Layout,
    point::Affine,
    summation,
    table::{Role, Table, table_len},
    verification::{self, Factor},
};
use crate::{
    Error,
    signature::{Geometry, Message, schedule::Term},
};

/// The table of a curve's base point, for all keys on that curve.
#[derive(Clone, Copy)]
pub struct BasePoint<'table, C>(Table<'table, C>);

/// A public key with its table.
#[derive(Clone, Copy)]
pub struct PreparedKey<'table, C>(Table<'table, C>);

impl<'table, C: Curve> BasePoint<'table, C> {
    /// The number of words that [`prepare`](Self::prepare) needs.
    pub const fn table_len(layout: Layout) -> usize {
        table_len::<C>(layout)
    }

    /// Fills the table of the curve's base point.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`table_len`](Self::table_len) returns.
    pub fn prepare(layout: Layout, table: &'table mut [u64]) -> Result<Self, Error> {
        Table::prepare(Affine::from_coordinates(&C::BASE_POINT), Role::BasePoint, layout, table).map(Self)
    }

    /// Reads a table that was prepared earlier, by this version.
    ///
    /// # Errors
    /// [`Error::TableNotPrepared`] if the memory does not hold the table of this curve's base point.
    pub fn from_table(table: &'table [u64]) -> Result<Self, Error> {
        Table::open(table, Role::BasePoint).map(Self)
    }
}

impl<'table, C: Curve> PreparedKey<'table, C> {
    /// The number of words that [`prepare`](Self::prepare) needs.
    pub const fn table_len(layout: Layout) -> usize {
        table_len::<C>(layout)
    }

    /// Fills the table of a key. The key's type guarantees that it is a point of the curve.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`table_len`](Self::table_len) returns.
    pub fn prepare(key: &EcdsaKey<C>, layout: Layout, table: &'table mut [u64]) -> Result<Self, Error> {
        Table::prepare(Affine::from_coordinates(&key.coordinates()), Role::Key, layout, table).map(Self)
    }

    /// Reads a table that was prepared earlier, by this version.
    ///
    /// # Errors
    /// [`Error::TableNotPrepared`] if the memory does not hold the table of a key on this curve.
    pub fn from_table(table: &'table [u64]) -> Result<Self, Error> {
        Table::open(table, Role::Key).map(Self)
    }

    /// Verifies `signature` over `message`, with the verdict of [`EcdsaKey::verify`].
    ///
    /// # Errors
    /// Those of [`EcdsaKey::verify`].
    #[inline]
    pub fn verify(&self, base: &BasePoint<'_, C>, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        self.verify_hash(base, &message.output::<C::Digest>(), signature)
    }

    /// Like [`verify`](Self::verify), for a message with this hash value.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_hash(
        &self,
        base: &BasePoint<'_, C>,
        hash: &Output<C::Digest>,
        signature: &[u8],
    ) -> Result<(), Error> {
        verification::verify::<C>(hash, signature, |[of_base, of_key], sum| {
            summation::add([&base.0, &self.0], &[term(&base.0, of_base), term(&self.0, of_key)], sum)
        })
    }
}

/// A factor of a table's point, as a term of the sum.
fn term<'factor, C: Curve>(table: &Table<'_, C>, factor: &'factor Factor<C::Limbs>) -> Term<'factor, C::Limbs> {
    Term { rows: table.layout().rows(), scalar: &factor.scalar, is_negated: factor.is_negated }
}

/// Tables of a key and of its curve's base point, for a geometry.
impl<C: Curve> EcdsaKey<C> {
    /// The length of a key's table, in words.
    pub const fn table_len(geometry: Geometry) -> usize {
        PreparedKey::<C>::table_len(Layout::of_key(geometry))
    }

    /// The length of the base point's table, in words.
    pub const fn base_point_table_len(geometry: Geometry) -> usize {
        BasePoint::<C>::table_len(Layout::of_base_point(geometry))
    }

    /// Fills the key's table.
    pub(in crate::signature) fn prepare(&self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        PreparedKey::prepare(self, Layout::of_key(geometry), table).map(|_| ())
    }

    /// Fills the base point's table.
    pub(in crate::signature) fn prepare_base_point(geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        BasePoint::<C>::prepare(Layout::of_base_point(geometry), table).map(|_| ())
    }

    /// Verifies with the tables of the base point and of the key.
    #[inline(never)]
    pub(in crate::signature) fn verify_prepared(
        [base_point, key]: [&[u64]; 2],
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        PreparedKey::<C>::from_table(key)?.verify(&BasePoint::from_table(base_point)?, message, signature)
    }
}
