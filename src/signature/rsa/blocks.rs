//! Multiplication modulo an odd number, in Montgomery form and in blocks of four words: as fast as safe Rust gets.
//!
//! It is for prepared keys; `montgomery` is shorter, prepares them, and is the reference for the tests here. Four things make
//! it faster. A square computes half of its products only once. The product of two blocks depends on nothing else, so a
//! processor computes several at a time; only a carry depends on the previous block. A whole block is reduced at a time,
//! because single words would have to wait for each other. And the reduction adds a multiple of a number that is −1 modulo a
//! block, so the factor is the block itself.
//!
//! Measured on x86-64, these did not help: columns of products, added to three words each; a row of all words of the other
//! number for each word of a block, although it is the shortest code; and adding the sum's block during the product instead of
//! after it. Two operations cost more than expected: moving numbers that have just been written, and shifts across words, which
//! are replaced by additions.
//!
//! Nothing overflows except where a carry is used: the comments explain why sums fit. All numbers are public, so nothing here
//! is constant time.

use crypto_bigint::{Limb, Word};

/// Four words, the least significant first.
pub(super) type Block = [Word; 4];

/// A number of N blocks, the least significant first.
pub(super) type Number<const N: usize> = [Block; N];

/// An odd modulus n with its prepared constants. R is 2 ^ (bits of N blocks), and B is 2 ^ (bits of one block).
pub(super) struct Modulus<'key, const N: usize> {
    value: &'key Number<N>,
    /// −1/n modulo B.
    negated_inverse: &'key Block,
    /// (k·n + 1) / B, where k is that inverse.
    multiple: Number<N>,
}

impl<'key, const N: usize> Modulus<'key, N> {
    /// `negated_inverse` is −1/n modulo B, from the key's table.
    pub(super) fn new(value: &'key Number<N>, negated_inverse: &'key Block) -> Self {
        // The lowest block of k·n is −1, so adding 1 carries into the next.
        let mut multiple = [[0; 4]; N];
        let above = accumulate(&mut multiple, negated_inverse, value);
        multiple.rotate_left(1);
        if let Some(highest) = multiple.last_mut() {
            *highest = above;
        }
        let mut carry = true;
        for block in &mut multiple {
            (*block, carry) = sum_of_blocks(block, &[0; 4], carry);
        }
        Self { value, negated_inverse, multiple }
    }

    /// Reduces a number below 3n modulo n.
    #[inline(never)]
    pub(super) fn reduce(&self, number: &mut Number<N>) {
        for _ in 0..2 {
            let mut difference = *number;
            if !self.subtract_from(&mut difference, true) {
                *number = difference;
            }
        }
    }

    /// Replaces any number by `number · other / R` modulo n. It works in place, like all of this, to save stack. The result is
    /// below 3n if one of the two is below n.
    pub(super) fn multiply(&self, number: &mut Number<N>, other: &Number<N>) {
        let mut product = [[[0; 4]; N]; 2];
        for (at, factor) in number.iter().enumerate() {
            add_product(blocks_from(&mut product, at), factor, other);
        }
        *number = *self.quotient(&mut product);
    }

    /// Replaces any number by `number² / R` modulo n.
    pub(super) fn square(&self, number: &mut Number<N>) {
        let mut square = [[[0; 4]; N]; 2];
        // The products of different blocks, once.
        for (at, factor) in number.iter().enumerate() {
            let next = at.wrapping_add(1);
            let others = number.get(next..).unwrap_or_default();
            add_product(blocks_from(&mut square, at.wrapping_add(next)), factor, others);
        }
        // The squares of the blocks, and the products again, because a processor adds faster than it shifts across words. The
        // sum fits, because it is the square of a number that fits in half the length.
        let (mut carry, mut further_carry) = (false, false);
        let (pairs, _) = square.as_flattened_mut().as_chunks_mut::<2>();
        for (pair, block) in pairs.iter_mut().zip(&*number) {
            for (place, own) in pair.iter_mut().zip(square_of_block(block)) {
                let once;
                (once, carry) = sum_of_blocks(place, &own, carry);
                (*place, further_carry) = sum_of_blocks(place, &once, further_carry);
            }
        }
        *number = *self.quotient(&mut square);
    }

