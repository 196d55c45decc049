//! The callbacks: the functions of Envoy that the module links or looks up.
//!
//! The module passes the pointers that it got: to a [`ConfigurationState`], a [`RequestState`] or a scheduler, all alive.
//! What it lends is copied.

use std::{
    ffi::{CStr, c_void},
    ptr, slice,
    sync::{Arc, Mutex, atomic::Ordering::Relaxed},
};

use certbound_envoy::internals::{EnvoyBuffer, EnvoyPair, ModuleBuffer, Pair};

use crate::{
    abi::{NONE, lend, optional_text, text, texts},
    state::{ConfigurationState, Fetch, LOG, Metadata, RequestState, Response, VALIDATES, VERSION, Version, lock},
};

unsafe fn list<'call, T>(start: *const T, len: usize) -> &'call [T] {
    // SAFETY: the module lends the array for the call.
    if len == 0 { &[] } else { unsafe { slice::from_raw_parts(start, len) } }
}

unsafe fn state<'call>(request: *mut c_void) -> &'call mut RequestState<'call> {
    // SAFETY: see the comment of this file; the module does not keep what it gets.
    unsafe { &mut *request.cast() }
}

unsafe fn configuration<'call>(configuration: *mut c_void) -> &'call ConfigurationState {
    // SAFETY: see the comment of this file.
    unsafe { &*configuration.cast() }
}

/// What an Envoy of the current version has beside what the module links.
pub(crate) fn find(name: &CStr) -> *const c_void {
    let name = name.to_str().unwrap_or_default().trim_start_matches("envoy_dynamic_module_callback_http_");
    let since = |version: Version, address: *const c_void| {
        if VERSION.get() >= version { address } else { ptr::null() }
    };
    match name {
        "set_dynamic_metadata_string_batch" => since(Version::V1_39, set_metadata_batch as *const c_void),
        "filter_config_increment_counter" => since(Version::V1_39, config_increment_counter as *const c_void),
        "filter_config_set_gauge" => since(Version::V1_39, config_set_gauge as *const c_void),
        "get_downstream_direct_remote_address" => since(Version::V1_40, direct_remote_address as *const c_void),
        // Never called: it distinguishes the versions.
        "set_dynamic_metadata_struct" => since(Version::V1_40, set_metadata_batch as *const c_void),
        _ => panic!("the module looks for {name}"),
    }
}

unsafe extern "C" fn set_metadata_batch(
    request: *mut c_void,
    _: ModuleBuffer<'_>,
    entries: *const Pair<'_>,
    len: usize,
) {
    // SAFETY: see the comment of this file.
    let (state, entries) = unsafe { (state(request), list(entries, len)) };
    let entries = entries.iter().map(texts);
    state.metadata.extend(entries.map(|(key, value)| (key, Metadata::Text(value))));
}

unsafe extern "C" fn config_increment_counter(
    raw: *mut c_void,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    value: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { change(configuration(raw), id, labels, len, |old| old + value) }
}

unsafe extern "C" fn config_set_gauge(
    raw: *mut c_void,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    value: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { change(configuration(raw), id, labels, len, |_| value) }
}

