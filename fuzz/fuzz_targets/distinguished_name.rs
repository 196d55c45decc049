//! A name from a certificate, written in the form of RFC 4514, is read back and matches. The input is the name's DER, or a
//! text.
#![no_main]

use certbound::{Certificate, DistinguishedName, limits};
use certbound_fuzz::certificate_of;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if input.len() > limits::DISTINGUISHED_NAME_LEN {
        return;
    }
    let der = certificate_of(input);
    if let Ok(certificate) = Certificate::from_der(&der) {
        let written = certificate.subject().to_string();
        match DistinguishedName::parse(&written) {
            Ok(name) => assert!(certificate.subject().matches(&name), "{written:?}"),
            Err(error) => {
                assert!(written.is_empty() || written.len() > limits::DISTINGUISHED_NAME_LEN, "{error} {written:?}");
            }
        }
    }
    // A name matches itself, and never an empty name.
    if let Some(name) = str::from_utf8(input).ok().and_then(|text| DistinguishedName::parse(text).ok()) {
        assert_eq!(name.as_str().as_bytes(), input);
        let nameless = certificate_of(&[0x30, 0]);
        assert!(!Certificate::from_der(&nameless).unwrap().subject().matches(&name));
    }
});
