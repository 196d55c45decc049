//! P-256, the curve of ES256.

use ecdsa::VerifyingKey;
use p256::NistP256;
use sha2::Sha256;

use super::curve::Curve;
#[cfg(not(target_pointer_width = "64"))]
use super::field::proved::P256Of32Bits as Element;
#[cfg(target_pointer_width = "64")]
use super::field::proved::P256Of64Bits as Element;
use crate::signature::{division::Modulus, integer::Integer};

/// secp256r1.
pub type P256 = NistP256;

impl Curve for NistP256 {
    type Limbs = [i64; 5];
    type Field = Element;
    type Digest = Sha256;
    type Plain = VerifyingKey<Self>;

    const BITS: usize = 256;
    const PRIME: Modulus<Self::Limbs> =
        Modulus::new(256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    const GROUP_ORDER: Modulus<Self::Limbs> =
        Modulus::new(256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const BASE_POINT: [Integer<Self::Limbs>; 2] = [
        Integer::from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
        Integer::from_hex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    ];
}
