//! Envoy as the rest of this crate sees it: its functions, and a safe interface to them.
//!
//! The file is long because every call into Envoy stands here: with `hooks.rs`, it is the only file with `unsafe`.
//!
//! | since | functions |
//! |---|---|
//! | 1.38 | those in the `extern` blocks; a missing one stops the load, because Rust binds symbols when a library is loaded |
//! | 1.39, 1.40 | those in [`Newer`], which are looked up by name when a filter is configured |
//!
//! Rules of the ABI that the types here enforce:
//!
//! - What Envoy lends (a header, an attribute) is valid until the end of the hook, or until a header is changed.
//!   [`Request`] lends it for as long as it is itself borrowed, and changes headers only through `&mut self`.
//! - What the module lends is copied during the call.
//! - Counters, gauges and histograms can be defined only while a filter is configured ([`Configuration`]).
//! - Envoy's main thread calls the hooks of a configuration, its workers those of a request.

use std::{
    ffi::{CStr, c_void},
    fmt,
    marker::PhantomData,
    mem, slice,
};

use crate::abi::{
    ATTRIBUTE_PEER_SHA256, CalloutError, ChangeMetric, Define, DirectRemoteAddress, EnvoyBuffer, EnvoyPair, Level,
    ModuleBuffer, Pair, REQUEST_HEADER, RawConfiguration, RawRequest, RawScheduler, SUCCESS, SetMetadataBatch,
};

/// # Safety
/// `start` is null, or points to `len` values that Envoy lends for at least `'hook`.
pub(crate) const unsafe fn lent<'hook, T>(start: *const T, len: usize) -> &'hook [T] {
    if start.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: not null; the rest is the caller's guarantee.
    unsafe { slice::from_raw_parts(start, len) }
}

/// # Safety
/// Envoy lends these bytes for at least `'hook`.
pub(crate) const unsafe fn bytes<'hook>(buffer: EnvoyBuffer) -> &'hook [u8] {
    // SAFETY: the caller's guarantee.
    unsafe { lent(buffer.ptr, buffer.len) }
}

/// Callbacks that Envoy 1.38 lacks.
#[derive(Clone, Copy)]
pub(crate) struct Newer {
    /// 1.39
    set_metadata_batch: Option<SetMetadataBatch>,
    /// 1.39
    increment_counter: Option<ChangeMetric>,
    /// 1.39
    set_gauge: Option<ChangeMetric>,
    /// 1.40
    direct_remote_address: Option<DirectRemoteAddress>,
}

impl Newer {
    /// Looks them up in this process.
    pub(crate) fn find() -> Self {
        // SAFETY: Envoy's functions of these names have had these signatures since they were added.
        unsafe {
            Self {
                set_metadata_batch: function(c"envoy_dynamic_module_callback_http_set_dynamic_metadata_string_batch"),
                increment_counter: function(c"envoy_dynamic_module_callback_http_filter_config_increment_counter"),
                set_gauge: function(c"envoy_dynamic_module_callback_http_filter_config_set_gauge"),
                direct_remote_address: function(
                    c"envoy_dynamic_module_callback_http_get_downstream_direct_remote_address",
                ),
            }
        }
    }

    /// Whether requests have [`Request::direct_remote_address`].
    pub(crate) const fn has_direct_remote_address(&self) -> bool {
        self.direct_remote_address.is_some()
    }
}

/// The version of the ABI that this Envoy expects, which it compares with the one that the module reports.
///
/// A difference only causes a warning. What this module needs is the same in all of these versions.
pub(crate) fn abi_version() -> &'static CStr {
    if find(c"envoy_dynamic_module_callback_http_set_dynamic_metadata_struct").is_null() {
        c"v0.1.0" // 1.38 and 1.39
    } else {
        c"v0.2.0" // 1.40
    }
}

/// # Safety
/// `F` is a pointer to a function, and has the signature of Envoy's function of this name.
unsafe fn function<F: Copy>(name: &CStr) -> Option<F> {
    const { assert!(size_of::<F>() == size_of::<*const c_void>()) };
    let address = find(name);
    // SAFETY: not null, so it is the address of a function of this signature; sizes are equal.
    (!address.is_null()).then(|| unsafe { mem::transmute_copy(&address) })
}

