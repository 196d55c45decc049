//! The quick start's token, a verifier for it, and outputs that show whether they were written.

use std::{
    ffi::{CStr, c_char},
    mem::MaybeUninit,
    ptr::null,
};

use certbound_ffi::{certbound_status::*, *};

// The quick start's token is good until the year 2100, so that nothing has to be signed here, which is slow under Miri.
pub(crate) const JWKS: &str = include_str!("../../../examples/quick_start/jwks.json");
pub(crate) const TOKEN: &str = include_str!("../../../examples/quick_start/token.jwt");
pub(crate) const INTROSPECTION: &str = include_str!("../../../examples/quick_start/introspection.json");
pub(crate) const CLIENT: &str = include_str!("../../../examples/quick_start/client.json");
pub(crate) const SERVER_A: &str = include_str!("../../../examples/quick_start/server-a.pem");
pub(crate) const X5T_S256: &str = "EHVa3cMNl7vOjdAqNUQHfKT2K4apTe48JYxY4odmBBA";
pub(crate) const NOW: u64 = 1_900_000_000;

/// What an accepted quick start's token tells.
pub(crate) fn look_into(accepted: &certbound_accepted) {
    assert_eq!(claim(accepted, "sub"), Ok((CERTBOUND_CLAIM_STRING, "server-a".to_owned())));
    assert_eq!(claim(accepted, "exp"), Ok((CERTBOUND_CLAIM_NUMBER, "4102444800".to_owned())));
    assert_eq!(claim(accepted, "cnf").unwrap().0, CERTBOUND_CLAIM_OBJECT);
    assert_eq!(claim(accepted, "absent"), Err(CERTBOUND_CLAIM_MISSING));
    let mut json = filled::<certbound_text>();
    let (mut has, mut has_not, mut expires_at, mut bound) = (false, true, 0, [0; 32]);
    // SAFETY: accepted, texts, and outputs of the right size.
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
    // SAFETY: accepted, a text, and an output.
    let status = unsafe { certbound_accepted_claim(accepted, name.as_ptr().cast(), name.len(), claim.as_mut_ptr()) };
    if status != CERTBOUND_OK {
        assert!(is_as_filled(&claim));
        return Err(status);
    }
    // SAFETY: written.
    let claim = unsafe { claim.assume_init() };
    Ok((claim.kind, read(claim.text)))
}

/// The verdict on a token, by a verifier in this memory.
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
    // SAFETY: all pointers are of the memory above. What is accepted is looked at while the scratch memory is there.
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
    // SAFETY: accepted, and so written.
    Ok(unsafe { accepted.assume_init() })
}

/// A verifier for the quick start's token, with room for one key.
pub(crate) fn verifier_memory(jwks: &str) -> Vec<u64> {
    let mut size = 0;
    // SAFETY: a policy whose texts are there, and an output.
    let status = with_usual_policy(|policy| unsafe { certbound_verifier_size(policy, 1, &raw mut size) });
    assert_eq!(status, CERTBOUND_OK);
    let mut memory = vec![0x5555_5555_5555_5555; size.div_ceil(8)];
    init(&mut memory, jwks).unwrap();
    memory
}

pub(crate) fn init(memory: &mut [u64], jwks: &str) -> Result<(), certbound_status> {
    let mut verifier = null();
    let (start, len) = (memory.as_mut_ptr(), size_of_val(memory));
    // SAFETY: the memory's own start and length, and a policy whose texts are there.
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

/// Its memory is gone afterwards, so that what a verifier needs of it must have been copied.
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
    // SAFETY: an entry wrote it, and what it refers to is still there.
    let bytes = unsafe { std::slice::from_raw_parts(text.data.cast(), text.len) };
    str::from_utf8(bytes).unwrap().to_owned()
}

pub(crate) fn constant(text: *const c_char) -> &'static str {
    // SAFETY: a constant of the library's.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

pub(crate) fn token() -> &'static str {
    TOKEN.trim_end()
}

/// The thumbprint that the quick start's token is bound to.
pub(crate) fn server_a() -> [u8; 32] {
    let mut sha256 = [0; 32];
    // SAFETY: a text, and 32 bytes.
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

/// Memory for an output, filled so that a write is seen; in its place, since a move would lose what is padding.
pub(crate) fn filled<T>() -> Box<MaybeUninit<T>> {
    let mut memory = Box::<T>::new_uninit();
    // SAFETY: as many bytes as a `T` has.
    unsafe { memory.as_mut_ptr().cast::<u8>().write_bytes(FILLING, size_of::<T>()) };
    memory
}

pub(crate) fn is_as_filled<T>(memory: &MaybeUninit<T>) -> bool {
    // SAFETY: every byte was filled, and nothing was written since, or what was has no padding.
    let bytes = unsafe { std::slice::from_raw_parts(memory.as_ptr().cast::<u8>(), size_of::<T>()) };
    bytes.iter().all(|byte| *byte == FILLING)
}

pub(crate) const FILLING: u8 = 0x55;
