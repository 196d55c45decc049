//! Multiplication modulo an odd number, in Montgomery form, with no memory beyond the numbers.
//!
//! crypto-bigint provides the numbers and limbs. It prepares its own Montgomery form by a division of twice the width, which
//! needs several times this memory and leaves panics that the compiler cannot remove; here, doubling and squaring prepare it.
//! All numbers are public, so nothing here is constant time.

use crypto_bigint::{Limb, Uint};

use super::inverse::wide_inverse;

/// An odd modulus n. With R = 2 ^ [`Uint::BITS`], the Montgomery form of a number x is x·R mod n.
pub(super) struct Modulus<const LIMBS: usize> {
    value: Uint<LIMBS>,
    /// −1/n modulo 2 ^ [`Limb::BITS`].
    negated_inverse: Limb,
}

impl<const LIMBS: usize> Modulus<LIMBS> {
    /// `None` for an even number, which has no Montgomery form.
    pub(super) fn new(value: Uint<LIMBS>) -> Option<Self> {
        if value.as_limbs().first()?.0 & 1 == 0 {
            return None;
        }
        let inverse = wide_inverse(&value.resize());
        Some(Self { value, negated_inverse: Limb::ZERO.wrapping_sub(*inverse.as_limbs().first()?) })
    }

    pub(super) const fn value(&self) -> &Uint<LIMBS> {
        &self.value
    }

    /// `one · other / R mod n`, for two numbers below n. For two numbers in Montgomery form, it is their product in that form.
    pub(super) fn product(&self, one: &Uint<LIMBS>, other: &Uint<LIMBS>) -> Uint<LIMBS> {
        let (mut sum, mut top) = (Uint::ZERO, Limb::ZERO);
        for limb in one.as_limbs() {
            top = self.accumulate(&mut sum, top, *limb, other);
        }
        self.reduce(sum, top)
    }

    /// One step: `(sum + limb · other + m · n) / 2 ^ Limb::BITS`, with the m that makes this an integer.
    ///
    /// `top` is the limb of the sum that does not fit; so is the result. The sum stays below `other + n`: if it is smaller, and
    /// limb and m are at most B − 1, the result is at most ((other + n − 1) + (B − 1) · other + (B − 1) · n) / B, which is
    /// again below it. That is less than 2n, so `top` is never more than 1, and one subtraction reduces the sum.
    #[inline(always)]
    fn accumulate(&self, sum: &mut Uint<LIMBS>, top: Limb, limb: Limb, other: &Uint<LIMBS>) -> Limb {
        let mut limbs = sum.as_mut_limbs().iter_mut().zip(other.as_limbs()).zip(self.value.as_limbs());
        let Some(((mut place, factor), modulus)) = limbs.next() else {
            return top;
        };
        let (low, mut carry) = limb.carrying_mul_add(*factor, *place, Limb::ZERO);
        let multiple = low.wrapping_mul(self.negated_inverse);
        let (_, mut modulus_carry) = multiple.carrying_mul_add(*modulus, low, Limb::ZERO);
        for ((next, factor), modulus) in limbs {
            let low;
            (low, carry) = limb.carrying_mul_add(*factor, *next, carry);
            (*place, modulus_carry) = multiple.carrying_mul_add(*modulus, low, modulus_carry);
            place = next;
        }
        let (high, overflow) = top.overflowing_add(carry);
        let (high, further_overflow) = high.overflowing_add(modulus_carry);
        *place = high;
        overflow.wrapping_add(further_overflow)
    }

    /// R² mod n, whose product with a number is that number's Montgomery form.
    pub(super) fn square_of_radix(&self) -> Uint<LIMBS> {
        // The largest power of two below n, then doubled up to 2^k · R: the Montgomery form of 2^k.
        let mut power = Uint::ZERO;
        let mut exponent: u32 = 0;
        if let Some(highest) = self.value.bits_vartime().checked_sub(1) {
            power = Uint::ONE.overflowing_shl_vartime(highest).unwrap_or(Uint::ZERO);
            exponent = highest;
        }
        for _ in exponent..Uint::<LIMBS>::BITS.saturating_add(Uint::<LIMBS>::BITS >> SQUARINGS) {
            let (double, carry) = power.carrying_add(&power, Limb::ZERO);
            power = self.reduce(double, carry);
        }
        // After these squarings, 2^k is R.
        for _ in 0..SQUARINGS {
            power = self.product(&power, &power);
        }
        power
    }

