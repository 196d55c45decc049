//! The keys of one source, and the issuers of one configuration with the keys of their sources.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::Thread,
    time::{SystemTime, UNIX_EPOCH},
};

use arc_swap::{ArcSwap, Guard};

use crate::{
    identity::Identity,
    key_file::{Jwks, KeyFile},
    keys::{PreparedSet, Snapshot},
    source::Source,
};

/// A source with its current keys. All configurations that name the source share it.
pub(crate) struct KeySource {
    source: Source,
    /// The file, if the source is one.
    file: Option<Mutex<KeyFile>>,
    /// Requests never lock this: they use snapshots.
    keys: Mutex<Option<Arc<PreparedSet>>>,
    /// A request has a token that no key verifies, so that a fetch may help.
    is_wanted: AtomicBool,
    /// In Unix seconds: when the file was written, or the URI last fetched; 0 before there are keys.
    as_of: AtomicU64,
    unreported: Unreported,
}

/// Counts that are still to be added to Envoy's counters.
#[derive(Debug, Default)]
struct Unreported {
    fetches: AtomicU64,
    failures: AtomicU64,
}

impl KeySource {
    pub(crate) fn new(source: Source) -> Self {
        let file = match &source {
            Source::File(path) => Some(Mutex::new(KeyFile::new(path))),
            Source::Cluster { .. } => None,
        };
        Self {
            source,
            file,
            keys: Mutex::new(None),
            is_wanted: AtomicBool::new(false),
            as_of: AtomicU64::new(0),
            unreported: Unreported::default(),
        }
    }

    pub(crate) const fn source(&self) -> &Source {
        &self.source
    }

    /// What is new in the file, if the source is one; see [`KeyFile::poll`].
    pub(crate) fn poll(&self) -> Option<Result<Jwks, String>> {
        self.file.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).poll()
    }

    fn keys(&self) -> Option<Arc<PreparedSet>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The identity of its keys; `None` before there are any.
    pub(crate) fn identity(&self) -> Option<Identity> {
        self.keys().map(|keys| keys.identity())
    }

    /// Replaces the keys. Snapshots keep the old ones until they are refreshed.
    pub(crate) fn replace(&self, keys: PreparedSet) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(keys));
    }

    /// Records that the keys of this time have been read or fetched.
    pub(crate) fn succeeded(&self, as_of: SystemTime) {
        let seconds = as_of.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.as_of.store(seconds, Relaxed);
        self.unreported.fetches.fetch_add(1, Relaxed);
    }

    /// Records that the keys could not be read or fetched.
    pub(crate) fn failed(&self) {
        self.unreported.fetches.fetch_add(1, Relaxed);
        self.unreported.failures.fetch_add(1, Relaxed);
    }

    /// When its keys were written or fetched, in Unix seconds; `None` before there are any.
    pub(crate) fn as_of(&self) -> Option<u64> {
        Some(self.as_of.load(Relaxed)).filter(|seconds| *seconds > 0)
    }

    /// Fetches and failures since the last call.
    pub(crate) fn take_unreported(&self) -> (u64, u64) {
        (self.unreported.fetches.swap(0, Relaxed), self.unreported.failures.swap(0, Relaxed))
    }

    /// Whether a request wants the keys fetched.
    pub(crate) fn is_wanted(&self) -> bool {
        self.is_wanted.load(Relaxed)
    }

    /// A fetch has begun or succeeded, which answers the wish. A request that still misses a key asks again.
    pub(crate) fn wish_is_answered(&self) {
        self.is_wanted.store(false, Relaxed);
    }

    /// Returns whether the wish is new.
    fn want(&self) -> bool {
        matches!(self.source, Source::Cluster { .. }) && !self.is_wanted() && !self.is_wanted.swap(true, Relaxed)
    }
}

/// The issuers that a configuration trusts, with the current keys of their sources.
pub(crate) struct Trust {
    issuers: Vec<(Arc<str>, Arc<KeySource>)>,
    current: ArcSwap<Snapshot>,
    /// The thread that schedules fetches; `None` while a configuration is only validated.
    key_thread: Option<Thread>,
}

impl Trust {
    pub(crate) fn new(issuers: Vec<(Arc<str>, Arc<KeySource>)>, key_thread: Option<Thread>) -> Self {
        let current = ArcSwap::from_pointee(snapshot_of(&issuers));
        Self { issuers, current, key_thread }
    }

    /// The current issuers and keys, without waiting for anything.
    pub(crate) fn current(&self) -> Guard<Arc<Snapshot>> {
        self.current.load()
    }

    /// Takes over the current keys of the sources.
    pub(crate) fn refresh(&self) {
        self.current.store(Arc::new(snapshot_of(&self.issuers)));
    }

    /// Asks for new keys, because a token has a `kid` that no key has. It costs little, however often it is called.
    pub(crate) fn want_keys(&self) {
        // All of them are marked, even after the first.
        let is_new = self.issuers.iter().filter(|(_, source)| source.want()).count() > 0;
        if let (true, Some(thread)) = (is_new, &self.key_thread) {
            thread.unpark();
        }
    }

    pub(crate) fn sources(&self) -> impl Iterator<Item = &Arc<KeySource>> {
        self.issuers.iter().map(|(_, source)| source)
    }
}

fn snapshot_of(issuers: &[(Arc<str>, Arc<KeySource>)]) -> Snapshot {
    Snapshot::new(issuers.iter().map(|(name, source)| (Arc::clone(name), source.keys())).collect())
}
