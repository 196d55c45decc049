//! A response judged and cached through the C ABI has the verdict of the Rust API, from the cache too; an accepted one is
//! active and bound to the client's certificate, as read by serde_json.
//!
//! The first line of the input has three bytes: the number of issuers, the seconds for which a response is cached, and the
//! bytes of scratch memory that are missing. The rest is the response.
#![no_main]

use std::ptr::{null, null_mut};

use certbound::{Error, Introspection, KeySet, Policy, TrustedIssuer, Verifier, introspection_scratch_len};
use certbound_ffi::{certbound_status::*, *};
use certbound_fuzz::{AUDIENCE, ISSUER, NOW, client, is_bound_to_client, oracle};

const OTHER: &str = "https://as2.example";
const TOKEN: &str = "opaque";
const NO_KEYS: &str = r#"{"keys":[]}"#;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let (numbers, response) = input.split_at(input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len()));
    let response = response.get(1..).unwrap_or_default();
    let number = |index: usize| numbers.get(index).copied().map_or(0, usize::from);
    let (issuers_len, seconds) = (number(0) % 3, number(1) as u64);
    let scratch_len = introspection_scratch_len(response.len()).saturating_sub(number(2));

    let mut keys_memory = vec![0_u64; 512];
    let mut keys = null();
    let status = unsafe {
        let (jwks, none) = (NO_KEYS.as_ptr().cast(), CERTBOUND_TABLES_NONE);
        certbound_keys_init(
            keys_memory.as_mut_ptr().cast(),
            4096,
            jwks,
            NO_KEYS.len(),
            none,
            None,
            null_mut(),
            &raw mut keys,
        )
    };
    assert_eq!(status, CERTBOUND_OK);
    let issuers = [ISSUER, OTHER].map(|name| certbound_issuer { name: text(name), keys });
    let audience = text(AUDIENCE);
    let policy = certbound_policy {
        size: size_of::<certbound_policy>(),
        issuer: text(""),
        audiences: &raw const audience,
        audiences_len: 1,
        required_scopes: null(),
        required_scopes_len: 0,
        leeway_seconds: 0,
        algorithms: 0,
        binding: CERTBOUND_BINDING_REQUIRED,
        token_type: CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN,
        tables: CERTBOUND_TABLES_NONE,
    };
    let (mut memory, mut verifier) = (vec![0_u64; 512], null());
    let status = unsafe {
        let (start, list) = (memory.as_mut_ptr().cast(), issuers.as_ptr());
        certbound_verifier_init_with_issuers(start, 4096, &raw const policy, list, issuers_len, &raw mut verifier)
    };
    assert_eq!(status, CERTBOUND_OK);

    let rust_keys = KeySet::<1>::from_jwks(NO_KEYS.as_bytes()).unwrap();
    let trusted = [ISSUER, OTHER].map(|name| TrustedIssuer::new(name, &rust_keys));
    let rust_verifier = Verifier::for_issuers(Policy::for_audiences(&[AUDIENCE]), &trusted[..issuers_len]);
    let mut rust_scratch = vec![0; scratch_len];
    let verdict = Introspection::verify_with(&rust_verifier, response, Some(&client()), NOW, &mut rust_scratch);

    let mut scratch = vec![0xa5; scratch_len];
    let mut accepted = judge(verifier, response, &mut scratch);
    assert_eq!(accepted.as_ref().err().copied(), verdict.as_ref().err().map(|error| (*error).into()));
    let Ok(token) = &mut accepted else { return };
    let verdict = verdict.unwrap();
    assert_eq!(claims(token), verdict.as_json());
    if let Some(claims) = oracle(response) {
        assert_eq!(claims["active"], true);
        assert!(is_bound_to_client(&claims));
        assert!(issuers_len == 1 || claims.get("iss").is_some());
    }

    // What the cache returns has the same verdict.
    let mut cache_memory = vec![0_u64; certbound_introspection_cache_size(4, 256).div_ceil(8)];
    let mut cache = null_mut();
    let status = unsafe {
        let (start, len) = (cache_memory.as_mut_ptr().cast(), cache_memory.len() * 8);
        certbound_introspection_cache_init(start, len, 256, &raw mut cache)
    };
    assert_eq!(status, CERTBOUND_OK);
    let (start, now) = (TOKEN.as_ptr().cast(), NOW.seconds());
    let mut found = certbound_text { data: null(), len: 0 };
    unsafe {
        let status = certbound_introspection_cache_put(cache, start, TOKEN.len(), &raw const **token, now, seconds);
        assert_eq!(status, CERTBOUND_OK);
        let status = certbound_introspection_cache_get(cache, start, TOKEN.len(), now, seconds, &raw mut found);
        assert_eq!(status, CERTBOUND_OK);
    }
    // A response that is too long for the cache is not stored.
    assert_eq!(!found.data.is_null(), seconds > 0 && verdict.as_json().len() <= 256);
    if !found.data.is_null() {
        let cached = unsafe { std::slice::from_raw_parts(found.data.cast::<u8>(), found.len) };
        let mut scratch = vec![0; introspection_scratch_len(cached.len())];
        let again = judge(verifier, cached, &mut scratch).unwrap();
        assert_eq!(claims(&again), verdict.as_json());
    }

    // Without the certificate it confirms nothing.
    let confirmed =
        Introspection::confirm(&rust_verifier, Some("https://as3.example"), response, None, NOW, &mut rust_scratch);
    assert!(confirmed.is_err());
});

fn judge(
    verifier: *const certbound_verifier,
    response: &[u8],
    scratch: &mut [u8],
) -> Result<Box<certbound_accepted>, certbound_status> {
    let mut accepted = Box::<certbound_accepted>::new_uninit();
    let sha256 = *client().as_sha256();
    let (start, len) = (response.as_ptr().cast(), response.len());
    let (memory, memory_len) = (scratch.as_mut_ptr().cast(), scratch.len());
    let output = accepted.as_mut_ptr();
    let status = unsafe {
        output.cast::<u8>().write_bytes(0xa5, size_of::<certbound_accepted>());
        let (sha256, now) = (sha256.as_ptr(), NOW.seconds());
        certbound_introspection_verify_with(verifier, start, len, sha256, now, memory, memory_len, output)
    };
    if status != CERTBOUND_OK {
        let bytes = unsafe { std::slice::from_raw_parts(output.cast::<u8>(), size_of::<certbound_accepted>()) };
        assert!(bytes.iter().all(|byte| *byte == 0xa5));
        assert!(status as u32 >= Error::TokenMissing.code().into(), "{status:?}");
        return Err(status);
    }
    Ok(unsafe { accepted.assume_init() })
}

fn claims(accepted: &certbound_accepted) -> String {
    let mut text = certbound_text { data: null(), len: 0 };
    assert_eq!(unsafe { certbound_accepted_claims(accepted, &raw mut text) }, CERTBOUND_OK);
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast::<u8>(), text.len) };
    str::from_utf8(bytes).unwrap().to_owned()
}

fn text(text: &str) -> certbound_text {
    certbound_text { data: text.as_ptr().cast(), len: text.len() }
}
