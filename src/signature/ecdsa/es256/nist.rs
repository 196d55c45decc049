//! P-256 by the p256 crate, with tables of this crate in 64-bit words.

use ecdsa::VerifyingKey;
use p256::NistP256;
use sha2::Sha256;

use super::parameters::{BASE_POINT, GROUP_ORDER, PRIME};
use crate::signature::{
    division::Modulus,
    ecdsa::{curve::Curve, field::proved::P256Of64Bits},
    integer::Integer,
};

impl Curve for NistP256 {
    type Limbs = [i64; 5];
    type Field = P256Of64Bits;
    type Digest = Sha256;
    type Plain = VerifyingKey<Self>;

    const BITS: usize = 256;
    const PRIME: Modulus<Self::Limbs> = PRIME;
    const GROUP_ORDER: Modulus<Self::Limbs> = GROUP_ORDER;
    const BASE_POINT: [Integer<Self::Limbs>; 2] = BASE_POINT;
}
