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
    /// The key in a JWK Set that verifies tokens with this header: of the kind and curve of its `alg`, and with its `kid`. The
    /// first such key, if the token or a key has no `kid`. `None` if there is none: another key would only show that the API
    /// does not know it.
    pub(super) fn find(jwks: &[u8], header: &Members) -> Option<Self> {
        let keys = key_set::listed(jwks);
        let (kid, algorithm) = (header.read_member::<String>("kid"), header.read_member::<String>("alg")?);
        let (_, kind, curve) = *KINDS.iter().find(|(name, ..)| *name == algorithm)?;
        let fits = |key: &&Members| {
            key.read_member("kty") == Some(kind)
                && (curve.is_none() || key.read_member("crv") == curve)
                && key.read_member("use") != Some("enc")
        };
        let is_named = |key: &&Members| key.read_member::<String>("kid") == kid;
        let has_no_name = |key: &&Members| kid.is_none() || key.optional_json("kid").is_none();
        let mut fitting = keys.iter().filter(fits);
        let key = fitting.clone().find(is_named).or_else(|| fitting.find(has_no_name))?;
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

/// The algorithms of tokens, and the `kty` and `crv` of their keys (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).
const KINDS: [(&str, &str, Option<&str>); 11] = [
    ("ES256", "EC", Some("P-256")),
    ("ES384", "EC", Some("P-384")),
    ("ES512", "EC", Some("P-521")),
    ("EdDSA", "OKP", Some("Ed25519")),
    ("Ed25519", "OKP", Some("Ed25519")),
    ("RS256", "RSA", None),
    ("RS384", "RSA", None),
    ("RS512", "RSA", None),
    ("PS256", "RSA", None),
    ("PS384", "RSA", None),
    ("PS512", "RSA", None),
];

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
    fn a_key_is_found_by_its_kind_its_curve_and_its_name() {
        let key = |members: &str, x: &str| format!(r#"{{{members}, "x": "{x}", "y": "{x}"}}"#);
        let [first, second] = ["1", "2"].map(|kid| format!(r#""kty": "OKP", "crv": "Ed25519", "kid": "{kid}""#));
        let keys = [
            r#"{"kty": "oct", "kid": "2", "k": "AAAA"}"#,
            &key(r#""kty": "EC", "crv": "P-384", "kid": "2""#, "CCCC"),
            &key(r#""kty": "EC", "crv": "P-256", "kid": "2", "use": "enc""#, "DDDD"),
            &key(r#""kty": "EC", "crv": "P-256", "kid": "2""#, "EEEE"),
            &key(&first, "AAAA"),
            &key(&second, "BBBB"),
        ];
        let find = |keys: &[&str], json: &str| {
            PublicKey::find(&set(&keys.join(",")), &header(json)).and_then(|key| key.der().last().copied())
        };
        // The last bytes of AAAA, BBBB, CCCC, DDDD and EEEE.
        let [a, b, c, e] = [0x00, 0x41, 0x82, 0x04];
        for (json, last) in [
            (r#"{"alg": "EdDSA", "kid": "2"}"#, b),
            (r#"{"alg": "Ed25519", "kid": "1"}"#, a),
            (r#"{"alg": "EdDSA"}"#, a),
            (r#"{"alg": "ES256", "kid": "2"}"#, e),
            (r#"{"alg": "ES384", "kid": "2"}"#, c),
        ] {
            assert_eq!(find(&keys, json), Some(last), "{json}");
        }
        // Another kid, another curve, no such algorithm.
        for none in [
            r#"{"alg": "EdDSA", "kid": "3"}"#,
            r#"{"alg": "ES256", "kid": "1"}"#,
            r#"{"alg": "ES512", "kid": "2"}"#,
            r#"{"alg": "ES512"}"#,
            r#"{"alg": "HS256"}"#,
            r#"{"alg": "x"}"#,
            "{}",
        ] {
            assert_eq!(find(&keys, none), None, "{none}");
        }
        // A key without a kid may have signed any token.
        let nameless = key(r#""kty": "OKP", "crv": "Ed25519""#, "CCCC");
        let keys = [keys[4], keys[5], &nameless];
        assert_eq!(find(&keys, r#"{"alg": "EdDSA", "kid": "3"}"#), Some(c));
        assert_eq!(find(&keys, r#"{"alg": "EdDSA", "kid": "2"}"#), Some(b));
    }
}
