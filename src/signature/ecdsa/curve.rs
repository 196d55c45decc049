//! What a curve must provide. The folder of each algorithm defines its curve.

use sha2::Sha256;

use super::field::Field;
use crate::{
    Error,
    signature::{
        division::Modulus,
        integer::{Integer, LimbArray},
    },
};

/// A curve y² = x³ − 3x + b of prime order n, modulo a prime p above n, with its parameters (SP 800-186 §3.2.1).
///
/// Its hash is no longer than the order, so no hash value is truncated (FIPS 186-5 §6.4.2, step 2).
pub trait Curve: Sized {
    /// A number as wide as the prime.
    type Limbs: LimbArray;

    /// An element of the field modulo p.
    type Field: Field<Limbs = Self::Limbs>;

    /// The hash function of its signatures.
    type Digest: sha2::Digest;

    /// A key that verifies without tables.
    type Plain: PlainKey<Self>;

    /// The length of the order and of the prime in bits.
    const BITS: usize;

    /// p.
    const PRIME: Modulus<Self::Limbs>;

    /// n.
    const GROUP_ORDER: Modulus<Self::Limbs>;

    /// x and y of G.
    const BASE_POINT: [Integer<Self::Limbs>; 2];
}

/// A public key that verifies without tables.
pub trait PlainKey<C: Curve>: Clone + core::fmt::Debug {
    /// See [`EcdsaKey::from_coordinates`](super::EcdsaKey::from_coordinates).
    fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error>;

    /// x and y.
    fn coordinates(&self) -> [Integer<C::Limbs>; 2];

    /// Adds x and y to a hash, in the form that a JWK has.
    fn hash_to(&self, hash: &mut Sha256);

    /// Verifies the concatenation of r and s over a message with this hash value.
    fn verify_hash(&self, hash: &sha2::digest::Output<C::Digest>, signature: &[u8]) -> Result<(), Error>;
}

/// 1/x, or zero for zero.
pub(super) fn inverse<C: Curve>(element: &C::Field) -> C::Field {
    let [quotient] = C::PRIME.quotients([Integer::ONE], &element.to_integer());
    C::Field::from_integer(&quotient)
}
