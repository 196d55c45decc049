//! Compares how the core and x509-cert read a certificate.

use certbound::{AlternativeName, Certificate, DistinguishedName};
use x509_cert::{
    Certificate as OracleCertificate,
    der::{Decode, Encode},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// Whether the core and x509-cert accept `der`. Fails if both accept it but read different values.
#[track_caller]
pub(crate) fn verdicts(der: &[u8]) -> (bool, bool) {
    let ours = Certificate::from_der(der);
    let oracle = OracleCertificate::from_der(der);
    if let (Ok(ours), Ok(oracle)) = (&ours, &oracle) {
        agree(ours, oracle);
    }
    if let Ok(ours) = &ours {
        // Everything in an accepted certificate can be iterated and written.
        let _ = format!("{ours:?} {:?}", ours.subject_alternative_names());
        let written = ours.subject().to_string();
        match DistinguishedName::parse(&written) {
            Ok(name) => assert!(ours.subject().matches(&name), "{written}"),
            Err(error) => assert!(written.is_empty() || written.len() > 4096, "{error:?} {written}"),
        }
    }
    (ours.is_ok(), oracle.is_ok())
}

#[track_caller]
fn agree(ours: &Certificate<'_>, oracle: &OracleCertificate) {
    let oracle = oracle.tbs_certificate();
    assert_eq!(ours.subject().as_der(), oracle.subject().to_der().unwrap());
    assert_eq!(ours.issuer().as_der(), oracle.issuer().to_der().unwrap());
    assert_eq!(ours.not_before().seconds(), oracle.validity().not_before.to_unix_duration().as_secs());
    assert_eq!(ours.not_after().seconds(), oracle.validity().not_after.to_unix_duration().as_secs());
    let serial_number = oracle.serial_number().as_bytes();
    let serial_number = serial_number.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(serial_number);
    assert_eq!(ours.serial_number(), serial_number);
    let key = oracle.subject_public_key_info().to_der().unwrap();
    assert_eq!(ours.subject_public_key_info().as_der(), key);
    assert_eq!(ours.version(), oracle.version() as u8 + 1);
    if let Ok(Some((_, SubjectAltName(names)))) = oracle.get_extension::<SubjectAltName>() {
        let ours: Vec<_> = ours.subject_alternative_names().collect();
        assert_eq!(ours.len(), names.len());
        for (ours, oracle) in ours.iter().zip(&names) {
            match (ours, oracle) {
                (AlternativeName::Dns(ours), GeneralName::DnsName(oracle)) => assert_eq!(*ours, oracle.as_str()),
                (AlternativeName::Uri(ours), GeneralName::UniformResourceIdentifier(oracle)) => {
                    assert_eq!(*ours, oracle.as_str());
                }
                (AlternativeName::Email(ours), GeneralName::Rfc822Name(oracle)) => assert_eq!(*ours, oracle.as_str()),
                (AlternativeName::Ip(std::net::IpAddr::V4(ours)), GeneralName::IpAddress(oracle)) => {
                    assert_eq!(ours.octets(), oracle.as_bytes());
                }
                (AlternativeName::Ip(std::net::IpAddr::V6(ours)), GeneralName::IpAddress(oracle)) => {
                    assert_eq!(ours.octets(), oracle.as_bytes());
                }
                (
                    AlternativeName::Other,
                    GeneralName::OtherName(_)
                    | GeneralName::DirectoryName(_)
                    | GeneralName::EdiPartyName(_)
                    | GeneralName::RegisteredId(_),
                ) => {}
                (ours, oracle) => panic!("{ours:?} is {oracle:?}"),
            }
        }
    }
}
