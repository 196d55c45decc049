//! Octet strings and numbers (RFC 8017 §4), and the widths that numbers have.

use crypto_bigint::{U2048, U3072, Uint, Word};
use heapless::Vec;

use crate::limits;

/// Octets as long as a modulus: the modulus itself, or an encoded message (EM in RFC 8017).
pub(super) type Octets = Vec<u8, { limits::RSA_MODULUS_MAX_BITS / 8 }>;

/// The choice for the narrowest of 2048, 3072 and 4096 bits that holds a modulus of `length` octets.
///
/// There are three widths because the cost grows with the square of the width.
#[inline(always)]
pub(super) fn by_width<T>(length: usize, [of_2048, of_3072, of_4096]: [T; 3]) -> T {
    if length <= U2048::BYTES {
        of_2048
    } else if length <= U3072::BYTES {
        of_3072
    } else {
        of_4096
    }
}

/// OS2IP (RFC 8017 §4.2) for an integer of the library.
pub(super) fn integer<const LIMBS: usize>(octets: &[u8]) -> Uint<LIMBS> {
    let mut words = [0; LIMBS];
    read_octets(octets, &mut words);
    Uint::from_words(words)
}

/// OS2IP (RFC 8017 §4.2): fills words that are zero, the least significant first. Octets that do not fit, which no caller
/// passes, are left out.
#[inline(always)]
pub(super) fn read_octets(octets: &[u8], words: &mut [Word]) {
    let mut places = words.iter_mut();
    let (highest, chunks) = octets.as_rchunks();
    // In this order, `zip` does not consume a place when no chunk is left.
    for (chunk, place) in chunks.iter().rev().zip(places.by_ref()) {
        *place = Word::from_be_bytes(*chunk);
    }
    if let Some(place) = places.next() {
        *place = highest.iter().fold(0, |high, octet| high << 8 | Word::from(*octet));
    }
}

/// I2OSP (RFC 8017 §4.1), of a number below a modulus of `length` octets.
#[inline(always)]
pub(super) fn write_octets(words: &[Word], length: usize, octets: &mut Octets) -> Option<()> {
    octets.resize_default(length).ok()?;
    let mut words = words.iter();
    let (highest, places) = octets.as_rchunks_mut();
    for (place, word) in places.iter_mut().rev().zip(words.by_ref()) {
        *place = word.to_be_bytes();
    }
    if let Some(word) = words.next() {
        for (place, octet) in highest.iter_mut().rev().zip(word.to_le_bytes()) {
            *place = octet;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn octets_and_integers_convert_both_ways() {
        for length in [1, 7, 8, 9, 255, 256] {
            let text: Vec<u8> = (1..=255).cycle().take(length).collect();
            let mut octets = Octets::new();
            write_octets(integer::<{ U2048::LIMBS }>(&text).as_words(), length, &mut octets).unwrap();
            assert_eq!(octets, text[..]);
        }
        assert_eq!(integer::<{ U2048::LIMBS }>(&[1, 2]), Uint::from(0x102_u32));
        assert_eq!(integer::<{ U2048::LIMBS }>(&[1, 0, 0, 0, 0, 0, 0, 0, 2]), Uint::from(0x1_0000_0000_0000_0002_u128));
    }
}
