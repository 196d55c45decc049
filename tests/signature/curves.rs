//! What the tests on curves share: arithmetic that the crates of the curves do not offer generically, signatures from chosen
//! scalars, and wrong signatures.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use certbound::internals::signature::ecdsa::{CompactP256, Curve, EcdsaKey};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveArithmetic, CurveGroup, FieldBytes, Group, ProjectivePoint, Scalar,
    ff::{Field, PrimeField},
    point::{AffineCoordinates, DecompressPoint},
    subtle::Choice,
};
use ecdsa::signature::hazmat::PrehashVerifier;
use num_bigint::BigUint;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha2::{Digest, digest::Output};

/// Runs generic tests on each curve, in the modules `on_p256`, `on_p384` and `on_p521`.
macro_rules! on_each_curve {
    ($($test:ident),*) => {
        $crate::curves::on_each_curve!(on_p256: p256::NistP256: $($test),*);
        $crate::curves::on_each_curve!(on_p384: p384::NistP384: $($test),*);
        $crate::curves::on_each_curve!(on_p521: p521::NistP521: $($test),*);
    };
    ($module:ident: $curve:ty: $($test:ident),*) => {
        mod $module {
            $(
                #[test]
                fn $test() {
                    super::$test::<$curve>();
                }
            )*
        }
    };
}
pub(crate) use on_each_curve;

/// What the generic tests need of a curve, besides its traits.
pub trait TestCurve: Curve + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<Self>>> {
    /// The curve by this crate alone, with plain keys too, if there is such a version; otherwise the same curve.
    type Compact: Curve<Digest = Self::Digest>;

    const ORDER_BITS: u32;

    fn prime() -> BigUint;

    /// A point with this x, if one exists.
    fn point_with_x(x: &BigUint) -> Option<AffinePoint<Self>>;

    /// The verdict of the curve's crate.
    fn accepts(point: AffinePoint<Self>, hash: &[u8], signature: &[u8]) -> bool;
}

macro_rules! test_curve {
    ($curve:ident of $krate:ident, compact $compact:ty, $bits:literal bits, prime $prime:expr) => {
        impl TestCurve for $curve {
            type Compact = $compact;

            const ORDER_BITS: u32 = $bits;

            fn prime() -> BigUint {
                $prime
            }

            fn point_with_x(x: &BigUint) -> Option<AffinePoint<Self>> {
                let x = FieldBytes::<Self>::try_from(&bytes::<Self>(x)[..]).unwrap();
                AffinePoint::<Self>::decompress(&x, Choice::from(0)).into_option()
            }

            fn accepts(point: AffinePoint<Self>, hash: &[u8], signature: &[u8]) -> bool {
                let Ok(signature) = $krate::ecdsa::Signature::from_slice(signature) else { return false };
                let key = $krate::ecdsa::VerifyingKey::from_affine(point).unwrap();
                key.verify_prehash(hash, &signature).is_ok()
            }
        }
    };
}

test_curve!(NistP256 of p256, compact CompactP256, 256 bits, prime power(256) - power(224) + power(192) + power(96) - 1_u8);
test_curve!(NistP384 of p384, compact NistP384, 384 bits, prime power(384) - power(128) - power(96) + power(32) - 1_u8);
test_curve!(NistP521 of p521, compact NistP521, 521 bits, prime power(521) - 1_u8);

/// 2 to this power.
fn power(exponent: usize) -> BigUint {
    BigUint::from(1_u8) << exponent
}

pub fn public_key<C: TestCurve>(point: ProjectivePoint<C>) -> EcdsaKey<C> {
    public_key_on::<C, C>(point)
}

/// The key in another version of the curve.
pub fn public_key_on<C: TestCurve, Version: Curve>(point: ProjectivePoint<C>) -> EcdsaKey<Version> {
    let point = point.to_affine();
    EcdsaKey::from_coordinates(&point.x(), &point.y()).unwrap()
}

/// r and s, concatenated as in a JWS.
pub fn signature<C: TestCurve>(r: &BigUint, s: &BigUint) -> Vec<u8> {
    [bytes::<C>(r), bytes::<C>(s)].concat()
}

