//! The key store of this process: every source of keys once, however many filter configurations name it.
//!
//! Envoy makes a new configuration for each update of a listener, and keeps the old one until its connections are drained.
//! A new one finds the keys here. Requests do not come here: they use their configuration's [`Trust`].

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::Thread,
    time::{Duration, Instant, SystemTime},
};

use certbound::Error;

use crate::{
    abi::Level,
    host::{Scheduler, log},
    issuers::IssuerDocument,
    key_file::Jwks,
    key_source::{KeySource, Trust},
    keys::{MAX_KEYS, PreparedSet},
    schedule::Schedule,
    source::Source,
};

/// The store of this process.
pub(crate) static STORE: Store = Store(Mutex::new(Contents { sources: Vec::new(), users: Vec::new(), last_id: 0 }));

pub(crate) struct Store(Mutex<Contents>);

struct Contents {
    sources: Vec<Entry>,
    /// The live configurations, in the order of their creation.
    users: Vec<User>,
    last_id: u64,
}

struct Entry {
    id: u64,
    keys: Arc<KeySource>,
    /// When they are fetched; `None` for a file.
    schedule: Option<Schedule>,
    /// The last failure that was logged.
    failure: Option<String>,
}

struct User {
    id: u64,
    trust: Arc<Trust>,
    scheduler: Scheduler,
    /// Whether it wants to be woken to report metrics.
    reports: bool,
}

/// The event that asks a configuration to report metrics. Other events are numbers of sources to fetch.
pub(crate) const REPORT: u64 = 0;

impl Store {
    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The issuers of a configuration, with the keys of their sources. Files that are new here are read.
    ///
    /// Nothing is kept here before [`add`](Self::add).
    pub(crate) fn trust(&self, issuers: &[IssuerDocument], key_thread: Option<Thread>) -> Result<Arc<Trust>, String> {
        let contents = self.lock();
        let mut trusted: Vec<(Arc<str>, Arc<KeySource>)> = Vec::new();
        for (index, issuer) in issuers.iter().enumerate() {
            let known = contents.sources.iter().map(|entry| &entry.keys);
            let mut known = known.chain(trusted.iter().map(|(_, keys)| keys));
            let keys = match known.find(|keys| *keys.source() == issuer.source) {
                Some(keys) => Arc::clone(keys),
                None => new_source(&issuer.source).map_err(|error| format!("issuers[{index}].{error}"))?,
            };
            trusted.push((issuer.issuer.as_str().into(), keys));
        }
        Ok(Arc::new(Trust::new(trusted, key_thread)))
    }

    /// Adds a configuration, and the sources of its keys, and returns its number.
    pub(crate) fn add(
        &self,
        trust: &Arc<Trust>,
        issuers: &[IssuerDocument],
        scheduler: Scheduler,
        reports: bool,
    ) -> u64 {
        let mut contents = self.lock();
        // Keys may have arrived since the snapshot was made.
        trust.refresh();
        let now = Instant::now();
        for (keys, issuer) in trust.sources().zip(issuers) {
            let refresh = Duration::from_secs(issuer.refresh_seconds);
            if let Some(entry) = contents.sources.iter_mut().find(|entry| Arc::ptr_eq(&entry.keys, keys)) {
                if let Some(schedule) = &mut entry.schedule {
                    schedule.set_refresh(refresh);
                }
                continue;
            }
            let schedule = match keys.source() {
                Source::File(_) => None,
                Source::Cluster { .. } => Some(Schedule::new(refresh, now)),
            };
            let id = contents.new_id();
            contents.sources.push(Entry { id, keys: Arc::clone(keys), schedule, failure: None });
        }
        let id = contents.new_id();
        contents.users.push(User { id, trust: Arc::clone(trust), scheduler, reports });
        id
    }

    /// Removes a configuration, and the sources that no other one uses.
    pub(crate) fn remove(&self, user: u64) {
        let mut contents = self.lock();
        let Contents { sources, users, .. } = &mut *contents;
        users.retain(|other| other.id != user);
        sources.retain(|entry| users.iter().any(|user| user.uses(&entry.keys)));
        for entry in sources {
            if let Some(schedule) = &mut entry.schedule {
                schedule.abandon(user, Instant::now());
            }
        }
    }

    /// Hands fetches that are due to their configurations, and returns the sources that are files, to be looked at, and when
    /// to come back at the latest.
    pub(crate) fn due(&self, now: Instant) -> (Vec<(u64, Arc<KeySource>)>, Instant) {
        let mut contents = self.lock();
        let Contents { sources, users, .. } = &mut *contents;
        let (mut files, mut next) = (Vec::new(), now + POLL_INTERVAL);
        for entry in sources {
            let Some(schedule) = &mut entry.schedule else {
                files.push((entry.id, Arc::clone(&entry.keys)));
                continue;
            };
            if schedule.due(entry.keys.is_wanted()) <= now
                && let Some(user) = newest_user_of(users, &entry.keys)
            {
                entry.keys.wish_is_answered();
                schedule.started(user.id, now);
                user.scheduler.commit(entry.id);
            }
            next = next.min(schedule.due(entry.keys.is_wanted()));
        }
        (files, next)
    }

    /// The source of this number, to fetch its keys.
    pub(crate) fn source(&self, id: u64) -> Option<Arc<KeySource>> {
        let contents = self.lock();
        contents.sources.iter().find(|entry| entry.id == id).map(|entry| Arc::clone(&entry.keys))
    }

