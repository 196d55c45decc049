//! Which strings match the subject of which certificate (RFC 4514, RFC 8705 §2.1.2), and which are malformed.

use crate::certificate_builder::*;
use certbound::{Certificate, DistinguishedName, Error, limits};
use proptest::prelude::*;

const CN: &str = "2.5.4.3";
const O: &str = "2.5.4.10";
const C: &str = "2.5.4.6";
const CUSTOM: &str = "1.2.3.4";

/// The certificate with this subject.
fn certificate(subject: &[u8]) -> Vec<u8> {
    let mut parts = Parts::v3();
    parts.subject = subject.to_vec();
    parts.encode()
}

/// Whether the certificate with this subject matches `text`.
#[track_caller]
fn matches(subject: &[u8], text: &str) -> bool {
    let der = certificate(subject);
    let name = DistinguishedName::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Certificate::from_der(&der).unwrap().subject().matches(&name)
}

#[track_caller]
fn all_match(subject: &[u8], texts: &[&str]) {
    for text in texts {
        assert!(matches(subject, text), "{text}");
    }
}

#[track_caller]
fn none_matches(subject: &[u8], texts: &[&str]) {
    for text in texts {
        assert!(!matches(subject, text), "{text}");
    }
}

/// A name whose relative distinguished names have one attribute each.
fn name(attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let sets: Vec<_> = attributes.iter().map(|(dotted, value)| set(&[&attribute(dotted, value)])).collect();
    sequence(&sets.iter().map(|set| &set[..]).collect::<Vec<_>>())
}

fn printable(text: &str) -> Vec<u8> {
    value(0x13, text.as_bytes())
}

#[test]
fn the_string_starts_with_the_last_rdn() {
    let subject = name(&[(C, &printable("DE")), (O, &utf8("Example")), (CN, &utf8("client"))]);
    all_match(&subject, &["CN=client,O=Example,C=DE"]);
    none_matches(
        &subject,
        &[
            "C=DE,O=Example,CN=client",
            "CN=client,C=DE,O=Example",
            "CN=client,O=Example",
            "O=Example,C=DE",
            "CN=client,O=Example,C=DE,C=DE",
            "CN=client,CN=client,O=Example,C=DE",
            "CN=client+O=Example,C=DE",
            "CN=client,O=Example+C=DE",
            "CN=client\\,O=Example,C=DE",
            "CN=client,O=Example,C=FR",
            "O=client,O=Example,C=DE",
        ],
    );
}

#[test]
fn separators_are_not_part_of_values() {
    let two = name(&[(O, &utf8("b")), (CN, &utf8("a"))]);
    let joined = sequence(&[&set(&[&attribute(CN, &utf8("a")), &attribute(O, &utf8("b"))])]);
    let one = name(&[(CN, &utf8("a,O=b"))]);
    let plus = name(&[(CN, &utf8("a+O=b"))]);
    for (subject, text) in [(&two, "CN=a,O=b"), (&joined, "CN=a+O=b"), (&one, "CN=a\\,O=b"), (&plus, "CN=a\\+O=b")] {
        for (other, _) in [(&two, ()), (&joined, ()), (&one, ()), (&plus, ())] {
            assert_eq!(matches(other, text), other == subject, "{text}");
        }
    }
}

#[test]
fn types_have_short_names_and_identifiers() {
    let subject = name(&[(CN, &utf8("client"))]);
    all_match(
        &subject,
        &["CN=client", "cn=client", "commonName=client", "2.5.4.3=client", "OID.2.5.4.3=client", "oid.2.5.4.3=client"],
    );
    none_matches(&subject, &["SN=client", "2.5.4.4=client", "2.5.4.30=client", "2.5.4=client", "2.5.4.3.0=client"]);
    for (dotted, short) in [
        ("2.5.4.4", "SN"),
        ("2.5.4.5", "serialNumber"),
        ("2.5.4.7", "L"),
        ("2.5.4.8", "ST"),
        ("2.5.4.9", "STREET"),
        ("2.5.4.11", "OU"),
        ("2.5.4.97", "organizationIdentifier"),
        ("0.9.2342.19200300.100.1.1", "UID"),
        ("0.9.2342.19200300.100.1.25", "DC"),
        ("1.2.840.113549.1.9.1", "emailAddress"),
    ] {
        all_match(&name(&[(dotted, &utf8("a"))]), &[&format!("{short}=a"), &format!("{dotted}=a")]);
    }
}

