//! Certificates of pyca/cryptography (https://github.com/pyca/cryptography), from PyPI, and of x509-limbo
//! (https://github.com/C2SP/x509-limbo), from a checkout.
//!
//! Neither suite says which certificates a reader must accept. So x509-cert reads them too, and every certificate that we
//! reject is listed with its reason. If both accept a certificate, they must read the same fields from it.

use std::{collections::BTreeSet, fs, path::Path};

use base64ct::Encoding;
use certbound::{Certificate, Error};

use crate::{assert_listed, checkout, files, oracle::verdicts};

/// The certificates of pyca/cryptography that we reject, and whether x509-cert accepts them.
const REJECTED_OF_CRYPTOGRAPHY: [(&str, Error, bool); 16] = [
    // The certificate's two signature algorithms differ (RFC 5280 §4.1.1.2).
    ("custom/mismatch_inner_outer_sig_algorithm.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_invalid_mgf.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_no_sig_params.der", Error::SignatureAlgorithmMismatch, true),
    ("custom/rsa_pss_cert_unsupported_mgf_hash.der", Error::SignatureAlgorithmMismatch, true),
    ("v1_cert.pem", Error::SignatureAlgorithmMismatch, true),
    // A negative serial number (RFC 5280 §4.1.2.2).
    ("PKITS_data/certs/InvalidNegativeSerialNumberTest15EE.crt", Error::SerialNumberMalformed, true),
    ("custom/negative_serial.pem", Error::SerialNumberMalformed, true),
    // The number of bits in the signature is not a multiple of 8; it was made to be invalid.
    ("PKITS_data/certs/BadSignedCACert.crt", Error::DerMalformed, true),
    ("PKITS_data/certs/InvalidDSASignatureTest6EE.crt", Error::DerMalformed, true),
    // A valid certificate, whose notBefore is in 1950. UnixTime begins in 1970 in both readers.
    ("PKITS_data/certs/Validpre2000UTCnotBeforeDateTest3EE.crt", Error::ValidityMalformed, false),
    // A malformed time.
    ("badasn1time.pem", Error::ValidityMalformed, false),
    // A string that does not fit its type: a UTF8String that is not UTF-8, or a DNS name that is not ASCII.
    ("custom/invalid_utf8_common_name.pem", Error::NameMalformed, true),
    ("utf8-dnsname.pem", Error::AlternativeNamesMalformed, true),
    // A version that does not exist.
    ("custom/invalid_version.pem", Error::CertificateVersion, false),
    // The same extension twice (RFC 5280 §4.2).
    ("custom/two_basic_constraints.pem", Error::ExtensionDuplicate, true),
    // The example of RFC 8410: `critical` is encoded although it has the default value, which DER forbids.
    ("ed25519/ed25519-rfc8410.pem", Error::ExtensionsMalformed, true),
];

/// The certificates of x509-limbo that we reject. Validation must fail in all of their cases.
const REJECTED_OF_LIMBO: [(&str, Error, bool); 9] = [
    // Longer than our limits, to make the validation of names expensive.
    ("pathological::nc-dos-1", Error::CertificateTooLong, true),
    ("pathological::nc-dos-3", Error::NameTooLong, true),
    // A malformed alternative name: an address of the wrong length, an empty name, a name that is not ASCII.
    ("rfc5280::nc::nc-permits-invalid-ip-san", Error::AlternativeNamesMalformed, true),
    ("rfc5280::san::malformed", Error::AlternativeNamesMalformed, true),
    ("webpki::san::unicode-emoji-san", Error::AlternativeNamesMalformed, true),
    // A serial number that is negative or longer than 20 octets.
    ("rfc5280::serial::negative", Error::SerialNumberMalformed, true),
    ("rfc5280::serial::too-long", Error::SerialNumberMalformed, false),
    ("rfc5280::duplicate-extensions", Error::ExtensionDuplicate, true),
    ("rfc5280::mismatching-signature-algorithm", Error::SignatureAlgorithmMismatch, true),
];

#[test]
fn cryptography() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/suites/cryptography-vectors-50.0.2");
    assert!(folder.exists(), "pyca/cryptography's certificates are missing: `make setup-suites` fetches them");
    let mut rejected = Vec::new();
    let (mut certificates, mut others) = (0, 0);
    for (name, content) in files(&folder.join("cryptography_vectors/x509"), &["pem", "crt", "der"]) {
        if is_not_a_certificate(&name) {
            assert_eq!(verdicts(&content), (false, false), "{name}");
            others += 1;
            continue;
        }
        for der in if name.ends_with(".pem") { of_pem(&content) } else { vec![content] } {
            certificates += 1;
            let (_, of_oracle) = verdicts(&der);
            match Certificate::from_der(&der) {
                Ok(_) => assert!(of_oracle, "only we accept {name}"),
                Err(error) => rejected.push((name.clone(), error.name(), of_oracle)),
            }
        }
    }
    assert_eq!((certificates, others), (537, 43));
    assert_listed(rejected, listed(&REJECTED_OF_CRYPTOGRAPHY));
}

/// Files in DER that are something else: lists of revoked certificates, requests, answers about a status, and what a
/// signature is made over.
fn is_not_a_certificate(name: &str) -> bool {
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
    let mut rejected = BTreeSet::new();
    for case in cases {
        let others = ["trusted_certs", "untrusted_intermediates"].into_iter();
        let others = others.flat_map(|member| case[member].as_array().unwrap());
        for text in others.chain([&case["peer_certificate"]]) {
            let ders = of_pem(text.as_str().unwrap().as_bytes());
            assert!(!ders.is_empty(), "{}: {text}", case["id"]);
            for der in ders {
                let (_, of_oracle) = verdicts(&der);
                match Certificate::from_der(&der) {
                    Ok(_) => assert!(of_oracle, "only we accept {}", case["id"]),
                    Err(error) => {
                        assert_eq!(case["expected_result"], "FAILURE", "{}: {error}", case["id"]);
                        rejected.insert((case["id"].as_str().unwrap().to_owned(), error.name(), of_oracle));
                    }
                }
                certificates.insert(der);
            }
        }
    }
    println!(
        "x509-limbo: {} cases with {} certificates, {} cases with a rejected one",
        cases.len(),
        certificates.len(),
        rejected.len()
    );
    assert_listed(rejected, listed(&REJECTED_OF_LIMBO));
}

fn listed(rejected: &[(&str, Error, bool)]) -> Vec<(String, &'static str, bool)> {
    rejected.iter().map(|(name, error, of_oracle)| ((*name).to_owned(), error.name(), *of_oracle)).collect()
}

/// The certificates of a PEM text.
fn of_pem(text: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(text);
    let blocks = text.split("-----BEGIN CERTIFICATE-----").skip(1);
    let bodies = blocks.map(|block| block.split_once("-----END").unwrap().0.split_whitespace().collect::<String>());
    bodies.map(|body| base64ct::Base64::decode_vec(&body).unwrap()).collect()
}
