//! The verifier with a cache: verdicts on tokens that were accepted before, without verifying their signatures again.

use crate::{
    Accepted, Error, Thumbprint, UnixTime, Verifier,
    cache_sets::sha256_of,
    limits,
    token_cache::{CacheSlot, CacheStatistics, Entry, TokenCache},
};

/// A [`Verifier`] that caches the tokens it has accepted, in a fixed amount of the caller's memory.
///
/// Clients send the same token repeatedly, and its signature stays valid. The cache maps the SHA-256 value of the whole token,
/// including the signature, to the token's times and the certificate it is bound to. For a cached token, decoding, JSON and
/// signature are skipped. The time and the connection's certificate are checked for every request, the certificate in
/// constant time. The verdict is always that of the [`Verifier`].
///
/// Only accepted tokens enter the cache, so rejected ones cannot evict them. A cache belongs to one verifier with its policy
/// and keys: if the keys change, make a new one, which begins empty. It needs no lock if each worker or thread has its own.
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
    /// Distinguishes the tokens of verifiers that share a cache; all zeros if none does.
    identity: [u8; 32],
    /// The key of the last token.
    key: Option<[u8; 32]>,
}

impl<'memory> CachedVerifier<'memory> {
    /// A verifier that caches as many tokens as there are slots. The cache begins empty, whatever the slots hold.
    ///
    /// A token's SHA-256 value selects two sets of [`CACHE_WAYS`](limits::CACHE_WAYS) slots. The token is stored in the set with
    /// more free slots; if both are full, it replaces the least recently used token of one of them.
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
        Self { verifier, cache: TokenCache::new(slots, statistics), identity: [0; 32], key: None }
    }

    /// See [`ffi_support::resume_shared_cache`](crate::ffi_support::resume_shared_cache).
    pub(crate) const fn resume_shared(
        verifier: Verifier<'memory>,
        identity: [u8; 32],
        slots: &'memory mut [CacheSlot],
        statistics: CacheStatistics,
    ) -> Self {
        Self { verifier, cache: TokenCache::new(slots, statistics), identity, key: None }
    }

    /// Accepts or rejects a token like [`Verifier::verify`].
    ///
    /// The result borrows from `scratch` only, so the memory of `token` can be reused immediately. The claims of a cached token
    /// are decoded on demand; until then `scratch` holds a copy of the token.
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
        self.key = None;
        let leeway = self.verifier.policy.leeway()?;
        if token.len() > limits::TOKEN_LEN {
            return Err(Error::TokenTooLong);
        }
        let sha256 = self.cache_key_of(token);
        self.key = Some(sha256);
        if let Some(Entry { validity, confirmation, .. }) = self.cache.recall(&sha256) {
            validity.check(now, leeway)?;
            if let Some(bound) = &confirmation {
                bound.check(certificate)?;
            }
            return Accepted::cached(token, validity, confirmation, scratch);
        }
        let accepted = Accepted::from(self.verifier.verify(token, certificate, now, scratch)?);
        let entry = Entry { sha256, validity: accepted.validity(), confirmation: accepted.confirmation().copied() };
        self.cache.remember(entry, now, leeway);
        Ok(accepted)
    }

    /// The token's SHA-256 value, combined with the identity of this verifier.
    ///
    /// Two verifiers with different identities would have to get the same value for two tokens, whose digests differ by a
    /// value that is given: finding these is as hard as finding a collision of SHA-256.
    // Not inlined, so that the state of the hash is off the stack when the token is verified.
    #[inline(never)]
    fn cache_key_of(&self, token: &[u8]) -> [u8; 32] {
        let mut sha256 = sha256_of(token);
        for (byte, identity) in sha256.iter_mut().zip(self.identity) {
            *byte ^= identity;
        }
        sha256
    }

    /// See [`ffi_support::cache_key`](crate::ffi_support::cache_key).
    pub(crate) const fn last_key(&self) -> Option<[u8; 32]> {
        self.key
    }

    /// The number of tokens that the cache can hold.
    ///
    /// ```
    /// fn report(verifier: &certbound::CachedVerifier<'_>) {
    ///     println!("{} slots, {:?}", verifier.capacity(), verifier.statistics());
    /// }
    /// ```
    pub const fn capacity(&self) -> usize {
        self.cache.capacity()
    }

    /// How often the cache had a token.
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
