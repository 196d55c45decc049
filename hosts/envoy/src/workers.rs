//! The memory of the worker threads: caches of tokens, and scratch memory.
//!
//! All configurations with caches of the same size share it, so that an update of a listener keeps the caches, and old
//! configurations cost no memory while they are drained. The identities of policies and keys keep their tokens apart.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use certbound::{CacheSlot, CacheStatistics, limits, scratch_len};

use crate::{abi::Level, claim_cache::ClaimCache, host::log};

/// The memory of each worker.
pub(crate) struct Workers {
    cache_entries: usize,
    /// One for each worker, and one for any other thread.
    memories: Box<[Mutex<Option<Memory>>]>,
}

/// What one worker needs to judge requests.
pub(crate) struct Memory {
    pub(crate) slots: Box<[CacheSlot]>,
    pub(crate) statistics: CacheStatistics,
    pub(crate) scratch: Box<[u8]>,
    pub(crate) claims: ClaimCache,
    times: Vec<u32>,
}

static SHARED: Mutex<Vec<Weak<Workers>>> = Mutex::new(Vec::new());

impl Workers {
    /// The workers whose caches have this many entries.
    pub(crate) fn shared(cache_entries: usize, workers: usize) -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|workers| workers.strong_count() > 0);
        let len = workers.saturating_add(1);
        let fitting = |other: &Arc<Self>| other.cache_entries == cache_entries && other.memories.len() == len;
        if let Some(found) = shared.iter().filter_map(Weak::upgrade).find(fitting) {
            return found;
        }
        let memories = (0..len).map(|_| Mutex::new(None)).collect();
        let new = Arc::new(Self { cache_entries, memories });
        shared.push(Arc::downgrade(&new));
        new
    }

    /// Lends a worker its memory. No other thread asks for it, so that the lock is never waited for.
    pub(crate) fn with<R>(&self, worker: usize, body: impl FnOnce(&mut Memory) -> R) -> Option<R> {
        let shared = self.memories.get(worker).or(self.memories.last())?;
        let mut memory = shared.lock().unwrap_or_else(|poisoned| {
            // A panic may have left a cache behind in which nothing can be relied on.
            let mut memory = poisoned.into_inner();
            *memory = None;
            shared.clear_poison();
            memory
        });
        Some(body(memory.get_or_insert_with(|| Memory::new(self.cache_entries))))
    }
}

impl Memory {
    fn new(cache_entries: usize) -> Self {
        Self {
            slots: vec![CacheSlot::EMPTY; cache_entries].into(),
            statistics: CacheStatistics::default(),
            scratch: vec![0; scratch_len(limits::TOKEN_LEN)].into(),
            claims: ClaimCache::new(cache_entries),
            times: Vec::new(),
        }
    }

    /// Records how long a request took, and logs the median from time to time.
    pub(crate) fn took(&mut self, nanoseconds: u64) {
        self.times.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
        if self.times.len() < TIMES {
            return;
        }
        let mut times = mem::take(&mut self.times);
        times.sort_unstable();
        let tenth = |tenths: usize| times.get(TIMES / 10 * tenths).copied().unwrap_or_default();
        let (low, median, high) = (tenth(1), tenth(5), tenth(9));
        log(Level::Info, format_args!("time of {TIMES} requests: p10={low} p50={median} p90={high} ns"));
        times.clear();
        self.times = times;
    }
}

/// How many times a median is made of.
const TIMES: usize = 1000;
