//! Signatures on the curves: the RFCs' examples, and what attackers and other formats make of them.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::Error;
use certbound::internals::signature::ecdsa::{P256Key, P384Key, P521Key};
use certbound::internals::signature::{Hash, Message, ed25519, rsa};
use ed25519_dalek::Signer;
use hex_literal::hex;
use num_bigint::BigUint;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use sha2::{Digest, Sha256, Sha512};

const MESSAGE: &[u8] = b"header.payload";

mod examples_of_the_rfcs {
    use super::*;

    /// A JWS's signing input and signature.
    fn read_jws(jws: &str) -> (&[u8], Vec<u8>) {
        let (input, signature) = jws.trim_end().rsplit_once('.').unwrap();
        (input.as_bytes(), decode(signature))
    }

    fn member(jwk: &str, name: &str) -> Vec<u8> {
        decode(serde_json::from_str::<serde_json::Value>(jwk).unwrap()[name].as_str().unwrap())
    }

    fn decode(text: &str) -> Vec<u8> {
        let mut octets = vec![0; text.len()];
        Base64UrlUnpadded::decode(text, &mut octets).unwrap().to_vec()
    }

    #[test]
    fn rs256_of_rfc_7515_appendix_a_2() {
        let jwk = include_str!("../vectors/rfc7515/a2.jwk.json");
        let (input, signature) = read_jws(include_str!("../vectors/rfc7515/a2.jws"));
        let key = rsa::RsaKey::new(&member(jwk, "n"), &member(jwk, "e")).unwrap();
        assert_eq!(key.verify_pkcs1_v15(Hash::Sha256, &Message::new(input), &signature), Ok(()));
        assert_eq!(
            key.verify_pkcs1_v15(Hash::Sha256, &Message::new(&input[1..]), &signature),
            Err(Error::SignatureInvalid)
        );
    }

    #[test]
    fn es256_of_rfc_7515_appendix_a_3() {
        let jwk = include_str!("../vectors/rfc7515/a3.jwk.json");
        let (input, signature) = read_jws(include_str!("../vectors/rfc7515/a3.jws"));
        let key = P256Key::from_coordinates(&member(jwk, "x"), &member(jwk, "y")).unwrap();
        assert_eq!(key.verify(&Message::new(input), &signature), Ok(()));
        assert_eq!(key.verify(&Message::new(&input[1..]), &signature), Err(Error::SignatureInvalid));
    }

    #[test]
    fn es512_of_rfc_7515_appendix_a_4() {
        let jwk = include_str!("../vectors/rfc7515/a4.jwk.json");
        let (input, signature) = read_jws(include_str!("../vectors/rfc7515/a4.jws"));
        let key = P521Key::from_coordinates(&member(jwk, "x"), &member(jwk, "y")).unwrap();
        assert_eq!(key.verify(&Message::new(input), &signature), Ok(()));
        assert_eq!(key.verify(&Message::new(&input[1..]), &signature), Err(Error::SignatureInvalid));
    }

    #[test]
    fn ed25519_of_rfc_8037_appendix_a_4() {
        let jwk = include_str!("../vectors/rfc8037/a2.jwk.json");
        let (input, signature) = read_jws(include_str!("../vectors/rfc8037/a4.jws"));
        let key = ed25519::Ed25519Key::from_bytes(&member(jwk, "x")).unwrap();
        assert_eq!(key.verify(input, &signature), Ok(()));
        assert_eq!(key.verify(&input[1..], &signature), Err(Error::SignatureInvalid));
    }
}

mod ecdsa {
    use super::*;

    const P256_ORDER: [u8; 32] = hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const P384_ORDER: [u8; 48] = hex!(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
        "581a0db248b0a77aecec196accc52973"
    );

    const P521_ORDER: [u8; 66] = hex!(
        "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
        "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
    );

    /// A key and its signature of [`MESSAGE`].
    fn p256() -> (P256Key, [u8; 32], [u8; 32]) {
        let secret = p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let point = secret.verifying_key().to_sec1_point(false);
        let key = P256Key::from_coordinates(point.x().unwrap(), point.y().unwrap()).unwrap();
        let signature: p256::ecdsa::Signature = secret.sign(MESSAGE);
        let (r, s) = signature.split_bytes();
        (key, r.into(), s.into())
    }

