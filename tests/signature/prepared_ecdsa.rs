//! Prepared ECDSA keys give the verdicts of plain ones: over random signatures, and at every edge of the arithmetic.
//!
//! `CERTBOUND_PREPARED_CASES` says how many random signatures are compared on each curve, a thousand unless it is set, and
//! `CERTBOUND_PREPARED_SEED` is a number to begin with, so that a long run meets others than the last one.

use std::env;

use certbound::Error;
use certbound::internals::signature::Message;
use certbound::internals::signature::ecdsa::{BasePoint, Curve, EcdsaKey, Layout, PreparedKey};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveGroup, FieldBytes, Group, ProjectivePoint, Scalar,
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

/// Runs a generic test on each curve.
macro_rules! on_each_curve {
    ($($test:ident: $p256:ident $p384:ident $p521:ident;)*) => {$(
        #[test]
        fn $p256() {
            $test::<NistP256>();
        }

        #[test]
        fn $p384() {
            $test::<NistP384>();
        }

        #[test]
        fn $p521() {
            $test::<NistP521>();
        }
    )*};
}

on_each_curve! {
    random_signatures: random_signatures_on_p256 random_signatures_on_p384 random_signatures_on_p521;
    small_multiples: small_multiples_on_p256 small_multiples_on_p384 small_multiples_on_p521;
    equal_and_opposite_points: equal_and_opposite_points_on_p256 equal_and_opposite_points_on_p384 equal_and_opposite_points_on_p521;
    an_x_above_the_order: an_x_above_the_order_on_p256 an_x_above_the_order_on_p384 an_x_above_the_order_on_p521;
    ranges_of_r_and_s: ranges_of_r_and_s_on_p256 ranges_of_r_and_s_on_p384 ranges_of_r_and_s_on_p521;
    lengths: lengths_on_p256 lengths_on_p384 lengths_on_p521;
    tables: tables_on_p256 tables_on_p384 tables_on_p521;
    tables_of_nonsense: tables_of_nonsense_on_p256 tables_of_nonsense_on_p384 tables_of_nonsense_on_p521;
}

/// Signatures by usual keys and by small multiples of ±G, with scalars of all kinds, as they are and spoilt.
fn random_signatures<C: TestCurve>() {
    let number = |name: &str, usual: u64| env::var(name).map_or(usual, |number| number.parse().expect("a number"));
    let cases = number("CERTBOUND_PREPARED_CASES", 1_000);
    let seed = number("CERTBOUND_PREPARED_SEED", 0);
    let bases = Bases::<C>::new();
    let mut numbers = Numbers(seed.wrapping_mul(1_000) + u64::from(C::ORDER_BITS));
    let (mut accepted, mut refused) = (0, 0);
    let mut done = 0;
    while done < cases {
        let secret = numbers.scalar::<C>();
        if secret.is_zero().into() {
            continue;
        }
        let key = Key::<C>::new(C::ProjectivePoint::generator() * secret, Layout::ALL[numbers.below(4)]);
        for _ in 0..32.min(cases - done) {
            let (hash, r, s) = numbers.signature::<C>(secret);
            let signature = numbers.spoilt::<C>(r, s);
            match key.verdict(&bases, &hash, &signature) {
                Ok(()) => accepted += 1,
                Err(error) => {
                    assert_eq!(error, Error::SignatureInvalid);
                    refused += 1;
                }
            }
            done += 1;
        }
    }
    println!("of {cases} signatures, seed {seed}, {accepted} were accepted both ways, and {refused} refused");
    assert!(accepted > cases / 4 && refused > cases / 4, "{accepted} and {refused}");
}

/// For keys of small multiples of ±G, every sum of u1·G and u2·Q with small u1 and u2.
fn small_multiples<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let small = |number: i64| {
        let scalar = Scalar::<C>::from(number.unsigned_abs());
        if number < 0 { -scalar } else { scalar }
    };
    let mut accepted = 0;
    for secret in [-3, -2, -1, 1, 2, 3, 17] {
        let key = Key::<C>::new(C::ProjectivePoint::generator() * small(secret), Layout::Large);
        for (u1, u2) in [-17, -2, -1, 0, 1, 2, 3, 16].into_iter().flat_map(|u1| [-16, -2, -1, 1, 2].map(|u2| (u1, u2)))
        {
            let Some((z, r, s)) = signature_of_scalars::<C>(small(secret), small(u1), small(u2)) else {
                assert_eq!(u1 + u2 * secret, 0);
                continue;
            };
            // On P-521 no hash value is as long as most z are.
            let Some(hash) = hash_of::<C>(&z) else { continue };
            assert_eq!(key.verdict(&bases, &hash, &[r, s].concat()), Ok(()), "{secret} {u1} {u2}");
            accepted += 1;
        }
    }
    assert!(accepted > if C::ORDER_BITS == 521 { 0 } else { 200 }, "{accepted}");
}

