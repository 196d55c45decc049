//! Whole tokens: from the text to the claims.
//!
//! Each rival checks the signature, the issuer, the audience and the times, and reads the claims. Only certbound checks the
//! binding to a certificate and rejects duplicate members.

use std::{hint::black_box, rc::Rc, time::SystemTime};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeySize, PublicKeyComponents},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    CacheSlot, CachedVerifier, Geometry, KeySet, Policy, PreparedKeys, Thumbprint, UnixTime, Verifier, ffi_support,
    limits, scratch_len,
};
use jwt_simple::prelude::{
    ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey, EdDSAPublicKeyLike, RS256PublicKey, RSAPublicKeyLike,
    VerificationOptions,
};
use serde::Deserialize;

use crate::{
    harness::{Contest, Outcome},
    libjwt,
    signatures::GEOMETRIES,
};

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://api.example";
const CERTIFICATE: &[u8] = b"certificate";

/// With groups of this length, an ES256 token has about 700 bytes.
const FILLING: usize = 6 * GROUP_LEN;

/// The length of a group in the claims, with quotation marks and comma.
const GROUP_LEN: usize = 14;

/// An issuer with one key.
pub struct Issuer {
    algorithm: &'static str,
    /// The members of the JWK.
    jwk: String,
    /// The public key in the rivals' form: an SEC 1 point, the 32 bytes of Ed25519, or empty.
    raw: Vec<u8>,
    /// The modulus and the exponent of an RSA key.
    components: Option<(Vec<u8>, Vec<u8>)>,
    sign: Sign,
}

/// Signs a message.
type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

impl Issuer {
    pub fn es256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let raw = pair.public_key().as_ref().to_vec();
        let (x, y) = raw[1..].split_at(32);
        let jwk = format!(r#""kty":"EC","crv":"P-256","x":"{}","y":"{}""#, base64url(x), base64url(y));
        let sign = move |message: &[u8]| pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec();
        Self { algorithm: "ES256", jwk, raw, components: None, sign: Box::new(sign) }
    }

    pub fn eddsa() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let raw = pair.public_key().as_ref().to_vec();
        let jwk = format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, base64url(&raw));
        let sign = move |message: &[u8]| pair.sign(message).as_ref().to_vec();
        Self { algorithm: "EdDSA", jwk, raw, components: None, sign: Box::new(sign) }
    }

    pub fn rs256() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let PublicKeyComponents { n, e } = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
        let jwk = format!(r#""kty":"RSA","n":"{}","e":"{}""#, base64url(&n), base64url(&e));
        let sign = move |message: &[u8]| {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
            signature
        };
        Self { algorithm: "RS256", jwk, raw: Vec::new(), components: Some((n, e)), sign: Box::new(sign) }
    }

    pub fn jwks(&self) -> String {
        format!(r#"{{"keys":[{{{}}}]}}"#, self.jwk)
    }

    /// The SEC 1 point of an ECDSA key.
    pub fn point(&self) -> &[u8] {
        &self.raw
    }

    /// An access token (RFC 9068) with groups of about `filling` characters.
    pub fn token(&self, filling: usize) -> String {
        self.typed_token("at+jwt", 0, filling)
    }

    fn typed_token(&self, token_type: &str, number: u32, filling: usize) -> String {
        let header = format!(r#"{{"alg":"{}","typ":"{token_type}"}}"#, self.algorithm);
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims(number, filling).as_bytes()));
        let signature = (self.sign)(signed.as_bytes());
        format!("{signed}.{}", base64url(&signature))
    }
}