    /// `number / R` modulo n, of any number of twice the length, and in its upper half.
    ///
    /// Each step adds a multiple of n that makes the lowest block zero. All steps but the last add k·n times that block: since
    /// k·n is −1 modulo B, the sum is the number above the block plus the block times (k·n + 1) / B, so no factor has to be
    /// computed first. With k, a block and the last step's factor at most B − 1, all these multiples are less than
    /// R/B · (B − 1) · n + (B − 1) · R/B · n < 2n · R. So a number below R² results in less than R + 2n, and subtracting n at
    /// most twice brings it below R; a number below n · R results in less than 3n.
    #[inline(always)]
    fn quotient<'number>(&self, number: &'number mut [Number<N>; 2]) -> &'number Number<N> {
        let mut carry = false;
        for at in 1..N {
            if let [lowest, others @ ..] = blocks_from(number, at.wrapping_sub(1)) {
                carry = add_multiple_of(others, lowest, &self.multiple, carry);
            }
        }
        let blocks = blocks_from(number, N.wrapping_sub(1));
        let factor = blocks.first().map_or([0; 4], |lowest| low_product_of_blocks(lowest, self.negated_inverse));
        let further_carry = add_multiple_of(blocks, &factor, self.value, false);
        let [_, upper] = number;
        let above = u8::from(carry).wrapping_add(u8::from(further_carry));
        // A borrow cancels one of the carries.
        if above > u8::from(self.subtract_from(upper, above > 0)) {
            self.subtract_from(upper, true);
        }
        upper
    }

    /// Subtracts n if requested, and returns whether that borrowed.
    #[inline(always)]
    fn subtract_from(&self, number: &mut Number<N>, is_wanted: bool) -> bool {
        // The request is practically random: a branch would be mispredicted half of the time.
        let mask = Word::from(is_wanted).wrapping_neg();
        let mut borrow = false;
        for (place, modulus) in number.as_flattened_mut().iter_mut().zip(self.value.as_flattened()) {
            (*place, borrow) = difference_of_words(*place, modulus & mask, borrow);
        }
        borrow
    }
}

/// Adds `factor · other` to the blocks, and the carry to the block after them.
#[inline(always)]
fn add_multiple_of<const N: usize>(blocks: &mut [Block], factor: &Block, other: &Number<N>, carry: bool) -> bool {
    let Some((low, [above, ..])) = blocks.split_at_mut_checked(N) else { return carry };
    let high = accumulate(low, factor, other);
    let further_carry;
    (*above, further_carry) = sum_of_blocks(above, &high, carry);
    further_carry
}

/// The blocks of a number of twice the length, from block `at` on.
#[inline(always)]
fn blocks_from<const N: usize>(number: &mut [Number<N>; 2], at: usize) -> &mut [Block] {
    number.as_flattened_mut().get_mut(at..).unwrap_or_default()
}

/// Adds `factor · other` to `sum`, in which the block after these is still zero.
#[inline(always)]
fn add_product(sum: &mut [Block], factor: &Block, other: &[Block]) {
    if let Some((low, [above, ..])) = sum.split_at_mut_checked(other.len()) {
        *above = accumulate(low, factor, other);
    }
}

/// Adds `factor · other` to `sum`, which is as long as `other`, and returns the block that follows.
///
/// With B = 2 ^ (bits of a block), and sum and other of n blocks, it is at most (Bⁿ − 1) + (B − 1) · (Bⁿ − 1) < Bⁿ⁺¹: the
/// result is one block, and no carry is lost when both are added to it.
#[inline(always)]
fn accumulate(sum: &mut [Block], factor: &Block, other: &[Block]) -> Block {
    // A copy, so that the compiler need not read it again after each write.
    let factor = *factor;
    let (mut above, mut carry, mut further_carry) = ([0; 4], false, false);
    for (place, block) in sum.iter_mut().zip(other) {
        let (low, high) = product_of_blocks(&factor, block);
        let own;
        (own, carry) = sum_of_blocks(&low, &above, carry);
        (*place, further_carry) = sum_of_blocks(place, &own, further_carry);
        above = high;
    }
    let (above, _) = sum_of_blocks(&above, &[0; 4], carry);
    let (above, _) = sum_of_blocks(&above, &[0; 4], further_carry);
    above
}

