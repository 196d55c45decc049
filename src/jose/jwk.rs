//! One key of the issuer (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use core::fmt;

use heapless::String;

use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha2::{Digest, Sha256};

use super::Algorithm;
use crate::{
    Error, base64url,
    json::{Object, Text, Value},
    limits,
    signature::{
        Geometry, Message,
        ecdsa::{P256PublicKey, P384PublicKey, P521PublicKey},
        ed25519,
        prepared_ecdsa::{BasePoint, Curve, EllipticCurve, PreparedKey, Shape},
        rsa,
    },
};

/// A public key that can verify tokens, and what its owner says about it.
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
    /// What its tables are known by: a hash of the public key.
    identity: [u8; 32],
    public_key: PublicKey,
}

/// What a verification by a prepared key needs of its tables.
#[derive(Clone, Copy)]
pub(super) struct KeyTables<'memory> {
    pub(super) geometry: Geometry,
    /// The key's own table.
    pub(super) key: &'memory [u64],
    /// The table of its curve's base point, for an EC key.
    pub(super) base_point: &'memory [u64],
}

/// Key material, checked.
#[derive(Clone)]
#[allow(clippy::large_enum_variant, reason = "keys are stored side by side, since there is no allocation")]
enum PublicKey {
    P256(P256PublicKey),
    P384(P384PublicKey),
    P521(P521PublicKey),
    Ed25519(ed25519::PublicKey),
    Rsa(rsa::PublicKey),
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

    /// Its `kty`, with the curve: `EC P-256`, `EC P-384`, `EC P-521`, `OKP Ed25519` or `RSA`.
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

    /// Whether signatures of `algorithm` can be this key's: by its type, its curve, and its own `alg` if it has one.
    ///
    /// ```
    /// use certbound::Algorithm;
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = certbound::KeySet::<8>::from_jwks(jwks)?;
    /// assert!(keys.keys().next().unwrap().fits(Algorithm::EdDSA));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.public_key.fits(algorithm) && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Reads a JWK that a token may be verified with.
    pub(super) fn from_jwk(jwk: Value<'_>) -> Result<Self, Error> {
        let jwk = jwk.as_object().ok_or(Error::KeyNotObject)?;
        let key_type = jwk.member("kty").and_then(Value::as_text).ok_or(Error::KeyTypeMalformed)?;
        is_registered_for_verifying(jwk)?;
        let public_key = PublicKey::from_jwk(jwk, key_type)?;
        let algorithm = match jwk.optional_member("alg") {
            None => None,
            Some(name) => {
                let own = name.as_text().and_then(Algorithm::from_text);
                Some(own.filter(|own| public_key.fits(*own)).ok_or(Error::KeyAlgorithmUnsuited)?)
            }
        };
        let id = match jwk.optional_member("kid") {
            None => None,
            Some(id) => {
                let mut memory = [0; limits::KEY_ID_LEN];
                let id = id.as_text().and_then(|text| text.copy_to(&mut memory)).ok_or(Error::KeyIdTooLong)?;
                Some(String::try_from(id).map_err(|_| Error::KeyIdTooLong)?)
            }
        };
        Ok(Self { id, algorithm, identity: public_key.identity(), public_key })
    }

    pub(super) fn has_id(&self, id: Text<'_>) -> bool {
        self.key_id().is_some_and(|own| id.is(own))
    }

