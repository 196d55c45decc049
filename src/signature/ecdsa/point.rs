//! Points of the curves y² = x³ − 3x + b, of prime order, and their addition.
//!
//! A point in XYZZ form (Sutherland 2008) is (X, Y, Z², Z³) with x = X/Z² and y = Y/Z³; Z = 0 is the point at infinity.
//! The formulas are madd-2008-s and dbl-2008-s-1 of the Explicit-Formulas Database. They branch on
//! their inputs, in variable time.

use super::field::Field;
use crate::signature::integer::Integer;

/// A point other than the point at infinity, in the form that tables hold.
#[derive(Clone, Copy)]
pub(super) struct Affine<Element> {
    pub(super) x: Element,
    pub(super) y: Element,
}

/// A point in the form that sums use.
#[derive(Clone, Copy)]
pub(super) struct Point<Element> {
    pub(super) x: Element,
    pub(super) y: Element,
    /// Z².
    pub(super) zz: Element,
    /// Z³.
    pub(super) zzz: Element,
}

impl<Element: Field> Affine<Element> {
    /// The point with this x and y.
    pub(super) fn from_coordinates([x, y]: &[Integer<Element::Limbs>; 2]) -> Self {
        Self { x: Element::from_integer(x), y: Element::from_integer(y) }
    }

    pub(super) fn negated(&self) -> Self {
        Self { x: self.x, y: self.y.negated() }
    }

    /// The sum with a point of another x, given 1/(other.x − self.x).
    #[inline(always)]
    pub(super) fn sum(&self, other: &Self, inverse: &Element) -> Self {
        let slope = other.y.difference(&self.y).product(inverse);
        let x = slope.square().difference(&self.x).difference(&other.x);
        let y = slope.product(&self.x.difference(&x)).difference(&self.y);
        Self { x, y }
    }

    /// x = X/Z² and y = Y/Z³ of a point's X and Y, given 1/Z.
    pub(super) fn scaled(&self, z_inverse: &Element) -> Self {
        let square = z_inverse.square();
        Self { x: self.x.product(&square), y: self.y.product(&square.product(z_inverse)) }
    }

    /// Reads what [`store`](Self::store) has written.
    #[inline(always)]
    pub(super) fn load(words: &[u64]) -> Option<Self> {
        let (x, y) = words.split_at_checked(Element::WORDS)?;
        Some(Self { x: Element::load(x)?, y: Element::load(y)? })
    }

    /// Writes the point to words. Returns `None` if there are too few.
    pub(super) fn store(&self, words: &mut [u64]) -> Option<()> {
        let (x, y) = words.split_at_mut_checked(Element::WORDS)?;
        self.x.store(x)?;
        self.y.store(y)
    }
}

impl<Element: Field> From<Affine<Element>> for Point<Element> {
    fn from(point: Affine<Element>) -> Self {
        Self { x: point.x, y: point.y, zz: Element::ONE, zzz: Element::ONE }
    }
}

impl<Element: Field> Point<Element> {
    pub(super) const INFINITY: Self = Self { x: Element::ONE, y: Element::ONE, zz: Element::ZERO, zzz: Element::ZERO };

    pub(super) fn is_infinity(&self) -> bool {
        self.zz.is_zero()
    }

    /// Writes the sum with another point: eight products and two squares.
    ///
    /// The result has separate memory, here and in [`double_into`](Self::double_into), which avoids copies.
    pub(super) fn add_into(&self, other: &Affine<Element>, sum: &mut Self) {
        let p = other.x.product(&self.zz).difference(&self.x);
        let r = other.y.product(&self.zzz).difference(&self.y);
        if p.is_zero() || self.is_infinity() {
            return self.add_exceptional(other, &r, sum);
        }
        let pp = p.square();
        let ppp = p.product(&pp);
        let q = self.x.product(&pp);
        sum.x = r.square().difference(&ppp).difference(&q).difference(&q);
        sum.y = r.product(&q.difference(&sum.x)).difference(&self.y.product(&ppp));
        sum.zz = self.zz.product(&pp);
        sum.zzz = self.zzz.product(&ppp);
    }

    /// The cases that the formula does not cover: addition to the point at infinity, of a point to itself, or to its opposite.
    #[cold]
    #[inline(never)]
    fn add_exceptional(&self, other: &Affine<Element>, r: &Element, sum: &mut Self) {
        if self.is_infinity() {
            *sum = (*other).into();
        } else if r.is_zero() {
            self.double_into(sum);
        } else {
            *sum = Self::INFINITY;
        }
    }

    /// Writes the double: seven products and two squares. Infinity stays infinity, since Z² and Z³ stay zero. No
    /// other point is its own opposite, because the order is odd.
    pub(super) fn double_into(&self, double: &mut Self) {
        // The factors wait where their products will be, which saves stack.
        let u = self.y.sum(&self.y);
        double.zz = u.square();
        double.zzz = u.product(&double.zz);
        let s = self.x.product(&double.zz);
        // 3 X² − 3 Z⁴, because the curve's a is −3.
        let t = self.x.difference(&self.zz).product(&self.x.sum(&self.zz));
        let m = t.sum(&t).sum(&t);
        double.x = m.square().difference(&s).difference(&s);
        double.y = m.product(&s.difference(&double.x)).difference(&double.zzz.product(&self.y));
        double.zz = self.zz.product(&double.zz);
        double.zzz = self.zzz.product(&double.zzz);
    }
}

#[cfg(test)]
mod tests {
    use ecdsa::elliptic_curve::{Group, ProjectivePoint, group::CurveAffine};
    use p256::{AffinePoint, NistP256};

    use super::super::{curve::inverse, library::affine};
    use super::*;

    type Element = <NistP256 as crate::signature::ecdsa::Curve>::Field;

    fn is(point: &Point<Element>, expected: ProjectivePoint<NistP256>) -> bool {
        if bool::from(expected.is_identity()) {
            return point.is_infinity();
        }
        let expected = affine::<NistP256>(&expected.to_affine());
        let [zz, zzz] = [&point.zz, &point.zzz].map(inverse::<NistP256>);
        !point.is_infinity()
            && point.x.product(&zz).difference(&expected.x).is_zero()
            && point.y.product(&zzz).difference(&expected.y).is_zero()
    }

    #[test]
    fn sums_of_small_multiples_are_correct() {
        let generator = ProjectivePoint::<NistP256>::generator();
        let base = affine::<NistP256>(&AffinePoint::generator());
        // From infinity to 4 G, each computed as a sum, so that Z is not 1.
        let mut one = Point::INFINITY;
        let mut one_expected = ProjectivePoint::<NistP256>::identity();
        for _ in 0..5 {
            assert!(is(&one, one_expected));
            let mut other_expected = generator;
            for _ in 0..5 {
                let other = affine::<NistP256>(&other_expected.to_affine());
                let mut sum = Point::INFINITY;
                one.add_into(&other, &mut sum);
                assert!(is(&sum, one_expected + other_expected));
                one.add_into(&other.negated(), &mut sum);
                assert!(is(&sum, one_expected - other_expected));
                other_expected += generator;
            }
            let mut double = Point::INFINITY;
            one.double_into(&mut double);
            assert!(is(&double, one_expected.double()));
            let mut next = Point::INFINITY;
            one.add_into(&base, &mut next);
            one = next;
            one_expected += generator;
        }
    }
}
