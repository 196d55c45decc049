//! A table of multiples of a point, in words of the caller's memory.
//!
//! It begins with a header of [`HEADER_WORDS`], whose first word identifies the content. The other words are unused; they
//! align points of 64 bytes to cache lines if the memory is aligned. The rows follow, each with the odd multiples of
//! 2^(row · spacing) times the point, in affine coordinates. The table contains no pointers, so it can be copied and shared.
//!
//! An attacker who can write to a table decides what is accepted, like one who can write to a key. The first word does not
//! protect from that; it detects memory that was not prepared, or was prepared for another purpose.

use core::marker::PhantomData;

use super::curve::Curve;
use super::layout::Layout;
use super::multiples::{point_words, row_words, write_rows};
use super::point::Affine;
use crate::Error;

/// A table that was prepared for a point of the curve `C`.
pub(super) struct Table<'memory, C> {
    rows: &'memory [u64],
    layout: Layout,
    curve: PhantomData<C>,
}

/// The kind of point whose multiples a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    BasePoint,
    Key,
}

/// The length of a table in words.
pub(super) const fn table_len<C: Curve>(layout: Layout) -> usize {
    rows::<C>(layout).saturating_mul(row_words::<C>(layout)).saturating_add(HEADER_WORDS)
}

impl<'memory, C: Curve> Table<'memory, C> {
    /// Writes the table of a point of the curve.
    pub(super) fn prepare(
        point: Affine<C::Field>,
        role: Role,
        layout: Layout,
        memory: &'memory mut [u64],
    ) -> Result<Self, Error> {
        let memory = memory.get_mut(..table_len::<C>(layout)).ok_or(Error::TableTooSmall)?;
        let (header, rows) = memory.split_at_mut_checked(HEADER_WORDS).ok_or(Error::TableTooSmall)?;
        let first = header.first_mut().ok_or(Error::TableTooSmall)?;
        write_rows::<C>(&point, layout, rows).ok_or(Error::TableTooSmall)?;
        *first = tag::<C>(role, layout);
        Ok(Self { rows, layout, curve: PhantomData })
    }

    /// Opens a table that was prepared earlier.
    #[inline(never)]
    pub(super) fn open(memory: &'memory [u64], role: Role) -> Result<Self, Error> {
        let first = memory.first();
        let is_of = |layout: &Layout| first == Some(&tag::<C>(role, *layout));
        let layout = Layout::ALL.into_iter().find(is_of).ok_or(Error::TableNotPrepared)?;
        let rows = memory.get(HEADER_WORDS..table_len::<C>(layout)).ok_or(Error::TableNotPrepared)?;
        Ok(Self { rows, layout, curve: PhantomData })
    }

    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    /// The words of the point at a place.
    #[inline(always)]
    pub(super) fn words(&self, place: usize) -> Option<&'memory [u64]> {
        self.rows.chunks_exact(point_words::<C>()).nth(place)
    }

    /// The point at a place.
    #[inline(always)]
    pub(super) fn point(&self, place: usize) -> Option<Affine<C::Field>> {
        Affine::load(self.words(place)?)
    }
}

impl<C> Clone for Table<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Table<'_, C> {}

/// Words before the first row: a cache line.
const HEADER_WORDS: usize = 8;

const fn rows<C: Curve>(layout: Layout) -> usize {
    layout.rows().count(C::BITS)
}

/// The first word of a table: a mark, and everything that the other words depend on.
const fn tag<C: Curve>(role: Role, layout: Layout) -> u64 {
    let role = match role {
        Role::BasePoint => b'G',
        Role::Key => b'Q',
    };
    let [bits_low, bits_high, ..] = C::BITS.to_le_bytes();
    let [spacing, ..] = layout.rows().spacing.to_le_bytes();
    let width = layout.rows().width;
    u64::from_le_bytes([b'c', FORMAT, role, bits_low, bits_high, spacing, width, 0])
}

/// Incremented when the meaning of a table's words changes.
const FORMAT: u8 = 3;

