//! What the callbacks see: the version of Envoy, configurations and requests.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ffi::c_void,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicU64},
};

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
    pub(crate) static VERSION: Cell<Version> = const { Cell::new(Version::V1_40) };
    pub(crate) static VALIDATES: Cell<bool> = const { Cell::new(false) };
    pub(crate) static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
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

/// A value of dynamic metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Metadata {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
}

/// The answer that the filter has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u32,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The response code details.
    pub details: String,
}

/// A request. The callbacks get a pointer to it.
pub(crate) struct RequestState<'configuration> {
    pub(crate) configuration: &'configuration ConfigurationState,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) peer_sha256: Option<String>,
    pub(crate) peer_address: Option<String>,
    pub(crate) worker: u32,
    /// The module's configuration of the route, or null.
    pub(crate) route: *const c_void,
    pub(crate) response: Option<Response>,
    pub(crate) metadata: BTreeMap<String, Metadata>,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
