//! RSAVP1 (RFC 8017 §5.2.2): a signature to the power of the public exponent, in fixed memory.

use crypto_bigint::{Limb, U2048, U3072, U4096, Uint, Word};
use heapless::Vec;

use super::montgomery::Modulus;
use crate::limits;

/// As many bytes as a modulus has: the modulus itself, or an encoded message (RFC 8017's EM).
pub(super) type Block = Vec<u8, { limits::RSA_MODULUS_MAX_BITS / 8 }>;

/// Writes `signature ^ exponent mod modulus`, as long as the modulus.
///
/// `None` where the signature is not below the modulus: it would be a second spelling of a signature that is.
pub(super) fn recover(modulus: &[u8], exponent: u32, signature: &[u8], power: &mut Block) -> Option<()> {
    // Three widths, since the cost grows with the square: a length between two of them goes into the wider.
    let recover = match modulus.len() {
        length if length <= U2048::BYTES => recover_in::<{ U2048::LIMBS }>,
        length if length <= U3072::BYTES => recover_in::<{ U3072::LIMBS }>,
        _ => recover_in::<{ U4096::LIMBS }>,
    };
    recover(modulus, exponent, signature, power)
}

fn recover_in<const LIMBS: usize>(modulus: &[u8], exponent: u32, signature: &[u8], power: &mut Block) -> Option<()> {
    let length = modulus.len();
    let modulus = Modulus::new(integer::<LIMBS>(modulus))?;
    let signature = integer(signature);
    if signature >= *modulus.value() {
        return None;
    }
    write_octets(&raise(&signature, exponent, &modulus), length, power)
}

/// `base ^ exponent` modulo the modulus, for an exponent of at least 1.
///
/// From the exponent's second-highest bit down: for 65537, 16 squarings and one multiplication.
fn raise<const LIMBS: usize>(base: &Uint<LIMBS>, exponent: u32, modulus: &Modulus<LIMBS>) -> Uint<LIMBS> {
    let form = modulus.product(base, &modulus.square_of_radix());
    let mut power = form;
    for bit in (0..exponent.checked_ilog2().unwrap_or(0)).rev() {
        power = modulus.product(&power, &power);
        match (exponent.wrapping_shr(bit) & 1, bit) {
            // The product with a number that is not in Montgomery form is not either, which spares taking it out.
            (1, 0) => return modulus.product(&power, base),
            (1, _) => power = modulus.product(&power, &form),
            _ => {}
        }
    }
    modulus.product(&power, &Uint::ONE)
}

/// OS2IP (RFC 8017 §4.2). Bytes beyond the width, which no caller passes, are left out.
pub(super) fn integer<const LIMBS: usize>(octets: &[u8]) -> Uint<LIMBS> {
    let mut words = [0; LIMBS];
    for (word, chunk) in words.iter_mut().zip(octets.rchunks(Limb::BYTES)) {
        *word = chunk.iter().fold(0, |high, octet| high << 8 | Word::from(*octet));
    }
    Uint::from_words(words)
}

/// I2OSP (RFC 8017 §4.1), of an integer that is below a modulus of `length` octets.
fn write_octets<const LIMBS: usize>(integer: &Uint<LIMBS>, length: usize, octets: &mut Block) -> Option<()> {
    octets.resize_default(length).ok()?;
    for (chunk, word) in octets.rchunks_mut(Limb::BYTES).zip(integer.as_words()) {
        for (octet, value) in chunk.iter_mut().rev().zip(word.to_le_bytes()) {
            *octet = value;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// 2 ^ (8 * length) − 1, an odd modulus of every length.
    fn ones(length: usize) -> Vec<u8> {
        vec![0xff; length]
    }

    /// `value` in `length` octets.
    fn small(value: u8, length: usize) -> Vec<u8> {
        let mut octets = vec![0; length];
        octets[length - 1] = value;
        octets
    }

    fn recover(modulus: &[u8], exponent: u32, signature: &[u8]) -> Option<Block> {
        let mut power = Block::new();
        super::recover(modulus, exponent, signature, &mut power)?;
        Some(power)
    }

    #[test]
    fn octets_and_integers_are_each_others_inverse() {
        for length in [1, 7, 8, 9, 255, 256] {
            let text: Vec<u8> = (1..=255).cycle().take(length).collect();
            let mut octets = Block::new();
            write_octets(&integer::<{ U2048::LIMBS }>(&text), length, &mut octets).unwrap();
            assert_eq!(octets, text[..]);
        }
        assert_eq!(integer::<{ U2048::LIMBS }>(&[1, 2]), Uint::from(0x102_u32));
        assert_eq!(integer::<{ U2048::LIMBS }>(&[1, 0, 0, 0, 0, 0, 0, 0, 2]), Uint::from(0x1_0000_0000_0000_0002_u128));
    }

    #[test]
    fn powers_of_two_wrap_where_the_modulus_says() {
        // 2 ^ bits is 1 modulo 2 ^ bits − 1, so 2 ^ 65537 is 2 ^ (65537 mod bits).
        for length in [256, 257, 375, 384, 385, 511, 512] {
            let exponent = 65_537 % (8 * length);
            let mut expected = vec![0; length];
            expected[length - 1 - exponent / 8] = 1 << (exponent % 8);
            assert_eq!(recover(&ones(length), 65_537, &small(2, length)).unwrap(), expected[..], "{length}");
        }
    }

    #[test]
    fn every_bit_of_the_exponent_counts() {
        for exponent in [1, 2, 3, 0x10001, 0x10003, 0xffff_fffd, u32::MAX] {
            let bits = usize::try_from(exponent).unwrap() % 2048;
            let mut expected = vec![0; 256];
            expected[255 - bits / 8] = 1 << (bits % 8);
            assert_eq!(recover(&ones(256), exponent, &small(2, 256)).unwrap(), expected[..], "{exponent}");
        }
    }

    #[test]
    fn a_signature_is_below_the_modulus() {
        let modulus = ones(256);
        let mut signature = modulus.clone();
        assert_eq!(recover(&modulus, 65_537, &signature), None);
        // The modulus less 1 is −1, and stays so to an odd power.
        signature[255] = 0xfe;
        assert_eq!(recover(&modulus, 65_537, &signature).unwrap(), signature[..]);
        // Zero and one stay what they are.
        assert_eq!(recover(&modulus, 65_537, &small(0, 256)).unwrap(), small(0, 256)[..]);
        assert_eq!(recover(&modulus, 65_537, &small(1, 256)).unwrap(), small(1, 256)[..]);
    }

    #[test]
    fn an_even_modulus_has_no_montgomery_form() {
        assert_eq!(recover(&small(2, 256), 65_537, &small(1, 256)), None);
    }
}