/// The claims of an access token of realistic length, with groups of about `filling` characters.
pub fn claims(number: u32, filling: usize) -> String {
    let groups: Vec<_> = (0..filling / GROUP_LEN).map(|number| format!(r#""group-{number:05}""#)).collect();
    let thumbprint = Thumbprint::of_der(CERTIFICATE);
    format!(
        r#"{{"iss":"{ISSUER}","sub":"5ba552d67","aud":"{AUDIENCE}","exp":{},"iat":1700000000,"nbf":1700000000,"jti":"dbe39bf3a3ba4238a513f51d{number:08x}","client_id":"s6BhdRkqt3","scope":"orders:read orders:write","roles":["clerk","auditor"],"tenant":"example","groups":[{}],"cnf":{{"x5t#S256":"{}"}}}}"#,
        4_000_000_000_u64,
        groups.join(","),
        thumbprint.x5t_s256().as_str(),
    )
}

/// The type that the rivals read the claims into, besides those that they support.
#[derive(Deserialize)]
#[allow(dead_code, reason = "they are only read")]
struct Claims {
    #[serde(default)]
    client_id: String,
    scope: String,
    roles: Vec<String>,
    tenant: String,
    cnf: Binding,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "it is only read")]
struct Binding {
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
}

/// Different tokens of one issuer, for the same reason as the different messages in [`signatures`](crate::signatures).
#[derive(Clone)]
pub struct Tokens(Rc<[String]>);

impl Tokens {
    pub fn of(issuer: &Issuer) -> Self {
        Self::typed(issuer, "at+jwt")
    }

    fn typed(issuer: &Issuer, token_type: &str) -> Self {
        Self((0..256).map(|number| issuer.typed_token(token_type, number, FILLING)).collect())
    }

    /// The length of each token.
    pub fn len(&self) -> usize {
        self.0[0].len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Verifies one token per call.
    pub fn each<Verify: FnMut(&str)>(&self, mut verify: Verify) -> impl FnMut() + use<Verify> {
        let (tokens, mut next) = (self.clone(), 0);
        move || {
            verify(black_box(&tokens.0[next]));
            next = (next + 1) % tokens.0.len();
        }
    }
}

/// Tokens that no contestant has seen before.
pub fn first_seen(issuer: &Issuer, rounds: usize) -> Outcome {
    let tokens = Tokens::of(issuer);
    let keys = KeySet::<8>::from_jwks(issuer.jwks().as_bytes()).unwrap();
    let tables = GEOMETRIES.map(|geometry| {
        let mut tables = vec![0; PreparedKeys::tables_len(&keys, geometry)];
        PreparedKeys::prepare(&keys, geometry, &mut tables).unwrap();
        (geometry, tables)
    });
    let mut contest = Contest::new(format!("{} token of {} bytes, first seen", issuer.algorithm, tokens.len()));
    for (geometry, tables) in &tables {
        let prepared = ffi_support::resume_keys(&keys, *geometry, tables);
        let name = format!("certbound, prepared, {geometry:?}");
        contest = contest.ours(&name, tokens.each(verify(Verifier::prepared(policy(), prepared))));
    }
    contest = contest.ours("certbound, plain", tokens.each(verify(Verifier::new(policy(), &keys))));
    contest = contest.rivals(issuer, &tokens);
    if let Some(libjwt) = libjwt(issuer) {
        contest = contest.rival("libjwt", libjwt);
    }
    contest.run(rounds)
}

/// Tokens that were accepted before. No rival has a cache, so their times are those for new tokens.
pub fn seen_before(issuer: &Issuer, rounds: usize) -> Outcome {
    let tokens = Tokens::of(issuer);
    let keys = KeySet::<8>::from_jwks(issuer.jwks().as_bytes()).unwrap();
    let mut slots = [CacheSlot::EMPTY; 1024];
    let mut cached = CachedVerifier::new(Verifier::new(policy(), &keys), &mut slots);
    let certificate = Thumbprint::of_der(CERTIFICATE);
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    let mut verify = tokens.each(|token| {
        black_box(cached.verify(token.as_bytes(), Some(&certificate), now(), &mut scratch).unwrap().expires_at());
    });
    (0..256).for_each(|_| verify());
    Contest::new(format!("{} token of {} bytes, seen before", issuer.algorithm, tokens.len()))
        .ours("certbound, cached", verify)
        .rivals(issuer, &tokens)
        .run(rounds)
}

pub fn verify(verifier: Verifier<'_>) -> impl FnMut(&str) {
    let certificate = Thumbprint::of_der(CERTIFICATE);
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    move |token| {
        black_box(verifier.verify(token.as_bytes(), Some(&certificate), now(), &mut scratch).unwrap().expires_at());
    }
}

pub fn policy() -> Policy<'static> {
    Policy::new(ISSUER, &[AUDIENCE])
}

/// The clock is read for each token, as the rivals do.
fn now() -> UnixTime {
    UnixTime::from_seconds(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs())
}

impl<'a> Contest<'a> {
    fn rivals(self, issuer: &Issuer, tokens: &Tokens) -> Self {
        self.rival("jsonwebtoken (aws-lc)", tokens.each(jsonwebtoken(issuer)))
            .rival("jwt-simple", tokens.each(jwt_simple(issuer)))
            .rival("jwt-compact", tokens.each(jwt_compact(issuer)))
    }
}

fn jsonwebtoken(issuer: &Issuer) -> impl FnMut(&str) + use<> {
    let key = jsonwebtoken_key(issuer);
    let mut validation = jsonwebtoken::Validation::new(match issuer.algorithm {
        "ES256" => jsonwebtoken::Algorithm::ES256,
        "EdDSA" => jsonwebtoken::Algorithm::EdDSA,
        _ => jsonwebtoken::Algorithm::RS256,
    });
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.validate_nbf = true;
    move |token| {
        black_box(jsonwebtoken::decode::<Claims>(token, &key, &validation).unwrap());
    }
}

/// This version does not support EdDSA, and accepts no other type than `JWT`.
fn libjwt(issuer: &Issuer) -> Option<impl FnMut() + use<>> {
    let key = match (issuer.algorithm, &issuer.components) {
        ("ES256", _) => libjwt::p256_pem(&issuer.raw),
        (_, Some((n, e))) => libjwt::rsa_pem(n, e),
        _ => return None,
    };
    let tokens = Tokens::typed(issuer, "JWT");
    Some(tokens.each(move |token| libjwt::verify(token, &key, ISSUER, AUDIENCE)))
}

fn jsonwebtoken_key(issuer: &Issuer) -> jsonwebtoken::DecodingKey {
    let jwk = format!("{{{}}}", issuer.jwk);
    jsonwebtoken::DecodingKey::from_jwk(&serde_json::from_str(&jwk).unwrap()).unwrap()
}

fn jwt_simple(issuer: &Issuer) -> Box<dyn FnMut(&str)> {
    let options = || {
        Some(VerificationOptions {
            allowed_issuers: Some([ISSUER.to_owned()].into()),
            allowed_audiences: Some([AUDIENCE.to_owned()].into()),
            ..VerificationOptions::default()
        })
    };
    macro_rules! verify {
        ($key:expr) => {{
            let (key, options) = ($key.unwrap(), options());
            Box::new(move |token| {
                black_box(key.verify_token::<Claims>(token, options.clone()).unwrap());
            })
        }};
    }
    match (issuer.algorithm, &issuer.components) {
        ("ES256", _) => verify!(ES256PublicKey::from_bytes(&issuer.raw)),
        (_, None) => verify!(Ed25519PublicKey::from_bytes(&issuer.raw)),
        (_, Some((n, e))) => verify!(RS256PublicKey::from_components(n, e)),
    }
}

fn jwt_compact(issuer: &Issuer) -> Box<dyn FnMut(&str)> {
    use jwt_compact::{Algorithm, AlgorithmExt, TimeOptions, UntrustedToken, alg, jwk::JsonWebKey};

    fn verify<A: Algorithm + 'static>(algorithm: A, key: A::VerifyingKey) -> Box<dyn FnMut(&str)> {
        let times = TimeOptions::default();
        Box::new(move |token| {
            let untrusted = UntrustedToken::new(token).unwrap();
            let token = algorithm.validator::<Claims>(&key).validate(&untrusted).unwrap();
            token.claims().validate_expiration(&times).unwrap().validate_maturity(&times).unwrap();
            black_box(token);
        })
    }
    let jwk = format!("{{{}}}", issuer.jwk);
    let jwk: JsonWebKey<'_> = serde_json::from_str(&jwk).unwrap();
    match issuer.algorithm {
        "ES256" => verify(alg::Es256, (&jwk).try_into().unwrap()),
        "EdDSA" => verify(alg::Ed25519, (&jwk).try_into().unwrap()),
        _ => verify(alg::Rsa::rs256(), (&jwk).try_into().unwrap()),
    }
}

