//! Sums, differences and products of numbers of N words, the least significant first. Nothing here knows a modulus.

use super::word::Word;

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
    let (mut places, mut words): (&mut [W], &[W]) = (&mut sum, other);
    while let ([place, further_places @ ..], [word, further_words @ ..]) = (places, words) {
        (*place, carry) = place.sum(*word, carry);
        (places, words) = (further_places, further_words);
    }
    (sum, carry)
}

/// `one − other`: the words, and the borrow out of them.
#[inline(always)]
pub(crate) fn difference<const BITS: u32, W: Word<BITS>, const N: usize>(
    one: &[W; N],
    other: &[W; N],
) -> ([W; N], W::Flag) {
    let (mut difference, mut borrow) = (*one, W::CLEAR);
    let (mut places, mut words): (&mut [W], &[W]) = (&mut difference, other);
    while let ([place, further_places @ ..], [word, further_words @ ..]) = (places, words) {
        (*place, borrow) = place.difference(*word, borrow);
        (places, words) = (further_places, further_words);
    }
    (difference, borrow)
}

/// `one · other`: the lower and the upper half.
#[inline(always)]
pub(crate) fn product<const BITS: u32, W: Word<BITS>, const N: usize>(one: &[W; N], other: &[W; N]) -> [[W; N]; 2] {
    let zero = W::constant(0);
    let (mut low, mut high) = ([zero; N], [zero; N]);
    let (mut places, mut words): (&mut [W], &[W]) = (&mut low, one);
    while let ([place, further_places @ ..], [word, further_words @ ..]) = (places, words) {
        (*place, high) = add_multiple(&high, *word, other);
        (places, words) = (further_places, further_words);
    }
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
    for (place, word) in result.iter_mut().zip(number) {
        (*place, carry) = factor.product_and_sum(*word, *place, carry);
    }
    shifted(result, carry)
}

/// The lowest word, and the others one place lower, below `highest`.
#[inline(always)]
pub(crate) fn shifted<W: Copy, const N: usize>(number: [W; N], highest: W) -> (W, [W; N]) {
    let (mut others, mut above) = (number, highest);
    let mut places: &mut [W] = &mut others;
    while let [further_places @ .., place] = places {
        (*place, above) = (above, *place);
        places = further_places;
    }
    (above, others)
}

/// The opposite: the highest word, and the others one place higher, above `lowest`.
#[cfg_attr(miri, allow(dead_code))] // Ed25519's field is another one there.
#[inline(always)]
pub(crate) fn unshifted<W: Copy, const N: usize>(number: [W; N], lowest: W) -> (W, [W; N]) {
    let (mut others, mut below) = (number, lowest);
    for place in &mut others {
        (*place, below) = (below, *place);
    }
    (below, others)
}