    /// A key and its signature of [`MESSAGE`].
    fn p384() -> (P384Key, [u8; 48], [u8; 48]) {
        let secret = p384::ecdsa::SigningKey::from_slice(&[7; 48]).unwrap();
        let point = secret.verifying_key().to_sec1_point(false);
        let key = P384Key::from_coordinates(point.x().unwrap(), point.y().unwrap()).unwrap();
        let signature: p384::ecdsa::Signature = secret.sign(MESSAGE);
        let (r, s) = signature.split_bytes();
        (key, r.into(), s.into())
    }

    /// A key and its signature of [`MESSAGE`].
    fn p521() -> (P521Key, [u8; 66], [u8; 66]) {
        let mut secret = [7; 66];
        secret[0] = 0;
        let secret = p521::ecdsa::SigningKey::from_slice(&secret).unwrap();
        let point = secret.verifying_key().to_sec1_point(false);
        let key = P521Key::from_coordinates(point.x().unwrap(), point.y().unwrap()).unwrap();
        let signature: p521::ecdsa::Signature = secret.sign(MESSAGE);
        let (r, s) = signature.split_bytes();
        (key, r.into(), s.into())
    }

    /// A key by which (5, 7) is a signature of [`MESSAGE`].
    ///
    /// An attacker who may choose the key can make any signature valid: with R a point of x = 5, Q = r⁻¹ (s R − z G).
    fn p256_with_small_r_and_s() -> P256Key {
        let (x, y) = (octets(5), hex!("459243b9aa581806fe913bce99817ade11ca503c64d9a3c533415c083248fbcc"));
        let point = p256::AffinePoint::from_coordinates(&x.into(), &y.into()).unwrap();
        let (r, s) = (p256::Scalar::from(5_u64), p256::Scalar::from(7_u64));
        let z = <p256::Scalar as Reduce<p256::FieldBytes>>::reduce(&Sha256::digest(MESSAGE));
        let inverse = r.invert_vartime().unwrap();
        let key = (p256::ProjectivePoint::from(point) * s - p256::ProjectivePoint::GENERATOR * z) * inverse;
        let key = key.to_affine();
        P256Key::from_coordinates(&key.x(), &key.y()).unwrap()
    }

    fn octets(value: u8) -> [u8; 32] {
        let mut octets = [0; 32];
        octets[31] = value;
        octets
    }

