//! Verifies signatures, so that an emulator can count the instructions: `make bench-arm`.
//!
//! `sign FOLDER` writes keys and signatures, on the host. `verify FOLDER ALGORITHM LIBRARY TIMES` verifies that many of the
//! signatures, each of another message. Two such runs with different TIMES differ by the instructions of the verifications alone.

use std::{env, fs, path::Path};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self as aws, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use certbound::{
    Geometry,
    internals::signature::{Hash, Message, ecdsa::Curve, ed25519, rsa::RsaKey},
};
use graviola::{
    hashing::{Sha256, Sha384},
    signing::{ecdsa as graviola_ecdsa, eddsa::Ed25519VerifyingKey, rsa::VerifyingKey as GraviolaRsaKey},
};
use ring::signature as ring;

#[path = "../../src/prepared_ecdsa.rs"]
mod prepared_ecdsa;

use prepared_ecdsa::{PreparedEcdsa, plain_ecdsa};

/// Signed messages, each as long as the signed part of a token of 700 bytes.
const MESSAGES: u8 = 32;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["sign", folder] => sign(folder.as_ref()),
        ["verify", folder, algorithm, library, times] => {
            let mut verify = verifier(&read(folder, &format!("{algorithm}.key")), algorithm, library);
            for number in 0..times.parse().unwrap() {
                assert!(number < MESSAGES);
                verify(&message(number), &read(folder, &format!("{algorithm}.{number}")));
            }
        }
        _ => panic!("usage: sign FOLDER | verify FOLDER ALGORITHM LIBRARY TIMES"),
    }
}

fn message(number: u8) -> Vec<u8> {
    vec![number; 600]
}

fn read(folder: &str, name: &str) -> Vec<u8> {
    fs::read(Path::new(folder).join(name)).unwrap()
}

fn sign(folder: &Path) {
    let random = SystemRandom::new();
    let write = |algorithm: &str, key: &[u8], sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        fs::write(folder.join(format!("{algorithm}.key")), key).unwrap();
        for number in 0..MESSAGES {
            fs::write(folder.join(format!("{algorithm}.{number}")), sign(&message(number))).unwrap();
        }
    };
    for (name, algorithm) in
        [("ES256", &aws::ECDSA_P256_SHA256_FIXED_SIGNING), ("ES384", &aws::ECDSA_P384_SHA384_FIXED_SIGNING)]
    {
        let key = EcdsaKeyPair::generate(algorithm).unwrap();
        write(name, key.public_key().as_ref(), &|message| key.sign(&random, message).unwrap().as_ref().to_vec());
    }
    let key = Ed25519KeyPair::generate().unwrap();
    write("EdDSA", key.public_key().as_ref(), &|message| key.sign(message).as_ref().to_vec());
    let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    write("RS256", key.public_key().as_ref(), &|message| {
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(&aws::RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
        signature
    });
}

type Verify = Box<dyn FnMut(&[u8], &[u8])>;

fn verifier(key: &[u8], algorithm: &str, library: &str) -> Verify {
    let key = key.to_vec();
    match (library, algorithm) {
        ("certbound", "ES256") => prepared_ecdsa::<p256::NistP256>(&key),
        ("certbound", "ES384") => prepared_ecdsa::<p384::NistP384>(&key),
        ("certbound", "EdDSA") => {
            let plain = ed25519::Ed25519Key::from_bytes(&key).unwrap();
            let mut table = vec![0; ed25519::table_len(Geometry::Large)];
            plain.prepare(Geometry::Large, &mut table).unwrap();
            Box::new(move |message, signature| {
                plain.verify_prepared(Geometry::Large, &table, message, signature).unwrap();
            })
        }
        ("certbound", "RS256") => {
            // RSAPublicKey: a SEQUENCE of two INTEGERs, here of known lengths.
            let (modulus, exponent) = (key[9..265].to_vec(), key[267..].to_vec());
            let plain = RsaKey::new(&modulus, &exponent).unwrap();
            let mut table = vec![0; plain.table_len()];
            plain.prepare(&mut table).unwrap();
            Box::new(move |message, signature| {
                plain.verify_pkcs1_v15_prepared(&table, Hash::Sha256, &Message::new(message), signature).unwrap();
            })
        }
        ("aws-lc", "ES256") => aws_lc(&aws::ECDSA_P256_SHA256_FIXED, &key),
        ("aws-lc", "ES384") => aws_lc(&aws::ECDSA_P384_SHA384_FIXED, &key),
        ("aws-lc", "EdDSA") => aws_lc(&aws::ED25519, &key),
        ("aws-lc", "RS256") => aws_lc(&aws::RSA_PKCS1_2048_8192_SHA256, &key),
        ("ring", "ES256") => ring(&ring::ECDSA_P256_SHA256_FIXED, key),
        ("ring", "ES384") => ring(&ring::ECDSA_P384_SHA384_FIXED, key),
        ("ring", "EdDSA") => ring(&ring::ED25519, key),
        ("ring", "RS256") => ring(&ring::RSA_PKCS1_2048_8192_SHA256, key),
        ("graviola", "ES256") => {
            let key = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P256>::from_x962_uncompressed(&key).unwrap();
            Box::new(move |message, signature| key.verify::<Sha256>(&[message], signature).unwrap())
        }
        ("graviola", "ES384") => {
            let key = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P384>::from_x962_uncompressed(&key).unwrap();
            Box::new(move |message, signature| key.verify::<Sha384>(&[message], signature).unwrap())
        }
        ("graviola", "EdDSA") => {
            let key = Ed25519VerifyingKey::from_bytes(&key).unwrap();
            Box::new(move |message, signature| key.verify(signature, message).unwrap())
        }
        ("graviola", "RS256") => {
            let key = GraviolaRsaKey::from_pkcs1_der(&key).unwrap();
            Box::new(move |message, signature| key.verify_pkcs1_sha256(signature, message).unwrap())
        }
        _ => panic!("{library} and {algorithm} are not known"),
    }
}

fn prepared_ecdsa<C: Curve + 'static>(point: &[u8]) -> Verify {
    let prepared = PreparedEcdsa::of(&plain_ecdsa::<C>(point), Geometry::Large);
    Box::new(move |message, signature| prepared.verify(&Message::new(message), signature))
}

fn aws_lc(algorithm: &'static dyn aws::VerificationAlgorithm, key: &[u8]) -> Verify {
    let key = aws::UnparsedPublicKey::new(algorithm, key.to_vec());
    Box::new(move |message, signature| key.verify(message, signature).unwrap())
}

fn ring(algorithm: &'static dyn ring::VerificationAlgorithm, key: Vec<u8>) -> Verify {
    let key = ring::UnparsedPublicKey::new(algorithm, key);
    Box::new(move |message, signature| key.verify(message, signature).unwrap())
}
