//! Keys, and verifiers that refer to them.

use std::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound::{Geometry, KeySet, PreparedKeys};
use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

#[test]
fn verifiers_share_keys() {
    let mut memory = vec![MaybeUninit::uninit(); size(JWKS, CERTBOUND_TABLES_SMALL).unwrap() / 8];
    let keys = keys(&mut memory, JWKS, CERTBOUND_TABLES_SMALL).unwrap();
    assert_eq!(count(keys), Ok(1));
    let (mut one, mut another) = (Vec::new(), Vec::new());
    let one = verifier(&mut one, keys, |_| {}).unwrap();
    let another = verifier(&mut another, keys, |policy| policy.issuer = text("https://other.example")).unwrap();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    check_claims(&verify_by(one, token(), Some(&server_a()), &mut scratch).unwrap());
    assert_eq!(verify_by(another, token(), Some(&server_a()), &mut scratch).err(), Some(CERTBOUND_ISSUER_MISMATCH));
}

#[test]
fn keys_may_be_moved_before_a_verifier_refers_to_them() {
    let mut memory = memory_for(JWKS);
    keys(&mut memory, JWKS, TABLES).unwrap();
    let moved = memory.clone();
    drop(memory);
    let mut own = Vec::new();
    let verifier = verifier(&mut own, moved.as_ptr().cast(), |_| {}).unwrap();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    check_claims(&verify_by(verifier, token(), Some(&server_a()), &mut scratch).unwrap());
}

#[test]
fn a_set_that_lists_no_keys_withdraws_them() {
    let empty = r#"{"keys": []}"#;
    let mut memory = memory_for(empty);
    let keys = keys(&mut memory, empty, TABLES).unwrap();
    assert_eq!(count(keys), Ok(0));
    let mut own = Vec::new();
    let verifier = verifier(&mut own, keys, |_| {}).unwrap();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    assert_eq!(verify_by(verifier, token(), Some(&server_a()), &mut scratch).err(), Some(CERTBOUND_KEYS_WITHDRAWN));
}

/// If the keys of a verifier are replaced in place, a cache must not accept tokens by the old keys.
#[test]
fn a_cache_forgets_the_tokens_of_other_keys_in_the_same_memory() {
    let mut memory = memory_for(JWKS);
    // The same pointer for both initialisations, as in C.
    let memory = (memory.as_mut_ptr(), memory.len());
    let first = keys_at(memory, JWKS, TABLES).unwrap();
    let mut own = Vec::new();
    let verifier = verifier(&mut own, first, |_| {}).unwrap();
    let mut slots = vec![MaybeUninit::<u64>::uninit(); certbound_cache_size(4) / 8];
    let mut cache = null_mut();
    // SAFETY: the memory and the output are valid.
    let status = unsafe { certbound_cache_init(slots.as_mut_ptr().cast(), slots.len() * 8, &raw mut cache) };
    assert_eq!(status, CERTBOUND_OK);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let ask = |scratch: &mut [MaybeUninit<u8>]| {
        let mut accepted = filled::<certbound_accepted>();
        // SAFETY: all pointers are valid.
        unsafe {
            let (token, sha256, output) = (token(), server_a(), accepted.as_mut_ptr());
            let (start, len) = (token.as_ptr().cast(), token.len());
            let memory = (scratch.as_mut_ptr().cast(), scratch.len());
            certbound_verify_cached(verifier, cache, start, len, sha256.as_ptr(), NOW, memory.0, memory.1, output)
        }
    };
    assert_eq!([ask(&mut scratch), ask(&mut scratch)], [CERTBOUND_OK; 2]);
    let other = JWKS.replace("\"kid\"", "\"x-kid\"");
    keys_at(memory, &other, TABLES).unwrap();
    assert_eq!(ask(&mut scratch), CERTBOUND_KEY_UNKNOWN);
}

#[test]
fn the_size_is_enough_and_less_is_rejected() {
    for tables in [CERTBOUND_TABLES_NONE, CERTBOUND_TABLES_SMALL] {
        let size = size(JWKS, tables).unwrap();
        let mut memory = vec![MaybeUninit::<u64>::new(0x5555_5555_5555_5555); size / 8];
        assert!(keys(&mut memory, JWKS, tables).is_ok());
        assert_eq!(keys(&mut memory[..size / 8 - 1], JWKS, tables), Err(CERTBOUND_KEY_SET_FULL));
        // The earlier keys are gone.
        assert_eq!(count(memory.as_ptr().cast()), Err(CERTBOUND_NOT_INITIALISED));
        assert_eq!(keys(&mut memory[..1], JWKS, tables), Err(CERTBOUND_OUTPUT_TOO_SMALL));
    }
    assert_eq!(size("{}", CERTBOUND_TABLES_SMALL), Err(CERTBOUND_KEY_SET_KEYS_MISSING));
    assert_eq!(size("-----BEGIN PUBLIC KEY-----", CERTBOUND_TABLES_SMALL), Err(CERTBOUND_KEY_SET_IS_PEM));
    assert_eq!(size(JWKS, 5), Err(CERTBOUND_VALUE_UNKNOWN));
}

