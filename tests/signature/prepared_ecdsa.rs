//! Prepared ECDSA keys, and plain keys of P-256 in 32-bit words, have the verdicts of the crates that verify for other plain
//! keys: on random signatures, and at every edge of the arithmetic.

use std::marker::PhantomData;

use certbound::{
    Error,
    internals::signature::{
        Message,
        ecdsa::{BasePoint, EcdsaKey, Layout, PreparedKey},
    },
};
use ecdsa::elliptic_curve::{
    AffinePoint, CurveGroup, Group, ProjectivePoint, Scalar,
    ff::{Field, PrimeField},
};
use num_bigint::BigUint;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha2::{Digest, digest::Output};

use crate::{
    MESSAGE, OTHER_MESSAGE, cases,
    curves::{
        Numbers, TestCurve, hash_of, key_that_accepts, number, on_each_curve, order, public_key, public_key_on,
        signature, signature_of_scalars, signatures_out_of_range, with_other_lengths,
    },
};

on_each_curve! {
    random_signatures, small_multiples, equal_and_opposite_points, an_x_above_the_order, ranges_of_r_and_s, lengths,
    tables, tables_with_arbitrary_content
}

/// Signatures by random keys and keys at the edges, with random nonces and chosen u1 and u2, unchanged and altered.
fn random_signatures<C: TestCurve>() {
    let (cases, seed) = (cases::count(), cases::seed());
    let bases = Bases::<C>::new();
    let mut numbers = Numbers(seed.wrapping_mul(1_000) + u64::from(C::ORDER_BITS));
    let (mut accepted, mut rejected) = (0, 0);
    let mut done = 0;
    while done < cases {
        let secret = numbers.scalar::<C>();
        if secret.is_zero().into() {
            continue;
        }
        let key = Key::<C>::new(C::ProjectivePoint::generator() * secret, Layout::ALL[numbers.below(4)]);
        for _ in 0..32.min(cases - done) {
            let (hash, r, s) = numbers.signature::<C>(secret);
            let signature = numbers.altered::<C>(r, s);
            match key.verdict(&bases, &hash, &signature) {
                Ok(()) => accepted += 1,
                Err(error) => {
                    assert_eq!(error, Error::SignatureInvalid);
                    rejected += 1;
                }
            }
            done += 1;
        }
    }
    println!("seed {seed}: of {cases} signatures, both implementations accepted {accepted} and rejected {rejected}");
    assert!(accepted > cases / 4 && rejected > cases / 4, "{accepted} and {rejected}");
}

/// Keys that are small multiples of ±G, and every sum u1·G + u2·Q with small u1 and u2.
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
            // On P-521, most z are longer than a hash value.
            let Some(hash) = hash_of::<C>(&z) else { continue };
            assert_eq!(key.verdict(&bases, &hash, &[r, s].concat()), Ok(()), "{secret} {u1} {u2}");
            accepted += 1;
        }
    }
    assert!(accepted > if C::ORDER_BITS == 521 { 0 } else { 200 }, "{accepted}");
}

/// The key is G or −G and both scalars are equal, so each step adds equal or opposite points.
fn equal_and_opposite_points<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let generator = C::ProjectivePoint::generator();
    let half = Scalar::<C>::TWO_INV;
    // u1 = u2 means z = r, which must fit a hash value.
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

/// R has an x from n to p − 1, so r is x − n. This is rare in random signatures; here the key is chosen so that it happens.
fn an_x_above_the_order<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let order = order::<C>();
    let mut numbers = Numbers(7);
    for high in [true, false] {
        // The search starts at n + 1, or at p − 1.
        let mut x = if high { &order + 1_u8 } else { C::prime() - 1_u8 };
        let point = loop {
            if let Some(point) = C::point_with_x(&x) {
                break point;
            }
            x = if high { x + 1_u8 } else { x - 1_u8 };
        };
        let r = &x - &order;
        let (hash, s) = (C::Digest::digest(b"chosen"), number::<C>(&numbers.random::<C>()));
        let key = Key::<C>::new(key_that_accepts::<C>(point, &hash, &r, &s), Layout::Small);
        assert_eq!(key.verdict(&bases, &hash, &signature::<C>(&r, &s)), Ok(()));
        for other in [&r + 1_u8, x.clone(), BigUint::ZERO] {
            let verdict = key.verdict(&bases, &hash, &signature::<C>(&other, &s));
            assert_eq!(verdict, Err(Error::SignatureInvalid));
        }
    }
}

fn ranges_of_r_and_s<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let key = Key::<C>::new(C::ProjectivePoint::generator() * Scalar::<C>::from(7_u64), Layout::Medium);
    let (hash, r, s) = Numbers(1).signature::<C>(Scalar::<C>::from(7_u64));
    assert_eq!(key.verdict(&bases, &hash, &signature::<C>(&r, &s)), Ok(()));
    // A high s is accepted like its low counterpart.
    assert_eq!(key.verdict(&bases, &hash, &signature::<C>(&r, &(order::<C>() - &s))), Ok(()));
    for signature in signatures_out_of_range::<C>(&r, &s) {
        assert_eq!(key.verdict(&bases, &hash, &signature), Err(Error::SignatureInvalid));
    }
}

