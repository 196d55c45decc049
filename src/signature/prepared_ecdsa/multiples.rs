//! One row of a table: the odd multiples of a point, and from there to the next row's.
//!
//! The multiples come by additions of points with a common Z (Meloni 2007), five products and two squares each, which
//! also give the added point the new Z. All Z are then inverted at once: the last by a division, those before by
//! multiplying back. Their formula fails for points that are equal or opposite, which are not met: the point P has the
//! curve's prime order, so that 2 P is neither an odd multiple of P below 64 nor the opposite of one, and no multiple
//! in between is at infinity.

use super::curve::{Curve, inverse};
use super::field::Field;
use super::point::{Affine, Point};
use super::shape::{MULTIPLES_MAX, Shape};
use super::table::point_words;

/// Writes the odd multiples of `point` into a row and returns the point of the next, 2^spacing times this one; `None`
/// where the row is too short.
pub(super) fn write_row<C: Curve>(point: &Affine<C::Field>, shape: Shape, row: &mut [u64]) -> Option<Affine<C::Field>> {
    let mut doubled = Point::INFINITY;
    Point::from(*point).double_into(&mut doubled);
    let mut multiples = OddMultiples::new(point, &doubled);

    let mut points = row.chunks_exact_mut(point_words::<C>());
    point.store(points.next()?)?;
    // By what Z grows with each multiple, and the Z of the last: 2y from the doubling, times all that.
    let mut growths = [C::Field::ONE; MULTIPLES_MAX];
    let mut z = point.y.sum(&point.y);
    for (words, growth) in points.by_ref().zip(&mut growths) {
        *growth = multiples.advance();
        z = z.product(growth);
        multiples.current.store(words)?;
    }

    // The last multiple is one below 2^(width − 1).
    let Affine { x, y } = multiples.current;
    let zz = z.square();
    let (mut next, mut other) = (Point::INFINITY, Point::INFINITY);
    Point { x, y, zz, zzz: zz.product(&z) }.add_into(point, &mut next);
    let (mut next, mut other) = (&mut next, &mut other);
    for _ in usize::from(shape.width()).saturating_sub(1)..shape.spacing() {
        next.double_into(other);
        (next, other) = (other, next);
    }

    // 1/Z of the last multiple and 1/Z³ of the next row's point, by one division.
    let inverse = inverse::<C>(&z.product(&next.zzz));
    let mut z_inverse = inverse.product(&next.zzz);
    let next_zzz_inverse = inverse.product(&z);
    let next_zz_inverse = next.zz.product(&next_zzz_inverse).square();

    let added = shape.multiples().saturating_sub(1);
    let points = row.chunks_exact_mut(point_words::<C>()).skip(1);
    for (words, growth) in points.rev().zip(growths.iter().take(added).rev()) {
        let point = Affine::<C::Field>::load(words)?;
        let square = z_inverse.square();
        Affine { x: point.x.product(&square), y: point.y.product(&square.product(&z_inverse)) }.store(words)?;
        z_inverse = z_inverse.product(growth);
    }
    Some(Affine { x: next.x.product(&next_zz_inverse), y: next.y.product(&next_zzz_inverse) })
}

/// P, 3 P, 5 P and so on, as X and Y of points whose Z is the same for the current one and for 2 P.
struct OddMultiples<Element> {
    current: Affine<Element>,
    doubled: Affine<Element>,
}

impl<Element: Field> OddMultiples<Element> {
    /// Begins with a point, given its double, whose Z both get.
    fn new(point: &Affine<Element>, doubled: &Point<Element>) -> Self {
        Self {
            current: Affine { x: point.x.product(&doubled.zz), y: point.y.product(&doubled.zzz) },
            doubled: Affine { x: doubled.x, y: doubled.y },
        }
    }

    /// Goes on to the next odd multiple, and returns by what Z has grown.
    fn advance(&mut self) -> Element {
        let Affine { x: x1, y: y1 } = self.doubled;
        let Affine { x: x2, y: y2 } = self.current;
        let growth = x1.difference(&x2);
        let square = growth.square();
        let w1 = x1.product(&square);
        let w2 = x2.product(&square);
        let slope = y1.difference(&y2);
        let y1 = y1.product(&w1.difference(&w2));
        let x = slope.square().difference(&w1).difference(&w2);
        let y = slope.product(&w1.difference(&x)).difference(&y1);
        self.doubled = Affine { x: w1, y: y1 };
        self.current = Affine { x, y };
        growth
    }
}
