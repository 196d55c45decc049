//! The supported signature algorithms: asymmetric ones only.

use crate::{
    json::Text,
    signature::{Hash, NamedCurve, Scheme},
};

/// A JWS signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).
///
/// `none` and the HMAC algorithms are not included, so no policy can allow them. An algorithm that the build leaves out has a
/// name here, and nothing else: its tokens are rejected like those of an unknown algorithm, whatever the policy allows.
///
/// ```
/// use certbound::Algorithm;
///
/// assert_eq!(Algorithm::from_name("ES256"), Some(Algorithm::ES256));
/// assert_eq!(Algorithm::from_name("none"), None);
/// assert_eq!(Algorithm::from_name("es256"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    ES256,
    /// ECDSA with P-384 and SHA-384.
    ES384,
    /// ECDSA with P-521 and SHA-512.
    ES512,
    /// EdDSA with Ed25519, its only supported curve. It has two names, `EdDSA` and `Ed25519` (RFC 9864 §2.2).
    EdDSA,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RS384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-384.
    PS384,
    /// RSASSA-PSS with SHA-512.
    PS512,
}

impl Algorithm {
    /// All algorithms that this build contains. A cargo feature adds those of one kind of key.
    ///
    /// Another crate in the program may switch on more: [`Policy::algorithms`](crate::Policy::algorithms) restricts a verifier, a
    /// missing feature does not.
    ///
    /// ```
    /// assert_eq!(certbound::Algorithm::ALL.len(), 10);
    /// ```
    pub const ALL: &'static [Self] = &[
        #[cfg(feature = "es256")]
        Self::ES256,
        #[cfg(feature = "es384")]
        Self::ES384,
        #[cfg(feature = "es512")]
        Self::ES512,
        #[cfg(feature = "eddsa")]
        Self::EdDSA,
        #[cfg(feature = "rsa")]
        Self::RS256,
        #[cfg(feature = "rsa")]
        Self::RS384,
        #[cfg(feature = "rsa")]
        Self::RS512,
        #[cfg(feature = "rsa")]
        Self::PS256,
        #[cfg(feature = "rsa")]
        Self::PS384,
        #[cfg(feature = "rsa")]
        Self::PS512,
    ];

    /// The name in the JOSE registry; `EdDSA` for the algorithm that has two.
    ///
    /// ```
    /// assert_eq!(certbound::Algorithm::EdDSA.name(), "EdDSA");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::ES512 => "ES512",
            Self::EdDSA => "EdDSA",
            Self::RS256 => "RS256",
            Self::RS384 => "RS384",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS384 => "PS384",
            Self::PS512 => "PS512",
        }
    }

    /// The algorithm with this registered name. Names are case-sensitive (RFC 7515 §4.1.1).
    ///
    /// ```
    /// # use certbound::Algorithm;
    /// assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDSA));
    /// assert_eq!(Algorithm::from_name("HS256"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::named(|registered| registered == name)
    }

    /// What it asks of a key and of a signature.
    pub(super) const fn scheme(self) -> Scheme {
        match self {
            Self::ES256 => Scheme::Ecdsa(NamedCurve::P256),
            Self::ES384 => Scheme::Ecdsa(NamedCurve::P384),
            Self::ES512 => Scheme::Ecdsa(NamedCurve::P521),
            Self::EdDSA => Scheme::Ed25519,
            Self::RS256 => Scheme::RsaPkcs1(Hash::Sha256),
            Self::RS384 => Scheme::RsaPkcs1(Hash::Sha384),
            Self::RS512 => Scheme::RsaPkcs1(Hash::Sha512),
            Self::PS256 => Scheme::RsaPss(Hash::Sha256),
            Self::PS384 => Scheme::RsaPss(Hash::Sha384),
            Self::PS512 => Scheme::RsaPss(Hash::Sha512),
        }
    }

    /// Like [`from_name`](Self::from_name), for a name in JSON.
    pub(super) fn from_text(name: Text<'_>) -> Option<Self> {
        Self::named(|registered| name.is(registered))
    }

    /// The algorithm of the first registered name for which `is` holds.
    fn named(is: impl Fn(&str) -> bool) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|algorithm| is(algorithm.name()) || (*algorithm == Self::EdDSA && is(ED25519)))
    }
}

/// The second name of [`Algorithm::EdDSA`] (RFC 9864 §2.2).
const ED25519: &str = "Ed25519";
