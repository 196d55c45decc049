//! Invalid pointers and lengths, which the entries reject before they read or write anything.

use std::{
    ffi::{c_char, c_void},
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

#[test]
fn memory_to_be_written_overlaps_nothing() {
    let verifier = verifier_memory(JWKS);
    let mut memory = vec![0x55_u64; 2 * CERTBOUND_SCRATCH_LEN / 8];
    let start: *mut u8 = memory.as_mut_ptr().cast();
    let half = CERTBOUND_SCRATCH_LEN;
    let call = |token: usize, sha256: usize, scratch: usize, accepted: usize| {
        // SAFETY: the memory has enough room at every offset.
        unsafe {
            certbound_verify(
                verifier.as_ptr().cast(),
                start.add(token).cast(),
                100,
                start.add(sha256),
                NOW,
                start.add(scratch).cast(),
                half / 2,
                start.add(accepted).cast(),
            )
        }
    };
    assert_eq!(call(half, half + 100, 0, half + 136), CERTBOUND_TOKEN_NOT_COMPACT);
    assert_eq!(call(half / 2 - 1, half + 100, 0, half + 136), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half / 2 - 31, 0, half + 136), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half + 128), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half / 2 - 8), CERTBOUND_OVERLAPPING_ARGUMENTS);
    assert_eq!(call(half, half + 100, 0, half + 140), CERTBOUND_MISALIGNED_ARGUMENT);
    // Inputs may overlap.
    assert_eq!(call(half, half, 0, half + 136), CERTBOUND_TOKEN_NOT_COMPACT);

    // SAFETY: the scratch memory overlaps the verifier, which the entry must detect before it writes.
    let status = unsafe {
        let inside = verifier.as_ptr().cast::<u8>().add(verifier.len() * 8 - 1).cast_mut();
        certbound_verify(
            verifier.as_ptr().cast(),
            start.cast(),
            100,
            null(),
            NOW,
            inside.cast(),
            1,
            start.add(half).cast(),
        )
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
}

#[test]
fn lengths_and_nulls_are_checked_before_anything_is_read() {
    let verifier = verifier_memory(JWKS);
    let verifier = verifier.as_ptr().cast::<certbound_verifier>();
    let mut accepted = filled::<certbound_accepted>();
    let mut scratch = [0_u8; 64];
    let (here, dangling) = (scratch.as_mut_ptr().cast::<c_void>(), std::ptr::dangling::<c_char>());
    let output = accepted.as_mut_ptr();
    // SAFETY: each pointer is valid, null, or has a length that the entry rejects.
    unsafe {
        let no_verifier = certbound_verify(null(), dangling, 0, null(), NOW, here, 64, output);
        assert_eq!(no_verifier, CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 1, null(), NOW, here, 64, output), CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, here, 64, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, dangling, 0, null(), NOW, here, 64, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, null_mut(), 64, output), CERTBOUND_NULL_ARGUMENT);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, null_mut(), 0, output), CERTBOUND_TOKEN_MISSING);
        assert_eq!(certbound_verify(verifier, null(), 0, null(), NOW, here, 64, null_mut()), CERTBOUND_NULL_ARGUMENT);
        for len in [usize::MAX, isize::MAX.unsigned_abs() + 1] {
            let status = certbound_verify(verifier, dangling, len, null(), NOW, here, 64, output);
            assert_eq!(status, CERTBOUND_LENGTH_OUT_OF_RANGE);
            let status = certbound_verify(verifier, null(), 0, null(), NOW, here, len, output);
            assert_eq!(status, CERTBOUND_LENGTH_OUT_OF_RANGE);
        }
        let misaligned = verifier.cast::<u8>().add(1).cast();
        let status = certbound_verify(misaligned, null(), 0, null(), NOW, here, 64, output);
        assert_eq!(status, CERTBOUND_MISALIGNED_ARGUMENT);
    }
    assert!(is_as_filled(&accepted));
}

#[test]
fn a_policy_is_read_within_its_size() {
    let audiences = [text("https://api.example")];
    let good = policy(&audiences);
    let size_of = |policy: &certbound_policy| {
        let mut size = usize::MAX;
        // SAFETY: the policy and its texts are valid.
        (unsafe { certbound_verifier_size(policy, 1, &raw mut size) }, size)
    };
    let (status, size) = size_of(&good);
    assert_eq!((status, size % CERTBOUND_ALIGNMENT), (CERTBOUND_OK, 0));

    // The policy of an older header is shorter: only `size` may be read.
    let shorter = Box::new(size_of_val(&good) - 8);
    let mut size = usize::MAX;
    // SAFETY: the memory contains only the first member, which states its size.
    let status = unsafe { certbound_verifier_size((&raw const *shorter).cast(), 1, &raw mut size) };
    assert_eq!((status, size), (CERTBOUND_POLICY_SIZE_UNKNOWN, usize::MAX));

    let long = "a".repeat(CERTBOUND_POLICY_TEXT_LEN + 1);
    let many = [text("a"); CERTBOUND_POLICY_TEXTS + 1];
    let nowhere = [certbound_text { data: null(), len: 1 }];
    let not_utf8 = certbound_text { data: [0xff_u8].as_ptr().cast(), len: 1 };
    type Change<'texts> = &'texts dyn Fn(&mut certbound_policy);
    let changes: [(certbound_status, Change<'_>); 13] = [
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.binding = 2),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.token_type = 3),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.tables = 5),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.algorithms = 0x400),
        (CERTBOUND_VALUE_UNKNOWN, &|policy| policy.algorithms = u32::MAX),
        (CERTBOUND_TEXT_NOT_UTF8, &|policy| policy.issuer = not_utf8),
        (CERTBOUND_NULL_ARGUMENT, &|policy| policy.audiences = null()),
        (CERTBOUND_NULL_ARGUMENT, &|policy| policy.audiences = nowhere.as_ptr()),
        (CERTBOUND_MISALIGNED_ARGUMENT, &|policy| {
            policy.audiences = policy.audiences.cast::<u8>().wrapping_add(1).cast()
        }),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.issuer = text(&long)),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.issuer.len = usize::MAX),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| policy.required_scopes_len = usize::MAX),
        (CERTBOUND_POLICY_TOO_LARGE, &|policy| {
            (policy.required_scopes, policy.required_scopes_len) = (many.as_ptr(), many.len());
        }),
    ];
    for (expected, change) in changes {
        let mut policy = good;
        change(&mut policy);
        assert_eq!(size_of(&policy), (expected, usize::MAX));
    }
    let mut size = usize::MAX;
    // SAFETY: the policy is valid.
    let status = unsafe { certbound_verifier_size(&raw const good, usize::MAX, &raw mut size) };
    assert_eq!((status, size), (CERTBOUND_LENGTH_OUT_OF_RANGE, usize::MAX));

    // The maximum number of texts of the maximum length.
    let (long, many) = (&long[1..], [text(&long[1..]); CERTBOUND_POLICY_TEXTS]);
    let mut policy = policy(&many);
    (policy.issuer, policy.required_scopes, policy.required_scopes_len) = (text(long), many.as_ptr(), many.len());
    assert_eq!(size_of(&policy).0, CERTBOUND_OK);
}
