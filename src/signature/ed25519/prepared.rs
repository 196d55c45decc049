//! Verification with a table of multiples of the key.
//!
//! Key, message and signature are public, so nothing here is constant time. It must not be used to sign.

use curve25519_dalek::Scalar;
use sha2::{Digest, Sha512};

use super::{
    Ed25519Key, base_point,
    field::words_of,
    multiples::{self, Multiple},
    point::Point,
};
use crate::{
    Error,
    signature::{Geometry, schedule::Rows},
};

const fn rows_of(geometry: Geometry) -> Rows {
    match geometry {
        Geometry::Small => Rows { width: 4, spacing: 16 },
        Geometry::Medium => Rows { width: 5, spacing: 12 },
        Geometry::Large => Rows { width: 6, spacing: 12 },
    }
}

impl Ed25519Key {
    /// The length of a table in words.
    pub const fn table_len(geometry: Geometry) -> usize {
        multiples::table_len(rows_of(geometry))
    }

    /// Fills the front of `table` with multiples of this key, for [`Self::verify_prepared`].
    ///
    /// This takes as long as several verifications without a table. The table is position-independent, and the same on every
    /// machine.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if `table` has fewer than [`Self::table_len`] words.
    pub fn prepare(&self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        let table = table.get_mut(..Self::table_len(geometry)).ok_or(Error::TableTooSmall)?;
        let point = Point::decode(self.0.as_bytes()).ok_or(Error::KeyPointInvalid)?;
        // Verification subtracts multiples of the key.
        multiples::fill(rows_of(geometry), &point.negated(), table);
        Ok(())
    }

    /// Verifies `signature` over `message`, with the verdict of [`Self::verify`], in less time.
    ///
    /// `table` must have been filled by [`Self::prepare`], for this key and geometry. With any other table, signatures are
    /// rejected: it acts as a different key, whose private key does not exist.
    ///
    /// # Errors
    /// Those of [`Self::verify`], and [`Error::TableTooSmall`] if `table` has fewer than [`Self::table_len`] words.
    // Not inlined, so that its numbers are not on the stack while keys of other kinds verify.
    #[inline(never)]
    pub fn verify_prepared(
        &self,
        geometry: Geometry,
        table: &[u64],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let table = table.get(..Self::table_len(geometry)).ok_or(Error::TableTooSmall)?;
        let ([r, s], []) = signature.as_chunks::<32>() else {
            return Err(Error::SignatureLength);
        };
        // RFC 8032 §5.1.7 step 1: S below the order.
        let s = Scalar::from_canonical_bytes(*s).into_option().ok_or(Error::SignatureInvalid)?;
        // Step 2.
        let hash = Sha512::new().chain_update(r).chain_update(self.0.as_bytes()).chain_update(message).finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        // Step 3, without the cofactor: S·B − k·A is R. R need not be decoded: the canonical encoding of the sum is
        // compared, so a non-canonical encoding of R, or one of no point, never matches.
        let expected = multiples::sum(&[
            Multiple { rows: base_point::ROWS, table: &base_point::TABLE, scalar: s.to_bytes() },
            Multiple { rows: rows_of(geometry), table, scalar: k.to_bytes() },
        ])
        .ok_or(Error::SignatureInvalid)?;
        if expected.encode() == *r && !is_of_small_order(r) { Ok(()) } else { Err(Error::SignatureInvalid) }
    }
}

/// Whether this encodes one of the eight points whose order divides 8. They have five different y.
fn is_of_small_order(encoded: &[u8; 32]) -> bool {
    let [low, b, c, high] = words_of(encoded);
    SMALL_ORDER.contains(&[low, b, c, high & !SIGN])
}

/// The bit of an encoded point that is the sign of x, in its last word.
const SIGN: u64 = 1 << 63;

/// The y of those points: 1, −1, 0, and the two of the points of order 8.
const SMALL_ORDER: [[u64; 4]; 5] = [
    [1, 0, 0, 0],
    [0xffff_ffff_ffff_ffec, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff],
    [0, 0, 0, 0],
    [0xb027_b2c2_8f95_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1],
    [0x4fd8_4d3d_706a_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e],
];

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::EIGHT_TORSION;

    #[test]
    fn the_points_of_small_order_are_these() {
        let encoded = EIGHT_TORSION.map(|point| point.compress().0);
        assert!(encoded.iter().all(is_of_small_order));
        let mut ys = encoded.map(|point| words_of(&point)).map(|[low, b, c, high]| [low, b, c, high & !SIGN]).to_vec();
        ys.sort_unstable();
        ys.dedup();
        assert_eq!(ys.len(), SMALL_ORDER.len());
        assert!(!is_of_small_order(&[3; 32]));
    }
}
