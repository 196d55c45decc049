//! Ed25519 (RFC 8037 §3.1, RFC 8032 §5.1.7), with strict verification.
//!
//! This file verifies with a plain key, by `ed25519-dalek`. `prepared` verifies with a table of multiples, by `multiples`, `point`
//! and `field`; `base_point` is the base point's table, and `interpreted` the field under Miri. It knows nothing of JSON, JWKs or `alg`.

#[cfg(feature = "prepared")]
mod base_point;
mod field;
#[cfg(test)]
mod formulas;
#[cfg(any(test, miri))]
mod interpreted;
#[cfg(feature = "prepared")]
mod multiples;
mod point;
#[cfg(feature = "prepared")]
mod prepared;

use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::Error;

/// A point of edwards25519 that is not of small order, in its canonical encoding.
#[derive(Clone, Debug)]
pub struct Ed25519Key(VerifyingKey);

impl Ed25519Key {
    /// Reads the encoded point, which is the `x` of a JWK (RFC 8037 §2).
    ///
    /// # Errors
    /// [`Error::KeyMemberMalformed`] unless there are 32 bytes; [`Error::KeyPointInvalid`] if they do not encode a point (RFC
    /// 8032 §5.1.3), or encode a point of small order, for which anyone can sign.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes = bytes.try_into().map_err(|_| Error::KeyMemberMalformed)?;
        if !is_reduced(bytes) {
            return Err(Error::KeyPointInvalid);
        }
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::KeyPointInvalid)?;
        if key.is_weak() {
            return Err(Error::KeyPointInvalid);
        }
        Ok(Self(key))
    }

    /// Adds the encoded point to a hash.
    pub(crate) fn hash_to(&self, hash: &mut Sha256) {
        hash.update(self.0.as_bytes());
    }

    /// Verifies `signature`, the concatenation of R and S, over `message`.
    ///
    /// It is strict: RFC 8032 lets verifiers disagree about an R of small order and about non-canonical encodings of R. Both
    /// are rejected here, so that plain and prepared keys, and all versions, agree. No signer produces them.
    ///
    /// # Errors
    /// [`Error::SignatureLength`] unless there are 64 bytes; [`Error::SignatureInvalid`] if another key made the signature, if
    /// it is over another message, if S is not below the order, or if R is rejected.
    // Not inlined, so that its numbers are not on the stack while keys of other kinds verify.
    #[inline(never)]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = signature.try_into().map_err(|_| Error::SignatureLength)?;
        let signature = Signature::from_bytes(signature);
        self.0.verify_strict(message, &signature).map_err(|_| Error::SignatureInvalid)
    }
}

/// Whether the encoded y is below p = 2²⁵⁵ − 19, which RFC 8032 §5.1.3 step 1 requires and the decoder does not check.
fn is_reduced(encoded: &[u8; 32]) -> bool {
    let [low, middle @ .., high] = encoded;
    // The most significant bit is the sign of x.
    *low < 0xed || middle.iter().any(|byte| *byte != 0xff) || high & 0x7f != 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    // RFC 8032 §7.1, TEST 1.
    const KEY: [u8; 32] = hex!("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");

    #[test]
    fn a_point_is_a_key() {
        assert!(Ed25519Key::from_bytes(&KEY).is_ok());
    }

    #[test]
    fn another_length_is_malformed() {
        for length in [0, 31, 33, 64] {
            assert_eq!(Ed25519Key::from_bytes(&vec![1; length]).unwrap_err(), Error::KeyMemberMalformed);
        }
    }

    #[test]
    fn bytes_that_encode_no_point_are_rejected() {
        // y = 2 has no x.
        let mut encoded = [0; 32];
        encoded[0] = 2;
        assert_eq!(Ed25519Key::from_bytes(&encoded).unwrap_err(), Error::KeyPointInvalid);
        encoded[0] = 3;
        assert!(Ed25519Key::from_bytes(&encoded).is_ok());
    }

    #[test]
    fn a_second_encoding_of_a_point_is_rejected() {
        // y = 3 again, as 3 + p.
        let mut encoded = [0xff; 32];
        encoded[0] = 0xf0;
        encoded[31] = 0x7f;
        assert_eq!(Ed25519Key::from_bytes(&encoded).unwrap_err(), Error::KeyPointInvalid);
    }

    #[test]
    fn the_bound_is_the_prime() {
        let mut prime = [0xff; 32];
        prime[0] = 0xed;
        prime[31] = 0x7f;
        for sign in [0, 0x80] {
            prime[31] = 0x7f | sign;
            prime[0] = 0xed;
            assert!(!is_reduced(&prime));
            prime[0] = 0xec;
            assert!(is_reduced(&prime));
        }
    }

    #[test]
    fn points_of_small_order_are_rejected() {
        // Points of orders 1, 2, 4, 4, 8, 8, 8 and 8, each in its canonical encoding.
        let points = [
            hex!("0100000000000000000000000000000000000000000000000000000000000000"),
            hex!("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            hex!("0000000000000000000000000000000000000000000000000000000000000000"),
            hex!("0000000000000000000000000000000000000000000000000000000000000080"),
            hex!("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            hex!("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
            hex!("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            hex!("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        ];
        for point in points {
            assert!(VerifyingKey::from_bytes(&point).is_ok_and(|key| key.is_weak()), "{point:02x?}");
            assert_eq!(Ed25519Key::from_bytes(&point).unwrap_err(), Error::KeyPointInvalid);
        }
    }
}
