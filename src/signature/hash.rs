//! The hash functions of signatures (RFC 7518 §3.1), and messages that are hashed once for several keys.

use sha2::{Sha256, Sha384, Sha512, digest::Output};

/// SHA-2 with the length at the end of an `alg` name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// For ES256, RS256 and PS256.
    Sha256,
    /// For ES384, RS384 and PS384.
    Sha384,
    /// For ES512, RS512 and PS512.
    Sha512,
}

/// A hash value, of [`Hash::length`] bytes.
pub(super) type Digest = heapless::Vec<u8, { Hash::LENGTH_MAX }>;

impl Hash {
    const LENGTH_MAX: usize = 64;

    /// The length of a hash value in bytes.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The hash value of the concatenated `parts`.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }
}

/// A signed message, with its hash value if it has been computed.
///
/// A token without a `kid` is tried with several keys. They all use the same hash function, so the message is hashed once.
/// Ed25519 hashes it together with the key (RFC 8032 §5.1.7) and needs the message itself.
#[derive(Debug)]
pub struct Message<'message> {
    bytes: &'message [u8],
    digest: Digest,
}

impl<'message> Message<'message> {
    /// A message that each key hashes by itself.
    pub const fn new(bytes: &'message [u8]) -> Self {
        Self { bytes, digest: Digest::new() }
    }

    /// A message that is hashed now, for all keys with this hash function.
    pub fn hashed(bytes: &'message [u8], hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::hashed_by::<Sha256>(bytes),
            Hash::Sha384 => Self::hashed_by::<Sha384>(bytes),
            Hash::Sha512 => Self::hashed_by::<Sha512>(bytes),
        }
    }

    /// Like [`hashed`](Self::hashed), for a function that is known at compile time, so that no other is linked.
    // Not inlined, so that the hash function's state is off the stack when keys are tried.
    #[inline(never)]
    pub(super) fn hashed_by<Function: sha2::Digest>(bytes: &'message [u8]) -> Self {
        Self { bytes, digest: digest::<Function>(&[bytes]) }
    }

    /// The message itself.
    pub(crate) const fn bytes(&self) -> &'message [u8] {
        self.bytes
    }

    /// The hash value by this function, as RSA needs it.
    pub(super) fn digest(&self, hash: Hash) -> Digest {
        if self.digest.len() == hash.length() { self.digest.clone() } else { hash.digest(&[self.bytes]) }
    }

    /// The hash value by the function of a curve.
    // The functions of SHA-2 that are used here differ in the length of their values.
    #[inline(never)]
    pub(super) fn output<Function: sha2::Digest>(&self) -> Output<Function> {
        match Output::<Function>::try_from(self.digest.as_slice()) {
            Ok(digest) => digest,
            Err(_) => Function::digest(self.bytes),
        }
    }
}

fn digest<Function: sha2::Digest>(parts: &[&[u8]]) -> Digest {
    let mut function = Function::new();
    for part in parts {
        function.update(part);
    }
    // All three fit. An empty value would match no signature.
    Digest::from_slice(&function.finalize()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn parts_are_hashed_as_one_text() {
        // The example that NIST publishes for each hash of FIPS 180-4: "abc".
        let sha256 = hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Hash::Sha256.digest(&[b"abc"]), sha256);
        assert_eq!(Hash::Sha256.digest(&[b"a", b"", b"bc"]), sha256);
    }

    #[test]
    fn a_message_has_the_same_hash_value_whenever_it_is_computed() {
        for before in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let (new, hashed) = (Message::new(b"abc"), Message::hashed(b"abc", before));
            for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
                assert_eq!(new.digest(hash), hash.digest(&[b"abc"]));
                assert_eq!(hashed.digest(hash), hash.digest(&[b"abc"]));
            }
            assert_eq!(hashed.output::<Sha256>()[..], Hash::Sha256.digest(&[b"abc"])[..]);
            assert_eq!(hashed.output::<Sha384>()[..], Hash::Sha384.digest(&[b"abc"])[..]);
            assert_eq!(new.output::<Sha512>()[..], Hash::Sha512.digest(&[b"abc"])[..]);
        }
    }

    #[test]
    fn the_length_is_that_of_the_hash_value() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert_eq!(hash.digest(&[b"abc"]).len(), hash.length());
        }
    }
}
