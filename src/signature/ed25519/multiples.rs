//! Sums of multiples of two points, by tables that replace most of the doublings.
//!
//! Scalars are in w-NAF, and a table has rows of odd multiples ([`Rows`]), as for ECDSA. The addition law has no exceptions, so any
//! points can be added in any order.

use super::{
    field::{Arithmetic, Element},
    point::{ADDEND_WORDS, Addend, Point},
};
use crate::signature::{
    integer::Integer,
    schedule::{self, Rows, Schedule, Term, addends_max},
};

/// The length of a table in words.
pub(super) const fn table_len(rows: Rows) -> usize {
    rows.count(SCALAR_BITS).saturating_mul(row_len(rows))
}

const fn row_len(rows: Rows) -> usize {
    rows.multiples().saturating_mul(ADDEND_WORDS)
}

/// Fills a table of `point`'s multiples.
pub(super) fn fill(rows: Rows, point: &Point, table: &mut [u64]) {
    let mut twice = *point;
    twice.double();
    // The first multiple of a row, and the step from one to the next.
    let mut ends = [[0; ADDEND_WORDS]; 2];
    write_addends(&[*point, twice], ends.iter_mut());
    for row in table.chunks_exact_mut(row_len(rows)) {
        let [first, step] = ends.map(|words| Addend::from_words(&words));
        let mut multiple = Point::NEUTRAL;
        multiple.add(&first, false);
        let mut next = multiple;
        (0..rows.spacing).for_each(|_| next.double());
        let mut next_step = next;
        next_step.double();
        for places in row.as_chunks_mut().0.chunks_mut(MULTIPLES_AT_ONCE) {
            let mut points = [next; MULTIPLES_AT_ONCE + 2];
            let [_, for_step, multiples @ ..] = &mut points;
            *for_step = next_step;
            for place in multiples.iter_mut().take(places.len()) {
                *place = multiple;
                multiple.add(&step, false);
            }
            let count = places.len().saturating_add(2);
            write_addends(points.get(..count).unwrap_or_default(), ends.iter_mut().chain(places));
        }
    }
}

/// Writes at most [`MULTIPLES_AT_ONCE`] + 2 points to as many places. All share one inversion (Montgomery's trick).
fn write_addends<'places>(points: &[Point], places: impl DoubleEndedIterator<Item = &'places mut [u64; ADDEND_WORDS]>) {
    let mut products = [Element::ONE; MULTIPLES_AT_ONCE + 2];
    let mut product = Element::ONE;
    for (place, point) in products.iter_mut().zip(points) {
        *place = product;
        product = product.times(&point.double_z());
    }
    // From last to first, the inverse of the product of this point's 2·Z and all before it.
    let mut inverse = product.inverse();
    for (place, (point, product)) in places.rev().zip(points.iter().zip(&products).rev()) {
        *place = point.to_addend(&inverse.times(product));
        inverse = inverse.times(&point.double_z());
    }
}

/// A scalar times a point, as a sum of entries of the point's table.
pub(super) struct Multiple<'table> {
    /// The rows of the table.
    pub(super) rows: Rows,
    /// The point's table, filled by [`fill`].
    pub(super) table: &'table [u64],
    /// Below 2^([`SCALAR_BITS`] − 1). It is a number, not modulo the order, because a point may have a component of small order.
    pub(super) scalar: [u8; 32],
}

