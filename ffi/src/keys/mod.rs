//! The keys of an issuer in the caller's memory, for any number of verifiers.

mod jwks;
mod memory;

use core::ffi::{c_char, c_void};

use self::jwks::report;
pub(crate) use self::memory::{Contents, memory_len_for, memory_len_max, write};
pub use self::{
    jwks::{certbound_jwks_count, certbound_passed_over},
    memory::certbound_keys,
};
use crate::{arguments::Arguments, entry::enter, status::certbound_status, tables::geometry};

/// Computes the size of the usable keys of a JWK Set and their tables.
///
/// @param jwks     the JWK Set
/// @param jwks_len its number of bytes
/// @param tables   the size of the tables: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`
/// @param size     receives the number of bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_keys_size(
    jwks: *const c_char,
    jwks_len: usize,
    tables: u32,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        let geometry = geometry(tables)?;
        // SAFETY: guaranteed by the caller.
        let (jwks, output) = unsafe { (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(size)?) };
        output.write(memory_len_for(jwks, geometry)?);
        Ok(())
    })
}

/// Initialises keys: copies the usable keys of a JWK Set (RFC 7517 §5) into `memory`, and prepares their tables.
///
/// A set that lists no keys withdraws all keys of its issuer. It is accepted, and verifiers that use it reject every token
/// with `CERTBOUND_KEYS_WITHDRAWN`.
///
/// The function does not check the origin of the JWK Set: fetch it from the issuer over TLS. No other thread may use
/// `memory` during the call. If the JWK Set is rejected, `memory` contains no keys, not even those from an earlier call.
/// Assume the same after any other failure.
///
/// @param memory      receives the keys; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len  its number of bytes, from `certbound_keys_size` for the same JWK Set and `tables`
/// @param jwks        the JWK Set; not needed after the call
/// @param jwks_len    its number of bytes
/// @param tables      the size of the tables: `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`
/// @param passed_over called for each key that cannot verify tokens; may be null
/// @param context     passed to `passed_over`
/// @param keys        receives a pointer to the beginning of `memory`
/// @return `CERTBOUND_KEY_SET_FULL` if `memory_len` is too small, and `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set
///         lists keys and none of them is usable
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says; `passed_over` must accept `context`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_keys_init(
    memory: *mut c_void,
    memory_len: usize,
    jwks: *const c_char,
    jwks_len: usize,
    tables: u32,
    passed_over: certbound_passed_over,
    context: *mut c_void,
    keys: *mut *const certbound_keys,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        geometry(tables)?;
        // SAFETY: guaranteed by the caller.
        let (jwks, output, own) = unsafe {
            (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(keys)?, arguments.bytes_mut(memory, memory_len)?)
        };
        write(own, jwks, tables, |key| {
            // SAFETY: guaranteed by the caller.
            unsafe { report(key, passed_over, context) }
        })?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Counts the usable keys.
///
/// @param keys  the keys
/// @param count receives the number of keys; 0 if the issuer has withdrawn all of them
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_keys_count(keys: *const certbound_keys, count: *mut usize) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (contents, output) = unsafe { (Contents::of(keys, &mut arguments)?, arguments.output(count)?) };
        output.write(contents.keys.len());
        Ok(())
    })
}
