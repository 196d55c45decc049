//! The field of P-384, modulo 2³⁸⁴ − 2¹²⁸ − 2⁹⁶ + 2³² − 1.

use super::montgomery::Prime;
use super::word::Word;

/// In words of 64 bits.
pub(crate) struct P384Of64Bits;

impl Prime<64, 6> for P384Of64Bits {
    const PRIME: [u64; 6] =
        [0x0000_0000_ffff_ffff, 0xffff_ffff_0000_0000, 0xffff_ffff_ffff_fffe, u64::MAX, u64::MAX, u64::MAX];
    const COMPLEMENT: [u64; 6] = [0xffff_ffff_0000_0001, 0x0000_0000_ffff_ffff, 1, 0, 0, 0];
    const RADIX_SQUARED: [u64; 6] =
        [0xffff_fffe_0000_0001, 0x0000_0002_0000_0000, 0xffff_fffe_0000_0000, 0x0000_0002_0000_0000, 1, 0];

    /// −1/p is 2³² + 1 modulo 2⁶⁴, which makes the factor. (low + factor · p) / 2⁶⁴ is factor · 2³²⁰ + (low − factor · (R − p)) / 2⁶⁴,
    /// where R − p is 2¹²⁸ + 2⁹⁶ − 2³² + 1.
    #[inline(always)]
    fn reduce_word<W: Word<64>>([n0, n1, n2, n3, n4, n5]: [W; 6]) -> [W; 6] {
        let zero = W::constant(0);
        let (shifted, _) = n0.shifted::<32>();
        let (factor, _) = n0.sum(shifted, W::CLEAR);
        // factor · (R − p), whose lowest word is that of the number.
        let (shifted, above) = factor.shifted::<32>();
        let (m0, b) = factor.difference(shifted, W::CLEAR);
        let (m1, b) = shifted.difference(above, b);
        let (m2, c) = factor.sum(above, W::CLEAR);
        let (m2, b) = m2.difference(zero, b);
        let (m3, _) = zero.sum(zero, c);
        let (m3, _) = m3.difference(zero, b);
        let (_, b) = n0.difference(m0, W::CLEAR);
        let (n1, b) = n1.difference(m1, b);
        let (n2, b) = n2.difference(m2, b);
        let (n3, b) = n3.difference(m3, b);
        let (n4, b) = n4.difference(zero, b);
        let (n5, b) = n5.difference(zero, b);
        let (n6, _) = factor.difference(zero, b);
        [n1, n2, n3, n4, n5, n6]
    }
}
