//! RSAVP1 (RFC 8017 §5.2.2): a signature to the power of the public exponent, in fixed memory.

use crypto_bigint::{U2048, U3072, U4096, Uint};

use super::montgomery::Modulus;
use super::octets::{Octets, by_width, integer, write_octets};

/// Writes `signature ^ exponent mod modulus`, as long as the modulus.
///
/// Returns `None` unless the signature is below the modulus: a larger one would be a second encoding of a smaller one.
pub(super) fn recover(modulus: &[u8], exponent: u32, signature: &[u8], power: &mut Octets) -> Option<()> {
    let widths: [RecoverIn; 3] =
        [recover_in::<{ U2048::LIMBS }>, recover_in::<{ U3072::LIMBS }>, recover_in::<{ U4096::LIMBS }>];
    by_width(modulus.len(), widths)(modulus, exponent, signature, power)
}

type RecoverIn = fn(modulus: &[u8], exponent: u32, signature: &[u8], power: &mut Octets) -> Option<()>;

fn recover_in<const LIMBS: usize>(modulus: &[u8], exponent: u32, signature: &[u8], power: &mut Octets) -> Option<()> {
    let length = modulus.len();
    let modulus = Modulus::new(integer::<LIMBS>(modulus))?;
    let signature = integer(signature);
    if signature >= *modulus.value() {
        return None;
    }
    write_octets(raise(&signature, exponent, &modulus, &modulus.square_of_radix()).as_words(), length, power)
}

/// `base ^ exponent` modulo the modulus, for an exponent of at least 1 and R² modulo the modulus.
///
/// From the exponent's second-highest bit down: for 65537, 16 squarings and one multiplication.
pub(super) fn raise<const LIMBS: usize>(
    base: &Uint<LIMBS>,
    exponent: u32,
    modulus: &Modulus<LIMBS>,
    square_of_radix: &Uint<LIMBS>,
) -> Uint<LIMBS> {
    let form = modulus.product(base, square_of_radix);
    let mut power = form;
    for bit in (0..exponent.checked_ilog2().unwrap_or(0)).rev() {
        power = modulus.product(&power, &power);
        match (exponent.wrapping_shr(bit) & 1, bit) {
            // The product with a number outside Montgomery form is outside it too, which saves the conversion.
            (1, 0) => return modulus.product(&power, base),
            (1, _) => power = modulus.product(&power, &form),
            _ => {}
        }
    }
    modulus.product(&power, &Uint::ONE)
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

    fn recover(modulus: &[u8], exponent: u32, signature: &[u8]) -> Option<Octets> {
        let mut power = Octets::new();
        super::recover(modulus, exponent, signature, &mut power)?;
        Some(power)
    }

    #[test]
    fn powers_of_two_wrap_at_the_modulus() {
        // 2 ^ bits is 1 modulo 2 ^ bits − 1, so 2 ^ 65537 is 2 ^ (65537 mod bits).
        for length in [256, 257, 375, 384, 385, 511, 512] {
            let exponent = 65_537 % (8 * length);
            let mut expected = vec![0; length];
            expected[length - 1 - exponent / 8] = 1 << (exponent % 8);
            assert_eq!(recover(&ones(length), 65_537, &small(2, length)).unwrap(), expected[..], "{length}");
        }
    }

    #[test]
    fn every_bit_of_the_exponent_matters() {
        for exponent in [1, 2, 3, 0x10001, 0x10003, 0xffff_fffd, u32::MAX] {
            let bits = usize::try_from(exponent).unwrap() % 2048;
            let mut expected = vec![0; 256];
            expected[255 - bits / 8] = 1 << (bits % 8);
            assert_eq!(recover(&ones(256), exponent, &small(2, 256)).unwrap(), expected[..], "{exponent}");
        }
    }

    #[test]
    fn a_signature_must_be_below_the_modulus() {
        let modulus = ones(256);
        let mut signature = modulus.clone();
        assert_eq!(recover(&modulus, 65_537, &signature), None);
        // The modulus minus 1 is −1, and an odd power of −1 is −1.
        signature[255] = 0xfe;
        assert_eq!(recover(&modulus, 65_537, &signature).unwrap(), signature[..]);
        // The powers of zero and one are zero and one.
        assert_eq!(recover(&modulus, 65_537, &small(0, 256)).unwrap(), small(0, 256)[..]);
        assert_eq!(recover(&modulus, 65_537, &small(1, 256)).unwrap(), small(1, 256)[..]);
    }

    #[test]
    fn an_even_modulus_has_no_montgomery_form() {
        assert_eq!(recover(&small(2, 256), 65_537, &small(1, 256)), None);
    }
}
