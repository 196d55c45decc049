//! An issuer for tests: keys of every kind, tokens with any header and claims, and the lines of data files.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::fmt::Write as _;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    Algorithm, CacheSlot, CachedVerifier, Error, Geometry, KeySet, Policy, PreparedKeys, Thumbprint, TrustedIssuer,
    UnixTime, Verified, Verifier, limits, scratch_len,
};
use p521::ecdsa::signature::Signer as _;
use ring::{
    rand::{SecureRandom as _, SystemRandom},
    rsa,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};

pub const ISSUER: &str = "https://as.example";
pub const AUDIENCE: &str = "https://api.example";
pub const NOW: u64 = 1_900_000_000;

/// In place of the DER of Server A's certificate: any bytes have a thumbprint.
pub const CERTIFICATE_A: &[u8] = b"the certificate of Server A";
pub const CERTIFICATE_C: &[u8] = b"the certificate of Server C, the thief";

/// The issuer's private keys.
pub struct Issuer {
    p256: EcdsaKeyPair,
    p384: EcdsaKeyPair,
    p521: p521::ecdsa::SigningKey,
    ed25519: Ed25519KeyPair,
    rsa: RsaKeyPair,
    random: SystemRandom,
}

impl Issuer {
    pub fn new() -> Self {
        Self::with_rsa(include_bytes!("../vectors/keys/rsa2048.pk8"))
    }

    /// With an RSA key of 4096 bits, the longest allowed.
    pub fn with_rsa_4096() -> Self {
        Self::with_rsa(include_bytes!("../vectors/keys/rsa4096.pk8"))
    }

