//! What a JWK Set holds, before there is a verifier.

use core::ffi::{c_char, c_void};

use certbound::{Key, PassedOver};

use crate::{arguments::Arguments, certbound_status, entry::enter, policy::certbound_text};

/// Is told of a key that cannot verify tokens: its place in the set from 0, its `kid` (empty where it has none that can be
/// read), and why. `context` is what the caller passed. The `kid` is gone when it returns. It must return: no `longjmp`,
/// no exception.
#[allow(non_camel_case_types)]
pub type certbound_passed_over =
    Option<unsafe extern "C" fn(context: *mut c_void, index: usize, kid: certbound_text, reason: u32)>;

/// Counts the keys of a JWK Set that can verify tokens, and tells `passed_over` of the others.
///
/// `passed_over` may be null. The status is `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is
/// usable; a set that lists no keys has 0, and withdraws all keys of its issuer.
///
/// # Safety
/// `jwks` points to `jwks_len` bytes, `usable` to a `size_t`; `passed_over` can be called with `context`.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_jwks_count(
    jwks: *const c_char,
    jwks_len: usize,
    passed_over: certbound_passed_over,
    context: *mut c_void,
    usable: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (jwks, output) = unsafe { (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(usable)?) };
        let mut count = 0;
        Key::each_of_jwks(
            jwks,
            |_| {
                count += 1;
                Ok(())
            },
            // SAFETY: by the caller.
            |key| unsafe { report(key, passed_over, context) },
        )?;
        output.write(count);
        Ok(())
    })
}

/// Calls `passed_over` for a key that cannot verify tokens, unless it is null.
///
/// # Safety
/// `passed_over` can be called with `context`.
pub(crate) unsafe fn report(key: PassedOver<'_>, passed_over: certbound_passed_over, context: *mut c_void) {
    if let Some(passed_over) = passed_over {
        let kid = certbound_text::of(key.key_id.unwrap_or_default());
        // SAFETY: by the caller.
        unsafe { passed_over(context, key.index, kid, certbound_status::from(key.reason) as u32) };
    }
}
