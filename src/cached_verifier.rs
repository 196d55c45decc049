//! Tokens that were accepted before: what stays true of them is remembered, the rest is judged again.

use sha2::{Digest, Sha256};

use crate::{
    ClaimSet, Confirmation, Error, Thumbprint, UnixTime, Verified, Verifier, base64url,
    claims::Validity,
    jose::Compact,
    limits,
    scratch::Scratch,
    token_cache::{CacheSlot, CacheStatistics, Entry, TokenCache},
};

/// A [`Verifier`] that remembers the tokens it has accepted, in fixed memory of the caller's.
///
/// The same token comes again and again, and its signature stays as good as it was. So the SHA-256 value of the whole
/// token, signature included, leads to what stays true of it: its times, and the certificate it is bound to. A token
/// that is found skips decoding, JSON and signature. What depends on the moment is judged each time: the time, and this
/// connection's certificate, in constant time. The verdict is always the one that the [`Verifier`] would give.
///
/// Only accepted tokens enter, so garbage takes nobody's place. It belongs to this one verifier, with its policy and
/// keys: with other keys, make another, which begins empty. It needs no lock, as each worker or thread has its own.
///
/// ```
/// use certbound::{CacheSlot, CachedVerifier, KeySet, Policy, Thumbprint, UnixTime, Verified, Verifier, scratch_len};
///
/// # let jwks = include_bytes!("../examples/quick_start/jwks.json");
/// # let token = include_str!("../examples/quick_start/token.jwt").trim_end().as_bytes();
/// # let certificate = Thumbprint::from_x5t_s256("EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA")?;
/// # let now = UnixTime::from_seconds(1_800_000_000);
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
/// let mut slots = [CacheSlot::EMPTY; 1024];
/// let mut verifier = CachedVerifier::new(verifier, &mut slots);
///
/// let mut scratch = [0; scratch_len(1024)];
/// for _ in 0..3 {
///     let mut accepted = verifier.verify(token, Some(&certificate), now, &mut scratch)?;
///     assert_eq!(accepted.claims()?.client_id(), Some("server-a"));
/// }
/// assert_eq!((verifier.statistics().hits, verifier.statistics().misses), (2, 1));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Debug)]
pub struct CachedVerifier<'memory> {
    verifier: Verifier<'memory>,
    cache: TokenCache<'memory>,
}

impl<'memory> CachedVerifier<'memory> {
    /// A verifier that remembers as many tokens as there are slots. It begins empty, whatever the slots hold.
    ///
    /// A token has its place in one of two sets of [`CACHE_WAYS`](limits::CACHE_WAYS) slots, which its SHA-256 value says:
    /// in the one with more room, or for that of the token there which was not asked for the longest.
    ///
    /// ```
    /// # use certbound::{CacheSlot, CachedVerifier, KeySet, Policy, Verifier};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// let mut slots = [CacheSlot::EMPTY; 256];
    /// let verifier = CachedVerifier::new(verifier, &mut slots);
    /// assert_eq!(verifier.capacity(), 256);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn new(verifier: Verifier<'memory>, slots: &'memory mut [CacheSlot]) -> Self {
        slots.fill(CacheSlot::EMPTY);
        Self::resume(verifier, slots, CacheStatistics::default())
    }

    /// See [`ffi_support::resume_cache`](crate::ffi_support::resume_cache).
    pub(crate) const fn resume(
        verifier: Verifier<'memory>,
        slots: &'memory mut [CacheSlot],
        statistics: CacheStatistics,
    ) -> Self {
        Self { verifier, cache: TokenCache::new(slots, statistics) }
    }

    /// Accepts or rejects a token as [`Verifier::verify`] does.
    ///
    /// What is accepted refers to `scratch` alone, so the memory of `token` may be reused at once. The claims of a token
    /// that is found are decoded when they are asked for: until then `scratch` holds a copy of the token.
    ///
    /// # Errors
    /// Those of [`Verifier::verify`].
    ///
    /// ```
    /// # use certbound::{CacheSlot, CachedVerifier, Error, KeySet, Policy, UnixTime, Verifier};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// # let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    /// # let mut slots = [CacheSlot::EMPTY; 16];
    /// let mut verifier = CachedVerifier::new(verifier, &mut slots);
    /// let verdict = verifier.verify(b"opaque", None, UnixTime::from_seconds(1_900_000_000), &mut []);
    /// assert_eq!(verdict.unwrap_err(), Error::TokenNotCompact);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verify<'scratch>(
        &mut self,
        token: &[u8],
        certificate: Option<&Thumbprint>,
        now: UnixTime,
        scratch: &'scratch mut [u8],
    ) -> Result<Accepted<'scratch>, Error> {
        let leeway = self.verifier.policy.leeway()?;
        if token.len() > limits::TOKEN_LEN {
            return Err(Error::TokenTooLong);
        }
        let sha256 = sha256_of(token);
        if let Some(Entry { validity, confirmation, .. }) = self.cache.recall(&sha256) {
            validity.check(now, leeway)?;
            if let Some(bound) = &confirmation {
                bound.check(certificate)?;
            }
            return Ok(Accepted { claims: Claims::unread(token, scratch)?, validity, confirmation });
        }
        let accepted = Accepted::from(self.verifier.verify(token, certificate, now, scratch)?);
        let entry = Entry { sha256, validity: accepted.validity, confirmation: accepted.confirmation };
        self.cache.remember(entry, now, leeway);
        Ok(accepted)
    }

    /// How many tokens it can remember.
    ///
    /// ```
    /// fn report(verifier: &certbound::CachedVerifier<'_>) {
    ///     println!("{} slots, {:?}", verifier.capacity(), verifier.statistics());
    /// }
    /// ```
    pub const fn capacity(&self) -> usize {
        self.cache.capacity()
    }

    /// How often a token was known.
    ///
    /// ```
    /// fn report(verifier: &certbound::CachedVerifier<'_>) {
    ///     println!("{} slots, {:?}", verifier.capacity(), verifier.statistics());
    /// }
    /// ```
    pub const fn statistics(&self) -> CacheStatistics {
        self.cache.statistics()
    }
}

