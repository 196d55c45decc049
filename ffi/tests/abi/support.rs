//! The token of the quick start, a verifier for it, and outputs that detect writes.

use std::{
    ffi::{CStr, c_char},
    mem::MaybeUninit,
    ptr::null,
};

use certbound_ffi::{certbound_status::*, *};

// The token of the quick start is valid until the year 2100, so the tests need not sign, which is slow under Miri.
pub(crate) const JWKS: &str = include_str!("../../../examples/quick_start/jwks.json");
pub(crate) const TOKEN: &str = include_str!("../../../examples/quick_start/token.jwt");
pub(crate) const INTROSPECTION: &str = include_str!("../../../examples/quick_start/introspection.json");
pub(crate) const CLIENT: &str = include_str!("../../../examples/quick_start/client.json");
pub(crate) const SERVER_A: &str = include_str!("../../../examples/quick_start/server-a.pem");
pub(crate) const X5T_S256: &str = "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA";
pub(crate) const NOW: u64 = 1_900_000_000;
/// Tables for tests that work with any. Preparing keys takes minutes in Miri, where other tests do it.
pub(crate) const TABLES: u32 = if cfg!(miri) { CERTBOUND_TABLES_NONE } else { CERTBOUND_TABLES_SMALL };

/// Checks the claims of the accepted token.
pub(crate) fn check_claims(accepted: &certbound_accepted) {
    assert_eq!(claim(accepted, "sub"), Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned())));
    assert_eq!(claim(accepted, "exp"), Ok((CERTBOUND_CLAIM_NUMBER, "4102444800".to_owned())));
    assert_eq!(claim(accepted, "cnf").unwrap().0, CERTBOUND_CLAIM_OBJECT);
    assert_eq!(claim(accepted, "absent"), Err(CERTBOUND_CLAIM_MISSING));
    let mut json = filled::<certbound_text>();
    let (mut has, mut has_not, mut expires_at, mut bound) = (false, true, 0, [0; 32]);
    // SAFETY: the accepted token, the texts and the outputs are valid.
    unsafe {
        assert_eq!(certbound_accepted_claims(accepted, json.as_mut_ptr()), CERTBOUND_OK);
        assert!(read(*json.assume_init()).starts_with(r#"{"iss":"https://as.example""#));
        let scope = "accounts:read";
        let start = scope.as_ptr().cast();
        assert_eq!(certbound_accepted_has_scope(accepted, start, scope.len(), &raw mut has), CERTBOUND_OK);
        assert_eq!(certbound_accepted_has_scope(accepted, start, scope.len() - 1, &raw mut has_not), CERTBOUND_OK);
        assert!(has && !has_not);
        assert_eq!(certbound_accepted_expires_at(accepted, &raw mut expires_at), CERTBOUND_OK);
        assert_eq!(expires_at, 4_102_444_800);
        assert_eq!(certbound_accepted_thumbprint(accepted, bound.as_mut_ptr()), CERTBOUND_OK);
        assert_eq!(bound, server_a());
    }
}

pub(crate) fn claim(accepted: &certbound_accepted, name: &str) -> Result<(u32, String), certbound_status> {
    let mut claim = filled::<certbound_claim>();
    // SAFETY: the accepted token, the text and the output are valid.
    let status = unsafe { certbound_accepted_claim(accepted, name.as_ptr().cast(), name.len(), claim.as_mut_ptr()) };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&claim));
        return Err(status);
    }
    // SAFETY: the call succeeded, so the output was written.
    let claim = unsafe { claim.assume_init() };
    Ok((claim.kind, read(claim.text)))
}

/// Verifies a token with a verifier in this memory.
pub(crate) fn verify(
    verifier: &[u64],
    token: &str,
    certificate: Option<&[u8; 32]>,
    scratch: &mut [MaybeUninit<u8>],
) -> Result<Box<certbound_accepted>, certbound_status> {
    verify_by(verifier.as_ptr().cast(), token, certificate, scratch)
}

pub(crate) fn verify_by(
    verifier: *const certbound_verifier,
    token: &str,
    certificate: Option<&[u8; 32]>,
    scratch: &mut [MaybeUninit<u8>],
) -> Result<Box<certbound_accepted>, certbound_status> {
    let mut accepted = filled::<certbound_accepted>();
    // SAFETY: all pointers are valid. The accepted token is used only while the scratch memory exists.
    let status = unsafe {
        certbound_verify(
            verifier,
            token.as_ptr().cast(),
            token.len(),
            certificate.map_or(null(), |sha256| sha256.as_ptr()),
            NOW,
            scratch.as_mut_ptr().cast(),
            scratch.len(),
            accepted.as_mut_ptr(),
        )
    };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&accepted));
        return Err(status);
    }
    // SAFETY: the token was accepted, so the output was written.
    Ok(unsafe { accepted.assume_init() })
}

