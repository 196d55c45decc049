//! An issuer for tests: a key of every kind, and signatures with them.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{Algorithm, KeySet};
use p521::ecdsa::signature::Signer as _;
use ring::{
    rand::{SecureRandom as _, SystemRandom},
    rsa,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair},
};

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

    /// With the P-256 key of RFC 7515 §A.3, for tests that need to know it before they run.
    pub fn with_known_p256() -> Self {
        let bytes = |text| Base64UrlUnpadded::decode_vec(text).unwrap();
        let [x, y] = ["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"];
        let public = [&[4], &*bytes(x), &*bytes(y)].concat();
        let private = bytes("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let mut issuer = Self::new();
        issuer.p256 =
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, &public, &issuer.random).unwrap();
        issuer
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
