//! Sums of multiples of points, by the comb method: tables replace most of the doublings.
//!
//! A scalar is cut into digits of `width` bits. A table has one row for every `spacing`th digit, with all multiples for that
//! digit. The digits in between use the row below and are doubled afterwards, those of all points together. So a point costs
//! one addition for each of its digits, and only the doublings for `spacing − 1` digits remain.

use super::{
    field::{Element, words_of},
    point::{ADDEND_WORDS, Addend, Point},
};

/// The layout of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The width of a digit, 4 to 6 bits.
    pub(super) width: u32,
    /// Digits from one row to the next, at least 1.
    pub(super) spacing: usize,
}

impl Layout {
    /// The table's length, in words.
    pub(super) const fn table_len(self) -> usize {
        self.digits().div_ceil(self.spacing).saturating_mul(self.row_len())
    }

    /// The width, as a length.
    #[allow(clippy::as_conversions, reason = "usize::from does not take a u32, and is not const; a width is at most 6")]
    const fn bits(self) -> usize {
        self.width as usize
    }

    /// Multiples in a row: for digits from 1 to 2 ^ (width − 1). Negative digits use the opposites.
    const fn multiples(self) -> usize {
        1_usize.wrapping_shl(self.width.saturating_sub(1))
    }

    const fn row_len(self) -> usize {
        self.multiples().saturating_mul(ADDEND_WORDS)
    }

    /// The number of digits, which hold [`SCALAR_BITS`] bits and one more for the sign.
    const fn digits(self) -> usize {
        SCALAR_BITS.saturating_add(1).div_ceil(self.bits())
    }

    /// The doublings before the last digits are added.
    const fn doublings(self) -> usize {
        self.spacing.saturating_sub(1).saturating_mul(self.bits())
    }

    /// Fills a table of `point`'s multiples.
    ///
    /// Row j holds the multiples 1, 2, 3, … of 2 ^ (width · spacing · j) times the point.
    pub(super) fn fill(self, point: &Point, table: &mut [u64]) {
        let mut step = point.to_addend(&point.double_z().inverse());
        for row in table.chunks_exact_mut(self.row_len()) {
            let (mut multiple, mut next) = (Point::NEUTRAL, step);
            for places in row.as_chunks_mut().0.chunks_mut(MULTIPLES_AT_ONCE) {
                (multiple, next) = self.fill_places(&step, multiple, places);
            }
            step = next;
        }
    }

    /// Fills at most [`MULTIPLES_AT_ONCE`] places with the multiples of `step` that follow `last`.
    ///
    /// Returns the new last multiple and, at the end of a row, the next row's step: the last multiple is half of 2 ^ width, so
    /// it only needs to be doubled. All of them share one inversion.
    fn fill_places(
        self,
        step: &[u64; ADDEND_WORDS],
        mut last: Point,
        places: &mut [[u64; ADDEND_WORDS]],
    ) -> (Point, [u64; ADDEND_WORDS]) {
        let addend = Addend::from_words(step);
        let mut multiples = [Point::NEUTRAL; MULTIPLES_AT_ONCE];
        for multiple in multiples.iter_mut().take(places.len()) {
            last.add(&addend, false);
            *multiple = last;
        }
        let mut next = last;
        for _ in 0..=self.doublings() {
            next.double();
        }
        // Montgomery's trick: invert the product, then derive the inverse of each factor from last to first.
        let mut products = [Element::ZERO; MULTIPLES_AT_ONCE];
        let mut product = next.double_z();
        for (place, multiple) in products.iter_mut().zip(&multiples).take(places.len()) {
            *place = product;
            product = multiple.double_z().times(&product);
        }
        let mut inverse = product.inverse();
        for (place, (multiple, product)) in places.iter_mut().zip(multiples.iter().zip(&products)).rev() {
            *place = multiple.to_addend(&inverse.times(product));
            inverse = multiple.double_z().times(&inverse);
        }
        (last, next.to_addend(&inverse))
    }
}

/// A scalar times a point, as a sum of entries of the point's table.
pub(super) struct Multiple<'table> {
    layout: Layout,
    table: &'table [u64],
    digits: [i8; DIGITS_MAX],
}

impl<'table> Multiple<'table> {
    /// `table` is the point's table, filled by [`Layout::fill`]; `scalar` is below 2 ^ [`SCALAR_BITS`].
    ///
    /// The scalar is a number, not modulo the order, because a point may have a component of small order.
    pub(super) fn new(layout: Layout, table: &'table [u64], scalar: &[u8; 32]) -> Self {
        Self { layout, table, digits: digits(scalar, layout) }
    }

    /// Adds the digits that `doublings` doublings follow.
    #[inline(always)]
    fn add_to(&self, sum: &mut Point, doublings: usize) {
        let spacing = self.layout.spacing;
        let Some(first) = (0..spacing).find(|first| first.saturating_mul(self.layout.bits()) == doublings) else {
            return;
        };
        let rows = self.table.chunks_exact(self.layout.row_len());
        for (row, digit) in rows.zip(self.digits.iter().skip(first).step_by(spacing)) {
            // Zero has no place: the subtraction wraps to one beyond the row.
            let place = usize::from(digit.unsigned_abs()).wrapping_sub(1);
            if let Some(words) = row.as_chunks().0.get(place) {
                sum.add(&Addend::from_words(words), *digit < 0);
            }
        }
    }
}

