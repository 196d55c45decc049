//! A cache of introspection responses in fixed memory.

use crate::{
    Introspection, UnixTime,
    cache_sets::{self, sha256_of},
};

/// The last answers of an introspection endpoint, in a fixed amount of the caller's memory.
///
/// The cache maps the SHA-256 value of a token to the response itself, not to a verdict: judge a response from the cache as
/// if it had just arrived, by any policy and for any connection. Until it is forgotten, a revoked token is still accepted.
///
/// Only accepted responses enter the cache, so rejected tokens cannot evict accepted ones, however many are tried. A cache
/// belongs to one endpoint, and needs no lock if each worker or thread has its own.
///
/// ```
/// use certbound::{Binding, Introspection, IntrospectionCache, IntrospectionSlot, Policy, Thumbprint, UnixTime};
///
/// // 64 responses of at most 1024 bytes each.
/// let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 64], [0; 64 * 1024]);
/// let mut cache = IntrospectionCache::new(&mut slots, &mut texts);
///
/// let (token, now) = (b"opaque", UnixTime::from_seconds(1_900_000_000));
/// assert_eq!(cache.recall(token, now, 60), None);
///
/// // The issuer answers:
/// let response = br#"{"active": true, "sub": "a"}"#;
/// let policy = Policy::new("https://as.example", &["https://api.example"]).binding(Binding::IfPresent);
/// let mut scratch = [0; 128];
/// let accepted = Introspection::verify_against(&policy, response, None, now, &mut scratch)?;
/// cache.remember(token, &accepted, now, 60);
///
/// assert_eq!(cache.recall(token, now, 60), Some(&response[..]));
/// assert_eq!(cache.recall(token, UnixTime::from_seconds(now.seconds() + 60), 60), None);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Debug)]
pub struct IntrospectionCache<'memory> {
    slots: &'memory mut [IntrospectionSlot],
    texts: &'memory mut [u8],
    /// Counts the responses stored, so that full sets evict by turns.
    turn: u64,
}

/// Memory for one response beside its text.
///
/// ```
/// let slots = [certbound::IntrospectionSlot::EMPTY; 16];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IntrospectionSlot {
    entry: Option<Entry>,
    /// The number of the slot's part of the texts. It moves with the slot.
    part: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    sha256: [u8; 32],
    stored_at: UnixTime,
    expires_at: UnixTime,
    len: usize,
}

impl IntrospectionSlot {
    /// A slot without a response.
    ///
    /// ```
    /// let slots = [certbound::IntrospectionSlot::EMPTY; 16];
    /// ```
    // Without a part of the texts until a cache gives it one: slots that shared one would return each other's responses.
    pub const EMPTY: Self = Self { entry: None, part: usize::MAX };

    fn holds(&self, sha256: &[u8; 32]) -> bool {
        // Not in constant time: the client itself sent what the digest is of.
        self.entry.is_some_and(|entry| entry.sha256 == *sha256)
    }

    fn is_free(&self, now: UnixTime, seconds: u64) -> bool {
        self.entry.is_none_or(|entry| !entry.is_fresh(now, seconds))
    }
}

impl Entry {
    /// Whether the response was stored less than `seconds` ago, and its token has not expired. If the clock has been set
    /// back, the age is unknown.
    fn is_fresh(&self, now: UnixTime, seconds: u64) -> bool {
        self.stored_at <= now && now < self.stored_at.later(seconds) && now < self.expires_at
    }
}

impl<'memory> IntrospectionCache<'memory> {
    /// A cache for as many responses as there are slots, which begins empty. Each response may have as many bytes as each
    /// slot's part of `texts`; longer ones are not cached.
    ///
    /// ```
    /// # use certbound::{IntrospectionCache, IntrospectionSlot};
    /// let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 16], [0; 16 * 1024]);
    /// let cache = IntrospectionCache::new(&mut slots, &mut texts);
    /// assert_eq!(cache.response_len(), 1024);
    /// ```
    pub fn new(slots: &'memory mut [IntrospectionSlot], texts: &'memory mut [u8]) -> Self {
        for (part, slot) in slots.iter_mut().enumerate() {
            *slot = IntrospectionSlot { entry: None, part };
        }
        Self::resume(slots, texts, 0)
    }

