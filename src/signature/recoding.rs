//! Scalars as sums of few odd multiples of powers of two: the non-adjacent form of width w, w-NAF.
//!
//! Of any w consecutive digits at most one is not zero; it is odd, and its absolute value is below 2^(w−1). So on average one
//! digit in w + 1 costs an addition, and a table needs only the odd multiples from 1 to 2^(w−1) − 1.

use super::integer::{Integer, LIMB_BITS, LimbArray};

/// An odd number, times a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digit {
    pub(super) value: i8,
    pub(super) exponent: u16,
}

/// The maximum number of digits of a scalar of `length` bits: for the smallest width, 4.
pub(super) const fn digits_max(length: usize) -> usize {
    length.div_ceil(4)
}

/// Calls `write` for each non-zero digit of a scalar from 0 to 2^(`length` − 1) − 1, the least significant first. `width` is from 4
/// to 8. As each digit covers at least `width` positions, there are at most [`digits_max`].
///
/// At each position, the bits from there on and a carry remain to be written. If their sum is odd, the digit is the sum of the
/// next `width` bits and the carry, minus 2^`width` if that sum is more than half of it, which carries one. The sum is odd
/// exactly if the bit and the carry differ, and more than half exactly if the most significant of the bits is set. So after
/// the last set bit there is at most one carry, at the position that follows a set bit, at most `length` − 1: all digits are
/// below 2^`length`, and nothing remains. The sum for a digit is odd and so at most 255: it fits in a byte, and the digit, at
/// most 127 in absolute value, in a signed byte.
pub(super) fn recode<Limbs: LimbArray>(
    scalar: &Integer<Limbs>,
    width: u32,
    length: usize,
    mut write: impl FnMut(Digit),
) {
    let mut limbs = scalar.0.as_ref().iter();
    let width_mask = u8::MAX.unbounded_shr(8_u32.wrapping_sub(width));
    // The bits from the position on, at least 62 of them, padded with zeros.
    let (mut bits, mut count): (u128, u32) = (0, 0);
    let mut advance = |bits: &mut u128, taken: u32| {
        *bits = bits.wrapping_shr(taken);
        count = count.wrapping_sub(taken);
        if count < LIMB_BITS {
            let limb = limbs.next().copied().unwrap_or(0).cast_unsigned();
            *bits |= u128::from(limb).wrapping_shl(count);
            count = count.wrapping_add(LIMB_BITS);
        }
        u16::try_from(taken).unwrap_or(0)
    };
    let mut position = advance(&mut bits, 0);
    let mut carry = 0;
    loop {
        // If bit and carry are equal, either both are zero, or their sum carries to the next position.
        let equal = if carry == 0 { bits.trailing_zeros() } else { bits.trailing_ones() };
        position = position.wrapping_add(advance(&mut bits, equal.min(SKIPPED_MAX)));
        if usize::from(position) >= length {
            return;
        }
        let [low, ..] = bits.to_le_bytes();
        let taken = (low & width_mask).wrapping_add(carry);
        if taken & 1 == 1 {
            carry = u8::from(taken > width_mask >> 1);
            let value = taken.wrapping_sub(carry.unbounded_shl(width)).cast_signed();
            write(Digit { value, exponent: position });
            position = position.wrapping_add(advance(&mut bits, width));
        }
    }
}

/// The maximum number of bits skipped at once, less than the minimum number available.
const SKIPPED_MAX: u32 = 32;

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    use super::*;

    const WIDTHS: [u32; 5] = [4, 5, 6, 7, 8];

    /// The digits add up to the scalar, are odd, small and far enough from each other, and below 2^length.
    fn agrees<Limbs: LimbArray>(scalar: &BigUint, length: usize) {
        assert!(scalar.bits() < length as u64);
        for width in WIDTHS {
            let mut digits = Vec::new();
            let integer = Integer::<Limbs>::from_be_bytes(&scalar.to_bytes_be());
            recode(&integer, width, length, |digit| digits.push(digit));
            assert!(digits.len() <= digits_max(length));
            let sum: BigInt = digits.iter().map(|digit| BigInt::from(digit.value) << digit.exponent).sum();
            assert_eq!(sum, BigInt::from(scalar.clone()));
            for digit in &digits {
                assert!(digit.value % 2 != 0 && u32::from(digit.value.unsigned_abs()) < 1 << (width - 1));
                assert!(usize::from(digit.exponent) < length);
            }
            assert!(digits.windows(2).all(|pair| pair[0].exponent + width as u16 <= pair[1].exponent));
        }
    }

    #[test]
    fn the_edges_of_each_length() {
        let one = BigUint::from(1_u8);
        for low in 0..20_usize {
            agrees::<[i64; 5]>(&((&one << 255_usize) - 1_u8 - low), 256);
            agrees::<[i64; 7]>(&((&one << 383_usize) - 1_u8 - low), 384);
            agrees::<[i64; 9]>(&((&one << 520_usize) - 1_u8 - low), 521);
            agrees::<[i64; 5]>(&BigUint::from(low), 256);
            for bits in [30, 31, 32, 33, 61, 62, 63, 64, 93, 94, 95, 123, 124, 125, 186, 248, 254] {
                agrees::<[i64; 5]>(&((&one << bits) + low), 256);
                agrees::<[i64; 5]>(&((&one << 254_usize) + (&one << bits) - 1_u8 - low), 256);
                // The maximum number of digits: each is −1 or 1, as close as the width allows.
                agrees::<[i64; 9]>(&((&one << 520_usize) / (BigUint::from(15_u8 + low as u8))), 521);
            }
        }
    }

    #[test]
    fn the_most_digits_have_room() {
        // 1 in every fourth place.
        let scalar = (BigUint::from(1_u8) << 520_usize) / 15_u8;
        let mut count = 0;
        recode(&Integer::<[i64; 9]>::from_be_bytes(&scalar.to_bytes_be()), 4, 521, |_| count += 1);
        assert_eq!((count, digits_max(521)), (130, 131));
        agrees::<[i64; 9]>(&scalar, 521);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_scalar(bytes: [[u8; 13]; 5]) {
            let scalar = BigUint::from_bytes_be(&bytes.concat());
            agrees::<[i64; 9]>(&scalar, 521);
            agrees::<[i64; 7]>(&(&scalar >> 137), 384);
            agrees::<[i64; 5]>(&(scalar >> 265), 256);
        }
    }
}
