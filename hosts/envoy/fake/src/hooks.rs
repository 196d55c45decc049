//! The hooks of the module, as Envoy calls them.

use std::ffi::{CStr, c_char, c_void};

// This also links the module.
use certbound_envoy::internals::{EnvoyBuffer, EnvoyPair};

use crate::abi::{NONE, lend};

unsafe extern "C" {
    fn envoy_dynamic_module_on_program_init() -> *const c_char;
    fn envoy_dynamic_module_on_http_filter_config_new(
        envoy: *mut c_void,
        name: EnvoyBuffer,
        json: EnvoyBuffer,
    ) -> *const c_void;
    fn envoy_dynamic_module_on_http_filter_config_destroy(config: *const c_void);
    fn envoy_dynamic_module_on_http_filter_config_scheduled(envoy: *mut c_void, config: *const c_void, event: u64);
    fn envoy_dynamic_module_on_http_filter_config_http_callout_done(
        envoy: *mut c_void,
        config: *const c_void,
        id: u64,
        result: u32,
        headers: *const EnvoyPair,
        headers_len: usize,
        body: *const EnvoyBuffer,
        body_len: usize,
    );
    fn envoy_dynamic_module_on_http_filter_per_route_config_new(name: EnvoyBuffer, json: EnvoyBuffer) -> *const c_void;
    fn envoy_dynamic_module_on_http_filter_per_route_config_destroy(config: *const c_void);
    fn envoy_dynamic_module_on_http_filter_new(config: *const c_void, request: *mut c_void) -> *const c_void;
    fn envoy_dynamic_module_on_http_filter_destroy(filter: *const c_void);
    fn envoy_dynamic_module_on_http_filter_request_headers(
        request: *mut c_void,
        filter: *const c_void,
        is_last: bool,
    ) -> u32;
    fn envoy_dynamic_module_on_http_filter_request_body(
        request: *mut c_void,
        filter: *const c_void,
        is_last: bool,
    ) -> u32;
    fn envoy_dynamic_module_on_http_filter_response_headers(
        request: *mut c_void,
        filter: *const c_void,
        is_last: bool,
    ) -> u32;
    fn envoy_dynamic_module_on_http_filter_stream_complete(request: *mut c_void, filter: *const c_void);
}

/// How a fetch ends.
#[derive(Clone, Debug)]
pub enum Answer<'answer> {
    /// With this status and this body, in parts.
    Response(&'answer str, &'answer [&'answer str]),
    /// With a failure, which Envoy numbers.
    Failure(u32),
}

pub(crate) fn program_init() -> String {
    // SAFETY: the module returns a C string that lives forever.
    unsafe { CStr::from_ptr(envoy_dynamic_module_on_program_init()) }.to_str().unwrap_or_default().to_owned()
}

pub(crate) fn config_new(envoy: *mut c_void, name: &str, json: &str) -> *const c_void {
    // Copies of exactly this length: reading beyond them is noticed.
    let (name, json) = (Box::<[u8]>::from(name.as_bytes()), Box::<[u8]>::from(json.as_bytes()));
    // SAFETY: the configuration is alive, and the texts are lent for this call.
    unsafe { envoy_dynamic_module_on_http_filter_config_new(envoy, lend(&name), lend(&json)) }
}

pub(crate) fn config_destroy(config: *const c_void) {
    // SAFETY: `config_new` returned it, and it is destroyed once.
    unsafe { envoy_dynamic_module_on_http_filter_config_destroy(config) }
}

pub(crate) fn config_scheduled(envoy: *mut c_void, config: *const c_void, event: u64) {
    // SAFETY: both are alive.
    unsafe { envoy_dynamic_module_on_http_filter_config_scheduled(envoy, config, event) }
}

pub(crate) fn config_callout_done(envoy: *mut c_void, config: *const c_void, id: u64, answer: &Answer<'_>) {
    let (result, status, parts) = match answer {
        Answer::Response(status, parts) => (0, Some(*status), *parts),
        Answer::Failure(result) => (*result, None, &[][..]),
    };
    let header = |status: &'_ str| EnvoyPair { key: lend(b":status"), value: lend(status.as_bytes()) };
    let headers: Vec<EnvoyPair> = status.map(header).into_iter().collect();
    let parts: Vec<EnvoyBuffer> = parts.iter().map(|part| lend(part.as_bytes())).collect();
    // Envoy passes null for what is empty.
    let headers_ptr = if headers.is_empty() { std::ptr::null() } else { headers.as_ptr() };
    let parts_ptr = if parts.is_empty() { std::ptr::null() } else { parts.as_ptr() };
    // SAFETY: both are alive, and the texts are lent for this call.
    unsafe {
        envoy_dynamic_module_on_http_filter_config_http_callout_done(
            envoy,
            config,
            id,
            result,
            headers_ptr,
            headers.len(),
            parts_ptr,
            parts.len(),
        );
    }
}

pub(crate) fn route_config_new(json: &str) -> *const c_void {
    let json = Box::<[u8]>::from(json.as_bytes());
    // SAFETY: the texts are lent for this call.
    unsafe { envoy_dynamic_module_on_http_filter_per_route_config_new(NONE, lend(&json)) }
}

pub(crate) fn route_config_destroy(config: *const c_void) {
    // SAFETY: `route_config_new` returned it, and it is destroyed once.
    unsafe { envoy_dynamic_module_on_http_filter_per_route_config_destroy(config) }
}

/// Runs a request from its beginning to its end, and returns whether it continues.
pub(crate) fn request(request: *mut c_void, config: *const c_void) -> bool {
    // SAFETY: the configuration and the request are alive until the end.
    unsafe {
        let filter = envoy_dynamic_module_on_http_filter_new(config, request);
        let status = envoy_dynamic_module_on_http_filter_request_headers(request, filter, false);
        if status == 0 {
            assert_eq!(envoy_dynamic_module_on_http_filter_request_body(request, filter, true), 0);
        }
        assert_eq!(envoy_dynamic_module_on_http_filter_response_headers(request, filter, true), 0);
        envoy_dynamic_module_on_http_filter_stream_complete(request, filter);
        envoy_dynamic_module_on_http_filter_destroy(filter);
        status == 0
    }
}