/// The key by which (r, s) is a signature of the hash value; `point` has an x equal to r modulo n.
///
/// Anyone who chooses the key can make any signature valid: Q = r⁻¹ (s R − z G).
pub fn key_that_accepts<C: TestCurve>(
    point: AffinePoint<C>,
    hash: &[u8],
    r: &BigUint,
    s: &BigUint,
) -> ProjectivePoint<C> {
    let z = scalar::<C>(&BigUint::from_bytes_be(hash));
    let inverse = scalar::<C>(r).invert().into_option().unwrap();
    (ProjectivePoint::<C>::from(point) * scalar::<C>(s) - ProjectivePoint::<C>::generator() * z) * inverse
}

/// The signature (r, s), with r, s or both replaced by numbers that are not between 1 and n − 1.
pub fn signatures_out_of_range<C: TestCurve>(r: &BigUint, s: &BigUint) -> Vec<Vec<u8>> {
    let all_ones = power(8 * bytes::<C>(r).len()) - 1_u8;
    let wrong = [BigUint::ZERO, order::<C>(), order::<C>() + 1_u8, C::prime(), all_ones];
    wrong.iter().flat_map(|wrong| [(wrong, s), (r, wrong), (wrong, wrong)]).map(|(r, s)| signature::<C>(r, s)).collect()
}

/// The signature, cut or lengthened. Some results have the length of another curve's signatures.
pub fn with_other_lengths(signature: &[u8]) -> Vec<Vec<u8>> {
    let length = signature.len();
    let padded = [signature, &[0; 80]].concat();
    [0, 1, length / 2, length - 2, length - 1, length + 1, length + 2, length + 80, 64, 96, 132]
        .into_iter()
        .filter(|other| *other != length)
        .map(|other| padded[..other.min(padded.len())].to_vec())
        .chain([[&[0], signature].concat()])
        .collect()
}

/// The hash value that equals `z`, without reduction. `None` if z is longer than a hash value.
pub fn hash_of<C: TestCurve>(z: &BigUint) -> Option<Output<C::Digest>> {
    let z = z.to_bytes_be();
    let mut hash = Output::<C::Digest>::default();
    let start = hash.len().checked_sub(z.len())?;
    hash[start..].copy_from_slice(&z);
    Some(hash)
}

/// z, r and s of a signature whose verification computes u1·G + u2·Q with these scalars. `None` if that sum gives no r.
pub fn signature_of_scalars<C: TestCurve>(
    secret: Scalar<C>,
    u1: Scalar<C>,
    u2: Scalar<C>,
) -> Option<(BigUint, Vec<u8>, Vec<u8>)> {
    let nonce = u1 + u2 * secret;
    let r = r_of::<C>(nonce)?;
    let s = r * u2.invert().into_option()?;
    Some((number::<C>(&(u1 * s)), bytes::<C>(&number::<C>(&r)), bytes::<C>(&number::<C>(&s))))
}

/// r for a nonce. `None` if the point is at infinity, or if r is zero.
fn r_of<C: TestCurve>(nonce: Scalar<C>) -> Option<Scalar<C>> {
    let point = C::ProjectivePoint::generator() * nonce;
    let r = scalar::<C>(&BigUint::from_bytes_be(&point.to_affine().x()));
    (!bool::from(point.is_identity()) && !bool::from(r.is_zero())).then_some(r)
}

pub fn order<C: TestCurve>() -> BigUint {
    number::<C>(&-Scalar::<C>::ONE) + 1_u8
}

pub fn scalar<C: TestCurve>(number: &BigUint) -> Scalar<C> {
    let number = number % order::<C>();
    Scalar::<C>::from_repr(FieldBytes::<C>::try_from(&bytes::<C>(&number)[..]).unwrap()).unwrap()
}

pub fn number<C: TestCurve>(scalar: &Scalar<C>) -> BigUint {
    BigUint::from_bytes_be(scalar.to_repr().as_ref())
}

/// The number in big-endian, as long as a coordinate.
pub fn bytes<C: TestCurve>(number: &BigUint) -> Vec<u8> {
    let number = number.to_bytes_be();
    [vec![0; FieldBytes::<C>::default().len() - number.len()], number].concat()
}

