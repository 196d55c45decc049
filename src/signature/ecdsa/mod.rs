//! ECDSA (RFC 7518 §3.4): ES256 on P-256 with SHA-256, ES384 on P-384 with SHA-384, ES512 on P-521 with SHA-512.
//!
//! `EcdsaKey` is the plain key. The `ecdsa` crate verifies with it (`library`), except on P-256 in 32-bit words (`es256/compact`).
//! `prepared` verifies with tables of multiples, by this crate's arithmetic. `es256/`, `es384/` and `es512/` each define a curve. The
//! folder imports hashes, integers, division, schedules and `proved` from `signature`, and knows nothing of JSON, JWKs or `alg`.

mod curve;
#[cfg(feature = "es256")]
mod es256;
#[cfg(feature = "es384")]
mod es384;
#[cfg(feature = "es512")]
mod es512;
mod field;
#[cfg(test)]
mod formulas;
#[cfg(feature = "prepared")]
mod layout;
mod library;
#[cfg(feature = "prepared")]
mod multiples;
mod point;
#[cfg(feature = "prepared")]
mod prepared;
#[cfg(feature = "prepared")]
mod summation;
#[cfg(feature = "prepared")]
mod table;
mod verification;

use sha2::{Sha256, digest::Output};

pub use self::curve::Curve;
use self::curve::PlainKey;
#[cfg(all(feature = "es256", any(test, feature = "internals", not(target_pointer_width = "64"))))]
#[cfg_attr(not(feature = "internals"), allow(unused_imports))]
pub use self::es256::CompactP256;
#[cfg(feature = "es256")]
pub use self::es256::P256;
#[cfg(feature = "es384")]
pub use self::es384::P384;
#[cfg(feature = "es512")]
pub use self::es512::P521;
#[cfg(feature = "prepared")]
pub use self::layout::Layout;
#[cfg(feature = "prepared")]
#[cfg_attr(not(feature = "internals"), allow(unused_imports))]
pub use self::prepared::{BasePoint, PreparedKey};
use super::Message;
#[cfg(feature = "es256")]
use super::accelerator::P256PublicKey;
use crate::{Error, signature::integer::Integer};

/// The key of an ES256 signature.
#[cfg(feature = "es256")]
pub type P256Key = EcdsaKey<P256>;

/// The key of an ES384 signature.
#[cfg(feature = "es384")]
pub type P384Key = EcdsaKey<P384>;

/// The key of an ES512 signature.
#[cfg(feature = "es512")]
pub type P521Key = EcdsaKey<P521>;

/// A point of the curve other than the point at infinity.
///
/// The curve determines the hash function, so the two cannot be mixed.
#[derive(Clone, Debug)]
pub struct EcdsaKey<C: Curve>(C::Plain);

impl<C: Curve> EcdsaKey<C> {
    /// Reads the coordinates in the form that a JWK has: big-endian, with leading zeros (RFC 7518 §6.2.1.2).
    ///
    /// # Errors
    /// [`Error::KeyMemberMalformed`] for a wrong length; [`Error::KeyPointInvalid`] if a coordinate is not below the
    /// field's prime, or if the point is not on the curve.
    pub fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error> {
        C::Plain::from_coordinates(x, y).map(Self)
    }

    /// The message to verify, hashed once for all keys on the curve.
    pub(super) fn message(signed: &[u8]) -> Message<'_> {
        Message::hashed_by::<C::Digest>(signed)
    }

    /// x and y.
    pub(super) fn coordinates(&self) -> [Integer<C::Limbs>; 2] {
        self.0.coordinates()
    }

    /// Adds x and y to a hash.
    pub(super) fn hash_to(&self, hash: &mut Sha256) {
        self.0.hash_to(hash);
    }

    /// Verifies `signature`, the concatenation of r and s, over `message`.
    ///
    /// An s above half the order is accepted like its low counterpart: RFC 7518 §3.4 forbids neither, and signers produce
    /// both. A signature therefore does not identify a token.
    ///
    /// # Errors
    /// [`Error::SignatureLength`] for a wrong length, which includes DER; [`Error::SignatureInvalid`] if another key made
    /// the signature, if it is over another message, or if r or s is not between 1 and the order minus 1.
    // Not inlined, so that its numbers are not on the stack while keys of other kinds verify.
    #[inline(never)]
    pub fn verify(&self, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
        self.verify_hash(&message.output::<C::Digest>(), signature)
    }

    /// Like [`verify`](Self::verify), for a message with this hash value.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    pub fn verify_hash(&self, hash: &Output<C::Digest>, signature: &[u8]) -> Result<(), Error> {
        self.0.verify_hash(hash, signature)
    }
}

