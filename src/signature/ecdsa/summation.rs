//! The sum of the points for the digits of both scalars.
//!
//! Additions alternate between two places, so that no point is copied. Adding points that are followed by the same doublings in
//! pairs first, in affine coordinates and with one division for all pairs, has been tried: the division costs what it saves.

use core::hint::select_unpredictable;

use super::{
    curve::Curve,
    point::{Affine, Point},
    table::Table,
};
use crate::signature::schedule::{Addend, Schedule, Term, addends_max};

/// The sum of the terms of two tables. `None` for a place outside its table, or more digits than there is room for, neither of which occurs.
pub(super) fn sum<C: Curve>(tables: [&Table<'_, C>; 2], terms: &[Term<C::Limbs>; 2]) -> Option<Point<C::Field>> {
    // As short as the curve allows, to save stack.
    match C::BITS {
        ..=256 => scheduled::<C, { addends_max(256) }>(tables, terms),
        257..=384 => scheduled::<C, { addends_max(384) }>(tables, terms),
        _ => scheduled::<C, { addends_max(521) }>(tables, terms),
    }
}

// Not inlined, so that the schedule is off the stack afterwards.
#[inline(never)]
fn scheduled<C: Curve, const ADDENDS: usize>(
    [first, second]: [&Table<'_, C>; 2],
    terms: &[Term<C::Limbs>; 2],
) -> Option<Point<C::Field>> {
    let mut schedule = Schedule::<ADDENDS>::EMPTY;
    schedule.fill(terms, C::BITS)?;
    let table = |addend: Addend| if addend.is_of_second() { second } else { first };
    let point = |addend: Addend| -> Option<Affine<C::Field>> {
        let point = table(addend).point(addend.place())?;
        // Half of the points are negated, which branch predictors cannot predict.
        Some(select_unpredictable(addend.is_negated(), point.negated(), point))
    };
    let (mut sum, mut next) = (Point::INFINITY, Point::INFINITY);
    let (mut sum, mut next) = (&mut sum, &mut next);
    schedule.touch_points(|addend| table(addend).words(addend.place()));
    for shift in (0..=schedule.doublings()).rev() {
        if !sum.is_infinity() {
            sum.double_into(next);
            (sum, next) = (next, sum);
        }
        for addend in schedule.addends_at(shift) {
            sum.add_into(&point(*addend)?, next);
            (sum, next) = (next, sum);
        }
    }
    Some(*sum)
}
