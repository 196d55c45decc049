//! The keys of an issuer in the caller's memory, with their tables, for any number of verifiers.

use core::{
    ffi::{c_char, c_void},
    slice,
};

use certbound::{Error, Geometry, Key, PassedOver, PreparedKeys, TablesLen};

use sha2::{Digest, Sha256};

use crate::{
    arguments::Arguments,
    certbound_status,
    entry::enter,
    key_set::{self, certbound_passed_over},
    policy,
};

/// The usable keys of one JWK Set, with their tables, in the caller's memory: see `certbound_keys_init`.
///
/// Once initialised it is only read, so threads and verifiers may share it. It holds no pointer, so it may be copied byte
/// for byte to other memory of the same alignment. It needs no release.
// After it in the memory stand the keys, and up to the end their tables.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_keys {
    magic: u64,
    /// The SHA-256 value of the JWK Set.
    pub(crate) identity: [u8; 32],
    tables: u32,
    keys_len: u32,
}

/// Tells keys from other memory. The last byte is the version of their layout.
const MAGIC: u64 = u64::from_be_bytes(*b"issuer_\x01");

/// What the memory of keys, verifiers and caches must be aligned to, in bytes. That of `malloc` is.
pub const CERTBOUND_ALIGNMENT: usize = 8;
const _: () = assert!(align_of::<Key>() <= CERTBOUND_ALIGNMENT && align_of::<certbound_keys>() == CERTBOUND_ALIGNMENT);

/// Writes to `size` the number of bytes that the usable keys of this JWK Set need, with tables of this size.
///
/// `tables` is `CERTBOUND_TABLES_DEFAULT` (0) to `CERTBOUND_TABLES_LARGE`.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
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
        let geometry = policy::geometry(tables)?;
        // SAFETY: by the caller.
        let (jwks, output) = unsafe { (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(size)?) };
        output.write(memory_len_for(jwks, geometry)?);
        Ok(())
    })
}

/// Fills `memory` with the usable keys of a JWK Set (RFC 7517 §5), and prepares their tables.
///
/// `memory` is aligned to `CERTBOUND_ALIGNMENT` and has the number of bytes that `certbound_keys_size` returns for this
/// JWK Set and the same `tables`; in smaller memory the status is `CERTBOUND_KEY_SET_FULL`. The JWK Set is copied and may
/// go. `passed_over` is called with `context` for each key that cannot verify tokens; it may be null.
///
/// A set that lists no keys withdraws all keys of its issuer: it is read, and verifiers reject every token with
/// `CERTBOUND_KEYS_WITHDRAWN`. A set whose keys are all unusable is `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY`.
///
/// On `CERTBOUND_OK` `*keys` points to the beginning of `memory`. A status from 100 on leaves no keys in `memory`, not even
/// those that were there before; a misuse leaves `memory` as it was. No thread may be using `memory` at the time.
///
/// It does not judge where the JWK Set comes from: fetch it from the issuer over TLS.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells; `passed_over` can be called
/// with `context`.
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
        policy::geometry(tables)?;
        // SAFETY: by the caller.
        let (jwks, output, own) = unsafe {
            (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(keys)?, arguments.bytes_mut(memory, memory_len)?)
        };
        write(own, jwks, tables, |key| {
            // SAFETY: by the caller.
            unsafe { key_set::report(key, passed_over, context) }
        })?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Writes to `count` how many usable keys there are; 0 if the issuer has withdrawn all of them.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_keys_count(keys: *const certbound_keys, count: *mut usize) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (contents, output) = unsafe { (Contents::of(keys, &mut arguments)?, arguments.output(count)?) };
        output.write(contents.keys.len());
        Ok(())
    })
}

/// Keys, found in the caller's memory.
pub(crate) struct Contents<'call> {
    pub(crate) head: &'call certbound_keys,
    pub(crate) keys: &'call [Key],
    pub(crate) prepared: Option<PreparedKeys<'call>>,
}