    /// See [`ffi_support::resume_introspection_cache`](crate::ffi_support::resume_introspection_cache).
    pub(crate) const fn resume(slots: &'memory mut [IntrospectionSlot], texts: &'memory mut [u8], turn: u64) -> Self {
        Self { slots, texts, turn }
    }

    /// See [`ffi_support::resume_introspection_cache`](crate::ffi_support::resume_introspection_cache).
    pub(crate) const fn turn(&self) -> u64 {
        self.turn
    }

    /// The response to this token, if it was stored less than `seconds` ago and its `exp` has not passed. The leeway of
    /// a policy does not prolong this.
    ///
    /// ```
    /// # use certbound::{IntrospectionCache, IntrospectionSlot, UnixTime};
    /// # let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 16], [0; 16 * 1024]);
    /// # let mut cache = IntrospectionCache::new(&mut slots, &mut texts);
    /// # let now = UnixTime::from_seconds(1_900_000_000);
    /// let Some(response) = cache.recall(b"opaque", now, 60) else {
    ///     println!("ask the issuer");
    /// #   return;
    /// };
    /// ```
    pub fn recall(&mut self, token: &[u8], now: UnixTime, seconds: u64) -> Option<&[u8]> {
        let sha256 = sha256_of(token);
        let slot = *cache_sets::find(self.slots, &sha256, |slot| slot.holds(&sha256))?;
        let entry = slot.entry.filter(|entry| entry.is_fresh(now, seconds))?;
        let len = self.response_len();
        self.texts.get(slot.part.saturating_mul(len)..)?.get(..entry.len)
    }

    /// Stores the accepted response to this token, for [`recall`](Self::recall) with `seconds` or less.
    ///
    /// It replaces the previous response to the token, a response that can no longer be recalled with `seconds`, or the
    /// least recently used one of the slots that can hold the token.
    ///
    /// ```
    /// # use certbound::{Introspection, IntrospectionCache, UnixTime};
    /// fn store(cache: &mut IntrospectionCache<'_>, token: &[u8], accepted: &Introspection<'_>, now: UnixTime) {
    ///     cache.remember(token, accepted, now, 60);
    /// }
    /// ```
    pub fn remember(&mut self, token: &[u8], accepted: &Introspection<'_>, now: UnixTime, seconds: u64) {
        let (sha256, len) = (sha256_of(token), self.response_len());
        let (response, expires_at) = (accepted.as_json().as_bytes(), accepted.expires_at());
        let expires_at = expires_at.unwrap_or(UnixTime::from_seconds(u64::MAX));
        let entry = Entry { sha256, stored_at: now, expires_at, len: response.len() };
        let turn = self.turn;
        self.turn = turn.wrapping_add(1);
        let slot = match cache_sets::find(self.slots, &sha256, |slot| slot.holds(&sha256)) {
            None if response.len() > len => return,
            None => cache_sets::make_room(self.slots, &sha256, |slot| slot.is_free(now, seconds), turn),
            found => found,
        };
        let Some(slot) = slot else { return };
        slot.entry = None;
        let part = self.texts.get_mut(slot.part.saturating_mul(len)..).and_then(|texts| texts.get_mut(..len));
        let Some(text) = part.and_then(|part| part.get_mut(..response.len())) else { return };
        for (place, byte) in text.iter_mut().zip(response) {
            *place = *byte;
        }
        slot.entry = Some(entry);
    }

    /// The number of bytes that a cached response may have.
    ///
    /// ```
    /// # use certbound::{IntrospectionCache, IntrospectionSlot};
    /// # let (mut slots, mut texts) = ([IntrospectionSlot::EMPTY; 16], [0; 16 * 1024]);
    /// assert_eq!(IntrospectionCache::new(&mut slots, &mut texts).response_len(), 1024);
    /// ```
    pub const fn response_len(&self) -> usize {
        match self.texts.len().checked_div(self.slots.len()) {
            Some(len) => len,
            None => 0,
        }
    }
}
