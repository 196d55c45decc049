//! The keys of an issuer in the caller's memory, for any number of verifiers.

mod jwks;
mod memory;

use core::ffi::{c_char, c_void};

use self::jwks::report;
pub(crate) use self::memory::{Contents, check_read, memory_len_for, memory_len_max, write};
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
        write(own, jwks, tables, None, |key| {
            // SAFETY: guaranteed by the caller.
            unsafe { report(key, passed_over, context) }
        })?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Initialises keys whose tables were prepared earlier and remain where they are, such as those of a pinned key in a board's flash:
/// `certbound tables` writes them, with the JWK Set. Keys that cannot verify tokens are passed over.
///
/// The tables must not be moved, modified or freed while the keys are in use. They carry the identity of their keys and a
/// checksum, which this function compares. Neither protects from an attacker who can write to the tables: such an attacker decides
/// what is accepted.
///
/// @param memory     receives the keys; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len its number of bytes, from `certbound_keys_size` for the same JWK Set and `CERTBOUND_TABLES_NONE`
/// @param jwks       the JWK Set; not needed after the call
/// @param jwks_len   its number of bytes
/// @param tables     the size of the tables: `CERTBOUND_TABLES_SMALL` to `CERTBOUND_TABLES_LARGE`
/// @param words      the tables
/// @param words_len  their number of words
/// @param keys       receives a pointer to the beginning of `memory`
/// @return `CERTBOUND_TABLES_OF_OTHER_KEYS` if the tables were prepared from other keys, in another size or by another version,
///         `CERTBOUND_TABLES_DAMAGED` if they have changed since, and `CERTBOUND_TABLE_TOO_SMALL` if there are too few words
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[cfg(feature = "prepared")]
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_keys_init_with_tables(
    memory: *mut c_void,
    memory_len: usize,
    jwks: *const c_char,
    jwks_len: usize,
    tables: u32,
    words: *const u64,
    words_len: usize,
    keys: *mut *const certbound_keys,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        geometry(tables)?.ok_or(certbound_status::CERTBOUND_VALUE_UNKNOWN)?;
        // SAFETY: guaranteed by the caller.
        let (jwks, words, output, own) = unsafe {
            (
                arguments.bytes(jwks.cast(), jwks_len)?,
                arguments.values(words, words_len)?,
                arguments.output(keys)?,
                arguments.bytes_mut(memory, memory_len)?,
            )
        };
        write(own, jwks, tables, Some(words), |_| {})?;
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