unsafe extern "C" fn direct_remote_address(request: *mut c_void, address: *mut EnvoyBuffer) -> bool {
    // SAFETY: see the comment of this file.
    let state = unsafe { state(request) };
    let Some(text) = &state.peer_address else { return false };
    // SAFETY: the module passes a place for the result.
    unsafe { *address = lend(text.as_bytes()) };
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_log(_level: u32, message: ModuleBuffer<'_>) {
    // The thread for keys logs too. Its lines are lost, as are those of a thread that ends.
    _ = LOG.try_with(|log| log.borrow_mut().push(text(message)));
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_get_concurrency() -> u32 {
    2
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_is_validation_mode() -> bool {
    VALIDATES.get()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_get_header(
    request: *mut c_void,
    _kind: u32,
    name: ModuleBuffer<'_>,
    value: *mut EnvoyBuffer,
    index: usize,
    count: *mut usize,
) -> bool {
    // SAFETY: see the comment of this file.
    let state = unsafe { state(request) };
    let name = text(name);
    let values: Vec<&String> =
        state.headers.iter().filter(|(other, _)| *other == name).map(|(_, value)| value).collect();
    let found = values.get(index);
    // SAFETY: the module passes places for the results.
    unsafe {
        *count = values.len();
        *value = found.map_or(NONE, |value| lend(value.as_bytes()));
    }
    found.is_some()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_get_headers_size(request: *mut c_void, _kind: u32) -> usize {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.headers.len()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_get_headers(
    request: *mut c_void,
    _kind: u32,
    headers: *mut EnvoyPair,
) -> bool {
    // SAFETY: see the comment of this file.
    for (index, (name, value)) in unsafe { state(request) }.headers.iter().enumerate() {
        let pair = EnvoyPair { key: lend(name.as_bytes()), value: lend(value.as_bytes()) };
        // SAFETY: the module passes a place for each header.
        unsafe { headers.add(index).write(pair) };
    }
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_set_header(
    request: *mut c_void,
    _kind: u32,
    name: ModuleBuffer<'_>,
    value: ModuleBuffer<'_>,
) -> bool {
    // SAFETY: see the comment of this file.
    let headers = unsafe { &mut state(request).headers };
    let name = text(name);
    headers.retain(|(other, _)| *other != name);
    // Moves all texts, as Envoy may: what the module has read before is no longer valid.
    *headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    headers.extend(optional_text(value).map(|value| (name, value)));
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_send_response(
    request: *mut c_void,
    status: u32,
    headers: *const Pair<'_>,
    headers_len: usize,
    _body: ModuleBuffer<'_>,
    details: ModuleBuffer<'_>,
) {
    // SAFETY: see the comment of this file.
    let (state, headers) = unsafe { (state(request), list(headers, headers_len)) };
    let headers = headers.iter().map(texts).collect();
    let former = state.response.replace(Response { status, headers, details: text(details) });
    assert_eq!(former, None, "a request is answered once");
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_get_attribute_string(
    request: *mut c_void,
    attribute: u32,
    value: *mut EnvoyBuffer,
) -> bool {
    assert_eq!(attribute, 38, "the SHA-256 value of the peer's certificate");
    // SAFETY: see the comment of this file.
    let state = unsafe { state(request) };
    let Some(text) = &state.peer_sha256 else { return false };
    // SAFETY: the module passes a place for the result.
    unsafe { *value = lend(text.as_bytes()) };
    true
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_get_worker_index(request: *mut c_void) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.worker
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_get_most_specific_route_config(
    request: *mut c_void,
) -> *const c_void {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.route
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_set_dynamic_metadata_string(
    request: *mut c_void,
    _namespace: ModuleBuffer<'_>,
    key: ModuleBuffer<'_>,
    value: ModuleBuffer<'_>,
) {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.metadata.insert(text(key), Metadata::Text(text(value)));
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_set_dynamic_metadata_number(
    request: *mut c_void,
    _namespace: ModuleBuffer<'_>,
    key: ModuleBuffer<'_>,
    value: f64,
) {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.metadata.insert(text(key), Metadata::Number(value));
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_set_dynamic_metadata_bool(
    request: *mut c_void,
    _namespace: ModuleBuffer<'_>,
    key: ModuleBuffer<'_>,
    value: bool,
) {
    // SAFETY: see the comment of this file.
    unsafe { state(request) }.metadata.insert(text(key), Metadata::Boolean(value));
}

unsafe fn define(raw: *mut c_void, name: ModuleBuffer<'_>, id: *mut usize) -> u32 {
    // SAFETY: see the comment of this file.
    let mut metrics = lock(unsafe { &configuration(raw).metrics });
    if metrics.is_frozen {
        return 3;
    }
    // SAFETY: the module passes a place for the result.
    unsafe { *id = metrics.names.len() };
    metrics.names.push(text(name));
    0
}

unsafe fn change(
    configuration: &ConfigurationState,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    new: impl FnOnce(u64) -> u64,
) -> u32 {
    let mut metrics = lock(&configuration.metrics);
    let mut name = metrics.names.get(id).unwrap_or_else(|| panic!("no metric {id}")).clone();
    // SAFETY: the module lends the labels.
    for label in unsafe { list(labels, len) } {
        name = format!("{name}.{}", text(*label));
    }
    let value = metrics.values.entry(name).or_default();
    *value = new(*value);
    0
}

/// The functions that define a metric. They differ only in their names: here all metrics are numbers.
macro_rules! define {
    ($($name:ident)*) => { $(
        #[unsafe(no_mangle)]
        unsafe extern "C" fn $name(
            configuration: *mut c_void,
            name: ModuleBuffer<'_>,
            _labels: *const ModuleBuffer<'_>,
            _labels_len: usize,
            id: *mut usize,
        ) -> u32 {
            // SAFETY: see the comment of this file.
            unsafe { define(configuration, name, id) }
        }
    )* };
}

define! {
    envoy_dynamic_module_callback_http_filter_config_define_counter
    envoy_dynamic_module_callback_http_filter_config_define_gauge
    envoy_dynamic_module_callback_http_filter_config_define_histogram
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_increment_counter(
    request: *mut c_void,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    value: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { change(state(request).configuration, id, labels, len, |old| old + value) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_set_gauge(
    request: *mut c_void,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    value: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { change(state(request).configuration, id, labels, len, |_| value) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_record_histogram_value(
    request: *mut c_void,
    id: usize,
    labels: *const ModuleBuffer<'_>,
    len: usize,
    _value: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    unsafe { change(state(request).configuration, id, labels, len, |count| count + 1) }
}

/// A scheduler outlives its configuration, as in Envoy.
type Scheduler = Arc<Mutex<Vec<u64>>>;

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_config_scheduler_new(raw: *mut c_void) -> *mut c_void {
    // SAFETY: see the comment of this file.
    let events: Scheduler = Arc::clone(unsafe { &configuration(raw).events });
    Box::into_raw(Box::new(events)).cast()
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_config_scheduler_commit(
    scheduler: *mut c_void,
    event: u64,
) {
    // SAFETY: see the comment of this file.
    lock(unsafe { &*scheduler.cast::<Scheduler>() }).push(event);
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_config_scheduler_delete(scheduler: *mut c_void) {
    // SAFETY: `scheduler_new` made it, and the module deletes it once.
    drop(unsafe { Box::from_raw(scheduler.cast::<Scheduler>()) });
}

#[unsafe(no_mangle)]
unsafe extern "C" fn envoy_dynamic_module_callback_http_filter_config_http_callout(
    raw: *mut c_void,
    id: *mut u64,
    cluster: ModuleBuffer<'_>,
    headers: *const Pair<'_>,
    headers_len: usize,
    _body: ModuleBuffer<'_>,
    _timeout_milliseconds: u64,
) -> u32 {
    // SAFETY: see the comment of this file.
    let (configuration, headers) = unsafe { (configuration(raw), list(headers, headers_len)) };
    let refusal = *lock(&configuration.refuses_fetches);
    if refusal != 0 {
        return refusal;
    }
    let headers = headers.iter().map(texts).collect();
    let mut fetches = lock(&configuration.fetches);
    let next = configuration.last_fetch.fetch_add(1, Relaxed) + 1;
    fetches.push(Fetch { id: next, cluster: text(cluster), headers });
    // SAFETY: the module passes a place for the result.
    unsafe { *id = next };
    0
}
