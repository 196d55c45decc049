//! The verdict on a token: all rules, in their order.

use core::{ops::Deref, slice};

#[cfg(feature = "prepared")]
use crate::PreparedKeys;
use crate::{
    ClaimSet, Confirmation, Error, Key, Policy, Thumbprint, TrustedIssuer, UnixTime,
    claims::{RegisteredClaims, Validity},
    confirmation,
    jose::{Compact, Header, Signed},
    scratch::Scratch,
    signature::{Acceleration, NoAcceleration},
};
#[cfg(feature = "es256")]
use crate::{Es256Accelerator, TestedAccelerator};

/// Verifies tokens with one policy and the keys of one issuer or several.
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
    issuers: Issuers<'keys>,
}

#[derive(Clone, Copy, Debug)]
enum Issuers<'keys> {
    One(TrustedIssuer<'keys>),
    Several(&'keys [TrustedIssuer<'keys>]),
}

impl<'keys> Verifier<'keys> {
    /// A verifier with this policy and the keys of its issuer, from a [`KeySet`](crate::KeySet) or from other memory.
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
        Self { policy, issuers: Issuers::One(TrustedIssuer::new(policy.issuer, keys)) }
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
    #[cfg(feature = "prepared")]
    pub const fn prepared(policy: Policy<'keys>, keys: PreparedKeys<'keys>) -> Self {
        Self { policy, issuers: Issuers::One(TrustedIssuer::prepared(policy.issuer, keys)) }
    }

    /// A verifier that accepts the tokens of several issuers, each signed by a key of its own issuer.
    ///
    /// Issuers may use the same `kid`, and even the same key. If the policy names an issuer, only that one's tokens are
    /// accepted; use [`Policy::for_audiences`] to accept those of all. The claims' [`issuer`](ClaimSet::issuer) tells
    /// which one issued an accepted token.
    ///
    /// ```
    /// use certbound::{Error, KeySet, Policy, Thumbprint, TrustedIssuer, UnixTime, Verifier, scratch_len};
    ///
    /// # let jwks = include_bytes!("../examples/quick_start/jwks.json");
    /// # let other_jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let token = include_str!("../examples/quick_start/token.jwt").trim_end().as_bytes();
    /// # let certificate = Thumbprint::from_x5t_s256("EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA")?;
    /// # let now = UnixTime::from_seconds(1_800_000_000);
    /// let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let other_keys = KeySet::<8>::from_jwks(other_jwks)?;
    /// let issuers = [
    ///     TrustedIssuer::new("https://as.example", &keys),
    ///     TrustedIssuer::new("https://as2.example", &other_keys),
    /// ];
    /// let policy = Policy::for_audiences(&["https://api.example"]);
    /// let mut scratch = [0; scratch_len(1024)];
    /// let accepted = Verifier::for_issuers(policy, &issuers).verify(token, Some(&certificate), now, &mut scratch)?;
    /// assert_eq!(accepted.issuer(), Some("https://as.example"));
    ///
    /// // The same token, if the issuers' keys are interchanged:
    /// let issuers = [
    ///     TrustedIssuer::new("https://as.example", &other_keys),
    ///     TrustedIssuer::new("https://as2.example", &keys),
    /// ];
    /// let verdict = Verifier::for_issuers(policy, &issuers).verify(token, Some(&certificate), now, &mut scratch);
    /// assert_eq!(verdict.unwrap_err(), Error::IssuerMismatch);
    /// # Ok::<(), Error>(())
    /// ```
    pub const fn for_issuers(policy: Policy<'keys>, issuers: &'keys [TrustedIssuer<'keys>]) -> Self {
        Self { policy, issuers: Issuers::Several(issuers) }
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
        self.judge(&mut NoAcceleration, token, certificate, now, scratch)
    }

    /// Accepts or rejects a token like [`verify`](Self::verify), but has ES256 signatures verified by an accelerator.
    ///
    /// The accelerator decides about the signature alone; this crate judges everything else. It verifies the signature itself if
    /// the accelerator is [unavailable](crate::AcceleratorError::Unavailable), and signatures of other algorithms.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify).
    ///
    /// ```
    /// use certbound::{Error, Es256Accelerator, TestedAccelerator, Thumbprint, UnixTime, Verifier, scratch_len};
    ///
    /// fn judge(
    ///     verifier: &Verifier<'_>,
    ///     accelerator: &mut TestedAccelerator<impl Es256Accelerator>,
    ///     token: &[u8],
    ///     certificate: &Thumbprint,
    ///     now: UnixTime,
    /// ) -> Result<(), Error> {
    ///     let mut scratch = [0; scratch_len(1024)];
    ///     let token = verifier.verify_accelerated(accelerator, token, Some(certificate), now, &mut scratch)?;
    ///     println!("{:?} may", token.subject());
    ///     Ok(())
    /// }
    /// ```
    #[cfg(feature = "es256")]
    pub fn verify_accelerated<'scratch, A: Es256Accelerator>(
        &self,
        accelerator: &mut TestedAccelerator<A>,
        token: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Verified<'scratch>, Error> {
        self.judge(accelerator, token, certificate, now, scratch)
    }