/// A token that has been accepted, just now or before. Only a verifier makes one.
///
/// ```
/// fn greet(mut token: certbound::Accepted<'_>) -> Result<String, certbound::Error> {
///     Ok(format!("{} until {}", token.claims()?.client_id().unwrap_or("somebody"), token.expires_at()))
/// }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Accepted<'scratch> {
    claims: Claims<'scratch>,
    validity: Validity,
    confirmation: Option<Confirmation>,
}

#[derive(Debug)]
enum Claims<'scratch> {
    Read(ClaimSet<'scratch>),
    /// The scratch memory begins with a copy of the token.
    Unread {
        token_len: usize,
        scratch: &'scratch mut [u8],
    },
}

impl<'scratch> Claims<'scratch> {
    /// Copies a token that is known, so that its claims can be read when its own memory has been reused.
    ///
    /// The whole token, since cutting it into parts takes longer.
    fn unread(token: &[u8], scratch: &'scratch mut [u8]) -> Result<Self, Error> {
        let copy = scratch.get_mut(..token.len()).ok_or(Error::ScratchTooSmall)?;
        for (place, byte) in copy.iter_mut().zip(token) {
            *place = *byte;
        }
        Ok(Self::Unread { token_len: token.len(), scratch })
    }
}

impl<'scratch> From<Verified<'scratch>> for Accepted<'scratch> {
    fn from(token: Verified<'scratch>) -> Self {
        Self { claims: Claims::Read(*token), validity: token.validity(), confirmation: token.confirmation().copied() }
    }
}

impl<'scratch> Accepted<'scratch> {
    /// `exp`, as [`Verified::expires_at`](crate::Verified::expires_at).
    ///
    /// ```
    /// fn seconds_left(token: &certbound::Accepted<'_>, now: certbound::UnixTime) -> u64 {
    ///     token.expires_at().seconds().saturating_sub(now.seconds())
    /// }
    /// ```
    pub const fn expires_at(&self) -> UnixTime {
        self.validity.expires_at
    }

    /// What the token is bound to, as [`Verified::confirmation`](crate::Verified::confirmation).
    ///
    /// ```
    /// fn is_bound(token: &certbound::Accepted<'_>) -> bool {
    ///     token.confirmation().is_some()
    /// }
    /// ```
    pub const fn confirmation(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref()
    }

    /// The claims. Those of a token that was known are decoded now, for whoever needs them.
    ///
    /// # Errors
    /// [`Error::ScratchTooSmall`] for a token that was known, where the scratch memory has less than
    /// [`scratch_len`](crate::scratch_len) bytes for it.
    ///
    /// ```
    /// fn org(token: &mut certbound::Accepted<'_>) -> Result<bool, certbound::Error> {
    ///     Ok(token.claims()?.claim("org").is_some())
    /// }
    /// ```
    pub fn claims(&mut self) -> Result<ClaimSet<'scratch>, Error> {
        let claims = match &mut self.claims {
            Claims::Read(claims) => *claims,
            Claims::Unread { token_len, scratch } => read_copy(*token_len, core::mem::take(scratch))?,
        };
        self.claims = Claims::Read(claims);
        Ok(claims)
    }
}

/// Reads the claims of the token that stands in front in `scratch`, whose payload is decoded where it is.
///
/// With `scratch_len` bytes, which are one and a half times the token, the rest is enough for the claims' strings: header
/// and decoded payload take at most the token less a quarter of the payload, and the strings three quarters of it.
fn read_copy(token_len: usize, scratch: &mut [u8]) -> Result<ClaimSet<'_>, Error> {
    let token = scratch.get(..token_len).ok_or(Error::ScratchTooSmall)?;
    let (start, len) = Compact::split(token)?.payload_place();
    let (_, scratch) = scratch.split_at_mut_checked(start).ok_or(Error::ScratchTooSmall)?;
    let text = scratch.get_mut(..len).ok_or(Error::ScratchTooSmall)?;
    let decoded_len = base64url::decode_in_place(text).ok_or(Error::PayloadNotBase64url)?.len();
    let (payload, rest) = scratch.split_at_mut_checked(decoded_len).ok_or(Error::ScratchTooSmall)?;
    ClaimSet::read(payload, &mut Scratch::new(rest), Error::ClaimsNotObject)
}

// Not inlined, so that its state is off the stack when the token is verified.
#[inline(never)]
fn sha256_of(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}
