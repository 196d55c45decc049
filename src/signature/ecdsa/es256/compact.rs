//! P-256 for boards: plain keys by this crate's arithmetic alone, in 32-bit words, with little code and stack.
//!
//! Scalars are in [w-NAF](crate::signature::recoding). Both share one run of doublings (Shamir's trick): at each bit from the most
//! significant one, the sum is doubled, and the multiples for the digits at that bit are added. A key holds its odd multiples
//! up to 7, which are computed when it is read; those of the base point up to 63 are [constants](super::base_point).
//!
//! The sum may be anything at any time, also infinity, the point that is added, or its opposite; [`Point::add_into`] has no
//! exceptions. An attacker who chooses key and signature can reach every case of the formulas, and each case is correct.

use core::fmt;

use sha2::{Digest, Sha256, digest::Output};

use super::{
    base_point,
    parameters::{BASE_POINT, GROUP_ORDER, PRIME},
};
use crate::{
    Error,
    signature::{
        division::Modulus,
        ecdsa::{
            curve::{Curve, PlainKey},
            field::{Field as _, proved::P256Of32Bits},
            point::{Affine, Point},
            verification::{self, Factor},
        },
        integer::Integer,
        recoding::{Digit, digits_max, recode},
    },
};

/// secp256r1 in 32-bit words.
#[derive(Clone, Copy, Debug)]
pub struct CompactP256;

impl Curve for CompactP256 {
    type Limbs = [i64; 5];
    type Field = P256Of32Bits;
    type Digest = Sha256;
    type Plain = CompactKey;

    const BITS: usize = 256;
    const PRIME: Modulus<Self::Limbs> = PRIME;
    const GROUP_ORDER: Modulus<Self::Limbs> = GROUP_ORDER;
    const BASE_POINT: [Integer<Self::Limbs>; 2] = BASE_POINT;
}

/// Q, 3 Q, 5 Q and 7 Q of a key Q.
#[derive(Clone)]
pub struct CompactKey([Affine<P256Of32Bits>; MULTIPLES]);

/// The width of the non-adjacent form of the key's scalar.
const WIDTH: u32 = 4;

/// The odd numbers below 2^(width − 1).
const MULTIPLES: usize = 4;

/// The length of a coordinate, of r and of s.
const LENGTH: usize = 32;

type Digits = heapless::Vec<Digit, { digits_max(CompactP256::BITS) }>;

impl PlainKey<CompactP256> for CompactKey {
    fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error> {
        if x.len() != LENGTH || y.len() != LENGTH {
            return Err(Error::KeyMemberMalformed);
        }
        let coordinates = [x, y].map(Integer::from_be_bytes);
        if !coordinates.iter().all(|coordinate| coordinate.is_less_than(PRIME.value())) {
            return Err(Error::KeyPointInvalid);
        }
        let point = Affine::from_coordinates(&coordinates);
        if is_on_curve(&point) { Ok(Self(multiples(&point))) } else { Err(Error::KeyPointInvalid) }
    }

    fn coordinates(&self) -> [Integer<[i64; 5]>; 2] {
        let [Affine { x, y }, ..] = &self.0;
        [x, y].map(P256Of32Bits::to_integer)
    }

    fn hash_to(&self, hash: &mut Sha256) {
        for coordinate in self.coordinates() {
            let mut bytes: [u8; LENGTH] = coordinate.to_le_bytes();
            bytes.reverse();
            hash.update(bytes);
        }
    }

    fn verify_hash(&self, hash: &Output<Sha256>, signature: &[u8]) -> Result<(), Error> {
        verification::verify::<CompactP256>(hash, signature, |factors, sum| self.add(factors, sum))
    }
}

impl fmt::Debug for CompactKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("CompactKey").field(&self.coordinates()).finish()
    }
}

