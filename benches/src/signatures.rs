//! Verifies one signature with each library, over the signed part of a token of about 700 bytes.

use std::rc::Rc;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{self as aws, EcdsaKeyPair, KeyPair as _},
};
use certbound::{
    Geometry,
    internals::signature::{Hash, Message, ecdsa::Curve, ed25519, rsa},
};
use graviola::{
    hashing::{Sha256, Sha384},
    signing::ecdsa as graviola_ecdsa,
};
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    ecdsa::EcdsaSig,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey},
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Signer, Verifier},
};
use ring::signature as ring;

use crate::{
    harness::{Contest, Outcome},
    prepared_ecdsa::{PreparedEcdsa, plain_ecdsa},
};

/// The fastest is first, because it is compared with the rivals.
pub const GEOMETRIES: [Geometry; 3] = [Geometry::Large, Geometry::Medium, Geometry::Small];

/// Messages as long as the signed part of a token of 700 bytes, each with its signature. A single message would favour code
/// that branches on it, because processors learn the branches of repeated input.
#[derive(Clone)]
struct Signed(Rc<[(Vec<u8>, Vec<u8>)]>);

impl Signed {
    fn by(sign: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        let message = |number: u8| vec![number; 600];
        Self((0..=255).map(|number| (message(number), sign(&message(number)))).collect())
    }

    /// The same messages, with their signatures in another form.
    fn with_signatures(&self, form: impl Fn(&[u8]) -> Vec<u8>) -> Self {
        Self(self.0.iter().map(|(message, signature)| (message.clone(), form(signature))).collect())
    }

    /// Verifies one of the signatures per call.
    fn each<Verify: Fn(&[u8], &[u8])>(&self, verify: Verify) -> impl FnMut() + use<Verify> {
        let (signed, mut next) = (self.clone(), 0);
        move || {
            let (message, signature) = &signed.0[next];
            verify(message, signature);
            next = (next + 1) % signed.0.len();
        }
    }
}

pub fn ed25519(rounds: usize) -> Outcome {
    let key = PKey::generate_ed25519().unwrap();
    let signed = Signed::by(|message| Signer::new_without_digest(&key).unwrap().sign_oneshot_to_vec(message).unwrap());
    let public = key.raw_public_key().unwrap();

    let plain = ed25519::Ed25519Key::from_bytes(&public).unwrap();
    let aws = aws::UnparsedPublicKey::new(&aws::ED25519, &public);
    let aws_parsed = aws::ParsedPublicKey::new(&aws::ED25519, &public).unwrap();
    let ring = ring::UnparsedPublicKey::new(&ring::ED25519, &public);
    let openssl = PKey::public_key_from_raw_bytes(&public, Id::ED25519).unwrap();
    let graviola = graviola::signing::eddsa::Ed25519VerifyingKey::from_bytes(&public).unwrap();
    let tables = GEOMETRIES.map(|geometry| {
        let mut table = vec![0; ed25519::Ed25519Key::table_len(geometry)];
        plain.prepare(geometry, &mut table).unwrap();
        (geometry, table)
    });
    let plain = &plain;
    let mut contest = Contest::new("EdDSA signature (Ed25519)");
    for (geometry, table) in &tables {
        let verify = |message: &[u8], signature: &[u8]| {
            plain.verify_prepared(*geometry, table, message, signature).unwrap();
        };
        contest = contest.ours(&format!("certbound, prepared, {geometry:?}"), signed.each(verify));
    }
    contest
        .ours("certbound, plain", signed.each(|message, signature| plain.verify(message, signature).unwrap()))
        .rival("aws-lc", signed.each(|message, signature| aws.verify(message, signature).unwrap()))
        .rival(
            "aws-lc, key parsed",
            signed.each(|message, signature| aws_parsed.verify_sig(message, signature).unwrap()),
        )
        .rival("ring", signed.each(|message, signature| ring.verify(message, signature).unwrap()))
        .rival(
            "OpenSSL",
            signed.each(|message, signature| {
                assert!(Verifier::new_without_digest(&openssl).unwrap().verify_oneshot(signature, message).unwrap());
            }),
        )
        .rival("graviola", signed.each(|message, signature| graviola.verify(signature, message).unwrap()))
        .run(rounds)
}

pub fn ecdsa(rounds: usize) -> Vec<Outcome> {
    vec![es256(rounds), es384(rounds), es512(rounds)]
}

