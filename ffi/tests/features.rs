//! A library with some parts: a policy may name only the algorithms that it contains. `make features` runs this for several builds.

use std::ptr::null;

use certbound_ffi::{certbound_status::*, *};

/// The status of a verifier whose policy allows the algorithms of these bits.
fn status(algorithms: u32) -> certbound_status {
    let text = |text: &'static str| certbound_text { data: text.as_ptr().cast(), len: text.len() };
    let audience = text("https://api.example");
    let policy = certbound_policy {
        size: size_of::<certbound_policy>(),
        issuer: text("https://as.example"),
        audiences: &raw const audience,
        audiences_len: 1,
        required_scopes: null(),
        required_scopes_len: 0,
        leeway_seconds: 0,
        algorithms,
        binding: CERTBOUND_BINDING_REQUIRED,
        token_type: CERTBOUND_TOKEN_TYPE_ACCESS_TOKEN,
        tables: CERTBOUND_TABLES_NONE,
    };
    let mut size = 0;
    // SAFETY: the policy, its texts and the output are valid.
    unsafe { certbound_verifier_size(&raw const policy, 1, &raw mut size) }
}

#[test]
fn a_policy_with_an_algorithm_that_is_left_out_is_rejected() {
    let (ecdsa, rsa) =
        ([cfg!(feature = "es256"), cfg!(feature = "es384"), cfg!(feature = "es512")], cfg!(feature = "rsa"));
    // In the order of the bits. Those of algorithms that are left out have no names in this build.
    let contained = [ecdsa[0], ecdsa[1], ecdsa[2], cfg!(feature = "eddsa"), rsa, rsa, rsa, rsa, rsa, rsa];
    for (bit, is_contained) in contained.into_iter().enumerate() {
        let expected = if is_contained { CERTBOUND_OK } else { CERTBOUND_ALGORITHM_UNSUPPORTED };
        assert_eq!(status(1 << bit), expected, "bit {bit}");
    }
    assert_eq!(status(0), CERTBOUND_OK);
    assert_eq!(status(1 << 10), CERTBOUND_VALUE_UNKNOWN);
}