    /// Verifies a signature by this key, with its tables where it is prepared. Whether key and algorithm
    /// [fit](Self::fits) is part of the verdict.
    pub(super) fn verify(
        &self,
        tables: Option<KeyTables<'_>>,
        algorithm: Algorithm,
        message: &Message<'_>,
        signature: &[u8],
    ) -> Result<(), Error> {
        if !self.fits(algorithm) {
            return Err(Error::KeyUnsuited);
        }
        match (&self.public_key, tables) {
            (PublicKey::P256(key), None) => key.verify(message, signature),
            (PublicKey::P384(key), None) => key.verify(message, signature),
            (PublicKey::P521(key), None) => key.verify(message, signature),
            (PublicKey::Ed25519(key), None) => key.verify(message.bytes(), signature),
            (PublicKey::P256(_), Some(tables)) => verify_prepared::<NistP256>(tables, message, signature),
            (PublicKey::P384(_), Some(tables)) => verify_prepared::<NistP384>(tables, message, signature),
            (PublicKey::P521(_), Some(tables)) => verify_prepared::<NistP521>(tables, message, signature),
            (PublicKey::Ed25519(key), Some(tables)) => {
                key.verify_prepared(tables.geometry, tables.key, message.bytes(), signature)
            }
            (PublicKey::Rsa(key), tables) => verify_rsa(key, tables, algorithm, message, signature),
        }
    }
}

/// Tables of multiples, where keys are prepared.
impl Key {
    /// A hash of the public key. `kid` and `alg` are no part of it, since no table depends on them.
    pub(super) const fn identity(&self) -> &[u8; 32] {
        &self.identity
    }

    /// The elliptic curve of an EC key.
    pub(super) const fn curve(&self) -> Option<EllipticCurve> {
        match self.public_key {
            PublicKey::P256(_) => Some(EllipticCurve::P256),
            PublicKey::P384(_) => Some(EllipticCurve::P384),
            PublicKey::P521(_) => Some(EllipticCurve::P521),
            PublicKey::Ed25519(_) | PublicKey::Rsa(_) => None,
        }
    }

    /// Words of its table.
    pub(super) fn table_len(&self, geometry: Geometry) -> usize {
        match &self.public_key {
            PublicKey::P256(_) => EllipticCurve::P256.key_table_len(geometry),
            PublicKey::P384(_) => EllipticCurve::P384.key_table_len(geometry),
            PublicKey::P521(_) => EllipticCurve::P521.key_table_len(geometry),
            PublicKey::Ed25519(_) => ed25519::table_len(geometry),
            PublicKey::Rsa(key) => key.table_len(),
        }
    }

    /// Fills its table.
    pub(super) fn prepare(&self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        match &self.public_key {
            PublicKey::P256(key) => PreparedKey::prepare(key, Shape::of_key(geometry), table).map(|_| ()),
            PublicKey::P384(key) => PreparedKey::prepare(key, Shape::of_key(geometry), table).map(|_| ()),
            PublicKey::P521(key) => PreparedKey::prepare(key, Shape::of_key(geometry), table).map(|_| ()),
            PublicKey::Ed25519(key) => key.prepare(geometry, table),
            PublicKey::Rsa(key) => key.prepare(table),
        }
    }
}

#[inline(never)]
fn verify_prepared<C: Curve>(tables: KeyTables<'_>, message: &Message<'_>, signature: &[u8]) -> Result<(), Error> {
    PreparedKey::<C>::from_table(tables.key)?.verify(&BasePoint::from_table(tables.base_point)?, message, signature)
}