#[test]
fn invalid_keys_are_rejected() {
    let mut memory = memory_for(JWKS);
    let mut own = Vec::new();
    let zeroed = [0_u64; 32];
    assert_eq!(count(null()), Err(CERTBOUND_NULL_ARGUMENT));
    assert_eq!(count(zeroed.as_ptr().cast()), Err(CERTBOUND_NOT_INITIALISED));
    assert_eq!(verifier(&mut own, null(), |_| {}), Err(CERTBOUND_NULL_ARGUMENT));
    assert_eq!(verifier(&mut own, zeroed.as_ptr().cast(), |_| {}), Err(CERTBOUND_NOT_INITIALISED));
    let keys = keys(&mut memory, JWKS, TABLES).unwrap();
    assert_eq!(verifier(&mut own, keys, |policy| policy.leeway_seconds = 601), Err(CERTBOUND_LEEWAY_TOO_LONG));
    assert!(verifier(&mut own, keys, |policy| policy.leeway_seconds = 600).is_ok());

    // The verifier overlaps its keys.
    let (start, len) = (memory.as_mut_ptr().cast::<c_void>(), memory.len() * 8);
    let mut made = null();
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = with_usual_policy(|policy| unsafe {
        certbound_verifier_init_with_keys(start.byte_add(len - 512), 512, policy, start.cast(), &raw mut made)
    });
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(count(start.cast()), Ok(1));
}

