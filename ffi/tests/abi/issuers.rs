//! Verifiers that trust several issuers.

use std::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

use crate::{
    keys::{keys, keys_at, memory_for},
    support::*,
};

const ISSUER: &str = "https://as.example";
const OTHER: &str = "https://as2.example";
const OTHER_JWKS: &str =
    r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

#[test]
#[cfg_attr(miri, ignore = "slow, and the other tests read and write the same memory")]
fn a_token_is_accepted_only_from_the_issuer_of_its_key() {
    let (mut memory, mut other_memory) = (memory_for(JWKS), memory_for(OTHER_JWKS));
    let own = keys(&mut memory, JWKS, TABLES).unwrap();
    let others = keys(&mut other_memory, OTHER_JWKS, TABLES).unwrap();
    assert_eq!(verdict(&[(ISSUER, own), (OTHER, others)]), CERTBOUND_OK);
    assert_eq!(verdict(&[(OTHER, others), (ISSUER, own)]), CERTBOUND_OK);
    assert_eq!(verdict(&[(ISSUER, others), (OTHER, own)]), CERTBOUND_ISSUER_MISMATCH);
    assert_eq!(verdict(&[(OTHER, own), (ISSUER, own)]), CERTBOUND_OK);
    assert_eq!(verdict(&[("", own), (OTHER, others)]), CERTBOUND_ISSUER_MISMATCH);
    assert_eq!(verdict(&[]), CERTBOUND_KEYS_WITHDRAWN);
}

#[test]
#[cfg_attr(miri, ignore = "slow, and the other tests read and write the same memory")]
fn withdrawn_keys_of_one_issuer_do_not_affect_another() {
    let empty = r#"{"keys": []}"#;
    let (mut memory, mut withdrawn_memory) = (memory_for(JWKS), memory_for(empty));
    let own = keys(&mut memory, JWKS, CERTBOUND_TABLES_NONE).unwrap();
    let withdrawn = keys(&mut withdrawn_memory, empty, CERTBOUND_TABLES_NONE).unwrap();
    assert_eq!(verdict(&[(OTHER, withdrawn), (ISSUER, own)]), CERTBOUND_OK);
    assert_eq!(verdict(&[(ISSUER, withdrawn), (OTHER, own)]), CERTBOUND_ISSUER_MISMATCH);
    assert_eq!(verdict(&[(ISSUER, withdrawn), (OTHER, withdrawn)]), CERTBOUND_KEYS_WITHDRAWN);
}

#[test]
#[cfg_attr(miri, ignore = "slow, and the other tests read and write the same memory")]
fn an_issuer_of_the_policy_restricts_the_list() {
    let mut memory = memory_for(JWKS);
    let own = keys(&mut memory, JWKS, CERTBOUND_TABLES_NONE).unwrap();
    let verdict = |name: &'static str| {
        let mut memory = Vec::new();
        let verifier = verifier(&mut memory, &[(ISSUER, own), (OTHER, own)], |policy| policy.issuer = text(name));
        verify_by(verifier.unwrap(), token(), Some(&server_a()), &mut scratch()).map(|_| ()).err()
    };
    assert_eq!(verdict(ISSUER), None);
    assert_eq!(verdict(OTHER), Some(CERTBOUND_ISSUER_MISMATCH));
}

#[test]
fn a_verifier_may_be_moved_and_its_keys_may_not() {
    let mut memory = memory_for(JWKS);
    let own = keys(&mut memory, JWKS, TABLES).unwrap();
    let mut first = Vec::new();
    verifier(&mut first, &[(OTHER, own), (ISSUER, own)], |_| {}).unwrap();
    let moved = first.clone();
    drop(first);
    check_claims(&verify_by(moved.as_ptr().cast(), token(), Some(&server_a()), &mut scratch()).unwrap());
}

#[test]
fn a_cache_is_emptied_if_the_list_or_its_keys_change() {
    let (mut memory, mut other_memory) = (memory_for(JWKS), memory_for(JWKS));
    let own = keys(&mut memory, JWKS, TABLES).unwrap();
    // The same pointer for both initialisations, as in C.
    let replaced = (other_memory.as_mut_ptr(), other_memory.len());
    let others = keys_at(replaced, JWKS, TABLES).unwrap();
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let one = verifier(&mut one, &[(ISSUER, others)], |_| {}).unwrap();
    let two = verifier(&mut two, &[(OTHER, own)], |_| {}).unwrap();
    let mut slots = vec![MaybeUninit::<u64>::uninit(); certbound_cache_size(4) / 8];
    let mut cache = null_mut();
    // SAFETY: the memory and the output are valid.
    let status = unsafe { certbound_cache_init(slots.as_mut_ptr().cast(), slots.len() * 8, &raw mut cache) };
    assert_eq!(status, CERTBOUND_OK);
    let ask = |verifier| {
        let (mut accepted, mut scratch) = (filled::<certbound_accepted>(), scratch());
        // SAFETY: all pointers are valid.
        unsafe {
            let (token, sha256, output) = (token(), server_a(), accepted.as_mut_ptr());
            let (start, len) = (token.as_ptr().cast(), token.len());
            let memory = (scratch.as_mut_ptr().cast(), scratch.len());
            certbound_verify_cached(verifier, cache, start, len, sha256.as_ptr(), NOW, memory.0, memory.1, output)
        }
    };
    assert_eq!([ask(one), ask(one)], [CERTBOUND_OK; 2]);
    assert_eq!(ask(two), CERTBOUND_ISSUER_MISMATCH);
    assert_eq!([ask(one), ask(one)], [CERTBOUND_OK; 2]);
    keys_at(replaced, &JWKS.replace("\"kid\"", "\"x-kid\""), TABLES).unwrap();
    assert_eq!(ask(one), CERTBOUND_KEY_UNKNOWN);
}

