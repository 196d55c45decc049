//! Shared by all contestants: certificates, the issuer's keys, and tokens.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use certbound_host_tests::{
    pki::{Authority, Identity, KeyKind},
    tokens::{Algorithm, Issuer, Token, now, signature, with_signature},
};
use serde_json::Value;
use tempfile::TempDir;

/// The clients, the issuer, and the folder with all files.
pub struct World {
    folder: TempDir,
    client: Identity,
    thief: Identity,
    issuer: Issuer,
}

/// How often tokens repeat.
#[derive(Clone, Copy, Debug)]
pub enum Tokens {
    /// The same token each time.
    One,
    /// Tokens that no cache still holds: [`MANY`] others come before a repetition.
    Many,
}

impl Tokens {
    /// The number of tokens.
    pub fn count(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Many => MANY,
        }
    }

    /// The file with the tokens, one per line.
    pub fn file(self, algorithm: Algorithm) -> String {
        match self {
            Self::One => format!("{}.token", algorithm.name()),
            Self::Many => format!("{}.tokens", algorithm.name()),
        }
    }
}

/// What a contestant may check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// That there is a token of this issuer, for this audience, which has not expired.
    Token,
    /// That the token is bound to the client's certificate.
    Binding,
    /// That the token is an access token, by its `typ`.
    Type,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Self] = &[Self::Token, Self::Binding, Self::Type];
}

/// A request that a contestant must answer correctly.
#[derive(Debug)]
pub struct Probe {
    /// What it shows.
    pub shows: &'static str,
    /// The rule that it breaks; `None` if it is good.
    pub breaks: Option<Rule>,
    /// The token.
    pub token: Option<String>,
    /// The file with the client's certificate.
    pub certificate: &'static str,
}

impl World {
    /// Creates certificates, keys and tokens.
    #[expect(clippy::new_without_default, reason = "it generates keys, which a default should not")]
    pub fn new() -> Self {
        let authority = Authority::new();
        let server = authority.issue_server(&["localhost"]);
        let client = authority.issue_client(KeyKind::Ec, "server-a");
        let thief = authority.issue_client(KeyKind::Ec, "server-c");
        let folder = tempfile::Builder::new().prefix("certbound-bench-").tempdir().unwrap();
        let world = Self { folder, client, thief, issuer: Issuer::new("") };
        let shared = &world;

        world.write("ca.pem", authority.identity().certificate_pem());
        // wrk, curl and HAProxy expect certificate and key in one file.
        for (file, identity) in [("client.pem", &world.client), ("thief.pem", &world.thief), ("both.pem", &server)] {
            world.write(file, identity.certificate_pem().to_owned() + &identity.key_pem());
        }
        world.write("jwks.json", world.issuer.jwks());
        for algorithm in [Algorithm::ES256, Algorithm::RS256] {
            world.write(&key_file(algorithm), world.public_key_pem(algorithm));
        }
        thread::scope(|scope| {
            for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256] {
                scope.spawn(move || shared.write_tokens(algorithm));
            }
        });
        world
    }

    fn write_tokens(&self, algorithm: Algorithm) {
        for tokens in [Tokens::One, Tokens::Many] {
            let lines = (0..tokens.count()).map(|number| self.token(algorithm, number).signed_by(&self.issuer) + "\n");
            self.write(&tokens.file(algorithm), lines.collect::<String>());
        }
    }

    /// A token as RFC 9068 describes it, about 700 characters long with ES256.
    fn token(&self, algorithm: Algorithm, number: u64) -> Token {
        usual(&self.client, algorithm).claim("jti", &format!(r#""5f1c2d8e-40a7-4b6e-9d3b-{number:012x}""#))
    }

    /// The folder with all files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of the file with this name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// The issuer's keys, as a JWK Set.
    pub fn jwks(&self) -> String {
        self.issuer.jwks()
    }

    /// A good token, and tokens that differ from it in one respect.
    pub fn probes(&self, algorithm: Algorithm) -> Vec<Probe> {
        let good = || self.token(algorithm, MANY);
        let token = good().signed_by(&self.issuer);
        let forged = with_signature(&token, &signature(&self.token(algorithm, 0).signed_by(&self.issuer)));
        let probe =
            |shows, breaks, token: String| Probe { shows, breaks, token: Some(token), certificate: "client.pem" };
        let stolen = |shows| Probe { certificate: "thief.pem", ..probe(shows, Some(Rule::Binding), token.clone()) };
        let bad = |shows, rule, token: Token| probe(shows, Some(rule), token.signed_by(&self.issuer));
        vec![
            stolen("a stolen token"),
            probe("a good token", None, token.clone()),
            probe("a good token, seen before", None, token.clone()),
            stolen("a stolen token, seen before"),
            Probe { token: None, ..probe("no token", Some(Rule::Token), String::new()) },
            probe("a forged token", Some(Rule::Token), forged),
            bad("a token bound to another certificate", Rule::Binding, usual(&self.thief, algorithm)),
            bad("a token without cnf", Rule::Binding, good().without_claim("cnf")),
            bad("an expired token", Rule::Token, good().expires_in(-3600)),
            bad("another issuer's token", Rule::Token, good().claim("iss", r#""https://other.example""#)),
            bad("a token for another audience", Rule::Token, good().claim("aud", r#""https://other.example""#)),
            bad("a token of another type", Rule::Type, good().header("typ", r#""JWT""#)),
        ]
    }

    /// The issuer's public key for the rivals, as RFC 5280's `SubjectPublicKeyInfo`: everything but the key itself is constant
    /// for keys of one type and length.
    fn public_key_pem(&self, algorithm: Algorithm) -> String {
        let jwk: Value = serde_json::from_str(&self.issuer.jwk(algorithm)).unwrap();
        let part = |name: &str| Base64UrlUnpadded::decode_vec(jwk[name].as_str().unwrap()).unwrap();
        let der = match algorithm {
            Algorithm::ES256 => [P256_POINT, &part("x"), &part("y")].concat(),
            Algorithm::RS256 => [RSA_2048_MODULUS, &part("n"), RSA_65537].concat(),
            other => panic!("no rival verifies {}", other.name()),
        };
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", Base64::encode_string(&der))
    }
}

/// The file with the public key.
pub fn key_file(algorithm: Algorithm) -> String {
    format!("{}.pem", algorithm.name())
}

fn usual(client: &Identity, algorithm: Algorithm) -> Token {
    Token::bound_to(client)
        .algorithm(algorithm)
        .expires_in(24 * 60 * 60)
        .claim("auth_time", &now().to_string())
        .claim("acr", r#""urn:example:loa:substantial""#)
        .claim("roles", r#"["orders.reader","orders.writer","invoices.reader"]"#)
        .claim("org", r#""example-corporation-europe-west""#)
}

/// Many times the default size of the cache, and enough to avoid repetitions within some rounds.
const MANY: u64 = 16_384;

const P256_POINT: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const RSA_2048_MODULUS: &[u8] = &[
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    0x03, 0x82, 0x01, 0x0f, 0x00, 0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00,
];
const RSA_65537: &[u8] = &[0x02, 0x03, 0x01, 0x00, 0x01];
