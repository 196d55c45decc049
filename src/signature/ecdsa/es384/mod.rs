//! P-384, the curve of ES384. `field` is its arithmetic in 32-bit words by fiat-crypto.
//!
//! The folder imports numbers and what a curve must provide from the folders above, and must not know other curves.

#[cfg(any(test, not(target_pointer_width = "64")))]
pub(super) mod field;

use ecdsa::VerifyingKey;
use p384::NistP384;
use sha2::Sha384;

#[cfg(not(target_pointer_width = "64"))]
use self::field::P384Of32Bits as Element;
use super::curve::Curve;
#[cfg(target_pointer_width = "64")]
use super::field::proved::P384Of64Bits as Element;
use crate::signature::{division::Modulus, integer::Integer};

/// secp384r1.
pub type P384 = NistP384;

impl Curve for NistP384 {
    type Limbs = [i64; 7];
    type Field = Element;
    type Digest = Sha384;
    type Plain = VerifyingKey<Self>;

    const BITS: usize = 384;
    const PRIME: Modulus<Self::Limbs> = Modulus::new(
        384,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    );
    const GROUP_ORDER: Modulus<Self::Limbs> = Modulus::new(
        384,
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    const BASE_POINT: [Integer<Self::Limbs>; 2] = [
        Integer::from_hex(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
        ),
        Integer::from_hex(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
        ),
    ];
}
