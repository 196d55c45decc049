//! The equation of ECDSA (FIPS 186-5 §6.4.2): r is the x of (z/s)·G + (r/s)·Q, modulo n.

use super::curve::Curve;
use super::field::Field;
use super::point::Point;
use crate::{Error, signature::integer::Integer};

/// A factor of a point in the sum, or the opposite of that factor.
pub(super) struct Factor<Limbs> {
    /// At most (n − 1)/2, and so below 2^(BITS − 1).
    pub(super) scalar: Integer<Limbs>,
    pub(super) is_negated: bool,
}

/// What must be true of a signature: the sum of these multiples of G and of the key has this x, modulo n.
struct Equation<Limbs> {
    factors: [Factor<Limbs>; 2],
    r: Integer<Limbs>,
}

/// Verifies a signature, r and s one behind the other, of a hash value by the key for which `add` writes the sum of these multiples
/// of G and of the key. `add` returns `None` if it cannot.
///
/// # Errors
/// Those of [`EcdsaKey::verify`](super::EcdsaKey::verify).
// Each of the three steps has a frame of its own, so that the numbers of one are off the stack in the next.
#[inline(always)]
pub(super) fn verify<C: Curve>(
    hash: &[u8],
    signature: &[u8],
    add: impl FnOnce(&[Factor<C::Limbs>; 2], &mut Point<C::Field>) -> Option<()>,
) -> Result<(), Error> {
    let equation = read::<C>(hash, signature);
    let Equation { factors, r } = equation.as_ref().map_err(|error| *error)?;
    let mut sum = Point::INFINITY;
    add(factors, &mut sum).filter(|()| is_x_of::<C>(r, &sum)).ok_or(Error::SignatureInvalid)
}

#[inline(never)]
fn read<C: Curve>(hash: &[u8], signature: &[u8]) -> Result<Equation<C::Limbs>, Error> {
    let (r, s) = signature.split_at_checked(C::BITS.div_ceil(8)).ok_or(Error::SignatureLength)?;
    if r.len() != s.len() {
        return Err(Error::SignatureLength);
    }
    let [hash, r, s] = [hash, r, s].map(Integer::from_be_bytes);
    let order = C::GROUP_ORDER;
    let is_scalar = |number: &Integer<C::Limbs>| !number.is_zero() && number.is_less_than(order.value());
    if !is_scalar(&r) || !is_scalar(&s) {
        return Err(Error::SignatureInvalid);
    }
    // A hash value has no more bits than n, whose most significant bit is set: it is below 2n.
    let hash = if hash.is_less_than(order.value()) { hash } else { hash.difference(order.value()) };
    Ok(Equation { factors: order.quotients([hash, r], &s).map(factor::<C>), r })
}

/// The scalar or n − scalar, whichever is smaller.
fn factor<C: Curve>(scalar: Integer<C::Limbs>) -> Factor<C::Limbs> {
    let opposite = C::GROUP_ORDER.value().difference(&scalar);
    let is_negated = opposite.is_less_than(&scalar);
    Factor { scalar: if is_negated { opposite } else { scalar }, is_negated }
}

/// Whether r is the point's x modulo n. x = X/Z² is below p, which is below 2n, so x must be r or r + n.
#[inline(never)]
fn is_x_of<C: Curve>(r: &Integer<C::Limbs>, point: &Point<C::Field>) -> bool {
    let is_x = |number: &Integer<C::Limbs>| {
        number.is_less_than(C::PRIME.value())
            && C::Field::from_integer(number).product(&point.zz).difference(&point.x).is_zero()
    };
    !point.is_infinity() && (is_x(r) || is_x(&r.sum(C::GROUP_ORDER.value())))
}
