//! Numbers as wide as a curve's field or order, in limbs of 62 bits, the form that [division](super::division) needs.
//!
//! Limbs are from 0 to 2⁶² − 1, except the most significant one, which carries the sign. It has enough spare bits for sums of
//! a few numbers: it begins at bit 248 for 256, at 372 for 384, and at 496 for 521.

pub(super) use super::proved::signed::LIMB_BITS;
use super::proved::{
    limbs,
    regrouping::Regrouped,
    signed::{LIMB_MASK, Signed, low_word},
};
use crate::hex;

/// A number with as many limbs as a curve needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer<Limbs>(pub(super) Limbs);

/// The limbs of a number: an array, the least significant first.
pub trait LimbArray: Copy + PartialEq + AsRef<[i64]> + AsMut<[i64]> {
    /// No bit set.
    const ZERO: Self;

    /// The lowest bit set.
    const ONE: Self;
}

impl<const LENGTH: usize> LimbArray for [i64; LENGTH] {
    const ZERO: Self = [0; LENGTH];
    const ONE: Self = {
        let mut limbs = [0; LENGTH];
        let places: &mut [i64] = &mut limbs;
        if let [lowest, ..] = places {
            *lowest = 1;
        }
        limbs
    };
}

impl<Limbs: LimbArray> Integer<Limbs> {
    pub(super) const ZERO: Self = Self(Limbs::ZERO);
    pub(super) const ONE: Self = Self(Limbs::ONE);

    /// Reads a big-endian number. Bits above the limbs are ignored; callers pass none.
    pub(super) fn from_be_bytes(bytes: &[u8]) -> Self {
        let (highest, words) = bytes.as_rchunks();
        let highest = highest.iter().fold(0, |high, byte| high << 8 | u64::from(*byte));
        Self::from_words(words.iter().rev().map(|word| u64::from_be_bytes(*word)).chain([highest]))
    }

    /// Reads a little-endian number. Bits above the limbs are ignored; callers pass none.
    pub(super) fn from_le_bytes(bytes: &[u8]) -> Self {
        let (words, highest) = bytes.as_chunks();
        let highest = highest.iter().rev().fold(0, |high, byte| high << 8 | u64::from(*byte));
        Self::from_words(words.iter().map(|word| u64::from_le_bytes(*word)).chain([highest]))
    }

    /// Reads words, the least significant first.
    fn from_words(words: impl Iterator<Item = u64>) -> Self {
        let mut number = Self::ZERO;
        let mut limbs = Regrouped::new(words.map(u128::from), u64::BITS, LIMB_BITS);
        number.0.as_mut().iter_mut().for_each(|limb| *limb = low_word(limbs.next_word().cast_signed()));
        number
    }

    /// Writes the number, which is not negative, little-endian. Bits above `LENGTH` bytes are dropped; callers have none.
    pub(super) fn to_le_bytes<const LENGTH: usize>(self) -> [u8; LENGTH] {
        let limbs = self.0.as_ref().iter().map(|limb| u128::from(limb.cast_unsigned()));
        let mut regrouped = Regrouped::new(limbs, LIMB_BITS, u64::BITS);
        let mut next_word = || low_word(regrouped.next_word().cast_signed()).to_le_bytes();
        let mut bytes = [0; LENGTH];
        let (words, highest) = bytes.as_chunks_mut();
        words.iter_mut().for_each(|word| *word = next_word());
        highest.iter_mut().zip(next_word()).for_each(|(place, byte)| *place = byte);
        bytes
    }

    /// The least significant limb.
    #[inline(always)]
    pub(super) fn lowest(&self) -> i64 {
        self.0.as_ref().first().copied().unwrap_or(0)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.as_ref().iter().all(|limb| *limb == 0)
    }

    pub(super) fn is_less_than(&self, other: &Self) -> bool {
        self.difference(other).is_negative()
    }

    pub(super) fn is_negative(&self) -> bool {
        self.0.as_ref().last().is_some_and(|highest| *highest < 0)
    }

