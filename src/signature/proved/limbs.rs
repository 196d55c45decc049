//! Signed numbers in limbs of 62 bits, for division. Limbs are from 0 to 2⁶² − 1, except the most significant one, which carries the
//! sign.

use super::signed::Signed;

/// Adds two numbers of the same length, or subtracts the second, by what `of_limbs` does.
#[inline(always)]
pub(crate) fn combine<L: Signed>(number: &mut [L], other: &[L], of_limbs: impl Fn(L, L) -> L) {
    let (mut exact, mut carry) = (L::ZERO, L::ZERO);
    for (limb, other) in number.iter_mut().zip(other) {
        exact = of_limbs(*limb, *other).sum(carry);
        (*limb, carry) = exact.split();
    }
    // The most significant limb keeps its carry.
    if let Some(highest) = number.last_mut() {
        *highest = exact;
    }
}

/// Writes the sum of three products, divided by 2⁶² and rounded down. Returns the remainder.
#[inline(always)]
pub(crate) fn scaled_sum<'limbs, L: Signed + 'limbs>(
    factors: [L; 3],
    numbers: [&'limbs [L]; 3],
    result: &mut [L],
) -> L {
    let ([u, v, w], [first, second, third]) = (factors, numbers);
    let (mut remainder, mut sum) = (L::ZERO, L::NOTHING);
    let mut places = result.iter_mut();
    for (index, ((x, y), z)) in first.iter().zip(second).zip(third).enumerate() {
        let low;
        (low, sum) = L::split_sum(u.product_and_sum(*x, v.product_and_sum(*y, w.product_and_sum(*z, sum))));
        if index == 0 {
            remainder = low;
        } else if let Some(place) = places.next() {
            *place = low;
        }
    }
    if let Some(highest) = places.next() {
        *highest = L::narrow(sum);
    }
    remainder
}

/// The multiple of n that makes u·d + v·e divisible by 2⁶², and makes up for a d or an e below zero, to which n is added first.
/// `inverse` is 1/n modulo 2⁶²; d and e are given by their lowest limbs, and whether they are negative.
///
/// It is from −2⁶² − (2⁶² − 1) to 2⁶², since |u| + |v| ≤ 2⁶².
#[inline(always)]
pub(crate) fn multiple<L: Signed>(
    inverse: L,
    [u, v]: [L; 2],
    [d, e]: [L; 2],
    [is_negative, is_other_negative]: [bool; 2],
) -> L {
    let added = if is_negative { u } else { L::ZERO }.sum(if is_other_negative { v } else { L::ZERO });
    let low = u.wrapping_product_and_sum(d, v.wrapping_product_and_sum(e, L::ZERO));
    let (subtracted, _) = inverse.wrapping_product_and_sum(low, added).split();
    added.difference(subtracted)
}