impl CompactKey {
    /// Writes the sum of these multiples of the base point and of the key. `None` if a digit had no room or no multiple, which does
    /// not occur.
    // Not inlined, so that the digits are off the stack when r is compared.
    #[inline(never)]
    fn add(&self, factors: &[Factor<[i64; 5]>; 2], result: &mut Point<P256Of32Bits>) -> Option<()> {
        let mut digits = [const { Digits::new() }; 2];
        let mut has_room = true;
        for ((factor, digits), width) in factors.iter().zip(&mut digits).zip([base_point::WIDTH, WIDTH]) {
            recode(&factor.scalar, width, CompactP256::BITS, |digit| has_room &= digits.push(digit).is_ok());
        }
        let (mut sum, mut next) = (Point::INFINITY, Point::INFINITY);
        let (mut sum, mut next) = (&mut sum, &mut next);
        for position in (0..CompactP256::BITS).rev() {
            sum.double_into(next);
            (sum, next) = (next, sum);
            for (is_of_key, (digits, factor)) in digits.iter_mut().zip(factors).enumerate() {
                let Some(digit) = digits.last().copied().filter(|digit| usize::from(digit.exponent) == position) else {
                    continue;
                };
                digits.truncate(digits.len().saturating_sub(1));
                let place = usize::from(digit.value.unsigned_abs() >> 1);
                let multiple = if is_of_key == 0 { base_point::multiple(place)? } else { *self.0.get(place)? };
                let is_negated = (digit.value < 0) != factor.is_negated;
                sum.add_into(&if is_negated { multiple.negated() } else { multiple }, next);
                (sum, next) = (next, sum);
            }
        }
        *result = *sum;
        has_room.then_some(())
    }
}

/// Whether y² = x³ − 3x + b.
fn is_on_curve(point: &Affine<P256Of32Bits>) -> bool {
    let Affine { x, y } = point;
    let three = x.sum(x).sum(x);
    let right = x.square().product(x).difference(&three).sum(&P256Of32Bits::from_integer(&B));
    y.square().difference(&right).is_zero()
}

/// The point and its odd multiples. None is at infinity, and no sum is of equal or opposite points, because the order is a
/// prime above 7.
fn multiples(point: &Affine<P256Of32Bits>) -> [Affine<P256Of32Bits>; MULTIPLES] {
    let mut double = Point::INFINITY;
    Point::from(*point).double_into(&mut double);
    let double = affine(&double);
    let mut multiples = [*point; MULTIPLES];
    let mut last = Point::from(*point);
    for place in multiples.iter_mut().skip(1) {
        let mut next = Point::INFINITY;
        last.add_into(&double, &mut next);
        *place = affine(&next);
        last = next;
    }
    multiples
}

/// The point in affine coordinates. It is not at infinity.
#[inline(never)]
fn affine(point: &Point<P256Of32Bits>) -> Affine<P256Of32Bits> {
    // 1/Z is Z²/Z³. With two numerators, as for scalars, the division is the same code.
    let [z_inverse, _] = PRIME.quotients([point.zz.to_integer(), Integer::ZERO], &point.zzz.to_integer());
    Affine { x: point.x, y: point.y }.scaled(&P256Of32Bits::from_integer(&z_inverse))
}

/// b of the curve's equation.
const B: Integer<[i64; 5]> = Integer::from_hex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b");

#[cfg(test)]
mod tests {
    use ecdsa::elliptic_curve::{Group, ProjectivePoint};
    use p256::NistP256;

    use super::*;
    use crate::signature::ecdsa::library;

    #[test]
    fn a_key_has_its_odd_multiples() {
        let generator = ProjectivePoint::<NistP256>::generator();
        let mut point = generator + generator;
        for _ in 0..20 {
            let coordinates = library::coordinates::<NistP256>(&point.to_affine());
            let key = CompactKey(multiples(&Affine::from_coordinates(&coordinates)));
            let mut multiple = point;
            for own in &key.0 {
                assert_eq!(
                    [own.x, own.y].map(|own| own.to_integer()),
                    library::coordinates::<NistP256>(&multiple.to_affine())
                );
                multiple += point.double();
            }
            point = point.double() + generator;
        }
    }

    #[test]
    fn tables_are_of_the_same_key_on_machines_of_both_word_sizes() {
        let [x, y] = library::coordinates::<NistP256>(&ProjectivePoint::<NistP256>::generator().to_affine());
        let [x, y] = [x, y].map(|coordinate| {
            let mut bytes: [u8; LENGTH] = coordinate.to_le_bytes();
            bytes.reverse();
            bytes
        });
        let [mut wide, mut narrow] = [(); 2].map(|()| Sha256::new());
        <NistP256 as Curve>::Plain::from_coordinates(&x, &y).unwrap().hash_to(&mut wide);
        CompactKey::from_coordinates(&x, &y).unwrap().hash_to(&mut narrow);
        assert_eq!(wide.finalize(), narrow.finalize());
    }
}
