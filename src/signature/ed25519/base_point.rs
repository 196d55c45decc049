//! The multiples of the base point B (RFC 8032 §5.1), which prepared verification by every key needs.

use super::multiples::table_len;
use crate::signature::{file, schedule::Rows};

/// The rows of the table: 22 rows of 32 points, 66 KiB.
pub(super) const ROWS: Rows = Rows { width: 7, spacing: 12 };

/// The table that [`fill`](super::multiples::fill) computes from B.
pub(super) static TABLE: [u64; table_len(ROWS)] = file::words(include_bytes!("base_point.bin"));

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
