//! Introspection responses judged by a verifier, and their cache.

use std::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

const TOKEN: &str = "opaque";

/// A response for a token of server A, with these further members.
fn response(further: &str) -> String {
    INTROSPECTION.trim_end().replacen('{', &format!("{{{further}"), 1)
}

/// Judges a response to an opaque token, or to this accepted one, and calls `then` with the result.
fn judge<T>(
    verifier: *const certbound_verifier,
    token: Option<*const certbound_accepted>,
    response: &str,
    sha256: &[u8; 32],
    then: impl FnOnce(&certbound_accepted) -> T,
) -> Result<T, certbound_status> {
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(response.len())];
    let mut accepted = filled::<certbound_accepted>();
    let (start, len, memory) = (response.as_ptr().cast(), response.len(), scratch.as_mut_ptr().cast());
    let (sha256, output) = (sha256.as_ptr(), accepted.as_mut_ptr());
    // SAFETY: all pointers are valid.
    let status = unsafe {
        match token {
            None => {
                certbound_introspection_verify_with(verifier, start, len, sha256, NOW, memory, scratch.len(), output)
            }
            Some(token) => {
                certbound_introspection_confirm(verifier, token, start, len, sha256, NOW, memory, scratch.len(), output)
            }
        }
    };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&accepted));
        return Err(status);
    }
    // SAFETY: the response was accepted, so the output was written; the scratch memory exists.
    Ok(then(unsafe { accepted.assume_init_ref() }))
}

