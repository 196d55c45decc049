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

    /// How many words a step of the reduction removes. It divides N.
    const STEP: usize;

    /// `(low + factor · p) / S`, with the factor below S = 2^(BITS · STEP) that makes this an integer.
    fn reduce_step<W: Word<BITS>>(low: [W; N]) -> [W; N];

    /// `a · b / R` modulo p.
    #[inline(always)]
    fn product<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let [low, high] = number::product(a, b);
        Self::quotient(low, &high)
    }

    /// `a² / R` modulo p.
    #[cfg_attr(not(target_pointer_width = "64"), allow(dead_code, reason = "narrow words square by `product`"))]
    #[inline(always)]
    fn square<W: Word<BITS>>(a: &[W; N]) -> [W; N] {
        Self::product(a, a)
    }

    /// `(low + R · high) / R` modulo p.
    ///
    /// With the factors fᵢ of the steps, it is (low + R · high + Σ fᵢ · Sⁱ · p) / R < (R² + R · p) / R = R + p. So there is at
    /// most one carry, and no second one when p is subtracted for it.
    #[inline(always)]
    fn quotient<W: Word<BITS>>(low: [W; N], high: &[W; N]) -> [W; N] {
        let (sum, carry) = number::sum(&Self::reduce_words(low), high);
        if BITS > 32 {
            number::difference(&sum, &number::constant_if(carry, &Self::PRIME)).0
        } else {
            // R − p instead of R.
            W::changed_if(carry, sum, |sum| number::sum(&sum, &number::constant_if(carry, &Self::COMPLEMENT)).0)
        }
    }

    /// [`reduce_step`](Self::reduce_step) until N words are removed.
    #[inline(always)]
    fn reduce_words<W: Word<BITS>>(mut low: [W; N]) -> [W; N] {
        for _ in (0..N).step_by(Self::STEP) {
            low = Self::reduce_step(low);
        }
        low
    }

    /// `a + b` modulo p.
    ///
    /// Wide words add a masked constant, because a processor cannot predict the branch. With narrow words, branching takes less.
    #[inline(always)]
    fn sum<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let (sum, carry) = number::sum(a, b);
        let once_more = |sum| number::sum(&sum, &number::constant(&Self::COMPLEMENT));
        if BITS > 32 {
            let (sum, carry) = number::sum(&sum, &number::constant_if(carry, &Self::COMPLEMENT));
            W::changed_if(carry, sum, |sum| once_more(sum).0)
        } else {
            W::changed_if(carry, sum, |sum| {
                let (sum, carry) = once_more(sum);
                W::changed_if(carry, sum, |sum| once_more(sum).0)
            })
        }
    }

    /// `a − b` modulo p.
    #[inline(always)]
    fn difference<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> [W; N] {
        let (difference, borrow) = number::difference(a, b);
        let once_more = |number| number::difference(&number, &number::constant(&Self::COMPLEMENT));
        if BITS > 32 {
            let (difference, borrow) = number::difference(&difference, &number::constant_if(borrow, &Self::COMPLEMENT));
            W::changed_if(borrow, difference, |number| once_more(number).0)
        } else {
            W::changed_if(borrow, difference, |number| {
                let (number, borrow) = once_more(number);
                W::changed_if(borrow, number, |number| once_more(number).0)
            })
        }
    }

    /// The element that represents `a`: `a · R` modulo p. `product` is [`product`](Self::product), of which programs on boards have
    /// one copy.
    #[inline(always)]
    fn to_montgomery<W: Word<BITS>>(a: &[W; N], product: impl FnOnce(&[W; N], &[W; N]) -> [W; N]) -> [W; N] {
        product(a, &number::constant(&Self::RADIX_SQUARED))
    }

    /// The number below p that the element `a` represents: `a / R` modulo p.
    #[inline(always)]
    fn from_montgomery<W: Word<BITS>>(a: &[W; N], product: impl FnOnce(&[W; N], &[W; N]) -> [W; N]) -> [W; N] {
        Self::reduced(&product(a, &number::wide(W::constant(1))))
    }

    /// The number below p that is congruent to `a`, which is below R, and so below 2p.
    fn reduced<W: Word<BITS>>(a: &[W; N]) -> [W; N] {
        let (difference, borrow) = number::difference(a, &number::constant(&Self::PRIME));
        W::changed_if(borrow, difference, |_| *a)
    }
}
