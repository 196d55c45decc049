//! The fields of the curves: arithmetic modulo their primes.
//!
//! - **P-256, and P-384 in 64-bit limbs** are this crate's arithmetic in [`proved`](crate::signature::proved), which tests prove for
//!   all inputs. Any limbs are an element.
//! - **P-384 in 32-bit limbs, and P-521**, beside their curves, are `fiat-crypto`'s, whose functions are proved correct in Coq. They are correct for inputs
//!   within bounds and return outputs within them. It remains to ensure that every element is within the bounds, and that elements
//!   have no other source:
//!   - P-384 is in Montgomery form, in limbs of full width, and must be below the prime. [`Field::from_integer`] accepts only
//!     numbers below the prime, and tables are written from such elements.
//!   - P-521 has unsaturated limbs within "tight" bounds; sums are "loose" and are carried immediately, so that every element is
//!     tight. [`Field::load`] masks the limbs, so that arbitrary memory also yields a tight element.
//!
//! Nothing overflows, whatever a table's memory holds: for saturated limbs, carries are single bits and products of limbs
//! full width by construction; unsaturated limbs are bounded by the mask.

pub(super) mod limb;
pub(super) mod proved;

use crate::signature::integer::Integer;

/// An element of a curve's field.
pub trait Field: Copy {
    /// A number as wide as the prime.
    type Limbs;

    /// The length of an element in a table, in words. Neither this nor the words depend on the machine.
    const WORDS: usize;

    const ZERO: Self;
    const ONE: Self;

    fn product(&self, other: &Self) -> Self;
    fn square(&self) -> Self;
    fn sum(&self, other: &Self) -> Self;
    fn difference(&self, other: &Self) -> Self;
    fn negated(&self) -> Self;
    fn is_zero(&self) -> bool;

    /// The element of a number below the prime.
    fn from_integer(number: &Integer<Self::Limbs>) -> Self;

    /// The number below the prime that is this element.
    fn to_integer(&self) -> Integer<Self::Limbs>;

    /// Reads what [`store`](Self::store) has written. Returns `None` for fewer than [`WORDS`](Self::WORDS).
    fn load(words: &[u64]) -> Option<Self>;

    /// Writes the element, as the number below the prime, to the first [`WORDS`](Self::WORDS) words. Returns `None` if there are
    /// fewer.
    fn store(&self, words: &mut [u64]) -> Option<()>;
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use num_bigint::BigUint;

    use super::super::curve::Curve;
    use super::super::{es384::field::P384Of32Bits, es512::field::*};
    use super::{Field, proved::*};
    use crate::signature::integer::{Integer, LimbArray};

    /// Numbers below the prime with the longest carries, and some in between.
    fn numbers(prime: &BigUint) -> Vec<BigUint> {
        let mut numbers: Vec<_> = [0_u8, 1, 2, 3].map(BigUint::from).into();
        for shift in [1, 27, 28, 31, 32, 55, 57, 58, 63, 64, 116, 128, 191, 192, 224, 255, 256, 320, 383, 464, 519, 520]
        {
            numbers.extend([(BigUint::from(1_u8) << shift) - 1_u8, BigUint::from(1_u8) << shift]);
        }
        numbers.extend((1..40_u32).map(|exponent| BigUint::from(3_u8).pow(9 * exponent)));
        numbers.retain(|number| number < prime);
        let opposites: Vec<_> = numbers.iter().map(|number| (prime - number) % prime).collect();
        numbers.extend(opposites);
        numbers
    }

    fn big<Limbs: LimbArray>(number: Integer<Limbs>) -> BigUint {
        BigUint::from_bytes_le(&number.to_le_bytes::<72>())
    }

