//! Verifiers with tables, and caches of accepted tokens.

use std::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    ptr::{null, null_mut},
    slice,
};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

#[test]
fn a_verifier_is_as_large_as_its_keys_and_tables() {
    assert_eq!(size_for("{}", CERTBOUND_TABLES_SMALL), (CERTBOUND_KEY_SET_KEYS_MISSING, usize::MAX));
    assert_eq!(size_for(JWKS, 5), (CERTBOUND_VALUE_UNKNOWN, usize::MAX));
    let [none, small, medium, large, default] = [
        CERTBOUND_TABLES_NONE,
        CERTBOUND_TABLES_SMALL,
        CERTBOUND_TABLES_MEDIUM,
        CERTBOUND_TABLES_LARGE,
        CERTBOUND_TABLES_DEFAULT,
    ]
    .map(|tables| size_for(JWKS, tables).1);
    assert!(none < small && small < medium && medium < large && default == medium);
    let mut memory = vec![MaybeUninit::<u64>::uninit(); small / 8];
    assert_eq!(prepared(&mut memory[..small / 8 - 1], JWKS), Err(CERTBOUND_KEY_SET_FULL));
    assert!(prepared(&mut memory, JWKS).is_ok());
}

#[test]
fn a_prepared_verifier_has_the_same_verdicts_with_and_without_a_cache() {
    let mut memory = memory_for(JWKS);
    let verifier = prepared(&mut memory, JWKS).unwrap();
    let mut slots = slots();
    let cache = empty(&mut slots);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];

    // A new token, then the cached one, whose claims are read before and after they are decoded.
    check_claims(&ask(verifier, cache, &server_a(), &mut scratch).unwrap());
    let mut known = ask(verifier, cache, &server_a(), &mut scratch).unwrap();
    check_claims(&known);
    // SAFETY: the token was accepted.
    assert_eq!(unsafe { certbound_accepted_decode(&raw mut *known) }, CERTBOUND_OK);
    check_claims(&known);
    let stolen = ask(verifier, cache, &[0; 32], &mut scratch);
    assert_eq!(stolen.err(), Some(CERTBOUND_CERTIFICATE_MISMATCH));
    assert_eq!(counts(cache), (4, 2, 1));

    // The same policy with other keys: the cache is emptied.
    let other = JWKS.replace("\"kid\"", "\"x-kid\"");
    let mut others = memory_for(&other);
    let changed = prepared(&mut others, &other).unwrap();
    let unknown = ask(changed, cache, &server_a(), &mut scratch);
    assert_eq!(unknown.err(), Some(CERTBOUND_KEY_UNKNOWN));
    assert_eq!(counts(cache), (4, 0, 1));
}