/// A verifier for the token of the quick start, with room for one key.
pub(crate) fn verifier_memory(jwks: &str) -> Vec<u64> {
    let mut size = 0;
    // SAFETY: the policy, its texts and the output are valid.
    let status = with_usual_policy(|policy| unsafe { certbound_verifier_size(policy, 1, &raw mut size) });
    assert_eq!(status, CERTBOUND_OK);
    let mut memory = vec![0x5555_5555_5555_5555; size.div_ceil(8)];
    init(&mut memory, jwks).unwrap();
    memory
}

pub(crate) fn init(memory: &mut [u64], jwks: &str) -> Result<(), certbound_status> {
    let mut verifier = null();
    let (start, len) = (memory.as_mut_ptr(), size_of_val(memory));
    // SAFETY: the memory, the policy and its texts are valid.
    let status = with_usual_policy(|policy| unsafe {
        certbound_verifier_init(start.cast(), len, policy, jwks.as_ptr().cast(), jwks.len(), &raw mut verifier)
    });
    if status != CERTBOUND_OK {
        assert!(verifier.is_null());
        return Err(status);
    }
    assert_eq!(verifier.cast::<u64>(), start.cast_const());
    Ok(())
}

/// The memory of the policy is freed afterwards, so a verifier must have copied it.
pub(crate) fn with_usual_policy<T>(then: impl FnOnce(*const certbound_policy) -> T) -> T {
    let texts = ["https://as.example", "https://api.example", "accounts:read"].map(str::to_owned);
    let (audiences, scopes) = (vec![text(&texts[1])], vec![text(&texts[2])]);
    let mut policy = Box::new(policy(&audiences));
    policy.issuer = text(&texts[0]);
    (policy.required_scopes, policy.required_scopes_len) = (scopes.as_ptr(), scopes.len());
    then(&raw const *policy)
}

pub(crate) fn policy(audiences: &[certbound_text]) -> certbound_policy {
    certbound_policy {
        size: size_of::<certbound_policy>(),
        issuer: text("https://as.example"),
        audiences: audiences.as_ptr(),
        audiences_len: audiences.len(),
        required_scopes: null(),
        required_scopes_len: 0,
        leeway_seconds: 0,
        algorithms: 0,
        binding: CERTBOUND_BINDING_REQUIRED,
        token_type: CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN,
        tables: CERTBOUND_TABLES_NONE,
    }
}

pub(crate) fn text(text: &str) -> certbound_text {
    certbound_text { data: text.as_ptr().cast(), len: text.len() }
}

pub(crate) fn read(text: certbound_text) -> String {
    // SAFETY: an entry wrote the text, and the memory it refers to exists.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast(), text.len) };
    str::from_utf8(bytes).unwrap().to_owned()
}

pub(crate) fn constant(text: *const c_char) -> &'static str {
    // SAFETY: the library returns constants that end with a NUL.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

pub(crate) fn token() -> &'static str {
    TOKEN.trim_end()
}

/// The thumbprint that the token of the quick start is bound to.
pub(crate) fn server_a() -> [u8; 32] {
    let mut sha256 = [0; 32];
    // SAFETY: the text and the output are valid.
    let status =
        unsafe { certbound_thumbprint_from_x5t_s256(X5T_S256.as_ptr().cast(), X5T_S256.len(), sha256.as_mut_ptr()) };
    assert_eq!(status, CERTBOUND_OK);
    sha256
}

pub(crate) fn der(pem: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    Base64::decode_vec(&lines).unwrap()
}

/// Memory for an output, filled to detect writes. Boxed, because a move may not preserve padding.
pub(crate) fn filled<T>() -> Box<MaybeUninit<T>> {
    let mut memory = Box::<T>::new_uninit();
    // SAFETY: the memory has the size of a `T`.
    unsafe { memory.as_mut_ptr().cast::<u8>().write_bytes(FILLING, size_of::<T>()) };
    memory
}

pub(crate) fn is_as_filled<T>(memory: &MaybeUninit<T>) -> bool {
    // SAFETY: every byte was filled, and the entry has written nothing, or a value without padding.
    let bytes = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<u8>(), size_of::<T>()) };
    bytes.iter().all(|byte| *byte == FILLING)
}

pub(crate) const FILLING: u8 = 0x55;