/// `one · other`, its lower and its upper block.
#[inline(always)]
fn product_of_blocks(one: &Block, other: &Block) -> (Block, Block) {
    let mut low = [0; 4];
    let mut sum = [0; 4];
    for (place, word) in low.iter_mut().zip(one) {
        (*place, sum) = add_multiple(sum, *word, other);
    }
    (low, sum)
}

/// `sum + word · block`: the lowest word, and the four above it.
///
/// With words below W it is at most (W⁴ − 1) + (W − 1) · (W⁴ − 1) < W⁵, so the highest word has room for both carries.
#[inline(always)]
fn add_multiple(sum: Block, word: Word, block: &Block) -> (Word, Block) {
    let [(l0, h0), (l1, h1), (l2, h2), (l3, h3)] = block.map(|other| product(word, other, 0, 0));
    let ([s0, s1, s2, s3], carry) = sum_of_blocks(&sum, &[l0, l1, l2, l3], false);
    let (s1, further_carry) = sum_of_words(s1, h0, false);
    let (s2, further_carry) = sum_of_words(s2, h1, further_carry);
    let (s3, further_carry) = sum_of_words(s3, h2, further_carry);
    (s0, [s1, s2, s3, h3.wrapping_add(Word::from(carry)).wrapping_add(Word::from(further_carry))])
}

/// `one · other` modulo 2 ^ (bits of a block).
#[inline(always)]
fn low_product_of_blocks(one: &Block, other: &Block) -> Block {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (*one, *other);
    let (p0, c) = product(a0, b0, 0, 0);
    let (p1, c) = product(a0, b1, c, 0);
    let (p2, c) = product(a0, b2, c, 0);
    let p3 = c.wrapping_add(a0.wrapping_mul(b3));
    let (p1, c) = product(a1, b0, p1, 0);
    let (p2, c) = product(a1, b1, p2, c);
    let p3 = p3.wrapping_add(c).wrapping_add(a1.wrapping_mul(b2));
    let (p2, c) = product(a2, b0, p2, 0);
    let p3 = p3.wrapping_add(c).wrapping_add(a2.wrapping_mul(b1)).wrapping_add(a3.wrapping_mul(b0));
    [p0, p1, p2, p3]
}

/// `block²`, its lower and its upper block.
#[inline(always)]
fn square_of_block(block: &Block) -> [Block; 2] {
    let [a0, a1, a2, a3] = *block;
    // The products of different words, once: those of a0, a1 and a2, each with the ones above.
    let (p1, c) = product(a0, a1, 0, 0);
    let (p2, c) = product(a0, a2, c, 0);
    let (p3, p4) = product(a0, a3, c, 0);
    let (p3, c) = product(a1, a2, p3, 0);
    let (p4, p5) = product(a1, a3, p4, c);
    let (p5, p6) = product(a2, a3, p5, 0);
    let (low, high) = ([0, p1, p2, p3], [p4, p5, p6, 0]);
    let [(l0, h0), (l1, h1), (l2, h2), (l3, h3)] = block.map(|word| product(word, word, 0, 0));
    let (low_once, carry) = sum_of_blocks(&low, &[l0, h0, l1, h1], false);
    let (high_once, _) = sum_of_blocks(&high, &[l2, h2, l3, h3], carry);
    let (low, carry) = sum_of_blocks(&low, &low_once, false);
    let (high, _) = sum_of_blocks(&high, &high_once, carry);
    [low, high]
}

#[inline(always)]
fn sum_of_blocks(one: &Block, other: &Block, carry: bool) -> (Block, bool) {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (*one, *other);
    let (s0, carry) = sum_of_words(a0, b0, carry);
    let (s1, carry) = sum_of_words(a1, b1, carry);
    let (s2, carry) = sum_of_words(a2, b2, carry);
    let (s3, carry) = sum_of_words(a3, b3, carry);
    ([s0, s1, s2, s3], carry)
}

