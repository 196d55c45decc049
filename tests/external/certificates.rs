//! Certificates: those of pyca/cryptography (https://github.com/pyca/cryptography), from PyPI, and x509-limbo's
//! (https://github.com/C2SP/x509-limbo), from a checkout.
//!
//! Neither suite says what a reader of certificates must accept. So x509-cert reads them too, and what we refuse is listed
//! with its reason. Where both accept, they agree in all that is read here.

use std::{collections::BTreeSet, fs, path::Path};

use base64ct::Encoding;
use certbound::{Certificate, Error};

use crate::{assert_listed, checkout, files, oracle::verdicts};

/// What we refuse in pyca/cryptography, and whether x509-cert accepts it.
const REFUSED_OF_CRYPTOGRAPHY: [(&str, Error, bool); 16] = [
    // The certificate's two signature algorithms differ (RFC 5280 §4.1.1.2).
    ("custom/mismatch_inner_outer_sig_algorithm.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_invalid_mgf.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_no_sig_params.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_unsupported_mgf_hash.der", Error::SignatureAlgorithmMismatch, true),
    ("v1_cert.pem", Error::SignatureAlgorithmMismatch, true),
    // A negative serial number (RFC 5280 §4.1.2.2).
    ("PKITS_data/certs/InvalidNegativeSerialNumberTest15EE.crt", Error::SerialNumberMalformed, true),
    ("custom/negative_serial.pem", Error::SerialNumberMalformed, true),
    // The signature has a number of bits that is no multiple of 8, made to be invalid.
    ("PKITS_data/certs/BadSignedCACert.crt", Error::DerMalformed, true),
    ("PKITS_data/certs/InvalidDSASignatureTest6EE.crt", Error::DerMalformed, true),
    // notBefore is in 1950: a valid certificate, but UnixTime begins in 1970, for both readers.
    ("PKITS_data/certs/Validpre2000UTCnotBeforeDateTest3EE.crt", Error::ValidityMalformed, false),
    // A time that is none.
    ("badasn1time.pem", Error::ValidityMalformed, false),
    // A string that is not what its type says: not UTF-8, or a DNS name that is not ASCII.
    ("custom/invalid_utf8_common_name.pem", Error::NameMalformed, true),
    ("utf8-dnsname.pem", Error::AlternativeNamesMalformed, true),
    // A version that does not exist.
    ("custom/invalid_version.pem", Error::CertificateVersion, false),
    // The same extension twice (RFC 5280 §4.2).
    ("custom/two_basic_constraints.pem", Error::ExtensionDuplicate, true),
    // `critical` is written out although it has its default, which DER forbids: RFC 8410's own example.
    ("ed25519/ed25519-rfc8410.pem", Error::ExtensionsMalformed, true),
];

/// What we refuse in x509-limbo. All are in cases that must fail.
const REFUSED_OF_LIMBO: [(&str, Error, bool); 9] = [
    // Longer than limits allow, to make validation of its names expensive.
    ("pathological::nc-dos-1", Error::CertificateTooLong, true),
    ("pathological::nc-dos-3", Error::NameTooLong, true),
    // An alternative name that is none: an address of no length that addresses have, an empty name, one that is not ASCII.
    ("rfc5280::nc::nc-permits-invalid-ip-san", Error::AlternativeNamesMalformed, true),
    ("rfc5280::san::malformed", Error::AlternativeNamesMalformed, true),
    ("webpki::san::unicode-emoji-san", Error::AlternativeNamesMalformed, true),
    // A negative serial number, or one of more than 20 octets.
    ("rfc5280::serial::negative", Error::SerialNumberMalformed, true),
    ("rfc5280::serial::too-long", Error::SerialNumberMalformed, false),
    ("rfc5280::duplicate-extensions", Error::ExtensionDuplicate, true),
    ("rfc5280::mismatching-signature-algorithm", Error::SignatureAlgorithmMismatch, true),
];

#[test]
fn cryptography() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/suites/cryptography-vectors-50.0.2");
    assert!(folder.exists(), "pyca/cryptography's certificates are missing: `make setup-suites` fetches them");
    let mut refused = Vec::new();
    let (mut certificates, mut others) = (0, 0);
    for (name, content) in files(&folder.join("cryptography_vectors/x509"), &["pem", "crt", "der"]) {
        if is_no_certificate(&name) {
            assert_eq!(verdicts(&content), (false, false), "{name}");
            others += 1;
            continue;
        }
        for der in if name.ends_with(".pem") { of_pem(&content) } else { vec![content] } {
            certificates += 1;
            let (_, of_oracle) = verdicts(&der);
            match Certificate::from_der(&der) {
                Ok(_) => assert!(of_oracle, "{name} is accepted here only"),
                Err(error) => refused.push((name.clone(), error.name(), of_oracle)),
            }
        }
    }
    assert_eq!((certificates, others), (537, 43));
    assert_listed(refused, listed(&REFUSED_OF_CRYPTOGRAPHY));
}

/// Files in DER that are something else: lists of revoked certificates, requests, answers about a status, and what a
/// signature is made over.
fn is_no_certificate(name: &str) -> bool {
    name.ends_with(".der")
        && ["ocsp/", "requests/", "custom/crl_", "cryptography-scts-tbs-precert"]
            .iter()
            .any(|start| name.starts_with(start))
}

#[test]
fn x509_limbo() {
    let Some(folder) = checkout("CERTBOUND_EXTERNAL_X509_LIMBO") else { return };
    let suite: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("limbo.json")).unwrap()).unwrap();
    let cases = suite["testcases"].as_array().unwrap();
    let mut certificates = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for case in cases {
        let others = ["trusted_certs", "untrusted_intermediates"].into_iter();
        let others = others.flat_map(|member| case[member].as_array().unwrap());
        for text in others.chain([&case["peer_certificate"]]) {
            let ders = of_pem(text.as_str().unwrap().as_bytes());
            assert!(!ders.is_empty(), "{}: {text}", case["id"]);
            for der in ders {
                let (_, of_oracle) = verdicts(&der);
                match Certificate::from_der(&der) {
                    Ok(_) => assert!(of_oracle, "{} is accepted here only", case["id"]),
                    Err(error) => {
                        assert_eq!(case["expected_result"], "FAILURE", "{}: {error}", case["id"]);
                        refused.insert((case["id"].as_str().unwrap().to_owned(), error.name(), of_oracle));
                    }
                }
                certificates.insert(der);
            }
        }
    }
    println!(
        "x509-limbo: {} cases with {} certificates, {} cases with a refused one",
        cases.len(),
        certificates.len(),
        refused.len()
    );
    assert_listed(refused, listed(&REFUSED_OF_LIMBO));
}

fn listed(refused: &[(&str, Error, bool)]) -> Vec<(String, &'static str, bool)> {
    refused.iter().map(|(name, error, of_oracle)| ((*name).to_owned(), error.name(), *of_oracle)).collect()
}

/// The certificates in a PEM text.
fn of_pem(text: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let bodies = blocks.map(|block| block.split_once("-----END").unwrap().0.split_whitespace().collect::<String>());
    bodies.map(|body| base64ct::Base64::decode_vec(&body).unwrap()).collect()
}
