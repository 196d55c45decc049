//! An issuer that a verifier trusts: its name and its keys.

use super::Key;
#[cfg(feature = "prepared")]
use super::PreparedKeys;
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
    Pending,
    Plain(&'keys [Key]),
    #[cfg(feature = "prepared")]
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
    #[cfg(feature = "prepared")]
    pub const fn prepared(name: &'keys str, keys: PreparedKeys<'keys>) -> Self {
        Self { name, keys: Keys::Prepared(keys) }
    }

    /// An issuer whose first keys have not arrived yet.
    ///
    /// None of its tokens is accepted. Tokens that it may have signed are rejected with
    /// [`Error::KeysPending`](crate::Error::KeysPending), so that their clients try again. Those are the tokens that no
    /// other issuer's key verifies, unless they have the `kid` of such a key that fits their `alg`.
    ///
    /// ```
    /// use certbound::{Error, KeySet, Policy, Thumbprint, TrustedIssuer, UnixTime, Verifier, scratch_len};
    ///
    /// # let jwks = include_bytes!("../../examples/quick_start/jwks.json");
    /// # let token = include_str!("../../examples/quick_start/token.jwt").trim_end().as_bytes();
    /// # let certificate = Thumbprint::from_x5t_s256("EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA")?;
    /// # let now = UnixTime::from_seconds(1_800_000_000);
    /// let policy = Policy::for_audiences(&["https://api.example"]);
    /// let mut scratch = [0; scratch_len(1024)];
    ///
    /// let issuers = [TrustedIssuer::pending("https://as.example")];
    /// let verdict = Verifier::for_issuers(policy, &issuers).verify(token, Some(&certificate), now, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::KeysPending);
    ///
    /// // Later, with its keys:
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let issuers = [TrustedIssuer::new("https://as.example", &keys)];
    /// let verifier = Verifier::for_issuers(policy, &issuers);
    /// assert!(verifier.verify(token, Some(&certificate), now, &mut scratch).is_ok());
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn pending(name: &'keys str) -> Self {
        Self { name, keys: Keys::Pending }
    }

    /// The issuer's identifier.
    ///
    /// ```
    /// assert_eq!(certbound::TrustedIssuer::new("https://as.example", &[]).name(), "https://as.example");
    /// ```
    pub const fn name(&self) -> &'keys str {
        self.name
    }

    /// Whether its keys have not arrived yet.
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self.keys, Keys::Pending)
    }

    /// Its keys; none if the issuer has withdrawn all of them, or if they have not arrived yet.
    pub(super) const fn keys(&self) -> &'keys [Key] {
        match &self.keys {
            Keys::Pending => &[],
            Keys::Plain(keys) => keys,
            #[cfg(feature = "prepared")]
            Keys::Prepared(prepared) => prepared.keys(),
        }
    }

    /// The tables of the key at this place; `None` if the keys are not prepared.
    #[cfg_attr(not(feature = "prepared"), allow(unused_variables))]
    pub(super) fn tables_of(&self, index: usize) -> Result<Option<Tables<'keys>>, Error> {
        match &self.keys {
            Keys::Pending | Keys::Plain(_) => Ok(None),
            #[cfg(feature = "prepared")]
            Keys::Prepared(prepared) => prepared.tables_of(index).map(Some),
        }
    }
}
