//! The multiples of the base point B (RFC 8032 §5.1), which prepared verification by every key needs.

use super::multiples::table_len;
use crate::signature::schedule::Rows;

/// The rows of the table: 22 rows of 32 points, 66 KiB.
pub(super) const ROWS: Rows = Rows { width: 7, spacing: 12 };

/// The table that [`fill`](super::multiples::fill) computes from B. It is a file because the compiler would need many seconds to compute it.
pub(super) static TABLE: [u64; table_len(ROWS)] = words(include_bytes!("base_point.bin"));

/// Little-endian bytes as words.
const fn words<const BYTES: usize, const WORDS: usize>(bytes: &[u8; BYTES]) -> [u64; WORDS] {
    assert!(BYTES == WORDS.saturating_mul(8), "the file has another length than the table");
    let mut words = [0; WORDS];
    let (mut rest, mut places): (&[u8], &mut [u64]) = (bytes, &mut words);
    while let (Some((word, others)), Some((place, further))) = (rest.split_first_chunk(), places.split_first_mut()) {
        *place = u64::from_le_bytes(*word);
        (rest, places) = (others, further);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{
        super::{multiples::fill, point::Point},
        *,
    };

    /// The encoding of y = 4/5, with an even x.
    const B: [u8; 32] = {
        let mut encoded = [0x66; 32];
        encoded[0] = 0x58;
        encoded
    };

    /// `CERTBOUND_WRITE=1 cargo test base_point` writes the file.
    #[test]
    fn the_table_is_that_of_the_base_point() {
        let mut table = vec![0; table_len(ROWS)];
        fill(ROWS, &Point::decode(&B).unwrap(), &mut table);
        if std::env::var_os("CERTBOUND_WRITE").is_some() {
            let bytes: std::vec::Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/src/signature/ed25519/base_point.bin"), bytes)
                .unwrap();
        }
        assert!(TABLE[..] == table[..]);
    }
}
