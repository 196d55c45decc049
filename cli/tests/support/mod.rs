//! What the tests share: an issuer, a client, a directory for their files, and the built command.
#![allow(dead_code)] // Each test file uses a part of it.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use certbound::Thumbprint;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};

pub(crate) const NOW: &str = "1900000000";
pub(crate) const ISSUER: &str = "https://as.example";
pub(crate) const AUDIENCE: &str = "https://api.example";

/// The result of running the command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    /// Asserts that it accepted, without output on standard error. Returns standard output.
    #[track_caller]
    pub(crate) fn accepted(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{}", self.stdout);
        self.stdout
    }

    /// Asserts that it rejected with this error, without output on standard output. Returns the text after the name.
    #[track_caller]
    pub(crate) fn rejected(self, name: &str) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        let words = self.stderr.strip_prefix(&format!("rejected: {name}: "));
        let words = words.unwrap_or_else(|| panic!("expected {name}, found {}", self.stderr));
        assert_eq!(words.matches('\n').count(), 1);
        assert_eq!(words.matches("; ").count().min(2), 2, "{words}");
        words.to_owned()
    }

    /// Asserts that it could not reach a verdict, without output on standard output. Returns standard error.
    #[track_caller]
    pub(crate) fn unusable(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        self.stderr
    }
}

/// Runs the command with empty standard input.
pub(crate) fn run(arguments: &[&str]) -> Outcome {
    run_with_input(arguments, b"")
}

/// Runs the command, and writes `input` to its standard input.
pub(crate) fn run_with_input(arguments: &[&str], input: &[u8]) -> Outcome {
    let mut child =
        command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The command may exit before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let outcome = Outcome { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains("panicked"), "{text}");
        assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
    }
    outcome
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_certbound"));
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command.args(arguments);
    command
}

/// A temporary directory for one test.
pub(crate) struct Files(PathBuf);

impl Files {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("certbound-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file, and returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An issuer with one P-256 key, `kid` "1".
pub(crate) struct Issuer(EcdsaKeyPair);

impl Issuer {
    pub(crate) fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap())
    }

    pub(crate) fn jwk(&self) -> String {
        let point = self.0.public_key().as_ref();
        let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
        format!(r#"{{"kty": "EC", "crv": "P-256", "kid": "1", "x": "{x}", "y": "{y}"}}"#)
    }

    /// The public key's SubjectPublicKeyInfo (RFC 5480 §2).
    pub(crate) fn public_key_info(&self) -> Vec<u8> {
        let algorithm = b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
        [b"\x30\x59", &algorithm[..], b"\x03\x42\x00", self.0.public_key().as_ref()].concat()
    }

    pub(crate) fn jwks(&self) -> String {
        format!(r#"{{"keys": [{}]}}"#, self.jwk())
    }

    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let signing_input = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
        let signature = self.0.sign(&SystemRandom::new(), signing_input.as_bytes()).unwrap();
        format!("{signing_input}.{}", base64url(signature.as_ref()))
    }
}

pub(crate) const HEADER: &str = r#"{"alg":"ES256","typ":"at+jwt","kid":"1"}"#;

/// Claims that are accepted at [`NOW`] and bound to `certificate`.
pub(crate) fn claims(certificate: &[u8]) -> String {
    let thumbprint = Thumbprint::of_der(certificate);
    format!(
        r#"{{"iss":"{ISSUER}","aud":["https://other.example","{AUDIENCE}"],"exp":1900000060,"sub":"alice","client_id":"a","scope":"read write","cnf":{{"x5t#S256":"{thumbprint}"}}}}"#
    )
}

/// The DER of a client certificate for `CN=client,O=Example\, Inc.` with two alternative names.
pub(crate) fn client_certificate() -> Vec<u8> {
    client_certificate_with_key().0
}

/// Such a certificate, and its key as a JWK.
pub(crate) fn client_certificate_with_key() -> (Vec<u8>, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut parameters = rcgen::CertificateParams::new(["client.example".to_owned(), "192.0.2.1".to_owned()]).unwrap();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters.distinguished_name.push(rcgen::DnType::OrganizationName, "Example, Inc.");
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "client");
    let certificate = parameters.self_signed(&key).unwrap();
    let point = rcgen::PublicKeyData::der_bytes(&key);
    let (x, y) = (base64url(&point[1..33]), base64url(&point[33..]));
    (certificate.der().to_vec(), format!(r#"{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}"#))
}

/// A PEM block with lines of 64 characters.
pub(crate) fn pem(label: &str, der: &[u8], line_end: &str) -> String {
    let encoded = Base64::encode_string(der);
    let mut lines = vec![format!("-----BEGIN {label}-----")];
    lines.extend(encoded.as_bytes().chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()));
    lines.push(format!("-----END {label}-----"));
    lines.push(String::new());
    lines.join(line_end)
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// An issuer's key set, a client's certificate, and tokens for it.
pub(crate) struct World {
    pub(crate) files: Files,
    pub(crate) issuer: Issuer,
    pub(crate) certificate: Vec<u8>,
    pub(crate) jwks: String,
    pub(crate) cert: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let (files, issuer, certificate) = (Files::new(), Issuer::new(), client_certificate());
        let jwks = files.write("jwks.json", issuer.jwks());
        let cert = files.write("client.pem", pem("CERTIFICATE", &certificate, "\n"));
        Self { files, issuer, certificate, jwks, cert }
    }

    pub(crate) fn claims(&self) -> String {
        claims(&self.certificate)
    }

    /// A token that is accepted.
    pub(crate) fn token(&self) -> String {
        self.issuer.sign(HEADER, &self.claims())
    }

    /// Runs `verify` with everything that [`token`](Self::token) needs, and these arguments.
    pub(crate) fn verify(&self, more: &[&str]) -> Outcome {
        run(&self.verify_arguments(more))
    }

    pub(crate) fn verify_arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let mut arguments = vec!["verify", "--jwks", &self.jwks, "--issuer", ISSUER, "--audience", AUDIENCE];
        arguments.extend(["--cert", &self.cert, "--now", NOW]);
        arguments.extend(more);
        arguments
    }
}