fn lengths<C: TestCurve>() {
    let mut memory = vec![0; BasePoint::<C>::table_len(Layout::Small)];
    let base = BasePoint::<C>::prepare(Layout::Small, &mut memory).unwrap();
    let secret = Scalar::<C>::from(5_u64);
    let key = Key::<C>::new(C::ProjectivePoint::generator() * secret, Layout::Small);
    let key = PreparedKey::<C>::from_table(&key.table).unwrap();
    let (_, r, s) = Numbers(2).signature_of::<C>(secret, &C::Digest::digest(MESSAGE));
    let signature = signature::<C>(&r, &s);
    let compact = public_key_on::<C, C::Compact>(C::ProjectivePoint::generator() * secret);
    assert_eq!(compact.verify(&Message::new(MESSAGE), &signature), Ok(()));
    assert_eq!(key.verify(&base, &Message::new(MESSAGE), &signature), Ok(()));
    assert_eq!(key.verify(&base, &Message::new(OTHER_MESSAGE), &signature), Err(Error::SignatureInvalid));
    for signature in with_other_lengths(&signature) {
        let verdict = key.verify(&base, &Message::new(MESSAGE), &signature);
        assert_eq!(verdict, Err(Error::SignatureLength), "{}", signature.len());
        assert_eq!(compact.verify(&Message::new(MESSAGE), &signature), verdict);
    }
}

fn tables<C: TestCurve>() {
    let key = public_key::<C>(ProjectivePoint::<C>::generator());
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

        // A table is recognized as one of its curve, and as that of a key or of the base point, whatever follows it.
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

/// Whatever follows the first word of a table, no signature is accepted and nothing panics.
fn tables_with_arbitrary_content<C: TestCurve>() {
    let bases = Bases::<C>::new();
    let mut numbers = Numbers(3);
    let (hash, r, s) = numbers.signature::<C>(Scalar::<C>::from(9_u64));
    let signature = signature::<C>(&r, &s);
    for layout in Layout::ALL {
        let key = Key::<C>::new(C::ProjectivePoint::generator() * Scalar::<C>::from(9_u64), layout);
        for fill in [Some(0), Some(u64::MAX), Some(1 << 63), Some(1), None] {
            let mut table = key.table.clone();
            table[1..].fill_with(|| fill.unwrap_or_else(|| numbers.next()));
            let arbitrary = PreparedKey::<C>::from_table(&table).unwrap();
            for base in &bases.tables {
                let base = BasePoint::<C>::from_table(base).unwrap();
                assert_eq!(arbitrary.verify_hash(&base, &hash, &signature), Err(Error::SignatureInvalid));
            }
            let mut base = bases.tables[0].clone();
            base[1..].fill_with(|| fill.unwrap_or_else(|| numbers.next()));
            let base = BasePoint::<C>::from_table(&base).unwrap();
            assert_eq!(arbitrary.verify_hash(&base, &hash, &signature), Err(Error::SignatureInvalid));
        }
    }
}

/// A key with its table.
struct Key<C: TestCurve> {
    point: AffinePoint<C>,
    plain: EcdsaKey<C>,
    compact: EcdsaKey<C::Compact>,
    table: Vec<u64>,
}

impl<C: TestCurve> Key<C> {
    fn new(point: ProjectivePoint<C>, layout: Layout) -> Self {
        let (plain, compact) = (public_key::<C>(point), public_key_on::<C, C::Compact>(point));
        let mut table = vec![0; PreparedKey::<C>::table_len(layout)];
        PreparedKey::prepare(&plain, layout, &mut table).unwrap();
        Self { point: point.to_affine(), plain, compact, table }
    }

    /// The verdict of the curve's crate, after checking that the compact key and the prepared key with each layout of the base
    /// point agree with it.
    fn verdict(&self, bases: &Bases<C>, hash: &Output<C::Digest>, signature: &[u8]) -> Result<(), Error> {
        let key = PreparedKey::<C>::from_table(&self.table).unwrap();
        let expected = if C::accepts(self.point, hash, signature) { Ok(()) } else { Err(Error::SignatureInvalid) };
        assert_eq!(
            self.compact.verify_hash(hash, signature),
            expected,
            "{:02x?} {hash:02x?} {signature:02x?}",
            self.plain
        );
        for base in &bases.tables {
            let verdict = key.verify_hash(&BasePoint::from_table(base).unwrap(), hash, signature);
            assert_eq!(verdict, expected, "{:02x?} {hash:02x?} {signature:02x?}", self.plain);
        }
        expected
    }
}

/// The tables of a curve's base point, one for each layout.
struct Bases<C> {
    tables: [Vec<u64>; 4],
    curve: PhantomData<C>,
}

impl<C: TestCurve> Bases<C> {
    fn new() -> Self {
        let tables = Layout::ALL.map(|layout| {
            let mut table = vec![0; BasePoint::<C>::table_len(layout)];
            BasePoint::<C>::prepare(layout, &mut table).unwrap();
            table
        });
        Self { tables, curve: PhantomData }
    }
}
