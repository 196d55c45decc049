//! RSA (RFC 7518 §3.3 and §3.5, RFC 8017 §8): keys of 2048 to 4096 bits, with PKCS #1 v1.5 and PSS.
//!
//! This file verifies with a plain key, by `primitive` and `montgomery`. `prepared` verifies with a table of constants, by
//! `blocks` where words have 64 bits. `pkcs1_v15` and `pss` check the encoded message. It knows nothing of JSON, JWKs or `alg`.

#[cfg(all(feature = "prepared", any(test, target_pointer_width = "64")))]
mod blocks;
mod inverse;
mod montgomery;
mod octets;
mod pkcs1_v15;
#[cfg(feature = "prepared")]
mod prepared;
mod primitive;
mod pss;

use sha2::{Digest, Sha256};

use self::octets::Octets;
use super::{Hash, Message};
use crate::{Error, limits};

/// A modulus and a public exponent within the [`limits`].
///
/// A verifier cannot check that the modulus is a product of two large primes; the issuer must ensure it.
#[derive(Clone, Debug)]
pub struct RsaKey {
    modulus: Octets,
    exponent: u32,
}

impl RsaKey {
    /// Reads a JWK's `n` and `e`, big-endian in the fewest bytes (RFC 7518 §6.3.1, Base64urlUInt).
    ///
    /// The most significant bit of the modulus's first byte must be set, as key generators ensure. Encoded message, modulus and
    /// signature then have the same length, which is also RFC 8017's ⌈(modBits − 1)/8⌉.
    ///
    /// # Errors
    /// [`Error::KeyMemberMalformed`] if a number is empty or has a leading zero byte; [`Error::KeyModulusLength`],
    /// [`Error::KeyModulusEven`] and [`Error::KeyExponent`] for numbers outside the limits.
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, Error> {
        let (Some(1..), Some(1..)) = (modulus.first(), exponent.first()) else {
            return Err(Error::KeyMemberMalformed);
        };
        let bits = limits::RSA_MODULUS_MIN_BITS..=limits::RSA_MODULUS_MAX_BITS;
        let (Some(0x80..), true) = (modulus.first(), bits.contains(&modulus.len().saturating_mul(8))) else {
            return Err(Error::KeyModulusLength);
        };
        if modulus.last().is_none_or(|lowest| lowest & 1 == 0) {
            return Err(Error::KeyModulusEven);
        }
        Ok(Self {
            modulus: Octets::from_slice(modulus).map_err(|_| Error::KeyModulusLength)?,
            exponent: read_exponent(exponent).ok_or(Error::KeyExponent)?,
        })
    }

    /// The message to verify, hashed once for all keys.
    pub(super) fn message(hash: Hash, signed: &[u8]) -> Message<'_> {
        Message::hashed(signed, hash)
    }

    /// Adds modulus and exponent to a hash.
    pub(crate) fn hash_to(&self, hash: &mut Sha256) {
        hash.update(&self.modulus);
        hash.update(self.exponent.to_be_bytes());
    }

    /// Verifies `signature` over `message` by RSASSA-PKCS1-v1_5: RS256, RS384 and RS512.
    ///
    /// # Errors
    /// [`Error::SignatureLength`] unless it has the length of the modulus; [`Error::SignatureInvalid`] unless it is the one
    /// signature that the key's owner would produce.
    // Not inlined, like the others, because each has half a kilobyte of octets on the stack.
    #[inline(never)]
    pub fn verify_pkcs1_v15(&self, hash: Hash, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        let mut encoded = Octets::new();
        self.recover(signature, &mut encoded)?;
        pkcs1_v15::verify(&encoded, hash, &message.digest(hash))
    }

    /// Verifies `signature` over `message` by RSASSA-PSS with MGF1 of the same hash and a salt of its length: PS256, PS384 and
    /// PS512.
    ///
    /// # Errors
    /// [`Error::SignatureLength`] unless it has the length of the modulus; [`Error::SignatureInvalid`] if another key made it,
    /// if it is over another message, or if it has other parameters.
    #[inline(never)]
    pub fn verify_pss(&self, hash: Hash, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        let mut encoded = Octets::new();
        self.recover(signature, &mut encoded)?;
        pss::verify(&mut encoded, hash, &message.digest(hash))
    }

    /// Recovers the encoded message from a signature by this key (RFC 8017 §8.1.2 and §8.2.2, steps 1 and 2).
    fn recover(&self, signature: &[u8], encoded: &mut Octets) -> Result<(), Error> {
        if signature.len() != self.modulus.len() {
            return Err(Error::SignatureLength);
        }
        primitive::recover(&self.modulus, self.exponent, signature, encoded).ok_or(Error::SignatureInvalid)
    }
}