    fn agrees_with_big_numbers<C: Curve, F: Field<Limbs = C::Limbs>>() {
        let prime = big(*C::PRIME.value());
        let element = |number: &BigUint| F::from_integer(&Integer::from_be_bytes(&number.to_bytes_be()));
        let is = |element: F, number: BigUint| {
            let number = number % &prime;
            assert_eq!(big(element.to_integer()), number);
            assert_eq!(element.is_zero(), number == BigUint::ZERO);
            let mut words = [u64::MAX; 12];
            element.store(&mut words).unwrap();
            assert_eq!(big(F::load(&words).unwrap().to_integer()), number);
        };
        is(F::ZERO, BigUint::ZERO);
        is(F::ONE, BigUint::from(1_u8));
        let numbers = numbers(&prime);
        for one in &numbers {
            let x = element(one);
            is(x, one.clone());
            is(x.square(), one * one);
            is(x.negated(), &prime - one);
            for other in &numbers {
                let y = element(other);
                is(x.product(&y), one * other);
                is(x.sum(&y), one + other);
                is(x.difference(&y), one + &prime - other);
                is(x.difference(&y).sum(&y).difference(&x), BigUint::ZERO);
            }
        }
        assert!(F::load(&[0; 12][..F::WORDS - 1]).is_none());
        assert!(F::ONE.store(&mut [0; 12][..F::WORDS - 1]).is_none());
    }

    #[test]
    fn p256_agrees_with_big_numbers() {
        agrees_with_big_numbers::<p256::NistP256, P256Of64Bits>();
        agrees_with_big_numbers::<p256::NistP256, P256Of32Bits>();
    }

    #[test]
    fn p384_agrees_with_big_numbers() {
        agrees_with_big_numbers::<p384::NistP384, P384Of64Bits>();
        agrees_with_big_numbers::<p384::NistP384, P384Of32Bits>();
    }

    #[test]
    fn p521_agrees_with_big_numbers() {
        agrees_with_big_numbers::<p521::NistP521, P521Of64Bits>();
        agrees_with_big_numbers::<p521::NistP521, P521Of32Bits>();
    }

    /// Additions, subtractions and products of arbitrary memory do not overflow, which would panic in a test.
    fn accepts_any_memory<F: Field>() {
        for word in [0, 1, 0xffff_ffff, 1 << 63, 0x0fff_ffff_0fff_ffff, 0x5555_5555_5555_5555, u64::MAX - 1, u64::MAX] {
            let x = F::load(&[word; 12]).unwrap();
            let mut sum = x;
            for _ in 0..4 {
                sum = sum.sum(&x).product(&x.negated()).difference(&sum.square()).difference(&x);
            }
            assert!(sum.is_zero() == sum.negated().is_zero());
        }
    }

    #[test]
    fn memory_that_holds_no_element_does_not_overflow() {
        accepts_any_memory::<P256Of64Bits>();
        accepts_any_memory::<P256Of32Bits>();
        accepts_any_memory::<P384Of64Bits>();
        accepts_any_memory::<P384Of32Bits>();
        accepts_any_memory::<P521Of64Bits>();
        accepts_any_memory::<P521Of32Bits>();
    }

    #[test]
    fn the_prime_is_zero_in_unsaturated_limbs() {
        // The prime is a form of zero that sums can have, other than the zero that is read from bytes.
        let words = |zero: bool| if zero { [0; 12] } else { [u64::MAX; 12] };
        for zero in [true, false] {
            assert!(P521Of64Bits::load(&words(zero)).unwrap().is_zero());
            assert!(P521Of32Bits::load(&words(zero)).unwrap().is_zero());
        }
    }

    /// Also of elements in their higher form, such as some sums.
    fn are_stored_alike<C: Curve, Wide: Field<Limbs = C::Limbs>, Narrow: Field<Limbs = C::Limbs>>() {
        for number in numbers(&big(*C::PRIME.value())) {
            let number = Integer::from_be_bytes(&number.to_bytes_be());
            let (wide, narrow) = (Wide::from_integer(&number), Narrow::from_integer(&number));
            let mut words = [[0; 12]; 2];
            let [of_wide, of_narrow] = &mut words;
            wide.sum(&wide.negated()).sum(&wide).store(of_wide).unwrap();
            narrow.sum(&narrow.negated()).sum(&narrow).store(of_narrow).unwrap();
            assert_eq!(of_wide, of_narrow);
        }
    }

    #[test]
    fn machines_of_both_word_sizes_store_the_same_words() {
        are_stored_alike::<p256::NistP256, P256Of64Bits, P256Of32Bits>();
        are_stored_alike::<p384::NistP384, P384Of64Bits, P384Of32Bits>();
        are_stored_alike::<p521::NistP521, P521Of64Bits, P521Of32Bits>();
    }
}
