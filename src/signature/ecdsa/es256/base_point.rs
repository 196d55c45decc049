//! The odd multiples of P-256's base point from G to 63 G, for [plain keys](super::compact).

use crate::signature::{
    ecdsa::{
        field::{Field as _, proved::P256Of32Bits},
        point::Affine,
    },
    file,
};

/// The width of the non-adjacent form whose digits these are.
pub(super) const WIDTH: u32 = 7;

/// The odd numbers below 2^(width − 1).
const MULTIPLES: usize = 32;

const POINT_WORDS: usize = 2 * P256Of32Bits::WORDS;

/// x and y of each multiple, in the form that tables have.
static TABLE: [u64; MULTIPLES * POINT_WORDS] = file::words(include_bytes!("base_point.bin"));

/// The multiple 2 · `place` + 1.
pub(super) fn multiple(place: usize) -> Option<Affine<P256Of32Bits>> {
    Affine::load(TABLE.as_chunks::<POINT_WORDS>().0.get(place)?)
}

#[cfg(test)]
mod tests {
    use ecdsa::elliptic_curve::{Group as _, ProjectivePoint};
    use p256::NistP256;

    use super::*;
    use crate::signature::ecdsa::library;

    /// `CERTBOUND_WRITE=1 cargo test base_point` writes the file.
    #[test]
    fn the_table_has_the_odd_multiples() {
        let generator = ProjectivePoint::<NistP256>::generator();
        let mut multiple = generator;
        let mut table = vec![0; TABLE.len()];
        for place in table.chunks_mut(POINT_WORDS) {
            let coordinates = library::coordinates::<NistP256>(&multiple.to_affine());
            Affine::<P256Of32Bits>::from_coordinates(&coordinates).store(place).unwrap();
            multiple += generator.double();
        }
        if std::env::var_os("CERTBOUND_WRITE").is_some() {
            let bytes: std::vec::Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/signature/ecdsa/es256/base_point.bin");
            std::fs::write(path, bytes).unwrap();
        }
        assert!(TABLE[..] == table[..]);
        assert!(self::multiple(MULTIPLES).is_none());
    }
}