#[cfg(feature = "es256")]
impl P256Key {
    /// The key as an accelerator needs it.
    pub(super) fn operand(&self) -> P256PublicKey {
        let [x, y] = self.coordinates().map(|coordinate| {
            let mut octets: [u8; 32] = coordinate.to_le_bytes();
            octets.reverse();
            octets
        });
        P256PublicKey { x, y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    // The base points (SEC 2 §2.4.2, §2.5.1 and §2.6.1).
    const P256_X: [u8; 32] = hex!("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296");
    const P256_Y: [u8; 32] = hex!("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
    const P384_X: [u8; 48] =
        hex!("aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7");
    const P384_Y: [u8; 48] =
        hex!("3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f");
    const P521_X: [u8; 66] = hex!(
        "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d"
        "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
    );
    const P521_Y: [u8; 66] = hex!(
        "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66"
        "2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650"
    );

    #[test]
    fn a_point_of_the_curve_is_a_key() {
        assert!(P256Key::from_coordinates(&P256_X, &P256_Y).is_ok());
        assert!(P384Key::from_coordinates(&P384_X, &P384_Y).is_ok());
        assert!(P521Key::from_coordinates(&P521_X, &P521_Y).is_ok());
    }

    #[test]
    fn a_point_off_the_curve_is_rejected() {
        let mut y = P256_Y;
        y[31] ^= 1;
        assert_eq!(P256Key::from_coordinates(&P256_X, &y).unwrap_err(), Error::KeyPointInvalid);
        assert_eq!(P256Key::from_coordinates(&P256_Y, &P256_X).unwrap_err(), Error::KeyPointInvalid);
        assert_eq!(P256Key::from_coordinates(&[0; 32], &[0; 32]).unwrap_err(), Error::KeyPointInvalid);

        let mut y = P384_Y;
        y[47] ^= 1;
        assert_eq!(P384Key::from_coordinates(&P384_X, &y).unwrap_err(), Error::KeyPointInvalid);

        let mut y = P521_Y;
        y[65] ^= 1;
        assert_eq!(P521Key::from_coordinates(&P521_X, &y).unwrap_err(), Error::KeyPointInvalid);
    }

    #[test]
    fn a_second_encoding_of_a_coordinate_is_rejected() {
        // P-256 has a point with x = 5. x = 5 + p fits in 32 bytes, and would be the same point if it were reduced.
        let y = hex!("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc");
        let mut five = [0; 32];
        five[31] = 5;
        assert!(P256Key::from_coordinates(&five, &y).is_ok());
        let five_and_prime = hex!("ffffffff00000001000000000000000000000001000000000000000000000004");
        assert_eq!(P256Key::from_coordinates(&five_and_prime, &y).unwrap_err(), Error::KeyPointInvalid);
    }

    #[test]
    fn a_coordinate_of_another_length_is_malformed() {
        for length in [0, 31, 33, 48] {
            let coordinate = vec![1; length];
            assert_eq!(P256Key::from_coordinates(&coordinate, &P256_Y).unwrap_err(), Error::KeyMemberMalformed);
            assert_eq!(P256Key::from_coordinates(&P256_X, &coordinate).unwrap_err(), Error::KeyMemberMalformed);
        }
        for length in [0, 32, 47, 49] {
            assert_eq!(P384Key::from_coordinates(&P384_X, &vec![1; length]).unwrap_err(), Error::KeyMemberMalformed);
        }
        for length in [0, 48, 64, 65, 67] {
            assert_eq!(P521Key::from_coordinates(&P521_X, &vec![1; length]).unwrap_err(), Error::KeyMemberMalformed);
        }
        // A further leading zero makes a coordinate too long.
        assert_eq!(
            P256Key::from_coordinates(&[&[0], &P256_X[..]].concat(), &P256_Y).unwrap_err(),
            Error::KeyMemberMalformed
        );
    }
}
