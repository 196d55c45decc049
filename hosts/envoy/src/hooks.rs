//! The hooks: the functions that Envoy looks up in the module and calls.
//!
//! They turn Envoy's pointers into references and catch panics, and leave the rest to safe code. Only this file and `host.rs`
//! contain `unsafe`. Envoy guarantees for every hook that its own pointers are valid during the call, and that what
//! it returns to the module is what the module gave it, not yet destroyed.

use std::{
    ffi::{c_char, c_void},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
};

use crate::{
    abi::{EnvoyBuffer, EnvoyPair, Level, RawConfiguration, RawRequest},
    filter::{self, Next},
    filter_config::{FilterConfig, RouteConfig, log_rejected},
    host::{self, Configuration, Newer, Request, bytes, lent, log},
};

/// Runs `body`. A panic must not cross the border to C++: it is logged, and the result is `otherwise`.
fn guarded<R>(hook: &str, otherwise: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        log(Level::Error, format_args!("a panic was caught in {hook}"));
        otherwise
    })
}

/// Returns the version of the ABI, a C string.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    host::abi_version().as_ptr()
}

/// Makes a filter configuration; null rejects it.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    envoy: RawConfiguration,
    name: EnvoyBuffer,
    json: EnvoyBuffer,
) -> *const c_void {
    guarded("filter_config_new", ptr::null(), || {
        // SAFETY: both are lent for this hook.
        let (name, json) = unsafe { (bytes(name), bytes(json)) };
        let newer = Newer::find();
        // SAFETY: Envoy's configuration, on the main thread.
        let envoy = unsafe { Configuration::new(envoy, newer) };
        let config = if name == FILTER_NAME.as_bytes() {
            FilterConfig::new(&envoy, newer, json)
        } else {
            Err(format!("filter_name: {:?} is not {FILTER_NAME:?}, the only filter", String::from_utf8_lossy(name)))
        };
        match config {
            Ok(config) => Box::into_raw(Box::new(config)).cast_const().cast(),
            Err(reason) => {
                log_rejected("configuration", &reason);
                ptr::null()
            }
        }
    })
}

const FILTER_NAME: &str = "certbound";

/// Destroys a filter configuration.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_destroy(config: *const c_void) {
    guarded("filter_config_destroy", (), || {
        // SAFETY: `Box::into_raw` made it, and Envoy destroys it once, after its last request.
        drop(unsafe { Box::from_raw(config.cast_mut().cast::<FilterConfig>()) });
    });
}

/// Receives an event that the module has sent to the main thread.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_scheduled(
    envoy: RawConfiguration,
    config: *const c_void,
    event: u64,
) {
    guarded("filter_config_scheduled", (), || {
        // SAFETY: the module's configuration, which is shared.
        let config = unsafe { &*config.cast::<FilterConfig>() };
        // SAFETY: Envoy's configuration, on the main thread.
        config.on_event(&unsafe { Configuration::new(envoy, config.newer) }, event);
    });
}

/// Receives the answer to a request that a configuration has sent.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_config_http_callout_done(
    _envoy: RawConfiguration,
    config: *const c_void,
    id: u64,
    result: u32,
    headers: *const EnvoyPair,
    headers_len: usize,
    body: *const EnvoyBuffer,
    body_len: usize,
) {
    guarded("filter_config_http_callout_done", (), || {
        // SAFETY: the module's configuration, which is shared.
        let config = unsafe { &*config.cast::<FilterConfig>() };
        // SAFETY: arrays that Envoy lends for this hook; null if they are empty.
        let (headers, body) = unsafe { (lent(headers, headers_len), lent(body, body_len)) };
        // SAFETY: so are their texts.
        let status = headers.iter().find(|header| unsafe { bytes(header.key) } == b":status");
        // SAFETY: as above.
        let status = status.map(|header| unsafe { bytes(header.value) });
        // SAFETY: as above.
        let body = body.iter().flat_map(|part| unsafe { bytes(*part) }).copied().collect();
        config.on_fetched(
            id,
            match result {
                0 => Ok((status, body)),
                1 => Err("no answer in time, or the connection was closed"),
                2 => Err("the answer is longer than Envoy allows"),
                _ => Err("Envoy reports an unknown failure"),
            },
        );
    });
}

/// Makes the configuration of a route or virtual host; null rejects it.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    _name: EnvoyBuffer,
    json: EnvoyBuffer,
) -> *const c_void {
    guarded("filter_per_route_config_new", ptr::null(), || {
        // SAFETY: lent for this hook.
        match RouteConfig::new(unsafe { bytes(json) }) {
            Ok(config) => Box::into_raw(Box::new(config)).cast_const().cast(),
            Err(reason) => {
                log_rejected("configuration of a route", &reason);
                ptr::null()
            }
        }
    })
}

