//! A cache of accepted tokens in fixed memory: its slots and statistics.
//!
//! What a token found here is worth is decided in `cached_verifier`.

use crate::{Confirmation, Error, UnixTime, cache_sets, claims::Validity};

/// Memory for one accepted token.
///
/// ```
/// // For a thousand tokens, about 96 KiB:
/// let slots = [certbound::CacheSlot::EMPTY; 1000];
/// assert!(size_of_val(&slots) < 100_000);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CacheSlot(Option<Entry>);

/// The verdicts on a token that do not change with time or connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// The SHA-256 value of the whole token, combined with the identity of a verifier that shares the cache. Anyone who can
    /// find a collision can also forge signatures.
    pub(crate) sha256: [u8; 32],
    pub(crate) validity: Validity,
    pub(crate) confirmation: Option<Confirmation>,
}

/// How often the cache had a token.
///
/// ```
/// # use certbound::CacheStatistics;
/// # let statistics = CacheStatistics::default();
/// let CacheStatistics { hits, misses, .. } = statistics;
/// println!("{hits} of {} tokens were in the cache", hits + misses);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Tokens found in the cache, whatever the verdict.
    pub hits: u64,
    /// Tokens not found in the cache.
    pub misses: u64,
}

impl CacheSlot {
    /// A slot without a token.
    ///
    /// ```
    /// let slots = [certbound::CacheSlot::EMPTY; 16];
    /// ```
    pub const EMPTY: Self = Self(None);

    fn holds(&self, sha256: &[u8; 32]) -> bool {
        // Not in constant time: the client itself sent what the digest is of.
        self.0.is_some_and(|entry| entry.sha256 == *sha256)
    }

    /// Whether the slot is empty or holds an expired token.
    fn is_free(&self, now: UnixTime, leeway: u64) -> bool {
        self.0.is_none_or(|entry| entry.validity.check(now, leeway) == Err(Error::TokenExpired))
    }
}

#[derive(Debug)]
pub(crate) struct TokenCache<'memory> {
    slots: &'memory mut [CacheSlot],
    statistics: CacheStatistics,
}

impl<'memory> TokenCache<'memory> {
    pub(crate) const fn new(slots: &'memory mut [CacheSlot], statistics: CacheStatistics) -> Self {
        Self { slots, statistics }
    }

    pub(crate) const fn capacity(&self) -> usize {
        self.slots.len()
    }

    pub(crate) const fn statistics(&self) -> CacheStatistics {
        self.statistics
    }

    /// Looks up a token, counts the hit or miss, and makes a token that is found the most recently used of its set.
    pub(crate) fn recall(&mut self, sha256: &[u8; 32]) -> Option<Entry> {
        let found = cache_sets::find(self.slots, sha256, |slot| slot.holds(sha256)).and_then(|slot| slot.0);
        let count = if found.is_some() { &mut self.statistics.hits } else { &mut self.statistics.misses };
        *count = count.saturating_add(1);
        found
    }

    /// Makes a token the most recently used of one of its sets. It replaces a free slot, or else the least recently used
    /// token of that set.
    // Not inlined, so that it needs no stack while the token is verified.
    #[inline(never)]
    pub(crate) fn remember(&mut self, entry: Entry, now: UnixTime, leeway: u64) {
        let is_free = |slot: &CacheSlot| slot.is_free(now, leeway);
        if let Some(slot) = cache_sets::make_room(self.slots, &entry.sha256, is_free, self.statistics.misses) {
            *slot = CacheSlot(Some(entry));
        }
    }
}
