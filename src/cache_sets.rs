//! The sets of slots in which caches look for a token, and the order of use in a set.
//!
//! A cache is set-associative: a token's SHA-256 value selects two sets of [`CACHE_WAYS`](limits::CACHE_WAYS) slots, and each
//! set is kept in order of use, the most recently used slot first. What a slot holds, and when it is free, is up to the cache.

use core::{cmp::Ordering, ops::Range};

use sha2::{Digest, Sha256};

use crate::limits;

/// The SHA-256 value by which caches know a token.
// Inlined, because a separate function lets the compiler inline more into verifications: with RSA they need 1.7 KB more stack.
#[inline(always)]
pub(crate) fn sha256_of(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Finds the slot of a token, and makes it the most recently used one of its set.
pub(crate) fn find<'slots, Slot>(
    slots: &'slots mut [Slot],
    sha256: &[u8; 32],
    holds: impl Fn(&Slot) -> bool,
) -> Option<&'slots mut Slot> {
    let (set, place) = sets_of(slots.len(), sha256).into_iter().find_map(|set| {
        let place = slots.get(set.clone())?.iter().position(&holds)?;
        Some((set, place))
    })?;
    let set = slots.get_mut(set)?;
    if place > 0 {
        set.get_mut(..=place)?.rotate_right(1);
    }
    set.first_mut()
}

/// Chooses the slot for a new token, and makes it the most recently used one of its set: a free slot, or else the least
/// recently used one of the set. `turn` should change from token to token.
pub(crate) fn make_room<'slots, Slot>(
    slots: &'slots mut [Slot],
    sha256: &[u8; 32],
    is_free: impl Fn(&Slot) -> bool,
    turn: u64,
) -> Option<&'slots mut Slot> {
    let room =
        |set: &Range<usize>| slots.get(set.clone()).map_or(0, |set| set.iter().filter(|slot| is_free(slot)).count());
    // The set with more free slots, so that no set fills up long before the others.
    let [one, other] = sets_of(slots.len(), sha256);
    let is_other = match room(&one).cmp(&room(&other)) {
        Ordering::Less => true,
        Ordering::Greater => false,
        // By turns, so that full sets evict equally often.
        Ordering::Equal => turn & 1 == 0,
    };
    let set = slots.get_mut(if is_other { other } else { one })?;
    let place = set.iter().position(is_free).unwrap_or(set.len().saturating_sub(1));
    if let Some(older) = set.get_mut(..=place) {
        older.rotate_right(1);
    }
    set.first_mut()
}

/// The two sets that may hold a token. They can be the same set.
fn sets_of(slots: usize, sha256: &[u8; 32]) -> [Range<usize>; 2] {
    let sets = slots.div_ceil(limits::CACHE_WAYS);
    let (first, rest) =
        sha256.split_first_chunk().map_or((0, &[][..]), |(bytes, rest)| (u64::from_le_bytes(*bytes), rest));
    let second = rest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    [first, second].map(|number| {
        // The product of the number, as a fraction of 2⁶⁴, with the number of sets: a remainder would need a division.
        let set = u128::from(number).wrapping_mul(u128::try_from(sets).unwrap_or(0)) >> u64::BITS;
        let start = usize::try_from(set).unwrap_or(0).saturating_mul(limits::CACHE_WAYS);
        start..start.saturating_add(limits::CACHE_WAYS).min(slots)
    })
}