/// Decoding the claims of a cached token writes its scratch memory, and a name may lie there.
#[test]
fn a_name_is_read_after_the_claims_are_decoded() {
    let mut memory = memory_for(JWKS);
    let verifier = verifier_with(&mut memory, JWKS, TABLES).unwrap();
    let mut slots = slots();
    let cache = empty(&mut slots);
    let mut scratch = vec![MaybeUninit::new(b'a'); CERTBOUND_SCRATCH_LEN];
    let (start, len) = (scratch.as_mut_ptr(), scratch.len());
    // SAFETY: the memory is used by these pointers alone.
    let ask = || unsafe { ask(verifier, cache, &server_a(), slice::from_raw_parts_mut(start, len)) }.unwrap();
    ask();
    let name = start.cast::<c_char>();
    let mut has_scope = filled::<bool>();
    let mut claim = filled::<certbound_claim>();
    let cached = ask();
    // SAFETY: all pointers are valid, and the scratch memory is initialised.
    let status = unsafe { certbound_accepted_claim(&raw const *cached, name, 3, claim.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_CLAIM_MISSING);
    check_claims(&cached);
    let cached = ask();
    // SAFETY: as above.
    let status = unsafe { certbound_accepted_has_scope(&raw const *cached, name, 3, has_scope.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_OK);
    check_claims(&cached);
}

#[test]
fn a_cache_is_made_in_memory_that_fits() {
    assert_eq!((certbound_cache_size(0) > 0, certbound_cache_size(usize::MAX)), (true, 0));
    let mut slots = slots();
    let (start, len) = (slots.as_mut_ptr().cast::<c_void>(), slots.len() * 8);
    let mut cache = null_mut();
    let output = &raw mut cache;
    // SAFETY: the memory and the output are valid.
    unsafe {
        assert_eq!(certbound_cache_init(start, 8, output), CERTBOUND_OUTPUT_TOO_SMALL);
        assert_eq!(certbound_cache_init(start.byte_add(4), len - 4, output), CERTBOUND_MISALIGNED_ARGUMENT);
        assert_eq!(certbound_cache_init(null_mut(), len, output), CERTBOUND_NULL_ARGUMENT);
        assert!(cache.is_null());
    }
}

#[test]
fn invalid_or_overlapping_caches_are_rejected() {
    let mut memory = memory_for(JWKS);
    let verifier = verifier_with(&mut memory, JWKS, TABLES).unwrap();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let mut zeroed = [0_u64; 16];
    let none = zeroed.as_mut_ptr().cast();
    assert_eq!(ask(verifier, none, &server_a(), &mut scratch).err(), Some(CERTBOUND_NOT_INITIALISED));
    assert_eq!(ask(verifier, null_mut(), &server_a(), &mut scratch).err(), Some(CERTBOUND_NULL_ARGUMENT));
    let mut counts = filled::<certbound_cache_statistics>();
    // SAFETY: the entry rejects the memory by its first bytes.
    unsafe {
        assert_eq!(certbound_cache_count(zeroed.as_ptr().cast(), counts.as_mut_ptr()), CERTBOUND_NOT_INITIALISED);
        assert_eq!(certbound_cache_count(null(), counts.as_mut_ptr()), CERTBOUND_NULL_ARGUMENT);
    }
    assert!(is_as_filled(&counts));

    // The scratch memory begins at the last byte of the cache.
    let mut slots = slots();
    let cache = empty(&mut slots);
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = unsafe {
        let last = slots.as_mut_ptr().cast::<u8>().add(slots.len() * 8 - 1);
        let (token, len, output) = (token().as_ptr().cast(), token().len(), accepted.as_mut_ptr());
        certbound_verify_cached(verifier, cache, token, len, null(), NOW, last.cast(), 1, output)
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert!(is_as_filled(&accepted));
}

/// The status, and the size of a verifier in bytes.
fn size_for(jwks: &str, tables: u32) -> (certbound_status, usize) {
    let mut size = usize::MAX;
    let status = with_usual_policy(|policy| {
        // SAFETY: the policy and its texts are valid.
        let policy = certbound_policy { tables, ..unsafe { *policy } };
        // SAFETY: the policy, the text and the output are valid.
        unsafe { certbound_verifier_size_for(&raw const policy, jwks.as_ptr().cast(), jwks.len(), &raw mut size) }
    });
    (status, size)
}

fn memory_for(jwks: &str) -> Vec<MaybeUninit<u64>> {
    vec![MaybeUninit::uninit(); size_for(jwks, CERTBOUND_TABLES_SMALL).1 / 8]
}

/// A verifier with small tables.
fn prepared(memory: &mut [MaybeUninit<u64>], jwks: &str) -> Result<*const certbound_verifier, certbound_status> {
    verifier_with(memory, jwks, CERTBOUND_TABLES_SMALL)
}

fn verifier_with(
    memory: &mut [MaybeUninit<u64>],
    jwks: &str,
    tables: u32,
) -> Result<*const certbound_verifier, certbound_status> {
    let mut verifier = null();
    let status = with_usual_policy(|policy| {
        // SAFETY: the policy and its texts are valid.
        let policy = certbound_policy { tables, ..unsafe { *policy } };
        let (start, len) = (memory.as_mut_ptr().cast(), memory.len() * 8);
        // SAFETY: the memory, the policy, the text and the output are valid.
        unsafe {
            let output = &raw mut verifier;
            certbound_verifier_init(start, len, &raw const policy, jwks.as_ptr().cast(), jwks.len(), output)
        }
    });
    if status == CERTBOUND_OK { Ok(verifier) } else { Err(status) }
}

/// Memory for a cache of four tokens.
fn slots() -> Vec<MaybeUninit<u64>> {
    vec![MaybeUninit::uninit(); certbound_cache_size(4) / 8]
}

fn empty(slots: &mut [MaybeUninit<u64>]) -> *mut certbound_cache {
    let mut cache = null_mut();
    // SAFETY: the memory and the output are valid.
    let status = unsafe { certbound_cache_init(slots.as_mut_ptr().cast(), slots.len() * 8, &raw mut cache) };
    assert_eq!(status, CERTBOUND_OK);
    cache
}

/// Verifies the token of the quick start for a certificate with this thumbprint.
fn ask(
    verifier: *const certbound_verifier,
    cache: *mut certbound_cache,
    sha256: &[u8; 32],
    scratch: &mut [MaybeUninit<u8>],
) -> Result<Box<certbound_accepted>, certbound_status> {
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are valid. The accepted token is used only while the scratch memory exists.
    let status = unsafe {
        let (token, len) = (token().as_ptr().cast(), token().len());
        let scratch = (scratch.as_mut_ptr().cast(), scratch.len());
        let output = accepted.as_mut_ptr();
        certbound_verify_cached(verifier, cache, token, len, sha256.as_ptr(), NOW, scratch.0, scratch.1, output)
    };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&accepted));
        return Err(status);
    }
    // SAFETY: the token was accepted, so the output was written.
    Ok(unsafe { accepted.assume_init() })
}

/// Capacity, hits and misses.
fn counts(cache: *const certbound_cache) -> (usize, u64, u64) {
    let mut counts = filled::<certbound_cache_statistics>();
    // SAFETY: the cache and the output are valid, and success writes the output.
    let counts = unsafe {
        assert_eq!(certbound_cache_count(cache, counts.as_mut_ptr()), CERTBOUND_OK);
        counts.assume_init()
    };
    (counts.capacity, counts.hits, counts.misses)
}
