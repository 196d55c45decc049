//! The sum of the points for the digits of both scalars.
//!
//! Sums alternate between two places, so that no point is copied. Adding points that are followed by the same doublings in pairs
//! first, in affine coordinates and with one division for all pairs, has been tried: the division takes what it saves.

use super::{curve::Curve, point::Point, schedule::Schedule};

/// The sum. Returns `None` for a place outside its table, which no digit has.
// Not inlined, so that the recoding is off the stack.
#[inline(never)]
pub(super) fn sum<C: Curve>(schedule: &Schedule<'_, C>) -> Option<Point<C::Field>> {
    let (mut sum, mut next) = (Point::INFINITY, Point::INFINITY);
    let (mut sum, mut next) = (&mut sum, &mut next);
    schedule.touch_points();
    for shift in (0..=schedule.doublings()).rev() {
        if !sum.is_infinity() {
            sum.double_into(next);
            (sum, next) = (next, sum);
        }
        for addend in schedule.addends_at(shift) {
            sum.add_into(&schedule.point(*addend)?, next);
            (sum, next) = (next, sum);
        }
    }
    Some(*sum)
}
