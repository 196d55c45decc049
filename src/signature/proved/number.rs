//! Sums, differences and products of numbers of N words, the least significant first. Nothing here knows a modulus.

use super::word::Word;

/// Runs a step for each pair of places in two slices, the lowest first: without a loop for four and eight words, because a
/// compiler that optimizes for size, as for boards, would keep it, and the numbers in memory.
macro_rules! each_word {
    ($places:expr, $words:expr, |$place:ident, $word:ident| $step:expr) => {
        match ($places, $words) {
            ([p0, p1, p2, p3], [w0, w1, w2, w3]) => {
                each_word!(@ $place $word $step; p0 w0, p1 w1, p2 w2, p3 w3);
            }
            ([p0, p1, p2, p3, p4, p5, p6, p7], [w0, w1, w2, w3, w4, w5, w6, w7]) => {
                each_word!(@ $place $word $step; p0 w0, p1 w1, p2 w2, p3 w3, p4 w4, p5 w5, p6 w6, p7 w7);
            }
            (places, words) => {
                for ($place, $word) in places.iter_mut().zip(words) {
                    $step;
                }
            }
        }
    };
    (@ $place:ident $word:ident $step:expr; $($own_place:ident $own_word:ident),*) => {
        $({
            let ($place, $word) = ($own_place, $own_word);
            $step;
        })*
    };
}

/// `one + other`: the words, and the carry out of them.
#[inline(always)]
pub(crate) fn sum<const BITS: u32, W: Word<BITS>, const N: usize>(one: &[W; N], other: &[W; N]) -> ([W; N], W::Flag) {
    sum_with_carry(one, other, W::CLEAR)
}

/// `one + other + carry`: the words, and the carry out of them.
#[inline(always)]
pub(crate) fn sum_with_carry<const BITS: u32, W: Word<BITS>, const N: usize>(
    one: &[W; N],
    other: &[W; N],
    mut carry: W::Flag,
) -> ([W; N], W::Flag) {
    let mut sum = *one;
    let (places, words): (&mut [W], &[W]) = (&mut sum, other);
    each_word!(places, words, |place, word| (*place, carry) = place.sum(*word, carry));
    (sum, carry)
}

/// `one − other`: the words, and the borrow out of them.
#[inline(always)]
pub(crate) fn difference<const BITS: u32, W: Word<BITS>, const N: usize>(
    one: &[W; N],
    other: &[W; N],
) -> ([W; N], W::Flag) {
    let (mut difference, mut borrow) = (*one, W::CLEAR);
    let (places, words): (&mut [W], &[W]) = (&mut difference, other);
    each_word!(places, words, |place, word| (*place, borrow) = place.difference(*word, borrow));
    (difference, borrow)
}

/// A word as a number.
#[inline(always)]
pub(crate) fn wide<const BITS: u32, W: Word<BITS>, const N: usize>(word: W) -> [W; N] {
    unshifted([W::constant(0); N], word).1
}

/// A constant number.
#[inline(always)]
pub(crate) fn constant<const BITS: u32, W: Word<BITS>, const N: usize>(words: &[u64; N]) -> [W; N] {
    let mut constant = [W::constant(0); N];
    let (places, words): (&mut [W], &[u64]) = (&mut constant, words);
    each_word!(places, words, |place, word| *place = W::constant(*word));
    constant
}

/// A constant number if the flag is set, otherwise zero.
#[inline(always)]
pub(crate) fn constant_if<const BITS: u32, W: Word<BITS>, const N: usize>(flag: W::Flag, words: &[u64; N]) -> [W; N] {
    let mut constant = [W::constant(0); N];
    let (places, words): (&mut [W], &[u64]) = (&mut constant, words);
    each_word!(places, words, |place, word| *place = W::constant_if(flag, *word));
    constant
}

/// `one · other`: the lower and the upper half.
#[inline(always)]
pub(crate) fn product<const BITS: u32, W: Word<BITS>, const N: usize>(one: &[W; N], other: &[W; N]) -> [[W; N]; 2] {
    let zero = W::constant(0);
    let (mut low, mut high) = ([zero; N], [zero; N]);
    let (places, words): (&mut [W], &[W]) = (&mut low, one);
    each_word!(places, words, |place, word| (*place, high) = add_multiple(&high, *word, other));
    [low, high]
}

/// `sum + factor · number`: the lowest word, and those above it.
#[inline(always)]
pub(crate) fn add_multiple<const BITS: u32, W: Word<BITS>, const N: usize>(
    sum: &[W; N],
    factor: W,
    number: &[W; N],
) -> (W, [W; N]) {
    if BITS > 32 { add_multiple_in_chains(sum, factor, number) } else { add_multiple_in_steps(sum, factor, number) }
}

/// Two chains of carries, one for the lower and one for the upper words of the products: the fastest where a carry is a flag
/// of the processor.
#[inline(always)]
fn add_multiple_in_chains<const BITS: u32, W: Word<BITS>, const N: usize>(
    sum: &[W; N],
    factor: W,
    number: &[W; N],
) -> (W, [W; N]) {
    let zero = W::constant(0);
    let products = number.map(|word| factor.product(word));
    let (lower, carry) = self::sum(sum, &products.map(|(low, _)| low));
    let mut upper = products.map(|(_, high)| high);
    if let Some(highest) = upper.last_mut() {
        (*highest, _) = highest.sum(zero, carry);
    }
    let (lowest, others) = shifted(lower, zero);
    (lowest, self::sum(&others, &upper).0)
}

/// One word after the other, with a whole word as carry: the fastest where a product and two sums are one instruction, as on
/// ARM's boards.
#[inline(always)]
fn add_multiple_in_steps<const BITS: u32, W: Word<BITS>, const N: usize>(
    sum: &[W; N],
    factor: W,
    number: &[W; N],
) -> (W, [W; N]) {
    let (mut result, mut carry) = (*sum, W::constant(0));
    let (places, words): (&mut [W], &[W]) = (&mut result, number);
    each_word!(places, words, |place, word| (*place, carry) = factor.product_and_sum(*word, *place, carry));
    shifted(result, carry)
}

/// The lowest word, and the others one place lower, below `highest`.
#[inline(always)]
pub(crate) fn shifted<W: Copy, const N: usize>(number: [W; N], highest: W) -> (W, [W; N]) {
    let (mut others, mut above) = (number, highest);
    let places: &mut [W] = &mut others;
    if let [p0, p1, p2, p3, p4, p5, p6, p7] = places {
        (above, *p0, *p1, *p2, *p3, *p4, *p5, *p6, *p7) = (*p0, *p1, *p2, *p3, *p4, *p5, *p6, *p7, highest);
    } else {
        places.iter_mut().rev().for_each(|place| (*place, above) = (above, *place));
    }
    (above, others)
}

/// The opposite: the highest word, and the others one place higher, above `lowest`.
#[inline(always)]
pub(crate) fn unshifted<W: Copy, const N: usize>(number: [W; N], lowest: W) -> (W, [W; N]) {
    let (mut others, mut below) = (number, lowest);
    for place in &mut others {
        (*place, below) = (below, *place);
    }
    (below, others)
}