/// The address of Envoy's function of this name; null if it has none.
fn find(name: &CStr) -> *const c_void {
    #[cfg(feature = "internals")]
    if let Some(find) = crate::internals::FIND.get() {
        return find(name);
    }
    // SAFETY: the name ends with a zero byte. The default scope begins with Envoy itself.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

/// Writes a line to Envoy's log. Any thread may.
pub(crate) fn log(level: Level, message: fmt::Arguments<'_>) {
    let line = format!("certbound: {message}");
    // SAFETY: Envoy copies the line.
    unsafe { envoy_dynamic_module_callback_log(level as u32, line.as_str().into()) }
}

/// The number of worker threads.
pub(crate) fn concurrency() -> usize {
    // SAFETY: called on the main thread.
    let workers = unsafe { envoy_dynamic_module_callback_get_concurrency() };
    usize::try_from(workers).unwrap_or(usize::MAX)
}

/// Whether Envoy only validates a configuration (`--mode validate`).
pub(crate) fn is_validation() -> bool {
    // SAFETY: called on the main thread.
    unsafe { envoy_dynamic_module_callback_is_validation_mode() }
}

/// The time in Unix seconds, as the kernel's last tick had it, which is some milliseconds old and costs less than the exact time.
///
/// Without a time, all tokens have expired.
pub(crate) fn unix_seconds() -> u64 {
    let mut time = libc::timespec { tv_sec: -1, tv_nsec: 0 };
    // SAFETY: it writes the time.
    unsafe { libc::clock_gettime(libc::CLOCK_REALTIME_COARSE, &raw mut time) };
    u64::try_from(time.tv_sec).unwrap_or(u64::MAX)
}

/// A counter, gauge or histogram of a filter configuration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric(usize);

/// Envoy's filter configuration, in one of its hooks.
pub(crate) struct Configuration<'hook> {
    raw: RawConfiguration,
    newer: Newer,
    hook: PhantomData<&'hook ()>,
}

impl Configuration<'_> {
    /// # Safety
    /// `raw` is Envoy's configuration, alive for as long as the result, on the main thread.
    pub(crate) unsafe fn new(raw: RawConfiguration, newer: Newer) -> Self {
        Self { raw, newer, hook: PhantomData }
    }

    /// Defines a counter; `None` if Envoy refuses, as it does after the configuration.
    pub(crate) fn define_counter(&self, name: &str, labels: &[&str]) -> Option<Metric> {
        self.define(envoy_dynamic_module_callback_http_filter_config_define_counter, name, labels)
    }

    /// Defines a gauge, like [`define_counter`](Self::define_counter).
    pub(crate) fn define_gauge(&self, name: &str, labels: &[&str]) -> Option<Metric> {
        self.define(envoy_dynamic_module_callback_http_filter_config_define_gauge, name, labels)
    }

    /// Defines a histogram, like [`define_counter`](Self::define_counter).
    pub(crate) fn define_histogram(&self, name: &str) -> Option<Metric> {
        self.define(envoy_dynamic_module_callback_http_filter_config_define_histogram, name, &[])
    }

    fn define(&self, define: Define, name: &str, labels: &[&str]) -> Option<Metric> {
        let (labels, mut id) = (buffers(labels), 0);
        // SAFETY: a live configuration; Envoy copies name and labels, and writes `id`.
        let result = unsafe { define(self.raw, name.into(), labels.as_ptr(), labels.len(), &raw mut id) };
        (result == SUCCESS).then_some(Metric(id))
    }

    /// Whether metrics can be changed here and not only in requests (since 1.39).
    pub(crate) fn has_metrics(&self) -> bool {
        self.newer.increment_counter.is_some() && self.newer.set_gauge.is_some()
    }

    fn change(&self, change: Option<ChangeMetric>, metric: Metric, labels: &[&str], value: u64) {
        if let Some(change) = change {
            let labels = buffers(labels);
            // SAFETY: a live configuration, on the main thread; Envoy copies the labels.
            unsafe { change(self.raw, metric.0, labels.as_ptr(), labels.len(), value) };
        }
    }

    /// A way to wake the main thread, from any thread.
    pub(crate) fn scheduler(&self) -> Scheduler {
        // SAFETY: a live configuration. The result is freed when it is dropped.
        Scheduler(unsafe { envoy_dynamic_module_callback_http_filter_config_scheduler_new(self.raw) })
    }

    /// Sends a request to a cluster and returns its number. The answer arrives in a hook of this configuration.
    pub(crate) fn call_out(
        &self,
        cluster: &str,
        headers: &[(&str, &str)],
        timeout_milliseconds: u64,
    ) -> Result<u64, CalloutError> {
        let headers: Vec<Pair<'_>> = headers.iter().map(|header| (*header).into()).collect();
        let mut id = 0;
        // SAFETY: a live configuration, on the main thread; Envoy copies texts, and writes `id`.
        let result = unsafe {
            envoy_dynamic_module_callback_http_filter_config_http_callout(
                self.raw,
                &raw mut id,
                cluster.into(),
                headers.as_ptr(),
                headers.len(),
                ModuleBuffer::NONE,
                timeout_milliseconds,
            )
        };
        match result {
            SUCCESS => Ok(id),
            2 => Err(CalloutError::ClusterNotFound),
            _ => Err(CalloutError::NotSent),
        }
    }
}

