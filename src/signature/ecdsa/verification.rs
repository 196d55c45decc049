//! The equation of ECDSA (FIPS 186-5 §6.4.2): r is the x of (z/s)·G + (r/s)·Q, modulo n.

use super::curve::Curve;
use super::field::Field;
use super::point::Point;
use super::summation::sum;
use super::table::Table;
use crate::signature::{
    integer::Integer,
    schedule::{Schedule, Term},
};

/// `Some` if (r, s) is a signature of the hash value by the key.
pub(super) fn verify<C: Curve>(
    base: &Table<'_, C>,
    key: &Table<'_, C>,
    hash: Integer<C::Limbs>,
    r: Integer<C::Limbs>,
    s: Integer<C::Limbs>,
) -> Option<()> {
    let order = C::GROUP_ORDER;
    let is_scalar = |number: &Integer<C::Limbs>| !number.is_zero() && number.is_less_than(order.value());
    if !is_scalar(&r) || !is_scalar(&s) {
        return None;
    }
    // A hash value has no more bits than n, whose most significant bit is set: it is below 2n.
    let hash = if hash.is_less_than(order.value()) { hash } else { hash.difference(order.value()) };
    let [u1, u2] = order.quotients([hash, r], &s);
    let schedule = Schedule::new(&[term(base, u1), term(key, u2)], C::BITS);
    let sum = sum([base, key], &schedule)?;
    is_x_of::<C>(&r, &sum).then_some(())
}

/// The term of a table's point, with the scalar or n − scalar, whichever is smaller: at most (n − 1)/2, and so below
/// 2^(BITS − 1).
fn term<C: Curve>(table: &Table<'_, C>, scalar: Integer<C::Limbs>) -> Term<C::Limbs> {
    let order = C::GROUP_ORDER;
    let opposite = order.value().difference(&scalar);
    let is_negated = opposite.is_less_than(&scalar);
    Term { rows: table.layout().rows(), scalar: if is_negated { opposite } else { scalar }, is_negated }
}

/// Whether r is the point's x modulo n. x = X/Z² is below p, which is below 2n, so x must be r or r + n.
fn is_x_of<C: Curve>(r: &Integer<C::Limbs>, point: &Point<C::Field>) -> bool {
    let is_x = |number: &Integer<C::Limbs>| {
        number.is_less_than(C::PRIME.value())
            && C::Field::from_integer(number).product(&point.zz).difference(&point.x).is_zero()
    };
    !point.is_infinity() && (is_x(r) || is_x(&r.sum(C::GROUP_ORDER.value())))
}