    /// Big-endian a + b, in 32 bytes.
    fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
        let sum = (BigUint::from_bytes_be(a) + BigUint::from_bytes_be(b)).to_bytes_be();
        assert_eq!(sum.len(), 32);
        sum
    }

    /// Big-endian a − b, in as many bytes as a.
    fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
        let difference = (BigUint::from_bytes_be(a) - BigUint::from_bytes_be(b)).to_bytes_be();
        [vec![0; a.len() - difference.len()], difference].concat()
    }

    #[test]
    fn r_or_s_of_zero() {
        let (key, r, s) = p256();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Ok(()));
        for (r, s) in [([0; 32], s), (r, [0; 32]), ([0; 32], [0; 32])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
        let (key, r, s) = p384();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Ok(()));
        for (r, s) in [([0; 48], s), (r, [0; 48]), ([0; 48], [0; 48])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
        let (key, r, s) = p521();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Ok(()));
        for (r, s) in [([0; 66], s), (r, [0; 66]), ([0; 66], [0; 66])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
    }

    #[test]
    fn r_or_s_of_the_order() {
        let (key, r, s) = p256();
        for (r, s) in [(P256_ORDER, s), (r, P256_ORDER), (P256_ORDER, P256_ORDER), ([0xff; 32], s), (r, [0xff; 32])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
        let (key, r, s) = p384();
        for (r, s) in [(P384_ORDER, s), (r, P384_ORDER), (P384_ORDER, P384_ORDER), ([0xff; 48], s), (r, [0xff; 48])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
        let (key, r, s) = p521();
        for (r, s) in [(P521_ORDER, s), (r, P521_ORDER), (P521_ORDER, P521_ORDER), ([0xff; 66], s), (r, [0xff; 66])] {
            assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Err(Error::SignatureInvalid));
        }
    }

    #[test]
    fn r_or_s_with_the_order_added() {
        let key = p256_with_small_r_and_s();
        let (r, s) = (octets(5), octets(7));
        assert_eq!(key.verify(&Message::new(MESSAGE), &[r, s].concat()), Ok(()));
        assert_eq!(
            key.verify(&Message::new(MESSAGE), &[&sum(&r, &P256_ORDER), &s[..]].concat()),
            Err(Error::SignatureInvalid)
        );
        assert_eq!(
            key.verify(&Message::new(MESSAGE), &[&r[..], &sum(&s, &P256_ORDER)].concat()),
            Err(Error::SignatureInvalid)
        );
    }

    #[test]
    fn a_high_s_is_as_good_as_its_low_twin() {
        let (key, r, s) = p256();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[&r[..], &difference(&P256_ORDER, &s)].concat()), Ok(()));
        let (key, r, s) = p384();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[&r[..], &difference(&P384_ORDER, &s)].concat()), Ok(()));
        let (key, r, s) = p521();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[&r[..], &difference(&P521_ORDER, &s)].concat()), Ok(()));
    }

    #[test]
    fn r_and_s_swapped() {
        let (key, r, s) = p256();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[s, r].concat()), Err(Error::SignatureInvalid));
        let (key, r, s) = p384();
        assert_eq!(key.verify(&Message::new(MESSAGE), &[s, r].concat()), Err(Error::SignatureInvalid));
    }

    #[test]
    fn der_instead_of_r_and_s() {
        let (key, r, s) = p256();
        let integer = |value: &[u8]| {
            let sign: &[u8] = if value[0] < 0x80 { &[] } else { &[0] };
            [&[0x02, u8::try_from(sign.len() + value.len()).unwrap()], sign, value].concat()
        };
        let content = [integer(&r), integer(&s)].concat();
        let der = [&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat();
        assert!(der.len() >= 70);
        assert_eq!(key.verify(&Message::new(MESSAGE), &der), Err(Error::SignatureLength));
        // Of the right length, it is read as two numbers.
        assert_eq!(key.verify(&Message::new(MESSAGE), &der[..64]), Err(Error::SignatureInvalid));
    }

    #[test]
    fn another_length() {
        let (key, r, s) = p256();
        let signature = [&r[..], &s, &[0; 64]].concat();
        for length in [0, 1, 32, 63, 65, 96, 128] {
            assert_eq!(
                key.verify(&Message::new(MESSAGE), &signature[..length]),
                Err(Error::SignatureLength),
                "{length}"
            );
        }
        assert_eq!(key.verify(&Message::new(MESSAGE), &[&[0], &r[..], &s].concat()), Err(Error::SignatureLength));
        let (key, r, s) = p384();
        let signature = [&r[..], &s, &[0; 96]].concat();
        for length in [0, 64, 95, 97, 132, 192] {
            assert_eq!(
                key.verify(&Message::new(MESSAGE), &signature[..length]),
                Err(Error::SignatureLength),
                "{length}"
            );
        }
        let (key, r, s) = p521();
        let signature = [&r[..], &s, &[0; 132]].concat();
        for length in [0, 64, 128, 130, 131, 133, 264] {
            assert_eq!(
                key.verify(&Message::new(MESSAGE), &signature[..length]),
                Err(Error::SignatureLength),
                "{length}"
            );
        }
    }

    #[test]
    fn another_message_or_key() {
        let (key, r, s) = p256();
        assert_eq!(key.verify(&Message::new(b"header.payloae"), &[r, s].concat()), Err(Error::SignatureInvalid));
        assert_eq!(
            p256_with_small_r_and_s().verify(&Message::new(MESSAGE), &[r, s].concat()),
            Err(Error::SignatureInvalid)
        );
        let (key, r, s) = p384();
        assert_eq!(key.verify(&Message::new(b"header.payloae"), &[r, s].concat()), Err(Error::SignatureInvalid));
    }
}

mod eddsa {
    use super::*;
    use ed25519_dalek::{Signature, SigningKey, Verifier, VerifyingKey};

    const SEED: [u8; 32] = [7; 32];

