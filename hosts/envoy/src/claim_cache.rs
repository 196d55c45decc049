//! The cache of the listed claims of accepted tokens, so that they need not be decoded again.
//!
//! A token's values are found only under its cache key combined with the identity of the lists of claims. The cache key is
//! that of the token, the policy and the keys: see [`certbound::ffi_support::cache_key`]. Values are looked up only after
//! the verdict on the request at hand.

use crate::{identity::Identity, passed_on::PassedOn};

/// A bounded cache, set-associative as the core's cache of tokens is: a key selects a set, which is in order of use.
#[derive(Debug)]
pub(crate) struct ClaimCache {
    len: usize,
    /// Empty until something is cached: most configurations list no claims.
    entries: Box<[Option<Entry>]>,
}

#[derive(Debug)]
struct Entry {
    key: Identity,
    values: Box<PassedOn>,
}

impl ClaimCache {
    /// A cache of this many entries: one for each token in the cache of tokens.
    pub(crate) fn new(len: usize) -> Self {
        Self { len, entries: Box::default() }
    }

    /// The values under this key, which become the most recently used ones of their set.
    pub(crate) fn recall(&mut self, key: &Identity) -> Option<&PassedOn> {
        let set = self.set(key);
        let place = set.iter().position(|entry| entry.as_ref().is_some_and(|entry| entry.key == *key))?;
        set.get_mut(..=place)?.rotate_right(1);
        Some(&set.first()?.as_ref()?.values)
    }

    /// Caches values under this key, in place of the least recently used ones of its set, unless they need too much memory.
    pub(crate) fn remember(&mut self, key: Identity, values: PassedOn) {
        if values.memory_len() > MAX_VALUES_LEN {
            return;
        }
        if self.entries.is_empty() {
            self.entries = (0..self.len).map(|_| None).collect();
        }
        let set = self.set(&key);
        let values = Box::new(values);
        set.rotate_right(usize::from(!set.is_empty()));
        if let Some(first) = set.first_mut() {
            *first = Some(Entry { key, values });
        }
    }

    fn set(&mut self, key: &Identity) -> &mut [Option<Entry>] {
        let sets = self.entries.len().div_ceil(WAYS);
        let number = key.first_chunk().map_or(0, |bytes| usize::from_le_bytes(*bytes));
        let start = number.checked_rem(sets).unwrap_or(0) * WAYS;
        let end = (start + WAYS).min(self.entries.len());
        self.entries.get_mut(start..end).unwrap_or_default()
    }
}

/// Entries of a set.
const WAYS: usize = 4;

/// Most memory of the values of a token, in bytes: 3 KiB, which full lists of UUIDs do not need. Other values are decoded for each
/// request. Beside its values, an entry has 40 bytes, so a cache of the default 1024 entries needs at most about 3.2 MB.
const MAX_VALUES_LEN: usize = 3 * 1024;

#[cfg(test)]
mod tests {
    use certbound::{Binding, Introspection, introspection_scratch_len};

    use super::*;
    use crate::{
        claims::ClaimPath,
        passed_on::{ClaimHeaders, Listed, MAX_LISTED_CLAIMS, MetadataClaims},
    };

    /// The values of a token with this subject.
    fn values(subject: &str) -> PassedOn {
        let headers = ClaimHeaders::new(vec![("x-sub".to_owned(), ClaimPath::parse("sub").unwrap())]);
        let metadata = MetadataClaims::new(Vec::new());
        values_of(subject, Listed { headers: &headers, metadata: &metadata })
    }

    fn values_of(subject: &str, listed: Listed<'_>) -> PassedOn {
        let json = format!(r#"{{"active": true, "iss": "https://as.example", "sub": "{subject}"}}"#);
        let mut scratch = [0; introspection_scratch_len(4096)];
        let claims = Introspection::verify(json.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
        PassedOn::of(&claims, listed)
    }

    /// Keys that differ in one byte: before, in or behind what selects the set.
    fn key(place: usize, byte: u8) -> Identity {
        let mut key = [7; 32];
        key[place] = byte;
        key
    }

    #[test]
    fn values_are_found_under_their_key_only() {
        let mut cache = ClaimCache::new(64);
        for byte in 0..8 {
            cache.remember(key(31, byte), values(&format!("server-{byte}")));
            assert_eq!(cache.recall(&key(31, byte)), Some(&values(&format!("server-{byte}"))));
        }
        for other in [key(0, 9), key(16, 9), key(31, 9)] {
            assert_eq!(cache.recall(&other), None);
        }
    }

    #[test]
    fn the_least_recently_used_values_of_a_set_are_replaced() {
        let mut cache = ClaimCache::new(64);
        for byte in 0..4 {
            cache.remember(key(31, byte), values("server-a"));
        }
        assert!(cache.recall(&key(31, 0)).is_some());
        cache.remember(key(31, 4), values("server-a"));
        let found = [0, 1, 2, 3, 4].map(|byte| cache.recall(&key(31, byte)).is_some());
        assert_eq!(found, [true, false, true, true, true]);
    }

    #[test]
    fn a_cache_is_bounded() {
        for len in [0, 1, 3, 4, 5, 64] {
            let mut cache = ClaimCache::new(len);
            assert!(cache.entries.is_empty(), "no memory before anything is cached");
            let keys = (0..=u8::MAX).map(|byte| [byte; 32]);
            for key in keys.clone() {
                cache.remember(key, values("server-a"));
                assert_eq!(cache.recall(&key).is_some(), len > 0, "{len}");
            }
            let found = keys.filter(|key| cache.recall(key).is_some()).count();
            assert_eq!((found, cache.entries.len()), (len, len));
        }
    }

    #[test]
    fn values_that_need_too_much_memory_are_not_cached() {
        // 64 bytes for the box, 32 for the list of headers, and 8 for the allocation of the text.
        let longest = MAX_VALUES_LEN - 64 - 32 - 8;
        for (len, is_cached) in [(longest, true), (longest + 1, false)] {
            let mut cache = ClaimCache::new(4);
            cache.remember(key(0, 1), values("server-a"));
            cache.remember(key(0, 2), values(&"a".repeat(len)));
            assert_eq!(cache.recall(&key(0, 2)).is_some(), is_cached, "{len}");
        }
        assert_eq!(size_of::<Option<Entry>>(), 40);
    }

    #[test]
    fn full_lists_of_uuids_are_cached() {
        let uuid = "123e4567-e89b-42d3-a456-426655440000";
        let path = || ClaimPath::parse("sub").unwrap();
        let headers = ClaimHeaders::new((0..MAX_LISTED_CLAIMS).map(|number| (format!("x-{number}"), path())).collect());
        let metadata = MetadataClaims::new((0..MAX_LISTED_CLAIMS).map(|_| path()).collect());
        let values = values_of(uuid, Listed { headers: &headers, metadata: &metadata });
        assert!(values.memory_len() > 2048, "{}", values.memory_len());
        let mut cache = ClaimCache::new(4);
        cache.remember(key(0, 1), values);
        assert!(cache.recall(&key(0, 1)).is_some());
    }
}