/// The cost as the token grows.
pub fn growth(rounds: usize) {
    let issuer = Issuer::es256();
    let keys = KeySet::<8>::from_jwks(issuer.jwks().as_bytes()).unwrap();
    let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Large)];
    let prepared = PreparedKeys::prepare(&keys, Geometry::Large, &mut tables).unwrap();
    let verifier = Verifier::prepared(policy(), prepared);
    let shortest = issuer.token(0).len();
    // Three bytes make four characters.
    let tokens = [512, 1024, 2048, 4096, 8192, limits::TOKEN_LEN]
        .map(|length: usize| issuer.token(length.saturating_sub(shortest) / 4 * 3));
    let mut contest = Contest::new(format!("ES256 tokens of {shortest} to {} bytes, first seen", limits::TOKEN_LEN));
    for token in &tokens {
        let mut verify = verify(verifier);
        contest = contest.ours(&format!("{} bytes", token.len()), move || verify(black_box(token)));
    }
    let outcome = contest.run(rounds);
    println!("\n| from | to | for each byte |\n|---:|---:|---:|");
    for (tokens, times) in tokens.windows(2).zip(outcome.medians.windows(2)) {
        let (from, to) = (tokens[0].len(), tokens[1].len());
        println!("| {from} | {to} | {:.2} ns |", (times[1] - times[0]) / (to - from) as f64);
    }
}

