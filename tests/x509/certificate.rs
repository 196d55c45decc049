//! The reasons to reject a certificate, each with its accepted twin.

use crate::certificate_builder::*;
use certbound::{AlternativeName, Certificate, Error, limits};

const RFC_8705: &[u8] = include_bytes!("../vectors/rfc8705/certificate.der");

/// The verdict on a certificate after this change.
#[track_caller]
fn verdict(change: impl FnOnce(&mut Parts)) -> Result<(), Error> {
    let mut parts = Parts::v3();
    change(&mut parts);
    Certificate::from_der(&parts.encode()).map(|_| ())
}

#[test]
fn the_certificate_of_rfc_8705_is_read() {
    let certificate = Certificate::from_der(RFC_8705).unwrap();
    assert_eq!(certificate.version(), 1);
    assert_eq!(certificate.serial_number(), [2]);
    assert_eq!(certificate.issuer().to_string(), "CN=mtls");
    assert_eq!(certificate.subject().as_der(), certificate.issuer().as_der());
    assert_eq!(certificate.not_before().seconds(), 1_539_866_229);
    assert_eq!(certificate.not_after().seconds(), 1_651_495_029);
    assert_eq!(certificate.thumbprint().to_string(), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0");
    assert_eq!(certificate.subject_alternative_names().count(), 0);
    assert_eq!(certificate.as_der(), RFC_8705);
    assert_eq!(
        format!("{certificate:?}"),
        "Certificate { thumbprint: Thumbprint(A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0), subject: Name(CN=mtls), \
         issuer: Name(CN=mtls), .. }"
    );
}

#[test]
fn the_vectors_of_rfc_8705_agree() {
    let jwk: serde_json::Value = serde_json::from_str(include_str!("../vectors/rfc8705/jwk.json")).unwrap();
    let pem = include_str!("../vectors/rfc8705/certificate.pem");
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(jwk["x5c"][0], base64);
    let claims: serde_json::Value = serde_json::from_str(include_str!("../vectors/rfc8705/confirmation.json")).unwrap();
    let thumbprint = Certificate::from_der(RFC_8705).unwrap().thumbprint().to_string();
    assert_eq!(claims["cnf"]["x5t#S256"], thumbprint);
}

#[test]
fn the_unchanged_certificate_is_read() {
    let der = Parts::v3().encode();
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!((certificate.version(), certificate.serial_number()), (3, &[7][..]));
    assert_eq!(certificate.not_before().seconds(), 1_735_689_600);
    assert_eq!(certificate.not_after().seconds(), 2_524_608_000);
}

#[test]
fn pem_and_other_files_are_rejected() {
    for other in [&include_bytes!("../vectors/rfc8705/certificate.pem")[..], b"", b"\x30", b"\x30\x00", b"\x05\x00"] {
        assert_eq!(Certificate::from_der(other).unwrap_err(), Error::DerMalformed);
    }
}

#[test]
fn a_certificate_has_a_maximum_length() {
    let of_length = |length: usize| {
        let mut parts = Parts::v3();
        let without = parts.encode().len();
        parts.extensions = extensions(&[&extension("1.2.3", &[])]);
        // The four long-form lengths from the certificate to the extension need octets too.
        for filler in length.saturating_sub(without + 64)..length {
            parts.extensions = extensions(&[&extension("1.2.3", &vec![0; filler])]);
            if parts.encode().len() == length {
                return Certificate::from_der(&parts.encode()).map(|_| ());
            }
        }
        panic!("no filler makes {length}");
    };
    assert_eq!(of_length(limits::CERTIFICATE_LEN), Ok(()));
    assert_eq!(of_length(limits::CERTIFICATE_LEN + 1), Err(Error::CertificateTooLong));
}

#[test]
fn lengths_are_definite_and_short() {
    let contents = &RFC_8705[4..];
    let with = |header: &[u8], end: &[u8]| Certificate::from_der(&[header, contents, end].concat()).map(|_| ());
    assert_eq!(with(&[0x30, 0x82, 0x01, 0x06], &[]), Ok(()));
    assert_eq!(with(&[0x30, 0x80], &[0, 0]), Err(Error::DerMalformed));
    assert_eq!(with(&[0x30, 0x83, 0x00, 0x01, 0x06], &[]), Err(Error::DerMalformed));
    assert_eq!(with(&[0x30, 0x82, 0x01, 0x07], &[]), Err(Error::DerMalformed));
    assert_eq!(with(&[0x31, 0x82, 0x01, 0x06], &[]), Err(Error::DerMalformed));
}

#[test]
fn bytes_after_any_part_are_rejected() {
    let null = [0x05, 0x00];
    let after = |part: &[u8]| {
        // The part's tag, with further bytes in its contents.
        let header = if part[1] < 0x80 { 2 } else { 2 + usize::from(part[1] & 0x7F) };
        value(part[0], &[&part[header..], &null].concat())
    };
    assert_eq!(Certificate::from_der(&[RFC_8705, RFC_8705].concat()).unwrap_err(), Error::DerTrailingBytes);
    assert_eq!(Certificate::from_der(&[RFC_8705, b"\n"].concat()).unwrap_err(), Error::DerTrailingBytes);
    assert_eq!(verdict(|parts| parts.after_signature = null.into()), Err(Error::DerTrailingBytes));
    assert_eq!(verdict(|parts| parts.after_to_be_signed = null.into()), Err(Error::DerTrailingBytes));
    assert_eq!(verdict(|parts| parts.version = after(&parts.version)), Err(Error::DerTrailingBytes));
    assert_eq!(verdict(|parts| parts.validity = after(&parts.validity)), Err(Error::DerTrailingBytes));
    assert_eq!(verdict(|parts| parts.public_key = after(&parts.public_key)), Err(Error::DerTrailingBytes));
    let algorithm = sequence(&[&identifier("1.2.3"), &null, &null]);
    assert_eq!(verdict(|parts| parts.outer_algorithm = algorithm), Err(Error::DerTrailingBytes));
    let names = |attribute: &[u8]| sequence(&[&set(&[attribute])]);
    let long = sequence(&[&identifier("2.5.4.3"), &utf8("a"), &null]);
    assert_eq!(verdict(|parts| parts.subject = names(&long)), Err(Error::DerTrailingBytes));
    let one = extension("1.2.3", &[]);
    assert_eq!(verdict(|parts| parts.extensions = extensions(&[&one])), Ok(()));
    assert_eq!(verdict(|parts| parts.extensions = extensions(&[&after(&one)])), Err(Error::DerTrailingBytes));
    assert_eq!(verdict(|parts| parts.extensions = after(&extensions(&[&one]))), Err(Error::DerTrailingBytes));
    let names = [sequence(&[&value(0x82, b"a")]), null.to_vec()].concat();
    let trailing = extensions(&[&extension("2.5.29.17", &names)]);
    assert_eq!(verdict(|parts| parts.extensions = trailing), Err(Error::DerTrailingBytes));
}

#[test]
fn the_version_fits_the_fields() {
    let version = |number: u8| value(0xA0, &[0x02, 0x01, number]);
    let unique_identifiers = [[0x81, 0x02, 0x00, 0xAA], [0x82, 0x02, 0x04, 0xA0]].concat();
    let extensions = extensions(&[&extension("1.2.3", &[])]);
    let verdict = |version: Vec<u8>, unique_identifiers: &[u8], extensions: &[u8]| {
        verdict(|parts| {
            parts.version = version;
            parts.unique_identifiers = unique_identifiers.to_vec();
            parts.extensions = extensions.to_vec();
        })
    };
    for (accepted, version) in [(true, vec![]), (true, version(1)), (true, version(2))] {
        assert_eq!(verdict(version, &[], &[]).is_ok(), accepted);
    }
    // v1 is the default, and DER does not encode defaults.
    for rejected in
        [version(0), version(3), value(0xA0, &[0x02, 0x02, 0x01, 0x00]), value(0xA0, &[]), value(0xA0, &[0x05, 0x00])]
    {
        assert_eq!(verdict(rejected, &[], &[]), Err(Error::CertificateVersion));
    }
    assert_eq!(verdict(vec![], &unique_identifiers, &[]), Err(Error::CertificateVersion));
    assert_eq!(verdict(version(1), &unique_identifiers, &[]), Ok(()));
    assert_eq!(verdict(version(2), &unique_identifiers, &extensions), Ok(()));
    assert_eq!(verdict(version(2), &unique_identifiers[4..], &extensions), Ok(()));
    assert_eq!(verdict(vec![], &[], &extensions), Err(Error::CertificateVersion));
    assert_eq!(verdict(version(1), &[], &extensions), Err(Error::CertificateVersion));
    // Unused bits must be zero, and the fields in their order.
    for malformed in [&[0x81, 0x02, 0x04, 0xA8][..], &[0x81, 0x00], &[0x81, 0x01, 0x01], &[0x81, 0x02, 0x08, 0x00]] {
        assert_eq!(verdict(version(2), malformed, &[]), Err(Error::DerMalformed));
    }
    let swapped = [&unique_identifiers[4..], &unique_identifiers[..4]].concat();
    assert_eq!(verdict(version(2), &swapped, &[]), Err(Error::DerTrailingBytes));
}

#[test]
fn the_serial_number_is_positive_and_at_most_20_octets() {
    let serial = |contents: &[u8]| verdict(|parts| parts.serial_number = value(0x02, contents));
    assert_eq!(serial(&[0]), Ok(()));
    assert_eq!(serial(&[0x7F; 20]), Ok(()));
    assert_eq!(serial(&[&[0x00][..], &[0xFF; 20]].concat()), Ok(()));
    for rejected in [&[0x7F; 21][..], &[0xFF], &[0x80, 0x00], &[0x00, 0x7F], &[]] {
        assert_eq!(serial(rejected), Err(Error::SerialNumberMalformed), "{rejected:02x?}");
    }
    assert_eq!(verdict(|parts| parts.serial_number = vec![]), Err(Error::SerialNumberMalformed));
}

#[test]
fn both_signature_algorithms_are_equal() {
    let algorithm = |parameters: &[u8]| sequence(&[&identifier("1.2.840.113549.1.1.11"), parameters]);
    let verdict = |inner: &[u8], outer: &[u8]| {
        verdict(|parts| (parts.inner_algorithm, parts.outer_algorithm) = (algorithm(inner), algorithm(outer)))
    };
    assert_eq!(verdict(&[0x05, 0x00], &[0x05, 0x00]), Ok(()));
    assert_eq!(verdict(&[], &[]), Ok(()));
    assert_eq!(verdict(&[], &[0x05, 0x00]), Err(Error::SignatureAlgorithmMismatch));
    let other = self::verdict(|parts| parts.outer_algorithm = sequence(&[&identifier("1.2.3")]));
    assert_eq!(other, Err(Error::SignatureAlgorithmMismatch));
    assert_eq!(self::verdict(|parts| parts.signature = value(0x03, &[4, 0xA0])), Err(Error::DerMalformed));
}

#[test]
fn times_follow_rfc_5280() {
    let utc = |text: &str| value(0x17, text.as_bytes());
    let generalized = |text: &str| value(0x18, text.as_bytes());
    let verdict = |not_after: &[u8]| verdict(|parts| parts.validity = sequence(&[&utc("700101000000Z"), not_after]));
    for accepted in [
        utc("491231235959Z"),
        utc("240229000000Z"),
        generalized("20500101000000Z"),
        generalized("99991231235959Z"),
        generalized("20200101000000Z"),
    ] {
        assert_eq!(verdict(&accepted), Ok(()), "{accepted:02x?}");
    }
    for rejected in [
        utc("2401010000Z"),
        utc("240101000000+0000"),
        utc("240101000000"),
        utc("240101000000z"),
        utc("230229000000Z"),
        utc("241301000000Z"),
        utc("240101240000Z"),
        utc("24010100000 Z"),
        utc("691231235959Z"),
        generalized("20500101000000.5Z"),
        generalized("205001010000Z"),
        generalized("19691231235959Z"),
        generalized("00000101000000Z"),
        value(0x0C, b"240101000000Z"),
        vec![],
    ] {
        assert_eq!(verdict(&rejected), Err(Error::ValidityMalformed), "{rejected:02x?}");
    }
}

#[test]
fn names_are_sequences_of_sets_of_attributes() {
    let one = attribute("2.5.4.3", &utf8("a"));
    let two = attribute("2.5.4.3", &utf8("b"));
    let unsorted = value(0x31, &[&two[..], &one].concat());
    for accepted in [
        sequence(&[]),
        sequence(&[&set(&[&one])]),
        sequence(&[&set(&[&one, &two])]),
        sequence(&[&set(&[&one, &one])]),
        sequence(&[&set(&[&one]), &set(&[&two])]),
        sequence(&[&set(&[&attribute("2.5.4.45", &[0x03, 0x02, 0x00, 0xAA])])]),
    ] {
        assert_eq!(verdict(|parts| parts.issuer = accepted.clone()), Ok(()), "{accepted:02x?}");
        assert_eq!(verdict(|parts| parts.subject = accepted.clone()), Ok(()), "{accepted:02x?}");
    }
    for rejected in [
        vec![0x30, 0x80, 0x00, 0x00],
        sequence(&[&set(&[])]),
        sequence(&[&one]),
        sequence(&[&unsorted]),
        sequence(&[&set(&[&sequence(&[])])]),
        sequence(&[&set(&[&sequence(&[&identifier("2.5.4.3")])])]),
        sequence(&[&set(&[&sequence(&[&value(0x06, &[0x55, 0x84]), &utf8("a")])])]),
        sequence(&[&set(&[&attribute("2.5.4.3", &utf8("a\0"))])]),
        sequence(&[&set(&[&attribute("2.5.4.3", &value(0x0C, &[0xFF]))])]),
        sequence(&[&set(&[&attribute("2.5.4.3", &value(0x1E, &[0x00]))])]),
        sequence(&[&set(&[&attribute("2.5.4.3", &value(0x2C, &utf8("a")))])]),
    ] {
        assert_eq!(verdict(|parts| parts.issuer = rejected.clone()), Err(Error::NameMalformed), "{rejected:02x?}");
        assert_eq!(verdict(|parts| parts.subject = rejected.clone()), Err(Error::NameMalformed), "{rejected:02x?}");
    }
}

#[test]
fn names_have_a_maximum_number_of_parts() {
    let one = attribute("2.5.4.3", &utf8("a"));
    let deep = |count: usize| verdict(|parts| parts.subject = sequence(&vec![&set(&[&one])[..]; count]));
    assert_eq!(deep(limits::NAME_RDNS), Ok(()));
    assert_eq!(deep(limits::NAME_RDNS + 1), Err(Error::NameTooLong));
    let wide = |count: usize| verdict(|parts| parts.subject = sequence(&[&set(&vec![&one[..]; count])]));
    assert_eq!(wide(limits::RDN_ATTRIBUTES), Ok(()));
    assert_eq!(wide(limits::RDN_ATTRIBUTES + 1), Err(Error::NameTooLong));
}

#[test]
fn the_public_key_is_complete() {
    let algorithm = sequence(&[&identifier("1.3.101.112")]);
    let verdict = |parts_of_key: &[&[u8]]| verdict(|parts| parts.public_key = sequence(parts_of_key));
    assert_eq!(verdict(&[&algorithm, &[0x03, 0x02, 0x00, 0xAA]]), Ok(()));
    assert_eq!(verdict(&[&algorithm, &[0x03, 0x02, 0x04, 0xA0]]), Err(Error::PublicKeyMalformed));
    assert_eq!(verdict(&[&algorithm, &[0x04, 0x02, 0x00, 0xAA]]), Err(Error::PublicKeyMalformed));
    assert_eq!(verdict(&[&algorithm]), Err(Error::PublicKeyMalformed));
    assert_eq!(verdict(&[&[0x30, 0x00], &[0x03, 0x02, 0x00, 0xAA]]), Err(Error::PublicKeyMalformed));
}

#[test]
fn extensions_are_a_sequence_without_duplicates() {
    let extensions = |parts_of_list: &[&[u8]]| verdict(|parts| parts.extensions = extensions(parts_of_list));
    let with_critical = |critical: &[u8]| sequence(&[&identifier("1.2.3"), critical, &value(0x04, &[])]);
    let numbered = |number: usize| extension(&format!("1.2.{number}"), &[]);

    assert_eq!(extensions(&[&with_critical(&[0x01, 0x01, 0xFF])]), Ok(()));
    for critical in [&[0x01, 0x01, 0x00][..], &[0x01, 0x01, 0x01], &[0x01, 0x00], &[0x02, 0x01, 0x01]] {
        assert_eq!(extensions(&[&with_critical(critical)]), Err(Error::ExtensionsMalformed), "{critical:02x?}");
    }
    assert_eq!(extensions(&[]), Err(Error::ExtensionsMalformed));
    assert_eq!(extensions(&[&sequence(&[&identifier("1.2.3")])]), Err(Error::ExtensionsMalformed));
    assert_eq!(verdict(|parts| parts.extensions = value(0xA3, &[])), Err(Error::ExtensionsMalformed));

    assert_eq!(extensions(&[&numbered(1), &numbered(2)]), Ok(()));
    assert_eq!(extensions(&[&numbered(1), &numbered(2), &numbered(1)]), Err(Error::ExtensionDuplicate));
    let names = extension("2.5.29.17", &sequence(&[&value(0x82, b"a")]));
    assert_eq!(extensions(&[&names, &names]), Err(Error::ExtensionDuplicate));

    let many = |count| (0..count).map(numbered).collect::<Vec<_>>();
    let many = |count| extensions(&many(count).iter().map(|extension| &extension[..]).collect::<Vec<_>>());
    assert_eq!(many(limits::CERTIFICATE_EXTENSIONS), Ok(()));
    assert_eq!(many(limits::CERTIFICATE_EXTENSIONS + 1), Err(Error::TooManyExtensions));
}

#[test]
fn alternative_names_are_read() {
    let mut parts = Parts::v3();
    parts.extensions = alternative_names(&[
        &value(0x82, b"*.client.example"),
        &value(0x86, b"spiffe://example/client"),
        &value(0x81, b"Client@example"),
        &value(0x87, &[192, 0, 2, 1]),
        &value(0x87, &[0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        &value(0xA0, &[&identifier("1.2.3")[..], &value(0xA0, &utf8("other"))].concat()),
        &value(0xA4, &common_name("directory")),
        &value(0x88, &[0x2A]),
    ]);
    let der = parts.encode();
    let names = Certificate::from_der(&der).unwrap().subject_alternative_names();
    let wanted = [
        AlternativeName::Dns("*.client.example"),
        AlternativeName::Uri("spiffe://example/client"),
        AlternativeName::Email("Client@example"),
        AlternativeName::Ip("192.0.2.1".parse().unwrap()),
        AlternativeName::Ip("2001:db8::1".parse().unwrap()),
        AlternativeName::Other,
        AlternativeName::Other,
        AlternativeName::Other,
    ];
    assert!(names.eq(wanted), "{names:?}");
}

#[test]
fn alternative_names_are_ascii_and_addresses_have_their_lengths() {
    let verdict = |names: &[&[u8]]| verdict(|parts| parts.extensions = alternative_names(names));
    for tag in [0x81, 0x82, 0x86] {
        assert_eq!(verdict(&[&value(tag, b"a.example")]), Ok(()));
        for text in [&b"a.example\0.b.example"[..], b"\0", "ä.example".as_bytes(), b"\xE4.example"] {
            assert_eq!(verdict(&[&value(tag, text)]), Err(Error::AlternativeNamesMalformed), "{tag:#x} {text:02x?}");
        }
    }
    for length in 0..=33 {
        let wanted = if [4, 16].contains(&length) { Ok(()) } else { Err(Error::AlternativeNamesMalformed) };
        assert_eq!(verdict(&[&value(0x87, &vec![1; length])]), wanted, "{length}");
    }
    assert_eq!(verdict(&[]), Err(Error::AlternativeNamesMalformed));
    for tag in [0x80, 0xA1, 0xA2, 0x83, 0x84, 0xA6, 0xA7, 0xA8, 0x89, 0x16] {
        assert_eq!(verdict(&[&value(tag, b"")]), Err(Error::AlternativeNamesMalformed), "{tag:#x}");
    }
    let not_a_sequence = extensions(&[&extension("2.5.29.17", &value(0x82, b"a.example"))]);
    let rejected = self::verdict(|parts| parts.extensions = not_a_sequence);
    assert_eq!(rejected, Err(Error::AlternativeNamesMalformed));
    // The issuer's alternative names (2.5.29.18) are ignored.
    let of_issuer = extensions(&[&extension("2.5.29.18", &[])]);
    assert_eq!(self::verdict(|parts| parts.extensions = of_issuer), Ok(()));
}
