//! The field of P-256, modulo 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1.

use super::montgomery::Prime;
use super::word::Word;

/// In words of 64 bits.
#[cfg(any(test, target_pointer_width = "64"))]
pub(crate) struct P256Of64Bits;

/// In words of 32 bits.
#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
pub(crate) struct P256Of32Bits;

#[cfg(any(test, target_pointer_width = "64"))]
impl Prime<64, 4> for P256Of64Bits {
    const PRIME: [u64; 4] = [0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];
    const COMPLEMENT: [u64; 4] = [1, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_ffff, 0x0000_0000_ffff_fffe];
    const RADIX_SQUARED: [u64; 4] = [3, 0xffff_fffb_ffff_ffff, 0xffff_ffff_ffff_fffe, 0x0000_0004_ffff_fffd];
    const STEP: usize = 1;

    /// p is −1 modulo 2⁶⁴, so the lowest word is the factor. (p + 1) / 2⁶⁴ is 2³² + (2⁶⁴ − 2³² + 1) · 2¹²⁸.
    #[inline(always)]
    fn reduce_step<W: Word<64>>([factor, n1, n2, n3]: [W; 4]) -> [W; 4] {
        let (shifted_low, shifted_high) = factor.shifted::<32>();
        let (product_low, product_high) = factor.product(W::constant(0xffff_ffff_0000_0001));
        let (n1, c) = n1.sum(shifted_low, W::CLEAR);
        let (n2, c) = n2.sum(shifted_high, c);
        let (n3, c) = n3.sum(product_low, c);
        let (n4, _) = product_high.sum(W::constant(0), c);
        [n1, n2, n3, n4]
    }
}

#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
impl Prime<32, 8> for P256Of32Bits {
    const PRIME: [u64; 8] = [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff];
    const COMPLEMENT: [u64; 8] = [1, 0, 0, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_fffe, 0];
    const RADIX_SQUARED: [u64; 8] = [3, 0, 0xffff_ffff, 0xffff_fffb, 0xffff_fffe, 0xffff_ffff, 0xffff_fffd, 4];
    const STEP: usize = 1;

    /// p is −1 modulo 2³², too. (p + 1) / 2³² is 2⁶⁴ + 2¹⁶⁰ + (2³² − 1) · 2¹⁹².
    #[inline(always)]
    fn reduce_step<W: Word<32>>([factor, n1, n2, n3, n4, n5, n6, n7]: [W; 8]) -> [W; 8] {
        let zero = W::constant(0);
        let (product_low, product_high) = factor.product(W::constant(0xffff_ffff));
        let (n3, c) = n3.sum(factor, W::CLEAR);
        let (n4, c) = n4.sum(zero, c);
        let (n5, c) = n5.sum(zero, c);
        let (n6, c) = n6.sum(factor, c);
        let (n7, c) = n7.sum(product_low, c);
        let (n8, _) = product_high.sum(zero, c);
        [n1, n2, n3, n4, n5, n6, n7, n8]
    }

    /// Without a loop, which a compiler that optimizes for size would keep.
    #[inline(always)]
    fn reduce_words<W: Word<32>>(low: [W; 8]) -> [W; 8] {
        let low = Self::reduce_step(Self::reduce_step(low));
        let low = Self::reduce_step(Self::reduce_step(low));
        let low = Self::reduce_step(Self::reduce_step(low));
        Self::reduce_step(Self::reduce_step(low))
    }
}
