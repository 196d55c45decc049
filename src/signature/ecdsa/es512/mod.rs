//! P-521, the curve of ES512. `field` is its arithmetic by fiat-crypto, and `words` what is stored of an element.
//!
//! The folder imports numbers and what a curve must provide from the folders above, and must not know other curves.

pub(super) mod field;
mod words;

use ecdsa::VerifyingKey;
use p521::NistP521;
use sha2::Sha512;

#[cfg(not(target_pointer_width = "64"))]
use self::field::P521Of32Bits as Element;
#[cfg(target_pointer_width = "64")]
use self::field::P521Of64Bits as Element;
use super::curve::Curve;
use crate::signature::{division::Modulus, integer::Integer};

/// secp521r1.
pub type P521 = NistP521;

impl Curve for NistP521 {
    type Limbs = [i64; 9];
    type Field = Element;
    type Digest = Sha512;
    type Plain = VerifyingKey<Self>;

    const BITS: usize = 521;
    const PRIME: Modulus<Self::Limbs> = Modulus::new(
        521,
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
         ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    );
    const GROUP_ORDER: Modulus<Self::Limbs> = Modulus::new(
        521,
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa\
         51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
    );
    const BASE_POINT: [Integer<Self::Limbs>; 2] = [
        Integer::from_hex(
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d\
             baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
        ),
        Integer::from_hex(
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66\
             2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
        ),
    ];
}
