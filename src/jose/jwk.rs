//! One key of the issuer (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use core::fmt;

use heapless::String;

use super::Algorithm;
use crate::{
    Error, base64url,
    json::{Object, Text, Value},
    limits,
    signature::{Acceleration, Message, NamedCurve, PublicKey, Tables},
};

/// A public key that can verify tokens, with its ID and algorithm.
///
/// ```
/// use certbound::{Algorithm, KeySet};
///
/// let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026-11",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let key = keys.keys().next().unwrap();
/// assert_eq!((key.key_id(), key.kind()), (Some("2026-11"), "OKP Ed25519"));
/// assert!(key.fits(Algorithm::EdDSA) && !key.fits(Algorithm::ES256));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone)]
pub struct Key {
    id: Option<String<{ limits::KEY_ID_LEN }>>,
    algorithm: Option<Algorithm>,
    /// A hash of the public key, which its table carries.
    identity: [u8; 32],
    public_key: PublicKey,
}

impl Key {
    /// The key's `kid`.
    ///
    /// ```
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = certbound::KeySet::<8>::from_jwks(jwks)?;
    /// assert_eq!(keys.keys().next().unwrap().key_id(), None);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn key_id(&self) -> Option<&str> {
        self.id.as_ref().map(String::as_str)
    }

    /// The key's `kty`, with the curve: `EC P-256`, `EC P-384`, `EC P-521`, `OKP Ed25519` or `RSA`.
    ///
    /// ```
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = certbound::KeySet::<8>::from_jwks(jwks)?;
    /// assert_eq!(keys.keys().next().unwrap().kind(), "OKP Ed25519");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn kind(&self) -> &'static str {
        self.public_key.kind()
    }

    /// Whether this key can make signatures of `algorithm`: its type and curve must fit, and its own `alg`, if it has one.
    ///
    /// ```
    /// use certbound::Algorithm;
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = certbound::KeySet::<8>::from_jwks(jwks)?;
    /// assert!(keys.keys().next().unwrap().fits(Algorithm::EdDSA));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.public_key.fits(algorithm.scheme()) && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Reads a JWK that can verify tokens.
    pub(super) fn from_jwk(jwk: Value<'_>) -> Result<Self, Error> {
        let jwk = jwk.as_object().ok_or(Error::KeyNotObject)?;
        let key_type = jwk.member("kty").and_then(Value::as_text).ok_or(Error::KeyTypeMalformed)?;
        is_registered_for_verifying(jwk)?;
        let public_key = read_public_key(jwk, key_type)?;
        let algorithm = match jwk.optional_member("alg") {
            None => None,
            Some(name) => {
                let own = name.as_text().and_then(Algorithm::from_text);
                Some(own.filter(|own| public_key.fits(own.scheme())).ok_or(Error::KeyAlgorithmUnsuited)?)
            }
        };
        let id = match jwk.optional_member("kid") {
            None => None,
            Some(id) => {
                let mut memory = [0; limits::KEY_ID_LEN];
                let id = id.as_text().and_then(|text| text.unescape_with(&mut memory)).ok_or(Error::KeyIdTooLong)?;
                Some(String::try_from(id).map_err(|_| Error::KeyIdTooLong)?)
            }
        };
        Ok(Self { id, algorithm, identity: public_key.identity(), public_key })
    }

    pub(super) fn has_id(&self, id: Text<'_>) -> bool {
        self.key_id().is_some_and(|own| id.is(own))
    }

    pub(super) const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The hash of the public key, which its table carries. It does not cover `kid` and `alg`, on which no table depends.
    pub(super) const fn identity(&self) -> &[u8; 32] {
        &self.identity
    }

    /// Verifies a signature by this key, by the accelerator if it has a verdict, or with the key's tables if it is prepared.
    ///
    /// # Errors
    /// [`Error::KeyUnsuited`] if key and algorithm do not [fit](Self::fits), and those of [`PublicKey::verify`].
    pub(super) fn verify(
        &self,
        accelerator: &mut impl Acceleration,
        tables: Option<Tables<'_>>,
        algorithm: Algorithm,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        if !self.fits(algorithm) {
            return Err(Error::KeyUnsuited);
        }
        self.public_key.verify(accelerator, tables, algorithm.scheme(), message, signature)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Key")
            .field("id", &self.key_id())
            .field("kind", &self.kind())
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

/// Rejects a key whose `use` or `key_ops` exclude the verification of signatures.
pub(crate) fn is_registered_for_verifying(jwk: Object<'_>) -> Result<(), Error> {
    if let Some(purpose) = jwk.optional_member("use")
        && !purpose.as_text().is_some_and(|text| text.is("sig"))
    {
        return Err(Error::KeyUseUnsuited);
    }
    if let Some(operations) = jwk.optional_member("key_ops") {
        let mut operations = operations.as_array().ok_or(Error::KeyOperationsUnsuited)?.elements();
        if !operations.any(|operation| operation.as_text().is_some_and(|text| text.is("verify"))) {
            return Err(Error::KeyOperationsUnsuited);
        }
    }
    Ok(())
}

/// Reads the members that make up the public key (RFC 7518 §6.2 and §6.3, RFC 8037 §2).
fn read_public_key(jwk: Object<'_>, key_type: Text<'_>) -> Result<PublicKey, Error> {
    let is_on = |name: &str| jwk.member("crv").and_then(Value::as_text).is_some_and(|text| text.is(name));
    let (mut one, mut other) = ([0; MEMBER_LEN], [0; MEMBER_LEN]);
    if key_type.is("RSA") {
        let modulus = decode_member(jwk, "n", &mut one, Error::KeyModulusLength)?;
        let exponent = decode_member(jwk, "e", &mut other, Error::KeyExponent)?;
        PublicKey::rsa(modulus, exponent)
    } else if key_type.is("EC") {
        let mut curves = NamedCurve::ALL.iter().copied();
        let curve = curves.find(|curve| is_on(curve.name())).ok_or(Error::CurveUnsupported)?;
        let x = decode_member(jwk, "x", &mut one, Error::KeyMemberMalformed)?;
        let y = decode_member(jwk, "y", &mut other, Error::KeyMemberMalformed)?;
        PublicKey::from_coordinates(curve, x, y)
    } else if key_type.is("OKP") {
        if !is_on("Ed25519") {
            return Err(Error::CurveUnsupported);
        }
        PublicKey::ed25519(decode_member(jwk, "x", &mut one, Error::KeyMemberMalformed)?)
    } else {
        Err(Error::KeyTypeUnsupported)
    }
}

/// Decodes a base64url member. `too_long` is the error for a member longer than [`MEMBER_LEN`].
fn decode_member<'memory>(
    jwk: Object<'_>,
    name: &str,
    memory: &'memory mut [u8; MEMBER_LEN],
    too_long: Error,
) -> Result<&'memory [u8], Error> {
    let text = jwk.member(name).and_then(Value::as_text).ok_or(Error::KeyMemberMalformed)?;
    let mut encoded = [0; MEMBER_LEN];
    let encoded = text.unescape_with(&mut encoded).ok_or(too_long)?;
    base64url::decode(encoded.as_bytes(), memory).map(|bytes| &*bytes).ok_or(Error::KeyMemberMalformed)
}

/// The length of the longest member, a modulus: four characters for every three bytes, rounded up.
const MEMBER_LEN: usize = (limits::RSA_MODULUS_MAX_BITS / 8).div_ceil(3) * 4;
