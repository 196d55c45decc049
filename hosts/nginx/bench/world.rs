//! Shared by all contestants: certificates, the issuer's keys, and tokens.

use std::thread;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use certbound_nginx_tests::{
    nginx::Directory,
    pki::{Authority, Identity, KeyKind},
    tokens::{Algorithm, Issuer, Token, now, signature, with_signature},
};
use serde_json::Value;

/// The clients, the issuer, and the directory with all files.
pub(crate) struct World {
    pub(crate) directory: Directory,
    client: Identity,
    thief: Identity,
    issuer: Issuer,
}

/// How often tokens repeat.
#[derive(Clone, Copy)]
pub(crate) enum Tokens {
    /// The same token each time.
    One,
    /// Tokens that no cache still holds: [`MANY`] others come before a repetition.
    Many,
}

impl Tokens {
    pub(crate) fn count(self) -> u64 {
        match self {
            Self::One => 1,
            Self::Many => MANY,
        }
    }

    /// The file with the tokens, one per line.
    pub(crate) fn file(self, algorithm: Algorithm) -> String {
        match self {
            Self::One => format!("{}.token", algorithm.name()),
            Self::Many => format!("{}.tokens", algorithm.name()),
        }
    }
}

/// A request that a contestant must answer correctly.
pub(crate) struct Probe {
    pub(crate) shows: &'static str,
    pub(crate) good: bool,
    pub(crate) token: Option<String>,
    /// The file with the client's certificate.
    pub(crate) certificate: &'static str,
}

impl Probe {
    fn bad(shows: &'static str, token: String) -> Self {
        Self { shows, good: false, token: Some(token), certificate: "client.pem" }
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let server = authority.issue_server(&["localhost"]);
        let client = authority.issue_client(KeyKind::Ec, "server-a");
        let thief = authority.issue_client(KeyKind::Ec, "server-c");
        let world = Self { directory: Directory::new(&authority, &server), client, thief, issuer: Issuer::new("") };
        let shared = &world;

        // wrk, curl and HAProxy expect certificate and key in one file.
        for (file, identity) in [("client.pem", &world.client), ("thief.pem", &world.thief), ("both.pem", &server)] {
            world.directory.write(file, identity.certificate_pem().to_owned() + &identity.key_pem());
        }
        world.directory.write("jwks.json", world.issuer.jwks());
        for algorithm in [Algorithm::ES256, Algorithm::RS256] {
            world.directory.write(&key_file(algorithm), world.public_key_pem(algorithm));
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
            self.directory.write(&tokens.file(algorithm), lines.collect::<String>());
        }
    }

    /// A token as RFC 9068 describes it, about 700 characters long with ES256.
    fn token(&self, algorithm: Algorithm, number: u64) -> Token {
        usual(&self.client, algorithm).claim("jti", &format!(r#""5f1c2d8e-40a7-4b6e-9d3b-{number:012x}""#))
    }

    /// Good tokens, and tokens that differ from them in one respect.
    pub(crate) fn probes(&self, algorithm: Algorithm) -> Vec<Probe> {
        let good = || self.token(algorithm, MANY);
        let token = good().signed_by(&self.issuer);
        let forged = with_signature(&token, &signature(&self.token(algorithm, 0).signed_by(&self.issuer)));
        let bad = |shows, token: Token| Probe::bad(shows, token.signed_by(&self.issuer));
        vec![
            Probe { certificate: "thief.pem", ..Probe::bad("a stolen token", token.clone()) },
            Probe { good: true, ..Probe::bad("a good token", token.clone()) },
            Probe { good: true, ..Probe::bad("a good token, seen before", token.clone()) },
            Probe { certificate: "thief.pem", ..Probe::bad("a stolen token, seen before", token) },
            Probe { token: None, ..Probe::bad("no token", String::new()) },
            Probe::bad("a forged token", forged),
            bad("a token bound to another certificate", usual(&self.thief, algorithm)),
            bad("a token without cnf", good().without_claim("cnf")),
            bad("an expired token", good().expires_in(-1)),
            bad("another issuer's token", good().claim("iss", r#""https://other.example""#)),
            bad("a token for another audience", good().claim("aud", r#""https://other.example""#)),
            bad("a token of another type", good().header("typ", r#""JWT""#)),
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
pub(crate) fn key_file(algorithm: Algorithm) -> String {
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
