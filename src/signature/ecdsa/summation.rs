//! The sum of scheduled points: by Horner's rule, after a first round of additions in pairs.
//!
//! An affine addition needs a division, but many additions can share one (Montgomery's trick): each then costs six products or
//! squares, while an addition to a sum in XYZZ form costs ten. So two points followed by the same number of doublings are
//! first added to each other. This is worth one division, but not a second round with half as many pairs.
//!
//! Only the products of the differences to invert are kept of a pair. They are computed in one order and consumed in reverse,
//! the order of the doublings; the points are read from their tables twice.

use super::curve::{Curve, inverse};
use super::field::Field;
use super::point::{Affine, Point};
use super::schedule::{Addend, Schedule};

/// The sum. Returns `None` for a place outside its table, which no digit has.
pub(super) fn sum<C: Curve>(schedule: &Schedule<'_, C>) -> Option<Point<C::Field>> {
    let mut pairs = Pairs::<C>::none();
    pairs.prepare(schedule)?;
    pairs.add_up(schedule)
}

/// The state of the additions in pairs.
struct Pairs<C: Curve> {
    /// For each pair whose points differ in x, the product of the differences before it.
    products: [u64; PRODUCT_WORDS],
    /// The number of these pairs.
    count: usize,
    /// The number of further pairs that do not fit. Their points are added one by one.
    left_out: usize,
    /// 1 over the product of the differences of all remaining pairs.
    inverse: C::Field,
}

impl<C: Curve> Pairs<C> {
    const fn none() -> Self {
        Self { products: [0; PRODUCT_WORDS], count: 0, left_out: 0, inverse: C::Field::ONE }
    }

    /// The first pass over all pairs.
    // Neither this nor `add_up` is inlined, so that only one of them is on the stack at a time.
    #[inline(never)]
    fn prepare(&mut self, schedule: &Schedule<'_, C>) -> Option<()> {
        let mut product = C::Field::ONE;
        let mut places = self.products.chunks_exact_mut(C::Field::WORDS);
        for shift in 0..=schedule.doublings() {
            for pair in schedule.addends_at(shift).as_chunks().0 {
                if places.len() == 0 {
                    self.left_out = self.left_out.wrapping_add(1);
                    continue;
                }
                let [one, other] = points(schedule, pair)?;
                let difference = other.x.difference(&one.x);
                if !difference.is_zero() {
                    product.store(places.next()?)?;
                    product = product.product(&difference);
                    self.count = self.count.wrapping_add(1);
                }
            }
        }
        self.inverse = inverse::<C>(&product);
        Some(())
    }

    /// Adds all addends, starting with those followed by the most doublings.
    #[inline(never)]
    fn add_up(&mut self, schedule: &Schedule<'_, C>) -> Option<Point<C::Field>> {
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
                if let Some(both) = self.add(&one, &other) {
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

    /// Adds the points of the last remaining pair by the affine formula. Returns `None` for a pair that was left out, and for
    /// points that are equal or opposite, which the formula does not cover.
    fn add(&mut self, one: &Affine<C::Field>, other: &Affine<C::Field>) -> Option<Affine<C::Field>> {
        if self.left_out > 0 {
            self.left_out = self.left_out.wrapping_sub(1);
            return None;
        }
        let difference = other.x.difference(&one.x);
        if difference.is_zero() {
            return None;
        }
        self.count = self.count.checked_sub(1)?;
        let product = C::Field::load(self.products.chunks_exact(C::Field::WORDS).nth(self.count)?)?;
        let inverse = self.inverse.product(&product);
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

/// Room for 30 pairs on P-256, more than two scalars have on average; for 20 on P-384, and for 13 on P-521. Room for all
/// possible pairs would use up to ten times the stack, and save a twentieth of the time on those curves.
const PRODUCT_WORDS: usize = 120;