    // Inlined, so that `verify` is the same code as without accelerators.
    #[inline(always)]
    fn judge<'scratch>(
        &self,
        accelerator: &mut impl Acceleration,
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
        let signed = Signed { key_id: header.key_id, algorithm, signing_input: compact.signing_input, signature };
        let signer = signed.verify(self.issuers(), accelerator).map_err(|error| self.or_pending(&signed, error))?;

        // From here on, the input is known to come from a trusted issuer.
        let payload = compact.decode_payload(&mut scratch)?;
        // Read through a reference, because copies would be half a kilobyte of stack.
        let read = RegisteredClaims::read(payload, &mut scratch, Error::ClaimsNotObject);
        let (claims, registered) = read.as_ref().map_err(|error| *error)?;
        self.check_issuer(registered, &signed, signer, accelerator)?;
        registered.check_audience(policy.audiences)?;
        let validity = registered.validity()?;
        validity.check(now, leeway)?;
        registered.check_types()?;

        let confirmation = confirmation::check(registered.confirmation, policy.binding, certificate)?;
        claims.check_scopes(policy.required_scopes)?;
        Ok(Verified { claims: *claims, validity, confirmation })
    }

    /// Checks that `iss` names an issuer with a key that verifies the signature, and the issuer of the policy, if any.
    ///
    /// That is usually `signer`. Another issuer can have such a key too: the same key, or one made to fit this signature,
    /// which is possible with ECDSA. It must not prevent the token's own issuer from being recognised.
    fn check_issuer(
        &self,
        registered: &RegisteredClaims<'_>,
        signed: &Signed<'_>,
        signer: &TrustedIssuer<'_>,
        accelerator: &mut impl Acceleration,
    ) -> Result<(), Error> {
        if !self.policy.issuer.is_empty() {
            registered.check_issuer(self.policy.issuer)?;
        }
        let Err(error) = registered.check_issuer(signer.name()) else { return Ok(()) };
        let mut named = self.issuers().iter().filter(|issuer| registered.check_issuer(issuer.name()).is_ok());
        let is_pending = named.clone().any(TrustedIssuer::is_pending);
        if named.any(|issuer| signed.verify(slice::from_ref(issuer), accelerator).is_ok()) {
            return Ok(());
        }
        Err(if is_pending { Error::KeysPending } else { error })
    }

    /// The error for a token that no key verifies: [`Error::KeysPending`] if an issuer whose keys have not arrived yet may
    /// have signed it.
    ///
    /// If a key with the token's `kid` rejects the signature, the token counts as forged: issuers rarely share a `kid`, and
    /// `keys_pending` would tell the forger to try again. Further keys would not make too many candidates fewer.
    fn or_pending(&self, signed: &Signed<'_>, error: Error) -> Error {
        let policy_allows =
            |issuer: &TrustedIssuer<'_>| self.policy.issuer.is_empty() || self.policy.issuer == issuer.name();
        let is_pending = self.issuers().iter().any(|issuer| issuer.is_pending() && policy_allows(issuer));
        if is_pending && error != Error::TooManyCandidateKeys && !signed.has_named_candidate(self.issuers()) {
            Error::KeysPending
        } else {
            error
        }
    }

    pub(crate) const fn issuers(&self) -> &[TrustedIssuer<'keys>] {
        match &self.issuers {
            Issuers::One(issuer) => slice::from_ref(issuer),
            Issuers::Several(issuers) => issuers,
        }
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
