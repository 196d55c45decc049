//! Signs JSON Web Tokens for the issuer, and decodes them for display.
//!
//! Only the core verifies them.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    digest,
    rand::{SecureRandom, SystemRandom},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use serde_json::{Value, json};

use crate::result::Result;

/// The Token Service's ES256 key.
pub(crate) struct Signer {
    key: EcdsaKeyPair,
    key_id: String,
    random: SystemRandom,
}

impl Signer {
    pub(crate) fn generate() -> Result<Self> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random)?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)?;
        let key_id = jwk_thumbprint(&p256_jwk(key.public_key().as_ref()));
        Ok(Self { key, key_id, random })
    }

    /// The public key, as a JWK Set (RFC 7517 §5).
    pub(crate) fn jwk_set(&self) -> Value {
        let mut jwk = p256_jwk(self.key.public_key().as_ref());
        jwk["kid"] = json!(self.key_id);
        jwk["alg"] = json!("ES256");
        jwk["use"] = json!("sig");
        json!({ "keys": [jwk] })
    }

    /// Signs the claims of an access token (RFC 9068).
    pub(crate) fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({ "typ": "at+jwt", "alg": "ES256", "kid": self.key_id });
        let input = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));
        let signature = self.key.sign(&self.random, input.as_bytes())?;
        Ok(format!("{input}.{}", base64url(signature)))
    }

    /// A unique identifier for a token (`jti`).
    pub(crate) fn unique_id(&self) -> Result<String> {
        let mut id = [0; 12];
        self.random.fill(&mut id)?;
        Ok(base64url(id))
    }
}

/// The header and the claims of an unverified token, for display only.
pub(crate) fn decode_unverified(token: &str) -> Result<(Value, Value)> {
    let [header, claims, _] = parts(token)?;
    let json = |part| -> Result<Value> { Ok(serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part)?)?) };
    Ok((json(header)?, json(claims)?))
}

/// Replaces a claim, as a thief can. The signature stays the same, since the thief has no key to sign with.
pub(crate) fn with_claim(token: &str, name: &str, value: Value) -> Result<String> {
    let [header, _, signature] = parts(token)?;
    let (_, mut claims) = decode_unverified(token)?;
    claims[name] = value;
    Ok(format!("{header}.{}.{signature}", base64url(claims.to_string())))
}

/// The JWK of a P-256 public key. `point` is uncompressed: 4, x, y (SEC 1 §2.3.3).
pub(crate) fn p256_jwk(point: &[u8]) -> Value {
    let (x, y) = point[1..].split_at(32);
    json!({ "kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y) })
}

/// The thumbprint of a JWK with only its required members (RFC 7638 §3), which makes a good `kid`.
fn jwk_thumbprint(jwk: &Value) -> String {
    // serde_json sorts the members by name and writes no white space, as RFC 7638 requires.
    base64url(digest::digest(&digest::SHA256, jwk.to_string().as_bytes()))
}

fn parts(token: &str) -> Result<[&str; 3]> {
    let parts: Vec<_> = token.split('.').collect();
    parts.try_into().map_err(|_| "the token does not have three parts".into())
}

fn base64url(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_7638_is_reproduced() {
        let jwk = json!({
            "kty": "RSA",
            "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ\
                  CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZg\
                  nYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqb\
                  w0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        });
        // RFC 7638 §3.1.
        assert_eq!(jwk_thumbprint(&jwk), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