/// The key is G or its opposite, and both scalars are the same: all points are met twice, or with their opposites.
fn equal_and_opposite_points<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let generator = C::ProjectivePoint::generator();
    let half = Scalar::<C>::TWO_INV;
    // u1 = u2 is z = r, which has to fit a hash value.
    let mut nonce = Scalar::<C>::from(1_u64) - half;
    let (z, r, s) = loop {
        nonce += Scalar::<C>::ONE;
        let (z, r, s) = signature_of_scalars::<C>(Scalar::<C>::ONE, nonce, nonce).unwrap();
        if hash_of::<C>(&z).is_some() {
            break (z, r, s);
        }
    };
    let hash = hash_of::<C>(&z).unwrap();
    for layout in Layout::ALL {
        let same = Key::<C>::new(generator, layout);
        assert_eq!(same.verdict(&bases, &hash, &[&r[..], &s].concat()), Ok(()));
        // u1·G + u2·Q is the point at infinity, which has no x.
        let opposite = Key::<C>::new(-generator, layout);
        assert_eq!(opposite.verdict(&bases, &hash, &[&r[..], &s].concat()), Err(Error::SignatureInvalid));
    }
}

/// R has an x from n to p − 1, so that r is x − n: rare as chance goes, and made here by choosing the key.
fn an_x_above_the_order<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let order = order::<C>();
    let mut numbers = Numbers(7);
    for high in [true, false] {
        // Beginning at n + 1 or below p.
        let mut x = if high { &order + 1_u8 } else { C::prime() - 1_u8 };
        let point = loop {
            if let Some(point) = C::point_with_x(&x) {
                break point;
            }
            x = if high { x + 1_u8 } else { x - 1_u8 };
        };
        let r = &x - &order;
        let (hash, s) = (C::Digest::digest(b"chosen"), numbers.random::<C>());
        let z = scalar::<C>(&BigUint::from_bytes_be(&hash));
        let inverse = Option::<Scalar<C>>::from(scalar::<C>(&r).invert()).unwrap();
        let key = (C::ProjectivePoint::from(point) * s - C::ProjectivePoint::generator() * z) * inverse;
        let key = Key::<C>::new(key, Layout::Small);
        let s = bytes::<C>(&number::<C>(&s));
        assert_eq!(key.verdict(&bases, &hash, &[bytes::<C>(&r), s.clone()].concat()), Ok(()));
        for other in [&r + 1_u8, x.clone(), BigUint::ZERO] {
            let signature = [bytes::<C>(&other), s.clone()].concat();
            assert_eq!(key.verdict(&bases, &hash, &signature), Err(Error::SignatureInvalid));
        }
    }
}

fn ranges_of_r_and_s<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let key = Key::<C>::new(C::ProjectivePoint::generator() * Scalar::<C>::from(7_u64), Layout::Medium);
    let (hash, r, s) = Numbers(1).signature::<C>(Scalar::<C>::from(7_u64));
    assert_eq!(key.verdict(&bases, &hash, &[bytes::<C>(&r), bytes::<C>(&s)].concat()), Ok(()));
    // A high s is as good as its low twin.
    assert_eq!(key.verdict(&bases, &hash, &[bytes::<C>(&r), bytes::<C>(&(order::<C>() - &s))].concat()), Ok(()));
    let all_ones = (BigUint::from(1_u8) << (8 * bytes::<C>(&r).len())) - 1_u8;
    for wrong in [BigUint::ZERO, order::<C>(), order::<C>() + 1_u8, C::prime(), all_ones] {
        for (r, s) in [(&wrong, &s), (&r, &wrong), (&wrong, &wrong)] {
            let signature = [bytes::<C>(r), bytes::<C>(s)].concat();
            assert_eq!(key.verdict(&bases, &hash, &signature), Err(Error::SignatureInvalid));
        }
    }
}