#[inline(never)]
fn verify_rsa(
    key: &rsa::PublicKey,
    tables: Option<KeyTables<'_>>,
    algorithm: Algorithm,
    message: &Message<'_>,
    signature: &[u8],
) -> Result<(), Error> {
    let hash = algorithm.hash().ok_or(Error::KeyUnsuited)?;
    let is_pss = matches!(algorithm, Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512);
    match (is_pss, tables) {
        (false, None) => key.verify_pkcs1_v15(hash, message, signature),
        (true, None) => key.verify_pss(hash, message, signature),
        (false, Some(tables)) => key.verify_pkcs1_v15_prepared(tables.key, hash, message, signature),
        (true, Some(tables)) => key.verify_pss_prepared(tables.key, hash, message, signature),
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

/// Refuses a key whose `use` or `key_ops` say that it is for something else than signatures.
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

impl PublicKey {
    fn from_jwk(jwk: Object<'_>, key_type: Text<'_>) -> Result<Self, Error> {
        let is_on = |name: &str| jwk.member("crv").and_then(Value::as_text).is_some_and(|text| text.is(name));
        let (mut one, mut other) = ([0; MEMBER_LEN], [0; MEMBER_LEN]);
        if key_type.is("RSA") {
            let modulus = decode_member(jwk, "n", &mut one, Error::KeyModulusLength)?;
            let exponent = decode_member(jwk, "e", &mut other, Error::KeyExponent)?;
            Ok(Self::Rsa(rsa::PublicKey::new(modulus, exponent)?))
        } else if key_type.is("EC") {
            if !is_on("P-256") && !is_on("P-384") && !is_on("P-521") {
                return Err(Error::CurveUnsupported);
            }
            let x = decode_member(jwk, "x", &mut one, Error::KeyMemberMalformed)?;
            let y = decode_member(jwk, "y", &mut other, Error::KeyMemberMalformed)?;
            if is_on("P-256") {
                Ok(Self::P256(P256PublicKey::from_coordinates(x, y)?))
            } else if is_on("P-384") {
                Ok(Self::P384(P384PublicKey::from_coordinates(x, y)?))
            } else {
                Ok(Self::P521(P521PublicKey::from_coordinates(x, y)?))
            }
        } else if key_type.is("OKP") {
            if !is_on("Ed25519") {
                return Err(Error::CurveUnsupported);
            }
            let x = decode_member(jwk, "x", &mut one, Error::KeyMemberMalformed)?;
            Ok(Self::Ed25519(ed25519::PublicKey::from_bytes(x)?))
        } else {
            Err(Error::KeyTypeUnsupported)
        }
    }

    const fn kind(&self) -> &'static str {
        match self {
            Self::P256(_) => "EC P-256",
            Self::P384(_) => "EC P-384",
            Self::P521(_) => "EC P-521",
            Self::Ed25519(_) => "OKP Ed25519",
            Self::Rsa(_) => "RSA",
        }
    }

    /// A SHA-256 value of the kind of key and its numbers.
    // Not inlined, so that the hash function's state is off the stack when the key is read.
    #[inline(never)]
    fn identity(&self) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(self.kind());
        match self {
            Self::P256(key) => key.hash_to(&mut hash),
            Self::P384(key) => key.hash_to(&mut hash),
            Self::P521(key) => key.hash_to(&mut hash),
            Self::Ed25519(key) => key.hash_to(&mut hash),
            Self::Rsa(key) => key.hash_to(&mut hash),
        }
        hash.finalize().into()
    }

    const fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::P256(_) => matches!(algorithm, Algorithm::ES256),
            Self::P384(_) => matches!(algorithm, Algorithm::ES384),
            Self::P521(_) => matches!(algorithm, Algorithm::ES512),
            Self::Ed25519(_) => matches!(algorithm, Algorithm::EdDSA),
            Self::Rsa(_) => matches!(
                algorithm,
                Algorithm::RS256
                    | Algorithm::RS384
                    | Algorithm::RS512
                    | Algorithm::PS256
                    | Algorithm::PS384
                    | Algorithm::PS512
            ),
        }
    }
}

/// Decodes a member of base64url; `too_long` is the error for more than any member may have.
fn decode_member<'memory>(
    jwk: Object<'_>,
    name: &str,
    memory: &'memory mut [u8; MEMBER_LEN],
    too_long: Error,
) -> Result<&'memory [u8], Error> {
    let text = jwk.member(name).and_then(Value::as_text).ok_or(Error::KeyMemberMalformed)?;
    let mut encoded = [0; MEMBER_LEN];
    let encoded = text.copy_to(&mut encoded).ok_or(too_long)?;
    base64url::decode(encoded.as_bytes(), memory).map(|bytes| &*bytes).ok_or(Error::KeyMemberMalformed)
}

/// Characters of the longest member, a modulus: four for every three bytes, and as many for the last two.
const MEMBER_LEN: usize = (limits::RSA_MODULUS_MAX_BITS / 8).div_ceil(3) * 4;