#[inline(always)]
fn sum_of_words(one: Word, other: Word, carry: bool) -> (Word, bool) {
    let (sum, overflow) = one.overflowing_add(other);
    let (sum, further_overflow) = sum.overflowing_add(Word::from(carry));
    (sum, overflow | further_overflow)
}

#[inline(always)]
fn difference_of_words(one: Word, other: Word, borrow: bool) -> (Word, bool) {
    let (difference, overflow) = one.overflowing_sub(other);
    let (difference, further_overflow) = difference.overflowing_sub(Word::from(borrow));
    (difference, overflow | further_overflow)
}

/// `one · other + addend + carry`, its lower and its upper word. It is at most (W − 1)² + 2 · (W − 1) = W² − 1.
#[inline(always)]
fn product(one: Word, other: Word, addend: Word, carry: Word) -> (Word, Word) {
    let (low, high) = Limb(one).carrying_mul_add(Limb(other), Limb(addend), Limb(carry));
    (low.0, high.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn big(blocks: &[Block]) -> BigUint {
        blocks.as_flattened().iter().rev().fold(BigUint::ZERO, |high, word| (high << Word::BITS) + *word)
    }

    /// Words with the longest carries.
    fn block() -> impl Strategy<Value = Block> {
        let highest = 1 << (Word::BITS - 1);
        let word = prop_oneof![Just(0), Just(Word::MAX), Just(1), Just(Word::MAX - 1), Just(highest), any::<Word>()];
        prop::array::uniform4(word)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn blocks_are_multiplied(one in block(), other in block()) {
            let expected = big(&[one]) * big(&[other]);
            let (low, high) = product_of_blocks(&one, &other);
            assert_eq!(big(&[low, high]), expected);
            assert_eq!(big(&[low_product_of_blocks(&one, &other)]), big(&[low]));
            assert_eq!(big(&square_of_block(&one)), big(&[one]).pow(2));
        }

        #[test]
        fn products_are_accumulated(sum in prop::array::uniform3(block()), factor in block(), other in prop::array::uniform3(block())) {
            let mut accumulated = Vec::from(sum);
            let above = accumulate(&mut accumulated, &factor, &other);
            accumulated.push(above);
            assert_eq!(big(&accumulated), big(&sum) + big(&[factor]) * big(&other));
        }

        #[test]
        fn products_and_squares_agree_with_montgomery(mut modulus in prop::array::uniform2(block()), one in prop::array::uniform2(block()), other in prop::array::uniform2(block())) {
            modulus[0][0] |= 1;
            let n = big(&modulus);
            // −1/n modulo 2 ^ (bits of a block), bit by bit.
            let bits = 4 * Word::BITS;
            let mut inverse = BigUint::ZERO;
            for bit in 0..bits {
                if (&n * &inverse + 1_u8).bit(bit.into()) {
                    inverse.set_bit(bit.into(), true);
                }
            }
            let words: Vec<Word> = (0..4).map(|word| {
                let shifted = (&inverse >> (word * Word::BITS)) & BigUint::from(Word::MAX);
                Word::try_from(shifted).unwrap()
            }).collect();
            let negated_inverse = words.try_into().unwrap();
            let modulus = Modulus::new(&modulus, &negated_inverse);
            let radix = BigUint::from(1_u8) << (2 * bits);
            let product = |mut number: Number<2>, other: &Number<2>| {
                modulus.multiply(&mut number, other);
                number
            };
            let mut square = one;
            modulus.square(&mut square);
            for (result, expected) in [
                (product(one, &other), big(&one) * big(&other)),
                (square, big(&one).pow(2)),
            ] {
                assert_eq!(big(&result) * &radix % &n, expected % &n);
            }
            // For the bound, one factor below n suffices.
            let below = if big(&one) < n { one } else { [[0; 4]; 2] };
            let mut result = product(below, &other);
            modulus.reduce(&mut result);
            assert!(big(&result) < n);
            assert_eq!(big(&result) * &radix % &n, big(&below) * big(&other) % &n);
        }
    }
}
