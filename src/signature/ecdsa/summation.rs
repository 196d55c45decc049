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
use crate::signature::schedule::{Addend, Schedule};

/// The sum. Returns `None` for a place outside its table, which no digit has.
// Not inlined, so that the recoding is off the stack.
#[inline(never)]
pub(super) fn sum<C: Curve>([first, second]: [&Table<'_, C>; 2], schedule: &Schedule) -> Option<Point<C::Field>> {
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
