//! Forwarded certificates: what is accepted in each format, and what is rejected.

use base64ct::{Base64, Base64Unpadded, Base64Url, Encoding};
use certbound::{Error, ForwardedFormat, Thumbprint, forwarded_scratch_len, limits};
use proptest::prelude::*;

use crate::{
    certificate_builder::{Parts, common_name},
    support::stages,
};

#[test]
fn values() {
    let parts = parts();
    for stage in stages(include_str!("../vectors/stages/forwarded.txt")) {
        let (format, template) = stage.input.split_once(' ').unwrap_or((stage.input, ""));
        let format = ForwardedFormat::from_name(format).unwrap();
        let verdict = read(format, &fill(template, &parts));
        if let Ok(thumbprint) = verdict {
            assert!(thumbprint.matches(&Thumbprint::of_der(&client())), "{}: {}", stage.shows, stage.input);
        }
        stage.expect(verdict);
    }
}

#[test]
fn a_value_has_at_most_128_kib() {
    let hash = hex(&client());
    let of = |length: usize| {
        let mut value = format!("Hash={hash};URI=").into_bytes();
        value.resize(length, b'a');
        read(ForwardedFormat::Xfcc, &value).map(|_| ())
    };
    assert_eq!(of(limits::FORWARDED_LEN), Ok(()));
    assert_eq!(of(limits::FORWARDED_LEN + 1), Err(Error::ForwardedTooLong));
}

#[test]
fn the_longest_certificate_fits_into_every_format() {
    let shorter = with_subject(&"a".repeat(limits::CERTIFICATE_LEN - 500)).len();
    let certificate = with_subject(&"a".repeat(2 * limits::CERTIFICATE_LEN - 500 - shorter));
    assert_eq!(certificate.len(), limits::CERTIFICATE_LEN);
    for (format, value) in written(&certificate) {
        if value.len() > limits::FORWARDED_LEN {
            // With a chain that is as long.
            assert!(value.contains(','), "{format:?} has {}", value.len());
            continue;
        }
        assert!(read(format, value.as_bytes()).unwrap().matches(&Thumbprint::of_der(&certificate)), "{format:?}");
    }
}

#[test]
fn scratch_memory_for_the_certificate_is_enough() {
    for (format, value) in written(&client()) {
        let with = |length| Thumbprint::from_forwarded(format, value.as_bytes(), &mut vec![0xaa; length]).map(|_| ());
        let needed = (0..=value.len()).find(|length| with(*length) != Err(Error::ScratchTooSmall)).unwrap();
        assert_eq!(with(needed), Ok(()), "{value}");
        assert!(needed <= forwarded_scratch_len(value.len()));
    }
}

