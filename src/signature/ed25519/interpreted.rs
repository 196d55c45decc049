//! The field's arithmetic by fiat-crypto, for Miri.
//!
//! Miri checks accesses to memory, of which the core has only safe ones. It interprets a call so slowly that the many small functions
//! of the [proved](crate::signature::proved) arithmetic would take minutes for each key; these are a few long ones. A test
//! compares the two.

use fiat_crypto::curve25519_64::{
    fiat_25519_add, fiat_25519_carry, fiat_25519_carry_mul, fiat_25519_carry_square,
    fiat_25519_loose_field_element as Loose, fiat_25519_sub, fiat_25519_tight_field_element as Tight,
};

type Words = [u64; 4];

/// `a · b` modulo p.
pub(super) fn product(a: &Words, b: &Words) -> Words {
    tight(|result| fiat_25519_carry_mul(result, &loose(a), &loose(b)))
}

/// `a²` modulo p.
pub(super) fn square(a: &Words) -> Words {
    tight(|result| fiat_25519_carry_square(result, &loose(a)))
}

/// `a + b` modulo p.
pub(super) fn sum(a: &Words, b: &Words) -> Words {
    let mut sum = Loose([0; 5]);
    fiat_25519_add(&mut sum, &carried(a), &carried(b));
    tight(|result| fiat_25519_carry(result, &sum))
}

/// `a − b` modulo p.
pub(super) fn difference(a: &Words, b: &Words) -> Words {
    let mut difference = Loose([0; 5]);
    fiat_25519_sub(&mut difference, &carried(a), &carried(b));
    tight(|result| fiat_25519_carry(result, &difference))
}

/// The result, whose limbs of 51 bits are at most 2⁵¹.
fn tight(function: impl FnOnce(&mut Tight)) -> Words {
    let mut result = Tight([0; 5]);
    function(&mut result);
    let [a, b, c, d, e] = result.0.map(u128::from);
    let (low, carry) = a.wrapping_add(b << 51).overflowing_add((c & ((1 << 26) - 1)) << 102);
    let high = (c >> 26).wrapping_add(d << 25).wrapping_add(e << 76).wrapping_add(u128::from(carry));
    let [[low, b], [c, high]] = [low, high].map(halves);
    [low, b, c, high]
}

/// The lower and the upper word.
const fn halves(number: u128) -> [u64; 2] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = number.to_le_bytes();
    [u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p])]
}

fn carried(words: &Words) -> Tight {
    let mut carried = Tight([0; 5]);
    fiat_25519_carry(&mut carried, &loose(words));
    carried
}

/// Limbs of 51 bits. The last has 52, which is within the bounds of a loose element.
const fn loose(words: &Words) -> Loose {
    const LIMB: u64 = (1 << 51) - 1;
    let [a, b, c, d] = *words;
    Loose([a & LIMB, (a >> 51 | b << 13) & LIMB, (b >> 38 | c << 26) & LIMB, (c >> 25 | d << 39) & LIMB, d >> 12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{ed25519::field::Element, proved::p25519};

    #[test]
    fn it_agrees_with_the_proved_arithmetic() {
        let words = [0, 1, 38, 1 << 51, 1 << 63, u64::MAX - 18, u64::MAX];
        let numbers = words.map(|low| words.map(|high| [low, u64::MAX - high, high, high]));
        // Both, reduced in the same way.
        let reduced = |words: Words| Element::from_words(&words).to_words();
        for a in numbers.as_flattened() {
            assert_eq!(reduced(square(a)), reduced(p25519::square(a)));
            for b in numbers.as_flattened() {
                assert_eq!(reduced(product(a, b)), reduced(p25519::product(a, b)));
                assert_eq!(reduced(sum(a, b)), reduced(p25519::sum(a, b)));
                assert_eq!(reduced(difference(a, b)), reduced(p25519::difference(a, b)));
            }
        }
    }
}
