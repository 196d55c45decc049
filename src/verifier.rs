//! The verdict on a token: all rules, in their order.

use core::ops::Deref;

use crate::{
    ClaimSet, Confirmation, Error, Key, Policy, PreparedKeys, Thumbprint, UnixTime,
    claims::{RegisteredClaims, Validity},
    confirmation,
    jose::{Compact, Header, Keys, verify_signature},
    scratch::Scratch,
};

/// Verifies tokens with one policy and the keys of one issuer.
///
/// It is immutable and can be shared between threads: no token affects a later verdict.
///
/// ```no_run
/// use certbound::{Certificate, KeySet, Policy, UnixTime, Verifier, limits, scratch_len};
///
/// # let (jwks, token, der) = (&[][..], &[][..], &[][..]);
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let policy = Policy::new("https://as.example", &["https://api.example"]);
/// let verifier = Verifier::new(policy, &keys);
///
/// let mut scratch = [0; scratch_len(limits::TOKEN_LEN)];
/// let thumbprint = Certificate::from_der(der)?.thumbprint();
/// let now = UnixTime::from_seconds(1_900_000_000);
/// let token = verifier.verify(token, Some(&thumbprint), now, &mut scratch)?;
/// println!("{:?} may, until {}", token.subject(), token.expires_at());
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Verifier<'keys> {
    pub(crate) policy: Policy<'keys>,
    keys: Keys<'keys>,
}

impl<'keys> Verifier<'keys> {
    /// A verifier with this policy and these keys, from a [`KeySet`](crate::KeySet) or from other memory.
    ///
    /// ```
    /// use certbound::{KeySet, Policy, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn new(policy: Policy<'keys>, keys: &'keys [Key]) -> Self {
        Self { policy, keys: Keys::Plain(keys) }
    }

    /// A verifier with this policy and prepared keys. Its verdicts are the same, in less time.
    ///
    /// ```
    /// use certbound::{Geometry, KeySet, Policy, PreparedKeys, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Medium)];
    /// let keys = PreparedKeys::prepare(&keys, Geometry::Medium, &mut tables)?;
    /// let verifier = Verifier::prepared(Policy::new("https://as.example", &["https://api.example"]), keys);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn prepared(policy: Policy<'keys>, keys: PreparedKeys<'keys>) -> Self {
        Self { policy, keys: Keys::Prepared(keys) }
    }

    /// Accepts or rejects a token that was sent over a connection with this client certificate, at this time.
    ///
    /// `token` is the compact serialization without `Bearer`. `certificate` is the thumbprint of the certificate whose private
    /// key the client has proven to hold in the handshake, or `None` if it sent no certificate. `scratch` must have
    /// [`scratch_len`](crate::scratch_len) bytes for the longest token to accept; its content does not matter.
    ///
    /// The certificate's chain, validity and revocation are not checked: the terminator does that. Neither is it checked
    /// whether the token has been used before or revoked.
    ///
    /// # Errors
    /// The first rule that the token breaks, in the order form, header, key, signature, claims, binding, scope.
    /// [`Error::bearer_response`] returns the response to send.
    ///
    /// ```
    /// use certbound::{Error, KeySet, Policy, UnixTime, Verifier};
    ///
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// let mut scratch = [0; 64];
    /// let verdict = verifier.verify(b"opaque", None, UnixTime::from_seconds(1_900_000_000), &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::TokenNotCompact);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn verify<'scratch>(
        &self,
        token: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Verified<'scratch>, Error> {
        let policy = &self.policy;
        let leeway = policy.leeway()?;
        let mut scratch = Scratch::new(scratch);

        let compact = Compact::split(token)?;
        let header = Header::read(compact.decode_header(&mut scratch)?)?;
        header.check_type(policy.token_type)?;
        let algorithm = policy.allow(header.algorithm)?;
        let signature = compact.decode_signature(&mut scratch)?;
        verify_signature(self.keys, header.key_id, algorithm, compact.signing_input, signature)?;

        // From here on, the input is known to come from the issuer.
        let payload = compact.decode_payload(&mut scratch)?;
        let claims = ClaimSet::read(payload, &mut scratch, Error::ClaimsNotObject)?;
        let registered = RegisteredClaims::of(claims.object());
        registered.check_issuer(policy.issuer)?;
        registered.check_audience(policy.audiences)?;
        let validity = registered.validity()?;
        validity.check(now, leeway)?;
        registered.check_types()?;

        let confirmation = confirmation::check(registered.confirmation, policy.binding, certificate)?;
        claims.check_scopes(policy.required_scopes)?;
        Ok(Verified { claims, validity, confirmation })
    }
}

/// An accepted token. Only [`Verifier::verify`] can make one.
///
/// It has the methods of [`ClaimSet`], and borrows from the scratch memory.
///
/// ```
/// use certbound::Verified;
///
/// fn greet(token: &Verified<'_>) -> String {
///     format!("{} until {}", token.client_id().unwrap_or("unknown"), token.expires_at())
/// }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Verified<'scratch> {
    claims: ClaimSet<'scratch>,
    validity: Validity,
    confirmation: Option<Confirmation>,
}

impl Verified<'_> {
    /// `exp`, rounded up to the first whole second at which the token is no longer valid, leeway aside.
    ///
    /// ```
    /// fn seconds_left(token: &certbound::Verified<'_>, now: certbound::UnixTime) -> u64 {
    ///     token.expires_at().seconds().saturating_sub(now.seconds())
    /// }
    /// ```
    pub const fn expires_at(&self) -> UnixTime {
        self.validity.expires_at
    }

    /// The certificate that the token is bound to, or `None` for an unbound token that [`Binding::IfPresent`](crate::Binding)
    /// allows.
    ///
    /// ```
    /// fn is_bound(token: &certbound::Verified<'_>) -> bool {
    ///     token.confirmation().is_some()
    /// }
    /// ```
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    pub(crate) const fn validity(&self) -> Validity {
        self.validity
    }
}

impl<'scratch> Deref for Verified<'scratch> {
    type Target = ClaimSet<'scratch>;

    fn deref(&self) -> &Self::Target {
        &self.claims
    }
}
