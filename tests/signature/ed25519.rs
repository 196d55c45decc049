//! Ed25519. Every signature is verified with the plain key, by ed25519-dalek's `verify_strict`, and with each prepared key, and
//! the verdicts must agree.
//!
//! Signatures are computed from the equation, so that keys and R may have a component of small order and S may be any number.
//! Where our rules are stricter than RFC 8032, a test shows that ed25519-dalek's `verify`, which is not strict, accepts.

use certbound::{
    Error, Geometry,
    internals::signature::ed25519::{self, Ed25519Key},
};
use curve25519_dalek::{EdwardsPoint, Scalar, constants::EIGHT_TORSION};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use hex_literal::hex;
use num_bigint::BigUint;
use sha2::{Digest, Sha512};

use crate::{MESSAGE, OTHER_MESSAGE, cases};

/// L, little-endian (RFC 8032 §5.1).
const ORDER: [u8; 32] = hex!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

/// A key, plain and prepared in each geometry.
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
            let mut table = vec![0; ed25519::Ed25519Key::table_len(geometry)];
            public.prepare(geometry, &mut table).map(|()| (geometry, table))
        };
        let tables = Geometry::ALL.into_iter().map(prepare).collect::<Result<_, _>>()?;
        Ok(Self { public, encoded, tables })
    }

    /// The verdict, after checking that all forms of the key agree.
    #[track_caller]
    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = self.public.verify(message, signature);
        for (geometry, table) in &self.tables {
            let prepared = self.public.verify_prepared(*geometry, table, message, signature);
            assert_eq!(prepared, verdict, "{geometry:?} {:02x?} {message:02x?} {signature:02x?}", self.encoded);
        }
        verdict
    }

    /// R, and S = nonce + k·secret. The key is `secret` times the base point, perhaps plus a point of small order.
    fn sign(&self, secret: &Scalar, nonce: &Scalar, r: &EdwardsPoint, message: &[u8]) -> [u8; 64] {
        self.sign_with_encoded(secret, nonce, r.compress().0, message)
    }

    fn sign_with_encoded(&self, secret: &Scalar, nonce: &Scalar, r: [u8; 32], message: &[u8]) -> [u8; 64] {
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

/// A pseudorandom scalar.
fn scalar(seed: u64) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&Sha512::digest(seed.to_le_bytes()).into())
}

fn accepted_without_strict_rules(key: &[u8; 32], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(key).unwrap().verify(MESSAGE, &Signature::from_bytes(signature)).is_ok()
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
    // The multiples of a small multiple of ±B are also in the base point's table.
    let small = (1..=34).flat_map(|multiple: u64| [Scalar::from(multiple), -Scalar::from(multiple)]);
    let powers = (0..252)
        .step_by(12)
        .map(|bits| Scalar::from(2_u8).invert() * (0..bits).fold(Scalar::ONE, |power, _| power + power));
    for (seed, secret) in small.chain(powers).chain((0..20).map(scalar)).enumerate() {
        let nonce = scalar(1000 + u64::try_from(seed).unwrap());
        let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
        let signature = key.sign(&secret, &nonce, &EdwardsPoint::mul_base(&nonce), MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
        assert_eq!(key.verify(OTHER_MESSAGE, &signature), Err(Error::SignatureInvalid));
    }
}

#[test]
fn random_signatures_unchanged_and_altered() {
    let cases = cases::count();
    let seed = cases::seed().wrapping_mul(1 << 32);
    let mut accepted = 0;
    for first in (0..cases).step_by(64) {
        let scalar = |number: u64| scalar(seed.wrapping_add(number));
        // One key in four and one R in four have a component of small order.
        let small = |from: &Scalar| EIGHT_TORSION[usize::from(from.as_bytes()[0] % 32).saturating_sub(24)];
        let secret = scalar(first);
        let key = Key::new(&(EdwardsPoint::mul_base(&secret) + small(&secret))).unwrap();
        for case in first..cases.min(first + 64) {
            let nonce = scalar(case ^ 1 << 31);
            let message = case.to_le_bytes();
            let r = EdwardsPoint::mul_base(&nonce) + small(&nonce);
            let mut signature = key.sign(&secret, &nonce, &r, &message);
            if nonce.as_bytes()[1] & 1 == 1 {
                signature[usize::from(nonce.as_bytes()[2] % 64)] ^= nonce.as_bytes()[3] | 1;
            }
            accepted += u64::from(key.verify(&message, &signature).is_ok());
        }
    }
    println!("of {cases} signatures, the plain and the prepared keys accepted {accepted}");
    assert!((cases / 8..cases * 3 / 4).contains(&accepted), "{accepted}");
}

#[test]
fn sums_with_few_digits() {
    // R is a small multiple of the base point, so S·B and −k·A are almost opposite.
    let secret = scalar(1);
    let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
    for nonce in (1_u64..40).flat_map(|nonce| [Scalar::from(nonce), -Scalar::from(nonce)]) {
        let signature = key.sign(&secret, &nonce, &EdwardsPoint::mul_base(&nonce), MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
    }
    // S is small, and R is S·B, which does not fit the equation.
    for s in (0_u64..40).map(Scalar::from) {
        let signature = joined(EdwardsPoint::mul_base(&s).compress().0, s.to_bytes());
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }
}

#[test]
fn a_flipped_bit() {
    let (key, signature) = signed();
    assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.verify(MESSAGE, &changed), Err(Error::SignatureInvalid), "bit {bit}");
    }
}

