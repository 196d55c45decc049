//! The order in which the points for the digits of two scalars are added: those followed by the most doublings first.
//!
//! A table has rows of odd multiples of a point, at a fixed spacing of a scalar's bits. A digit takes its multiple from the row
//! below it, and is followed by as many doublings as there are bits between the two.

use core::hint::black_box;

use heapless::Vec;

use super::integer::{Integer, LimbArray};
use super::recoding::{Digit, digits_max, recode};

/// The rows of a table: each has the odd multiples below 2^(width − 1) of 2^(row · spacing) times a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rows {
    /// The width of the scalars' [non-adjacent form](super::recoding), from 4 to 8.
    pub(super) width: u8,
    /// Bits from one row to the next, at most [`SPACING_MAX`].
    pub(super) spacing: usize,
}

impl Rows {
    /// Points in a row.
    pub(super) const fn multiples(self) -> usize {
        1_usize.wrapping_shl(u32_of(self.width).saturating_sub(2))
    }

    /// The number of rows for scalars of this length in bits.
    pub(super) const fn count(self, bits: usize) -> usize {
        bits.div_ceil(self.spacing)
    }

    /// The place of a digit's multiple in the table, up to its sign, and the number of doublings that must follow.
    ///
    /// The place exists: the exponent is below the scalar's length, for which there are rows; half of an odd number below
    /// 2^(width − 1), rounded down, is below 2^(width − 2), the number of multiples in a row.
    pub(super) fn place(self, digit: Digit) -> (usize, usize) {
        let exponent = usize::from(digit.exponent);
        let (row, shift) = (exponent.checked_div(self.spacing), exponent.checked_rem(self.spacing));
        let multiple = usize::from(digit.value.unsigned_abs() >> 1);
        (row.unwrap_or(0).wrapping_mul(self.multiples()).wrapping_add(multiple), shift.unwrap_or(0))
    }
}

/// A term of the sum: the rows of its table, and a scalar, or minus that.
pub(super) struct Term<'scalar, Limbs> {
    pub(super) rows: Rows,
    pub(super) scalar: &'scalar Integer<Limbs>,
    pub(super) is_negated: bool,
}

/// The points of two terms, at most `ADDENDS`, sorted by the number of doublings that follow them.
pub(super) struct Schedule<const ADDENDS: usize> {
    addends: [Addend; ADDENDS],
    /// For each shift, the end of the addends followed by `shift` doublings. They begin at the end of the previous shift.
    ends: [u16; SPACING_MAX],
    doublings: usize,
}

/// A point of a table, or its opposite: a place of 14 bits, a bit for the table, and a bit for the sign.
#[derive(Clone, Copy)]
pub(super) struct Addend(u16);

impl Addend {
    const IS_OF_SECOND: u16 = 1 << 15;
    const IS_NEGATED: u16 = 1 << 14;

    fn new(place: usize, is_of_second: bool, is_negated: bool) -> Self {
        let flag = |bit, is_set| if is_set { bit } else { 0 };
        // All places are below 2¹⁴ − 1, which means no place.
        let place = u16::try_from(place).unwrap_or(u16::MAX) & !(Self::IS_OF_SECOND | Self::IS_NEGATED);
        Self(place | flag(Self::IS_OF_SECOND, is_of_second) | flag(Self::IS_NEGATED, is_negated))
    }

    pub(super) fn place(self) -> usize {
        usize::from(self.0 & !(Self::IS_OF_SECOND | Self::IS_NEGATED))
    }

    pub(super) const fn is_of_second(self) -> bool {
        self.0 & Self::IS_OF_SECOND != 0
    }

    pub(super) const fn is_negated(self) -> bool {
        self.0 & Self::IS_NEGATED != 0
    }
}

/// The maximum number of points for two scalars of `length` bits.
pub(super) const fn addends_max(length: usize) -> usize {
    digits_max(length).saturating_mul(2)
}

/// The widest spacing.
pub(super) const SPACING_MAX: usize = 16;

impl<const ADDENDS: usize> Schedule<ADDENDS> {
    /// A schedule without points.
    pub(super) const EMPTY: Self = Self { addends: [Addend(0); ADDENDS], ends: [0; SPACING_MAX], doublings: 0 };

    /// Sorts the points of two terms into an empty schedule, in place, to save stack. `length` is that of the scalars in bits, for
    /// [`recode`]. `None` if there are more points than `ADDENDS`, which [`addends_max`] prevents: without one of them, the sum
    /// would be another.
    // Not inlined, so that the unsorted points are off the stack when points are added.
    #[inline(never)]
    #[must_use]
    pub(super) fn fill<Limbs: LimbArray>(&mut self, terms: &[Term<'_, Limbs>; 2], length: usize) -> Option<()> {
        let spacing = terms.iter().map(|term| term.rows.spacing).max().unwrap_or(0);
        self.doublings = spacing.saturating_sub(1);
        // A counting sort: count the points of each shift, sum the counts to the ends, and fill downwards from the ends.
        let mut unsorted = Vec::<Addend, ADDENDS>::new();
        let mut shifts = Vec::<u8, ADDENDS>::new();
        let mut has_room = true;
        for (index, term) in terms.iter().enumerate() {
            recode(term.scalar, term.rows.width.into(), length, |digit| {
                let (place, shift) = term.rows.place(digit);
                let addend = Addend::new(place, index > 0, (digit.value < 0) != term.is_negated);
                has_room &= unsorted.push(addend).is_ok() && shifts.push(u8::try_from(shift).unwrap_or(0)).is_ok();
                if let Some(count) = self.ends.get_mut(shift) {
                    *count = u16::wrapping_add(*count, 1);
                }
            });
        }
        let mut sum: u16 = 0;
        for end in &mut self.ends {
            sum = sum.wrapping_add(*end);
            *end = sum;
        }
        let mut next = self.ends;
        for (addend, shift) in unsorted.iter().zip(&shifts) {
            let Some(next) = next.get_mut(usize::from(*shift)) else { continue };
            *next = next.wrapping_sub(1);
            if let Some(place) = self.addends.get_mut(usize::from(*next)) {
                *place = *addend;
            }
        }
        has_room.then_some(())
    }

    /// The number of doublings that follow the first addends.
    pub(super) const fn doublings(&self) -> usize {
        self.doublings
    }

    /// The addends followed by `shift` doublings.
    pub(super) fn addends_at(&self, shift: usize) -> &[Addend] {
        let start = shift.checked_sub(1).and_then(|below| self.ends.get(below)).copied().unwrap_or(0);
        let end = self.ends.get(shift).copied().unwrap_or(start);
        self.addends.get(start.into()..end.into()).unwrap_or_default()
    }

    /// Reads from all points, so that the processor fetches them from memory at the same time rather than when each is added.
    pub(super) fn touch_points<'table>(&self, words: impl Fn(Addend) -> Option<&'table [u64]>) {
        let count = self.ends.last().copied().unwrap_or(0);
        let points = self.addends.iter().take(count.into()).filter_map(|addend| words(*addend));
        black_box(points.fold(0, |all, words| match words {
            [first, .., last] => all ^ first ^ last,
            _ => all,
        }));
    }
}

/// A width, as the type of a shift.
const fn u32_of(width: u8) -> u32 {
    u32::from_le_bytes([width, 0, 0, 0])
}
