//! `certbound thumbprint`, and files with any content.

mod support;

use base64ct::{Base64, Encoding};
use certbound::{Thumbprint, limits};
use support::{Files, client_certificate, pem, run, run_with_input};

#[test]
fn a_thumbprint_is_43_characters_and_a_newline() {
    let files = Files::new();
    let der = client_certificate();
    let expected = format!("{}\n", Thumbprint::of_der(&der));
    assert_eq!(expected.len(), 44);
    let block = pem("CERTIFICATE", &der, "\n");
    let key = pem("PRIVATE KEY", b"not a key at all", "\n");
    let broken_key = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n????\n-----END RSA PRIVATE KEY-----\n";
    for content in [
        der.clone(),
        block.clone().into_bytes(),
        block.trim_end().as_bytes().to_vec(),
        pem("CERTIFICATE", &der, "\r\n").into_bytes(),
        format!("Bag Attributes\n  localKeyID: 01\n0 s:CN=ü\n{block}").into_bytes(),
        format!("0\u{80}\n{block}").into_bytes(),
        format!("\u{feff}\n{block}").into_bytes(),
        [b"0\xff\xfe text \0\n", block.as_bytes()].concat(),
        format!("{block}{}", pem("CERTIFICATE", &client_certificate(), "\n")).into_bytes(),
        format!("{block}-----BEGIN CERTIFICATE-----\n????").into_bytes(),
        format!("{key}{broken_key}{block}").into_bytes(),
        block.lines().map(|line| format!("    {line}  \n")).collect::<String>().into_bytes(),
    ] {
        let file = files.write("client", &content);
        assert_eq!(run(&["thumbprint", &file]).accepted(), expected);
        assert_eq!(run_with_input(&["thumbprint", "-"], &content).accepted(), expected);
    }
}

#[test]
fn rfc_8705s_own_certificate_has_its_thumbprint() {
    let certificate = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/rfc8705/certificate.der");
    assert_eq!(run(&["thumbprint", certificate]).accepted(), "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0\n");
}

