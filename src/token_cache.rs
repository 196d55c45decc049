//! A cache of accepted tokens in fixed memory: its slots, sets and statistics.
//!
//! It is set-associative: a token's SHA-256 value selects two sets of [`CACHE_WAYS`](limits::CACHE_WAYS) slots, and each set
//! is kept in order of use, the most recently used token first. What a token found here is worth is decided in
//! `cached_verifier`.

use core::{cmp::Ordering, ops::Range};

use crate::{Confirmation, Error, UnixTime, claims::Validity, limits};

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
        let found = sets_of(self.slots.len(), sha256).into_iter().find_map(|set| {
            let set = self.slots.get_mut(set)?;
            let place = set.iter().position(|slot| slot.holds(sha256))?;
            set.get_mut(..=place)?.rotate_right(1);
            set.first()?.0
        });
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
        let room = |set: &Range<usize>| {
            self.slots.get(set.clone()).map_or(0, |set| set.iter().filter(|slot| is_free(slot)).count())
        };
        // The set with more free slots, so that no set fills up long before the others.
        let [one, other] = sets_of(self.slots.len(), &entry.sha256);
        let is_other = match room(&one).cmp(&room(&other)) {
            Ordering::Less => true,
            Ordering::Greater => false,
            // By turns, so that full sets evict equally often.
            Ordering::Equal => self.statistics.misses & 1 == 0,
        };
        let set = self.slots.get_mut(if is_other { other } else { one }).unwrap_or_default();
        let place = set.iter().position(is_free).unwrap_or(set.len().saturating_sub(1));
        if let Some(older) = set.get_mut(..=place) {
            older.rotate_right(1);
        }
        if let Some(slot) = set.first_mut() {
            *slot = CacheSlot(Some(entry));
        }
    }
}

/// The two sets that may hold a token. They can be the same set.
fn sets_of(slots: usize, sha256: &[u8; 32]) -> [Range<usize>; 2] {
    let sets = slots.div_ceil(limits::CACHE_WAYS);
    let (first, rest) =
        sha256.split_first_chunk().map_or((0, &[][..]), |(bytes, rest)| (u64::from_le_bytes(*bytes), rest));
    let second = rest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    [first, second].map(|number| {
        let set = u64::try_from(sets).ok().and_then(|sets| number.checked_rem(sets)).unwrap_or(0);
        let start = usize::try_from(set).unwrap_or(0).saturating_mul(limits::CACHE_WAYS);
        start..start.saturating_add(limits::CACHE_WAYS).min(slots)
    })
}
