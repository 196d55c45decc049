//! The hashes that an RSA `alg` can name (RFC 7518 §3.1); those of the curves come with them.

use sha2::{Sha256, Sha384, Sha512};

/// SHA-2 of the length that an `alg` ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// For RS256 and PS256.
    Sha256,
    /// For RS384 and PS384.
    Sha384,
    /// For RS512 and PS512.
    Sha512,
}

/// A hash value, of [`Hash::length`] bytes.
pub(super) type Digest = heapless::Vec<u8, { Hash::LENGTH_MAX }>;

impl Hash {
    const LENGTH_MAX: usize = 64;

    /// Bytes of a hash value.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The hash value of `parts`, read one after the other.
    pub(super) fn digest(self, parts: &[&[u8]]) -> Digest {
        match self {
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sha384 => digest::<Sha384>(parts),
            Self::Sha512 => digest::<Sha512>(parts),
        }
    }
}

fn digest<Function: sha2::Digest>(parts: &[&[u8]]) -> Digest {
    let mut function = Function::new();
    for part in parts {
        function.update(part);
    }
    // All three fit; an empty value, were one too long, would match no signature.
    Digest::from_slice(&function.finalize()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn reads_its_parts_as_one_text() {
        // FIPS 180-4's example, as NIST publishes it for each hash: "abc".
        let sha256 = hex!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Hash::Sha256.digest(&[b"abc"]), sha256);
        assert_eq!(Hash::Sha256.digest(&[b"a", b"", b"bc"]), sha256);
    }

    #[test]
    fn has_the_length_it_says() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert_eq!(hash.digest(&[b"abc"]).len(), hash.length());
        }
    }
}