    /// Reduces a number below 2n modulo n. `top` is its limb that does not fit.
    fn reduce(&self, number: Uint<LIMBS>, top: Limb) -> Uint<LIMBS> {
        if top != Limb::ZERO || number >= self.value { number.wrapping_sub(&self.value) } else { number }
    }
}

/// The number of squarings from 2^k to R. Six squarings cost about as much as the remaining doublings.
const SQUARINGS: u32 = 6;

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use crypto_bigint::{U2048, U3072, U4096, Word};
    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;

    fn big<const LIMBS: usize>(number: &Uint<LIMBS>) -> BigUint {
        number.as_words().iter().rev().fold(BigUint::ZERO, |high, word| (high << Limb::BITS) + *word)
    }

    /// Checks the product and R² modulo `modulus` against num-bigint.
    fn agree<const LIMBS: usize>(modulus: Uint<LIMBS>, one: Uint<LIMBS>, other: Uint<LIMBS>) {
        let modulus = Modulus::new(modulus).unwrap();
        let n = big(modulus.value());
        let radix = BigUint::from(1_u8) << Uint::<LIMBS>::BITS;
        assert_eq!(big(&modulus.square_of_radix()), &radix * &radix % &n);

        let (one, other) =
            (one.rem_vartime(&modulus.value().to_nz().unwrap()), other.rem_vartime(&modulus.value().to_nz().unwrap()));
        let product = modulus.product(&one, &other);
        assert!(product < *modulus.value());
        assert_eq!(big(&product) * &radix % &n, big(&one) * big(&other) % &n);
    }

    /// Numbers with the longest carries: the limbs are all ones, all zeros, or nearly so.
    fn limbs<const LIMBS: usize>() -> impl Strategy<Value = Uint<LIMBS>> {
        let highest = 1 << (Word::BITS - 1);
        let limb = prop_oneof![Just(0), Just(Word::MAX), Just(1), Just(Word::MAX - 1), Just(highest), any::<Word>()];
        prop::collection::vec(limb, LIMBS).prop_map(|words| {
            let limbs: Vec<_> = words.into_iter().map(Limb).collect();
            Uint::new(limbs.try_into().unwrap())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn products_of_2048_bits(modulus in limbs(), one in limbs(), other in limbs()) {
            agree::<{ U2048::LIMBS }>(modulus | Uint::ONE, one, other);
        }

        #[test]
        fn products_of_3072_bits(modulus in limbs(), one in limbs(), other in limbs()) {
            agree::<{ U3072::LIMBS }>(modulus | Uint::ONE, one, other);
        }

        #[test]
        fn products_of_4096_bits(modulus in limbs(), one in limbs(), other in limbs()) {
            agree::<{ U4096::LIMBS }>(modulus | Uint::ONE, one, other);
        }

        #[test]
        fn moduli_that_partly_fill_their_highest_limbs(modulus in limbs(), shift in 0..2047_u32, one in limbs()) {
            agree::<{ U2048::LIMBS }>(modulus.wrapping_shr_vartime(shift) | Uint::ONE, one, one);
        }
    }

    #[test]
    fn the_edges_of_the_range() {
        let highest = U2048::ONE.shl_vartime(2047);
        for modulus in [
            U2048::MAX,
            highest | U2048::ONE,
            U2048::MAX.wrapping_sub(&U2048::from(2_u8)),
            U2048::ONE,
            U2048::from(3_u8),
        ] {
            for one in [U2048::ZERO, U2048::ONE, modulus.wrapping_sub(&U2048::ONE), modulus, U2048::MAX] {
                agree(modulus, one, one);
                agree(modulus, one, U2048::MAX);
            }
        }
    }

    #[test]
    fn an_even_modulus_has_no_montgomery_form() {
        assert!(Modulus::new(U2048::from(2_u8)).is_none());
        assert!(Modulus::new(U2048::ZERO).is_none());
    }
}