fn lengths<C: TestCurve>() {
    let mut memory = vec![0; BasePoint::<C>::table_len(Layout::Small)];
    let base = BasePoint::<C>::prepare(Layout::Small, &mut memory).unwrap();
    let secret = Scalar::<C>::from(5_u64);
    let key = Key::<C>::new(C::ProjectivePoint::generator() * secret, Layout::Small);
    let key = PreparedKey::<C>::from_table(&key.table).unwrap();
    let message = b"header.payload";
    let (_, r, s) = Numbers(2).signature_of::<C>(secret, &C::Digest::digest(message));
    let mut signature = [bytes::<C>(&r), bytes::<C>(&s)].concat();
    assert_eq!(key.verify(&base, &Message::new(message), &signature), Ok(()));
    assert_eq!(key.verify(&base, &Message::new(b"header.payloae"), &signature), Err(Error::SignatureInvalid));
    let length = signature.len();
    signature.extend([0; 80]);
    for other in [0, 1, length / 2, length - 2, length - 1, length + 1, length + 2, length + 80] {
        assert_eq!(
            key.verify(&base, &Message::new(message), &signature[..other]),
            Err(Error::SignatureLength),
            "{other}"
        );
    }
}

fn tables<C: TestCurve>() {
    let key = EcdsaKey::<C>::from_coordinates(&C::generator().x(), &C::generator().y()).unwrap();
    for layout in Layout::ALL {
        let length = PreparedKey::<C>::table_len(layout);
        assert_eq!(BasePoint::<C>::table_len(layout), length);
        let mut memory = vec![u64::MAX; length + 3];
        for short in [0, 1, 8, length - 1] {
            let too_small = Some(Error::TableTooSmall);
            assert_eq!(PreparedKey::prepare(&key, layout, &mut memory[..short]).err(), too_small);
            assert_eq!(BasePoint::<C>::prepare(layout, &mut memory[..short]).err(), too_small);
        }
        let not_prepared = Some(Error::TableNotPrepared);
        assert_eq!(PreparedKey::<C>::from_table(&memory).err(), not_prepared);
        assert_eq!(PreparedKey::<C>::from_table(&vec![0; length]).err(), not_prepared);

        // A key's table is one of that curve and of a key, whatever follows it; and so is a base point's.
        assert!(PreparedKey::prepare(&key, layout, &mut memory).is_ok());
        assert_eq!(memory[length..], [u64::MAX; 3]);
        assert!(
            PreparedKey::<C>::from_table(&memory).is_ok() && PreparedKey::<C>::from_table(&memory[..length]).is_ok()
        );
        assert_eq!(BasePoint::<C>::from_table(&memory).err(), not_prepared);
        for short in [0, 1, 8, length - 1] {
            assert_eq!(PreparedKey::<C>::from_table(&memory[..short]).err(), not_prepared);
        }
        let curves = [
            PreparedKey::<NistP256>::from_table(&memory).is_ok(),
            PreparedKey::<NistP384>::from_table(&memory).is_ok(),
            PreparedKey::<NistP521>::from_table(&memory).is_ok(),
        ];
        assert_eq!(curves, [256, 384, 521].map(|bits| bits == C::ORDER_BITS));

        assert!(BasePoint::<C>::prepare(layout, &mut memory).is_ok());
        assert!(BasePoint::<C>::from_table(&memory).is_ok());
        assert_eq!(PreparedKey::<C>::from_table(&memory).err(), not_prepared);
    }
}

/// Behind a table's first word there may be anything: no signature is accepted, and nothing panics.
fn tables_of_nonsense<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let mut numbers = Numbers(3);
    let (hash, r, s) = numbers.signature::<C>(Scalar::<C>::from(9_u64));
    let signature = [bytes::<C>(&r), bytes::<C>(&s)].concat();
    for layout in Layout::ALL {
        let key = Key::<C>::new(C::ProjectivePoint::generator() * Scalar::<C>::from(9_u64), layout);
        for fill in [Some(0), Some(u64::MAX), Some(1 << 63), Some(1), None] {
            let mut table = key.table.clone();
            table[1..].fill_with(|| fill.unwrap_or_else(|| numbers.next()));
            let nonsense = PreparedKey::<C>::from_table(&table).unwrap();
            for base in &bases.tables {
                let base = BasePoint::<C>::from_table(base).unwrap();
                assert_eq!(nonsense.verify_hash(&base, &hash, &signature), Err(Error::SignatureInvalid));
            }
            let mut base = bases.tables[0].clone();
            base[1..].fill_with(|| fill.unwrap_or_else(|| numbers.next()));
            let base = BasePoint::<C>::from_table(&base).unwrap();
            assert_eq!(nonsense.verify_hash(&base, &hash, &signature), Err(Error::SignatureInvalid));
        }
    }
}

