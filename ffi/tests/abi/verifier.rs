//! Verifiers, and their verdicts.

use std::{mem::MaybeUninit, ptr::null};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

#[test]
fn a_verifier_may_be_copied_to_other_memory() {
    let verifier = verifier_memory(JWKS);
    let copy = verifier.clone();
    drop(verifier);

    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_scratch_len(token().len())];
    let accepted = verify(&copy, token(), Some(&server_a()), &mut scratch).unwrap();
    // The structure may be copied.
    let accepted = Box::new(*accepted);
    check_claims(&accepted);
}

#[test]
fn a_verdict_on_a_certificate_is_that_on_its_thumbprint() {
    let verifier = verifier_memory(JWKS);
    let der = der(SERVER_A);
    let mut scratch = vec![0_u8; CERTBOUND_SCRATCH_LEN];
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are valid.
    let status = unsafe {
        certbound_verify_der(
            verifier.as_ptr().cast(),
            token().as_ptr().cast(),
            token().len(),
            der.as_ptr(),
            der.len(),
            NOW,
            scratch.as_mut_ptr().cast(),
            scratch.len(),
            accepted.as_mut_ptr(),
        )
    };
    assert_eq!(status, CERTBOUND_OK);
    // SAFETY: the token was accepted, so the output was written.
    check_claims(unsafe { accepted.assume_init_ref() });
}

#[test]
fn a_rejection_leaves_the_output_as_it_was() {
    let verifier = verifier_memory(JWKS);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); CERTBOUND_SCRATCH_LEN];
    let stolen = verify(&verifier, token(), Some(&[0; 32]), &mut scratch);
    assert_eq!(stolen.err(), Some(CERTBOUND_CERTIFICATE_MISMATCH));
    for (token, expected) in [
        ("", CERTBOUND_TOKEN_MISSING),
        ("opaque", CERTBOUND_TOKEN_NOT_COMPACT),
        ("e30.e30.", CERTBOUND_ALGORITHM_MISSING),
    ] {
        assert_eq!(verify(&verifier, token, Some(&server_a()), &mut scratch).err(), Some(expected));
    }
    assert_eq!(verify(&verifier, token(), None, &mut []).err(), Some(CERTBOUND_SCRATCH_TOO_SMALL));
}

#[test]
fn invalid_verifiers_are_rejected() {
    let len = verifier_memory(JWKS).len();
    let mut scratch = [MaybeUninit::<u8>::uninit(); 64];
    for byte in [0, 0xff, 0xa5] {
        let memory = vec![u64::from_ne_bytes([byte; 8]); len];
        assert_eq!(verify(&memory, token(), None, &mut scratch).err(), Some(CERTBOUND_NOT_INITIALISED));
    }
    // A failed initialisation leaves no earlier verifier in the memory.
    let mut memory = verifier_memory(JWKS);
    assert_eq!(init(&mut memory, "[]").err(), Some(CERTBOUND_KEY_SET_NOT_OBJECT));
    assert_eq!(verify(&memory, token(), None, &mut scratch).err(), Some(CERTBOUND_NOT_INITIALISED));

    let accepted = [0_u64; 16];
    let mut json = filled::<certbound_text>();
    // SAFETY: both have the required size and alignment.
    let status = unsafe { certbound_accepted_claims(accepted.as_ptr().cast(), json.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_NOT_INITIALISED);
    assert!(is_as_filled(&json));
}

#[test]
fn a_verifier_uses_only_the_memory_it_is_given() {
    let len = verifier_memory(JWKS).len() * 8;
    let mut memory = vec![MaybeUninit::<u64>::uninit(); len / 8 + 1];
    let start = memory.as_mut_ptr().cast::<u8>();
    let init = |offset: usize, len: usize| {
        let mut verifier = null();
        // SAFETY: the memory has room for this length after every offset below.
        let status = with_usual_policy(|policy| unsafe {
            let memory = start.add(offset).cast();
            certbound_verifier_init(memory, len, policy, JWKS.as_ptr().cast(), JWKS.len(), &raw mut verifier)
        });
        assert_eq!(verifier.is_null(), status != CERTBOUND_OK);
        status
    };
    assert_eq!(init(0, len), CERTBOUND_OK);
    assert_eq!(init(8, len), CERTBOUND_OK);
    assert_eq!(init(1, len), CERTBOUND_MISALIGNED_ARGUMENT);
    assert_eq!(init(0, len - 1), CERTBOUND_KEY_SET_FULL);
    for len in [0, 1, 8, size_of::<certbound_verifier>() - 1, size_of::<certbound_verifier>()] {
        assert_eq!(init(0, len), CERTBOUND_OUTPUT_TOO_SMALL);
    }
}
