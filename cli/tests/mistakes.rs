//! The wrong kind of file: the message says what it is, and what was expected.

mod support;

use support::{Files, Issuer, Outcome, World, base64url, client_certificate, pem, run, run_with_input};

/// The secret part of every private key in these tests, in DER and PEM. No message may contain it.
const SECRET: &[u8] = b"0123456789abcdefghijklmnopqrstuv";

/// A DER value of less than 64 KiB.
fn der(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let length = u16::try_from(contents.len()).unwrap();
    let mut value = match u8::try_from(length) {
        Ok(length @ ..=0x7f) => vec![tag, length],
        Ok(length) => vec![tag, 0x81, length],
        Err(_) => [&[tag, 0x82][..], &length.to_be_bytes()].concat(),
    };
    value.extend(contents);
    value
}

fn integer(octet: u8) -> Vec<u8> {
    der(0x02, &[&[octet]])
}

/// PEM labels and DER of private keys, each containing [`SECRET`].
fn private_keys() -> [(&'static str, Vec<u8>); 5] {
    let algorithm = der(0x30, &[&der(0x06, &[&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]])]);
    let secret = der(0x04, &[SECRET]);
    let numbers: Vec<_> = std::iter::repeat_n(der(0x02, &[SECRET, &[1; 100]]), 8).collect();
    let numbers = numbers.concat();
    [
        ("PRIVATE KEY", der(0x30, &[&integer(0), &algorithm, &secret])),
        ("PRIVATE KEY", der(0x30, &[&integer(0), &algorithm, &der(0x04, &[SECRET, &[1; 1000]])])),
        ("EC PRIVATE KEY", der(0x30, &[&integer(1), &secret])),
        ("RSA PRIVATE KEY", der(0x30, &[&integer(0), &numbers])),
        ("ENCRYPTED PRIVATE KEY", der(0x30, &[&algorithm, &secret])),
    ]
}

