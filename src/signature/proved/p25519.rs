//! The field of Ed25519, modulo p = 2²⁵⁵ − 19, in N words of together 256 bits.
//!
//! Any N words are an element: a number below 2²⁵⁶ = 2 · p + 38, which need not be below p.

use super::number::{self, wide};
use super::word::Word;

/// 2²⁵⁶ modulo p: what a carry out of the words is worth.
const CARRY: u64 = 38;

/// `a · b` modulo p.
#[inline(always)]
pub(crate) fn product<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N], b: &[W; N]) -> [W; N] {
    folded(number::product(a, b))
}

/// `a²` modulo p.
#[inline(always)]
pub(crate) fn square<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N]) -> [W; N] {
    product(a, a)
}

/// `a + b` modulo p.
#[inline(always)]
pub(crate) fn sum<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N], b: &[W; N]) -> [W; N] {
    let (sum, carry) = number::sum(a, b);
    add_word(&sum, W::constant_if(carry, CARRY))
}

/// `a − b` modulo p.
#[inline(always)]
pub(crate) fn difference<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N], b: &[W; N]) -> [W; N] {
    let (difference, borrow) = number::difference(a, b);
    let (mut difference, borrow) = number::difference(&difference, &wide(W::constant_if(borrow, CARRY)));
    // After a second borrow, the lowest word is at least 2^BITS − 38.
    if let Some(lowest) = difference.first_mut() {
        (*lowest, _) = lowest.difference(W::constant_if(borrow, CARRY), W::CLEAR);
    }
    difference
}

/// The number below p that is congruent to `a`.
pub(crate) fn reduced<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N]) -> [W; N] {
    // A number below 2 · p + 38 is at least p at most twice.
    reduced_once(&reduced_once(a))
}

/// `a − p`, unless `a` is below p.
fn reduced_once<const BITS: u32, W: Word<BITS>, const N: usize>(a: &[W; N]) -> [W; N] {
    let most = u64::MAX.wrapping_shr(64_u32.wrapping_sub(BITS));
    let mut prime = [W::constant(most); N];
    let places: &mut [W] = &mut prime;
    if let [lowest, .., highest] = places {
        (*lowest, *highest) = (W::constant(most ^ 18), W::constant(most >> 1));
    }
    let (difference, borrow) = number::difference(a, &prime);
    W::changed_if(borrow, difference, |_| *a)
}

/// The lower half, plus 38 times the upper half.
#[inline(always)]
fn folded<const BITS: u32, W: Word<BITS>, const N: usize>([low, high]: [[W; N]; 2]) -> [W; N] {
    let (lowest, others) = number::add_multiple(&low, W::constant(CARRY), &high);
    let (above, number) = number::unshifted(others, lowest);
    add_word(&number, above.product(W::constant(CARRY)).0)
}

/// `number + word`, for a small word. What is carried out of the number is added again.
#[inline(always)]
fn add_word<const BITS: u32, W: Word<BITS>, const N: usize>(number: &[W; N], word: W) -> [W; N] {
    let (mut sum, carry) = number::sum(number, &wide(word));
    // After a carry, the lowest word is less than the small word, and the others are zero.
    if let Some(lowest) = sum.first_mut() {
        (*lowest, _) = lowest.sum(W::constant_if(carry, CARRY), W::CLEAR);
    }
    sum
}
