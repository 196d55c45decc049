//! Multiplication modulo an odd number, in Montgomery form and in blocks of four words: as fast as safe Rust gets.
//!
//! It is for prepared keys; `montgomery` is shorter, prepares them, and is the reference for the tests here. Four things make
//! it faster. A square computes the products of different blocks only once. The product of two blocks depends on nothing else, so a
//! processor computes several at a time; only a carry depends on the previous block. A whole block is reduced at a time,
//! because single words would have to wait for each other. And the reduction adds a multiple of a number that is −1 modulo a
//! block, so the factor is the block itself.
//!
//! Measured on x86-64, these did not help: columns of products, added to three words each; a row of all words of the other
//! number for each word of a block, although it is the shortest code; adding the sum's block, or the block above the previous
//! product, during the product instead of after it; and two rows at a time. Karatsuba's method needs a quarter of the products
//! less, but for its sums the compiler moves so many words that a power of 2048 bits takes 5 % longer with it in squares, and 14 %
//! longer with it in products of eight words. Two operations cost more than expected: moving numbers that have just been written, and shifts across words,
//! which are replaced by additions.
//!
//! Nothing overflows except where a carry is used: the comments explain why sums fit. All numbers are public, so nothing here
//! is constant time.

use crypto_bigint::Word;

use crate::signature::proved::{
    blocks::{self, accumulate, low_product},
    number::{self, sum_with_carry},
    word::Word as _,
};

/// Four words of the machine, the least significant first.
pub(super) type Block = blocks::Block<Word>;

/// A number of N blocks, the least significant first.
pub(super) type Number<const N: usize> = [Block; N];

/// An odd modulus n with its prepared constants. R is 2 ^ (bits of N blocks), and B is 2 ^ (bits of one block).
pub(super) struct Modulus<'key, const N: usize> {
    value: &'key Number<N>,
    /// −1/n modulo B.
    negated_inverse: &'key Block,
    /// (k·n + 1) / B, where k is that inverse.
    multiple: &'key Number<N>,
}

impl<'key, const N: usize> Modulus<'key, N> {
    /// `negated_inverse` is −1/n modulo B, from the key's table. `multiple` is memory of zeros.
    pub(super) fn new(value: &'key Number<N>, negated_inverse: &'key Block, multiple: &'key mut Number<N>) -> Self {
        let mut above = accumulate(multiple, negated_inverse, value);
        // One block lower. The lowest block of k·n is −1, so adding 1 carries into the next.
        for block in multiple.iter_mut().rev() {
            core::mem::swap(block, &mut above);
        }
        let mut carry = true;
        for block in &mut *multiple {
            (*block, carry) = sum_with_carry(block, &[0; 4], carry);
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

    /// Replaces any number by `number · other / R` modulo n, given the blocks of the other, the least significant first. It works
    /// in place, like all of this, to save stack. The result is below 3n if one of the two is below n.
    // Neither this nor the next is inlined, so that their numbers share the stack.
    #[inline(never)]
    pub(super) fn multiply(&self, number: &mut Number<N>, other: impl Iterator<Item = Block>) {
        let mut product = [[[0; 4]; N]; 2];
        for (at, factor) in other.enumerate() {
            add_product(blocks_from(&mut product, at), &factor, number);
        }
        *number = *self.quotient(&mut product);
    }

    /// Replaces any number by `number² / R` modulo n.
    #[inline(never)]
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
            for (place, own) in pair.iter_mut().zip(number::product(block, block)) {
                let once;
                (once, carry) = sum_with_carry(place, &own, carry);
                (*place, further_carry) = sum_with_carry(place, &once, further_carry);
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
                carry = add_multiple_of(others, lowest, self.multiple, carry);
            }
        }
        let blocks = blocks_from(number, N.wrapping_sub(1));
        let factor = blocks.first().map_or([0; 4], |lowest| low_product(lowest, self.negated_inverse));
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
            (*place, borrow) = place.difference(modulus & mask, borrow);
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
    (*above, further_carry) = sum_with_carry(above, &high, carry);
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
            let mut multiple = [[0; 4]; 2];
            let modulus = Modulus::new(&modulus, &negated_inverse, &mut multiple);
            let radix = BigUint::from(1_u8) << (2 * bits);
            let product = |mut number: Number<2>, other: &Number<2>| {
                modulus.multiply(&mut number, other.iter().copied());
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
