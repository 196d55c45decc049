//! One signature, by each library, over what a token of about 700 bytes has signed.

use aws_lc_rs::signature as aws;
use certbound::{
    Geometry,
    internals::signature::{Hash, ed25519, rsa},
};
use openssl::{
    hash::MessageDigest,
    pkey::{Id, PKey},
    rsa::{Padding, Rsa},
    sign::{RsaPssSaltlen, Signer, Verifier},
};
use ring::signature as ring;

use crate::harness::Contest;

/// As long as the signed part of a token of 700 bytes.
pub const MESSAGE: [u8; 600] = [b'a'; 600];

pub fn ed25519(rounds: usize) {
    let key = PKey::generate_ed25519().unwrap();
    let signature = Signer::new_without_digest(&key).unwrap().sign_oneshot_to_vec(&MESSAGE).unwrap();
    let public = key.raw_public_key().unwrap();

    let plain = ed25519::PublicKey::from_bytes(&public).unwrap();
    let aws = aws::UnparsedPublicKey::new(&aws::ED25519, &public);
    let aws_parsed = aws::ParsedPublicKey::new(&aws::ED25519, &public).unwrap();
    let ring = ring::UnparsedPublicKey::new(&ring::ED25519, &public);
    let openssl = PKey::public_key_from_raw_bytes(&public, Id::ED25519).unwrap();
    let graviola = graviola::signing::eddsa::Ed25519VerifyingKey::from_bytes(&public).unwrap();
    let tables = Geometry::ALL.map(|geometry| {
        let mut table = vec![0; ed25519::table_len(geometry)];
        plain.prepare(geometry, &mut table).unwrap();
        (geometry, table)
    });
    let mut contest = Contest::new("Ed25519");
    for (geometry, table) in &tables {
        let name = format!("certbound, prepared in {:.1} KiB", table.len() as f64 / 128.0);
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
        .run(rounds);
}

pub fn rsa(rounds: usize, bits: u32) {
    let key = Rsa::generate(bits).unwrap();
    let (modulus, exponent) = (key.n().to_vec(), key.e().to_vec());
    let pkcs1 = key.public_key_to_der_pkcs1().unwrap();
    let private = PKey::from_rsa(key).unwrap();
    let public = PKey::from_rsa(Rsa::public_key_from_der_pkcs1(&pkcs1).unwrap()).unwrap();
    let ours = rsa::PublicKey::new(&modulus, &exponent).unwrap();

    for (name, padding, ring_parameters, aws_parameters) in [
        ("RS256", Padding::PKCS1, &ring::RSA_PKCS1_2048_8192_SHA256, &aws::RSA_PKCS1_2048_8192_SHA256),
        ("PS256", Padding::PKCS1_PSS, &ring::RSA_PSS_2048_8192_SHA256, &aws::RSA_PSS_2048_8192_SHA256),
    ] {
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
        Contest::new(format!("{name}, {bits} bits"))
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
            .run(rounds);
    }
}
