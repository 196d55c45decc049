//! The curves of ECDSA as values, for keys whose curve is known only at run time.

/// A curve of ECDSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedCurve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

impl NamedCurve {
    /// The curves of the algorithms that this build contains.
    pub(crate) const ALL: &'static [Self] = &[
        #[cfg(feature = "es256")]
        Self::P256,
        #[cfg(feature = "es384")]
        Self::P384,
        #[cfg(feature = "es512")]
        Self::P521,
    ];

    /// The name in the JOSE registry.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }
}
