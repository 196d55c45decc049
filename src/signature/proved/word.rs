//! The operations on machine words that the arithmetic in this folder consists of.
//!
//! The arithmetic is generic over [`Word`]. Programs use it with `u64` or `u32`, where each operation is a few instructions. Tests
//! use the same code with a symbolic word, and prove what it computes for all inputs.

/// A word of `BITS` bits, as a number from 0 to 2^BITS − 1.
///
/// No operation drops anything: what does not fit in a word is a result, too.
pub(crate) trait Word<const BITS: u32>: Copy {
    /// A carry or a borrow: 0 or 1.
    type Flag: Copy;

    /// No carry.
    const CLEAR: Self::Flag;

    /// A constant, which must be below 2^BITS.
    fn constant(value: u64) -> Self;

    /// `self · other`: the lower and the upper word.
    fn product(self, other: Self) -> (Self, Self);

    /// `self · other + addend + carry`: the lower and the upper word. With B = 2^BITS, it is at most (B − 1)² + 2 · (B − 1) = B² − 1.
    fn product_and_sum(self, other: Self, addend: Self, carry: Self) -> (Self, Self);

    /// `self + other + carry`: the word, and the carry out of it.
    fn sum(self, other: Self, carry: Self::Flag) -> (Self, Self::Flag);

    /// `self − other − borrow`: the word, and the borrow out of it.
    fn difference(self, other: Self, borrow: Self::Flag) -> (Self, Self::Flag);

    /// `self · 2^COUNT`: the lower and the upper word.
    #[cfg_attr(
        not(target_pointer_width = "64"),
        allow(dead_code, reason = "the reductions of 32-bit words shift nothing")
    )]
    fn shifted<const COUNT: u32>(self) -> (Self, Self);

    /// The constant if the flag is set, otherwise zero.
    fn constant_if(flag: Self::Flag, value: u64) -> Self;

    /// `changed` if the flag is set, otherwise `number`. It branches, for flags that are nearly always the same.
    fn changed_if<const N: usize>(
        flag: Self::Flag,
        number: [Self; N],
        changed: impl FnOnce([Self; N]) -> [Self; N],
    ) -> [Self; N];
}

/// Implements [`Word`] for an unsigned integer, by one of twice its width.
macro_rules! machine_word {
    ($word:ty, $bits:literal, $double:ty, $difference:ident) => {
        #[allow(
            clippy::as_conversions,
            clippy::arithmetic_side_effects,
            reason = "sums and products fit in twice the width, and the halves are cut out of them"
        )]
        impl Word<$bits> for $word {
            type Flag = bool;

            const CLEAR: bool = false;

            #[inline(always)]
            fn constant(value: u64) -> Self {
                value as Self
            }

            #[inline(always)]
            fn product(self, other: Self) -> (Self, Self) {
                let product = self as $double * other as $double;
                (product as Self, (product >> $bits) as Self)
            }

            #[inline(always)]
            fn product_and_sum(self, other: Self, addend: Self, carry: Self) -> (Self, Self) {
                let sum = self as $double * other as $double + addend as $double + carry as $double;
                (sum as Self, (sum >> $bits) as Self)
            }

            #[inline(always)]
            fn sum(self, other: Self, carry: bool) -> (Self, bool) {
                let (sum, overflow) = self.overflowing_add(other);
                let (sum, further_overflow) = sum.overflowing_add(carry as Self);
                (sum, overflow | further_overflow)
            }

            #[inline(always)]
            fn difference(self, other: Self, borrow: bool) -> (Self, bool) {
                $difference(self, other, borrow)
            }

            #[inline(always)]
            fn shifted<const COUNT: u32>(self) -> (Self, Self) {
                let shifted = (self as $double) << COUNT;
                (shifted as Self, (shifted >> $bits) as Self)
            }

            #[inline(always)]
            fn constant_if(flag: bool, value: u64) -> Self {
                (flag as Self).wrapping_neg() & value as Self
            }

            #[inline(always)]
            fn changed_if<const N: usize>(
                flag: bool,
                number: [Self; N],
                changed: impl FnOnce([Self; N]) -> [Self; N],
            ) -> [Self; N] {
                if flag { changed(number) } else { number }
            }
        }
    };
}

machine_word!(u64, 64, u128, difference_by_overflow);
machine_word!(u32, 32, u64, difference_by_sum);

/// The difference, and the borrow out of it.
#[inline(always)]
fn difference_by_overflow(one: u64, other: u64, borrow: bool) -> (u64, bool) {
    let (difference, overflow) = one.overflowing_sub(other);
    let (difference, further_overflow) = difference.overflowing_sub(borrow.into());
    (difference, overflow | further_overflow)
}

/// The same as `one + (2³² − 1 − other) + (1 − borrow)`, which has a carry exactly if the difference has no borrow: compilers for
/// ARM's boards make one instruction of it.
#[inline(always)]
fn difference_by_sum(one: u32, other: u32, borrow: bool) -> (u32, bool) {
    let sum = u64::from(one).wrapping_add(u64::from(!other)).wrapping_add(u64::from(!borrow));
    let [a, b, c, d, carry, ..] = sum.to_le_bytes();
    (u32::from_le_bytes([a, b, c, d]), carry == 0)
}