    /// Takes over keys that have been read or fetched, unless they are those already in use.
    ///
    /// The work is done outside the lock. Nothing happens if the source is gone.
    pub(crate) fn arrived(&self, id: u64, jwks: &Jwks) {
        let Some(keys) = self.source(id) else { return };
        if keys.identity() == Some(PreparedSet::identity_of(&jwks.text)) {
            return self.succeeded(id, jwks.modified);
        }
        match prepare(keys.source(), &jwks.text) {
            Ok(prepared) => {
                keys.replace(prepared);
                self.refresh(&keys);
                self.succeeded(id, jwks.modified);
            }
            Err(error) => self.failed(id, &described(error)),
        }
    }

    /// Makes the new keys of a source visible to requests.
    fn refresh(&self, keys: &Arc<KeySource>) {
        let contents = self.lock();
        for user in contents.users.iter().filter(|user| user.uses(keys)) {
            user.trust.refresh();
        }
    }

    fn succeeded(&self, id: u64, as_of: SystemTime) {
        let mut contents = self.lock();
        let Some(entry) = contents.sources.iter_mut().find(|entry| entry.id == id) else { return };
        entry.keys.succeeded(as_of);
        // Requests that came during the fetch may have wished for one. Without this, it would be followed by another.
        entry.keys.wish_is_answered();
        entry.failure = None;
        if let Some(schedule) = &mut entry.schedule {
            schedule.succeeded(Instant::now());
        }
    }

    /// Records that keys could not be read or fetched. The old ones stay in use.
    pub(crate) fn failed(&self, id: u64, reason: &str) {
        let mut contents = self.lock();
        let Some(entry) = contents.sources.iter_mut().find(|entry| entry.id == id) else { return };
        entry.keys.failed();
        if let Some(schedule) = &mut entry.schedule {
            schedule.failed(Instant::now());
        }
        if entry.failure.as_deref() != Some(reason) {
            let consequence = if entry.keys.identity().is_some() {
                "the old keys remain in use"
            } else {
                "tokens of its issuer are answered with 503 until they arrive"
            };
            log(Level::Warn, format_args!("keys of {} not loaded: {reason}; {consequence}", entry.keys.source()));
            entry.failure = Some(reason.to_owned());
        }
    }

    /// Wakes the newest configuration of each source, so that it reports metrics.
    pub(crate) fn wake_reporters(&self) {
        let contents = self.lock();
        let newest = |entry: &Entry| newest_user_of(&contents.users, &entry.keys).filter(|user| user.reports);
        let mut reporters: Vec<&User> = contents.sources.iter().filter_map(newest).collect();
        reporters.dedup_by_key(|user| user.id);
        for user in reporters {
            user.scheduler.commit(REPORT);
        }
    }
}

impl Contents {
    const fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

/// The newest configuration outlives the others.
fn newest_user_of<'users>(users: &'users [User], keys: &Arc<KeySource>) -> Option<&'users User> {
    users.iter().rev().find(|user| user.uses(keys))
}

impl User {
    fn uses(&self, keys: &Arc<KeySource>) -> bool {
        self.trust.sources().any(|other| Arc::ptr_eq(other, keys))
    }
}

/// How often files are looked at. Their changes must be noticed within 5 seconds.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// A source that is new in this process. The keys of a file must be there and usable.
fn new_source(source: &Source) -> Result<Arc<KeySource>, String> {
    let keys = KeySource::new(source.clone());
    if let Source::File(path) = source {
        let jwks = keys.poll().unwrap_or_else(|| Err("nothing was read".to_owned()));
        let jwks = jwks.map_err(|error| format!("jwks_file: {}: {error}", path.display()))?;
        let prepared = prepare(source, &jwks.text);
        keys.replace(prepared.map_err(|error| format!("jwks_file: {}: {}", path.display(), described(error)))?);
        keys.succeeded(jwks.modified);
    }
    Ok(Arc::new(keys))
}

/// Reads a JWK Set, prepares its keys, and logs how many there are.
fn prepare(source: &Source, jwks: &[u8]) -> Result<PreparedSet, Error> {
    let (mut unused, mut more) = (Vec::new(), 0_usize);
    let report = |reason| match unused.len() {
        ..MAX_REPORTED_KEYS => unused.push(reason),
        _ => more += 1,
    };
    let keys = PreparedSet::from_jwks(jwks, report)?;
    for reason in unused {
        log(Level::Info, format_args!("keys of {source}: {reason}"));
    }
    if more > 0 {
        log(Level::Info, format_args!("keys of {source}: {more} more are not used"));
    }
    if keys.len() == 0 {
        // An issuer may withdraw all of its keys, but rarely intends to.
        log(
            Level::Error,
            format_args!("keys of {source}: the JWK Set lists no keys: all are withdrawn, and every token is rejected"),
        );
    } else {
        log(Level::Info, format_args!("keys of {source}: {} usable", keys.len()));
    }
    Ok(keys)
}

fn described(error: Error) -> String {
    match error {
        Error::KeySetFull => {
            format!("{}: there are more than {MAX_KEYS} usable keys: have the issuer publish fewer", error.name())
        }
        _ => format!("{}: {error}", error.name()),
    }
}

/// Most unusable keys of a JWK Set that the log names: a set may list tens of thousands.
const MAX_REPORTED_KEYS: usize = 64;
