//! Claims, members of claims and elements of arrays by their paths.

use std::{
    ffi::c_void,
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

/// Calls the function with an accepted token that has these claims.
fn with_claims(claims: &str, then: impl FnOnce(&certbound_accepted)) {
    let response = format!(r#"{{"active": true, {claims}}}"#);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(response.len())];
    let mut accepted = filled::<certbound_accepted>();
    let (start, len) = (response.as_ptr().cast(), response.len());
    // SAFETY: all pointers are valid.
    let status = unsafe {
        let (binding, memory) = (CERTBOUND_BINDING_IF_PRESENT, (scratch.as_mut_ptr().cast(), scratch.len()));
        certbound_introspection_verify(start, len, binding, null(), memory.0, memory.1, accepted.as_mut_ptr())
    };
    assert_eq!(status, CERTBOUND_OK);
    // SAFETY: the response was accepted, so the output was written.
    then(unsafe { accepted.assume_init_ref() });
}

fn claim_at(accepted: &certbound_accepted, path: &[&str]) -> Result<(u32, String), certbound_status> {
    let names: Vec<_> = path.iter().map(|name| text(name)).collect();
    let mut claim = filled::<certbound_claim>();
    // SAFETY: the accepted token, the names and the output are valid.
    let status = unsafe { certbound_accepted_claim_at(accepted, names.as_ptr(), names.len(), claim.as_mut_ptr()) };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&claim));
        return Err(status);
    }
    // SAFETY: the call succeeded, so the output was written.
    let claim = unsafe { claim.assume_init() };
    Ok((claim.kind, read(claim.text)))
}

fn elements_at(accepted: &certbound_accepted, path: &[&str]) -> Result<Vec<(u32, String)>, certbound_status> {
    unsafe extern "C" fn push(context: *mut c_void, element: certbound_claim) {
        // SAFETY: the context is the list below.
        unsafe { &mut *context.cast::<Vec<(u32, String)>>() }.push((element.kind, read(element.text)));
    }
    let names: Vec<_> = path.iter().map(|name| text(name)).collect();
    let mut elements = Vec::new();
    let context = (&raw mut elements).cast();
    // SAFETY: the accepted token and the names are valid, and the callback accepts the list.
    let status = unsafe { certbound_accepted_elements_at(accepted, names.as_ptr(), names.len(), Some(push), context) };
    if status == CERTBOUND_OK { Ok(elements) } else { Err(status) }
}

#[test]
fn a_member_is_found_by_its_path() {
    with_claims(r#""act": {"sub": "\u0061", "org": {"id": 7}}, "flag": false"#, |accepted| {
        assert_eq!(claim_at(accepted, &["act", "sub"]), Ok((CERTBOUND_CLAIM_STRING, "a".to_owned())));
        assert_eq!(claim_at(accepted, &["act", "org", "id"]), Ok((CERTBOUND_CLAIM_NUMBER, "7".to_owned())));
        assert_eq!(claim_at(accepted, &["flag"]), Ok((CERTBOUND_CLAIM_BOOLEAN, "false".to_owned())));
        assert_eq!(claim_at(accepted, &["act"]).unwrap().0, CERTBOUND_CLAIM_OBJECT);
        for path in [&["sub"][..], &["flag", "sub"], &["act", ""], &["a"; CERTBOUND_CLAIM_PATH + 1]] {
            assert_eq!(claim_at(accepted, path), Err(CERTBOUND_CLAIM_MISSING), "{path:?}");
        }
    });
    let deepest = r#""a":{"#.repeat(CERTBOUND_CLAIM_PATH - 1) + r#""a":null"# + &"}".repeat(CERTBOUND_CLAIM_PATH - 1);
    with_claims(&deepest, |accepted| {
        let path = ["a"; CERTBOUND_CLAIM_PATH];
        assert_eq!(claim_at(accepted, &path), Ok((CERTBOUND_CLAIM_NULL, "null".to_owned())));
    });
}

#[test]
fn elements_arrive_in_order() {
    with_claims(r#""realm": {"roles": ["\u0061", 1, true, null, [2], {}], "none": []}, "role": "a""#, |accepted| {
        let elements = elements_at(accepted, &["realm", "roles"]).unwrap();
        let elements: Vec<_> = elements.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        let expected = [
            (CERTBOUND_CLAIM_STRING, "a"),
            (CERTBOUND_CLAIM_NUMBER, "1"),
            (CERTBOUND_CLAIM_BOOLEAN, "true"),
            (CERTBOUND_CLAIM_NULL, "null"),
            (CERTBOUND_CLAIM_ARRAY, "[2]"),
            (CERTBOUND_CLAIM_OBJECT, "{}"),
        ];
        assert_eq!(elements, expected);
        assert_eq!(elements_at(accepted, &["realm", "none"]), Ok(vec![]));
        for path in [&["role"][..], &["realm"], &["absent"]] {
            assert_eq!(elements_at(accepted, path), Err(CERTBOUND_CLAIM_MISSING), "{path:?}");
        }
    });
}

#[test]
fn invalid_paths_are_rejected_before_anything_is_written() {
    unsafe extern "C" fn never(_: *mut c_void, _: certbound_claim) {
        unreachable!()
    }
    with_claims(r#""list": [1]"#, |accepted| {
        let list = [text("list")];
        let mut claim = filled::<certbound_claim>();
        let output = claim.as_mut_ptr();
        let nameless = [certbound_text { data: null(), len: 1 }];
        let inside = [certbound_text { data: output.cast_const().cast(), len: 1 }];
        let not_utf8 = [certbound_text { data: b"\xff".as_ptr().cast(), len: 1 }];
        let mut zeroed = filled::<certbound_accepted>();
        // SAFETY: each pointer is valid, null, or to memory that the entry rejects.
        unsafe {
            zeroed.as_mut_ptr().cast::<u8>().write_bytes(0, size_of::<certbound_accepted>());
            assert_eq!(certbound_accepted_claim_at(null(), list.as_ptr(), 1, output), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(certbound_accepted_claim_at(accepted, null(), 1, output), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(certbound_accepted_claim_at(accepted, list.as_ptr(), 1, null_mut()), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(certbound_accepted_claim_at(accepted, nameless.as_ptr(), 1, output), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(certbound_accepted_claim_at(accepted, not_utf8.as_ptr(), 1, output), CERTBOUND_TEXT_NOT_UTF8);
            let overlapping = certbound_accepted_claim_at(accepted, inside.as_ptr(), 1, output);
            assert_eq!(overlapping, CERTBOUND_OVERLAPPING_ARGUMENTS);
            let unwritten = certbound_accepted_claim_at(zeroed.as_ptr(), list.as_ptr(), 1, output);
            assert_eq!(unwritten, CERTBOUND_NOT_INITIALISED);

            let elements = |accepted, path: *const certbound_text, element| {
                certbound_accepted_elements_at(accepted, path, 1, element, null_mut())
            };
            let never: certbound_element = Some(never);
            assert_eq!(elements(null(), list.as_ptr(), never), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(elements(&raw const *accepted, null(), never), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(elements(accepted, list.as_ptr(), None), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(elements(accepted, nameless.as_ptr(), never), CERTBOUND_NULL_ARGUMENT);
            assert_eq!(elements(accepted, not_utf8.as_ptr(), never), CERTBOUND_TEXT_NOT_UTF8);
            assert_eq!(elements(zeroed.as_ptr(), list.as_ptr(), never), CERTBOUND_NOT_INITIALISED);
        }
        assert!(is_as_filled(&claim));
    });
}