/// Carries events from any thread to the main thread, where a hook of the configuration receives them.
///
/// If the configuration has been destroyed, Envoy drops them.
pub(crate) struct Scheduler(RawScheduler);

// SAFETY: Envoy allows `commit` on any thread, and the pointer is freed once, by `drop`.
unsafe impl Send for Scheduler {}

impl Scheduler {
    pub(crate) fn commit(&self, event: u64) {
        // SAFETY: the scheduler is alive until it is dropped.
        unsafe { envoy_dynamic_module_callback_http_filter_config_scheduler_commit(self.0, event) }
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        // SAFETY: Envoy made it, and it is not used again.
        unsafe { envoy_dynamic_module_callback_http_filter_config_scheduler_delete(self.0) }
    }
}

/// A request, in the hook for its headers.
pub(crate) struct Request<'hook> {
    raw: RawRequest,
    newer: Newer,
    hook: PhantomData<&'hook ()>,
}

impl Request<'_> {
    /// # Safety
    /// `raw` is Envoy's request, alive for as long as the result, on the worker thread that it belongs to.
    pub(crate) unsafe fn new(raw: RawRequest, newer: Newer) -> Self {
        Self { raw, newer, hook: PhantomData }
    }

    /// The value of the request's header, and how many of this name there are. Envoy joins the values of most headers that
    /// are sent several times with commas, and counts them as one.
    pub(crate) fn header(&self, name: &str) -> Option<(&[u8], usize)> {
        let (mut value, mut count) = (EnvoyBuffer::EMPTY, 0);
        // SAFETY: a live request; Envoy reads the name, and writes the value and the count.
        let is_there = unsafe {
            envoy_dynamic_module_callback_http_get_header(
                self.raw,
                REQUEST_HEADER,
                name.into(),
                &raw mut value,
                0,
                &raw mut count,
            )
        };
        // SAFETY: lent until a header changes, for which `self` must be borrowed mutably.
        is_there.then(|| (unsafe { bytes(value) }, count))
    }

    /// The names of the request's headers; `None` if Envoy does not say.
    pub(crate) fn header_names(&self) -> Option<impl Iterator<Item = &[u8]>> {
        // SAFETY: a live request.
        let len = unsafe { envoy_dynamic_module_callback_http_get_headers_size(self.raw, REQUEST_HEADER) };
        let mut headers = vec![EnvoyPair::EMPTY; len];
        // SAFETY: a live request; Envoy writes as many headers as it has just counted.
        let are_there =
            unsafe { envoy_dynamic_module_callback_http_get_headers(self.raw, REQUEST_HEADER, headers.as_mut_ptr()) };
        // SAFETY: lent until a header changes, for which `self` must be borrowed mutably.
        are_there.then(|| headers.into_iter().map(|header| unsafe { bytes(header.key) }))
    }

    /// Sets the request's header, and removes other values.
    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        // SAFETY: a live request; Envoy copies the texts.
        unsafe {
            envoy_dynamic_module_callback_http_set_header(self.raw, REQUEST_HEADER, name.into(), value.into());
        }
    }

    /// Removes the request's header.
    pub(crate) fn remove_header(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref().into();
        // SAFETY: a live request; a null value removes the header.
        unsafe {
            envoy_dynamic_module_callback_http_set_header(self.raw, REQUEST_HEADER, name, ModuleBuffer::NONE);
        }
    }

    /// The SHA-256 value of the client's certificate, in hex; empty if it sent none, `None` without TLS.
    pub(crate) fn peer_certificate_sha256(&self) -> Option<&[u8]> {
        let mut value = EnvoyBuffer::EMPTY;
        // SAFETY: a live request; Envoy writes the value.
        let is_there = unsafe {
            envoy_dynamic_module_callback_http_filter_get_attribute_string(
                self.raw,
                ATTRIBUTE_PEER_SHA256,
                &raw mut value,
            )
        };
        // SAFETY: the connection, which outlives the hook, owns the text.
        is_there.then(|| unsafe { bytes(value) })
    }

    /// The address and port of the peer that is connected, whatever headers and the PROXY protocol say; `None` before 1.40.
    pub(crate) fn direct_remote_address(&self) -> Option<&[u8]> {
        let (get, mut value) = (self.newer.direct_remote_address?, EnvoyBuffer::EMPTY);
        // SAFETY: a live request; Envoy writes the text, which the connection owns.
        unsafe { get(self.raw, &raw mut value).then(|| bytes(value)) }
    }

    /// The number of this worker thread, from 0.
    pub(crate) fn worker(&self) -> usize {
        // SAFETY: a live request.
        let worker = unsafe { envoy_dynamic_module_callback_http_filter_get_worker_index(self.raw) };
        usize::try_from(worker).unwrap_or(usize::MAX)
    }

    /// The module's configuration of the request's route, of its virtual host, or of its routes, whichever comes first;
    /// null if there is none.
    pub(crate) fn route_configuration(&self) -> *const c_void {
        // SAFETY: a live request.
        unsafe { envoy_dynamic_module_callback_get_most_specific_route_config(self.raw) }
    }

    /// Sets texts in the request's dynamic metadata, with one call if Envoy can (since 1.39).
    pub(crate) fn set_metadata_texts(&self, namespace: &str, texts: &[Pair<'_>]) {
        if let (Some(set), [_, _, ..]) = (self.newer.set_metadata_batch, texts) {
            // SAFETY: a live request; Envoy copies the texts.
            return unsafe { set(self.raw, namespace.into(), texts.as_ptr(), texts.len()) };
        }
        for Pair { key, value } in texts {
            // SAFETY: as above.
            unsafe {
                envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
                    self.raw,
                    namespace.into(),
                    *key,
                    *value,
                );
            }
        }
    }

    /// Sets a number in the request's dynamic metadata.
    pub(crate) fn set_metadata_number(&self, namespace: &str, key: &str, value: f64) {
        // SAFETY: a live request; Envoy copies the texts.
        unsafe {
            envoy_dynamic_module_callback_http_set_dynamic_metadata_number(
                self.raw,
                namespace.into(),
                key.into(),
                value,
            );
        }
    }

    /// Sets a boolean in the request's dynamic metadata.
    pub(crate) fn set_metadata_bool(&self, namespace: &str, key: &str, value: bool) {
        // SAFETY: a live request; Envoy copies the texts.
        unsafe {
            envoy_dynamic_module_callback_http_set_dynamic_metadata_bool(self.raw, namespace.into(), key.into(), value);
        }
    }

    /// Answers the request. `details` is the response code details of the access log.
    pub(crate) fn respond(&self, status: u16, headers: &[(&str, &str)], details: &str) {
        let headers: Vec<Pair<'_>> = headers.iter().map(|header| (*header).into()).collect();
        // SAFETY: a live request; Envoy copies the texts.
        unsafe {
            envoy_dynamic_module_callback_http_send_response(
                self.raw,
                status.into(),
                headers.as_ptr(),
                headers.len(),
                ModuleBuffer::NONE,
                details.into(),
            );
        }
    }

    /// Adds to the histogram.
    pub(crate) fn record(&self, metric: Metric, value: u64) {
        self.change(envoy_dynamic_module_callback_http_filter_record_histogram_value, metric, &[], value);
    }

    fn change(&self, change: ChangeMetric, metric: Metric, labels: &[&str], value: u64) {
        let labels = buffers(labels);
        // SAFETY: a live request; Envoy copies the labels.
        unsafe { change(self.raw, metric.0, labels.as_ptr(), labels.len(), value) };
    }
}