#[test]
fn a_response_to_an_opaque_token_is_judged_by_a_verifier() {
    let memory = verifier_memory(JWKS);
    let verifier = memory.as_ptr().cast();
    let verdict = |text: &str| judge(verifier, None, text, &server_a(), |_| ());
    let client = judge(verifier, None, &response(""), &server_a(), |accepted| claim(accepted, "client_id"));
    assert_eq!(client, Ok(Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned()))));
    assert_eq!(judge(verifier, None, &response(""), &[0; 32], |_| ()), Err(CERTBOUND_CERTIFICATE_MISMATCH));
    assert_eq!(verdict(r#"{"active": false}"#), Err(CERTBOUND_TOKEN_INACTIVE));
    assert_eq!(verdict("<html>"), Err(CERTBOUND_INTROSPECTION_MALFORMED));
    assert_eq!(certbound_status_http_status(CERTBOUND_INTROSPECTION_MALFORMED as u32), 503);
    assert_eq!(verdict(&response(r#""iss": "https://other.example", "#)), Err(CERTBOUND_ISSUER_MISMATCH));
    assert_eq!(judge(null(), None, "{}", &server_a(), |_| ()), Err(CERTBOUND_NULL_ARGUMENT));
    let zeroed = [0_u64; 64];
    assert_eq!(judge(zeroed.as_ptr().cast(), None, "{}", &server_a(), |_| ()), Err(CERTBOUND_NOT_INITIALISED));
}

/// What a host finds out when it asks. The library never returns these.
#[test]
fn the_errors_of_asking_leave_tokens_unjudged() {
    for (status, name) in [
        (CERTBOUND_INTROSPECTION_UNAVAILABLE, "introspection_unavailable"),
        (CERTBOUND_INTROSPECTION_REFUSED, "introspection_refused"),
        (CERTBOUND_INTROSPECTION_TOO_LONG, "introspection_too_long"),
    ] {
        let number = status as u32;
        assert_eq!((constant(certbound_status_name(number)), certbound_status_http_status(number)), (name, 503));
        assert!(certbound_status_bearer_error(number).is_null());
    }
}

#[test]
fn a_response_confirms_an_accepted_token() {
    let memory = verifier_memory(JWKS);
    let verifier = memory.as_ptr().cast();
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let token = verify(&memory, token(), Some(&server_a()), &mut scratch).unwrap();
    let verdict = |text: &str| judge(verifier, Some(&raw const *token), text, &server_a(), |_| ());
    assert_eq!(verdict(r#"{"active": true}"#), Ok(()));
    assert_eq!(verdict(&response("")), Ok(()));
    assert_eq!(verdict(r#"{"active": false}"#), Err(CERTBOUND_TOKEN_INACTIVE));
    assert_eq!(verdict(r#"{"active": true, "iss": "https://other.example"}"#), Err(CERTBOUND_ISSUER_MISMATCH));
    assert_eq!(verdict("{"), Err(CERTBOUND_INTROSPECTION_MALFORMED));
    check_claims(&token);
    assert_eq!(judge(verifier, Some(null()), "{}", &server_a(), |_| ()), Err(CERTBOUND_NULL_ARGUMENT));
    let zeroed = [0_u64; 16];
    let status = judge(verifier, Some(zeroed.as_ptr().cast()), "{}", &server_a(), |_| ());
    assert_eq!(status, Err(CERTBOUND_NOT_INITIALISED));
}

/// The claims of a cached token are decoded in its scratch memory, when the response is judged.
#[test]
fn a_response_is_not_written_over_the_accepted_token() {
    let memory = verifier_memory(JWKS);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let accepted = verify(&memory, token(), Some(&server_a()), &mut scratch).unwrap();
    let (start, len, sha256) = (scratch.as_mut_ptr(), scratch.len(), server_a());
    let text = r#"{"active": true}"#;
    let mut apart = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(text.len())];
    let mut output = filled::<certbound_accepted>();
    let mut confirm = |scratch: *mut MaybeUninit<u8>, len: usize| {
        // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
        unsafe {
            certbound_introspection_confirm(
                memory.as_ptr().cast(),
                &raw const *accepted,
                text.as_ptr().cast(),
                text.len(),
                sha256.as_ptr(),
                NOW,
                scratch.cast(),
                len,
                output.as_mut_ptr(),
            )
        }
    };
    for (offset, len) in [(0, len), (0, 1), (len - 1, 1)] {
        assert_eq!(confirm(start.wrapping_add(offset), len), CERTBOUND_OVERLAPPING_ARGUMENTS);
    }
    assert_eq!(confirm(apart.as_mut_ptr(), apart.len()), CERTBOUND_OK);
    check_claims(&accepted);
    // Nor is an output.
    // SAFETY: as above.
    let status = unsafe { certbound_accepted_has_scope(&raw const *accepted, c"read".as_ptr(), 4, start.cast()) };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    check_claims(&accepted);
}

#[test]
fn a_cache_returns_the_response_to_its_token_until_it_is_too_old() {
    let memory = verifier_memory(JWKS);
    let mut place = vec![MaybeUninit::<u64>::uninit(); certbound_introspection_cache_size(8, 512).div_ceil(8)];
    let cache = empty(&mut place, 512).unwrap();
    assert_eq!(get(cache, TOKEN, NOW, 60), Ok(None));
    let text = response(r#""exp": 1900000010, "#);
    let put = |token: &str| {
        judge(memory.as_ptr().cast(), None, &text, &server_a(), |accepted| {
            // SAFETY: the cache, the text and the accepted token are valid.
            unsafe { certbound_introspection_cache_put(cache, token.as_ptr().cast(), token.len(), accepted, NOW, 60) }
        })
    };
    assert_eq!(put(TOKEN), Ok(CERTBOUND_OK));
    assert_eq!(get(cache, TOKEN, NOW, 60), Ok(Some(text.clone())));
    assert_eq!(get(cache, TOKEN, NOW, 0), Ok(None));
    assert_eq!(get(cache, TOKEN, NOW + 9, 60), Ok(Some(text.clone())));
    assert_eq!(get(cache, TOKEN, NOW + 10, 60), Ok(None));
    assert_eq!(get(cache, "another", NOW, 60), Ok(None));
    for number in 0..20 {
        let token = format!("token {number}");
        assert_eq!(put(&token), Ok(CERTBOUND_OK));
        assert_eq!(get(cache, &token, NOW, 60), Ok(Some(text.clone())));
    }

    // The accepted token must be that of a response.
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let accepted = verify(&memory, token(), Some(&server_a()), &mut scratch).unwrap();
    // SAFETY: all pointers are valid.
    let status = unsafe {
        certbound_introspection_cache_put(cache, TOKEN.as_ptr().cast(), TOKEN.len(), &raw const *accepted, NOW, 60)
    };
    assert_eq!(status, CERTBOUND_VALUE_UNKNOWN);
}

#[test]
fn invalid_or_overlapping_caches_are_rejected() {
    assert_eq!(certbound_introspection_cache_size(usize::MAX, 1), 0);
    assert_eq!(certbound_introspection_cache_size(1, usize::MAX), 0);
    let mut place = vec![MaybeUninit::<u64>::uninit(); certbound_introspection_cache_size(2, 64).div_ceil(8)];
    assert_eq!(empty(&mut place[..1], 64), Err(CERTBOUND_OUTPUT_TOO_SMALL));
    assert_eq!(empty(&mut place, usize::MAX), Err(CERTBOUND_LENGTH_OUT_OF_RANGE));
    let (start, len) = (place.as_mut_ptr().cast::<c_void>(), place.len() * 8);
    let mut cache = null_mut();
    // SAFETY: the memory and the output are valid.
    unsafe {
        let status = certbound_introspection_cache_init(start.byte_add(4), len - 4, 64, &raw mut cache);
        assert_eq!(status, CERTBOUND_MISALIGNED_ARGUMENT);
        assert_eq!(certbound_introspection_cache_init(null_mut(), len, 64, &raw mut cache), CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_introspection_cache_init(start, len, 64, null_mut()), CERTBOUND_NULL_ARGUMENT);
    }
    assert!(cache.is_null());
    assert_eq!(get(null_mut(), TOKEN, NOW, 60), Err(CERTBOUND_NULL_ARGUMENT));
    let mut zeroed = [0_u64; 16];
    assert_eq!(get(zeroed.as_mut_ptr().cast(), TOKEN, NOW, 60), Err(CERTBOUND_NOT_INITIALISED));

    // The token lies in the cache, at its last byte.
    let cache = empty(&mut place, 64).unwrap();
    let mut text = filled::<certbound_text>();
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = unsafe {
        let last = cache.cast::<u8>().add(certbound_introspection_cache_size(2, 64) - 1).cast();
        certbound_introspection_cache_get(cache, last, 1, NOW, 60, text.as_mut_ptr())
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert!(is_as_filled(&text));
}

fn empty(
    place: &mut [MaybeUninit<u64>],
    response_len: usize,
) -> Result<*mut certbound_introspection_cache, certbound_status> {
    let (mut cache, start) = (null_mut(), place.as_mut_ptr().cast());
    // SAFETY: the memory and the output are valid.
    let status = unsafe { certbound_introspection_cache_init(start, place.len() * 8, response_len, &raw mut cache) };
    if status == CERTBOUND_OK { Ok(cache) } else { Err(status) }
}

fn get(
    cache: *mut certbound_introspection_cache,
    token: &str,
    now: u64,
    seconds: u64,
) -> Result<Option<String>, certbound_status> {
    let mut text = filled::<certbound_text>();
    let (start, len) = (token.as_ptr().cast(), token.len());
    // SAFETY: all pointers are valid, or the entry detects that they are not.
    let status = unsafe { certbound_introspection_cache_get(cache, start, len, now, seconds, text.as_mut_ptr()) };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&text));
        return Err(status);
    }
    // SAFETY: the call succeeded, so the output was written.
    let text = unsafe { text.assume_init() };
    Ok((!text.data.is_null()).then(|| read(*text)))
}