#[test]
fn a_changed_value_never_has_the_thumbprint_of_another_certificate() {
    let certificate = client();
    let thumbprint = Thumbprint::of_der(&certificate);
    for (format, value) in written(&certificate) {
        let has_hash = value.contains("Hash=");
        if has_hash && !value.contains("Cert=") {
            // A digit of a Hash alone may have any value.
            continue;
        }
        for place in 0..value.len() {
            for byte in *b"\0\t\n \"%&+,-/0:;=AaBz\\_~\xff" {
                let mut changed = value.clone().into_bytes();
                changed[place] = byte;
                let Ok(read) = read(format, &changed) else { continue };
                // With a Hash it is the same certificate; otherwise it is what any reader of the value would find.
                let expected = if has_hash { thumbprint } else { lenient(format, &changed) };
                assert!(read.matches(&expected), "{}", String::from_utf8_lossy(&changed));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_certificate_is_read_back(subject in "[^\\x00]{1,200}") {
        let certificate = with_subject(&subject);
        for (format, value) in written(&certificate) {
            prop_assert!(read(format, value.as_bytes()).unwrap().matches(&Thumbprint::of_der(&certificate)), "{}", value);
        }
    }

    #[test]
    fn any_value_is_read_or_rejected(value in proptest::collection::vec(any::<u8>(), 0..64)) {
        for format in ForwardedFormat::ALL {
            prop_assert!(read(*format, &value).is_err());
        }
    }
}

fn read(format: ForwardedFormat, value: &[u8]) -> Result<Thumbprint, Error> {
    Thumbprint::from_forwarded(format, value, &mut vec![0; forwarded_scratch_len(value.len())])
}

/// The value as each proxy writes it.
fn written(certificate: &[u8]) -> Vec<(ForwardedFormat, String)> {
    let (base64, lines) = (Base64::encode_string(certificate), lines(certificate));
    let pem = percent_encode(&lines, UNRESERVED);
    vec![
        (ForwardedFormat::Rfc9440, format!(":{base64}:")),
        (ForwardedFormat::Xfcc, format!("By=a;Hash={};Subject=\"CN=a\"", hex(certificate))),
        (ForwardedFormat::Xfcc, format!("Cert=\"{pem}\"")),
        (ForwardedFormat::Xfcc, format!("Hash={};Cert=\"{pem}\"", hex(certificate))),
        (ForwardedFormat::Pem, pem),
        (ForwardedFormat::Pem, percent_encode(&lines, AWS)),
        (ForwardedFormat::Pem, lines.replace('\n', "\n\t")),
        (ForwardedFormat::Base64, percent_encode(&base64, UNRESERVED)),
        (ForwardedFormat::Base64, format!("{base64},{base64}")),
        (ForwardedFormat::Base64, base64),
    ]
}

/// The thumbprint that a reader finds who looks for base64 only.
fn lenient(format: ForwardedFormat, value: &[u8]) -> Thumbprint {
    let value = percent_decode(value);
    let value = std::str::from_utf8(&value).unwrap();
    let base64 = match format {
        ForwardedFormat::Rfc9440 => value.trim_matches(':'),
        ForwardedFormat::Base64 => value.split(',').next().unwrap(),
        _ => value.split("-----").nth(2).unwrap(),
    };
    let base64: String = base64.split_whitespace().collect();
    Thumbprint::of_der(&Base64::decode_vec(&base64).unwrap())
}

/// The client's certificate. Its base64 ends in two equals signs, and has both characters that base64url does not.
fn client() -> Vec<u8> {
    let has_all = |certificate: &Vec<u8>| {
        let base64 = Base64::encode_string(certificate);
        base64.ends_with("==") && base64.contains('+') && base64.contains('/')
    };
    let subjects = (0..6).map(|length| format!("{}client", "~?>".repeat(3) + &"?".repeat(length)));
    subjects.map(|subject| with_subject(&subject)).find(has_all).unwrap()
}

fn with_subject(subject: &str) -> Vec<u8> {
    Parts { subject: common_name(subject), ..Parts::v3() }.encode()
}

/// The words in braces.
fn parts() -> Vec<(&'static str, Vec<u8>)> {
    let (client, other) = (client(), with_subject("another client"));
    let base64 = Base64::encode_string(&client);
    let lines = lines(&client);
    let pem = percent_encode(&lines, UNRESERVED);
    let hash = hex(&client);
    let mut parts: Vec<(&str, Vec<u8>)> = vec![("0xff", vec![0xff])];
    parts.extend(
        [
            ("space", " ".to_owned()),
            ("tab", "\t".to_owned()),
            ("unpadded", Base64Unpadded::encode_string(&client)),
            ("loose", loose(&base64)),
            ("base64url", Base64Url::encode_string(&client)),
            ("both base64", Base64::encode_string(&[client.clone(), other.clone()].concat())),
            ("escaped base64", percent_encode(&base64, UNRESERVED)),
            ("base64", base64),
            ("other base64", Base64::encode_string(&other)),
            ("escaped other base64", percent_encode(&Base64::encode_string(&other), UNRESERVED)),
            ("tabs", lines.trim_end().replace('\n', "\n\t")),
            ("spaces", lines.replace('\n', " ")),
            ("crlf", percent_encode(&lines.replace('\n', "\r\n"), UNRESERVED)),
            ("aws", percent_encode(&lines, AWS)),
            ("everything", percent_encode(&lines, "")),
            ("lower pem", pem.replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d").replace("%0A", "%0a")),
            ("twice encoded pem", percent_encode(&pem, UNRESERVED)),
            ("other pem", percent_encode(&self::lines(&other), UNRESERVED)),
            ("lines", lines),
            ("pem", pem),
            ("short hash", hash[1..].to_owned()),
            ("HASH", hash.to_uppercase()),
            ("hash", hash),
            ("other hash", hex(&other)),
        ]
        .map(|(name, text)| (name, text.into_bytes())),
    );
    parts
}

/// The template with its words in braces replaced.
fn fill(template: &str, parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut pieces = template.split('{');
    let mut value = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        let (name, text) = piece.split_once('}').unwrap();
        let (_, part) = parts.iter().find(|(part, _)| *part == name).unwrap_or_else(|| panic!("no part {name}"));
        value.extend(part);
        value.extend(text.as_bytes());
    }
    value
}

/// PEM, in lines of 64 characters (RFC 7468 §2).
fn lines(certificate: &[u8]) -> String {
    let base64 = Base64::encode_string(certificate);
    let lines: Vec<_> = base64.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// The same bytes with the lowest of the unused bits set.
fn loose(base64: &str) -> String {
    let (characters, last) = base64.trim_end_matches('=').split_at(base64.len() - 3);
    let next = char::from(last.as_bytes()[0] + 1);
    assert!("AQgw".contains(last), "{last}");
    format!("{characters}{next}==")
}

fn percent_encode(text: &str, safe: &str) -> String {
    let encode = |character: char| match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' if !safe.is_empty() => character.to_string(),
        _ if safe.contains(character) => character.to_string(),
        _ => format!("%{:02X}", u32::from(character)),
    };
    text.chars().map(encode).collect()
}

fn percent_decode(value: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| char::from(byte.unwrap()).to_digit(16).unwrap() as u8;
        decoded.push(if byte == b'%' { digit(bytes.next()) << 4 | digit(bytes.next()) } else { byte });
    }
    decoded
}

fn hex(certificate: &[u8]) -> String {
    Thumbprint::of_der(certificate).as_sha256().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What RFC 3986 §2.3 never encodes, besides letters and digits.
const UNRESERVED: &str = "-._~";

/// What an AWS Application Load Balancer does not encode.
const AWS: &str = "-._~+=/";