#[test]
#[cfg_attr(miri, ignore = "slow, and the other tests read and write the same memory")]
fn the_number_of_issuers_is_limited() {
    let mut memory = memory_for(JWKS);
    let own = keys(&mut memory, JWKS, CERTBOUND_TABLES_NONE).unwrap();
    let mut list = vec![(OTHER, own); CERTBOUND_ISSUERS - 1];
    list.push((ISSUER, own));
    assert_eq!(verdict(&list), CERTBOUND_OK);
    list.push((ISSUER, own));
    assert_eq!(verifier(&mut Vec::new(), &list, |_| {}), Err(CERTBOUND_POLICY_TOO_LARGE));
}

#[test]
fn invalid_issuers_are_rejected() {
    let mut memory = memory_for(JWKS);
    let own = keys(&mut memory, JWKS, TABLES).unwrap();
    let zeroed = [0_u64; 32];
    let mut place = Vec::new();
    let mut made = |list: &[(&str, *const certbound_keys)]| verifier(&mut place, list, |_| {}).map(|_| ());
    assert_eq!(made(&[(ISSUER, own)]), Ok(()));
    assert_eq!(made(&[(ISSUER, own), (OTHER, null())]), Err(CERTBOUND_NULL_ARGUMENT));
    assert_eq!(made(&[(ISSUER, own), (OTHER, zeroed.as_ptr().cast())]), Err(CERTBOUND_NOT_INITIALISED));
    let long = "x".repeat(CERTBOUND_POLICY_TEXT_LEN + 1);
    assert_eq!(made(&[(&long[1..], own)]), Ok(()));
    assert_eq!(made(&[(&long, own)]), Err(CERTBOUND_POLICY_TOO_LARGE));

    // The verifier overlaps the keys of an issuer, and then the scratch memory does.
    let (start, len) = (memory.as_mut_ptr().cast::<c_void>(), memory.len() * 8);
    let issuer = certbound_issuer { name: text(ISSUER), keys: start.cast() };
    let mut written = null();
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = with_usual_policy(|policy| unsafe {
        let (place, output) = (start.byte_add(len - 512), &raw mut written);
        certbound_verifier_init_with_issuers(place, 512, policy, &raw const issuer, 1, output)
    });
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    let verifier = verifier(&mut place, &[(ISSUER, start.cast())], |_| {}).unwrap();
    let (mut accepted, token) = (filled::<certbound_accepted>(), token());
    // SAFETY: all pointers are valid; the entry must detect the overlap before it writes.
    let status = unsafe {
        let (text, sha256) = (token.as_ptr().cast(), server_a());
        certbound_verify(verifier, text, token.len(), sha256.as_ptr(), NOW, start, 64, accepted.as_mut_ptr())
    };
    assert_eq!(status, CERTBOUND_OVERLAPPING_ARGUMENTS);
    check_claims(&verify_by(verifier, token, Some(&server_a()), &mut scratch()).unwrap());
}

/// The verdict on the token of the quick start, by a verifier that trusts these issuers.
fn verdict(issuers: &[(&str, *const certbound_keys)]) -> certbound_status {
    let mut memory = Vec::new();
    let verifier = verifier(&mut memory, issuers, |_| {}).unwrap();
    match verify_by(verifier, token(), Some(&server_a()), &mut scratch()) {
        Ok(accepted) => {
            check_claims(&accepted);
            CERTBOUND_OK
        }
        Err(status) => status,
    }
}

/// A verifier that trusts these issuers, for the usual policy without an issuer, with a change.
fn verifier(
    memory: &mut Vec<MaybeUninit<u64>>,
    issuers: &[(&str, *const certbound_keys)],
    change: impl FnOnce(&mut certbound_policy),
) -> Result<*const certbound_verifier, certbound_status> {
    let issuers: Vec<_> =
        issuers.iter().map(|(name, keys)| certbound_issuer { name: text(name), keys: *keys }).collect();
    let mut verifier = null();
    let status = with_usual_policy(|policy| {
        // SAFETY: the policy and its texts are valid.
        let mut policy = certbound_policy { issuer: text(""), ..unsafe { *policy } };
        change(&mut policy);
        let (policy, list, mut size) = (&raw const policy, issuers.as_ptr(), 0);
        // SAFETY: the keys are valid, or rejected by their first bytes; all other pointers are valid.
        unsafe {
            let status = certbound_verifier_size_with_issuers(policy, list, issuers.len(), &raw mut size);
            if status != CERTBOUND_OK {
                return status;
            }
            memory.resize(size / 8, MaybeUninit::uninit());
            let start = memory.as_mut_ptr().cast();
            let less =
                certbound_verifier_init_with_issuers(start, size - 8, policy, list, issuers.len(), &raw mut verifier);
            assert_eq!(less, CERTBOUND_OUTPUT_TOO_SMALL);
            certbound_verifier_init_with_issuers(start, size, policy, list, issuers.len(), &raw mut verifier)
        }
    });
    if status == CERTBOUND_OK { Ok(verifier) } else { Err(status) }
}

fn scratch() -> Vec<MaybeUninit<u8>> {
    vec![MaybeUninit::uninit(); CERTBOUND_SCRATCH_LEN]
}