/// Loads a key set of eight keys.
pub fn key_set(rounds: usize) -> Outcome {
    let issuers = [Issuer::es256, Issuer::eddsa, Issuer::rs256].into_iter().cycle().take(8);
    let keys: Vec<_> = issuers.map(|issuer| format!("{{{}}}", issuer().jwk)).collect();
    let jwks = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    let set = KeySet::<8>::from_jwks(jwks.as_bytes()).unwrap();
    let memory = |geometry| vec![0; PreparedKeys::tables_len(&set, geometry)];
    let (mut large, mut medium) = (memory(Geometry::Large), memory(Geometry::Medium));
    Contest::new("a JWK Set of 8 keys (ES256, EdDSA and RS256 in turn), loaded and prepared")
        .ours("certbound, loaded and prepared, Large", || {
            let keys = KeySet::<8>::from_jwks(black_box(jwks.as_bytes())).unwrap();
            PreparedKeys::prepare(&keys, Geometry::Large, &mut large).unwrap();
        })
        .ours("certbound, loaded and prepared, Medium", || {
            let keys = KeySet::<8>::from_jwks(black_box(jwks.as_bytes())).unwrap();
            PreparedKeys::prepare(&keys, Geometry::Medium, &mut medium).unwrap();
        })
        .ours("certbound, loaded", || KeySet::<8>::from_jwks(black_box(jwks.as_bytes())).unwrap().len())
        .rival("jsonwebtoken, loaded", || {
            let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(black_box(&jwks)).unwrap();
            set.keys.iter().map(|key| jsonwebtoken::DecodingKey::from_jwk(key).unwrap()).collect::<Vec<_>>()
        })
        .run(rounds)
}

fn base64url(octets: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(octets)
}
