//! The layout of keys in the caller's memory: a head, the keys, and their tables.

use core::{ptr, slice};

use certbound::{Error, Key, PassedOver};
use sha2::{Digest, Sha256};

use crate::{
    arguments::{ArgumentList, Arguments},
    memory::CERTBOUND_ALIGNMENT,
    status::certbound_status,
    tables::{self, Geometry, PreparedKeys, TablesLen, resume_keys},
};

/// The usable keys of one JWK Set and their tables, in the caller's memory. See `certbound_keys_init`.
///
/// Keys are not written after their initialisation, so threads and verifiers may share them. They may be copied byte for byte
/// to other memory of the same alignment: their only pointer is to tables in other memory, if `certbound_keys_init_with_tables`
/// initialised them. They need no clean-up.
// In memory the keys follow this head, and their tables follow the keys, unless they are in other memory.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_keys {
    magic: u64,
    /// The SHA-256 value of the JWK Set.
    pub(crate) identity: [u8; 32],
    tables: u32,
    keys_len: u32,
    /// Tables in other memory; null if there are none, or if they follow the keys.
    pinned: *const u64,
    /// The number of words of the tables, wherever they are.
    tables_len: usize,
}

/// Distinguishes keys from other memory. The last byte is the version of the layout.
const MAGIC: u64 = u64::from_be_bytes(*b"issuer_\x02");
const _: () = assert!(align_of::<Key>() <= CERTBOUND_ALIGNMENT && align_of::<certbound_keys>() == CERTBOUND_ALIGNMENT);

/// Views of the parts of a [`certbound_keys`].
pub(crate) struct Contents<'call> {
    pub(crate) head: &'call certbound_keys,
    pub(crate) keys: &'call [Key],
    pub(crate) prepared: Option<PreparedKeys<'call>>,
    /// The number of bytes of all parts, without tables in other memory.
    pub(crate) len: usize,
}

/// Checks that a call does not write keys of this number of bytes, nor their tables in other memory: for keys that are too many
/// for the list. The list must already contain all memory that the call writes.
///
/// # Safety
/// `keys` points to memory that [`write`] has filled, which is not written during the call, unless this finds that it is.
pub(crate) unsafe fn check_read<const CAPACITY: usize>(
    keys: *const certbound_keys,
    len: usize,
    arguments: &ArgumentList<CAPACITY>,
) -> Result<(), certbound_status> {
    arguments.check_read(keys.cast(), len)?;
    // SAFETY: guaranteed by the caller; the call does not write it, as has just been checked.
    let (pinned, words) = unsafe { ((*keys).pinned, (*keys).tables_len) };
    let pinned_len = if pinned.is_null() { 0 } else { words.saturating_mul(size_of::<u64>()) };
    arguments.check_read(pinned.cast(), pinned_len)
}

impl<'call> Contents<'call> {
    /// # Safety
    /// `keys` is null, or points to memory that [`write`] has filled, or to other memory of at least the size of a
    /// `certbound_keys`; the memory is not written during `'call`.
    pub(crate) unsafe fn of(keys: *const certbound_keys, arguments: &mut Arguments) -> Result<Self, certbound_status> {
        // SAFETY: guaranteed by the caller.
        let head = unsafe { arguments.value(keys) }?;
        if head.magic != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        let keys_len = usize::try_from(head.keys_len).unwrap_or(usize::MAX);
        let tables_len = head.tables_len;
        let own_tables_len = if head.pinned.is_null() { tables_len } else { 0 };
        let (tables_at, len) = memory_len(keys_len, 0)
            .zip(memory_len(keys_len, own_tables_len))
            .ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        // SAFETY: the magic number shows that `write` has filled the memory up to the last table. Keys and tables are
        // aligned because the memory is, and they start at multiples of the alignment. All of it is registered with
        // `arguments`, so no output overlaps it.
        let listed = unsafe {
            arguments.bytes(keys.cast(), len)?;
            slice::from_raw_parts(keys.add(1).cast::<Key>(), keys_len)
        };
        // SAFETY: as above, or `write` was given these tables, which the caller guarantees to be still there.
        let tables = unsafe {
            if head.pinned.is_null() {
                slice::from_raw_parts(keys.byte_add(tables_at).cast::<u64>(), tables_len)
            } else {
                arguments.values(head.pinned, tables_len)?
            }
        };
        let prepared = tables::geometry(head.tables)?.map(|geometry| resume_keys(listed, geometry, tables));
        Ok(Self { head, keys: listed, prepared, len })
    }
}

