//! The sum of the points for the digits of both scalars.
//!
//! Additions alternate between two places, so that no point is copied. Adding points that are followed by the same doublings in
//! pairs first, in affine coordinates and with one division for all pairs, has been tried: the division costs what it saves.

use core::hint::select_unpredictable;

use super::{
    curve::Curve,
    field::Field as _,
    point::{Affine, Point},
    table::Table,
};
use crate::signature::schedule::{Addend, Schedule, Term, addends_max};

/// Adds the terms of two tables to `sum`, which is at infinity. `None` for a place outside its table, or more digits than there is room for, neither of
/// which occurs.
pub(super) fn add<C: Curve>(
    tables: [&Table<'_, C>; 2],
    terms: &[Term<'_, C::Limbs>; 2],
    sum: &mut Point<C::Field>,
) -> Option<()> {
    // As short as the curve allows, to save stack.
    match C::BITS {
        ..=256 => scheduled::<C, { addends_max(256) }>(tables, terms, sum),
        257..=384 => scheduled::<C, { addends_max(384) }>(tables, terms, sum),
        _ => scheduled::<C, { addends_max(521) }>(tables, terms, sum),
    }
}

// Not inlined, so that the schedule is off the stack afterwards.
#[inline(never)]
fn scheduled<C: Curve, const ADDENDS: usize>(
    [first, second]: [&Table<'_, C>; 2],
    terms: &[Term<'_, C::Limbs>; 2],
    result: &mut Point<C::Field>,
) -> Option<()> {
    let mut schedule = Schedule::<ADDENDS>::EMPTY;
    schedule.fill(terms, C::BITS)?;
    let table = |addend: Addend| if addend.is_of_second() { second } else { first };
    let point = |addend: Addend| -> Option<Affine<C::Field>> {
        let Affine { x, y } = table(addend).point(addend.place())?;
        // Half of the points are negated, which branch predictors cannot predict.
        Some(Affine { x, y: select_unpredictable(addend.is_negated(), y.negated(), y) })
    };
    let mut second_place = Point::INFINITY;
    let (mut sum, mut next, mut is_in_second) = (&mut *result, &mut second_place, false);
    schedule.touch_points(|addend| table(addend).words(addend.place()));
    for shift in (0..=schedule.doublings()).rev() {
        if !sum.is_infinity() {
            sum.double_into(next);
            (sum, next, is_in_second) = (next, sum, !is_in_second);
        }
        for addend in schedule.addends_at(shift) {
            sum.add_into(&point(*addend)?, next);
            (sum, next, is_in_second) = (next, sum, !is_in_second);
        }
    }
    if is_in_second {
        *result = second_place;
    }
    Some(())
}
