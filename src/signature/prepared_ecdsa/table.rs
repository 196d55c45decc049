//! A table of multiples of a point, in the caller's memory as words.
//!
//! In front is a header of [`HEADER_WORDS`], whose first word says what follows; the others are free, so that points of 64
//! bytes keep to cache lines where the memory does. Row after row follows, each with the odd multiples of 2^(row · spacing)
//! times the point, in affine coordinates. There are no pointers in it: it can be copied and shared as it is.
//!
//! Whoever can write a table decides what is accepted, as whoever can write a key does. The first word is no protection from
//! that; it tells memory that was never prepared, or for something else.

use core::marker::PhantomData;

use super::curve::Curve;
use super::field::Field;
use super::geometry::Geometry;
use super::multiples::write_row;
use super::point::Affine;
use super::recoding::Digit;
use crate::Error;

/// A table that was prepared for a point of `Curve`.
pub(super) struct Table<'memory, Curve> {
    rows: &'memory [u64],
    geometry: Geometry,
    curve: PhantomData<Curve>,
}

/// Whose multiples a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    BasePoint,
    Key,
}

/// Words of a table.
pub(super) const fn table_len<C: Curve>(geometry: Geometry) -> usize {
    rows::<C>(geometry).saturating_mul(row_words::<C>(geometry)).saturating_add(HEADER_WORDS)
}

impl<'memory, C: Curve> Table<'memory, C> {
    /// Writes the table of a point of the curve.
    pub(super) fn prepare(
        point: Affine<C::Field>,
        role: Role,
        geometry: Geometry,
        memory: &'memory mut [u64],
    ) -> Result<Self, Error> {
        let memory = memory.get_mut(..table_len::<C>(geometry)).ok_or(Error::TableTooSmall)?;
        let (header, rows) = memory.split_at_mut_checked(HEADER_WORDS).ok_or(Error::TableTooSmall)?;
        let first = header.first_mut().ok_or(Error::TableTooSmall)?;
        let mut base = point;
        for row in rows.chunks_exact_mut(row_words::<C>(geometry)) {
            base = write_row::<C>(&base, geometry, row).ok_or(Error::TableTooSmall)?;
        }
        *first = tag::<C>(role, geometry);
        Ok(Self { rows, geometry, curve: PhantomData })
    }

    /// Finds a table that was prepared before.
    pub(super) fn open(memory: &'memory [u64], role: Role) -> Result<Self, Error> {
        let first = memory.first();
        let is_of = |geometry: &Geometry| first == Some(&tag::<C>(role, *geometry));
        let geometry = Geometry::ALL.into_iter().find(is_of).ok_or(Error::TableNotPrepared)?;
        let rows = memory.get(HEADER_WORDS..table_len::<C>(geometry)).ok_or(Error::TableNotPrepared)?;
        Ok(Self { rows, geometry, curve: PhantomData })
    }

    pub(super) const fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Where in the table the multiple is that a digit says, but for its sign, and by how many doublings it has to follow.
    pub(super) fn place(&self, digit: Digit) -> (usize, usize) {
        let spacing = self.geometry.spacing();
        let (row, shift) = (digit.exponent.wrapping_div(spacing), digit.exponent.wrapping_rem(spacing));
        let multiple = usize::from(digit.value.unsigned_abs() >> 1);
        (row.wrapping_mul(self.geometry.multiples()).wrapping_add(multiple), shift)
    }

    /// The point at a place.
    #[inline(always)]
    pub(super) fn point(&self, place: usize) -> Option<Affine<C::Field>> {
        Affine::load(self.rows.chunks_exact(point_words::<C>()).nth(place)?)
    }
}

impl<Curve> Clone for Table<'_, Curve> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Curve> Copy for Table<'_, Curve> {}

/// Words in front of the first row: eight make a cache line.
const HEADER_WORDS: usize = 8;

/// A digit of each power of two below 2^BITS has its row.
const fn rows<C: Curve>(geometry: Geometry) -> usize {
    C::BITS.div_ceil(geometry.spacing())
}

const fn row_words<C: Curve>(geometry: Geometry) -> usize {
    geometry.multiples().saturating_mul(point_words::<C>())
}

pub(super) const fn point_words<C: Curve>() -> usize {
    <C::Field as Field>::WORDS.saturating_mul(2)
}

/// The first word of a table: a mark, and all that the words behind it depend on.
const fn tag<C: Curve>(role: Role, geometry: Geometry) -> u64 {
    let role = match role {
        Role::BasePoint => b'G',
        Role::Key => b'Q',
    };
    let [bits_low, bits_high, ..] = C::BITS.to_le_bytes();
    let [spacing, ..] = geometry.spacing().to_le_bytes();
    let [width, ..] = geometry.width().to_le_bytes();
    let [limb_bits, ..] = usize::BITS.to_le_bytes();
    u64::from_le_bytes([b'c', FORMAT, role, bits_low, bits_high, spacing, width, limb_bits])
}

/// Grows with whatever changes the meaning of a table's words.
const FORMAT: u8 = 1;
