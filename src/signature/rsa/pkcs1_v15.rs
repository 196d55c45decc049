//! EMSA-PKCS1-v1_5 (RFC 8017 §9.2): the only encoding of a hash value.

use super::Hash;
use crate::Error;

/// Whether `encoded` is the encoding of `digest`.
///
/// It is compared with the whole block that the signer must have built (RFC 8017 §8.2.2). Nothing is parsed: verifiers that
/// parsed it have accepted short padding, other encodings of lengths, or garbage after the hash, and therefore forgeries for
/// small exponents.
pub(super) fn verify(encoded: &[u8], hash: Hash, digest: &[u8]) -> Result<(), Error> {
    let rest = encoded.strip_prefix(&[0x00, 0x01]);
    let rest = rest.and_then(|rest| rest.strip_suffix(digest));
    let rest = rest.and_then(|rest| rest.strip_suffix(digest_info_prefix(hash)));
    let padding = rest.and_then(|rest| rest.strip_suffix(&[0x00]));
    // The padding has at least 170 octets, for a modulus of 2048 bits.
    match padding {
        Some(padding) if padding.iter().all(|octet| *octet == 0xff) => Ok(()),
        _ => Err(Error::SignatureInvalid),
    }
}

/// The DER of DigestInfo up to the hash value, with the parameters NULL (RFC 8017 §9.2, note 1).
const fn digest_info_prefix(hash: Hash) -> &'static [u8; 19] {
    // SEQUENCE { SEQUENCE { OBJECT IDENTIFIER 2.16.840.1.101.3.4.2.(1, 2 or 3), NULL }, OCTET STRING … }
    match hash {
        Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_prefix_is_der_with_the_length_of_its_hash() {
        for (hash, last_arc) in [(Hash::Sha256, 1), (Hash::Sha384, 2), (Hash::Sha512, 3)] {
            let prefix = digest_info_prefix(hash);
            assert_eq!(usize::from(prefix[1]), 17 + hash.length());
            assert_eq!(prefix[14], last_arc);
            assert_eq!(usize::from(prefix[18]), hash.length());
        }
    }

    #[test]
    fn only_the_whole_block_matches() {
        let digest = Hash::Sha256.digest(&[b"message"]);
        let mut block = vec![0xff; 256];
        block[..2].copy_from_slice(&[0, 1]);
        block[256 - 52] = 0;
        block[256 - 51..256 - 32].copy_from_slice(digest_info_prefix(Hash::Sha256));
        block[256 - 32..].copy_from_slice(&digest);
        assert_eq!(verify(&block, Hash::Sha256, &digest), Ok(()));
        for position in 0..block.len() {
            let mut block = block.clone();
            block[position] ^= 0x01;
            assert_eq!(verify(&block, Hash::Sha256, &digest), Err(Error::SignatureInvalid), "{position}");
        }
    }

    #[test]
    fn a_block_without_room_matches_nothing() {
        let digest = Hash::Sha512.digest(&[b"message"]);
        for length in 0..90 {
            assert_eq!(verify(&vec![0; length], Hash::Sha512, &digest), Err(Error::SignatureInvalid));
        }
    }
}