/// The thumbprint in hexadecimal digits, as Envoy writes it.
fn hash_of(der: &[u8]) -> String {
    Thumbprint::of_der(der).as_sha256().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_forwarded_certificate_is_read_in_each_format() {
    let der = client_certificate();
    let expected = format!("{}\n", Thumbprint::of_der(&der));
    let base64 = Base64::encode_string(&der);
    let hash = hash_of(&der);
    let lines = pem("CERTIFICATE", &der, "\n");
    let escaped = lines.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B");
    for (format, value) in [
        ("rfc9440", format!(":{base64}:")),
        ("xfcc", format!("By=spiffe://a/b;Hash={hash};Subject=\"CN=a\"")),
        ("xfcc", format!("Hash={hash};Cert=\"{escaped}\"")),
        ("pem", escaped.clone()),
        ("pem", lines.replace('\n', " ")),
        ("pem", lines),
        ("base64", format!("{base64},{base64}")),
        ("base64", base64.clone()),
    ] {
        assert_eq!(run(&["thumbprint", "--forwarded", format, &value]).accepted(), expected, "{value}");
        let from_input = |input: &str| run_with_input(&["thumbprint", "--forwarded", format, "-"], input.as_bytes());
        assert_eq!(from_input(&value).accepted(), expected, "{value}");
        assert_eq!(from_input(&format!("{value}\n")).accepted(), expected, "{value}");
        assert_eq!(from_input(&format!("{value}\r\n")).accepted(), expected, "{value}");
    }
    let after = run(&["thumbprint", &escaped, "--forwarded", "pem"]);
    assert_eq!(after.accepted(), expected);
}

#[test]
fn values_without_exactly_one_certificate_are_rejected() {
    let der = client_certificate();
    let base64 = Base64::encode_string(&der);
    let read = |format: &str, value: &str| run(&["thumbprint", "--forwarded", format, value]);
    read("rfc9440", "").rejected("forwarded_missing");
    run_with_input(&["thumbprint", "--forwarded", "pem", "-"], b"\n").rejected("forwarded_missing");
    read("rfc9440", &format!(":{base64}:, :{base64}:")).rejected("forwarded_ambiguous");
    read("xfcc", "By=spiffe://a/b").rejected("forwarded_incomplete");
    read("xfcc", "Hash").rejected("forwarded_xfcc_malformed");
    read("base64", "Zm9vYmFy").rejected("der_malformed");
    let words = read("rfc9440", &base64).rejected("forwarded_rfc9440_malformed");
    assert!(words.contains("its format is base64"), "{words}");
    let words = read("pem", "(null)").rejected("forwarded_pem_malformed");
    assert!(!words.contains("its format is"), "{words}");

    let start = format!("Hash={};URI=", hash_of(&der));
    let long = |length: usize| start.clone() + &"b".repeat(length - start.len());
    let from_input = |value: String| run_with_input(&["thumbprint", "--forwarded", "xfcc", "-"], value.as_bytes());
    from_input(long(limits::FORWARDED_LEN)).accepted();
    from_input(long(limits::FORWARDED_LEN) + "\r\n").accepted();
    from_input(long(limits::FORWARDED_LEN + 1)).rejected("forwarded_too_long");
    from_input(long(limits::FORWARDED_LEN * 2)).rejected("forwarded_too_long");
}

#[test]
fn wrong_usage_of_forwarded_is_no_verdict() {
    for arguments in [
        &["thumbprint", "--forwarded", "pem"][..],
        &["thumbprint", "--forwarded", "der", "a"],
        &["thumbprint", "--forwarded", "PEM", "a"],
        &["thumbprint", "--forwarded"],
        &["thumbprint", "--forwarded", "pem", "a", "b"],
        &["thumbprint", "--forwarded", "pem", "--forwarded", "xfcc", "a"],
        &["thumbprint", "--forwarded", "pem", "--help"],
    ] {
        let outcome = run(arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(outcome.stderr.starts_with("error: "), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn files_that_are_not_certificates_are_recognized() {
    let files = Files::new();
    let der = client_certificate();
    let block = pem("CERTIFICATE", &der, "\n");
    let secret = "TUlJRXZRSUJBREFOQmdrcWhraUc5dzBCQVFFRkFBU0NCS2N3Z2dTakFnRUFBb0lCQVFD";
    for (content, words) in [
        (vec![], "it is empty"),
        (b"hello".to_vec(), "neither PEM nor DER"),
        (vec![0x30], "neither PEM nor DER"),
        (vec![0x30, 0x82, 1, 0], "der_malformed"),
        ([&der[..], b"\n"].concat(), "der_trailing_bytes"),
        ([&der[..], &der[..]].concat(), "der_trailing_bytes"),
        (der[..100].to_vec(), "der_malformed"),
        (pem("TRUSTED CERTIFICATE", &der, "\n").into_bytes(), "PEM with \"TRUSTED CERTIFICATE\""),
        (pem("X509 CERTIFICATE", &der, "\n").into_bytes(), "PEM with \"X509 CERTIFICATE\""),
        (
            format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n").into_bytes(),
            "PEM with \"PRIVATE KEY\"",
        ),
        (format!("-----BEGIN CERTIFICATE-----\n?{secret}\n-----END CERTIFICATE-----\n").into_bytes(), "not base64"),
        (format!("-----BEGIN CERTIFICATE-----\n{secret}").into_bytes(), "is truncated"),
        (format!("-----BEGIN CERTIFICATE-----\n{block}").into_bytes(), "is truncated"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n".to_vec(), "der_malformed"),
        (block.replace("CERTIFICATE-----", "\u{1b}[2J-----").into_bytes(), "PEM with \"\\u001b[2J\""),
        (block.encode_utf16().flat_map(u16::to_le_bytes).collect(), "neither PEM nor DER"),
        ([0xff, 0xfe].into_iter().chain(block.encode_utf16().flat_map(u16::to_le_bytes)).collect(), "UTF-16"),
        (vec![b'-'; 2_000_000], "more than 1048576 bytes"),
    ] {
        let file = files.write("bad", &content);
        let message = run(&["thumbprint", &file]).unusable();
        assert!(message.contains(words) && message.contains(&file), "{words} is not in {message}");
        assert!(!message.contains(secret.get(..10).unwrap()), "{message}");
    }
}

#[test]
fn unreadable_files_are_reported() {
    let files = Files::new();
    let directory = files.path(".");
    let missing = files.path("missing");
    let cert = files.write("client.der", client_certificate());
    for (file, words) in [(&directory, "this is a directory"), (&missing, "No such file")] {
        for arguments in [
            &["thumbprint", file][..],
            &["keys", file],
            &["verify", "--jwks", file, "--issuer", "a", "--audience", "b", "x"],
            &["introspection", "--cert", file, "-"],
            &["introspection", "--cert", &cert, file],
            &["client-auth", "--metadata", file, "--cert", &cert],
        ] {
            let message = run(arguments).unusable();
            assert!(message.contains(words) && message.contains(file), "{message}");
        }
    }
}

#[cfg(unix)]
#[test]
fn endless_devices_are_read_up_to_a_limit() {
    for device in ["/dev/zero", "/dev/urandom"] {
        for arguments in
            [&["thumbprint", device][..], &["keys", device], &["client-auth", "--metadata", device, "--cert", "x"]]
        {
            run(arguments).unusable();
        }
    }
    run(&["thumbprint", "/dev/null"]).unusable();
}

#[test]
fn every_command_handles_arbitrary_bytes() {
    let files = Files::new();
    let der = client_certificate();
    let cert = files.write("client.der", &der);
    let block = pem("CERTIFICATE", &der, "\n");
    let metadata = r#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=client"}"#;
    let mut state: u32 = 11;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        usize::try_from(state >> 8).unwrap() % bound
    };
    for round in 0..40 {
        let mut content = [&der[..], block.as_bytes(), metadata.as_bytes(), &[0; 50]][round % 4].to_vec();
        for _ in 0..=next(4) {
            let place = next(content.len());
            content[place] = u8::try_from(next(256)).unwrap();
        }
        content.truncate(if round % 3 == 0 { next(content.len()) } else { content.len() });
        let file = files.write("bytes", &content);
        for arguments in [
            &["thumbprint", &file][..],
            &["keys", &file],
            &["introspection", "--cert", &cert, &file],
            &["introspection", "--cert", &file, &file],
            &["client-auth", "--metadata", &file, "--cert", &cert],
            &["inspect", "-"],
        ] {
            let outcome = run_with_input(arguments, &content);
            assert!(matches!(outcome.code, Some(0..=2)), "{outcome:?}");
        }
    }
}