    pub(super) fn sum(&self, other: &Self) -> Self {
        let mut sum = *self;
        limbs::combine(sum.0.as_mut(), other.0.as_ref(), Signed::sum);
        sum
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut difference = *self;
        limbs::combine(difference.0.as_mut(), other.0.as_ref(), Signed::difference);
        difference
    }
}

impl<const LENGTH: usize> Integer<[i64; LENGTH]> {
    /// Reads the hexadecimal digits of a constant, which must fit.
    pub(super) const fn from_hex(digits: &str) -> Self {
        let mut limbs = [0; LENGTH];
        let mut digits = digits.as_bytes();
        let (mut pending, mut pending_bits): (u128, u32) = (0, 0);
        let mut places: &mut [i64] = &mut limbs;
        while let Some((limb, rest)) = places.split_first_mut() {
            while pending_bits < LIMB_BITS
                && let [rest @ .., digit] = digits
            {
                pending |= hex_value(*digit).wrapping_shl(pending_bits);
                pending_bits = pending_bits.wrapping_add(4);
                digits = rest;
            }
            *limb = low_word(pending.cast_signed()) & LIMB_MASK;
            pending = pending.wrapping_shr(LIMB_BITS);
            pending_bits = pending_bits.saturating_sub(LIMB_BITS);
            places = rest;
        }
        Self(limbs)
    }
}

/// The value of a hexadecimal digit.
const fn hex_value(character: u8) -> u128 {
    let value = match hex::digit(character) {
        Some(value) => value,
        None => 0,
    };
    u128::from_le_bytes([value, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::*;

    fn big(number: Integer<[i64; 5]>) -> BigUint {
        BigUint::from_bytes_le(&number.to_le_bytes::<40>())
    }

    #[test]
    fn bytes_of_any_length_are_read_and_written() {
        for length in 0..=38 {
            let bytes: std::vec::Vec<u8> = (0..length).map(|place: u8| place.wrapping_mul(37) ^ 0xff).collect();
            assert_eq!(big(Integer::from_be_bytes(&bytes)), BigUint::from_bytes_be(&bytes));
            assert_eq!(big(Integer::from_le_bytes(&bytes)), BigUint::from_bytes_le(&bytes));
        }
    }

    #[test]
    fn every_bit_of_bytes_has_its_place() {
        fn agrees<Limbs: LimbArray, const LENGTH: usize>() {
            for bit in 0..8 * LENGTH {
                let mut bytes = [0; LENGTH];
                bytes[bit / 8] = 1 << (bit % 8);
                let number = Integer::<Limbs>::from_le_bytes(&bytes);
                let limb = |index: usize| if index == bit / 62 { 1 << (bit % 62) } else { 0 };
                assert!(number.0.as_ref().iter().enumerate().all(|(index, own)| *own == limb(index)));
                assert_eq!(number.to_le_bytes(), bytes);
                bytes.reverse();
                assert!(Integer::<Limbs>::from_be_bytes(&bytes) == number);
            }
        }
        agrees::<[i64; 5], 32>();
        agrees::<[i64; 7], 48>();
        agrees::<[i64; 9], 66>();
    }

    #[test]
    fn constants_are_read_from_their_digits() {
        let digits = "0123456789abcdef0fedcba987654321ffffffffffffffff0000000000000001";
        let number = BigUint::parse_bytes(digits.as_bytes(), 16).unwrap();
        assert_eq!(big(Integer::from_hex(digits)), number);
    }

    #[test]
    fn sums_and_differences_carry_through_all_limbs() {
        let one = Integer::from_be_bytes(&[1]);
        for bits in [61_u32, 62, 63, 124, 186, 247, 248, 256] {
            let power = BigUint::from(1_u8) << bits;
            let below: Integer<[i64; 5]> = Integer::from_be_bytes(&(&power - 1_u8).to_bytes_be());
            let sum = below.sum(&one);
            assert_eq!(big(sum), power);
            assert_eq!(sum.difference(&one), below);
            assert!(below.is_less_than(&sum) && !sum.is_less_than(&below) && !sum.is_less_than(&sum));
            assert!(below.difference(&sum).is_negative());
            assert_eq!(below.difference(&sum).sum(&sum), below);
            assert!(sum.difference(&sum).is_zero() && !below.is_zero());
        }
    }
}
