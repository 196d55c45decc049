//! One signature, by each library, over what a token of about 700 bytes has signed.

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{self as aws, EcdsaKeyPair, KeyPair as _},
};
use certbound::{
    Geometry,
    internals::signature::{
        Hash, ecdsa, ed25519,
        prepared_ecdsa::{BasePoint, Curve, PreparedKey, Shape},
        rsa,
    },
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

use crate::harness::{Contest, Outcome};

/// The fastest first: it is the one that is compared with rivals.
pub const GEOMETRIES: [Geometry; 3] = [Geometry::Large, Geometry::Medium, Geometry::Small];

/// As long as the signed part of a token of 700 bytes.
pub const MESSAGE: [u8; 600] = [b'a'; 600];

pub fn ed25519(rounds: usize) -> Outcome {
    let key = PKey::generate_ed25519().unwrap();
    let signature = Signer::new_without_digest(&key).unwrap().sign_oneshot_to_vec(&MESSAGE).unwrap();
    let public = key.raw_public_key().unwrap();

    let plain = ed25519::PublicKey::from_bytes(&public).unwrap();
    let aws = aws::UnparsedPublicKey::new(&aws::ED25519, &public);
    let aws_parsed = aws::ParsedPublicKey::new(&aws::ED25519, &public).unwrap();
    let ring = ring::UnparsedPublicKey::new(&ring::ED25519, &public);
    let openssl = PKey::public_key_from_raw_bytes(&public, Id::ED25519).unwrap();
    let graviola = graviola::signing::eddsa::Ed25519VerifyingKey::from_bytes(&public).unwrap();
    let tables = GEOMETRIES.map(|geometry| {
        let mut table = vec![0; ed25519::table_len(geometry)];
        plain.prepare(geometry, &mut table).unwrap();
        (geometry, table)
    });
    let mut contest = Contest::new("EdDSA signature (Ed25519)");
    for (geometry, table) in &tables {
        let name = format!("certbound, prepared, {geometry:?}, {:.1} KiB", table.len() as f64 / 128.0);
        contest = contest.ours(&name, || plain.verify_prepared(*geometry, table, &MESSAGE, &signature).unwrap());
    }
    contest
        .ours("certbound, plain", || plain.verify(&MESSAGE, &signature).unwrap())
        .rival("aws-lc", || aws.verify(&MESSAGE, &signature).unwrap())
        .rival("aws-lc, key parsed", || aws_parsed.verify_sig(&MESSAGE, &signature).unwrap())
        .rival("ring", || ring.verify(&MESSAGE, &signature).unwrap())
        .rival("OpenSSL", || {
            assert!(Verifier::new_without_digest(&openssl).unwrap().verify_oneshot(&signature, &MESSAGE).unwrap());
        })
        .rival("graviola", || graviola.verify(&signature, &MESSAGE).unwrap())
        .run(rounds)
}

pub fn ecdsa(rounds: usize) -> Vec<Outcome> {
    vec![es256(rounds), es384(rounds), es512(rounds)]
}

fn es256(rounds: usize) -> Outcome {
    let pair = EcdsaKeyPair::generate(&aws::ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let signature = pair.sign(&SystemRandom::new(), &MESSAGE).unwrap();
    let ring = ring::UnparsedPublicKey::new(&ring::ECDSA_P256_SHA256_FIXED, point);
    let graviola = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P256>::from_x962_uncompressed(point).unwrap();
    prepared_ecdsa::<p256::NistP256>("ES256 signature", point, signature.as_ref())
        .rival("ring", || ring.verify(&MESSAGE, signature.as_ref()).unwrap())
        .aws_lc(point, signature.as_ref(), &aws::ECDSA_P256_SHA256_FIXED)
        .openssl((Nid::X9_62_PRIME256V1, MessageDigest::sha256()), point, signature.as_ref())
        .rival("graviola", || graviola.verify::<Sha256>(&[&MESSAGE], signature.as_ref()).unwrap())
        .run(rounds)
}

fn es384(rounds: usize) -> Outcome {
    let pair = EcdsaKeyPair::generate(&aws::ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let signature = pair.sign(&SystemRandom::new(), &MESSAGE).unwrap();
    let ring = ring::UnparsedPublicKey::new(&ring::ECDSA_P384_SHA384_FIXED, point);
    let graviola = graviola_ecdsa::VerifyingKey::<graviola_ecdsa::P384>::from_x962_uncompressed(point).unwrap();
    prepared_ecdsa::<p384::NistP384>("ES384 signature", point, signature.as_ref())
        .rival("ring", || ring.verify(&MESSAGE, signature.as_ref()).unwrap())
        .aws_lc(point, signature.as_ref(), &aws::ECDSA_P384_SHA384_FIXED)
        .openssl((Nid::SECP384R1, MessageDigest::sha384()), point, signature.as_ref())
        .rival("graviola", || graviola.verify::<Sha384>(&[&MESSAGE], signature.as_ref()).unwrap())
        .run(rounds)
}

/// ring and graviola do not know it.
fn es512(rounds: usize) -> Outcome {
    let pair = EcdsaKeyPair::generate(&aws::ECDSA_P521_SHA512_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    let signature = pair.sign(&SystemRandom::new(), &MESSAGE).unwrap();
    prepared_ecdsa::<p521::NistP521>("ES512 signature", point, signature.as_ref())
        .aws_lc(point, signature.as_ref(), &aws::ECDSA_P521_SHA512_FIXED)
        .openssl((Nid::SECP521R1, MessageDigest::sha512()), point, signature.as_ref())
        .run(rounds)
}

/// A contest with the key itself, and prepared in each geometry.
fn prepared_ecdsa<'a, C: Curve + 'a>(title: &str, point: &[u8], signature: &'a [u8]) -> Contest<'a> {
    let (x, y) = point[1..].split_at(point.len() / 2);
    let plain = ecdsa::PublicKey::<C>::from_coordinates(x, y).unwrap();
    let mut contest = Contest::new(title);
    for geometry in GEOMETRIES {
        let (base_point, key) = (Shape::of_base_point(geometry), Shape::of_key(geometry));
        let mut tables = (vec![0; BasePoint::<C>::table_len(base_point)], vec![0; PreparedKey::<C>::table_len(key)]);
        BasePoint::<C>::prepare(base_point, &mut tables.0).unwrap();
        PreparedKey::prepare(&plain, key, &mut tables.1).unwrap();
        let name = format!("certbound, prepared, {geometry:?}");
        contest = contest.ours(&name, move || {
            let base_point = BasePoint::<C>::from_table(&tables.0).unwrap();
            PreparedKey::from_table(&tables.1).unwrap().verify(&base_point, &MESSAGE, signature).unwrap();
        });
    }
    contest.ours("certbound, plain", move || plain.verify(&MESSAGE, signature).unwrap())
}

impl<'a> Contest<'a> {
    fn aws_lc(self, point: &'a [u8], signature: &'a [u8], algorithm: &'static aws::EcdsaVerificationAlgorithm) -> Self {
        let parsed = aws::ParsedPublicKey::new(algorithm, point).unwrap();
        let unparsed = aws::UnparsedPublicKey::new(algorithm, point);
        self.rival("aws-lc", move || unparsed.verify(&MESSAGE, signature).unwrap())
            .rival("aws-lc, key parsed", move || parsed.verify_sig(&MESSAGE, signature).unwrap())
    }

    fn openssl(self, (curve, hash): (Nid, MessageDigest), point: &[u8], signature: &[u8]) -> Self {
        let group = EcGroup::from_curve_name(curve).unwrap();
        let point = EcPoint::from_bytes(&group, point, &mut BigNumContext::new().unwrap()).unwrap();
        let key = PKey::from_ec_key(EcKey::from_public_key(&group, &point).unwrap()).unwrap();
        let (r, s) = signature.split_at(signature.len() / 2);
        let [r, s] = [r, s].map(|half| BigNum::from_slice(half).unwrap());
        let der = EcdsaSig::from_private_components(r, s).unwrap().to_der().unwrap();
        self.rival("OpenSSL", move || {
            assert!(Verifier::new(hash, &key).unwrap().verify_oneshot(&der, &MESSAGE).unwrap());
        })
    }
}

pub fn rsa(rounds: usize, bits: u32) -> Vec<Outcome> {
    let key = Rsa::generate(bits).unwrap();
    let (modulus, exponent) = (key.n().to_vec(), key.e().to_vec());
    let pkcs1 = key.public_key_to_der_pkcs1().unwrap();
    let private = PKey::from_rsa(key).unwrap();
    let public = PKey::from_rsa(Rsa::public_key_from_der_pkcs1(&pkcs1).unwrap()).unwrap();
    let ours = rsa::PublicKey::new(&modulus, &exponent).unwrap();

    [
        ("RS256", Padding::PKCS1, &ring::RSA_PKCS1_2048_8192_SHA256, &aws::RSA_PKCS1_2048_8192_SHA256),
        ("PS256", Padding::PKCS1_PSS, &ring::RSA_PSS_2048_8192_SHA256, &aws::RSA_PSS_2048_8192_SHA256),
    ]
    .map(|(name, padding, ring_parameters, aws_parameters)| {
        let mut signer = Signer::new(MessageDigest::sha256(), &private).unwrap();
        signer.set_rsa_padding(padding).unwrap();
        if padding == Padding::PKCS1_PSS {
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        }
        let signature = signer.sign_oneshot_to_vec(&MESSAGE).unwrap();
        let ring = ring::UnparsedPublicKey::new(ring_parameters, &pkcs1);
        let aws = aws::UnparsedPublicKey::new(aws_parameters, &pkcs1);
        let aws_parsed = aws::ParsedPublicKey::new(aws_parameters, &pkcs1).unwrap();
        let graviola = graviola::signing::rsa::VerifyingKey::from_pkcs1_der(&pkcs1).unwrap();
        let mut table = vec![0; ours.table_len()];
        ours.prepare(&mut table).unwrap();
        Contest::new(format!("{name} signature, {bits} bits"))
            .ours("certbound, prepared", || match padding {
                Padding::PKCS1 => ours.verify_pkcs1_v15_prepared(&table, Hash::Sha256, &MESSAGE, &signature).unwrap(),
                _ => ours.verify_pss_prepared(&table, Hash::Sha256, &MESSAGE, &signature).unwrap(),
            })
            .ours("certbound, plain", || match padding {
                Padding::PKCS1 => ours.verify_pkcs1_v15(Hash::Sha256, &MESSAGE, &signature).unwrap(),
                _ => ours.verify_pss(Hash::Sha256, &MESSAGE, &signature).unwrap(),
            })
            .rival("ring", || ring.verify(&MESSAGE, &signature).unwrap())
            .rival("aws-lc", || aws.verify(&MESSAGE, &signature).unwrap())
            .rival("aws-lc, key parsed", || aws_parsed.verify_sig(&MESSAGE, &signature).unwrap())
            .rival("OpenSSL", || {
                let mut verifier = Verifier::new(MessageDigest::sha256(), &public).unwrap();
                verifier.set_rsa_padding(padding).unwrap();
                if padding == Padding::PKCS1_PSS {
                    verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
                }
                assert!(verifier.verify_oneshot(&signature, &MESSAGE).unwrap());
            })
            .rival("graviola", || match padding {
                Padding::PKCS1 => graviola.verify_pkcs1_sha256(&signature, &MESSAGE).unwrap(),
                _ => graviola.verify_pss_sha256(&signature, &MESSAGE).unwrap(),
            })
            .run(rounds)
    })
    .into()
}
