//! Introspection responses, judged by the same binding rule as tokens (RFC 7662, RFC 8705 §3.2).

use core::ops::Deref;

use crate::{
    Binding, ClaimSet, Confirmation, Error, Policy, Thumbprint, TrustedIssuer, UnixTime, Verifier,
    claims::RegisteredClaims, confirmation, json::Value, scratch::Scratch,
};

/// Bytes of scratch memory that are enough for an introspection response of `response_len` bytes.
///
/// ```
/// assert_eq!(certbound::introspection_scratch_len(500), 1_000);
/// ```
pub const fn introspection_scratch_len(response_len: usize) -> usize {
    response_len.saturating_mul(2)
}

/// An introspection response for an active token that is bound to this connection's certificate.
///
/// It dereferences to [`ClaimSet`], and borrows from the scratch memory.
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
    expires_at: Option<UnixTime>,
}

impl<'scratch> Introspection<'scratch> {
    /// Judges a response by a policy, at the time `now`, against the certificate of the connection that delivered the
    /// token.
    ///
    /// All members except `active` are optional (RFC 7662 §2.2). Members that are present must pass the rules for
    /// tokens: `exp` and `nbf` always, `iss` and `aud` if the policy has an issuer and an audience, and the types of `iat`,
    /// `sub`, `client_id`, `jti` and `scope`. All scopes that the policy requires must be present. A response does not show
    /// the token's type and algorithm, so neither is checked.
    /// `scratch` must have [`introspection_scratch_len`] bytes for the longest response.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify), and those of issuer, audience, times and scope, in the order of
    /// [`Verifier::verify`](crate::Verifier::verify).
    ///
    /// ```
    /// use certbound::{Binding, Error, Introspection, Policy, UnixTime};
    ///
    /// let policy = Policy::new("https://as.example", &["https://api.example"]).binding(Binding::IfPresent);
    /// let response = br#"{"active": true, "aud": "https://other.example"}"#;
    /// let mut scratch = [0; 128];
    /// let now = UnixTime::from_seconds(1_900_000_000);
    /// let verdict = Introspection::verify_against(&policy, response, None, now, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::AudienceMismatch);
    /// ```
    pub fn verify_against(
        policy: &Policy<'_>,
        response: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Self, Error> {
        let leeway = policy.leeway()?;
        let (claims, registered) = read_active(response, scratch)?;
        if registered.issuer.is_some() && !policy.issuer.is_empty() {
            registered.check_issuer(policy.issuer)?;
        }
        Self::judged(claims, &registered, policy, leeway, certificate, now)
    }

    /// Judges the response to an opaque token like [`verify_against`](Self::verify_against), by a verifier's policy and
    /// the names of its issuers. The verifier's keys are not used.
    ///
    /// `iss` must be the name of one of the issuers. It may be missing if there is only one; with several, nothing else
    /// shows which one issued the token.
    ///
    /// # Errors
    /// [`Error::IntrospectionMalformed`] for a response that is not strict JSON with a boolean `active`: the issuer is at
    /// fault, not the token. Otherwise those of [`verify_against`](Self::verify_against).
    ///
    /// ```
    /// use certbound::{Error, Introspection, KeySet, Policy, Thumbprint, UnixTime, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// let response = br#"{"active": true, "sub": "a", "iss": "https://as.example",
    ///     "cnf": {"x5t#S256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}"#;
    ///
    /// let (certificate, now) = (Thumbprint::from_sha256([0; 32]), UnixTime::from_seconds(1_900_000_000));
    /// let mut scratch = [0; 512];
    /// let token = Introspection::verify_with(&verifier, response, Some(&certificate), now, &mut scratch)?;
    /// assert_eq!(token.subject(), Some("a"));
    ///
    /// let verdict = Introspection::verify_with(&verifier, b"<html>", Some(&certificate), now, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::IntrospectionMalformed);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verify_with(
        verifier: &Verifier<'_>,
        response: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Self, Error> {
        Self::judged_for(verifier, response, certificate, now, scratch, |registered| {
            if registered.issuer.is_some() || verifier.issuers().len() != 1 {
                check_issuer_of_opaque(registered, verifier)?;
            }
            Ok(verifier.policy)
        })
    }

    /// Judges the response to a token that this verifier has accepted, which makes revocation effective: the issuer must
    /// still report it as active.
    ///
    /// `token_issuer` is the token's `iss`, and that of the response, if present, must be the same. The token itself is
    /// bound and has the scopes that the policy requires, so the response may lack `cnf` and `scope`; if it has them,
    /// they must satisfy the policy too. The token's own claims remain the ones to use.
    ///
    /// # Errors
    /// Those of [`verify_with`](Self::verify_with), without those of a missing `iss`, `cnf` or `scope`.
    ///
    /// ```
    /// use certbound::{Error, Introspection, KeySet, Policy, UnixTime, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// # let (issuer, now, mut scratch) = (Some("https://as.example"), UnixTime::from_seconds(1_900_000_000), [0; 64]);
    /// // After `verifier.verify` has accepted the token:
    /// let revoked = br#"{"active": false}"#;
    /// let verdict = Introspection::confirm(&verifier, issuer, revoked, None, now, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::TokenInactive);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn confirm(
        verifier: &Verifier<'_>,
        token_issuer: Option<&str>,
        response: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Self, Error> {
        Self::judged_for(verifier, response, certificate, now, scratch, |registered| {
            if registered.issuer.is_some() {
                registered.check_issuer(token_issuer.unwrap_or_default())?;
            }
            let policy = verifier.policy.binding(Binding::IfPresent);
            Ok(if registered.scope.is_none() { policy.required_scopes(&[]) } else { policy })
        })
    }

    /// Judges a response for a verifier. `rules` checks `iss`, and returns the policy for the other members.
    fn judged_for<'policy>(
        verifier: &Verifier<'_>,
        response: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
        rules: impl FnOnce(&RegisteredClaims<'scratch>) -> Result<Policy<'policy>, Error>,
    ) -> Result<Self, Error> {
        let leeway = verifier.policy.leeway()?;
        let (claims, registered) = read_active(response, scratch).map_err(fault_of_issuer)?;
        Self::judged(claims, &registered, &rules(&registered)?, leeway, certificate, now)
    }

    /// Applies the rules for members other than `active` and `iss`.
    fn judged(
        claims: ClaimSet<'scratch>,
        registered: &RegisteredClaims<'scratch>,
        policy: &Policy<'_>,
        leeway: u64,
        certificate: Option<&Thumbprint>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        if registered.audience.is_some() && !policy.audiences.is_empty() {
            registered.check_audience(policy.audiences)?;
        }
        registered.validity_if_any()?.check(now, leeway)?;
        registered.check_types()?;
        let token = Self::bound(claims, registered, policy.binding, certificate)?;
        claims.check_scopes(policy.required_scopes)?;
        Ok(token)
    }

    /// Judges only the binding, against the certificate of the connection that delivered the token.
    ///
    /// It trusts the issuer's `active`, and does not check issuer, audience, times or scope; use
    /// [`verify_against`](Self::verify_against) for these. `scratch` must have [`introspection_scratch_len`] bytes for
    /// the longest response.
    ///
    /// # Errors
    /// Those of JSON, [`Error::IntrospectionNotObject`], [`Error::ActiveMissing`], [`Error::ActiveMalformed`],
    /// [`Error::TokenInactive`], and those of the binding, by the same rule as in [`Verifier`](crate::Verifier).
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
        let (claims, registered) = read_active(response, scratch)?;
        Self::bound(claims, &registered, binding, certificate)
    }

