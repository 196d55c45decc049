//! What a JWK Set holds, before there is a verifier.

use core::ffi::{c_char, c_void};

use certbound::Key;

use crate::{arguments::Arguments, certbound_status, entry::enter, policy::certbound_text};

/// Is told of a key that cannot verify tokens: its place in the set from 0, its `kid` (empty where it has none that can be
/// read), and why. `context` is what the caller passed. The `kid` is gone when it returns. It must return: no `longjmp`,
/// no exception.
#[allow(non_camel_case_types)]
pub type certbound_passed_over =
    Option<unsafe extern "C" fn(context: *mut c_void, index: usize, kid: certbound_text, reason: u32)>;

/// Counts the keys of a JWK Set that can verify tokens, and tells `passed_over` of the others.
///
/// `passed_over` may be null. `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` where there is none; `passed_over` has been told why.
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
            |key| {
                if let Some(passed_over) = passed_over {
                    let kid = certbound_text::of(key.key_id.unwrap_or_default());
                    // SAFETY: by the caller.
                    unsafe { passed_over(context, key.index, kid, certbound_status::from(key.reason) as u32) };
                }
            },
        )?;
        output.write(count);
        Ok(())
    })
}
