//! x509-cert reads every accepted certificate the same way.
#![no_main]

use certbound::Certificate;
use x509_cert::der::{Decode, Encode, ErrorKind};

libfuzzer_sys::fuzz_target!(|der: &[u8]| {
    let Ok(ours) = Certificate::from_der(der) else { return };
    let theirs = match x509_cert::Certificate::from_der(der) {
        Ok(theirs) => theirs,
        // Our reader also accepts names with values of any ASN.1 type, and object identifiers with numbers of 128 bits.
        Err(error) if matches!(error.kind(), ErrorKind::TagUnknown { .. } | ErrorKind::OidMalformed) => return,
        Err(error) => panic!("only we accept it: {error}"),
    };
    let theirs = theirs.tbs_certificate();
    assert_eq!(ours.issuer().as_der(), theirs.issuer().to_der().unwrap());
    assert_eq!(ours.subject().as_der(), theirs.subject().to_der().unwrap());
    assert_eq!(ours.subject_public_key_info().as_der(), theirs.subject_public_key_info().to_der().unwrap());
    assert_eq!(ours.not_before().seconds(), theirs.validity().not_before.to_unix_duration().as_secs());
    assert_eq!(ours.not_after().seconds(), theirs.validity().not_after.to_unix_duration().as_secs());
    let theirs = theirs.serial_number().as_bytes();
    assert_eq!(ours.serial_number(), if theirs[0] == 0 && theirs.len() > 1 { &theirs[1..] } else { theirs });
    // Everything in it can be iterated.
    let _ = format!("{ours:?} {:?}", ours.subject_alternative_names());
    assert!(ours.thumbprint().matches(&certbound::Thumbprint::of_der(der)));
});