#[test]
fn s_with_the_order_added() {
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
fn an_r_of_small_order_or_in_a_second_encoding() {
    let secret = scalar(1);
    let key = Key::new(&EdwardsPoint::mul_base(&secret)).unwrap();
    // For R the identity the equation holds, so RFC 8032 accepts the signature.
    let of_identity = key.sign(&secret, &Scalar::ZERO, &EdwardsPoint::default(), MESSAGE);
    assert!(accepted_without_strict_rules(&key.encoded, &of_identity));
    for torsion in EIGHT_TORSION {
        let signature = key.sign(&secret, &Scalar::ZERO, &torsion, MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }
    // y from p on, and the identity and the point of order two with the sign bit set, although their x is 0. k is the hash of
    // these bytes.
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
        let signature = key.sign_with_encoded(&secret, &Scalar::ZERO, r, MESSAGE);
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid), "{r:02x?}");
    }
}

#[test]
fn keys_and_r_with_a_component_of_small_order() {
    let (mut accepted, mut rejected) = (0, 0);
    for (index, of_key) in EIGHT_TORSION.iter().enumerate() {
        let secret = scalar(u64::try_from(index).unwrap());
        let key = Key::new(&(EdwardsPoint::mul_base(&secret) + of_key)).unwrap();
        for of_r in EIGHT_TORSION {
            for message in 0_u8..8 {
                let nonce = scalar(u64::from(message) + 77);
                let signature = key.sign(&secret, &nonce, &(EdwardsPoint::mul_base(&nonce) + of_r), &[message]);
                match key.verify(&[message], &signature) {
                    Ok(()) => accepted += 1,
                    Err(_) => rejected += 1,
                }
            }
        }
    }
    // A signature is valid if the components of small order cancel out, as in about one of eight cases.
    assert!(accepted > 40 && rejected > 300, "{accepted} {rejected}");
}

#[test]
fn a_key_of_small_order() {
    // If A is the identity, (B, 1) is a signature of every message.
    let identity = EdwardsPoint::default().compress().0;
    let universal = joined(EdwardsPoint::mul_base(&Scalar::ONE).compress().0, Scalar::ONE.to_bytes());
    assert!(accepted_without_strict_rules(&identity, &universal));
    for torsion in EIGHT_TORSION {
        assert_eq!(Key::new(&torsion).err(), Some(Error::KeyPointInvalid));
    }
}

#[test]
fn a_key_in_a_second_encoding() {
    // y = 3 as 3 + p, and the identity as y = 1 + p and with the sign bit set although its x is 0.
    let mut three = [0xff; 32];
    three[0] = 0xf0;
    three[31] = 0x7f;
    let mut one = three;
    one[0] = 0xee;
    let mut negative_zero = [0; 32];
    negative_zero[0] = 1;
    negative_zero[31] = 0x80;
    for key in [three, one, negative_zero] {
        assert!(VerifyingKey::from_bytes(&key).is_ok(), "a decoder that is not strict accepts {key:02x?}");
        assert_eq!(Ed25519Key::from_bytes(&key).err(), Some(Error::KeyPointInvalid));
    }
}

#[test]
fn another_length() {
    let (key, signature) = signed();
    let signature = [&signature[..], &[0; 64]].concat();
    assert_eq!(key.verify(MESSAGE, &signature[..64]), Ok(()));
    for length in (0..64).chain([65, 96, 128]) {
        assert_eq!(key.verify(MESSAGE, &signature[..length]), Err(Error::SignatureLength), "{length}");
    }
}

#[test]
fn a_table_of_another_length() {
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
fn the_table_of_another_key_or_of_no_key() {
    let (key, signature) = signed();
    let other = Key::new(&EdwardsPoint::mul_base(&scalar(3))).unwrap();
    for ((geometry, table), (_, others)) in key.tables.iter().zip(&other.tables) {
        let verify = |table: &[u64]| key.public.verify_prepared(*geometry, table, MESSAGE, &signature);
        assert_eq!(verify(table), Ok(()));
        for table in [others.clone(), vec![0; table.len()], vec![u64::MAX; table.len()]] {
            assert_eq!(verify(&table), Err(Error::SignatureInvalid));
        }
        // With a table of zeros the sum is all zeros, which encodes as a point of order four.
        assert_eq!(
            key.public.verify_prepared(*geometry, &vec![0; table.len()], MESSAGE, &[0; 64]),
            Err(Error::SignatureInvalid)
        );
    }
}