#[test]
fn string_types_do_not_matter() {
    let ia5 = |text: &str| value(0x16, text.as_bytes());
    let bmp = |text: &str| value(0x1E, &text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>());
    let universal =
        |text: &str| value(0x1C, &text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect::<Vec<_>>());
    let teletex = |text: &str| value(0x14, text.as_bytes());
    for text in
        [utf8("client"), printable("client"), ia5("client"), bmp("client"), universal("client"), teletex("client")]
    {
        all_match(&name(&[(CN, &text)]), &["CN=client", "CN=#0C06636C69656E74", "CN=#1306636c69656e74"]);
        none_matches(&name(&[(CN, &text)]), &["CN=clienu", "CN=clien", "CN=client1", "CN=", "CN=#0405636c69656e"]);
    }
    for text in [utf8("Zoë €"), bmp("Zoë €"), universal("Zoë €")] {
        all_match(&name(&[(CN, &text)]), &["CN=Zoë €", "CN=Zo\\C3\\AB \\e2\\82\\ac", "CN=#1e0a005a006f00eb002020ac"]);
    }
    // Beyond ASCII, the meaning of a TeletexString is ambiguous.
    let latin = name(&[(CN, &value(0x14, b"Zo\xEB"))]);
    none_matches(&latin, &["CN=Zoë"]);
    all_match(&latin, &["CN=#14035a6feb"]);
}

#[test]
fn escape_sequences_stand_for_characters() {
    let subject = |text: &str| name(&[(CN, &utf8(text))]);
    // The examples of RFC 4514 §4.
    all_match(&subject("James \"Jim\" Smith, III"), &["CN=James \\\"Jim\\\" Smith\\, III"]);
    all_match(&subject("Before\rAfter"), &["CN=Before\\0dAfter", "CN=Before\rAfter"]);
    all_match(&subject("Lučić"), &["CN=Lu\\C4\\8Di\\C4\\87", "CN=Lučić"]);
    all_match(&name(&[(CUSTOM, &[0x04, 0x02, 0x48, 0x69])]), &["1.2.3.4=#04024869"]);

    all_match(&subject("\"#+,;<=>\\"), &["CN=\\\"\\#\\+\\,\\;\\<\\=\\>\\\\", "CN=\\22#\\2b\\2C\\3b\\3C=\\3e\\5c"]);
    all_match(&subject("a=b"), &["CN=a=b", "CN=a\\=b", "CN=a\\3Db"]);
    all_match(&subject("#a"), &["CN=\\#a", "CN=\\23a"]);
    all_match(&subject("\\,"), &["CN=\\\\\\,"]);
    all_match(&subject("🔑"), &["CN=\\F0\\9F\\94\\91", "CN=🔑"]);
    all_match(&subject(""), &["CN=", "CN = ", "CN=#0c00"]);
}

#[test]
fn case_and_spaces_matter_if_the_type_says_so() {
    let subject = name(&[(O, &printable("Example  Inc")), (CUSTOM, &printable("Client  One"))]);
    all_match(
        &subject,
        &[
            "1.2.3.4=Client  One,O=Example  Inc",
            "1.2.3.4=Client  One,O=EXAMPLE INC",
            "1.2.3.4=Client  One,O=\\ example   inc\\ ",
            "1.2.3.4=Client  One,O=#0c0b6578616d706c6520496e63",
            "1.2.3.4 = Client  One , O = Example Inc ",
        ],
    );
    none_matches(
        &subject,
        &[
            "1.2.3.4=client  One,O=Example  Inc",
            "1.2.3.4=Client One,O=Example  Inc",
            "1.2.3.4=\\ Client  One,O=Example  Inc",
            "1.2.3.4=Client  One\\ ,O=Example  Inc",
            "1.2.3.4=Client  One,O=ExampleInc",
        ],
    );
}

#[test]
fn spaces_around_separators_are_ignored() {
    let subject = sequence(&[
        &set(&[&attribute(O, &utf8("b"))]),
        &set(&[&attribute(CN, &utf8("a")), &attribute(CUSTOM, &utf8("c"))]),
    ]);
    all_match(&subject, &["CN=a+1.2.3.4=c,O=b", " CN = a + 1.2.3.4 = c , O = b ", "1.2.3.4=c  +  CN=a  ,  O=b"]);
    let spaces = name(&[(CUSTOM, &utf8(" a "))]);
    all_match(&spaces, &["1.2.3.4=\\ a\\ ", "1.2.3.4= \\ a\\  ", "1.2.3.4=\\20a\\20"]);
    none_matches(&spaces, &["1.2.3.4= a ", "1.2.3.4=a", "1.2.3.4=\\ a", "1.2.3.4=\\ a\\ \\ "]);
    let backslash = name(&[(CUSTOM, &utf8("a\\"))]);
    all_match(&backslash, &["1.2.3.4=a\\\\", "1.2.3.4=a\\\\ "]);
    none_matches(&backslash, &["1.2.3.4=a\\\\\\ "]);
}

