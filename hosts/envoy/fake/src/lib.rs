//! A fake Envoy: it implements the callbacks that the filter calls, and calls the filter's hooks.
//!
//! Tests and fuzz targets run the whole module in it, `unsafe` code included, also under Miri: what Envoy lends to the
//! module lives exactly as long as Envoy guarantees.
//!
//! ```text
//!  lib        Envoy and its configurations
//!  request    a request, and what became of it
//!  route      the configuration of a route
//!  hooks      the functions of the module, as Envoy calls them
//!  callbacks  the functions that the module links or looks up
//!  state      what the callbacks see: configurations and requests
//!  abi        bytes that are lent
//! ```
//!
//! It knows Envoy's ABI only, and nothing of the filter's code. The types of the ABI are the module's, because Miri accepts
//! structs by value only between functions that name the same type.

mod abi;
mod callbacks;
mod hooks;
mod request;
mod route;
mod state;

use std::{ffi::c_void, sync::Once};

pub use hooks::Answer;
pub use request::{Outcome, Request};
pub use route::RouteConfiguration;
pub use state::{Fetch, Metadata, Response, Version};

use state::{ConfigurationState, LOG, VALIDATES, VERSION, lock};

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

    /// Whether this configuration has changed or set the metric, if only by zero.
    pub fn has_reported(&self, name: &str) -> bool {
        lock(&self.state.metrics).values.contains_key(name)
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