/// Reads an exponent, which must be odd and within its limits.
fn read_exponent(bytes: &[u8]) -> Option<u32> {
    let exponent = bytes.iter().try_fold(0_u32, |high, byte| high.checked_mul(0x100)?.checked_add(u32::from(*byte)))?;
    let allowed = limits::RSA_EXPONENT_MIN..=limits::RSA_EXPONENT_MAX;
    (allowed.contains(&exponent) && exponent & 1 == 1).then_some(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPONENT: [u8; 3] = [1, 0, 1];

    /// An odd number of `bits` bits.
    fn modulus(bits: usize) -> std::vec::Vec<u8> {
        let mut modulus = vec![0x5a; bits.div_ceil(8)];
        modulus[0] = 1 << ((bits - 1) % 8);
        *modulus.last_mut().unwrap() = 1;
        modulus
    }

    #[test]
    fn a_modulus_of_2048_to_4096_bits_is_accepted() {
        for bits in [2048, 2056, 3000, 3072, 3080, 4088, 4096] {
            assert!(RsaKey::new(&modulus(bits), &EXPONENT).is_ok(), "{bits}");
        }
    }

    #[test]
    fn a_modulus_of_another_length_is_rejected() {
        for bits in [8, 1024, 2040, 2047, 2049, 3071, 4095, 4097, 4104, 8192, 16384] {
            assert_eq!(RsaKey::new(&modulus(bits), &EXPONENT).unwrap_err(), Error::KeyModulusLength, "{bits}");
        }
    }

    #[test]
    fn an_even_modulus_is_rejected() {
        let mut even = modulus(2048);
        *even.last_mut().unwrap() = 2;
        assert_eq!(RsaKey::new(&even, &EXPONENT).unwrap_err(), Error::KeyModulusEven);
    }

    #[test]
    fn a_leading_zero_or_an_empty_number_is_malformed() {
        let modulus = modulus(2048);
        let padded = [&[0], &modulus[..]].concat();
        assert_eq!(RsaKey::new(&padded, &EXPONENT).unwrap_err(), Error::KeyMemberMalformed);
        assert_eq!(RsaKey::new(&[], &EXPONENT).unwrap_err(), Error::KeyMemberMalformed);
        for exponent in [&[][..], &[0], &[0, 1, 0, 1]] {
            assert_eq!(RsaKey::new(&modulus, exponent).unwrap_err(), Error::KeyMemberMalformed, "{exponent:?}");
        }
    }

    #[test]
    fn an_odd_exponent_from_65537_to_four_bytes_is_accepted() {
        let modulus = modulus(2048);
        for exponent in [&[1, 0, 1][..], &[1, 0, 3], &[0x80, 0, 0, 1], &[0xff, 0xff, 0xff, 0xff]] {
            assert!(RsaKey::new(&modulus, exponent).is_ok(), "{exponent:?}");
        }
    }

    #[test]
    fn another_exponent_is_rejected() {
        let modulus = modulus(2048);
        let others = [&[1][..], &[2], &[3], &[17], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 2], &[1, 0, 0, 0, 1], &[1; 256]];
        for exponent in others {
            assert_eq!(RsaKey::new(&modulus, exponent).unwrap_err(), Error::KeyExponent, "{exponent:?}");
        }
    }
}
