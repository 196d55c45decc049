//! The curves and their parameters (SP 800-186 §3.2.1).

use ecdsa::DigestAlgorithm;
use ecdsa::elliptic_curve::{CurveArithmetic, FieldBytes, point::AffineCoordinates};
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;

use super::field::{self, Field};
use crate::signature::{
    division::Modulus,
    integer::{Integer, LimbArray},
};

/// A curve y² = x³ − 3x + b of prime order n, modulo a prime p above n.
///
/// Its hash is no longer than the order, so no hash value is truncated (FIPS 186-5 §6.4.2, step 2).
pub trait Curve:
    DigestAlgorithm + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<Self>>>
{
    /// A number as wide as the prime.
    type Limbs: LimbArray;

    /// An element of the field modulo p.
    type Field: Field<Limbs = Self::Limbs>;

    /// The length of the order and of the prime in bits.
    const BITS: usize;

    /// p.
    const PRIME: Modulus<Self::Limbs>;

    /// n.
    const GROUP_ORDER: Modulus<Self::Limbs>;
}

impl Curve for NistP256 {
    type Limbs = [i64; 5];
    type Field = field::P256;

    const BITS: usize = 256;
    const PRIME: Modulus<Self::Limbs> =
        Modulus::new(256, "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    const GROUP_ORDER: Modulus<Self::Limbs> =
        Modulus::new(256, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
}

impl Curve for NistP384 {
    type Limbs = [i64; 7];
    type Field = field::P384;

    const BITS: usize = 384;
    const PRIME: Modulus<Self::Limbs> = Modulus::new(
        384,
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    );
    const GROUP_ORDER: Modulus<Self::Limbs> = Modulus::new(
        384,
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
}

impl Curve for NistP521 {
    type Limbs = [i64; 9];
    type Field = field::P521;

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
}

/// 1/x, or zero for zero.
pub(super) fn inverse<C: Curve>(element: &C::Field) -> C::Field {
    let [quotient] = C::PRIME.quotients([Integer::ONE], &element.to_integer());
    C::Field::from_integer(&quotient)
}
