//! An issuer for tests: keys of every kind, tokens with any header and claims, and the lines of data files.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

use std::fmt::Write as _;

mod keys;

use certbound::{
    Algorithm, CacheSlot, CachedVerifier, Error, Geometry, KeySet, Policy, PreparedKeys, Thumbprint, TrustedIssuer,
    UnixTime, Verified, Verifier, limits, scratch_len,
};

#[allow(unused_imports, reason = "each test binary uses a part of it")]
pub use self::keys::{Issuer, base64url};

pub const ISSUER: &str = "https://as.example";
pub const AUDIENCE: &str = "https://api.example";
pub const NOW: u64 = 1_900_000_000;

/// In place of the DER of Server A's certificate: any bytes have a thumbprint.
pub const CERTIFICATE_A: &[u8] = b"the certificate of Server A";
pub const CERTIFICATE_C: &[u8] = b"the certificate of Server C, the thief";

impl Issuer {
    /// The usual token of Server A.
    pub fn usual_token(&self) -> String {
        self.token(Algorithm::ES256, usual_header().json(), usual_claims().json())
    }
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
