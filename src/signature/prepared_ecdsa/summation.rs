//! The sum of scheduled points: by Horner's rule, after a first round of additions in pairs.
//!
//! An affine addition needs a division, but many can share one (Montgomery's trick): each then takes six products or
//! squares, where an addition to a sum in XYZZ form takes ten. So two points that the same doublings follow are added
//! to each other first. It is worth one division, and not a second round with half as many pairs.
//!
//! The products of the differences that are to be inverted are the only thing that is kept of a pair. They are made in
//! one order, and used up in the other, which is that of the doublings; the points are read from their tables twice.

use heapless::Vec;

use super::curve::{Curve, inverse};
use super::field::Field;
use super::point::{Affine, Point};
use super::recoding::DIGITS_MAX;
use super::schedule::{Addend, Schedule};

/// The sum; `None` for a place that no table has, which no digit says.
pub(super) fn sum<C: Curve>(schedule: &Schedule<'_, C>) -> Option<Point<C::Field>> {
    let mut pairs = Pairs::<C>::new(schedule)?;
    let (mut sum, mut next) = (Point::INFINITY, Point::INFINITY);
    let (mut sum, mut next) = (&mut sum, &mut next);
    for shift in (0..=schedule.doublings()).rev() {
        if !sum.is_infinity() {
            sum.double_into(next);
            (sum, next) = (next, sum);
        }
        let (addends, rest) = schedule.addends_at(shift).as_chunks();
        for pair in addends.iter().rev() {
            let [one, other] = points(schedule, pair)?;
            if let Some(both) = pairs.add(&one, &other) {
                sum.add_into(&both, next);
                (sum, next) = (next, sum);
            } else {
                for point in [one, other] {
                    sum.add_into(&point, next);
                    (sum, next) = (next, sum);
                }
            }
        }
        for addend in rest {
            sum.add_into(&schedule.point(*addend)?, next);
            (sum, next) = (next, sum);
        }
    }
    Some(*sum)
}

/// What is left to do of the additions in pairs.
struct Pairs<C: Curve> {
    /// For each pair whose points differ in x, the product of the differences before.
    products: Vec<C::Field, PAIRS_MAX>,
    /// 1 over the product of all that are in `products` and the one that follows the last.
    inverse: C::Field,
}

impl<C: Curve> Pairs<C> {
    /// Goes through all pairs for the first time.
    fn new(schedule: &Schedule<'_, C>) -> Option<Self> {
        let mut products = Vec::new();
        let mut product = C::Field::ONE;
        for shift in 0..=schedule.doublings() {
            for pair in schedule.addends_at(shift).as_chunks().0 {
                let [one, other] = points(schedule, pair)?;
                let difference = other.x.difference(&one.x);
                if !difference.is_zero() {
                    products.push(product).ok()?;
                    product = product.product(&difference);
                }
            }
        }
        Some(Self { products, inverse: inverse::<C>(&product) })
    }

    /// Adds the points of the last pair that is left, by the affine formula; `None` for points that are equal or
    /// opposite, for which it is none.
    fn add(&mut self, one: &Affine<C::Field>, other: &Affine<C::Field>) -> Option<Affine<C::Field>> {
        let difference = other.x.difference(&one.x);
        if difference.is_zero() {
            return None;
        }
        let inverse = self.inverse.product(&self.products.pop()?);
        self.inverse = self.inverse.product(&difference);
        Some(one.sum(other, &inverse))
    }
}

/// The points of a pair.
#[inline(always)]
fn points<C: Curve>(schedule: &Schedule<'_, C>, pair: &[Addend; 2]) -> Option<[Affine<C::Field>; 2]> {
    let [one, other] = pair;
    Some([schedule.point(*one)?, schedule.point(*other)?])
}

/// Two of each pair, of two scalars' digits.
const PAIRS_MAX: usize = DIGITS_MAX;
