//! A filter configuration: made when Envoy loads a listener, used by all requests to it, and gone after its drain.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::SystemTime,
};

use crate::{
    abi::{CalloutError, Level},
    config::{FilterDocument, RouteDocument},
    demands::{Demands, Parts},
    forwarded::Forwarded,
    host::{self, Configuration, Metrics, Newer, log},
    key_file::Jwks,
    key_source::Trust,
    key_store::{REPORT, STORE},
    key_thread::{self, KeyThread},
    keys::JWKS_LEN,
    metrics::Counters,
    passed_on::{ClaimHeaders, MetadataClaims},
    schedule::FETCH_TIMEOUT,
    source::Source,
    workers::Workers,
};

/// What the filter does with requests.
pub(crate) struct FilterConfig {
    pub(crate) demands: Demands,
    pub(crate) trust: Arc<Trust>,
    pub(crate) workers: Arc<Workers>,
    pub(crate) counters: Counters,
    pub(crate) realm: String,
    pub(crate) resource_metadata: String,
    pub(crate) claim_headers: ClaimHeaders,
    pub(crate) metadata_claims: MetadataClaims,
    pub(crate) strip_token: bool,
    pub(crate) forwarded: Option<Forwarded>,
    pub(crate) measures_time: bool,
    pub(crate) newer: Newer,
    /// When requests reported the metrics of keys, in Unix seconds, for an Envoy that lets only requests do so (1.38).
    reported: Option<AtomicU64>,
    /// `None` while a configuration is only validated.
    keys: Option<LiveKeys>,
}

/// What a route or virtual host changes.
pub(crate) struct RouteConfig {
    pub(crate) is_enabled: bool,
    pub(crate) demands: Demands,
    pub(crate) realm: Option<String>,
    pub(crate) claim_headers: Option<ClaimHeaders>,
    pub(crate) metadata_claims: Option<MetadataClaims>,
    _live: Live,
}

/// The part of a configuration that keeps its keys current.
struct LiveKeys {
    /// Its number in the store.
    user: u64,
    /// The fetches under way: Envoy's number of each, and the number of the source.
    fetches: Mutex<Vec<(u64, u64)>>,
    thread: KeyThread,
}

impl FilterConfig {
    /// Reads a configuration and whatever it names. An error says which member is wrong, and why.
    pub(crate) fn new(envoy: &Configuration<'_>, newer: Newer, json: &[u8]) -> Result<Self, String> {
        let document = FilterDocument::read(json)?;
        if document.forwarded.is_some() && !newer.has_direct_remote_address() {
            return Err(
                "forwarded: Envoy 1.40 or newer is needed: earlier versions do not say which peer is connected, \
                        only which address the request claims to come from"
                    .to_owned(),
            );
        }
        let thread = if host::is_validation() { None } else { Some(KeyThread::attach()?) };
        let trust = STORE.trust(&document.issuers, thread.as_ref().map(|thread| thread.thread().clone()))?;
        let keys = match thread {
            Some(thread) => {
                let user = STORE.add(&trust, &document.issuers, envoy.scheduler(), envoy.has_metrics());
                thread.thread().unpark();
                Some(LiveKeys { user, fetches: Mutex::default(), thread })
            }
            None => None,
        };
        let parts = Parts {
            audiences: Some(document.audiences),
            scopes: Some(document.scopes),
            binding: Some(document.binding),
            token_type: Some(document.token_type),
            algorithms: Some(document.algorithms),
            leeway_seconds: document.leeway_seconds,
        };
        let counters = Counters::define(envoy, document.measure_time);
        if keys.is_some() && envoy.has_metrics() {
            // At once, so that the counters of an old configuration outlive it.
            counters.report_keys(envoy, &trust);
        }
        Ok(Self {
            demands: Demands::new("filter", parts),
            trust,
            workers: Workers::shared(document.cache_entries, host::concurrency()),
            counters,
            realm: document.realm,
            resource_metadata: document.resource_metadata,
            claim_headers: ClaimHeaders::new(document.claim_headers),
            metadata_claims: MetadataClaims::new(document.metadata_claims),
            strip_token: document.strip_token,
            forwarded: document.forwarded,
            measures_time: document.measure_time,
            newer,
            reported: (!envoy.has_metrics()).then(AtomicU64::default),
            keys,
        })
    }

