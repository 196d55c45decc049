//! Introspection responses: the same binding rule for tokens that the issuer looks up (RFC 7662, RFC 8705 §3.2).

use core::ops::Deref;

use crate::{Binding, ClaimSet, Confirmation, Error, Thumbprint, confirmation, json::Value, scratch::Scratch};

/// How many bytes of scratch memory an introspection response of `response_len` bytes needs at the most.
///
/// ```
/// assert_eq!(certbound::introspection_scratch_len(500), 1_000);
/// ```
pub const fn introspection_scratch_len(response_len: usize) -> usize {
    response_len.saturating_mul(2)
}

/// The response to an introspection request for a token that is active, and bound to this connection's certificate.
///
/// It lends the methods of [`ClaimSet`], and lives in the scratch memory.
///
/// ```
/// use certbound::{Binding, Introspection, Thumbprint, introspection_scratch_len};
///
/// let response = br#"{"active": true, "client_id": "a",
///     "cnf": {"x5t#S256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#;
/// let certificate = Thumbprint::from_sha256([0; 32]);
/// let mut scratch = [0; introspection_scratch_len(4096)];
/// let token = Introspection::verify(response, Binding::Required, Some(&certificate), &mut scratch)?;
/// assert_eq!(token.client_id(), Some("a"));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Introspection<'scratch> {
    claims: ClaimSet<'scratch>,
    confirmation: Option<Confirmation>,
}

impl<'scratch> Introspection<'scratch> {
    /// Judges a response, against the certificate of the connection that the token came over.
    ///
    /// It does not judge issuer, audience, times or scope: `active` is the issuer's own word on the token, at the
    /// moment it answered. `scratch` has [`introspection_scratch_len`] bytes for the longest response to be taken.
    ///
    /// # Errors
    /// Those of JSON, [`Error::IntrospectionNotObject`], [`Error::ActiveMissing`], [`Error::ActiveMalformed`],
    /// [`Error::TokenInactive`], and those of the binding, by the rule that [`Verifier`](crate::Verifier) follows.
    ///
    /// ```
    /// use certbound::{Binding, Error, Introspection};
    ///
    /// let mut scratch = [0; 64];
    /// let verdict = Introspection::verify(br#"{"active": false}"#, Binding::Required, None, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::TokenInactive);
    /// ```
    pub fn verify(
        response: &[u8],
        binding: Binding,
        certificate: Option<&Thumbprint>,
        scratch: &'scratch mut [u8],
    ) -> Result<Self, Error> {
        let mut scratch = Scratch::new(scratch);
        let claims = ClaimSet::read(scratch.copy(response)?, &mut scratch, Error::IntrospectionNotObject)?;
        match claims.object().member("active") {
            None => return Err(Error::ActiveMissing),
            Some(Value::Boolean(true)) => {}
            Some(Value::Boolean(false)) => return Err(Error::TokenInactive),
            Some(_) => return Err(Error::ActiveMalformed),
        }
        let confirmation = confirmation::check(claims.object().member("cnf"), binding, certificate)?;
        Ok(Self { claims, confirmation })
    }

    /// What the token is bound to; `None` for an unbound one that [`Binding::IfPresent`] let pass.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection};
    /// # let mut scratch = [0; 64];
    /// let token = Introspection::verify(br#"{"active": true}"#, Binding::IfPresent, None, &mut scratch)?;
    /// assert!(token.confirmation().is_none());
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }
}

impl<'scratch> Deref for Introspection<'scratch> {
    type Target = ClaimSet<'scratch>;

    fn deref(&self) -> &Self::Target {
        &self.claims
    }
}
