//! A fake Envoy: it implements the callbacks that the filter calls, and calls the filter's hooks.
//!
//! Tests and fuzz targets run the whole module in it, `unsafe` code included, also under Miri: what Envoy lends to the
//! module lives exactly as long as Envoy guarantees.
//!
//! ```text
//!  lib        Envoy: configurations, and what is in its log
//!  request    a request, and what became of it
//!  callbacks  the functions that the module links or looks up
//!  hooks      the functions of the module
//! ```
//!
//! It knows Envoy's ABI only, and nothing of the filter's code.

mod callbacks;
mod hooks;
mod request;

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ffi::c_void,
    sync::{Arc, Mutex, Once, PoisonError, atomic::AtomicU64},
};

pub use request::{Metadata, Outcome, Request, Response};

/// A version of Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// The oldest that the module loads in.
    V1_38,
    /// Adds a callback for several entries of metadata, and metrics outside of requests.
    V1_39,
    /// Adds the address of the connection's peer.
    V1_40,
}

impl Version {
    /// All versions.
    pub const ALL: [Self; 3] = [Self::V1_38, Self::V1_39, Self::V1_40];
}

thread_local! {
    static VERSION: Cell<Version> = const { Cell::new(Version::V1_40) };
    static VALIDATES: Cell<bool> = const { Cell::new(false) };
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// An Envoy with two workers. Like Envoy's main thread, it belongs to one thread.
#[derive(Clone, Copy, Debug)]
pub struct Envoy {
    version: Version,
}

impl Envoy {
    /// Starts this version.
    pub fn new(version: Version) -> Self {
        static FIND: Once = Once::new();
        FIND.call_once(|| _ = certbound_envoy::internals::FIND.set(callbacks::find));
        Self { version }
    }

    /// The version of the ABI that the module reports.
    pub fn reported_version(self) -> String {
        VERSION.set(self.version);
        hooks::program_init()
    }

    /// Loads a filter configuration; otherwise returns what the module has logged.
    pub fn configure(self, json: &str) -> Result<Configuration, String> {
        self.configure_filter("certbound", json)
    }

    /// Loads a configuration of the filter with this name.
    pub fn configure_filter(self, filter: &str, json: &str) -> Result<Configuration, String> {
        VERSION.set(self.version);
        LOG.take();
        let state = Box::new(ConfigurationState::default());
        let raw: *const ConfigurationState = &raw const *state;
        let module = hooks::config_new(raw.cast_mut().cast(), filter, json);
        if module.is_null() {
            return Err(LOG.take().join("\n"));
        }
        lock(&state.metrics).is_frozen = true;
        Ok(Configuration { state, module })
    }

    /// Validates a filter configuration like `--mode validate`, and discards it.
    pub fn validate(self, json: &str) -> Result<(), String> {
        VALIDATES.set(true);
        let verdict = self.configure(json).map(drop);
        VALIDATES.set(false);
        verdict
    }

    /// Loads the configuration of a route; otherwise returns what the module has logged.
    pub fn configure_route(self, json: &str) -> Result<RouteConfiguration, String> {
        LOG.take();
        let module = hooks::route_config_new(json);
        if module.is_null() { Err(LOG.take().join("\n")) } else { Ok(RouteConfiguration(module)) }
    }
}

/// Makes the module panic in the next request on this thread.
pub fn panic_in_next_request() {
    certbound_envoy::internals::PANICS.set(true);
}

/// What the module has logged on this thread since the last call.
pub fn take_log() -> Vec<String> {
    LOG.take()
}

/// A filter configuration. Dropping it ends its drain.
#[derive(Debug)]
pub struct Configuration {
    // Boxed, because the module keeps its address.
    state: Box<ConfigurationState>,
    module: *const c_void,
}

#[derive(Debug, Default)]
pub(crate) struct ConfigurationState {
    pub(crate) metrics: Mutex<Metrics>,
    pub(crate) events: Arc<Mutex<Vec<u64>>>,
    pub(crate) fetches: Mutex<Vec<Fetch>>,
    pub(crate) last_fetch: AtomicU64,
    /// How Envoy answers the wish to fetch: 0 for success.
    pub(crate) refuses_fetches: Mutex<u32>,
}

/// Counters, gauges and histograms, by name.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) names: Vec<String>,
    pub(crate) values: BTreeMap<String, u64>,
    pub(crate) is_frozen: bool,
}

/// A request that the module has sent to a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// Its number.
    pub id: u64,
    /// The cluster.
    pub cluster: String,
    /// The headers.
    pub headers: Vec<(String, String)>,
}

/// How a fetch ends.
#[derive(Clone, Debug)]
pub enum Answer<'answer> {
    /// With this status and this body, in parts.
    Response(&'answer str, &'answer [&'answer str]),
    /// With a failure, which Envoy numbers.
    Failure(u32),
}

impl Configuration {
    /// Delivers the events that the module has sent to the main thread, and returns how many there were.
    pub fn deliver_events(&self) -> usize {
        let events = std::mem::take(&mut *lock(&self.state.events));
        for event in &events {
            self.deliver(*event);
        }
        events.len()
    }

    /// Delivers an event, which the module need not have sent.
    pub fn deliver(&self, event: u64) {
        hooks::config_scheduled(self.raw(), self.module, event);
    }

    /// The fetches that the module has begun since the last call.
    pub fn take_fetches(&self) -> Vec<Fetch> {
        std::mem::take(&mut *lock(&self.state.fetches))
    }

    /// Refuses further fetches with this number; 0 accepts them again.
    pub fn refuse_fetches(&self, number: u32) {
        *lock(&self.state.refuses_fetches) = number;
    }

    /// Ends a fetch.
    pub fn answer(&self, id: u64, answer: &Answer<'_>) {
        hooks::config_callout_done(self.raw(), self.module, id, answer);
    }

    /// Sends a request through the filter.
    pub fn send(&self, request: Request) -> Outcome {
        request.send(&self.state, self.module)
    }

    /// The value of a counter or gauge, with the values of its labels behind dots, or the number of a histogram's values.
    pub fn metric(&self, name: &str) -> u64 {
        lock(&self.state.metrics).values.get(name).copied().unwrap_or_default()
    }

    fn raw(&self) -> *mut c_void {
        let state: *const ConfigurationState = &raw const *self.state;
        state.cast_mut().cast()
    }
}

impl Drop for Configuration {
    fn drop(&mut self) {
        hooks::config_destroy(self.module);
    }
}

/// The configuration of a route.
#[derive(Debug)]
pub struct RouteConfiguration(*const c_void);

impl RouteConfiguration {
    pub(crate) const fn module(&self) -> *const c_void {
        self.0
    }
}

impl Drop for RouteConfiguration {
    fn drop(&mut self) {
        hooks::route_config_destroy(self.0);
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
