//! The issuer's key set, which is read once (RFC 7517 §5).

use core::ops::Deref;

use heapless::Vec;

use super::Key;
use crate::{
    Error,
    json::{self, Value},
    limits,
};

/// Up to `N` keys of an issuer.
///
/// It owns the keys: the JWK Set's text is not needed afterwards. A key occupies about 700 bytes, whatever its kind.
///
/// ```
/// use certbound::KeySet;
///
/// let jwks = br#"{"keys": [
///     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty": "oct", "k": "c2VjcmV0"}
/// ]}"#;
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeySet<const N: usize> {
    keys: Vec<Key, N>,
}

/// An unusable key of a JWK Set, and the reason.
///
/// ```
/// use certbound::{Error, KeySet};
///
/// let jwks = br#"{"keys": [{"kty": "oct", "kid": "shared", "k": "c2VjcmV0"}]}"#;
/// let result = KeySet::<8>::from_jwks_reporting(jwks, |key| {
///     assert_eq!((key.index, key.key_id, key.reason), (0, Some("shared"), Error::KeyTypeUnsupported));
/// });
/// assert_eq!(result.unwrap_err(), Error::KeySetWithoutUsableKey);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PassedOver<'key> {
    /// Its index in `keys`, from 0.
    pub index: usize,
    /// Its `kid`, if it is a string of at most [`KEY_ID_LEN`](limits::KEY_ID_LEN) bytes.
    pub key_id: Option<&'key str>,
    /// Why it was passed over.
    pub reason: Error,
}

impl<const N: usize> KeySet<N> {
    /// Reads a JWK Set. Unusable keys are passed over, as RFC 7517 §5 recommends.
    ///
    /// A set that lists no keys withdraws all keys of its issuer: reading it succeeds, and every token is then rejected with
    /// [`Error::KeysWithdrawn`]. A set that lists only unusable keys is an error.
    ///
    /// The origin of the set is not checked: fetch it from the issuer over TLS.
    ///
    /// # Errors
    /// Those of JSON; [`Error::KeySetIsPem`], [`Error::KeySetNotObject`], [`Error::KeySetKeysMissing`],
    /// [`Error::KeySetWithoutUsableKey`], and [`Error::KeySetFull`] if there are more than `N` usable keys: no
    /// usable key is dropped silently.
    ///
    /// ```
    /// use certbound::{Error, KeySet};
    ///
    /// assert!(KeySet::<8>::from_jwks(br#"{"keys": []}"#)?.is_empty());
    /// let unusable = br#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#;
    /// assert_eq!(KeySet::<8>::from_jwks(unusable).unwrap_err(), Error::KeySetWithoutUsableKey);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, Error> {
        Self::from_jwks_reporting(jwks, |_| {})
    }

    /// Reads a JWK Set like [`from_jwks`](Self::from_jwks), and calls `report` for each key that is passed over.
    ///
    /// # Errors
    /// Those of [`from_jwks`](Self::from_jwks).
    ///
    /// ```
    /// use certbound::KeySet;
    ///
    /// let jwks = br#"{"keys": [
    ///     {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}
    /// ]}"#;
    /// let keys = KeySet::<8>::from_jwks_reporting(jwks, |key| eprintln!("key {}: {}", key.index, key.reason))?;
    /// # assert_eq!(keys.len(), 1);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn from_jwks_reporting(jwks: &[u8], report: impl FnMut(PassedOver<'_>)) -> Result<Self, Error> {
        let mut keys = Vec::new();
        Key::each_of_jwks(jwks, |key| keys.push(key).map_err(|_| Error::KeySetFull), report)?;
        Ok(Self { keys })
    }

    /// Reads a single JWK, for an issuer whose only key is configured by hand.
    ///
    /// # Errors
    /// Those of JSON, and the reason why the key would be passed over in a set.
    ///
    /// ```
    /// use certbound::{Error, KeySet};
    ///
    /// let jwk = br#"{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    /// assert_eq!(KeySet::<1>::from_jwk(jwk)?.len(), 1);
    /// assert_eq!(KeySet::<1>::from_jwk(br#"{"kty": "oct"}"#).unwrap_err(), Error::KeyTypeUnsupported);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, Error> {
        let mut keys = Vec::new();
        keys.push(Key::from_jwk(json::read(jwk)?)?).map_err(|_| Error::KeySetFull)?;
        Ok(Self { keys })
    }

    /// The number of usable keys; 0 if the issuer has withdrawn all of them.
    ///
    /// ```
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// assert_eq!(certbound::KeySet::<8>::from_jwks(jwks)?.len(), 1);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the issuer has withdrawn all its keys.
    ///
    /// ```
    /// assert!(certbound::KeySet::<8>::from_jwks(br#"{"keys": []}"#)?.is_empty());
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The usable keys, in the order of the set.
    ///
    /// ```
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// for key in certbound::KeySet::<8>::from_jwks(jwks)?.keys() {
    ///     println!("{:?} {}", key.key_id(), key.kind());
    /// }
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.keys.iter()
    }
}

impl<const N: usize> Deref for KeySet<N> {
    type Target = [Key];

    fn deref(&self) -> &[Key] {
        &self.keys
    }
}

impl Key {
    /// Reads a JWK Set, and passes each usable key to `take`, to store keys elsewhere than in a [`KeySet`].
    ///
    /// An error of `take` ends the reading and is returned.
    ///
    /// # Errors
    /// Those of [`KeySet::from_jwks`], except [`Error::KeySetFull`], which `take` may return.
    ///
    /// ```
    /// use certbound::{Key, Policy, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let mut keys: Vec<Key> = Vec::new();
    /// Key::each_of_jwks(jwks, |key| Ok(keys.push(key)), |_| {})?;
    /// let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn each_of_jwks(
        jwks: &[u8],
        mut take: impl FnMut(Self) -> Result<(), Error>,
        mut report: impl FnMut(PassedOver<'_>),
    ) -> Result<(), Error> {
        let text = jwks.strip_prefix(BYTE_ORDER_MARK).unwrap_or(jwks).trim_ascii_start();
        if text.starts_with(b"-----BEGIN") {
            return Err(Error::KeySetIsPem);
        }
        let set = json::read_object(jwks, Error::KeySetNotObject)?;
        let listed = set.member("keys").and_then(Value::as_array).ok_or(Error::KeySetKeysMissing)?;
        // An empty list withdraws all keys; a list of unusable keys is a mistake.
        let is_empty = listed.elements().next().is_none();
        let mut verdict = if is_empty { Ok(()) } else { Err(Error::KeySetWithoutUsableKey) };
        for (index, jwk) in listed.elements().enumerate() {
            match Self::from_jwk(jwk) {
                Ok(key) => {
                    take(key)?;
                    verdict = Ok(());
                }
                Err(reason) => {
                    let mut memory = [0; limits::KEY_ID_LEN];
                    let key_id = jwk.as_object().and_then(|jwk| jwk.member("kid")).and_then(Value::as_text);
                    let key_id = key_id.and_then(|text| text.unescape_with(&mut memory));
                    report(PassedOver { index, key_id, reason });
                }
            }
        }
        verdict
    }
}

/// The UTF-8 byte order mark, which some editors write at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
