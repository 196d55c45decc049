//! The equation of ECDSA (FIPS 186-5 §6.4.2): r is the x of (z/s)·G + (r/s)·Q, modulo n.

use super::curve::Curve;
use super::field::Field;
use super::point::Point;
use crate::signature::integer::Integer;

/// A factor of a point in the sum, or the opposite of that factor.
pub(super) struct Factor<Limbs> {
    /// At most (n − 1)/2, and so below 2^(BITS − 1).
    pub(super) scalar: Integer<Limbs>,
    pub(super) is_negated: bool,
}

/// `Some` if (r, s) is a signature of the hash value by the key for which `sum` adds these multiples of G and of the key.
#[inline(always)]
pub(super) fn verify<C: Curve>(
    hash: Integer<C::Limbs>,
    r: Integer<C::Limbs>,
    s: Integer<C::Limbs>,
    sum: impl FnOnce([Factor<C::Limbs>; 2]) -> Option<Point<C::Field>>,
) -> Option<()> {
    let order = C::GROUP_ORDER;
    let is_scalar = |number: &Integer<C::Limbs>| !number.is_zero() && number.is_less_than(order.value());
    if !is_scalar(&r) || !is_scalar(&s) {
        return None;
    }
    // A hash value has no more bits than n, whose most significant bit is set: it is below 2n.
    let hash = if hash.is_less_than(order.value()) { hash } else { hash.difference(order.value()) };
    let sum = sum(factors::<C>([hash, r], &s))?;
    is_x_of::<C>(&r, &sum).then_some(())
}

/// The factors of G and of the key: the quotients, modulo n.
// Not inlined, so that the division is off the stack when points are added.
#[inline(never)]
fn factors<C: Curve>(dividends: [Integer<C::Limbs>; 2], divisor: &Integer<C::Limbs>) -> [Factor<C::Limbs>; 2] {
    C::GROUP_ORDER.quotients(dividends, divisor).map(factor::<C>)
}

/// The scalar or n − scalar, whichever is smaller.
fn factor<C: Curve>(scalar: Integer<C::Limbs>) -> Factor<C::Limbs> {
    let opposite = C::GROUP_ORDER.value().difference(&scalar);
    let is_negated = opposite.is_less_than(&scalar);
    Factor { scalar: if is_negated { opposite } else { scalar }, is_negated }
}

/// Whether r is the point's x modulo n. x = X/Z² is below p, which is below 2n, so x must be r or r + n.
// Not inlined, so that its products are off the stack when points are added.
#[inline(never)]
fn is_x_of<C: Curve>(r: &Integer<C::Limbs>, point: &Point<C::Field>) -> bool {
    let is_x = |number: &Integer<C::Limbs>| {
        number.is_less_than(C::PRIME.value())
            && C::Field::from_integer(number).product(&point.zz).difference(&point.x).is_zero()
    };
    !point.is_infinity() && (is_x(r) || is_x(&r.sum(C::GROUP_ORDER.value())))
}
