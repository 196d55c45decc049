//! The types and numbers of Envoy's ABI for dynamic modules, declared by hand: only what the filter needs.

use std::{ffi::c_void, marker::PhantomData, ptr};

/// Bytes that Envoy lends.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EnvoyBuffer {
    /// Their start, or null.
    pub ptr: *const u8,
    /// Their length.
    pub len: usize,
}

/// Bytes that the module lends for one call. A null pointer stands for "no value".
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ModuleBuffer<'call> {
    /// Their start, or null.
    pub ptr: *const u8,
    /// Their length.
    pub len: usize,
    lent: PhantomData<&'call [u8]>,
}

/// A header, or an entry of dynamic metadata.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Pair<'call> {
    /// Its name.
    pub key: ModuleBuffer<'call>,
    /// Its value.
    pub value: ModuleBuffer<'call>,
}

/// A header that Envoy lends.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EnvoyPair {
    /// Its name.
    pub key: EnvoyBuffer,
    /// Its value.
    pub value: EnvoyBuffer,
}

impl EnvoyPair {
    pub(crate) const EMPTY: Self = Self { key: EnvoyBuffer::EMPTY, value: EnvoyBuffer::EMPTY };
}

impl EnvoyBuffer {
    pub(crate) const EMPTY: Self = Self { ptr: ptr::null(), len: 0 };
}

impl ModuleBuffer<'_> {
    pub(crate) const NONE: Self = Self { ptr: ptr::null(), len: 0, lent: PhantomData };
}

impl<'call> From<&'call [u8]> for ModuleBuffer<'call> {
    fn from(bytes: &'call [u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len(), lent: PhantomData }
    }
}

impl<'call> From<&'call str> for ModuleBuffer<'call> {
    fn from(text: &'call str) -> Self {
        text.as_bytes().into()
    }
}

impl<'call> From<(&'call str, &'call str)> for Pair<'call> {
    fn from((key, value): (&'call str, &'call str)) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

impl Default for Pair<'_> {
    fn default() -> Self {
        Self { key: ModuleBuffer::NONE, value: ModuleBuffer::NONE }
    }
}

/// Envoy's object for one filter configuration.
pub(crate) type RawConfiguration = *mut c_void;

/// Envoy's object for one request.
pub(crate) type RawRequest = *mut c_void;

/// Envoy's object that carries events from any thread to its main thread.
pub(crate) type RawScheduler = *mut c_void;

pub(crate) const REQUEST_HEADER: u32 = 0;
/// `connection.sha256_peer_certificate_digest`: in hex, empty without a client certificate, absent without TLS.
pub(crate) const ATTRIBUTE_PEER_SHA256: u32 = 38;
pub(crate) const SUCCESS: u32 = 0;

/// Defines a counter, gauge or histogram.
pub(crate) type Define =
    unsafe extern "C" fn(RawConfiguration, ModuleBuffer<'_>, *const ModuleBuffer<'_>, usize, *mut usize) -> u32;

/// Changes a metric, from a request, or since 1.39 from a configuration.
pub(crate) type ChangeMetric = unsafe extern "C" fn(*mut c_void, usize, *const ModuleBuffer<'_>, usize, u64) -> u32;

/// Since 1.39.
pub(crate) type SetMetadataBatch = unsafe extern "C" fn(RawRequest, ModuleBuffer<'_>, *const Pair<'_>, usize);

/// Since 1.40.
pub(crate) type DirectRemoteAddress = unsafe extern "C" fn(RawRequest, *mut EnvoyBuffer) -> bool;

/// A level of Envoy's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info = 2,
    Warn = 3,
    Error = 4,
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CalloutError {
    /// There is no such cluster, or not yet.
    ClusterNotFound,
    /// The cluster has no healthy host, for example.
    NotSent,
}
