//! The issuer's public key as bytes that anyone can have, and that a confused verifier takes for the secret of an HMAC.

use der::{Result, Tag};

use super::asn1::{bit_string, pem, sequence, unsigned, value};
use crate::{
    key_set,
    token::{Members, decode_base64url},
};

/// A public key as a SubjectPublicKeyInfo.
#[derive(Clone, Debug)]
pub(super) struct PublicKey(Vec<u8>);

impl PublicKey {
    /// The key in a JWK Set that verifies tokens with this header: the one that its `kid` names, or else the first of the
    /// same kind. `None` if there is none.
    pub(super) fn find(jwks: &[u8], header: &Members) -> Option<Self> {
        let keys = key_set::listed(jwks);
        let (kid, algorithm) = (header.read_member::<String>("kid"), header.read_member::<String>("alg")?);
        let kind = match algorithm.get(..2)? {
            "ES" => "EC",
            "Ed" => "OKP",
            "RS" | "PS" => "RSA",
            _ => return None,
        };
        let is_kind = |key: &&Members| key.read_member("kty") == Some(kind.to_owned());
        let named = |key: &&Members| is_kind(key) && kid.is_some() && key.read_member("kid") == kid;
        let key = keys.iter().find(named).or_else(|| keys.iter().find(is_kind))?;
        Self::of_jwk(key)
    }

    fn of_jwk(key: &Members) -> Option<Self> {
        let part = |name| decode_base64url(key.read_member::<String>(name)?.as_bytes());
        let kind: (String, Option<String>) = (key.read_member("kty")?, key.read_member("crv"));
        let encoded = match (kind.0.as_str(), kind.1.as_deref()) {
            ("EC", Some(curve)) => {
                let (_, curve) = CURVES.iter().find(|(name, _)| *name == curve)?;
                elliptic_curve(curve, &[vec![4], part("x")?, part("y")?].concat())
            }
            ("OKP", Some("Ed25519")) => sequence(&[ED25519, &bit_string(&part("x")?).ok()?]),
            ("RSA", _) => rsa(&part("n")?, &part("e")?),
            _ => return None,
        };
        encoded.ok().map(Self)
    }

    /// The PEM file, as `openssl pkey -pubout` writes it: with a newline at its end.
    pub(super) fn pem(&self) -> String {
        pem("PUBLIC KEY", &self.0)
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.0
    }
}

/// The SubjectPublicKeyInfo of a key on an elliptic curve (RFC 5480 §2), from its point and the curve's identifier.
pub(super) fn elliptic_curve(curve: &[u8], point: &[u8]) -> Result<Vec<u8>> {
    sequence(&[&sequence(&[EC_PUBLIC_KEY, curve])?, &bit_string(point)?])
}

/// The same of an RSA key (RFC 3279 §2.3.1).
fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Vec<u8>> {
    let key = sequence(&[&unsigned(modulus)?, &unsigned(exponent)?])?;
    sequence(&[&sequence(&[RSA_ENCRYPTION, &value(Tag::Null, &[])?])?, &bit_string(&key)?])
}

/// The encoded identifier of P-256.
pub(super) const P256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];

/// The names of curves in JWKs (RFC 7518 §6.2.1.1), and their encoded identifiers (RFC 5480 §2.1.1.1).
const CURVES: [(&str, &[u8]); 3] =
    [("P-256", P256), ("P-384", &[6, 5, 0x2b, 0x81, 4, 0, 0x22]), ("P-521", &[6, 5, 0x2b, 0x81, 4, 0, 0x23])];

/// The encoded identifier id-ecPublicKey.
const EC_PUBLIC_KEY: &[u8] = &[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

/// The encoded identifier rsaEncryption.
const RSA_ENCRYPTION: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

/// The algorithm identifier of Ed25519 (RFC 8410 §3).
const ED25519: &[u8] = &[0x30, 5, 6, 3, 0x2b, 0x65, 0x70];

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PublicKeyData};

    use super::*;
    use crate::token::encode_base64url;

    fn set(keys: &str) -> Vec<u8> {
        format!(r#"{{"keys": [{keys}]}}"#).into_bytes()
    }

    fn header(json: &str) -> Members {
        Members::read(json.as_bytes()).unwrap()
    }

    #[test]
    fn keys_are_encoded_as_other_libraries_do() {
        for (algorithm, name, curve) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, "ES256", "P-256"),
            (&rcgen::PKCS_ECDSA_P384_SHA384, "ES384", "P-384"),
            (&rcgen::PKCS_ED25519, "EdDSA", "Ed25519"),
        ] {
            let key = KeyPair::generate_for(algorithm).unwrap();
            let bytes = key.der_bytes();
            let jwk = match bytes.split_first() {
                Some((4, point)) if name != "EdDSA" => {
                    let (x, y) = point.split_at(point.len() / 2);
                    let (x, y) = (encode_base64url(x), encode_base64url(y));
                    format!(r#"{{"kty": "EC", "crv": "{curve}", "x": "{x}", "y": "{y}"}}"#)
                }
                _ => format!(r#"{{"kty": "OKP", "crv": "{curve}", "x": "{}"}}"#, encode_base64url(bytes)),
            };
            let found = PublicKey::find(&set(&jwk), &header(&format!(r#"{{"alg": "{name}"}}"#))).unwrap();
            assert_eq!(found.der(), key.subject_public_key_info());
            assert_eq!(found.pem(), key.public_key_pem());
        }
        let pkcs8 = rustls_pki_types::PrivatePkcs8KeyDer::from(
            include_bytes!("../../../tests/vectors/keys/rsa3072.pk8").as_slice(),
        );
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8, &rcgen::PKCS_RSA_SHA256).unwrap();
        let public = super::super::asn1::elements(key.der_bytes()).unwrap();
        // Without tag and length: INTEGERs of 385 and 3 bytes.
        let (n, e) = (encode_base64url(&public[0][5..]), encode_base64url(&public[1][2..]));
        let jwk = format!(r#"{{"kty": "RSA", "n": "{n}", "e": "{e}"}}"#);
        let found = PublicKey::find(&set(&jwk), &header(r#"{"alg": "PS256"}"#)).unwrap();
        assert_eq!(found.der(), key.subject_public_key_info());
    }

    #[test]
    fn the_named_key_is_found_or_else_one_of_its_kind() {
        let key = |kid: &str, x: &str| format!(r#"{{"kty": "OKP", "crv": "Ed25519", "kid": "{kid}", "x": "{x}"}}"#);
        let keys = set(&format!(r#"{{"kty": "oct", "k": "AAAA"}}, {}, {}"#, key("1", "AAAA"), key("2", "BBBB")));
        let find = |json: &str| PublicKey::find(&keys, &header(json)).map(|key| key.der().last().copied());
        assert_eq!(find(r#"{"alg": "EdDSA", "kid": "2"}"#), Some(Some(0x41)));
        assert_eq!(find(r#"{"alg": "EdDSA", "kid": "3"}"#), Some(Some(0)));
        assert_eq!(find(r#"{"alg": "EdDSA"}"#), Some(Some(0)));
        for none in [r#"{"alg": "ES256"}"#, r#"{"alg": "HS256"}"#, r#"{"alg": "x"}"#, "{}"] {
            assert_eq!(find(none), None, "{none}");
        }
    }
}