#[test]
fn tables_remain_in_other_memory() {
    let tables = tables(JWKS, Geometry::Small);
    // As many bytes as without tables.
    let mut memory = vec![MaybeUninit::uninit(); size(JWKS, CERTBOUND_TABLES_NONE).unwrap() / 8];
    let keys = keys_with_tables(&mut memory, JWKS, CERTBOUND_TABLES_SMALL, &tables).unwrap();
    assert_eq!(count(keys), Ok(1));
    let mut own = Vec::new();
    let verifier = verifier(&mut own, keys, |_| {}).unwrap();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    check_claims(&verify_by(verifier, token(), Some(&server_a()), &mut scratch).unwrap());

    // The tables must not be written.
    let mut memory_of_tables = tables.clone();
    let start = memory_of_tables.as_mut_ptr();
    let mut made = null();
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = unsafe {
        let (text, text_len) = (JWKS.as_ptr().cast(), JWKS.len());
        let (bytes, words) = (tables.len() * 8, tables.len());
        certbound_keys_init_with_tables(
            start.cast(),
            bytes,
            text,
            text_len,
            CERTBOUND_TABLES_SMALL,
            start,
            words,
            &raw mut made,
        )
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(memory_of_tables, tables);
}

#[test]
fn unsuitable_tables_are_rejected() {
    let mut memory = vec![MaybeUninit::uninit(); size(JWKS, CERTBOUND_TABLES_NONE).unwrap() / 8];
    let mut open = |jwks: &str, size, tables: &[u64]| keys_with_tables(&mut memory, jwks, size, tables).map(|_| ());
    let small = tables(JWKS, Geometry::Small);
    let (with, none) = (CERTBOUND_TABLES_SMALL, CERTBOUND_TABLES_NONE);
    assert_eq!(open(JWKS, with, &small), Ok(()));
    let other = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    assert_eq!(open(other, with, &small), Err(CERTBOUND_TABLES_OF_OTHER_KEYS));
    assert_eq!(open(JWKS, with, &tables(JWKS, Geometry::Large)), Err(CERTBOUND_TABLES_OF_OTHER_KEYS));
    assert_eq!(open(JWKS, with, &small[1..]), Err(CERTBOUND_TABLE_TOO_SMALL));
    assert_eq!(open(JWKS, with, &[]), Err(CERTBOUND_TABLE_TOO_SMALL));
    assert_eq!(open(JWKS, none, &small), Err(CERTBOUND_VALUE_UNKNOWN));
    let mut damaged = small.clone();
    damaged[300] ^= 1 << 63;
    assert_eq!(open(JWKS, with, &damaged), Err(CERTBOUND_TABLES_DAMAGED));
    // The keys that were there before are gone.
    assert_eq!(count(memory.as_ptr().cast()), Err(CERTBOUND_NOT_INITIALISED));
}

#[test]
fn unusable_keys_are_reported() {
    unsafe extern "C" fn note(context: *mut c_void, index: usize, kid: certbound_text, reason: u32) {
        // SAFETY: the context is the list of this test, and the text is valid during the call.
        unsafe { &mut *context.cast::<Vec<(usize, String, u32)>>() }.push((index, read(kid), reason));
    }
    let jwks = JWKS.replace("[", r#"[{"kty": "oct", "kid": "shared"}, "#);
    let mut noted = Vec::<(usize, String, u32)>::new();
    let mut memory = memory_for(&jwks);
    let mut keys = null();
    let (start, len) = (memory.as_mut_ptr().cast(), memory.len() * 8);
    // SAFETY: the memory, the text, the callback with its context, and the output are valid.
    let status = unsafe {
        let (text, text_len, context) = (jwks.as_ptr().cast(), jwks.len(), (&raw mut noted).cast());
        let output = &raw mut keys;
        certbound_keys_init(start, len, text, text_len, TABLES, Some(note), context, output)
    };
    assert_eq!(status, CERTBOUND_OK);
    let unsupported = CERTBOUND_KEY_TYPE_UNSUPPORTED as u32;
    assert_eq!(noted, [(0, "shared".to_owned(), unsupported), (2, "legacy".to_owned(), unsupported)]);
    assert_eq!(count(keys), Ok(1));
}

fn size(jwks: &str, tables: u32) -> Result<usize, certbound_status> {
    let mut size = usize::MAX;
    // SAFETY: the text and the output are valid.
    let status = unsafe { certbound_keys_size(jwks.as_ptr().cast(), jwks.len(), tables, &raw mut size) };
    if status == CERTBOUND_OK {
        return Ok(size);
    }
    assert_eq!(size, usize::MAX);
    Err(status)
}

pub(crate) fn memory_for(jwks: &str) -> Vec<MaybeUninit<u64>> {
    vec![MaybeUninit::uninit(); size(jwks, TABLES).unwrap() / 8]
}

pub(crate) fn keys(
    memory: &mut [MaybeUninit<u64>],
    jwks: &str,
    tables: u32,
) -> Result<*const certbound_keys, certbound_status> {
    keys_at((memory.as_mut_ptr(), memory.len()), jwks, tables)
}

pub(crate) fn keys_at(
    (start, words): (*mut MaybeUninit<u64>, usize),
    jwks: &str,
    tables: u32,
) -> Result<*const certbound_keys, certbound_status> {
    let mut keys = null();
    // SAFETY: the memory, the text and the output are valid.
    let status = unsafe {
        let (text, text_len) = (jwks.as_ptr().cast(), jwks.len());
        certbound_keys_init(start.cast(), words * 8, text, text_len, tables, None, null_mut(), &raw mut keys)
    };
    if status == CERTBOUND_OK { Ok(keys) } else { Err(status) }
}

/// Tables as `certbound tables` writes them.
fn tables(jwks: &str, geometry: Geometry) -> Vec<u64> {
    let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
    let mut tables = vec![0; PreparedKeys::tables_len(&keys, geometry)];
    PreparedKeys::prepare(&keys, geometry, &mut tables).unwrap();
    tables
}

fn keys_with_tables(
    memory: &mut [MaybeUninit<u64>],
    jwks: &str,
    tables: u32,
    words: &[u64],
) -> Result<*const certbound_keys, certbound_status> {
    let mut keys = null();
    // SAFETY: the memory, the text, the words and the output are valid.
    let status = unsafe {
        let (start, len) = (memory.as_mut_ptr().cast(), memory.len() * 8);
        let (text, text_len) = (jwks.as_ptr().cast(), jwks.len());
        certbound_keys_init_with_tables(start, len, text, text_len, tables, words.as_ptr(), words.len(), &raw mut keys)
    };
    if status == CERTBOUND_OK { Ok(keys) } else { Err(status) }
}

fn count(keys: *const certbound_keys) -> Result<usize, certbound_status> {
    let mut count = usize::MAX;
    // SAFETY: the keys are valid, or rejected by their first bytes; the output is valid.
    let status = unsafe { certbound_keys_count(keys, &raw mut count) };
    if status == CERTBOUND_OK { Ok(count) } else { Err(status) }
}

/// A verifier that refers to keys, for the usual policy with a change.
fn verifier(
    memory: &mut Vec<MaybeUninit<u64>>,
    keys: *const certbound_keys,
    change: impl FnOnce(&mut certbound_policy),
) -> Result<*const certbound_verifier, certbound_status> {
    let mut verifier = null();
    let status = with_usual_policy(|policy| {
        // SAFETY: the policy and its texts are valid.
        let mut policy = unsafe { *policy };
        let mut size = 0;
        // SAFETY: the policy and the output are valid.
        let status = unsafe { certbound_verifier_size_with_keys(&raw const policy, &raw mut size) };
        assert_eq!(status, CERTBOUND_OK);
        memory.resize(size / 8, MaybeUninit::uninit());
        change(&mut policy);
        let (start, output) = (memory.as_mut_ptr().cast(), &raw mut verifier);
        // SAFETY: the keys are valid, or rejected by their first bytes; all other pointers are valid.
        unsafe { certbound_verifier_init_with_keys(start, size, &raw const policy, keys, output) }
    });
    if status == CERTBOUND_OK { Ok(verifier) } else { Err(status) }
}