    /// The main thread received this event, which the store had sent.
    pub(crate) fn on_event(&self, envoy: &Configuration<'_>, event: u64) {
        if event == REPORT {
            return self.counters.report_keys(envoy, &self.trust);
        }
        let (Some(live), Some(keys)) = (&self.keys, STORE.source(event)) else { return };
        let Source::Cluster { cluster, uri } = keys.source() else { return };
        let headers =
            [(":method", "GET"), (":path", uri.path()), ("host", uri.authority()), ("accept", "application/json")];
        let timeout = u64::try_from(FETCH_TIMEOUT.as_millis()).unwrap_or(u64::MAX);
        match envoy.call_out(cluster, &headers, timeout) {
            Ok(id) => live.lock_fetches().push((id, event)),
            Err(CalloutError::ClusterNotFound) => live.fetched(event, Err(format!("there is no cluster {cluster:?}"))),
            Err(CalloutError::NotSent) => {
                live.fetched(event, Err(format!("the cluster {cluster:?} has no host that can be asked")));
            }
        }
    }

    /// A fetch has ended, with this status and body, or with the reason why there are none.
    pub(crate) fn on_fetched(&self, id: u64, answer: Result<(Option<&[u8]>, Vec<u8>), &str>) {
        let Some(live) = &self.keys else { return };
        let mut fetches = live.lock_fetches();
        let Some(place) = fetches.iter().position(|(other, _)| *other == id) else { return };
        let (_, source) = fetches.swap_remove(place);
        drop(fetches);
        live.fetched(source, answer.map_err(str::to_owned).and_then(|(status, text)| checked(status, text)));
    }

    /// Whether a request should report the metrics of keys now, because this Envoy lets nothing else do so.
    pub(crate) fn is_report_due(&self, now: u64) -> bool {
        let Some(reported) = &self.reported else { return false };
        let last = reported.load(Relaxed);
        now >= last.saturating_add(REPORT_SECONDS) && reported.compare_exchange(last, now, Relaxed, Relaxed).is_ok()
    }

    /// Reports the metrics of keys from a request.
    pub(crate) fn report_keys(&self, envoy: &impl Metrics) {
        self.counters.report_keys(envoy, &self.trust);
    }
}

impl Drop for LiveKeys {
    fn drop(&mut self) {
        STORE.remove(self.user);
        self.thread.thread().unpark();
    }
}

impl LiveKeys {
    fn lock_fetches(&self) -> std::sync::MutexGuard<'_, Vec<(u64, u64)>> {
        self.fetches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keys are prepared by their thread: this one accepts connections.
    fn fetched(&self, source: u64, fetched: Result<Jwks, String>) {
        key_thread::hand_over(self.thread.thread(), source, fetched);
    }
}

/// Only a 200 counts. Envoy itself answers for a service that is dead or silent, with 503 and 504.
fn checked(status: Option<&[u8]>, text: Vec<u8>) -> Result<Jwks, String> {
    match status {
        Some(b"200") if text.len() <= JWKS_LEN => Ok(Jwks { text, modified: SystemTime::now() }),
        Some(b"200") => Err(format!("the answer is longer than {JWKS_LEN} bytes")),
        Some(b"503") => {
            Err("the answer has the status 503, which is also Envoy's if it cannot reach the service".to_owned())
        }
        Some(b"504") => Err(format!(
            "the answer has the status 504, which is also Envoy's if the service does not answer within {} seconds",
            FETCH_TIMEOUT.as_secs()
        )),
        Some(status) => Err(format!("the answer has the status {}", String::from_utf8_lossy(status))),
        None => Err("the answer has no status".to_owned()),
    }
}

/// How often requests report the age of keys.
const REPORT_SECONDS: u64 = 5;

impl RouteConfig {
    /// Reads the configuration of a route or virtual host.
    pub(crate) fn new(json: &[u8]) -> Result<Self, String> {
        let document = RouteDocument::read(json)?;
        let parts = Parts {
            audiences: document.audiences,
            scopes: document.scopes,
            binding: document.binding,
            token_type: document.token_type,
            algorithms: document.algorithms,
            leeway_seconds: 0,
        };
        Ok(Self {
            is_enabled: document.enabled,
            demands: Demands::new("route", parts),
            realm: document.realm,
            claim_headers: document.claim_headers.map(ClaimHeaders::new),
            metadata_claims: document.metadata_claims.map(MetadataClaims::new),
            _live: Live::new(),
        })
    }
}

/// Counts the configurations of routes in this process, so that Envoy need not be asked for that of a request where there are none.
///
/// A worker uses a route's configuration only after the main thread has made it and has handed it over.
struct Live;

static ROUTES: AtomicUsize = AtomicUsize::new(0);

impl Live {
    fn new() -> Self {
        ROUTES.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        ROUTES.fetch_sub(1, Relaxed);
    }
}

impl RouteConfig {
    /// Whether there is any.
    pub(crate) fn exists() -> bool {
        ROUTES.load(Relaxed) > 0
    }
}

/// Logs why a configuration is rejected: Envoy's own error does not say it.
pub(crate) fn log_rejected(what: &str, reason: &str) {
    log(Level::Error, format_args!("{what} rejected: {reason}"));
}