/// The sum of these multiples.
pub(super) fn sum(multiples: [Multiple<'_>; 2]) -> Point {
    let mut sum = Point::NEUTRAL;
    let doublings = multiples.iter().map(|multiple| multiple.layout.doublings()).max().unwrap_or(0);
    for ahead in (0..=doublings).rev() {
        for multiple in &multiples {
            multiple.add_to(&mut sum, ahead);
        }
        if ahead > 0 {
            sum.double();
        }
    }
    sum
}

/// The digits of a scalar below 2 ^ [`SCALAR_BITS`], the least significant first: Σ digitᵢ · 2 ^ (width · i) equals the scalar,
/// as a number.
///
/// Each digit is at most half of 2 ^ width, and more than minus that. From a larger digit, 2 ^ width is subtracted, and 1 is
/// carried to the next. The last digit carries nothing: the bits that remain for it are less than half of 2 ^ width, since all
/// digits together have one bit more than the scalar, so with the carry it is at most half.
fn digits(scalar: &[u8; 32], layout: Layout) -> [i8; DIGITS_MAX] {
    let [a, b, c, d] = words_of(scalar).map(u128::from);
    let (mut low, mut high) = (a | b << 64, c | d << 64);
    let whole = 1_u8.wrapping_shl(layout.width);
    let (half, mask) = (whole >> 1, whole.wrapping_sub(1));
    let mut carry = 0;
    let mut digits = [0; DIGITS_MAX];
    for digit in digits.iter_mut().take(layout.digits()) {
        let [lowest, ..] = low.to_le_bytes();
        let bits = (lowest & mask).wrapping_add(carry);
        carry = u8::from(bits > half);
        *digit = if bits > half { bits.wrapping_sub(whole) } else { bits }.cast_signed();
        low = low.wrapping_shr(layout.width) | high.wrapping_shl(u128::BITS.wrapping_sub(layout.width));
        high = high.wrapping_shr(layout.width);
    }
    digits
}

/// Bits of a scalar: the order of the base point is 2²⁵² + 27742317777372353535851937790883648493 (RFC 8032 §5.1).
const SCALAR_BITS: usize = 253;

/// The number of digits of the narrowest width.
const DIGITS_MAX: usize = Layout { width: WIDTH_MIN, spacing: 1 }.digits();

/// The narrowest width.
const WIDTH_MIN: u32 = 4;

/// Multiples that share an inversion. More of them need fewer inversions, and 200 bytes of stack each.
const MULTIPLES_AT_ONCE: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::{BigInt, BigUint};
    use std::vec::Vec;

    const LAYOUTS: [Layout; 4] = [
        Layout { width: 4, spacing: 9 },
        Layout { width: 5, spacing: 1 },
        Layout { width: 5, spacing: 7 },
        Layout { width: 6, spacing: 43 },
    ];

    /// Scalars whose digits carry, and the smallest and largest ones.
    fn scalars() -> Vec<[u8; 32]> {
        let bytes = |number: BigUint| core::array::from_fn(|at| number.to_bytes_le().get(at).copied().unwrap_or(0));
        let power = |bits: usize| BigUint::from(1_u8) << bits;
        let mut scalars = Vec::from([[0; 32], bytes(power(SCALAR_BITS) - BigUint::from(1_u8))]);
        scalars
            .extend((0..SCALAR_BITS).flat_map(|bits| [bytes(power(bits)), bytes(power(bits) - BigUint::from(1_u8))]));
        for repeated in [0x08, 0x77, 0x88, 0x89, 0x55, 0xaa, 0x0f, 0xf0, 0x42, 0x21, 0x84, 0x10] {
            let mut scalar = [repeated; 32];
            scalar[31] &= 0x1f;
            scalars.push(scalar);
        }
        scalars
    }

    #[test]
    fn digits_are_bounded_and_add_up_to_the_scalar() {
        for layout in LAYOUTS {
            for scalar in scalars() {
                let digits = digits(&scalar, layout);
                let half = 1_i8 << (layout.width - 1);
                assert!(digits.iter().all(|digit| (-half + 1..=half).contains(digit)), "{layout:?} {scalar:02x?}");
                assert!(digits[layout.digits()..].iter().all(|digit| *digit == 0));
                let number =
                    digits.iter().rev().fold(BigInt::ZERO, |high, digit| (high << layout.width) + BigInt::from(*digit));
                assert_eq!(number, BigInt::from(BigUint::from_bytes_le(&scalar)), "{layout:?} {scalar:02x?}");
            }
        }
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
        let scalars: Vec<_> = scalars().into_iter().filter(|scalar| scalar[31] < 0x10).step_by(23).collect();
        for (layout, other) in LAYOUTS.into_iter().zip(LAYOUTS.into_iter().cycle().skip(1)) {
            for pair in points.windows(2) {
                let tables = [(layout, pair[0]), (other, pair[1])].map(|(layout, point)| {
                    let mut table = vec![0; layout.table_len()];
                    layout.fill(&Point::decode(&point.compress().0).unwrap(), &mut table);
                    table
                });
                for scalars in scalars.windows(2) {
                    let multiples =
                        [Multiple::new(layout, &tables[0], &scalars[0]), Multiple::new(other, &tables[1], &scalars[1])];
                    let expected = times(&pair[0], &scalars[0]) + times(&pair[1], &scalars[1]);
                    assert_eq!(sum(multiples).encode(), expected.compress().0, "{layout:?} {scalars:02x?}");
                }
            }
        }
    }

    #[test]
    fn any_words_are_a_table() {
        for word in [0, 1, u64::MAX] {
            let layout = LAYOUTS[1];
            let table = vec![word; layout.table_len()];
            let multiples = || [Multiple::new(layout, &table, &[0x0f; 32]), Multiple::new(layout, &table, &[0x0e; 32])];
            assert_eq!(sum(multiples()).encode(), sum(multiples()).encode());
        }
    }
}