/// Destroys the configuration of a route or virtual host.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(config: *const c_void) {
    guarded("filter_per_route_config_destroy", (), || {
        // SAFETY: `Box::into_raw` made it, and Envoy destroys it once, after its last request.
        drop(unsafe { Box::from_raw(config.cast_mut().cast::<RouteConfig>()) });
    });
}

/// Begins a request. Nothing is kept for it, so that its configuration stands for it.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn envoy_dynamic_module_on_http_filter_new(
    config: *const c_void,
    _request: RawRequest,
) -> *const c_void {
    config
}

/// Ends a request.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn envoy_dynamic_module_on_http_filter_destroy(_config: *const c_void) {}

/// Judges a request by its headers.
///
/// # Safety
/// See the file's comment.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn envoy_dynamic_module_on_http_filter_request_headers(
    raw: RawRequest,
    config: *const c_void,
    _is_last: bool,
) -> u32 {
    // SAFETY: `envoy_dynamic_module_on_http_filter_new` returned the configuration, which outlives the request.
    let config = unsafe { &*config.cast::<FilterConfig>() };
    let next = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: Envoy's request, on its worker.
        let mut request = unsafe { Request::new(raw, config.newer) };
        let route = if RouteConfig::exists() { request.route_configuration() } else { ptr::null() };
        // SAFETY: the module's configuration of the route, which the request keeps alive; or null.
        let route = unsafe { route.cast::<RouteConfig>().as_ref() };
        filter::on_request_headers(config, route, &mut request)
    }));
    let next = next.unwrap_or_else(|_| {
        // SAFETY: as above; the other one is gone.
        let request = unsafe { Request::new(raw, config.newer) };
        guarded("filter_request_headers", (), || panic_caught(config, &request));
        Next::Stop
    });
    match next {
        Next::Continue => 0,
        Next::Stop => 1,
    }
}

/// A request must not pass because its check failed.
fn panic_caught(config: &FilterConfig, request: &Request<'_>) {
    log(Level::Error, format_args!("a panic was caught in filter_request_headers; the request is answered with 500"));
    request.respond(500, &[], "certbound_panic");
    config.counters.count_panic(request);
}

/// Hooks that Envoy requires, and in which this filter has nothing to do: they continue.
macro_rules! idle {
    ($($name:ident ($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => { $(
        /// Does nothing.
        #[unsafe(no_mangle)]
        pub(crate) extern "C" fn $name($($argument: $type),*) $(-> $result)? {
            $(<$result>::default())?
        }
    )* };
}

idle! {
    envoy_dynamic_module_on_http_filter_request_body(_request: RawRequest, _config: *const c_void, _is_last: bool) -> u32;
    envoy_dynamic_module_on_http_filter_request_trailers(_request: RawRequest, _config: *const c_void) -> u32;
    envoy_dynamic_module_on_http_filter_response_headers(_request: RawRequest, _config: *const c_void, _is_last: bool) -> u32;
    envoy_dynamic_module_on_http_filter_response_body(_request: RawRequest, _config: *const c_void, _is_last: bool) -> u32;
    envoy_dynamic_module_on_http_filter_response_trailers(_request: RawRequest, _config: *const c_void) -> u32;
    envoy_dynamic_module_on_http_filter_stream_complete(_request: RawRequest, _config: *const c_void);
    envoy_dynamic_module_on_http_filter_scheduled(_request: RawRequest, _config: *const c_void, _event: u64);
    envoy_dynamic_module_on_http_filter_http_callout_done(
        _request: RawRequest, _config: *const c_void, _id: u64, _result: u32,
        _headers: *const c_void, _headers_len: usize, _body: *const c_void, _body_len: usize
    );
    envoy_dynamic_module_on_http_filter_http_stream_headers(
        _request: RawRequest, _config: *const c_void, _id: u64, _headers: *const c_void, _headers_len: usize, _is_last: bool
    );
    envoy_dynamic_module_on_http_filter_http_stream_data(
        _request: RawRequest, _config: *const c_void, _id: u64, _data: *const c_void, _data_len: usize, _is_last: bool
    );
    envoy_dynamic_module_on_http_filter_http_stream_trailers(
        _request: RawRequest, _config: *const c_void, _id: u64, _trailers: *const c_void, _trailers_len: usize
    );
    envoy_dynamic_module_on_http_filter_http_stream_complete(_request: RawRequest, _config: *const c_void, _id: u64);
    envoy_dynamic_module_on_http_filter_http_stream_reset(_request: RawRequest, _config: *const c_void, _id: u64, _reason: u32);
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark(_request: RawRequest, _config: *const c_void);
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark(_request: RawRequest, _config: *const c_void);
}
