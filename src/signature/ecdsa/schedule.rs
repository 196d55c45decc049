//! The order in which the points for the digits of both scalars are added: those followed by the most doublings first.

use core::hint::{black_box, select_unpredictable};

use super::curve::Curve;
use super::layout::SPACING_MAX;
use super::point::Affine;
use super::recoding::{DIGITS_MAX, Digits, recode};
use super::table::Table;
use crate::signature::integer::Integer;

/// A term of the sum: a table, and the scalar or its opposite, whichever is smaller.
pub(super) struct Term<'table, C: Curve> {
    pub(super) table: Table<'table, C>,
    pub(super) scalar: Integer<C::Limbs>,
    pub(super) is_negated: bool,
}

/// The points of two terms, sorted by the number of doublings that follow them.
pub(super) struct Schedule<'table, C: Curve> {
    tables: [Table<'table, C>; 2],
    addends: [Addend; ADDENDS_MAX],
    /// For each shift, the end of the addends followed by `shift` doublings. They begin at the end of the previous shift.
    ends: [u16; SPACING_MAX],
}

/// A point of a table, or its opposite: a place of 14 bits, a bit for the table, and a bit for the sign.
#[derive(Clone, Copy, Default)]
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

    fn place(self) -> usize {
        usize::from(self.0 & !(Self::IS_OF_SECOND | Self::IS_NEGATED))
    }

    const fn is_of_second(self) -> bool {
        self.0 & Self::IS_OF_SECOND != 0
    }

    const fn is_negated(self) -> bool {
        self.0 & Self::IS_NEGATED != 0
    }
}

/// The digits of two scalars.
const ADDENDS_MAX: usize = 2 * DIGITS_MAX;

impl<'table, C: Curve> Schedule<'table, C> {
    // Not inlined, so that the digits are off the stack when points are added.
    #[inline(never)]
    pub(super) fn new(terms: &[Term<'table, C>; 2]) -> Self {
        let mut digits = [const { Digits::new() }; 2];
        for (term, digits) in terms.iter().zip(&mut digits) {
            recode(&term.scalar, term.table.layout().width().into(), C::BITS, digits);
        }
        // A counting sort: count the digits of each shift, sum the counts to the ends, and fill downwards from the ends.
        let mut ends = [0; SPACING_MAX];
        for (term, digits) in terms.iter().zip(&digits) {
            for digit in digits {
                if let Some(count) = ends.get_mut(term.table.place(*digit).1) {
                    *count = u16::wrapping_add(*count, 1);
                }
            }
        }
        let mut sum: u16 = 0;
        for end in &mut ends {
            sum = sum.wrapping_add(*end);
            *end = sum;
        }
        let mut addends = [Addend::default(); ADDENDS_MAX];
        let mut next = ends;
        for (index, (term, digits)) in terms.iter().zip(&digits).enumerate() {
            for digit in digits {
                let (place, shift) = term.table.place(*digit);
                let Some(next) = next.get_mut(shift) else { continue };
                *next = next.wrapping_sub(1);
                if let Some(addend) = addends.get_mut(usize::from(*next)) {
                    *addend = Addend::new(place, index > 0, (digit.value < 0) != term.is_negated);
                }
            }
        }
        let [first, second] = terms;
        Self { tables: [first.table, second.table], addends, ends }
    }

    /// The number of doublings that follow the first addends.
    pub(super) fn doublings(&self) -> usize {
        self.tables.iter().map(|table| table.layout().spacing()).max().unwrap_or(0).saturating_sub(1)
    }

    /// The addends followed by `shift` doublings.
    pub(super) fn addends_at(&self, shift: usize) -> &[Addend] {
        let start = shift.checked_sub(1).and_then(|below| self.ends.get(below)).copied().unwrap_or(0);
        let end = self.ends.get(shift).copied().unwrap_or(start);
        self.addends.get(start.into()..end.into()).unwrap_or_default()
    }

    /// Reads from each point, so that the processor fetches all of them from memory at once, before one after the other is needed.
    pub(super) fn touch_points(&self) {
        let ends = |addend: &Addend| self.tables.get(usize::from(addend.is_of_second()))?.ends(addend.place());
        let count = self.ends.last().copied().unwrap_or(0);
        let points = self.addends.iter().take(count.into()).filter_map(ends);
        black_box(points.fold(0, |all, [first, last]| all ^ first ^ last));
    }

    /// The point. Returns `None` for a place outside its table, which no digit has.
    #[inline(always)]
    pub(super) fn point(&self, addend: Addend) -> Option<Affine<C::Field>> {
        let point = self.tables.get(usize::from(addend.is_of_second()))?.point(addend.place())?;
        // Half of the points are negated, which branch predictors cannot predict.
        Some(select_unpredictable(addend.is_negated(), point.negated(), point))
    }
}