impl<'call> Contents<'call> {
    /// # Safety
    /// `keys` is null, or points to memory that [`write`] has filled and that is not written during `'call`, or to other
    /// memory as long as a `certbound_keys`.
    pub(crate) unsafe fn of(keys: *const certbound_keys, arguments: &mut Arguments) -> Result<Self, certbound_status> {
        // SAFETY: by the caller.
        let head = unsafe { arguments.value(keys) }?;
        if head.magic != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        let keys_len = usize::try_from(head.keys_len).unwrap_or(usize::MAX);
        let tables_at = memory_len(keys_len, 0).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        // SAFETY: initialised, so it has been filled up to its last table. Keys and tables are aligned, as the memory is
        // and they stand at a multiple of the alignment. No output overlaps any of it: `arguments` gets to know it all.
        let listed = unsafe {
            arguments.bytes(keys.cast(), tables_at)?;
            slice::from_raw_parts(keys.add(1).cast::<Key>(), keys_len)
        };
        let prepared = match policy::geometry(head.tables)? {
            Some(geometry) => {
                let words = PreparedKeys::tables_len(listed, geometry);
                // SAFETY: as above.
                let tables = unsafe { arguments.values(keys.byte_add(tables_at).cast::<u64>(), words) }?;
                Some(PreparedKeys::from_tables(listed, geometry, tables)?)
            }
            None => None,
        };
        Ok(Self { head, keys: listed, prepared })
    }
}

/// Fills memory with the usable keys of a JWK Set, one after the other, and their tables behind them.
pub(crate) fn write(
    memory: &mut [u8],
    jwks: &[u8],
    tables: u32,
    report: impl FnMut(PassedOver<'_>),
) -> Result<(), certbound_status> {
    let geometry = policy::geometry(tables)?;
    let (head, rest) =
        memory.split_at_mut_checked(size_of::<certbound_keys>()).ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
    if !head.as_ptr().addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
        return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
    }
    // Until all of it is there, there are no keys.
    head.fill(0);
    let keys_len = write_keys(jwks, geometry, rest, report)?;
    let identity = Sha256::digest(jwks).into();
    let value = certbound_keys { magic: MAGIC, identity, tables, keys_len };
    // SAFETY: the head is as long as this, and aligned as the memory is.
    unsafe { head.as_mut_ptr().cast::<certbound_keys>().write(value) };
    Ok(())
}

/// Writes the keys and their tables, and returns the number of keys.
fn write_keys(
    jwks: &[u8],
    geometry: Option<Geometry>,
    memory: &mut [u8],
    report: impl FnMut(PassedOver<'_>),
) -> Result<u32, certbound_status> {
    let mut places = memory.chunks_exact_mut(size_of::<Key>());
    let mut keys_len = 0;
    Key::each_of_jwks(
        jwks,
        |key| {
            let place = places.next().ok_or(Error::KeySetFull)?;
            // SAFETY: as long as a key, and aligned for one: the memory is, and every key is as long as a multiple of the
            // alignment. Keys own nothing, so none is ever dropped.
            unsafe { place.as_mut_ptr().cast::<Key>().write(key) };
            keys_len += 1;
            Ok(())
        },
        report,
    )?;
    if let Some(geometry) = geometry {
        let (keys, rest) = memory.split_at_mut(keys_len * size_of::<Key>());
        // SAFETY: this many keys have been written there.
        let keys = unsafe { slice::from_raw_parts(keys.as_ptr().cast::<Key>(), keys_len) };
        // SAFETY: a word may have any value, and the memory is aligned for words.
        let ([], words, _) = (unsafe { rest.align_to_mut::<u64>() }) else {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        };
        if words.len() < PreparedKeys::tables_len(keys, geometry) {
            return Err(certbound_status::CERTBOUND_KEY_SET_FULL);
        }
        PreparedKeys::prepare(keys, geometry, words)?;
    }
    u32::try_from(keys_len).map_err(|_| certbound_status::CERTBOUND_KEY_SET_FULL)
}

/// Bytes that the usable keys of a JWK Set need, with their tables.
pub(crate) fn memory_len_for(jwks: &[u8], geometry: Option<Geometry>) -> Result<usize, certbound_status> {
    let (mut keys, mut tables) = (0, TablesLen::default());
    Key::each_of_jwks(
        jwks,
        |key| {
            keys += 1;
            if let Some(geometry) = geometry {
                tables.add(&key, geometry);
            }
            Ok(())
        },
        |_| {},
    )?;
    memory_len(keys, tables.words()).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)
}

/// Bytes that this many keys need, of whatever kinds they are, with their tables.
pub(crate) fn memory_len_max(keys: usize, geometry: Option<Geometry>) -> Option<usize> {
    memory_len(keys, geometry.map_or(0, |geometry| PreparedKeys::tables_len_max(keys, geometry)))
}

/// Bytes of this many keys, and of tables of this many words.
fn memory_len(keys: usize, tables: usize) -> Option<usize> {
    let keys = keys.checked_mul(size_of::<Key>())?;
    keys.checked_add(tables.checked_mul(size_of::<u64>())?)?.checked_add(size_of::<certbound_keys>())
}
