//! EMSA-PSS (RFC 8017 §9.1.2) with MGF1 of the same hash and a salt of its length (RFC 7518 §3.5).

use super::Hash;
use crate::Error;

/// Whether `encoded` is an encoding of `digest`. It is unmasked in place.
///
/// A modulus fills its bytes, so emBits is one bit less than they hold: one leading bit must be zero.
pub(super) fn verify(encoded: &mut [u8], hash: Hash, digest: &[u8]) -> Result<(), Error> {
    if is_encoding_of(encoded, hash, digest).unwrap_or(false) { Ok(()) } else { Err(Error::SignatureInvalid) }
}

/// Returns `None` if the block is too short for its parts, which does not happen for a modulus of 2048 bits or more.
fn is_encoding_of(encoded: &mut [u8], hash: Hash, digest: &[u8]) -> Option<bool> {
    // Step 4: maskedDB, H and the trailer.
    let (trailer, encoded) = encoded.split_last_mut()?;
    let (database, image) = encoded.split_at_mut_checked(encoded.len().checked_sub(hash.length())?)?;

    // Step 6, before step 9 clears the same bit.
    let leading = *database.first()? & LEADING_BIT;
    unmask(database, hash, image);
    *database.first_mut()? &= !LEADING_BIT;

    // Step 10: DB is zeros, one 0x01 and the salt.
    let (padding, salt) = database.split_at_checked(database.len().checked_sub(hash.length())?)?;
    let (separator, zeros) = padding.split_last()?;

    Some(
        *trailer == TRAILER
            && leading == 0
            && zeros.iter().all(|octet| *octet == 0)
            && *separator == SEPARATOR
            && hash.digest(&[&[0; 8], digest, salt]) == *image,
    )
}

/// Removes the mask MGF1(`seed`) from `masked` (RFC 8017 §B.2.1).
fn unmask(masked: &mut [u8], hash: Hash, seed: &[u8]) {
    for (counter, chunk) in (0..=u32::MAX).zip(masked.chunks_mut(hash.length())) {
        let mask = hash.digest(&[seed, &counter.to_be_bytes()]);
        for (octet, mask) in chunk.iter_mut().zip(&mask) {
            *octet ^= mask;
        }
    }
}

const LEADING_BIT: u8 = 0x80;
const SEPARATOR: u8 = 0x01;
const TRAILER: u8 = 0xbc;

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// EMSA-PSS-ENCODE (RFC 8017 §9.1.1), with `padding` in front of the salt.
    fn encode(hash: Hash, digest: &[u8], padding: &[u8], salt: &[u8]) -> Vec<u8> {
        let image = hash.digest(&[&[0; 8], digest, salt]);
        let mut database = [padding, salt].concat();
        unmask(&mut database, hash, &image);
        database[0] &= 0x7f;
        [&database, &image[..], &[0xbc]].concat()
    }

    fn padding(length: usize) -> Vec<u8> {
        let mut padding = vec![0; length];
        padding[length - 1] = 1;
        padding
    }

    #[test]
    fn every_hash_and_salt_of_its_length_is_accepted() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let digest = hash.digest(&[b"message"]);
            for salt in [0, 7, 0xff] {
                let padding = padding(256 - 1 - 2 * hash.length());
                let encoded = encode(hash, &digest, &padding, &vec![salt; hash.length()]);
                assert_eq!(verify(&mut encoded.clone(), hash, &digest), Ok(()), "{hash:?}");
                let other = hash.digest(&[b"massage"]);
                assert_eq!(verify(&mut encoded.clone(), hash, &other), Err(Error::SignatureInvalid));
            }
        }
    }

    #[test]
    fn a_salt_of_another_length_is_rejected() {
        let digest = Hash::Sha256.digest(&[b"message"]);
        for length in [0, 20, 31, 33, 48, 222] {
            let encoded = encode(Hash::Sha256, &digest, &padding(223 - length), &vec![7; length]);
            assert_eq!(encoded.len(), 256);
            assert_eq!(verify(&mut encoded.clone(), Hash::Sha256, &digest), Err(Error::SignatureInvalid), "{length}");
        }
    }

    #[test]
    fn every_bit_of_the_block_matters() {
        let digest = Hash::Sha256.digest(&[b"message"]);
        let encoded = encode(Hash::Sha256, &digest, &padding(256 - 65), &[7; 32]);
        assert_eq!(verify(&mut encoded.clone(), Hash::Sha256, &digest), Ok(()));
        for bit in 0..8 * encoded.len() {
            let mut encoded = encoded.clone();
            encoded[bit / 8] ^= 0x80 >> (bit % 8);
            assert_eq!(verify(&mut encoded, Hash::Sha256, &digest), Err(Error::SignatureInvalid), "{bit}");
        }
    }

    #[test]
    fn a_block_without_room_matches_nothing() {
        let digest = Hash::Sha512.digest(&[b"message"]);
        for length in 0..=129 {
            assert_eq!(verify(&mut vec![0; length], Hash::Sha512, &digest), Err(Error::SignatureInvalid));
        }
    }
}
