//! The operations on signed words that [division](super::limbs) consists of. Programs use them with `i64`; tests, with symbolic words.

/// Bits of a limb.
pub(crate) const LIMB_BITS: u32 = 62;

/// A limb with all bits set.
pub(crate) const LIMB_MASK: i64 = i64::MAX >> 1;

/// A signed word of 64 bits.
///
/// Where a result must fit, the caller knows that it does; the proofs show it.
pub(crate) trait Signed: Copy {
    /// A sum of products, of 128 bits.
    type Sum: Copy;

    const ZERO: Self;

    /// No product.
    const NOTHING: Self::Sum;

    /// `self + other`, which must fit.
    fn sum(self, other: Self) -> Self;

    /// `self − other`, which must fit.
    fn difference(self, other: Self) -> Self;

    /// `self · other + addend` modulo 2⁶⁴.
    fn wrapping_product_and_sum(self, other: Self, addend: Self) -> Self;

    /// The lowest 62 bits, and what is above them: `self` is word + 2⁶² · rest.
    fn split(self) -> (Self, Self);

    /// `self · other + sum`, which must fit.
    fn product_and_sum(self, other: Self, sum: Self::Sum) -> Self::Sum;

    /// The lowest 62 bits of a sum, and what is above them.
    fn split_sum(sum: Self::Sum) -> (Self, Self::Sum);

    /// A sum that must fit in a word.
    fn narrow(sum: Self::Sum) -> Self;
}

impl Signed for i64 {
    type Sum = i128;

    const ZERO: Self = 0;
    const NOTHING: i128 = 0;

    #[inline(always)]
    fn sum(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn difference(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline(always)]
    fn wrapping_product_and_sum(self, other: Self, addend: Self) -> Self {
        self.wrapping_mul(other).wrapping_add(addend)
    }

    #[inline(always)]
    fn split(self) -> (Self, Self) {
        (self & LIMB_MASK, self >> LIMB_BITS)
    }

    #[inline(always)]
    fn product_and_sum(self, other: Self, sum: i128) -> i128 {
        i128::from(self).wrapping_mul(i128::from(other)).wrapping_add(sum)
    }

    #[inline(always)]
    fn split_sum(sum: i128) -> (Self, i128) {
        (Self::narrow(sum) & LIMB_MASK, sum >> LIMB_BITS)
    }

    #[inline(always)]
    fn narrow(sum: i128) -> Self {
        low_word(sum)
    }
}

/// The lowest 64 bits.
pub(crate) const fn low_word(sum: i128) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = sum.to_le_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}