/// A key, with signed messages.
fn ecdsa_pair(algorithm: &'static aws::EcdsaSigningAlgorithm) -> (Vec<u8>, Signed) {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let signed = Signed::by(|message| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec());
    (pair.public_key().as_ref().to_vec(), signed)
}

fn es256(rounds: usize) -> Outcome {
    let (point, signed) = ecdsa_pair(&aws::ECDSA_P256_SHA256_FIXED_SIGNING);
    let ring = ring::UnparsedPublicKey::new(&ring::ECDSA_P256_SHA256_FIXED, &point);
    let graviola = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P256>::from_x962_uncompressed(&point).unwrap();
    let graviola = |message: &[u8], signature: &[u8]| graviola.verify::<Sha256>(&[message], signature).unwrap();
    prepared_ecdsa::<p256::NistP256>("ES256 signature", &point, &signed)
        .rival("ring", signed.each(|message, signature| ring.verify(message, signature).unwrap()))
        .aws_lc(&point, &signed, &aws::ECDSA_P256_SHA256_FIXED)
        .openssl((Nid::X9_62_PRIME256V1, MessageDigest::sha256()), &point, &signed)
        .rival("graviola", signed.each(graviola))
        .run(rounds)
}

fn es384(rounds: usize) -> Outcome {
    let (point, signed) = ecdsa_pair(&aws::ECDSA_P384_SHA384_FIXED_SIGNING);
    let ring = ring::UnparsedPublicKey::new(&ring::ECDSA_P384_SHA384_FIXED, &point);
    let graviola = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P384>::from_x962_uncompressed(&point).unwrap();
    let graviola = |message: &[u8], signature: &[u8]| graviola.verify::<Sha384>(&[message], signature).unwrap();
    prepared_ecdsa::<p384::NistP384>("ES384 signature", &point, &signed)
        .rival("ring", signed.each(|message, signature| ring.verify(message, signature).unwrap()))
        .aws_lc(&point, &signed, &aws::ECDSA_P384_SHA384_FIXED)
        .openssl((Nid::SECP384R1, MessageDigest::sha384()), &point, &signed)
        .rival("graviola", signed.each(graviola))
        .run(rounds)
}

/// ring and graviola do not support it.
fn es512(rounds: usize) -> Outcome {
    let (point, signed) = ecdsa_pair(&aws::ECDSA_P521_SHA512_FIXED_SIGNING);
    prepared_ecdsa::<p521::NistP521>("ES512 signature", &point, &signed)
        .aws_lc(&point, &signed, &aws::ECDSA_P521_SHA512_FIXED)
        .openssl((Nid::SECP521R1, MessageDigest::sha512()), &point, &signed)
        .run(rounds)
}

/// A contest with the plain key, and with the key prepared in each geometry.
fn prepared_ecdsa<'a, C: Curve + 'a>(title: &str, point: &[u8], signed: &Signed) -> Contest<'a> {
    let plain = plain_ecdsa::<C>(point);
    let mut contest = Contest::new(title);
    for geometry in GEOMETRIES {
        let prepared = PreparedEcdsa::of(&plain, geometry);
        let verify = move |message: &[u8], signature: &[u8]| prepared.verify(&Message::new(message), signature);
        contest = contest.ours(&format!("certbound, prepared, {geometry:?}"), signed.each(verify));
    }
    contest.ours(
        "certbound, plain",
        signed.each(move |message, signature| plain.verify(&Message::new(message), signature).unwrap()),
    )
}

impl<'a> Contest<'a> {
    fn aws_lc(self, point: &'a [u8], signed: &Signed, algorithm: &'static aws::EcdsaVerificationAlgorithm) -> Self {
        let parsed = aws::ParsedPublicKey::new(algorithm, point).unwrap();
        let unparsed = aws::UnparsedPublicKey::new(algorithm, point);
        let verify = move |message: &[u8], signature: &[u8]| unparsed.verify(message, signature).unwrap();
        let verify_parsed = move |message: &[u8], signature: &[u8]| parsed.verify_sig(message, signature).unwrap();
        self.rival("aws-lc", signed.each(verify)).rival("aws-lc, key parsed", signed.each(verify_parsed))
    }