#[test]
fn attributes_of_an_rdn_may_be_in_any_order() {
    let subject = |values: &[(&str, &str)]| {
        let attributes: Vec<_> = values.iter().map(|(dotted, text)| attribute(dotted, &utf8(text))).collect();
        sequence(&[&set(&attributes.iter().map(|attribute| &attribute[..]).collect::<Vec<_>>())])
    };
    let three = subject(&[(CN, "a"), (O, "b"), (C, "DE")]);
    all_match(&three, &["CN=a+O=b+C=DE", "C=DE+O=b+CN=a", "O=b+CN=a+C=DE"]);
    none_matches(&three, &["CN=a+O=b", "CN=a+O=b+C=DE+C=DE", "CN=a+O=b+O=b", "CN=a+O=a+C=DE", "CN=a+O=b+CN=a"]);
    let twice = subject(&[(CN, "a"), (CN, "a"), (CN, "b")]);
    all_match(&twice, &["CN=a+CN=b+CN=a", "CN=a+CN=a+CN=B"]);
    none_matches(&twice, &["CN=a+CN=b+CN=b", "CN=a+CN=b", "CN=a+CN=a+CN=a"]);
}

#[test]
fn an_empty_subject_matches_nothing() {
    assert_eq!(DistinguishedName::parse("").unwrap_err(), Error::DistinguishedNameMalformed);
    let der = certificate(&sequence(&[]));
    let subject = Certificate::from_der(&der).unwrap().subject();
    assert!(subject.is_empty());
    assert_eq!(subject.to_string(), "");
    none_matches(&sequence(&[]), &["CN=", "CN=a"]);
}

#[test]
fn malformed_strings_are_rejected() {
    for text in [
        "",
        " ",
        ",",
        "+",
        "=",
        "CN",
        "=a",
        "CN=a,",
        ",CN=a",
        "CN=a,,O=b",
        "CN=a+",
        "+CN=a",
        "CN=a++O=b",
        "CN=a;O=b",
        "CN=\"a\"",
        "CN=a\"",
        "CN=<a>",
        "CN=a\0",
        "CN=a\\",
        "CN=a\\x",
        "CN=a\\4",
        "CN=a\\4,O=b",
        "CN=a\\ä",
        "CN=\\00",
        "CN=\\C4",
        "CN=\\C4a",
        "CN=\\C4\\41",
        "CN=\\8D",
        "CN=\\C0\\80",
        "CN=\\ED\\A0\\80",
        "CN=\\F4\\90\\80\\80",
        "CN=\\FF",
        "CN=#",
        "CN=#0",
        "CN=#0c",
        "CN=#0c0161 62",
        "CN=#0c0261",
        "CN=#0c016161",
        "CN=#0c01ff",
        "CN=#0c0100",
        "CN=#0cg161",
        "CN=#2c030c0161",
        "CN=#3080",
        "CN=#0c810161",
        "CN=#ä",
        "C N=a",
        "C_N=a",
        "1CN=a",
        "-CN=a",
        "CÑ=a",
        "1=a",
        "2.5.4.=a",
        "02.5.4.3=a",
        "2.05.4.3=a",
        "3.5.4.3=a",
        "1.40=a",
        "OID.=a",
        "OID.CN=a",
        "CN\\==a",
        "\tCN=a",
        "CN=a,\nO=b",
    ] {
        assert_eq!(DistinguishedName::parse(text).unwrap_err(), Error::DistinguishedNameMalformed, "{text:?}");
    }
}

#[test]
fn unknown_short_names_are_rejected() {
    for text in ["X=a", "OIDa=a", "S=a", "CN=a,NICKNAME=b", "CN=a+x-y=b"] {
        assert_eq!(DistinguishedName::parse(text).unwrap_err(), Error::AttributeTypeUnknown, "{text}");
    }
    assert!(DistinguishedName::parse("1.2.3=a").is_ok());
}