/// Where metrics can be changed: in a request, and since 1.39 also in hooks of the configuration.
pub(crate) trait Metrics {
    /// Adds to a counter, with the values of its labels.
    fn add(&self, metric: Metric, labels: &[&str], value: u64);

    /// Sets a gauge, with the values of its labels.
    fn set(&self, metric: Metric, labels: &[&str], value: u64);
}

impl Metrics for Request<'_> {
    fn add(&self, metric: Metric, labels: &[&str], value: u64) {
        self.change(envoy_dynamic_module_callback_http_filter_increment_counter, metric, labels, value);
    }

    fn set(&self, metric: Metric, labels: &[&str], value: u64) {
        self.change(envoy_dynamic_module_callback_http_filter_set_gauge, metric, labels, value);
    }
}

impl Metrics for Configuration<'_> {
    fn add(&self, metric: Metric, labels: &[&str], value: u64) {
        self.change(self.newer.increment_counter, metric, labels, value);
    }

    fn set(&self, metric: Metric, labels: &[&str], value: u64) {
        self.change(self.newer.set_gauge, metric, labels, value);
    }
}

/// An empty vector does not allocate.
fn buffers<'call>(texts: &[&'call str]) -> Vec<ModuleBuffer<'call>> {
    texts.iter().map(|text| (*text).into()).collect()
}

