//! Numbers as wide as a curve's field or order, in limbs of 62 bits, the form that [division](super::division) needs.
//!
//! Limbs are from 0 to 2⁶² − 1, except the most significant one, which carries the sign. It has enough spare bits for sums of
//! a few numbers: it begins at bit 248 for 256, at 372 for 384, and at 496 for 521.

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

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 62;

/// A limb with all bits set.
pub(super) const LIMB_MASK: i64 = i64::MAX >> 1;

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
    fn from_words(mut words: impl Iterator<Item = u64>) -> Self {
        let mut number = Self::ZERO;
        // Bits that do not fill a limb yet: fewer than 62 + 64.
        let (mut pending, mut pending_bits): (u128, u32) = (0, 0);
        for limb in number.0.as_mut() {
            if pending_bits < LIMB_BITS
                && let Some(word) = words.next()
            {
                pending |= u128::from(word).wrapping_shl(pending_bits);
                pending_bits = pending_bits.wrapping_add(u64::BITS);
            }
            *limb = low_limb(pending.cast_signed());
            pending = pending.wrapping_shr(LIMB_BITS);
            pending_bits = pending_bits.saturating_sub(LIMB_BITS);
        }
        number
    }

    /// Writes the number little-endian. Bits above `LENGTH` bytes are dropped; callers have none.
    pub(super) fn to_le_bytes<const LENGTH: usize>(self) -> [u8; LENGTH] {
        let mut limbs = self.0.as_ref().iter();
        // Bits that do not fill a word yet: fewer than 64 + 62.
        let (mut pending, mut pending_bits): (u128, u32) = (0, 0);
        let mut next_word = || {
            while pending_bits < u64::BITS {
                let Some(limb) = limbs.next() else { break };
                pending |= u128::from(limb.cast_unsigned()).wrapping_shl(pending_bits);
                pending_bits = pending_bits.wrapping_add(LIMB_BITS);
            }
            let word = low_word(pending.cast_signed()).to_le_bytes();
            pending = pending.wrapping_shr(u64::BITS);
            pending_bits = pending_bits.saturating_sub(u64::BITS);
            word
        };
        let mut bytes = [0; LENGTH];
        let (words, highest) = bytes.as_chunks_mut();
        words.iter_mut().for_each(|word| *word = next_word());
        highest.iter_mut().zip(next_word()).for_each(|(place, byte)| *place = byte);
        bytes
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
        self.combined(other, i64::wrapping_add)
    }

    pub(super) fn difference(&self, other: &Self) -> Self {
        self.combined(other, i64::wrapping_sub)
    }

    /// Adds or subtracts limb by limb. With a carry of −1 to 1, both results stay between −2⁶² and 2⁶³ − 1.
    fn combined(&self, other: &Self, of_limbs: impl Fn(i64, i64) -> i64) -> Self {
        let mut result = *self;
        let mut carry = 0;
        for (limb, other) in result.0.as_mut().iter_mut().zip(other.0.as_ref()) {
            let exact = of_limbs(*limb, *other).wrapping_add(carry);
            *limb = exact & LIMB_MASK;
            carry = exact >> LIMB_BITS;
        }
        // The most significant limb keeps the carry of the others.
        if let Some(highest) = result.0.as_mut().last_mut() {
            *highest |= carry.wrapping_shl(LIMB_BITS);
        }
        result
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
            *limb = low_limb(pending.cast_signed());
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

/// The lowest 62 bits of a sum.
pub(super) const fn low_limb(sum: i128) -> i64 {
    low_word(sum) & LIMB_MASK
}

/// A sum that fits in 64 bits.
pub(super) const fn low_word(sum: i128) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = sum.to_le_bytes();
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
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