/// What the curves' crates do not offer generically.
trait TestCurve: Curve {
    const ORDER_BITS: u32;

    fn prime() -> BigUint;

    fn generator() -> AffinePoint<Self> {
        ProjectivePoint::<Self>::generator().to_affine()
    }

    /// A point of this x, if there is one.
    fn point_with_x(x: &BigUint) -> Option<AffinePoint<Self>>;

    /// The verdict of the crate's own verification.
    fn accepts(point: AffinePoint<Self>, hash: &[u8], signature: &[u8]) -> bool;
}

macro_rules! test_curve {
    ($curve:ident of $krate:ident, $bits:literal bits, prime $prime:expr) => {
        impl TestCurve for $curve {
            const ORDER_BITS: u32 = $bits;

            fn prime() -> BigUint {
                let power = |exponent: u32| BigUint::from(1_u8) << exponent;
                $prime(power)
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

test_curve!(NistP256 of p256, 256 bits, prime |power: fn(u32) -> BigUint| power(256) - power(224) + power(192) + power(96) - 1_u8);
test_curve!(NistP384 of p384, 384 bits, prime |power: fn(u32) -> BigUint| power(384) - power(128) - power(96) + power(32) - 1_u8);
test_curve!(NistP521 of p521, 521 bits, prime |power: fn(u32) -> BigUint| power(521) - 1_u8);

/// A key, plain and prepared.
struct Key<C: TestCurve> {
    point: AffinePoint<C>,
    plain: EcdsaKey<C>,
    table: Vec<u64>,
}

impl<C: TestCurve> Key<C> {
    fn new(point: ProjectivePoint<C>, layout: Layout) -> Self {
        let point = point.to_affine();
        let plain = EcdsaKey::from_coordinates(&point.x(), &point.y()).unwrap();
        let mut table = vec![0; PreparedKey::<C>::table_len(layout)];
        PreparedKey::prepare(&plain, layout, &mut table).unwrap();
        Self { point, plain, table }
    }

    /// The prepared key's verdict, which is the same with each base point's table, and the plain key's.
    fn verdict(&self, bases: &Bases<C>, hash: &Output<C::Digest>, signature: &[u8]) -> Result<(), Error> {
        let key = PreparedKey::<C>::from_table(&self.table).unwrap();
        let expected = if C::accepts(self.point, hash, signature) { Ok(()) } else { Err(Error::SignatureInvalid) };
        for base in &bases.tables {
            let verdict = key.verify_hash(&BasePoint::from_table(base).unwrap(), hash, signature);
            assert_eq!(verdict, expected, "{:02x?} {hash:02x?} {signature:02x?}", self.plain);
        }
        expected
    }
}

/// A curve's base point in each layout.
struct Bases<C> {
    tables: [Vec<u64>; 4],
    curve: std::marker::PhantomData<C>,
}

impl<C: TestCurve> Bases<C> {
    fn new() -> Self {
        let tables = Layout::ALL.map(|layout| {
            let mut table = vec![0; BasePoint::<C>::table_len(layout)];
            BasePoint::<C>::prepare(layout, &mut table).unwrap();
            table
        });
        Self { tables, curve: std::marker::PhantomData }
    }
}

/// The hash value that is this number, if one is so short: as it is, not reduced.
fn hash_of<C: TestCurve>(z: &BigUint) -> Option<Output<C::Digest>> {
    let z = z.to_bytes_be();
    let mut hash = Output::<C::Digest>::default();
    let start = hash.len().checked_sub(z.len())?;
    hash[start..].copy_from_slice(&z);
    Some(hash)
}

/// z, r and s of a signature that is verified with these scalars; `None` where the sum is no point that has an x.
fn signature_of_scalars<C: TestCurve>(
    secret: Scalar<C>,
    u1: Scalar<C>,
    u2: Scalar<C>,
) -> Option<(BigUint, Vec<u8>, Vec<u8>)> {
    let nonce = u1 + u2 * secret;
    let r = x_of::<C>(nonce)?;
    let s = r * u2.invert().into_option()?;
    Some((number::<C>(&(u1 * s)), bytes::<C>(&number::<C>(&r)), bytes::<C>(&number::<C>(&s))))
}

/// r of a nonce.
fn x_of<C: TestCurve>(nonce: Scalar<C>) -> Option<Scalar<C>> {
    let point = C::ProjectivePoint::generator() * nonce;
    let r = scalar::<C>(&BigUint::from_bytes_be(&point.to_affine().x()));
    (!bool::from(point.is_identity()) && !bool::from(r.is_zero())).then_some(r)
}

fn order<C: TestCurve>() -> BigUint {
    number::<C>(&-Scalar::<C>::ONE) + 1_u8
}

fn scalar<C: TestCurve>(number: &BigUint) -> Scalar<C> {
    let number = number % order::<C>();
    Scalar::<C>::from_repr(FieldBytes::<C>::try_from(&bytes::<C>(&number)[..]).unwrap()).unwrap()
}

fn number<C: TestCurve>(scalar: &Scalar<C>) -> BigUint {
    BigUint::from_bytes_be(scalar.to_repr().as_ref())
}

/// Big-endian, as long as a coordinate.
fn bytes<C: TestCurve>(number: &BigUint) -> Vec<u8> {
    let number = number.to_bytes_be();
    [vec![0; FieldBytes::<C>::default().len() - number.len()], number].concat()
}

/// Numbers by chance, and the same in each run (Steele, Lea and Flood's SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end
    }

    fn random<C: TestCurve>(&mut self) -> Scalar<C> {
        let bytes: Vec<u8> = (0..9).flat_map(|_| self.next().to_be_bytes()).collect();
        scalar::<C>(&BigUint::from_bytes_be(&bytes))
    }

    /// A scalar: any, or one at an edge.
    fn scalar<C: TestCurve>(&mut self) -> Scalar<C> {
        let small = Scalar::<C>::from(self.next() % 64);
        let edge = match self.below(6) {
            0 => small,
            1 => Scalar::<C>::TWO_INV + small,
            2 => Scalar::<C>::from(2_u64).pow([self.next() % u64::from(C::ORDER_BITS)]) + small,
            _ => return self.random::<C>(),
        };
        if self.below(2) == 0 { edge } else { -edge }
    }

    /// A hash value: any, or one that is 0, near n, or as high as can be.
    fn hash<C: TestCurve>(&mut self) -> Output<C::Digest> {
        let any = C::Digest::digest(self.next().to_be_bytes());
        let edge = match self.below(8) {
            0 => Some(BigUint::from(self.next() % 3)),
            1 => Some(order::<C>() - 2_u8 + self.next() % 5),
            2 => Some((BigUint::from(1_u8) << (8 * any.len())) - 1_u8 - self.next() % 3),
            3 => Some(number::<C>(&self.scalar::<C>())),
            _ => None,
        };
        edge.and_then(|edge| hash_of::<C>(&edge)).unwrap_or(any)
    }

    /// A hash value and a signature of it, by any nonce or with any scalars.
    fn signature<C: TestCurve>(&mut self, secret: Scalar<C>) -> (Output<C::Digest>, BigUint, BigUint) {
        if self.below(2) == 0 {
            let (u1, u2) = (self.scalar::<C>(), self.scalar::<C>());
            if let Some((z, r, s)) = signature_of_scalars::<C>(secret, u1, u2)
                && let Some(hash) = hash_of::<C>(&z)
            {
                // The same z modulo n, where that is a hash value too.
                let higher = hash_of::<C>(&(z + order::<C>())).filter(|_| self.below(4) == 0);
                return (higher.unwrap_or(hash), BigUint::from_bytes_be(&r), BigUint::from_bytes_be(&s));
            }
        }
        let hash = self.hash::<C>();
        self.signature_of::<C>(secret, &hash)
    }

    fn signature_of<C: TestCurve>(
        &mut self,
        secret: Scalar<C>,
        hash: &Output<C::Digest>,
    ) -> (Output<C::Digest>, BigUint, BigUint) {
        let z = scalar::<C>(&BigUint::from_bytes_be(hash));
        loop {
            let nonce = self.scalar::<C>();
            let Some((r, inverse)) = x_of::<C>(nonce).zip(nonce.invert().into_option()) else { continue };
            let s: Scalar<C> = inverse * (z + r * secret);
            if !bool::from(s.is_zero()) {
                return (hash.clone(), number::<C>(&r), number::<C>(&s));
            }
        }
    }

    /// The signature as it is or in its other form, or with r or s changed.
    fn spoilt<C: TestCurve>(&mut self, r: BigUint, s: BigUint) -> Vec<u8> {
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
        let limit = BigUint::from(1_u8) << (8 * FieldBytes::<C>::default().len());
        [bytes::<C>(&(r % &limit)), bytes::<C>(&(s % &limit))].concat()
    }
}
