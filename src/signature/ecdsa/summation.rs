//! The sum of scheduled points: by Horner's rule, after a first round of additions in pairs.
//!
//! An affine addition needs a division, but many can share one (Montgomery's trick): each then takes six products or
//! squares, where an addition to a sum in XYZZ form takes ten. So two points that the same doublings follow are added
//! to each other first. It is worth one division, and not a second round with half as many pairs.
//!
//! The products of the differences that are to be inverted are the only thing that is kept of a pair. They are made in
//! one order, and used up in the other, which is that of the doublings; the points are read from their tables twice.

use super::curve::{Curve, inverse};
use super::field::Field;
use super::point::{Affine, Point};
use super::schedule::{Addend, Schedule};

/// The sum; `None` for a place that no table has, which no digit says.
pub(super) fn sum<C: Curve>(schedule: &Schedule<'_, C>) -> Option<Point<C::Field>> {
    let mut pairs = Pairs::<C>::none();
    pairs.prepare(schedule)?;
    pairs.add_up(schedule)
}

/// What is left to do of the additions in pairs.
struct Pairs<C: Curve> {
    /// For each pair whose points differ in x, the product of the differences before.
    products: [u64; PRODUCT_WORDS],
    /// How many there are.
    count: usize,
    /// How many pairs behind these there is no room for: their points are added one by one.
    left_out: usize,
    /// 1 over the product of all that are in `products` and the one that follows the last.
    inverse: C::Field,
}

impl<C: Curve> Pairs<C> {
    const fn none() -> Self {
        Self { products: [0; PRODUCT_WORDS], count: 0, left_out: 0, inverse: C::Field::ONE }
    }

    /// Goes through all pairs for the first time.
    // Neither this nor what follows is inlined, so that not both of them are on the stack at once.
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

    /// Goes through all addends, from those with the most doublings to come.
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

    /// Adds the points of the last pair that is left, by the affine formula; `None` for a pair that was left out, and for
    /// points that are equal or opposite, for which it is none.
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

/// Room for 30 pairs on P-256, which is more than two scalars have on average; for 20 on P-384, and for 13 on P-521. All
/// pairs there can be would take up to ten times the stack, and save a twentieth of the time on those curves.
const PRODUCT_WORDS: usize = 120;
