//! An issuer that a verifier trusts: its name and its keys.

use super::{Key, PreparedKeys};
use crate::{Error, signature::Tables};

/// An issuer that a [`Verifier`](crate::Verifier) trusts, and its keys.
///
/// ```
/// use certbound::{KeySet, Policy, TrustedIssuer, Verifier};
///
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// # let other_jwks = jwks;
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let other_keys = KeySet::<8>::from_jwks(other_jwks)?;
/// let issuers = [
///     TrustedIssuer::new("https://as.example", &keys),
///     TrustedIssuer::new("https://as2.example", &other_keys),
/// ];
/// let verifier = Verifier::for_issuers(Policy::for_audiences(&["https://api.example"]), &issuers);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct TrustedIssuer<'keys> {
    name: &'keys str,
    keys: Keys<'keys>,
}

#[derive(Clone, Copy, Debug)]
enum Keys<'keys> {
    Plain(&'keys [Key]),
    Prepared(PreparedKeys<'keys>),
}

impl<'keys> TrustedIssuer<'keys> {
    /// An issuer with these keys, from a [`KeySet`](crate::KeySet) or from other memory.
    ///
    /// `name` is the issuer's identifier. It is compared byte for byte with `iss`; an empty name matches no token.
    ///
    /// ```
    /// use certbound::{KeySet, TrustedIssuer};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// assert_eq!(TrustedIssuer::new("https://as.example", &keys).name(), "https://as.example");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn new(name: &'keys str, keys: &'keys [Key]) -> Self {
        Self { name, keys: Keys::Plain(keys) }
    }

    /// An issuer with prepared keys. Verdicts are the same, in less time.
    ///
    /// ```
    /// use certbound::{Geometry, KeySet, PreparedKeys, TrustedIssuer};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Small)];
    /// let keys = PreparedKeys::prepare(&keys, Geometry::Small, &mut tables)?;
    /// assert_eq!(TrustedIssuer::prepared("https://as.example", keys).name(), "https://as.example");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn prepared(name: &'keys str, keys: PreparedKeys<'keys>) -> Self {
        Self { name, keys: Keys::Prepared(keys) }
    }

    /// The issuer's identifier.
    ///
    /// ```
    /// assert_eq!(certbound::TrustedIssuer::new("https://as.example", &[]).name(), "https://as.example");
    /// ```
    pub const fn name(&self) -> &'keys str {
        self.name
    }

    /// Its keys; none if the issuer has withdrawn all of them.
    pub(super) const fn keys(&self) -> &'keys [Key] {
        match &self.keys {
            Keys::Plain(keys) => keys,
            Keys::Prepared(prepared) => prepared.keys(),
        }
    }

    /// The tables of the key at this place; `None` if the keys are not prepared.
    pub(super) fn tables_of(&self, index: usize) -> Result<Option<Tables<'keys>>, Error> {
        match &self.keys {
            Keys::Plain(_) => Ok(None),
            Keys::Prepared(prepared) => prepared.tables_of(index).map(Some).ok_or(Error::TableTooSmall),
        }
    }
}