    fn with_rsa(pkcs8: &[u8]) -> Self {
        let random = SystemRandom::new();
        let ecdsa = |algorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
            EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap()
        };
        let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self {
            p256: ecdsa(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            p384: ecdsa(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            p521: p521_key(&random),
            ed25519: Ed25519KeyPair::from_pkcs8(ed25519.as_ref()).unwrap(),
            rsa: RsaKeyPair::from_pkcs8(pkcs8).unwrap(),
            random,
        }
    }

    /// The key that `algorithm` needs, as a JWK with these further members.
    pub fn jwk(&self, algorithm: Algorithm, further: &str) -> String {
        let own = match algorithm {
            Algorithm::ES256 => point("P-256", self.p256.public_key().as_ref()),
            Algorithm::ES384 => point("P-384", self.p384.public_key().as_ref()),
            Algorithm::ES512 => point("P-521", self.p521.verifying_key().to_sec1_point(false).as_bytes()),
            Algorithm::EdDSA => {
                format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, base64url(self.ed25519.public_key().as_ref()))
            }
            _ => {
                let public: rsa::PublicKeyComponents<Vec<u8>> = self.rsa.public_key().into();
                format!(r#""kty":"RSA","n":"{}","e":"{}""#, base64url(&public.n), base64url(&public.e))
            }
        };
        format!("{{{own}{}{further}}}", if further.is_empty() { "" } else { "," })
    }

    /// A JWK Set with a key of each kind; the `kid` of each is its kind's usual algorithm.
    pub fn jwks(&self) -> String {
        let keys = [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256]
            .map(|algorithm| self.jwk(algorithm, &format!(r#""kid":"{}""#, algorithm.name())));
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    pub fn keys(&self) -> KeySet<8> {
        KeySet::from_jwks(self.jwks().as_bytes()).unwrap()
    }

    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let rsa = |padding: &'static dyn signature::RsaEncoding| {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            self.rsa.sign(padding, &self.random, message, &mut signature).unwrap();
            signature
        };
        match algorithm {
            Algorithm::ES256 => self.p256.sign(&self.random, message).unwrap().as_ref().to_vec(),
            Algorithm::ES384 => self.p384.sign(&self.random, message).unwrap().as_ref().to_vec(),
            Algorithm::ES512 => {
                let signature: p521::ecdsa::Signature = self.p521.sign(message);
                signature.to_bytes().to_vec()
            }
            Algorithm::EdDSA => self.ed25519.sign(message).as_ref().to_vec(),
            Algorithm::RS256 => rsa(&signature::RSA_PKCS1_SHA256),
            Algorithm::RS384 => rsa(&signature::RSA_PKCS1_SHA384),
            Algorithm::RS512 => rsa(&signature::RSA_PKCS1_SHA512),
            Algorithm::PS256 => rsa(&signature::RSA_PSS_SHA256),
            Algorithm::PS384 => rsa(&signature::RSA_PSS_SHA384),
            Algorithm::PS512 => rsa(&signature::RSA_PSS_SHA512),
            other => panic!("no key for {other:?}"),
        }
    }

    /// A token with exactly this header and these claims, signed with `algorithm` regardless of the header.
    pub fn token(&self, algorithm: Algorithm, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let signing_input = format!("{}.{}", base64url(header.as_ref()), base64url(claims.as_ref()));
        let signature = self.sign(algorithm, signing_input.as_bytes());
        format!("{signing_input}.{}", base64url(&signature))
    }

    /// The usual token of Server A.
    pub fn usual_token(&self) -> String {
        self.token(Algorithm::ES256, usual_header().json(), usual_claims().json())
    }
}

/// A P-521 key. ring does not support this curve.
fn p521_key(random: &SystemRandom) -> p521::ecdsa::SigningKey {
    let mut secret = [0; 66];
    random.fill(&mut secret[1..]).unwrap();
    p521::ecdsa::SigningKey::from_slice(&secret).unwrap()
}

pub fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn point(curve: &str, sec1: &[u8]) -> String {
    let (x, y) = sec1[1..].split_at(sec1.len() / 2);
    format!(r#""kty":"EC","crv":"{curve}","x":"{}","y":"{}""#, base64url(x), base64url(y))
}

pub fn usual_header() -> Members {
    Members::of(&[("alg", r#""ES256""#), ("typ", r#""at+jwt""#), ("kid", r#""ES256""#)])
}

pub fn usual_claims() -> Members {
    let cnf = format!(r#"{{"x5t#S256":"{}"}}"#, Thumbprint::of_der(CERTIFICATE_A));
    Members::of(&[
        ("iss", r#""https://as.example""#),
        ("aud", r#""https://api.example""#),
        ("exp", "1900000300"),
        ("iat", "1900000000"),
        ("sub", r#""server-a""#),
        ("client_id", r#""server-a""#),
        ("jti", r#""b7f0""#),
        ("scope", r#""read write""#),
        ("cnf", &cnf),
    ])
}

pub fn usual_policy() -> Policy<'static> {
    Policy::new(ISSUER, &[AUDIENCE])
}

/// The verdict of a verifier with these keys on a token presented with this certificate, and what `look` returns for it if it is accepted.
///
/// Verifies with plain keys, with prepared keys and twice with a cache, and fails unless all verdicts are equal.
pub fn judge<T>(
    jwks: &str,
    policy: Policy<'_>,
    certificate: Option<&[u8]>,
    token: &str,
    look: impl FnOnce(&Verified<'_>) -> T,
) -> Result<T, Error> {
    let keys = &KeySet::<8>::from_jwks(jwks.as_bytes()).unwrap();
    let mut tables = vec![0; PreparedKeys::tables_len(keys, Geometry::Small)];
    let prepared = PreparedKeys::prepare(keys, Geometry::Small, &mut tables).unwrap();
    equal_verdict(Verifier::new(policy, keys), Verifier::prepared(policy, prepared), certificate, token, look)
}

/// The verdict of a verifier that trusts these issuers with these keys, like [`judge`].
pub fn judge_by_issuers<T>(
    issuers: &[(&str, &KeySet<8>)],
    policy: Policy<'_>,
    certificate: Option<&[u8]>,
    token: &str,
    look: impl FnOnce(&Verified<'_>) -> T,
) -> Result<T, Error> {
    let mut tables: Vec<_> =
        issuers.iter().map(|(_, keys)| vec![0; PreparedKeys::tables_len(keys, Geometry::Small)]).collect();
    let prepared: Vec<_> = issuers
        .iter()
        .zip(&mut tables)
        .map(|((name, keys), tables)| {
            TrustedIssuer::prepared(name, PreparedKeys::prepare(keys, Geometry::Small, tables).unwrap())
        })
        .collect();
    let plain: Vec<_> = issuers.iter().map(|(name, keys)| TrustedIssuer::new(name, keys)).collect();
    let [plain, prepared] = [&plain, &prepared].map(|issuers| Verifier::for_issuers(policy, issuers));
    equal_verdict(plain, prepared, certificate, token, look)
}

fn equal_verdict<T>(
    plain: Verifier<'_>,
    prepared: Verifier<'_>,
    certificate: Option<&[u8]>,
    token: &str,
    look: impl FnOnce(&Verified<'_>) -> T,
) -> Result<T, Error> {
    let mut scratch = vec![0xaa; scratch_len(limits::TOKEN_LEN)];
    let certificate = certificate.map(Thumbprint::of_der);
    let now = UnixTime::from_seconds(NOW);

    let expected = prepared.verify(token.as_bytes(), certificate.as_ref(), now, &mut scratch).map(|_| ());
    let mut slots = [CacheSlot::EMPTY; 2];
    let mut cached = CachedVerifier::new(prepared, &mut slots);
    for _ in 0..2 {
        let verdict = cached.verify(token.as_bytes(), certificate.as_ref(), now, &mut scratch).map(|_| ());
        assert_eq!(verdict, expected);
    }

    let verdict = plain.verify(token.as_bytes(), certificate.as_ref(), now, &mut scratch);
    assert_eq!(verdict.as_ref().map(|_| ()).map_err(|error| *error), expected);
    verdict.map(|token| look(&token))
}

/// The members of a JSON object as texts, so that a test can replace any of them, even with invalid JSON.
#[derive(Clone)]
pub struct Members(Vec<(String, String)>);

impl Members {
    pub fn of(members: &[(&str, &str)]) -> Self {
        Self(members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// With another value for `name`.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.0.iter_mut().find(|(own, _)| own == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Without `name`.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| own != name);
        self
    }

    /// Applies the change in a line of a data file: `name: value` or `-name`, several of them separated by ` ; `; or `= text`,
    /// which replaces the whole text.
    pub fn changed(self, change: &str) -> String {
        if let Some(text) = change.strip_prefix('=') {
            return text.trim_start().to_owned();
        }
        let mut members = self;
        for part in change.split(" ; ").filter(|part| !part.is_empty()) {
            members = match part.strip_prefix('-') {
                Some(name) => members.without(name),
                None => {
                    let (name, value) = part.split_once(": ").unwrap_or_else(|| panic!("no change: {part}"));
                    members.with(name, value)
                }
            };
        }
        members.json()
    }

    pub fn json(&self) -> String {
        let mut json = String::from("{");
        for (index, (name, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(json, r#"{comma}"{name}":{value}"#).unwrap();
        }
        json + "}"
    }
}

/// One line of a data file: `verdict | what it shows | input`.
pub struct Stage<'file> {
    /// `accepted`, or the name of the error.
    pub verdict: &'file str,
    pub shows: &'file str,
    pub input: &'file str,
}

/// The lines of a data file. Fails if there are none.
pub fn stages(file: &str) -> Vec<Stage<'_>> {
    let stages: Vec<_> = file
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut columns = line.splitn(3, '|').map(str::trim);
            match (columns.next(), columns.next(), columns.next()) {
                (Some(verdict), Some(shows), Some(input)) => Stage { verdict, shows, input },
                _ => panic!("not three columns: {line}"),
            }
        })
        .collect();
    assert!(!stages.is_empty());
    stages
}

impl Stage<'_> {
    /// Fails unless the verdict is the expected one.
    pub fn expect<T>(&self, verdict: Result<T, Error>) {
        let verdict = verdict.map_or_else(Error::name, |_| "accepted");
        assert_eq!(verdict, self.verdict, "{}: {}", self.shows, self.input);
    }
}