    fn openssl(self, (curve, hash): (Nid, MessageDigest), point: &[u8], signed: &Signed) -> Self {
        let group = EcGroup::from_curve_name(curve).unwrap();
        let point = EcPoint::from_bytes(&group, point, &mut BigNumContext::new().unwrap()).unwrap();
        let key = PKey::from_ec_key(EcKey::from_public_key(&group, &point).unwrap()).unwrap();
        let der = signed.with_signatures(|signature| {
            let (r, s) = signature.split_at(signature.len() / 2);
            let [r, s] = [r, s].map(|half| BigNum::from_slice(half).unwrap());
            EcdsaSig::from_private_components(r, s).unwrap().to_der().unwrap()
        });
        let verify = move |message: &[u8], signature: &[u8]| {
            assert!(Verifier::new(hash, &key).unwrap().verify_oneshot(signature, message).unwrap());
        };
        self.rival("OpenSSL", der.each(verify))
    }
}

pub fn rsa(rounds: usize, bits: u32) -> Vec<Outcome> {
    let key = Rsa::generate(bits).unwrap();
    let (modulus, exponent) = (key.n().to_vec(), key.e().to_vec());
    let pkcs1 = key.public_key_to_der_pkcs1().unwrap();
    let private = PKey::from_rsa(key).unwrap();
    let public = PKey::from_rsa(Rsa::public_key_from_der_pkcs1(&pkcs1).unwrap()).unwrap();
    let ours = rsa::RsaKey::new(&modulus, &exponent).unwrap();
    let mut table = vec![0; ours.table_len()];
    ours.prepare(&mut table).unwrap();

    [
        ("RS256", Padding::PKCS1, &ring::RSA_PKCS1_2048_8192_SHA256, &aws::RSA_PKCS1_2048_8192_SHA256),
        ("PS256", Padding::PKCS1_PSS, &ring::RSA_PSS_2048_8192_SHA256, &aws::RSA_PSS_2048_8192_SHA256),
    ]
    .map(|(name, padding, ring_parameters, aws_parameters)| {
        let is_pss = padding == Padding::PKCS1_PSS;
        let signed = Signed::by(|message| {
            let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
            signer.set_rsa_padding(padding).unwrap();
            if is_pss {
                signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
            }
            signer.sign_oneshot_to_vec(message).unwrap()
        });
        let ring = ring::UnparsedPublicKey::new(ring_parameters, &pkcs1);
        let aws = aws::UnparsedPublicKey::new(aws_parameters, &pkcs1);
        let aws_parsed = aws::ParsedPublicKey::new(aws_parameters, &pkcs1).unwrap();
        let graviola = graviola::signing::rsa::VerifyingKey::from_pkcs1_der(&pkcs1).unwrap();
        let prepared = |message: &[u8], signature: &[u8]| match is_pss {
            false => ours.verify_pkcs1_v15_prepared(&table, Hash::Sha256, &Message::new(message), signature).unwrap(),
            true => ours.verify_pss_prepared(&table, Hash::Sha256, &Message::new(message), signature).unwrap(),
        };
        let plain = |message: &[u8], signature: &[u8]| match is_pss {
            false => ours.verify_pkcs1_v15(Hash::Sha256, &Message::new(message), signature).unwrap(),
            true => ours.verify_pss(Hash::Sha256, &Message::new(message), signature).unwrap(),
        };
        let openssl = |message: &[u8], signature: &[u8]| {
            let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
            verifier.set_rsa_padding(padding).unwrap();
            if is_pss {
                verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
            }
            assert!(verifier.verify_oneshot(signature, message).unwrap());
        };
        let graviola = |message: &[u8], signature: &[u8]| match is_pss {
            false => graviola.verify_pkcs1_sha256(signature, message).unwrap(),
            true => graviola.verify_pss_sha256(signature, message).unwrap(),
        };
        Contest::new(format!("{name} signature, {bits} bits"))
            .ours("certbound, prepared", signed.each(prepared))
            .ours("certbound, plain", signed.each(plain))
            .rival("ring", signed.each(|message, signature| ring.verify(message, signature).unwrap()))
            .rival("aws-lc", signed.each(|message, signature| aws.verify(message, signature).unwrap()))
            .rival(
                "aws-lc, key parsed",
                signed.each(|message, signature| aws_parsed.verify_sig(message, signature).unwrap()),
            )
            .rival("OpenSSL", signed.each(openssl))
            .rival("graviola", signed.each(graviola))
            .run(rounds)
    })
    .into()
}