/// Pseudorandom numbers, the same in each run (Steele, Lea and Flood's SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    pub fn random<C: TestCurve>(&mut self) -> Scalar<C> {
        let bytes: Vec<u8> = (0..9).flat_map(|_| self.next().to_be_bytes()).collect();
        scalar::<C>(&BigUint::from_bytes_be(&bytes))
    }

    /// A random scalar, or one at an edge: small, near half of n, or near a power of 2, and each negated.
    pub fn scalar<C: TestCurve>(&mut self) -> Scalar<C> {
        let small = Scalar::<C>::from(self.next() % 64);
        let edge = match self.below(6) {
            0 => small,
            1 => Scalar::<C>::TWO_INV + small,
            2 => Scalar::<C>::from(2_u64).pow([self.next() % u64::from(C::ORDER_BITS)]) + small,
            _ => return self.random::<C>(),
        };
        if self.below(2) == 0 { edge } else { -edge }
    }

    /// A random hash value, or one at an edge: near 0, near n, near the highest, or an edge of the scalars.
    fn hash<C: TestCurve>(&mut self) -> Output<C::Digest> {
        let random = C::Digest::digest(self.next().to_be_bytes());
        let edge = match self.below(8) {
            0 => Some(BigUint::from(self.next() % 3)),
            1 => Some(order::<C>() - 2_u8 + self.next() % 5),
            2 => Some(power(8 * random.len()) - 1_u8 - self.next() % 3),
            3 => Some(number::<C>(&self.scalar::<C>())),
            _ => None,
        };
        edge.and_then(|edge| hash_of::<C>(&edge)).unwrap_or(random)
    }

    /// A hash value, and r and s of its signature, from a random nonce or from scalars u1 and u2.
    pub fn signature<C: TestCurve>(&mut self, secret: Scalar<C>) -> (Output<C::Digest>, BigUint, BigUint) {
        if self.below(2) == 0 {
            let (u1, u2) = (self.scalar::<C>(), self.scalar::<C>());
            if let Some((z, r, s)) = signature_of_scalars::<C>(secret, u1, u2)
                && let Some(hash) = hash_of::<C>(&z)
            {
                // Sometimes z + n instead of z, if it fits.
                let higher = hash_of::<C>(&(z + order::<C>())).filter(|_| self.below(4) == 0);
                return (higher.unwrap_or(hash), BigUint::from_bytes_be(&r), BigUint::from_bytes_be(&s));
            }
        }
        let hash = self.hash::<C>();
        self.signature_of::<C>(secret, &hash)
    }

    /// The hash value, and r and s of its signature from a random nonce.
    pub fn signature_of<C: TestCurve>(
        &mut self,
        secret: Scalar<C>,
        hash: &Output<C::Digest>,
    ) -> (Output<C::Digest>, BigUint, BigUint) {
        let z = scalar::<C>(&BigUint::from_bytes_be(hash));
        loop {
            let nonce = self.scalar::<C>();
            let Some((r, inverse)) = r_of::<C>(nonce).zip(nonce.invert().into_option()) else { continue };
            let s: Scalar<C> = inverse * (z + r * secret);
            if !bool::from(s.is_zero()) {
                return (hash.clone(), number::<C>(&r), number::<C>(&s));
            }
        }
    }

    /// The signature unchanged, with the opposite s, or with r or s changed.
    pub fn altered<C: TestCurve>(&mut self, r: BigUint, s: BigUint) -> Vec<u8> {
        let order = order::<C>();
        let twin = &order - &s;
        let (r, s) = match self.below(16) {
            0 => (r + 1_u8, s),
            1 => (r, s + 1_u8),
            2 => (s, r),
            3 => (&order - r, s),
            4 => (r, number::<C>(&self.scalar::<C>())),
            5 => (number::<C>(&self.scalar::<C>()), s),
            6 => (r + order, s),
            7 => (r, s + order),
            8..12 => (r, twin),
            _ => (r, s),
        };
        let limit = power(8 * FieldBytes::<C>::default().len());
        signature::<C>(&(r % &limit), &(s % &limit))
    }
}
