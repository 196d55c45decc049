//! A dynamic module for Envoy whose HTTP filter does nothing: what any such module costs, in benchmarks.
//!
//! It has the hooks that Envoy 1.40 requires of a module with an HTTP filter, and calls nothing of Envoy.

use std::{
    ffi::{c_char, c_void},
    ptr,
};

/// Returns the version of Envoy's ABI, a C string.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_program_init() -> *const c_char {
    c"v0.2.0".as_ptr()
}

/// Bytes that Envoy lends.
#[repr(C)]
struct Buffer {
    start: *const u8,
    len: usize,
}

/// Accepts every configuration.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_config_new(
    _envoy: *mut c_void,
    _name: Buffer,
    _settings: Buffer,
) -> *const c_void {
    SOMETHING
}

/// Accepts every configuration.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_per_route_config_new(
    _name: Buffer,
    _settings: Buffer,
) -> *const c_void {
    SOMETHING
}

/// Begins a request.
#[unsafe(no_mangle)]
extern "C" fn envoy_dynamic_module_on_http_filter_new(config: *const c_void, _request: *mut c_void) -> *const c_void {
    config
}

/// Any pointer but null, which Envoy takes for an error.
const SOMETHING: *const c_void = ptr::dangling();

/// Hooks that do nothing, and continue.
macro_rules! idle {
    ($arguments:tt -> $result:ty: $($name:ident)*) => { $(
        /// Does nothing.
        #[unsafe(no_mangle)]
        extern "C" fn $name $arguments -> $result {
            <$result>::default()
        }
    )* };
}

idle! { (_config: *const c_void) -> ():
    envoy_dynamic_module_on_http_filter_config_destroy
    envoy_dynamic_module_on_http_filter_per_route_config_destroy
    envoy_dynamic_module_on_http_filter_destroy
}

idle! { (_request: *mut c_void, _filter: *const c_void, _is_last: bool) -> u32:
    envoy_dynamic_module_on_http_filter_request_headers
    envoy_dynamic_module_on_http_filter_request_body
    envoy_dynamic_module_on_http_filter_response_headers
    envoy_dynamic_module_on_http_filter_response_body
}

idle! { (_request: *mut c_void, _filter: *const c_void) -> u32:
    envoy_dynamic_module_on_http_filter_request_trailers
    envoy_dynamic_module_on_http_filter_response_trailers
}

// Envoy passes more to some of these. They read nothing.
idle! { (_request: *mut c_void, _filter: *const c_void) -> ():
    envoy_dynamic_module_on_http_filter_stream_complete
    envoy_dynamic_module_on_http_filter_scheduled
    envoy_dynamic_module_on_http_filter_http_callout_done
    envoy_dynamic_module_on_http_filter_http_stream_headers
    envoy_dynamic_module_on_http_filter_http_stream_data
    envoy_dynamic_module_on_http_filter_http_stream_trailers
    envoy_dynamic_module_on_http_filter_http_stream_complete
    envoy_dynamic_module_on_http_filter_http_stream_reset
    envoy_dynamic_module_on_http_filter_downstream_above_write_buffer_high_watermark
    envoy_dynamic_module_on_http_filter_downstream_below_write_buffer_low_watermark
    envoy_dynamic_module_on_http_filter_config_scheduled
    envoy_dynamic_module_on_http_filter_config_http_callout_done
}