/// Files of other kinds, and their descriptions in messages.
fn others() -> Vec<(Vec<u8>, &'static str)> {
    let key = rcgen::KeyPair::generate().unwrap();
    let public_key = rcgen::PublicKeyData::subject_public_key_info(&key);
    let parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
    let request = parameters.serialize_request(&key).unwrap().der().to_vec();
    let list = revocation_list();
    let jwt = Issuer::new().sign(support::HEADER, &support::claims(b""));
    let html = "<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>";
    let utf_16 = [0xff, 0xfe].into_iter().chain("{}".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    vec![
        (pem("PUBLIC KEY", &public_key, "\n").into_bytes(), "it is a public key (PEM with \"PUBLIC KEY\")"),
        (public_key, "it is a public key (DER)"),
        (pem("CERTIFICATE REQUEST", &request, "\n").into_bytes(), "it is a certificate signing request (PEM"),
        (request, "it is a certificate signing request (DER)"),
        (pem("X509 CRL", &list, "\n").into_bytes(), "it is a certificate revocation list (PEM"),
        (list, "it is a certificate revocation list (DER)"),
        (der(0x30, &[&integer(3), &integer(3)]), "it is a public key, PKCS #1 (DER)"),
        (der(0x30, &[&integer(3), &der(0x30, &[]), &der(0x30, &[])]), "it is a PKCS #12 file, from which openssl"),
        (der(0x30, &[&der(0x06, &[&[0x2a]]), &der(0xa0, &[])]), "it is PKCS #7 or CMS (DER)"),
        (pem("PKCS7", b"", "\n").into_bytes(), "it is PKCS #7 or CMS (PEM with \"PKCS7\")"),
        (jwt.clone().into_bytes(), "it is a JWT;"),
        (format!("{jwt}\n").into_bytes(), "it is a JWT;"),
        (format!("Bearer {jwt}").into_bytes(), "it is a JWT;"),
        (format!("\"{jwt}\"\n").into_bytes(), "it is a JWT in quotes;"),
        (format!("{}.a.b.c.d", base64url(br#"{"enc":"A128GCM"}"#)).into_bytes(), "it is an encrypted JWT (JWE);"),
        (html.as_bytes().to_vec(), "it is an HTML page;"),
        (format!("\u{feff}\r\n {html}").into_bytes(), "it is an HTML page;"),
        (b"<?xml version=\"1.0\"?>".to_vec(), "it is HTML or XML;"),
        (b"ssh-ed25519 AAAA a@b".to_vec(), "it is an OpenSSH public key;"),
        (utf_16, "it is UTF-16 text (save it as UTF-8);"),
        (vec![0x1f, 0x8b, 8, 0], "it is compressed (gzip);"),
        (vec![], "it is empty;"),
        (b"[]\n".to_vec(), "it is a JSON array;"),
        (b"\"text\"".to_vec(), "it is a JSON string;"),
        (b"null\n".to_vec(), "it is null, as jq prints for a missing member;"),
        (br#"{"access_token": "x", "token_type": "Bearer"}"#.to_vec(), "it is a token response"),
        (br#"{"error": "invalid_client"}"#.to_vec(), "it is an error response (error is \"invalid_client\");"),
        (
            br#"{"issuer": "https://as.example", "jwks_uri": "https://as.example/jwks"}"#.to_vec(),
            "it is an authorization server's metadata, whose jwks_uri is \"https://as.example/jwks\";",
        ),
    ]
}

fn revocation_list() -> Vec<u8> {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new([]).unwrap();
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::CrlSign];
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = rcgen::Issuer::new(parameters, key);
    let list = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 1, 1),
        next_update: rcgen::date_time_ymd(2027, 1, 1),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    list.signed_by(&issuer).unwrap().der().to_vec()
}

/// One command for each of the four kinds of files.
struct Commands(World);

impl Commands {
    fn certificate(&self, file: &str) -> Outcome {
        run(&["thumbprint", file])
    }

    fn key_set(&self, file: &str) -> Outcome {
        let token = self.0.token();
        let verify = ["verify", "--jwks", file, "--issuer", "a", "--audience", "b", "--cert", &self.0.cert, &token];
        let (verify, keys) = (run(&verify), run(&["keys", file]));
        assert_eq!((verify.code, &verify.stderr), (keys.code, &keys.stderr));
        verify
    }

    fn client_metadata(&self, file: &str) -> Outcome {
        run(&["client-auth", "--metadata", file, "--cert", &self.0.cert])
    }

    /// A bad response is rejected, with exit code 1, because it is the subject of the verdict.
    fn introspection(&self, file: &str) -> Outcome {
        let outcome = run(&["introspection", "--cert", &self.0.cert, file]);
        assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
        assert!(outcome.stderr.starts_with("rejected: "), "{}", outcome.stderr);
        Outcome { code: Some(2), stderr: outcome.stderr.replacen("rejected: ", "error: ", 1), ..outcome }
    }

    fn all(&self, file: &str) -> [(String, &'static str); 4] {
        [
            (self.certificate(file), "expected a certificate, DER or PEM with a BEGIN CERTIFICATE block"),
            (self.key_set(file), "expected a JWK Set"),
            (self.client_metadata(file), "expected client metadata"),
            (self.introspection(file), "expected an introspection response"),
        ]
        .map(|(outcome, expected)| (outcome.unusable(), expected))
    }
}

fn assert_secret_is_kept(message: &str) {
    let (text, encoded) = (String::from_utf8(SECRET.to_vec()).unwrap(), base64url(SECRET));
    for part in [&text[..8], &text[20..28], &encoded[..8], &encoded[20..28]] {
        assert!(!message.contains(part), "{message}");
    }
}

#[test]
fn a_private_key_is_recognized_and_not_shown() {
    let commands = Commands(World::new());
    for (label, der) in private_keys() {
        let block = pem(label, &der, "\n");
        let parameters = pem("EC PARAMETERS", b"x", "\n");
        let quoted = format!("(PEM with \"{label}\")");
        for (content, words) in [
            (der.clone(), "(DER)"),
            ([&der[..], b"\n"].concat(), "(DER)"),
            (block.clone().into_bytes(), &quoted),
            (pem(label, &der, "\r\n").into_bytes(), &quoted),
            (format!("\u{feff}{block}").into_bytes(), &quoted),
            (format!("Bag Attributes: <No Attributes>\n{block}").into_bytes(), &quoted),
            (format!("{parameters}{block}").into_bytes(), label),
        ] {
            let file = commands.0.files.write("key", &content);
            for (message, expected) in commands.all(&file) {
                assert!(
                    message.contains("it is a private key") && message.contains(words),
                    "{label}, {words}: {message}"
                );
                assert!(message.contains(expected), "{message}");
                assert_secret_is_kept(&message);
            }
            let message = run_with_input(&["inspect", "-"], &content).stderr;
            assert!(message.contains("it is a private key"), "{message}");
            assert_secret_is_kept(&message);
        }
        // Also if the label says that it is a certificate.
        let file = commands.0.files.write("key", pem("CERTIFICATE", &der, "\n"));
        let message = commands.certificate(&file).unusable();
        assert!(message.contains("it is a private key"), "{message}");
        assert_secret_is_kept(&message);
    }
    let jwk = Issuer::new().jwk().replace('}', &format!(r#", "d": "{}"}}"#, base64url(SECRET)));
    let message = commands.certificate(&commands.0.files.write("key.json", jwk)).unusable();
    assert!(message.contains("it is a private key (JWK);"), "{message}");
    assert_secret_is_kept(&message);
}

#[test]
fn a_file_of_another_kind_is_recognized() {
    let commands = Commands(World::new());
    for (content, words) in others() {
        let file = commands.0.files.write("other", &content);
        for (message, expected) in commands.all(&file) {
            assert!(message.contains(words) && message.contains(expected), "{words}: {message}");
        }
    }
}

#[test]
fn the_four_kinds_of_files_are_distinguished() {
    let commands = Commands(World::new());
    let write = |name: &str, content: &str| commands.0.files.write(name, content);
    let der = commands.0.files.write("client.der", &commands.0.certificate);
    let metadata = r#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "client.example"}"#;
    let response = format!(
        r#"{{"active": true, "cnf": {{"x5t#S256": "{}"}}}}"#,
        certbound::Thumbprint::of_der(&commands.0.certificate)
    );
    let files = [
        (commands.0.cert.clone(), "it is a certificate (PEM with \"CERTIFICATE\");"),
        (commands.0.jwks.clone(), "it is a JWK Set;"),
        (write("client.json", metadata), "it is a client's metadata;"),
        (write("response.json", &response), "it is an introspection response;"),
    ];
    commands.certificate(&files[0].0).accepted();
    run(&["keys", &files[1].0]).accepted();
    commands.client_metadata(&files[2].0).accepted();
    run(&["introspection", "--cert", &commands.0.cert, &files[3].0]).accepted();
    for (place, (file, words)) in files.iter().enumerate() {
        for (kind, read) in
            [Commands::certificate, Commands::key_set, Commands::client_metadata, Commands::introspection]
                .into_iter()
                .enumerate()
        {
            if kind != place {
                let message = read(&commands, file).unusable();
                assert!(message.contains(words), "{words} is not in {message}");
            }
        }
    }
    for read in [Commands::key_set, Commands::client_metadata, Commands::introspection] {
        assert!(read(&commands, &der).unusable().contains("it is a certificate (DER);"));
    }
}

/// An error inside a document of the expected kind is reported as such.
#[test]
fn a_document_of_the_expected_kind_is_not_mistaken_for_another() {
    let commands = Commands(World::new());
    let jwk = Issuer::new().jwk();
    let write = |content: &str| commands.0.files.write("right", content);
    for (content, name) in [
        (r#"{"keys": [],}"#, "json_unexpected_byte"),
        (r#"{"keys": [], "active": 1, "active": 2}"#, "json_duplicate_name"),
        ("\u{feff}{\"keys\": []}", "json_unexpected_byte"),
        (&jwk, "key_set_keys_missing"),
        (r#"{"keys": [7], "active": true}"#, "key_set_without_usable_key"),
    ] {
        let message = run_with_input(&["keys", "-"], content.as_bytes()).stderr;
        assert!(message.contains(name) && !message.contains("expected a JWK Set"), "{message}");
    }
    let metadata = r#"{"token_endpoint_auth_method": "none", "active": true, "error": "x", "redirect_uris": []}"#;
    let message = commands.client_metadata(&write(metadata)).unusable();
    assert!(message.contains("token_endpoint_auth_method is \"none\""), "{message}");
    let message = commands.client_metadata(&write(r#"{"redirect_uris": []}"#)).unusable();
    assert!(message.contains("token_endpoint_auth_method is absent"), "{message}");
    let message = commands.introspection(&write(r#"{"client_id": "a"}"#)).unusable();
    assert!(message.contains("the introspection response has no active"), "{message}");
}

#[test]
fn an_argument_that_is_not_a_token_is_recognized() {
    let world = World::new();
    let inspect = |content: &[u8]| run_with_input(&["inspect", "-"], content);
    for (content, words) in [
        (
            &br#"{"access_token": "a.b.c", "token_type": "Bearer"}"#[..],
            "a token response, whose access_token member is the token",
        ),
        (br#"{"sub": "a"}"#, "it is a JSON object;"),
        (world.issuer.jwks().as_bytes(), "it is a JWK Set;"),
        (b"<html><head>", "it is an HTML page;"),
        (pem("CERTIFICATE", &world.certificate, "\n").as_bytes(), "it is a certificate (PEM with \"CERTIFICATE\");"),
        (&world.certificate, "it is a certificate (DER);"),
        (b"null\n", "it is null"),
    ] {
        let message = inspect(content);
        assert_eq!((message.code, message.stdout.as_str()), (Some(1), ""));
        assert!(
            message.stderr.contains(words) && message.stderr.contains("expected a signed JWT"),
            "{words}: {}",
            message.stderr
        );
        assert_eq!(run_with_input(&world.verify_arguments(&["-"]), content).stderr, message.stderr);
    }
    for path in ["token.jwt", "./token", "/tmp/token", "../a.txt", "./token.jwt"] {
        let outcome = world.verify(&[path]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (Some(1), ""));
        let words = outcome.stderr;
        assert!(
            words.contains("it is apparently a file name (to read the token from a file, use: - < FILE)"),
            "{words}"
        );
    }
    assert!(!world.verify(&["ab/cd+ef=="]).rejected("token_not_compact").contains("file"));
}

#[test]
fn a_byte_order_mark_before_pem_does_not_matter() {
    let files = Files::new();
    let certificate = client_certificate();
    let expected = format!("{}\n", certbound::Thumbprint::of_der(&certificate));
    for line_end in ["\n", "\r\n"] {
        let content = format!("\u{feff}{}", pem("CERTIFICATE", &certificate, line_end));
        assert_eq!(run(&["thumbprint", &files.write("bom.pem", content)]).accepted(), expected);
    }
    // Only a single mark at the start is ignored.
    for content in ["\u{feff}\u{feff}", "\u{200b}"] {
        run(&["thumbprint", &files.write("x.pem", format!("{content}{}", pem("CERTIFICATE", &certificate, "\n")))])
            .unusable();
    }
}