/// The sum of these multiples. `None` if a table lacks a place, so that a sum without it is not taken for the right one.
pub(super) fn sum(multiples: &[Multiple<'_>; 2]) -> Option<Point> {
    let [first, second] = multiples;
    let scalars = [first, second].map(|multiple| Integer::<[i64; 5]>::from_le_bytes(&multiple.scalar));
    let [of_first, of_second] = &scalars;
    let terms = [(first, of_first), (second, of_second)].map(|(multiple, scalar)| Term {
        rows: multiple.rows,
        scalar,
        is_negated: false,
    });
    let mut schedule = Schedule::<{ addends_max(SCALAR_BITS) }>::EMPTY;
    schedule.fill(&terms, SCALAR_BITS)?;
    let words = |addend: schedule::Addend| {
        let table = if addend.is_of_second() { second.table } else { first.table };
        table.as_chunks::<ADDEND_WORDS>().0.get(addend.place())
    };
    schedule.touch_points(|addend| Some(words(addend)?.as_slice()));
    let mut sum = Point::NEUTRAL;
    for shift in (0..=schedule.doublings()).rev() {
        for addend in schedule.addends_at(shift) {
            sum.add(&Addend::from_words(words(*addend)?), addend.is_negated());
        }
        if shift > 0 {
            sum.double();
        }
    }
    Some(sum)
}

/// One more than the bits of a scalar, for the carry: the order of the base point is 2²⁵² + 27742317777372353535851937790883648493
/// (RFC 8032 §5.1).
const SCALAR_BITS: usize = 254;

/// Multiples that share an inversion. More of them need fewer inversions, and 160 bytes of stack each.
const MULTIPLES_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use std::vec::Vec;

    const ROWS: [Rows; 4] = [
        Rows { width: 4, spacing: 16 },
        Rows { width: 5, spacing: 1 },
        Rows { width: 6, spacing: 12 },
        Rows { width: 7, spacing: 9 },
    ];

    /// Scalars whose digits carry, and the smallest and largest ones.
    fn scalars() -> Vec<[u8; 32]> {
        let bytes = |number: BigUint| core::array::from_fn(|at| number.to_bytes_le().get(at).copied().unwrap_or(0));
        let power = |bits: usize| BigUint::from(1_u8) << bits;
        let mut scalars = Vec::from([[0; 32], bytes(power(253) - BigUint::from(1_u8))]);
        scalars.extend((0..253).flat_map(|bits| [bytes(power(bits)), bytes(power(bits) - BigUint::from(1_u8))]));
        for repeated in [0x08, 0x77, 0x88, 0x89, 0x55, 0xaa, 0x0f, 0xf0, 0x42, 0x21, 0x84, 0x10] {
            let mut scalar = [repeated; 32];
            scalar[31] &= 0x1f;
            scalars.push(scalar);
        }
        scalars
    }

    #[test]
    fn sums_agree_with_another_library() {
        use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION, traits::IsIdentity};
        let base = EdwardsPoint::mul_base(&Scalar::ONE);
        // In the subgroup of prime order, of small order, and a sum of both.
        let points = [base, EIGHT_TORSION[1], EIGHT_TORSION[4], base * Scalar::from(7_u8) + EIGHT_TORSION[3]];
        // The library reduces scalars modulo the order, so a product is computed from half of the scalar.
        let times = |point: &EdwardsPoint, scalar: &[u8; 32]| {
            let low = scalar[0] & 1;
            let half: [u8; 32] = core::array::from_fn(|at| scalar[at] >> 1 | scalar.get(at + 1).unwrap_or(&0) << 7);
            let half = point * Scalar::from_bytes_mod_order(half);
            half + half + point * Scalar::from(low)
        };
        assert!(points.iter().all(|point| !point.is_identity()));
        let scalars: Vec<_> = scalars().into_iter().step_by(23).collect();
        for (rows, other) in ROWS.into_iter().zip(ROWS.into_iter().cycle().skip(1)) {
            for pair in points.windows(2) {
                let tables = [(rows, pair[0]), (other, pair[1])].map(|(rows, point)| {
                    let mut table = vec![0; table_len(rows)];
                    fill(rows, &Point::decode(&point.compress().0).unwrap(), &mut table);
                    table
                });
                for scalars in scalars.windows(2) {
                    let multiples = [
                        Multiple { rows, table: &tables[0], scalar: scalars[0] },
                        Multiple { rows: other, table: &tables[1], scalar: scalars[1] },
                    ];
                    let expected = times(&pair[0], &scalars[0]) + times(&pair[1], &scalars[1]);
                    assert_eq!(sum(&multiples).unwrap().encode(), expected.compress().0, "{rows:?} {scalars:02x?}");
                }
            }
        }
    }

    #[test]
    fn any_words_of_a_table_are_added_without_overflow() {
        for word in [0, 1, u64::MAX] {
            let rows = ROWS[1];
            let table = vec![word; table_len(rows)];
            let multiples = [0x0f, 0x0e].map(|octet| Multiple { rows, table: &table, scalar: [octet; 32] });
            let _ = sum(&multiples).unwrap().encode();
        }
    }

    #[test]
    fn a_table_that_lacks_a_place_has_no_sum() {
        let rows = ROWS[1];
        let table = vec![0; table_len(rows)];
        // 2^253 − 1: its w-NAF has a digit in the last row.
        let scalar = core::array::from_fn(|at| if at == 31 { 0x1f } else { 0xff });
        let sum_of = |table: &[u64]| sum(&[Multiple { rows, table, scalar }, Multiple { rows, table, scalar }]);
        assert!(sum_of(&table).is_some());
        assert!(sum_of(&[]).is_none());
        let first_row = table.get(..row_len(rows)).unwrap();
        assert!(sum_of(first_row).is_none());
    }
}