    /// Checks the binding, and returns the response if it holds.
    fn bound(
        claims: ClaimSet<'scratch>,
        registered: &RegisteredClaims<'scratch>,
        binding: Binding,
        certificate: Option<&Thumbprint>,
    ) -> Result<Self, Error> {
        let confirmation = confirmation::check(registered.confirmation, binding, certificate)?;
        let expires_at = registered.validity().ok().map(|validity| validity.expires_at);
        Ok(Self { claims, confirmation, expires_at })
    }

    /// `exp`: the first whole second at which the token is no longer valid; `None` if the response has no readable
    /// `exp`.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, UnixTime};
    /// # let mut scratch = [0; 64];
    /// let response = br#"{"active": true, "exp": 1900000000}"#;
    /// let token = Introspection::verify(response, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(token.expires_at(), Some(UnixTime::from_seconds(1_900_000_000)));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }

    /// What the token is bound to; `None` for an unbound token that [`Binding::IfPresent`] accepted.
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

/// Checks that the response to an opaque token names an issuer of the verifier, and of its policy if that names one.
fn check_issuer_of_opaque(registered: &RegisteredClaims<'_>, verifier: &Verifier<'_>) -> Result<(), Error> {
    if !verifier.policy.issuer.is_empty() {
        registered.check_issuer(verifier.policy.issuer)?;
    }
    let mut verdict = registered.check_issuer("");
    for name in verifier.issuers().iter().map(TrustedIssuer::name) {
        verdict = verdict.or_else(|_| registered.check_issuer(name));
    }
    verdict
}

/// The error to report for a response that cannot be read: its form says nothing about the token.
const fn fault_of_issuer(error: Error) -> Error {
    match error {
        Error::TokenInactive | Error::ScratchTooSmall => error,
        _ => Error::IntrospectionMalformed,
    }
}

/// Reads a response; fails unless the issuer says that the token is active.
fn read_active<'scratch>(
    response: &[u8],
    scratch: &'scratch mut [u8],
) -> Result<(ClaimSet<'scratch>, RegisteredClaims<'scratch>), Error> {
    let mut scratch = Scratch::new(scratch);
    let response = scratch.copy(response)?;
    let (claims, registered) = RegisteredClaims::read(response, &mut scratch, Error::IntrospectionNotObject)?;
    match claims.object().member("active") {
        None => Err(Error::ActiveMissing),
        Some(Value::Boolean(true)) => Ok((claims, registered)),
        Some(Value::Boolean(false)) => Err(Error::TokenInactive),
        Some(_) => Err(Error::ActiveMalformed),
    }
}
