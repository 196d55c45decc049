//! All other entries: thumbprints, introspection, clients, key sets, names.

use std::{
    ffi::{CStr, c_void},
    mem::MaybeUninit,
    ptr::{null, null_mut},
};

use certbound_ffi::{certbound_status::*, *};

use crate::support::*;

#[test]
fn thumbprints_have_three_forms() {
    let der = der(SERVER_A);
    let mut hashed = [0; CERTBOUND_SHA256_LEN];
    let mut x5t_s256 = [0x55; CERTBOUND_X5T_S256_LEN + 1];
    let mut json = [0x55; CERTBOUND_CONFIRMATION_LEN + 1];
    // SAFETY: each pointer points to the number of bytes that the entry requires.
    unsafe {
        assert_eq!(certbound_thumbprint_from_der(der.as_ptr(), der.len(), hashed.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), server_a().as_ptr()), CERTBOUND_OK);
        assert_eq!(certbound_thumbprint_x5t_s256(hashed.as_ptr(), x5t_s256.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(CStr::from_ptr(x5t_s256.as_ptr()).to_str().unwrap(), X5T_S256);
        assert_eq!(certbound_confirmation_json(hashed.as_ptr(), json.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(CStr::from_ptr(json.as_ptr()).to_str().unwrap(), format!(r#"{{"x5t#S256":"{X5T_S256}"}}"#));

        let hex: String = hashed.iter().map(|byte| format!("{byte:02X}")).collect();
        let mut read = [0; CERTBOUND_SHA256_LEN];
        assert_eq!(certbound_thumbprint_from_hex(hex.as_ptr().cast(), hex.len(), read.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(read, hashed);
        let status = certbound_thumbprint_from_hex(hex.as_ptr().cast(), 63, read.as_mut_ptr());
        assert_eq!(status, CERTBOUND_THUMBPRINT_HEX_MALFORMED);
        let status = certbound_thumbprint_from_der(der.as_ptr(), der.len() - 1, read.as_mut_ptr());
        assert_eq!((status, read), (CERTBOUND_DER_MALFORMED, hashed));

        read[31] ^= 1;
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), read.as_ptr()), CERTBOUND_CERTIFICATE_MISMATCH);
        assert_eq!(certbound_thumbprint_compare(hashed.as_ptr(), null()), CERTBOUND_NULL_ARGUMENT);
        // The output overlaps the input.
        let both = x5t_s256.as_mut_ptr();
        assert_eq!(certbound_thumbprint_x5t_s256(both.cast(), both), CERTBOUND_OVERLAPPING_ARGUMENTS);
    }
}

#[test]
fn a_forwarded_certificate_is_read() {
    let pem = SERVER_A.replace('\n', " ");
    let read = |format: &str, value: &str, scratch_len: usize| {
        let (mut number, mut sha256) = (0, [0x55; CERTBOUND_SHA256_LEN]);
        // SAFETY: all pointers are valid.
        let status = unsafe { certbound_forwarded_from_name(format.as_ptr().cast(), format.len(), &raw mut number) };
        if status != CERTBOUND_OK {
            assert_eq!(number, 0);
            return Err(status);
        }
        let mut scratch = vec![MaybeUninit::<u8>::uninit(); scratch_len];
        let (start, scratch_start) = (value.as_ptr().cast(), scratch.as_mut_ptr().cast());
        // SAFETY: all pointers are valid.
        let status = unsafe {
            let output = sha256.as_mut_ptr();
            certbound_thumbprint_from_forwarded(number, start, value.len(), scratch_start, scratch_len, output)
        };
        if status == CERTBOUND_OK {
            return Ok(sha256);
        }
        assert_eq!(sha256, [0x55; CERTBOUND_SHA256_LEN]);
        Err(status)
    };
    let scratch_len = certbound_forwarded_scratch_len(pem.len());
    let hash: String = server_a().iter().map(|byte| format!("{byte:02x}")).collect();
    let base64: String = SERVER_A.lines().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(read("pem", &pem, scratch_len), Ok(server_a()));
    assert_eq!(read("xfcc", &format!("Hash={hash}"), 0), Ok(server_a()));
    assert_eq!(read("xfcc", &format!("Hash={hash};Cert=\"{pem}\""), scratch_len), Ok(server_a()));
    assert_eq!(read("base64", &base64, scratch_len), Ok(server_a()));
    assert_eq!(read("rfc9440", &format!(":{base64}:"), scratch_len), Ok(server_a()));

    assert_eq!(read("pem", &pem, scratch_len - 1), Err(CERTBOUND_SCRATCH_TOO_SMALL));
    assert_eq!(read("pem", "", 0), Err(CERTBOUND_FORWARDED_MISSING));
    assert_eq!(read("rfc9440", &base64, scratch_len), Err(CERTBOUND_FORWARDED_RFC9440_MALFORMED));
    assert_eq!(read("xfcc", &format!("Hash={hash},Hash={hash}"), 0), Err(CERTBOUND_FORWARDED_AMBIGUOUS));
    for unknown in ["", "PEM", "der", "\0pem"] {
        assert_eq!(read(unknown, &pem, scratch_len), Err(CERTBOUND_VALUE_UNKNOWN));
    }
}

#[test]
fn an_introspection_response_is_verified() {
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(INTROSPECTION.len())];
    let mut accepted = filled::<certbound_accepted>();
    let mut judge = |binding, certificate: *const u8, accepted: *mut certbound_accepted| {
        let (response, len) = (INTROSPECTION.as_ptr().cast(), INTROSPECTION.len());
        // SAFETY: all pointers are valid; `certificate` is null or points to 32 bytes.
        unsafe {
            let scratch = (scratch.as_mut_ptr().cast(), scratch.len());
            certbound_introspection_verify(response, len, binding, certificate, scratch.0, scratch.1, accepted)
        }
    };
    let required = CERTBOUND_BINDING_REQUIRED;
    assert_eq!(judge(required, [0; 32].as_ptr(), accepted.as_mut_ptr()), CERTBOUND_CERTIFICATE_MISMATCH);
    assert_eq!(judge(CERTBOUND_BINDING_IF_PRESENT, null(), accepted.as_mut_ptr()), CERTBOUND_CERTIFICATE_MISSING);
    assert_eq!(judge(2, server_a().as_ptr(), accepted.as_mut_ptr()), CERTBOUND_VALUE_UNKNOWN);
    assert!(is_as_filled(&accepted));
    assert_eq!(judge(required, server_a().as_ptr(), accepted.as_mut_ptr()), CERTBOUND_OK);
    // SAFETY: the token was accepted, so the output was written.
    let accepted = unsafe { accepted.assume_init_ref() };
    assert_eq!(claim(accepted, "client_id"), Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned())));
    assert_eq!(claim(accepted, "active"), Ok((CERTBOUND_CLAIM_BOOLEAN, "true".to_owned())));
    let mut expires_at = 0;
    // SAFETY: the accepted token and the output are valid.
    let status = unsafe { certbound_accepted_expires_at(accepted, &raw mut expires_at) };
    assert_eq!(status, CERTBOUND_CLAIM_MISSING);
}

#[test]
fn an_introspection_response_is_verified_by_a_policy() {
    let judge = |further: &str, change: fn(&mut certbound_policy), now| {
        let response = INTROSPECTION.trim_end().replacen('{', &format!("{{{further}"), 1);
        let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_introspection_scratch_len(response.len())];
        let mut accepted = filled::<certbound_accepted>();
        let status = with_usual_policy(|policy| {
            // SAFETY: the policy and its texts are valid.
            let mut policy = unsafe { *policy };
            change(&mut policy);
            let (start, len, sha256) = (response.as_ptr().cast(), response.len(), server_a());
            let (memory, output) = ((scratch.as_mut_ptr().cast(), scratch.len()), accepted.as_mut_ptr());
            // SAFETY: all pointers are valid.
            unsafe {
                let (policy, sha256) = (&raw const policy, sha256.as_ptr());
                certbound_introspection_verify_against(policy, start, len, sha256, now, memory.0, memory.1, output)
            }
        });
        if status != CERTBOUND_OK {
            assert!(is_as_filled(&accepted));
            return Err(status);
        }
        let mut expires_at = 0;
        // SAFETY: the token was accepted, so `accepted` was written; the output is valid.
        let status = unsafe { certbound_accepted_expires_at(accepted.as_ptr(), &raw mut expires_at) };
        Ok((status == CERTBOUND_OK).then_some(expires_at))
    };
    assert_eq!(judge("", |_| {}, NOW), Ok(None));
    assert_eq!(judge(r#""exp": 1900000001, "#, |_| {}, NOW), Ok(Some(NOW + 1)));
    assert_eq!(judge(r#""exp": 1900000001, "#, |_| {}, NOW + 1), Err(CERTBOUND_TOKEN_EXPIRED));
    assert_eq!(judge(r#""iss": "https://other.example", "#, |_| {}, NOW), Err(CERTBOUND_ISSUER_MISMATCH));
    assert_eq!(judge(r#""aud": "https://other.example", "#, |_| {}, NOW), Err(CERTBOUND_AUDIENCE_MISMATCH));
    let nameless: fn(&mut certbound_policy) = |policy| (policy.issuer.len, policy.audiences_len) = (0, 0);
    assert_eq!(judge(r#""iss": "https://other.example", "aud": 7, "#, nameless, NOW), Ok(None));
    assert_eq!(judge("", |policy| policy.leeway_seconds = 601, NOW), Err(CERTBOUND_LEEWAY_TOO_LONG));
    assert_eq!(judge("", |policy| policy.binding = 2, NOW), Err(CERTBOUND_VALUE_UNKNOWN));
}

#[test]
fn a_client_is_authenticated() {
    let der = der(SERVER_A);
    let mut scratch = vec![MaybeUninit::<u8>::uninit(); certbound_client_metadata_scratch_len(CLIENT.len())];
    let mut client_id = filled::<certbound_text>();
    let mut authenticate = |chain, output: *mut certbound_text| {
        // SAFETY: all pointers are valid.
        unsafe {
            let (metadata, scratch_start) = (CLIENT.as_ptr().cast(), scratch.as_mut_ptr().cast());
            let der = (der.as_ptr(), der.len());
            certbound_client_authenticate(
                metadata,
                CLIENT.len(),
                der.0,
                der.1,
                chain,
                scratch_start,
                scratch.len(),
                output,
            )
        }
    };
    assert_eq!(authenticate(CERTBOUND_CHAIN_UNVALIDATED, client_id.as_mut_ptr()), CERTBOUND_CHAIN_NOT_VALIDATED);
    assert_eq!(authenticate(2, client_id.as_mut_ptr()), CERTBOUND_VALUE_UNKNOWN);
    assert!(is_as_filled(&client_id));
    assert_eq!(authenticate(CERTBOUND_CHAIN_VALIDATED, client_id.as_mut_ptr()), CERTBOUND_OK);
    // SAFETY: the client was authenticated, so the output was written.
    assert_eq!(read(*unsafe { client_id.assume_init() }), "server-a");
}

#[test]
fn a_key_set_is_counted() {
    unsafe extern "C" fn passed_over(context: *mut c_void, index: usize, kid: certbound_text, reason: u32) {
        // SAFETY: the context is the list that is passed below.
        unsafe { &mut *context.cast::<Vec<_>>() }.push((index, read(kid), reason));
    }
    let mut seen = Vec::<(usize, String, u32)>::new();
    let mut usable = usize::MAX;
    // SAFETY: all pointers are valid, and the callback accepts the context.
    unsafe {
        let (jwks, len, context) = (JWKS.as_ptr().cast(), JWKS.len(), (&raw mut seen).cast());
        assert_eq!(certbound_jwks_count(jwks, len, Some(passed_over), context, &raw mut usable), CERTBOUND_OK);
        assert_eq!(usable, 1);
        assert_eq!(certbound_jwks_count(jwks, len, None, null_mut(), &raw mut usable), CERTBOUND_OK);
        let (jwks, mut usable) = (r#"{"keys":[1]}"#, usize::MAX);
        let status =
            certbound_jwks_count(jwks.as_ptr().cast(), jwks.len(), Some(passed_over), context, &raw mut usable);
        assert_eq!((status, usable), (CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY, usize::MAX));
    }
    let unsupported = (1, "legacy".to_owned(), CERTBOUND_KEY_TYPE_UNSUPPORTED as u32);
    assert_eq!(seen, [unsupported, (0, String::new(), CERTBOUND_KEY_NOT_OBJECT as u32)]);
}

#[test]
fn algorithms_have_names() {
    let bit = |name: &str| {
        let mut bit = 0;
        // SAFETY: the text and the output are valid.
        (unsafe { certbound_algorithm_from_name(name.as_ptr().cast(), name.len(), &raw mut bit) }, bit)
    };
    assert_eq!(bit("ES256"), (CERTBOUND_OK, CERTBOUND_ALGORITHM_ES256));
    assert_eq!(bit("PS512"), (CERTBOUND_OK, CERTBOUND_ALGORITHM_PS512));
    for unsupported in ["", "none", "HS256", "es256"] {
        assert_eq!(bit(unsupported), (CERTBOUND_ALGORITHM_UNSUPPORTED, 0));
    }
}

#[test]
fn the_library_returns_its_version_and_texts() {
    assert_eq!(certbound_abi(), CERTBOUND_ABI);
    assert_eq!(constant(certbound_version()), env!("CARGO_PKG_VERSION"));
    assert_eq!(constant(certbound_status_name(605)), "certificate_mismatch");
    for words in [certbound_status_found, certbound_status_wanted, certbound_status_remedy] {
        for status in [0, 1, 605, u32::MAX] {
            assert!(!constant(words(status)).is_empty());
        }
    }
    assert_eq!(constant(certbound_status_bearer_error(605)), "invalid_token");
    assert!(certbound_status_bearer_error(100).is_null());
    assert_eq!([0, 1, 100, 605].map(|status| certbound_status_http_status(status)), [200, 500, 401, 401]);
}
