//! The rows of a table. Each row holds the odd multiples of its base point B, which is 2^(row · spacing) times the table's
//! point.
//!
//! First, doublings from one row to the next compute powers of two: B, and 2^i · B with i from 2 to the width − 1. Then come
//! the odd multiples around each power C, in increasing order: C − j and C + j for all odd j that yield a multiple not computed
//! yet. So 4 yields 3 and 5, 8 yields 7 and 9, and 16 yields 11 to 21; the last power yields C − j only. These are affine
//! additions. C − j and C + j divide by the same difference, and all rows share one division (Montgomery's trick): a multiple
//! costs four and a half products and squares, or six if it has no twin.
//!
//! Intermediate values are stored in the places of later multiples, except for one element of each row. C is in the place of
//! C − 1, which is written when C is no longer needed.
//!
//! No difference is zero. The point has the curve's prime order, which is above 2²⁵⁵, and so has B. Therefore none of
//! its multiples from 1 to 2⁸ is at infinity, and no two of them are equal or opposite.

use super::curve::{Curve, inverse};
use super::field::Field;
use super::layout::{Layout, SPACING_MIN};
use super::point::{Affine, Point};

/// The length of a row in words.
pub(super) const fn row_words<C: Curve>(layout: Layout) -> usize {
    layout.rows().multiples().saturating_mul(point_words::<C>())
}

/// The length of an affine point in words.
pub(super) const fn point_words<C: Curve>() -> usize {
    <C::Field as Field>::WORDS.saturating_mul(2)
}

/// Writes all rows of a point's table. Returns `None` if they are too short.
pub(super) fn write_rows<C: Curve>(point: &Affine<C::Field>, layout: Layout, rows: &mut [u64]) -> Option<()> {
    let z_inverse = write_powers::<C>(point, layout, rows)?;
    make_affine::<C>(z_inverse, layout, rows)?;
    let mut known = 1;
    for half in halves(layout) {
        add_around::<C>(known, half, layout, rows)?;
        // As many multiples are above C as were missing below it.
        known = half.wrapping_mul(2).wrapping_sub(known);
    }
    Some(())
}

/// Half of each power of two C. This is the number of odd multiples below C, so C + 1 has this place in its row, and C − 1 the
/// place before it.
fn halves(layout: Layout) -> impl DoubleEndedIterator<Item = usize> {
    (1..u32::from(layout.rows().width).saturating_sub(1)).map(|exponent| 1_usize.wrapping_shl(exponent))
}

/// Writes X and Y of B and of the powers C in each row; [`make_affine`] makes them affine. Returns 1/Z of the double of the
/// last power.
fn write_powers<C: Curve>(point: &Affine<C::Field>, layout: Layout, rows: &mut [u64]) -> Option<C::Field> {
    let mut chain = Chain { current: (*point).into(), other: Point::INFINITY };
    let mut left = 0;
    for row in rows.chunks_exact_mut(row_words::<C>(layout)) {
        // From the double of the previous row's last power to this row's base point.
        let mut growth_before = C::Field::ONE;
        for _ in 0..left {
            growth_before = growth_before.product(&chain.double());
        }
        left = layout.rows().spacing.saturating_sub(layout.rows().width.into());

        chain.store(place::<C>(row, BASE)?)?;
        let growth_after = chain.double().product(&chain.double());
        for half in halves(layout) {
            chain.store(place::<C>(row, half.wrapping_sub(1))?)?;
            chain.double();
        }
        Affine { x: growth_before, y: growth_after }.store(place::<C>(row, GROWTHS)?)?;
    }
    let Point { zz, zzz, .. } = chain.current;
    Some(zz.product(&inverse::<C>(&zzz)))
}

/// Replaces all X and Y by x and y, from the last power to the first, starting with 1/Z of the last power's double. A doubling
/// multiplies Z by a factor; going back, 1/Z is multiplied by the same factor.
fn make_affine<C: Curve>(mut z_inverse: C::Field, layout: Layout, rows: &mut [u64]) -> Option<()> {
    for row in rows.chunks_exact_mut(row_words::<C>(layout)).rev() {
        let Affine { x: growth_before, y: growth_after } = Affine::<C::Field>::load(place::<C>(row, GROWTHS)?)?;
        for half in halves(layout).rev() {
            let place = place::<C>(row, half.wrapping_sub(1))?;
            let point = Affine::<C::Field>::load(place)?;
            z_inverse = z_inverse.product(&point.y.sum(&point.y));
            point.scaled(&z_inverse).store(place)?;
        }
        z_inverse = z_inverse.product(&growth_after);
        let base = place::<C>(row, BASE)?;
        Affine::<C::Field>::load(base)?.scaled(&z_inverse).store(base)?;
        z_inverse = z_inverse.product(&growth_before);
    }
    Some(())
}