    /// L, little-endian (RFC 8032 §5.1).
    const ORDER: [u8; 32] = hex!("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

    /// A key and its signature of [`MESSAGE`].
    fn signed() -> (ed25519::Ed25519Key, [u8; 64]) {
        let secret = SigningKey::from_bytes(&SEED);
        let key = ed25519::Ed25519Key::from_bytes(secret.verifying_key().as_bytes()).unwrap();
        (key, secret.sign(MESSAGE).to_bytes())
    }

    /// The signature (R, k a): by the equation alone it is one, for an R of order one.
    fn signed_with(r: &[u8; 32]) -> [u8; 64] {
        let secret = SigningKey::from_bytes(&SEED);
        let order = BigUint::from_bytes_le(&ORDER);
        let scalar = BigUint::from_bytes_le(&secret.to_scalar().to_bytes());
        let hash = Sha512::new().chain_update(r).chain_update(secret.verifying_key()).chain_update(MESSAGE).finalize();
        let s = (BigUint::from_bytes_le(&hash) * scalar % order).to_bytes_le();
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(r);
        signature[32..32 + s.len()].copy_from_slice(&s);
        signature
    }

    #[test]
    fn s_with_the_order_added() {
        let (key, mut signature) = signed();
        assert_eq!(key.verify(MESSAGE, &signature), Ok(()));
        let s = BigUint::from_bytes_le(&signature[32..]) + BigUint::from_bytes_le(&ORDER);
        signature[32..].copy_from_slice(&s.to_bytes_le());
        assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }

    #[test]
    fn an_r_of_small_order() {
        let mut identity = [0; 32];
        identity[0] = 1;
        let signature = signed_with(&identity);
        // The equation holds, so that a verifier by RFC 8032's letter accepts it.
        let lax = SigningKey::from_bytes(&SEED).verifying_key();
        assert!(lax.verify(MESSAGE, &Signature::from_bytes(&signature)).is_ok());
        assert_eq!(signed().0.verify(MESSAGE, &signature), Err(Error::SignatureInvalid));
    }

    #[test]
    fn an_r_in_its_second_encoding() {
        // y = 1 as 1 + p, and the sign of an x that is zero.
        let mut unreduced = [0xff; 32];
        unreduced[0] = 0xee;
        unreduced[31] = 0x7f;
        let mut negative_zero = [0; 32];
        negative_zero[0] = 1;
        negative_zero[31] = 0x80;
        for r in [unreduced, negative_zero] {
            assert_eq!(signed().0.verify(MESSAGE, &signed_with(&r)), Err(Error::SignatureInvalid));
        }
    }

    #[test]
    fn a_key_of_small_order() {
        // With A the point of order one, (B, 1) is a signature of everything.
        let mut identity = [0; 32];
        identity[0] = 1;
        let base = hex!("5866666666666666666666666666666666666666666666666666666666666666");
        let everything = [base, identity].concat();
        let lax = VerifyingKey::from_bytes(&identity).unwrap();
        assert!(lax.verify(MESSAGE, &Signature::from_slice(&everything).unwrap()).is_ok());
        assert_eq!(ed25519::Ed25519Key::from_bytes(&identity).unwrap_err(), Error::KeyPointInvalid);
    }

    #[test]
    fn a_key_in_its_second_encoding() {
        // y = 3 as 3 + p, and the identity as y = 1 + p and with the sign of a zero.
        let mut three = [0xff; 32];
        three[0] = 0xf0;
        three[31] = 0x7f;
        let mut one = three;
        one[0] = 0xee;
        let mut negative_zero = [0; 32];
        negative_zero[0] = 1;
        negative_zero[31] = 0x80;
        for key in [three, one, negative_zero] {
            assert!(VerifyingKey::from_bytes(&key).is_ok(), "a decoder that is not strict takes it");
            assert_eq!(ed25519::Ed25519Key::from_bytes(&key).unwrap_err(), Error::KeyPointInvalid);
        }
    }

    #[test]
    fn another_length() {
        let (key, signature) = signed();
        let signature = [&signature[..], &[0; 64]].concat();
        for length in [0, 32, 63, 65, 128] {
            assert_eq!(key.verify(MESSAGE, &signature[..length]), Err(Error::SignatureLength), "{length}");
        }
    }

    #[test]
    fn another_message_or_any_other_bit() {
        let (key, signature) = signed();
        assert_eq!(key.verify(b"header.payloae", &signature), Err(Error::SignatureInvalid));
        for bit in 0..512 {
            let mut signature = signature;
            signature[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.verify(MESSAGE, &signature), Err(Error::SignatureInvalid), "{bit}");
        }
    }
}
