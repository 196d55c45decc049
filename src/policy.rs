//! What a resource server requires of a token.

use crate::{Algorithm, Error, TokenType, limits};

/// Whether a token must be bound to a certificate.
///
/// ```
/// use certbound::{Binding, Policy};
///
/// // While clients migrate to mutual TLS one by one:
/// let policy = Policy::new("https://as.example", &["https://api.example"]).binding(Binding::IfPresent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// A token without a `cnf` is rejected.
    Required,
    /// A token without a `cnf` is accepted as a plain bearer token, which anyone who finds it can use. A token with a
    /// `cnf` must still be bound to this connection's certificate, and an unreadable `cnf` is rejected.
    IfPresent,
}

/// What a resource server requires of a token. Strict by default, and immutable once it is built.
///
/// By default the token must be bound to a certificate, have the type `at+jwt`, and be within its validity period
/// without leeway. It may use any [`Algorithm`] that fits its key.
///
/// ```
/// use certbound::{Algorithm, Policy};
///
/// let policy = Policy::new("https://as.example", &["https://api.example"])
///     .algorithms(&[Algorithm::ES256, Algorithm::EdDSA])
///     .required_scopes(&["accounts:read"])
///     .leeway_seconds(30);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Policy<'policy> {
    pub(crate) issuer: &'policy str,
    pub(crate) audiences: &'policy [&'policy str],
    pub(crate) algorithms: &'policy [Algorithm],
    pub(crate) required_scopes: &'policy [&'policy str],
    pub(crate) binding: Binding,
    pub(crate) token_type: TokenType,
    pub(crate) leeway_seconds: u64,
}

impl<'policy> Policy<'policy> {
    /// Accepts tokens from `issuer` for one of `audiences`, the names of this resource server.
    ///
    /// Both are compared byte for byte. A policy with an empty issuer or without an audience accepts nothing.
    ///
    /// ```
    /// let policy = certbound::Policy::new("https://as.example", &["https://api.example"]);
    /// ```
    pub const fn new(issuer: &'policy str, audiences: &'policy [&'policy str]) -> Self {
        Self {
            issuer,
            audiences,
            algorithms: Algorithm::ALL,
            required_scopes: &[],
            binding: Binding::Required,
            token_type: TokenType::AccessToken,
            leeway_seconds: 0,
        }
    }

    /// Accepts tokens for one of `audiences` from any issuer of a [`Verifier::for_issuers`](crate::Verifier::for_issuers).
    ///
    /// The policy itself names no issuer, so with [`Verifier::new`](crate::Verifier::new) it accepts nothing.
    ///
    /// ```
    /// let policy = certbound::Policy::for_audiences(&["https://api.example"]);
    /// ```
    pub const fn for_audiences(audiences: &'policy [&'policy str]) -> Self {
        Self::new("", audiences)
    }

    /// Allows only these algorithms. With an empty list the policy accepts nothing.
    ///
    /// ```
    /// # use certbound::{Algorithm, Policy};
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).algorithms(&[Algorithm::ES256]);
    /// ```
    pub const fn algorithms(self, algorithms: &'policy [Algorithm]) -> Self {
        Self { algorithms, ..self }
    }

    /// Requires all of these scopes.
    ///
    /// ```
    /// # use certbound::Policy;
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).required_scopes(&["read"]);
    /// ```
    pub const fn required_scopes(self, required_scopes: &'policy [&'policy str]) -> Self {
        Self { required_scopes, ..self }
    }

    /// Sets whether the token must be bound to a certificate. The default is [`Binding::Required`].
    ///
    /// ```
    /// # use certbound::{Binding, Policy};
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).binding(Binding::IfPresent);
    /// ```
    pub const fn binding(self, binding: Binding) -> Self {
        Self { binding, ..self }
    }

    /// Sets the `typ` that the token must have. The default is [`TokenType::AccessToken`].
    ///
    /// ```
    /// # use certbound::{Policy, TokenType};
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).token_type(TokenType::Any);
    /// ```
    pub const fn token_type(self, token_type: TokenType) -> Self {
        Self { token_type, ..self }
    }

    /// Allows this server's clock and the issuer's to differ by this many seconds (RFC 7519 §4.1.4). The default is 0.
    ///
    /// With more than [`LEEWAY_SECONDS_MAX`](limits::LEEWAY_SECONDS_MAX) every verdict is [`Error::LeewayTooLong`].
    ///
    /// ```
    /// # use certbound::Policy;
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).leeway_seconds(30);
    /// ```
    pub const fn leeway_seconds(self, leeway_seconds: u64) -> Self {
        Self { leeway_seconds, ..self }
    }

    /// The leeway; fails if it exceeds its limit.
    pub(crate) const fn leeway(&self) -> Result<u64, Error> {
        if self.leeway_seconds <= limits::LEEWAY_SECONDS_MAX {
            Ok(self.leeway_seconds)
        } else {
            Err(Error::LeewayTooLong)
        }
    }

    /// Returns the algorithm of a header if this policy allows it (RFC 8725 §3.1).
    pub(crate) fn allow(&self, algorithm: Algorithm) -> Result<Algorithm, Error> {
        if self.algorithms.contains(&algorithm) { Ok(algorithm) } else { Err(Error::AlgorithmNotAllowed) }
    }
}
