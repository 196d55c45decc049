//! The core and x509-cert read the same from certificates: public roots, generated ones, and damaged copies.

use std::collections::BTreeSet;

use crate::oracle::verdicts;
use certbound::{Certificate, Error};
use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType, SignatureAlgorithm};
use x509_cert::{
    Certificate as OracleCertificate,
    der::{Decode, ErrorKind},
};

/// Certificates with many kinds of names, alternative names and keys.
fn generated() -> Vec<Vec<u8>> {
    let with = |algorithm: &'static SignatureAlgorithm, change: fn(&mut CertificateParams)| {
        let mut parameters = CertificateParams::default();
        change(&mut parameters);
        let key = KeyPair::generate_for(algorithm).unwrap();
        parameters.self_signed(&key).unwrap().der().to_vec()
    };
    vec![
        include_bytes!("../vectors/rfc8705/certificate.der").to_vec(),
        with(&rcgen::PKCS_ECDSA_P256_SHA256, |_| {}),
        with(&rcgen::PKCS_ECDSA_P384_SHA384, |parameters| {
            parameters.subject_alt_names = vec![
                SanType::DnsName("client.example".try_into().unwrap()),
                SanType::URI("https://client.example/".try_into().unwrap()),
                SanType::Rfc822Name("client@example.com".try_into().unwrap()),
                SanType::IpAddress("192.0.2.1".parse().unwrap()),
                SanType::IpAddress("2001:db8::1".parse().unwrap()),
                SanType::OtherName((
                    vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3],
                    rcgen::OtherNameValue::Utf8String("upn".into()),
                )),
            ];
        }),
        with(&rcgen::PKCS_ED25519, |parameters| {
            let name = &mut parameters.distinguished_name;
            *name = rcgen::DistinguishedName::new();
            name.push(DnType::CountryName, DnValue::PrintableString("DE".try_into().unwrap()));
            name.push(DnType::OrganizationName, DnValue::TeletexString("Example".try_into().unwrap()));
            name.push(DnType::OrganizationalUnitName, DnValue::BmpString("Żółć".try_into().unwrap()));
            name.push(DnType::StateOrProvinceName, " #a, \"b\" + c\\ = <d>; \u{7}".to_string());
            name.push(DnType::CommonName, String::new());
            name.push(DnType::from_oid(&[1, 2, 3, 4]), "custom".to_string());
            name.push(
                DnType::from_oid(&[1, 2, 840, 113_549, 1, 9, 1]),
                DnValue::Ia5String("client@example.com".try_into().unwrap()),
            );
        }),
    ]
}

#[test]
fn public_roots_are_read_alike() {
    assert!(webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() > 100);
    for root in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        assert_eq!(verdicts(root), (true, true), "{:?}", Certificate::from_der(root));
    }
}

#[test]
fn generated_certificates_are_read_alike() {
    for der in generated() {
        assert_eq!(verdicts(&der), (true, true), "{:?}", Certificate::from_der(&der));
    }
}

#[test]
fn truncated_certificates_are_rejected() {
    for der in generated() {
        for length in 0..der.len() {
            assert_eq!(verdicts(&der[..length]), (false, false), "{length}");
        }
    }
}

/// A certificate with one octet changed. Only one of both readers may accept it for a reason that is listed here.
#[test]
fn damaged_certificates_are_read_alike() {
    let mut accepted_by_both = 0;
    let mut only_here = BTreeSet::new();
    let mut only_there = BTreeSet::new();
    for der in generated() {
        let mut damaged = der.clone();
        for index in 0..der.len() {
            for damage in [0x01, 0x02, 0x04, 0x06, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF] {
                damaged[index] ^= damage;
                match verdicts(&damaged) {
                    (true, true) => accepted_by_both += 1,
                    (true, false) => {
                        only_here.insert(match OracleCertificate::from_der(&damaged).unwrap_err().kind() {
                            ErrorKind::TagUnknown { .. } => "names may have values of any ASN.1 type here",
                            ErrorKind::OidMalformed => "object identifiers have numbers of 128 bits here, of 32 there",
                            other => panic!("octet {index} ^ {damage:#x}: {other:?}"),
                        });
                    }
                    (false, true) => {
                        only_there.insert(match Certificate::from_der(&damaged).unwrap_err() {
                            Error::CertificateVersion => "the version is not compared with the fields there",
                            Error::SerialNumberMalformed => "serial numbers may be negative there",
                            Error::SignatureAlgorithmMismatch => "the two signature algorithms are not compared there",
                            Error::NameMalformed => "strings in names are not read there",
                            Error::PublicKeyMalformed => {
                                "x509-cert accepts keys whose number of bits is not a multiple of 8"
                            }
                            Error::AlternativeNamesMalformed => "extensions are not looked into there",
                            Error::DerMalformed => "signatures may have unused bits, identifiers leading zeros there",
                            other => panic!("octet {index} ^ {damage:#x}: {other:?}"),
                        });
                    }
                    (false, false) => {}
                }
                damaged[index] = der[index];
            }
        }
    }
    assert!(accepted_by_both > 1_000, "{accepted_by_both}");
    assert_eq!((only_here.len(), only_there.len()), (2, 7), "{only_here:#?} {only_there:#?}");
}

/// The oracle does not support UniversalString, so the result is compared with the written text.
#[test]
fn a_universal_string_is_read() {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(DnType::LocalityName, DnValue::UniversalString("鍵 🔑".try_into().unwrap()));
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let der = parameters.self_signed(&key).unwrap().der().to_vec();
    assert_eq!(Certificate::from_der(&der).unwrap().subject().to_string(), "L=鍵 🔑");
    assert_eq!(verdicts(&der), (true, false));
}
