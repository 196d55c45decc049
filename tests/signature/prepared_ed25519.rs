//! A prepared Ed25519 key and the key itself give the same verdict, whatever the key and the signature.
//!
//! The plain path is ed25519-dalek's `verify_strict`. Signatures are made from the equation, so that keys and R may have
//! parts of small order, and S may be anything.
//!
//! `CERTBOUND_PREPARED_CASES` and `CERTBOUND_PREPARED_SEED` make the random ones more and others, as in
//! `prepared_ecdsa.rs`.

use std::env;

use certbound::{
    Error, Geometry,
    internals::signature::ed25519::{self, Ed25519Key},
};
use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
use hex_literal::hex;
use num_bigint::BigUint;
use sha2::{Digest, Sha512};

const GEOMETRIES: [Geometry; 3] = Geometry::ALL;
const MESSAGE: &[u8] = b"header.payload";

/// L, little-endian (RFC 8032 §5.1).
const ORDER: [u8; 32] = hex!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/// A key in all its forms.
struct Key {
    public: Ed25519Key,
    encoded: [u8; 32],
    tables: Vec<(Geometry, Vec<u64>)>,
}

impl Key {
    fn new(point: &EdwardsPoint) -> Result<Self, Error> {
        let encoded = point.compress().0;
        let public = Ed25519Key::from_bytes(&encoded)?;
        let prepare = |geometry: Geometry| {
            let mut table = vec![0; ed25519::table_len(geometry)];
            public.prepare(geometry, &mut table).map(|()| (geometry, table))
        };
        let tables = GEOMETRIES.into_iter().map(prepare).collect::<Result<_, _>>()?;
        Ok(Self { public, encoded, tables })
    }

    /// The verdict, which all forms agree on.
    #[track_caller]
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = self.public.verify(message, signature);
        for (geometry, table) in &self.tables {
            let prepared = self.public.verify_prepared(*geometry, table, message, signature);
            assert_eq!(prepared, verdict, "{geometry:?} {:02x?} {message:02x?} {signature:02x?}", self.encoded);
        }
        verdict
    }

    /// R and the S that fits it, of a key that is `secret` times the base point, and perhaps something of small order.
    fn sign(&self, secret: &Scalar, nonce: &Scalar, r: &EdwardsPoint, message: &[u8]) -> [u8; 64] {
        let r = r.compress().0;
        let hash = Sha512::new().chain_update(r).chain_update(self.encoded).chain_update(message).finalize();
        let s = nonce + secret * Scalar::from_bytes_mod_order_wide(&hash.into());
        joined(r, s.to_bytes())
    }
}

fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// A scalar that looks random.
fn scalar(seed: u64) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest(seed.to_le_bytes()).into())
}

/// A key and its signature of [`MESSAGE`].
fn signed() -> (Key, [u8; 64]) {
    let (secret, nonce) = (scalar(1), scalar(2));
    let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
    let signature = key.sign(&secret, &nonce, &EdwardsPoint::mul_base(&nonce), MESSAGE);
    (key, signature)
}

