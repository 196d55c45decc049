//! An accepted value has the certificate that a lenient reader finds in it, which is read back from every format; another
//! certificate beside it makes it ambiguous. By pointers the verdict is that of the Rust API.
#![no_main]

use base64ct::{Base64, Encoding};
use certbound::{Certificate, Error, ForwardedFormat, Thumbprint, forwarded_scratch_len};
use certbound_ffi::{certbound_status::CERTBOUND_OK, *};

libfuzzer_sys::fuzz_target!(|value: &[u8]| {
    for format in ForwardedFormat::ALL {
        let verdict = read(*format, value);
        assert_eq!(read_by_pointers(*format, value), verdict.map(|thumbprint| *thumbprint.as_sha256()));
        let Ok(thumbprint) = verdict else { continue };
        let text = String::from_utf8_lossy(value);
        let (hash, der) = match format {
            ForwardedFormat::Rfc9440 => (None, base64(text.trim_matches(':'))),
            ForwardedFormat::Base64 => (None, base64(&percent_decode(text.split(',').next().unwrap()))),
            ForwardedFormat::Pem => (None, pem(&text)),
            _ => (
                xfcc(&text, "hash").map(|hash| Thumbprint::from_hex(&hash).unwrap()),
                xfcc(&text, "cert").and_then(|cert| pem(&cert)),
            ),
        };
        assert!(hash.is_some() || der.is_some());
        assert!(hash.is_none_or(|hash| hash.matches(&thumbprint)));
        if *format == ForwardedFormat::Xfcc {
            let key = if hash.is_some() { "hash" } else { "CERT" };
            for other in [format!(";{key}=00"), ",By=".to_owned()] {
                let both = [value, other.as_bytes()].concat();
                assert_eq!(read(*format, &both).unwrap_err(), Error::ForwardedAmbiguous);
            }
        }
        let Some(der) = der else { continue };
        assert_eq!(Certificate::from_der(&der).unwrap().thumbprint().as_sha256(), thumbprint.as_sha256());
        for (format, value) in written(&der) {
            assert!(read(format, value.as_bytes()).unwrap().matches(&thumbprint), "{value}");
        }
    }
});

fn read(format: ForwardedFormat, value: &[u8]) -> Result<Thumbprint, Error> {
    Thumbprint::from_forwarded(format, value, &mut vec![0; forwarded_scratch_len(value.len())])
}

/// The C verdict, as an error of the core.
fn read_by_pointers(format: ForwardedFormat, value: &[u8]) -> Result<[u8; 32], Error> {
    let (mut number, mut sha256) = (0, [0xa5; 32]);
    let mut scratch = vec![0xa5_u8; certbound_forwarded_scratch_len(value.len())];
    let name = format.name();
    let (scratch_start, scratch_len) = (scratch.as_mut_ptr().cast(), scratch.len());
    let (start, output) = (value.as_ptr().cast(), sha256.as_mut_ptr());
    let status = unsafe {
        assert_eq!(certbound_forwarded_from_name(name.as_ptr().cast(), name.len(), &raw mut number), CERTBOUND_OK);
        certbound_thumbprint_from_forwarded(number, start, value.len(), scratch_start, scratch_len, output)
    };
    if status == CERTBOUND_OK {
        return Ok(sha256);
    }
    assert_eq!(sha256, [0xa5; 32]);
    Err(*Error::ALL.iter().find(|error| u32::from(error.code()) == status as u32).unwrap())
}

/// The certificate in each format.
fn written(der: &[u8]) -> [(ForwardedFormat, String); 4] {
    let base64 = Base64::encode_string(der);
    let pem = format!("-----BEGIN%20CERTIFICATE-----%0A{}%0A-----END CERTIFICATE-----", base64.replace('+', "%2b"));
    [
        (ForwardedFormat::Rfc9440, format!(":{base64}:")),
        (ForwardedFormat::Xfcc, format!("URI=a;Cert=\"{pem}\"")),
        (ForwardedFormat::Pem, pem),
        (ForwardedFormat::Base64, base64),
    ]
}

fn base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(&text.split_whitespace().collect::<String>()).ok()
}

/// What is between the first two lines with hyphens.
fn pem(text: &str) -> Option<Vec<u8>> {
    base64(percent_decode(text).split("-----").nth(2)?)
}

fn percent_decode(text: &str) -> String {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap().to_owned();
    pieces.fold(first, |decoded, piece| {
        let byte = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap();
        decoded + &char::from(byte).to_string() + &piece[2..]
    })
}

/// The value of a key, with its quotes removed and its escapes kept.
fn xfcc(text: &str, key: &str) -> Option<String> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let mut pairs = text.split(|character| {
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = character == '\\' && is_quoted && !is_escaped;
        character == ';' && !is_quoted
    });
    pairs.find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.eq_ignore_ascii_case(key).then(|| value.trim_matches('"').to_owned())
    })
}