/// Fills memory with the usable keys of a JWK Set. Their tables are prepared and follow them, unless they are `pinned`: prepared
/// earlier, in memory where they remain.
pub(crate) fn write(
    memory: &mut [u8],
    jwks: &[u8],
    tables: u32,
    pinned: Option<&[u64]>,
    report: impl FnMut(PassedOver<'_>),
) -> Result<(), certbound_status> {
    let geometry = tables::geometry(tables)?;
    let (head, rest) =
        memory.split_at_mut_checked(size_of::<certbound_keys>()).ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
    if !head.as_ptr().addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
        return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
    }
    // The memory holds no valid keys until everything has been written.
    head.fill(0);
    let (keys_len, tables_len) = write_keys(jwks, geometry, pinned, rest, report)?;
    let identity = Sha256::digest(jwks).into();
    let pinned = pinned.map_or(ptr::null(), <[u64]>::as_ptr);
    let value = certbound_keys { magic: MAGIC, identity, tables, keys_len, pinned, tables_len };
    // SAFETY: the head has the size of this value, and its alignment was checked above.
    unsafe { head.as_mut_ptr().cast::<certbound_keys>().write(value) };
    Ok(())
}

/// Writes the keys, writes or checks their tables, and returns the number of keys and of the tables' words.
fn write_keys(
    jwks: &[u8],
    geometry: Option<Geometry>,
    pinned: Option<&[u64]>,
    memory: &mut [u8],
    report: impl FnMut(PassedOver<'_>),
) -> Result<(u32, usize), certbound_status> {
    let mut places = memory.chunks_exact_mut(size_of::<Key>());
    let mut keys_len = 0;
    Key::each_of_jwks(
        jwks,
        |key| {
            let place = places.next().ok_or(Error::KeySetFull)?;
            // SAFETY: each place has the size of a key, and is aligned because the memory is aligned and the size of a key
            // is a multiple of its alignment. Keys own nothing, so they need not be dropped.
            unsafe { place.as_mut_ptr().cast::<Key>().write(key) };
            keys_len += 1;
            Ok(())
        },
        report,
    )?;
    let mut tables_len = 0;
    if let Some(geometry) = geometry {
        let (keys, rest) = memory.split_at_mut(keys_len * size_of::<Key>());
        // SAFETY: `keys_len` keys were written there above.
        let keys = unsafe { slice::from_raw_parts(keys.as_ptr().cast::<Key>(), keys_len) };
        if let Some(tables) = pinned {
            PreparedKeys::from_tables(keys, geometry, tables)?;
            return Ok((counted(keys_len)?, tables.len()));
        }
        // SAFETY: every bit pattern is a valid word.
        let ([], words, _) = (unsafe { rest.align_to_mut::<u64>() }) else {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        };
        tables_len = PreparedKeys::tables_len(keys, geometry);
        if words.len() < tables_len {
            return Err(certbound_status::CERTBOUND_KEY_SET_FULL);
        }
        PreparedKeys::prepare(keys, geometry, words)?;
    }
    Ok((counted(keys_len)?, tables_len))
}

fn counted(keys: usize) -> Result<u32, certbound_status> {
    u32::try_from(keys).map_err(|_| certbound_status::CERTBOUND_KEY_SET_FULL)
}

/// The number of bytes that the usable keys of a JWK Set and their tables need.
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

/// The number of bytes that this number of keys of any kind and their tables need at most.
pub(crate) fn memory_len_max(keys: usize, geometry: Option<Geometry>) -> Option<usize> {
    memory_len(keys, geometry.map_or(0, |geometry| PreparedKeys::tables_len_max(keys, geometry)))
}

/// The number of bytes for this number of keys and this number of words of tables.
fn memory_len(keys: usize, tables: usize) -> Option<usize> {
    let keys = keys.checked_mul(size_of::<Key>())?;
    keys.checked_add(tables.checked_mul(size_of::<u64>())?)?.checked_add(size_of::<certbound_keys>())
}