#[test]
fn every_key_verifies_what_it_signed_and_nothing_else() {
    // Small multiples of the base point, of both signs, have their multiples among the base point's own.
    let small = (1..=34).flat_map(|multiple: u64| [Scalar::from(multiple), -Scalar::from(multiple)]);
    let powers = (0..252)
        .step_by(12)
        .map(|bits| Scalar::from(2_u8).invert() * (0..bits).fold(Scalar::ONE, |power, _| power + power));
    for (seed, secret) in small.chain(powers).chain((0..20).map(scalar)).enumerate() {
        let nonce = scalar(1000 + u64::try_from(seed).unwrap());
        let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
        let signature = key.sign(&secret, &nonce, &EdwardsPoint::mul_base(&nonce), MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
        assert_eq!(key.verify(b"another", &signature), Err(Error::SignatureInvalid));
    }
}

#[test]
fn random_signatures_as_they_are_and_spoilt() {
    let number = |name: &str, usual: u64| env::var(name).map_or(usual, |number| number.parse().expect("a number"));
    let cases = number("CERTBOUND_PREPARED_CASES", 1_000);
    let seed = number("CERTBOUND_PREPARED_SEED", 0).wrapping_mul(1 << 32);
    let mut accepted = 0;
    for first in (0..cases).step_by(64) {
        let own = |number: u64| scalar(seed.wrapping_add(number));
        // One key in four has a part of small order, and so has one R in four.
        let small = |from: &Scalar| EIGHT_TORSION[usize::from(from.as_bytes()[0] % 32).saturating_sub(24)];
        let secret = own(first);
        let key = Key::new(&(EdwardsPoint::mul_base(&secret) + small(&secret))).unwrap();
        for case in first..cases.min(first + 64) {
            let nonce = own(case ^ 1 << 31);
            let message = case.to_le_bytes();
            let r = EdwardsPoint::mul_base(&nonce) + small(&nonce);
            let mut signature = key.sign(&secret, &nonce, &r, &message);
            if nonce.as_bytes()[1] & 1 == 1 {
                signature[usize::from(nonce.as_bytes()[2] % 64)] ^= nonce.as_bytes()[3] | 1;
            }
            accepted += u64::from(key.verify(&message, &signature).is_ok());
        }
    }
    println!("of {cases} signatures, {accepted} were accepted both ways");
    assert!((cases / 8..cases * 3 / 4).contains(&accepted), "{accepted}");
}

#[test]
fn sums_with_few_digits_are_right() {
    // R is a small multiple of the base point, so that S·B and −k·A are nearly opposite.
    let secret = scalar(1);
    let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
    for nonce in (1_u64..40).flat_map(|nonce| [Scalar::from(nonce), -Scalar::from(nonce)]) {
        let signature = key.sign(&secret, &nonce, &EdwardsPoint::mul_base(&nonce), MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
    }
    // S has few digits, and R is what the equation says.
    for s in (0_u64..40).map(Scalar::from) {
        let signature = joined(EdwardsPoint::mul_base(&s).compress().0, s.to_bytes());
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }
}

#[test]
fn every_bit_of_a_signature_counts() {
    let (key, signature) = signed();
    assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.verify(MESSAGE, &changed), Err(Error::SignatureInvalid), "bit {bit}");
    }
}

#[test]
fn s_is_below_the_order() {
    let (key, signature) = signed();
    let (r, s): ([u8; 32], _) = (signature[..32].try_into().unwrap(), BigUint::from_bytes_le(&signature[32..]));
    let order = BigUint::from_bytes_le(&ORDER);
    for times in 0_u8..=15 {
        let mut bytes = (&s + &order * times).to_bytes_le();
        bytes.resize(32, 0);
        let expected = if times == 0 { Ok(()) } else { Err(Error::SignatureInvalid) };
        assert_eq!(key.verify(MESSAGE, &joined(r, bytes.try_into().unwrap())), expected, "{times}");
    }
    let mut last = ORDER;
    last[0] -= 1;
    for s in [[0; 32], last, ORDER, [0xff; 32]] {
        assert_eq!(key.verify(MESSAGE, &joined(r, s)), Err(Error::SignatureInvalid));
    }
}

