//! Products of blocks of four words, and rows of them, for RSA. They are exact, without a modulus.

use super::{
    number::{self, sum_with_carry},
    word::Word,
};

/// Four words, the least significant first.
pub(crate) type Block<W> = [W; 4];

/// Adds `factor · other` to `sum`, which is as long as `other`, and returns the block that follows.
///
/// With B = 2^(bits of a block), and sum and other of n blocks, it is at most (Bⁿ − 1) + (B − 1) · (Bⁿ − 1) < Bⁿ⁺¹: the
/// result is one block, and no carry is lost when both are added to it.
#[inline(always)]
pub(crate) fn accumulate<const BITS: u32, W: Word<BITS>>(
    sum: &mut [Block<W>],
    factor: &Block<W>,
    other: &[Block<W>],
) -> Block<W> {
    // A copy, so that the compiler need not read it again after each write.
    let factor = *factor;
    let zero = [W::constant(0); 4];
    let (mut above, mut carry, mut further_carry) = (zero, W::CLEAR, W::CLEAR);
    for (place, block) in sum.iter_mut().zip(other) {
        let [low, high] = number::product(&factor, block);
        let addend;
        (addend, carry) = sum_with_carry(&low, &above, carry);
        (*place, further_carry) = sum_with_carry(place, &addend, further_carry);
        above = high;
    }
    let (above, _) = sum_with_carry(&above, &zero, carry);
    sum_with_carry(&above, &zero, further_carry).0
}

/// `one · other` modulo 2^(bits of a block).
#[inline(always)]
pub(crate) fn low_product<const BITS: u32, W: Word<BITS>>(one: &Block<W>, other: &Block<W>) -> Block<W> {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (*one, *other);
    let (p0, c) = a0.product(b0);
    let (p1, c) = a0.product_and_sum(b1, c, W::constant(0));
    let (p2, c) = a0.product_and_sum(b2, c, W::constant(0));
    let (p3, _) = a0.product_and_sum(b3, c, W::constant(0));
    let (p1, c) = a1.product_and_sum(b0, p1, W::constant(0));
    let (p2, c) = a1.product_and_sum(b1, p2, c);
    let (p3, _) = a1.product_and_sum(b2, p3, c);
    let (p2, c) = a2.product_and_sum(b0, p2, W::constant(0));
    let (p3, _) = a2.product_and_sum(b1, p3, c);
    let (p3, _) = a3.product_and_sum(b0, p3, W::constant(0));
    [p0, p1, p2, p3]
}
