//! An issuer, and tokens with any header and claims.

use std::time::{SystemTime, UNIX_EPOCH};

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
pub use certbound::Algorithm;
use certbound::Thumbprint;

use crate::{
    pki::Identity,
    support::{self, Members},
};

/// The `iss` of the usual token.
pub const ISSUER: &str = support::ISSUER;

/// The `aud` of the usual token.
pub const AUDIENCE: &str = support::AUDIENCE;

/// Signs tokens with a key of each type. All keys are new except for RSA.
pub struct Issuer {
    keys: support::Issuer,
    prefix: String,
}

impl Issuer {
    /// Creates an issuer. Its keys are named `{prefix}ES256`, `{prefix}ES384`, `{prefix}ES512`,
    /// `{prefix}EdDSA` and `{prefix}RS256`.
    pub fn new(prefix: &str) -> Self {
        Self { keys: support::Issuer::new(), prefix: prefix.to_owned() }
    }

    /// Its keys as a JWK Set.
    pub fn jwks(&self) -> String {
        let kinds = [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256];
        jwks(&kinds.map(|kind| self.jwk(kind)))
    }

    /// Its key for `algorithm`, as a JWK.
    pub fn jwk(&self, algorithm: Algorithm) -> String {
        self.keys.jwk(algorithm, &format!(r#""kid":"{}""#, self.key_id(algorithm)))
    }

    fn key_id(&self, algorithm: Algorithm) -> String {
        let kind = match algorithm.name() {
            "ES256" | "ES384" | "ES512" | "EdDSA" => algorithm.name(),
            _ => "RS256",
        };
        format!("{}{kind}", self.prefix)
    }
}

/// A JWK Set of these keys.
pub fn jwks(keys: &[String]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// Builds a token: the usual one with changes.
#[derive(Clone)]
pub struct Token {
    algorithm: Algorithm,
    header: Members,
    claims: Members,
    key_id: Option<String>,
}

impl Token {
    /// Server A's usual token, valid for five minutes and bound to this certificate.
    pub fn bound_to(identity: &Identity) -> Self {
        let thumbprint = thumbprint(identity);
        Self::unbound().claim("cnf", &format!(r#"{{"x5t#S256":"{thumbprint}"}}"#))
    }

    /// The same without `cnf`.
    pub fn unbound() -> Self {
        let claims = support::usual_claims().without("cnf").with("iat", &now().to_string());
        let header = support::usual_header().without("kid");
        Self { algorithm: Algorithm::ES256, header, claims, key_id: None }.expires_in(300)
    }

    /// Signs with this algorithm, even if the header is changed later.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self.header("alg", &format!(r#""{}""#, algorithm.name()))
    }

    /// With an `exp` this many seconds from now.
    pub fn expires_in(self, seconds: i64) -> Self {
        let expiry = now().checked_add_signed(seconds).unwrap();
        self.claim("exp", &expiry.to_string())
    }

    /// With this header parameter, a JSON value.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.header = self.header.with(name, value);
        self
    }

    /// Without this header parameter.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header = self.header.without(name);
        self
    }

    /// With this claim, a JSON value.
    pub fn claim(mut self, name: &str, value: &str) -> Self {
        self.claims = self.claims.with(name, value);
        self
    }

    /// Without this claim.
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims = self.claims.without(name);
        self
    }

    /// With this `iss`.
    pub fn issuer(self, name: &str) -> Self {
        self.claim("iss", &format!("{name:?}"))
    }

    /// With this `kid` instead of the key's.
    pub fn key_id(mut self, key_id: &str) -> Self {
        self.key_id = Some(key_id.to_owned());
        self
    }

    /// The token.
    pub fn signed_by(self, issuer: &Issuer) -> String {
        let key_id = self.key_id.unwrap_or_else(|| issuer.key_id(self.algorithm));
        let header = self.header.with("kid", &format!(r#""{key_id}""#));
        issuer.keys.token(self.algorithm, header.json(), self.claims.json())
    }
}

/// The token with another signature.
pub fn with_signature(token: &str, signature: &[u8]) -> String {
    let (signed, _) = token.rsplit_once('.').unwrap();
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(signature))
}

/// The token with the subject and the client `server-x` instead of `server-a`: of the same length, with the old signature.
pub fn forged(token: &str) -> String {
    let [header, payload, signature] = token.split('.').collect::<Vec<_>>().try_into().unwrap();
    let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(payload).unwrap()).unwrap();
    assert!(claims.contains("server-a"));
    format!("{header}.{}.{signature}", base64url(claims.replace("server-a", "server-x")))
}

/// The token's signature.
pub fn signature(token: &str) -> Vec<u8> {
    let (_, signature) = token.rsplit_once('.').unwrap();
    Base64UrlUnpadded::decode_vec(signature).unwrap()
}

/// Padded base64.
pub fn base64(bytes: impl AsRef<[u8]>) -> String {
    Base64::encode_string(bytes.as_ref())
}

/// Unpadded base64url.
pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// The `x5t#S256` of this certificate.
pub fn thumbprint(identity: &Identity) -> String {
    Thumbprint::of_der(identity.certificate()).to_string()
}

/// The SHA-256 value of this certificate in hexadecimal digits, as Envoy writes it.
pub fn fingerprint(identity: &Identity) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    Thumbprint::of_der(identity.certificate()).as_sha256().iter().map(digits).collect()
}

/// The current time, in Unix seconds.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