#[test]
fn an_r_of_small_order_or_with_a_second_encoding_is_refused() {
    let secret = scalar(1);
    let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
    for torsion in EIGHT_TORSION {
        let signature = key.sign(&secret, &Scalar::ZERO, &torsion, MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }
    // y from p on, and the neutral point and the one of order two with a sign that no x has: each hashed as it stands.
    let mut second_encodings: Vec<[u8; 32]> = (0xed..=0xff)
        .flat_map(|lowest| {
            let mut encoded = [0xff; 32];
            encoded[0] = lowest;
            encoded[31] = 0x7f;
            let positive = encoded;
            encoded[31] = 0xff;
            [positive, encoded]
        })
        .collect();
    for torsion in [EIGHT_TORSION[0], EIGHT_TORSION[4]] {
        let mut encoded = torsion.compress().0;
        encoded[31] |= 0x80;
        second_encodings.push(encoded);
    }
    for r in second_encodings {
        let hash = Sha512::new().chain_update(r).chain_update(key.encoded).chain_update(MESSAGE).finalize();
        let s = secret * Scalar::from_bytes_mod_order_wide(&hash.into());
        assert_eq!(key.verify(MESSAGE, &joined(r, s.to_bytes())), Err(Error::SignatureInvalid), "{r:02x?}");
    }
}

#[test]
fn keys_and_r_with_a_part_of_small_order_are_judged_alike() {
    let (mut accepted, mut refused) = (0, 0);
    for (index, of_key) in EIGHT_TORSION.iter().enumerate() {
        let secret = scalar(u64::try_from(index).unwrap());
        let key = Key::new(&(EdwardsPoint::mul_base(&secret) + of_key)).unwrap();
        for of_r in EIGHT_TORSION {
            for message in 0_u8..8 {
                let nonce = scalar(u64::from(message) + 77);
                let signature = key.sign(&secret, &nonce, &(EdwardsPoint::mul_base(&nonce) + of_r), &[message]);
                match key.verify(&[message], &signature) {
                    Ok(()) => accepted += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    // Where the parts of small order cancel out, which of eight possible ones they do about once.
    assert!(accepted > 40 && refused > 300, "{accepted} {refused}");
}

#[test]
fn a_key_of_small_order_is_none() {
    for torsion in EIGHT_TORSION {
        assert_eq!(Key::new(&torsion).err(), Some(Error::KeyPointInvalid));
    }
}

#[test]
fn a_signature_has_64_bytes() {
    let (key, signature) = signed();
    for length in 0..64 {
        assert_eq!(key.verify(MESSAGE, &signature[..length]), Err(Error::SignatureLength));
    }
    assert_eq!(key.verify(MESSAGE, &[&signature[..], &[0]].concat()), Err(Error::SignatureLength));
}

#[test]
fn a_table_has_its_length() {
    let (key, signature) = signed();
    for (geometry, table) in &key.tables {
        let short = &table[1..];
        assert_eq!(key.public.prepare(*geometry, &mut short.to_vec()), Err(Error::TableTooSmall));
        assert_eq!(key.public.verify_prepared(*geometry, short, MESSAGE, &signature), Err(Error::TableTooSmall));
        assert_eq!(key.public.verify_prepared(*geometry, &[], MESSAGE, &signature), Err(Error::TableTooSmall));

        let mut long = vec![7; table.len() + 3];
        assert_eq!(key.public.prepare(*geometry, &mut long), Ok(()));
        assert_eq!(long[..table.len()], table[..]);
        assert_eq!(long[table.len()..], [7; 3]);
        assert_eq!(key.public.verify_prepared(*geometry, &long, MESSAGE, &signature), Ok(()));
    }
}

#[test]
fn by_another_table_nothing_is_accepted() {
    let (key, signature) = signed();
    let other = Key::new(&EdwardsPoint::mul_base(&scalar(3))).unwrap();
    for ((geometry, own), (_, others)) in key.tables.iter().zip(&other.tables) {
        let verify = |table: &[u64]| key.public.verify_prepared(*geometry, table, MESSAGE, &signature);
        assert_eq!(verify(own), Ok(()));
        for table in [others.clone(), vec![0; own.len()], vec![u64::MAX; own.len()]] {
            assert_eq!(verify(&table), Err(Error::SignatureInvalid));
        }
        // All zeros make a sum of zeros, which encodes as a point of order four.
        assert_eq!(
            key.public.verify_prepared(*geometry, &vec![0; own.len()], MESSAGE, &[0; 64]),
            Err(Error::SignatureInvalid)
        );
    }
}