unsafe extern "C" {
    fn envoy_dynamic_module_callback_log(level: u32, message: ModuleBuffer<'_>);
    fn envoy_dynamic_module_callback_get_concurrency() -> u32;
    fn envoy_dynamic_module_callback_is_validation_mode() -> bool;

    fn envoy_dynamic_module_callback_http_get_header(
        request: RawRequest,
        kind: u32,
        name: ModuleBuffer<'_>,
        value: *mut EnvoyBuffer,
        index: usize,
        count: *mut usize,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_get_headers_size(request: RawRequest, kind: u32) -> usize;
    fn envoy_dynamic_module_callback_http_get_headers(request: RawRequest, kind: u32, headers: *mut EnvoyPair) -> bool;
    fn envoy_dynamic_module_callback_http_set_header(
        request: RawRequest,
        kind: u32,
        name: ModuleBuffer<'_>,
        value: ModuleBuffer<'_>,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_send_response(
        request: RawRequest,
        status: u32,
        headers: *const Pair<'_>,
        headers_len: usize,
        body: ModuleBuffer<'_>,
        details: ModuleBuffer<'_>,
    );
    fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
        request: RawRequest,
        attribute: u32,
        value: *mut EnvoyBuffer,
    ) -> bool;
    fn envoy_dynamic_module_callback_http_filter_get_worker_index(request: RawRequest) -> u32;
    fn envoy_dynamic_module_callback_get_most_specific_route_config(request: RawRequest) -> *const c_void;
    fn envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
        request: RawRequest,
        namespace: ModuleBuffer<'_>,
        key: ModuleBuffer<'_>,
        value: ModuleBuffer<'_>,
    );
    fn envoy_dynamic_module_callback_http_set_dynamic_metadata_number(
        request: RawRequest,
        namespace: ModuleBuffer<'_>,
        key: ModuleBuffer<'_>,
        value: f64,
    );
    fn envoy_dynamic_module_callback_http_set_dynamic_metadata_bool(
        request: RawRequest,
        namespace: ModuleBuffer<'_>,
        key: ModuleBuffer<'_>,
        value: bool,
    );

    fn envoy_dynamic_module_callback_http_filter_config_scheduler_new(configuration: RawConfiguration) -> RawScheduler;
    fn envoy_dynamic_module_callback_http_filter_config_scheduler_commit(scheduler: RawScheduler, event: u64);
    fn envoy_dynamic_module_callback_http_filter_config_scheduler_delete(scheduler: RawScheduler);
    fn envoy_dynamic_module_callback_http_filter_config_http_callout(
        configuration: RawConfiguration,
        id: *mut u64,
        cluster: ModuleBuffer<'_>,
        headers: *const Pair<'_>,
        headers_len: usize,
        body: ModuleBuffer<'_>,
        timeout_milliseconds: u64,
    ) -> u32;
}

/// Declares functions that differ only in their names.
macro_rules! functions {
    ($arguments:tt -> $result:ty: $($name:ident)*) => { unsafe extern "C" { $(fn $name $arguments -> $result;)* } };
}

functions! {
    (
        configuration: RawConfiguration,
        name: ModuleBuffer<'_>,
        labels: *const ModuleBuffer<'_>,
        labels_len: usize,
        id: *mut usize
    ) -> u32:
    envoy_dynamic_module_callback_http_filter_config_define_counter
    envoy_dynamic_module_callback_http_filter_config_define_gauge
    envoy_dynamic_module_callback_http_filter_config_define_histogram
}

functions! {
    (request: RawRequest, id: usize, labels: *const ModuleBuffer<'_>, labels_len: usize, value: u64) -> u32:
    envoy_dynamic_module_callback_http_filter_increment_counter
    envoy_dynamic_module_callback_http_filter_set_gauge
    envoy_dynamic_module_callback_http_filter_record_histogram_value
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_time_is_that_of_the_clock() {
        let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        // The last tick may have been in the second before.
        let (before, now, after) = (seconds(), unix_seconds(), seconds());
        assert!((before - 1..=after).contains(&now), "{before} {now} {after}");
    }
}
