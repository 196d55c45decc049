//! Arithmetic modulo a prime p of N words, in Montgomery form: with R = 2^(bits of N words), x · R represents the number x.
//!
//! Any N words are an element: a number below R, which need not be below p. So no bound has to be kept, whatever a table's memory
//! holds. Since p is above R / 2, a number has one or two forms, and zero has the forms 0 and p.

use super::number;
use super::word::Word;

/// A prime above R / 2.
pub(crate) trait Prime<const BITS: u32, const N: usize> {
    /// p.
    const PRIME: [u64; N];

    /// R − p, which is R modulo p: what a carry out of the N words is worth.
    const COMPLEMENT: [u64; N];

    /// R² modulo p.
    const RADIX_SQUARED: [u64; N];

    /// `(low + factor · p) / 2^BITS`, with the factor below 2^BITS that makes this an integer.
    fn reduce_word<W: Word<BITS>>(low: [W; N]) -> [W; N];

    /// `a · b / R` modulo p.
    #[inline(always)]
    fn product<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let [low, high] = number::product(a, b);
        Self::quotient(low, &high)
    }

    /// `a² / R` modulo p.
    #[inline(always)]
    fn square<W: Word<BITS>>(a: &[W; N]) -> [W; N] {
        Self::product(a, a)
    }

    /// `(low + R · high) / R` modulo p.
    ///
    /// With the factors fᵢ of the N steps, it is (low + R · high + Σ fᵢ · 2^(BITS · i) · p) / R < (R² + R · p) / R = R + p. So
    /// there is at most one carry, and no second one when p is subtracted for it.
    #[inline(always)]
    fn quotient<W: Word<BITS>>(mut low: [W; N], high: &[W; N]) -> [W; N] {
        for _ in 0..N {
            low = Self::reduce_word(low);
        }
        let (sum, carry) = number::sum(&low, high);
        number::difference(&sum, &Self::PRIME.map(|word| W::constant_if(carry, word))).0
    }

    /// `a + b` modulo p.
    #[inline(always)]
    fn sum<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let (sum, carry) = number::sum(a, b);
        let (sum, carry) = number::sum(&sum, &Self::COMPLEMENT.map(|word| W::constant_if(carry, word)));
        W::changed_if(carry, sum, |sum| number::sum(&sum, &Self::COMPLEMENT.map(W::constant)).0)
    }

    /// `a − b` modulo p.
    #[inline(always)]
    fn difference<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let (difference, borrow) = number::difference(a, b);
        let (difference, borrow) =
            number::difference(&difference, &Self::COMPLEMENT.map(|word| W::constant_if(borrow, word)));
        W::changed_if(borrow, difference, |number| number::difference(&number, &Self::COMPLEMENT.map(W::constant)).0)
    }

    /// The number below p that is congruent to `a`, which is below R, and so below 2p.
    fn reduced<W: Word<BITS>>(a: &[W; N]) -> [W; N] {
        let (difference, borrow) = number::difference(a, &Self::PRIME.map(W::constant));
        W::changed_if(borrow, difference, |_| *a)
    }
}
