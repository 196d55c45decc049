//! The one thread of this module: it watches files, schedules fetches, and prepares the keys that arrive.
//!
//! It runs while there is a configuration that needs keys. The last one ends it and waits for its end, because Envoy may
//! unmap the module afterwards.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, Thread},
    time::{Duration, Instant},
};

use crate::{abi::Level, host::log, key_file::Jwks, key_store::STORE};

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

/// Keys that have been fetched, or the reason why not, with the number of their source.
static ARRIVED: Mutex<Vec<(u64, Result<Jwks, String>)>> = Mutex::new(Vec::new());

struct Running {
    users: usize,
    stop: Arc<AtomicBool>,
    handle: JoinHandle<()>,
}

/// Keeps the thread running for as long as it lives.
#[derive(Debug)]
pub(crate) struct KeyThread(Thread);

impl KeyThread {
    /// Starts the thread, if it does not run yet.
    pub(crate) fn attach() -> Result<Self, String> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &mut *running {
            running.users += 1;
            return Ok(Self(running.handle.thread().clone()));
        }
        let stop = Arc::new(AtomicBool::new(false));
        let seen_stop = Arc::clone(&stop);
        let thread = thread::Builder::new().name("certbound-keys".to_owned());
        let handle = thread.spawn(move || run(&seen_stop)).map_err(|error| format!("no thread for keys: {error}"))?;
        let thread = handle.thread().clone();
        *running = Some(Running { users: 1, stop, handle });
        Ok(Self(thread))
    }

    pub(crate) const fn thread(&self) -> &Thread {
        &self.0
    }
}

impl Drop for KeyThread {
    fn drop(&mut self) {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        match mem::take(&mut *running) {
            Some(last) if last.users <= 1 => {
                last.stop.store(true, Ordering::Release);
                last.handle.thread().unpark();
                // It never locks `RUNNING`, and its panics are caught.
                drop(last.handle.join());
            }
            Some(mut others) => {
                others.users -= 1;
                *running = Some(others);
            }
            None => {}
        }
    }
}

/// Hands fetched keys to the thread, which prepares them.
pub(crate) fn hand_over(thread: &Thread, source: u64, fetched: Result<Jwks, String>) {
    ARRIVED.lock().unwrap_or_else(PoisonError::into_inner).push((source, fetched));
    thread.unpark();
}

fn run(stop: &AtomicBool) {
    let mut next_report = Instant::now();
    while !stop.load(Ordering::Acquire) {
        // Without this thread keys would no longer change, and nothing else would.
        let next = catch_unwind(AssertUnwindSafe(|| work(&mut next_report))).unwrap_or_else(|_| {
            log(Level::Error, format_args!("a panic of the thread for keys was caught; it continues"));
            Instant::now() + AFTER_PANIC
        });
        thread::park_timeout(next.saturating_duration_since(Instant::now()));
    }
}

/// Does what is due, and returns when there is more to do.
fn work(next_report: &mut Instant) -> Instant {
    let mut is_news = false;
    for (source, fetched) in mem::take(&mut *ARRIVED.lock().unwrap_or_else(PoisonError::into_inner)) {
        is_news = true;
        take_over(source, fetched);
    }
    let (files, next) = STORE.due(Instant::now());
    for (source, file) in files {
        if let Some(read) = file.poll() {
            is_news = true;
            take_over(source, read);
        }
    }
    let now = Instant::now();
    if is_news || now >= *next_report {
        STORE.wake_reporters();
        *next_report = now + REPORT_INTERVAL;
    }
    next.min(*next_report)
}

fn take_over(source: u64, jwks: Result<Jwks, String>) {
    match jwks {
        Ok(jwks) => STORE.arrived(source, &jwks),
        Err(reason) => STORE.failed(source, &reason),
    }
}

/// How often the age of keys is reported.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

const AFTER_PANIC: Duration = Duration::from_secs(1);
