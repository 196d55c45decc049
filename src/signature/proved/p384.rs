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
    const STEP: usize = 2;

    /// −1/p is 2⁶⁴ + 2³² + 1 modulo 2¹²⁸, which makes the factor. (low + factor · p) / 2¹²⁸ is
    /// factor · 2²⁵⁶ + (low − factor · (R − p)) / 2¹²⁸, where R − p is 2¹²⁸ + 2⁹⁶ − 2³² + 1.
    #[inline(always)]
    fn reduce_step<W: Word<64>>([n0, n1, n2, n3, n4, n5]: [W; 6]) -> [W; 6] {
        let zero = W::constant(0);
        let (s0, above) = n0.shifted::<32>();
        let (s1, _) = n1.shifted::<32>();
        let (s1, _) = s1.sum(above, W::CLEAR);
        let (f0, c) = n0.sum(s0, W::CLEAR);
        let (f1, _) = n1.sum(s1, c);
        let (f1, _) = f1.sum(n0, W::CLEAR);
        // The factor times 2³².
        let (s0, above) = f0.shifted::<32>();
        let (s1, s2) = f1.shifted::<32>();
        let (s1, _) = s1.sum(above, W::CLEAR);
        // factor · (R − p), whose two lowest words are those of the number.
        let (m0, b) = f0.difference(s0, W::CLEAR);
        let (m1, b) = f1.difference(s1, b);
        let (m2, b) = f0.difference(s2, b);
        let (m3, b) = f1.difference(zero, b);
        let (m4, _) = zero.difference(zero, b);
        let (m1, c) = m1.sum(s0, W::CLEAR);
        let (m2, c) = m2.sum(s1, c);
        let (m3, c) = m3.sum(s2, c);
        let (m4, _) = m4.sum(zero, c);
        let (_, b) = n0.difference(m0, W::CLEAR);
        let (_, b) = n1.difference(m1, b);
        let (n2, b) = n2.difference(m2, b);
        let (n3, b) = n3.difference(m3, b);
        let (n4, b) = n4.difference(m4, b);
        let (n5, b) = n5.difference(zero, b);
        let (n6, b) = f0.difference(zero, b);
        let (n7, _) = f1.difference(zero, b);
        [n2, n3, n4, n5, n6, n7]
    }
}