#[cfg(test)]
mod tests {
    use std::vec;

    use ecdsa::elliptic_curve::{
        CurveArithmetic, CurveGroup, FieldBytes, Group, ProjectivePoint, point::AffineCoordinates,
    };

    use super::*;
    use crate::signature::{
        ecdsa::{
            CompactP256,
            field::Field as _,
            library::{self, affine},
        },
        recoding::Digit,
    };

    /// Checks every entry against the multiple that the curve's crate computes.
    fn entries_are_multiples<C>()
    where
        C: Curve + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<C>>>,
    {
        let point = ProjectivePoint::<C>::generator().double() + ProjectivePoint::<C>::generator();
        for layout in Layout::ALL {
            let mut memory = vec![0; table_len::<C>(layout)];
            let table = Table::<C>::prepare(affine::<C>(&point.to_affine()), Role::Key, layout, &mut memory).unwrap();
            let mut row = point;
            for place in 0..rows::<C>(layout) * layout.rows().multiples() {
                let (bits, multiple) =
                    (place / layout.rows().multiples() * layout.rows().spacing, place % layout.rows().multiples());
                let digit = Digit { value: -(2 * multiple as i8 + 1), exponent: bits as u16 };
                assert_eq!(layout.rows().place(digit), (place, 0));
                let mut expected = row;
                for _ in 0..multiple {
                    expected += row.double();
                }
                let expected = expected.to_affine();
                let entry = table.point(place).unwrap();
                for (element, coordinate) in [(entry.x, expected.x()), (entry.y, expected.y())] {
                    let mut bytes = element.to_integer().to_le_bytes::<66>();
                    bytes.reverse();
                    assert!(bytes.ends_with(&coordinate), "{layout:?} {place}");
                }
                if multiple + 1 == layout.rows().multiples() {
                    (0..layout.rows().spacing).for_each(|_| row = row.double());
                }
            }
            assert!(table.point(rows::<C>(layout) * layout.rows().multiples()).is_none());
        }
    }

    #[test]
    fn entries_on_p256_are_multiples() {
        entries_are_multiples::<p256::NistP256>();
    }

    #[test]
    fn entries_on_p384_are_multiples() {
        entries_are_multiples::<p384::NistP384>();
    }

    #[test]
    fn entries_on_p521_are_multiples() {
        entries_are_multiples::<p521::NistP521>();
    }

    #[test]
    fn machines_of_both_word_sizes_write_the_same_table_of_p256() {
        let point = ProjectivePoint::<p256::NistP256>::generator().double().to_affine();
        let coordinates = library::coordinates::<p256::NistP256>(&point);
        for layout in Layout::ALL {
            let mut tables = [(); 2].map(|()| vec![0; table_len::<CompactP256>(layout)]);
            let [wide, narrow] = &mut tables;
            let of_wide = Affine::from_coordinates(&coordinates);
            Table::<p256::NistP256>::prepare(of_wide, Role::Key, layout, wide).unwrap();
            let of_narrow = Affine::from_coordinates(&coordinates);
            Table::<CompactP256>::prepare(of_narrow, Role::Key, layout, narrow).unwrap();
            assert_eq!(wide, narrow);
        }
    }

    #[test]
    fn the_highest_digit_has_a_place() {
        for layout in Layout::ALL {
            let mut memory = vec![0; table_len::<p256::NistP256>(layout)];
            memory[0] = tag::<p256::NistP256>(Role::Key, layout);
            let table = Table::<p256::NistP256>::open(&memory, Role::Key).unwrap();
            let value = ((1_u8 << (layout.rows().width - 1)) - 1).cast_signed();
            let (place, shift) = layout.rows().place(Digit { value, exponent: 255 });
            assert_eq!(shift, 255 % layout.rows().spacing);
            assert!(table.point(place).is_some());
            // All of them fit the schedule's 14 bits, on the widest curve too.
            assert!(rows::<p521::NistP521>(layout) * layout.rows().multiples() < (1 << 14) - 1);
        }
    }
}