/// Writes the multiples around C = 2 · `half` into each row, which already has the first `known` multiples. They suffice for
/// the lowest missing multiple, because `half` is at most twice `known`.
fn add_around<C: Curve>(known: usize, half: usize, layout: Layout, rows: &mut [u64]) -> Option<()> {
    // For each difference, the product of the previous ones. It is stored in the place of C − j; for j = 1, where C is, in
    // `products_before`.
    let mut product = C::Field::ONE;
    let mut products_before = [product; ROWS_MAX];
    for (row, product_before) in rows.chunks_exact_mut(row_words::<C>(layout)).zip(&mut products_before) {
        *product_before = product;
        let [points, below, _] = around::<C>(row, known, half)?;
        let mut places = below.rchunks_exact_mut(point_words::<C>());
        let centre = Affine::<C::Field>::load(places.next()?)?;
        for point in points.chunks_exact(point_words::<C>()) {
            let point = Affine::<C::Field>::load(point)?;
            product = product.product(&point.x.difference(&centre.x));
            let Some(place) = places.next() else { break };
            product.store(place)?;
        }
    }
    let mut inverse = inverse::<C>(&product);
    for (row, product_before) in rows.chunks_exact_mut(row_words::<C>(layout)).zip(&products_before).rev() {
        let [points, below, above] = around::<C>(row, known, half)?;
        let place = below.rchunks_exact_mut(point_words::<C>()).next()?;
        let centre = Affine::<C::Field>::load(place)?;
        product_before.store(place)?;
        let places = below.chunks_exact_mut(point_words::<C>());
        let mut twins = above.chunks_exact_mut(point_words::<C>()).rev();
        for (point, place) in points.chunks_exact(point_words::<C>()).rev().zip(places) {
            let point = Affine::<C::Field>::load(point)?;
            let reciprocal = inverse.product(&C::Field::load(place)?);
            inverse = inverse.product(&point.x.difference(&centre.x));
            centre.sum(&point.negated(), &reciprocal).store(place)?;
            if let Some(twin) = twins.next() {
                centre.sum(&point, &reciprocal).store(twin)?;
            }
        }
    }
    Some(())
}

/// All j · B, the places of C − j, and the places of C + j, which the last power lacks.
fn around<C: Curve>(row: &mut [u64], known: usize, half: usize) -> Option<[&mut [u64]; 3]> {
    let (row, above) = row.split_at_mut_checked(half.checked_mul(point_words::<C>())?)?;
    let (known, below) = row.split_at_mut_checked(known.checked_mul(point_words::<C>())?)?;
    let length = below.len();
    Some([known.get_mut(..length)?, below, above.get_mut(..length).unwrap_or_default()])
}

/// A point that is doubled repeatedly.
struct Chain<Element> {
    current: Point<Element>,
    other: Point<Element>,
}

impl<Element: Field> Chain<Element> {
    /// Doubles the point, and returns the factor by which Z grows.
    fn double(&mut self) -> Element {
        let growth = self.current.y.sum(&self.current.y);
        self.current.double_into(&mut self.other);
        core::mem::swap(&mut self.current, &mut self.other);
        growth
    }

    /// Writes X and Y.
    fn store(&self, place: &mut [u64]) -> Option<()> {
        Affine { x: self.current.x, y: self.current.y }.store(place)
    }
}

/// A place in a row.
fn place<C: Curve>(row: &mut [u64], index: usize) -> Option<&mut [u64]> {
    row.chunks_exact_mut(point_words::<C>()).nth(index)
}

/// The place of B.
const BASE: usize = 0;

/// The place of 5 B, which is unused until the powers are affine.
const GROWTHS: usize = 2;

/// Rows of the widest curve's tables.
const ROWS_MAX: usize = 521_usize.div_ceil(SPACING_MIN);
