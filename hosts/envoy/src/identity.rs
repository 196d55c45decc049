//! The identity of what a cached verdict depends on, beside the token, the time and the certificate.

use sha2::{Digest, Sha256};

/// A digest, or a combination of digests.
pub(crate) type Identity = [u8; 32];

/// The digest of a list of texts or bytes.
pub(crate) fn digest<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Identity {
    let mut sha256 = Sha256::new();
    for part in parts {
        let part = part.as_ref();
        // With its length, so that no two lists give the same bytes. A `usize` fits.
        sha256.update((part.len() as u64).to_be_bytes());
        sha256.update(part);
    }
    sha256.finalize().into()
}

/// The identity of two things together, which are told apart by what their digests begin with.
pub(crate) fn combine(one: Identity, other: Identity) -> Identity {
    let mut both = one;
    for (byte, other) in both.iter_mut().zip(other) {
        *byte ^= other;
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_told_apart() {
        let lists: [&[&str]; 6] = [&[], &[""], &["", ""], &["ab"], &["a", "b"], &["b", "a"]];
        for (index, one) in lists.iter().enumerate() {
            for (other_index, other) in lists.iter().enumerate() {
                assert_eq!(digest(*one) == digest(*other), index == other_index, "{one:?} {other:?}");
            }
        }
        let (a, b) = (digest(["a"]), digest(["b"]));
        assert_eq!(combine(a, b), combine(b, a));
        assert_ne!(combine(a, b), a);
    }
}