#[test]
fn strings_have_a_maximum_length_and_number_of_parts() {
    let long = |length: usize| DistinguishedName::parse(&format!("CN={}", "a".repeat(length - 3))).map(|_| ());
    assert_eq!(long(limits::DISTINGUISHED_NAME_LEN), Ok(()));
    assert_eq!(long(limits::DISTINGUISHED_NAME_LEN + 1), Err(Error::DistinguishedNameTooLong));
    let many = |count, separator| DistinguishedName::parse(&vec!["CN=a"; count].join(separator)).map(|_| ());
    assert_eq!(many(limits::NAME_RDNS, ","), Ok(()));
    assert_eq!(many(limits::NAME_RDNS + 1, ","), Err(Error::DistinguishedNameTooLong));
    assert_eq!(many(limits::RDN_ATTRIBUTES, "+"), Ok(()));
    assert_eq!(many(limits::RDN_ATTRIBUTES + 1, "+"), Err(Error::DistinguishedNameTooLong));
    // The longest encoding that fits is decoded completely.
    let octets = limits::DISTINGUISHED_NAME_LEN / 2 - 6;
    let hexadecimal = format!("CN=#0c82{octets:04x}{}", "61".repeat(octets));
    assert!(matches(&name(&[(CN, &utf8(&"a".repeat(octets)))]), &hexadecimal));
}

#[test]
fn names_are_written_in_rfc_4514_form() {
    let written = |subject: &[u8]| Certificate::from_der(&certificate(subject)).unwrap().subject().to_string();
    let two = [attribute("2.5.4.11", &utf8("Sales")), attribute(CN, &utf8("J.  Smith"))];
    let dc = |text: &str| set(&[&attribute("0.9.2342.19200300.100.1.25", &value(0x16, text.as_bytes()))]);
    let subject = sequence(&[&dc("net"), &dc("example"), &set(&[&two[0], &two[1]])]);
    assert_eq!(written(&subject), "OU=Sales+CN=J.  Smith,DC=example,DC=net");
    assert_eq!(
        written(&name(&[(CN, &utf8(" #a, \"b\" + c\\ = <d>; "))])),
        "CN=\\ #a\\, \\\"b\\\" \\+ c\\\\ = \\<d\\>\\;\\ "
    );
    assert_eq!(written(&name(&[(CN, &utf8("#a"))])), "CN=\\#a");
    assert_eq!(written(&name(&[(CN, &utf8(" "))])), "CN=\\ ");
    assert_eq!(written(&name(&[(CN, &utf8("a\r\nb\u{85}\u{1b}[0m"))])), "CN=a\\0D\\0Ab\\C2\\85\\1B[0m");
    assert_eq!(written(&name(&[(CUSTOM, &utf8("hi"))])), "1.2.3.4=#0c026869");
    assert_eq!(written(&name(&[("2.5.4.45", &[0x03, 0x02, 0x00, 0xAA])])), "x500UniqueIdentifier=#030200aa");
    assert_eq!(written(&name(&[(CN, &value(0x14, b"\xEB"))])), "CN=#1401eb");
    assert_eq!(written(&name(&[(CN, &[0x1E, 0x04, 0x01, 0x7B, 0x20, 0xAC])])), "CN=Ż€");
}

proptest! {
    /// A name matches its string.
    #[test]
    fn a_written_name_matches(texts in prop::collection::vec((0..4usize, "[^\0]{0,12}"), 1..6)) {
        let attributes: Vec<_> = texts.iter().map(|(index, text)| ([CN, O, C, CUSTOM][*index], utf8(text))).collect();
        let subject = name(&attributes.iter().map(|(dotted, value)| (*dotted, &value[..])).collect::<Vec<_>>());
        let der = certificate(&subject);
        let subject = Certificate::from_der(&der).unwrap().subject();
        let written = subject.to_string();
        prop_assert!(subject.matches(&DistinguishedName::parse(&written).unwrap()), "{written}");
    }

    /// No text makes the reader panic.
    #[test]
    fn any_text_is_read_or_rejected(text in "(CN|O|1\\.2\\.3)?[=,+]?(\\PC|[=,+#\\\\ 0-9a-f]){0,20}") {
        if let Ok(name) = DistinguishedName::parse(&text) {
            let der = certificate(&common_name("a"));
            let _ = Certificate::from_der(&der).unwrap().subject().matches(&name);
        }
    }
}
