//! The keys of a JWK Set, read one by one and stored nowhere.

use core::ffi::{c_char, c_void};

use certbound::{Key, PassedOver};

use crate::{arguments::Arguments, entry::enter, memory::certbound_text, status::certbound_status};

/// A callback for each key of a JWK Set that cannot verify tokens. It must return: no `longjmp` and no exception may leave
/// it.
///
/// @param context the pointer that the caller passed beside the callback
/// @param index   the position of the key in the set, from 0
/// @param kid     the key's `kid`, empty if it has none that can be read; valid until the callback returns
/// @param reason  the `certbound_status` that says why the key is unusable
#[allow(non_camel_case_types)]
pub type certbound_passed_over =
    Option<unsafe extern "C" fn(context: *mut c_void, index: usize, kid: certbound_text, reason: u32)>;

/// Counts the keys of a JWK Set that can verify tokens.
///
/// @param jwks        the JWK Set
/// @param jwks_len    its number of bytes
/// @param passed_over called for each unusable key; may be null
/// @param context     passed to `passed_over`
/// @param usable      receives the number of usable keys: 0 if the set lists no keys, by which the issuer withdraws all
///                    its keys
/// @return `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is usable
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says; `passed_over` must accept `context`.
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
        // SAFETY: guaranteed by the caller.
        let (jwks, output) = unsafe { (arguments.bytes(jwks.cast(), jwks_len)?, arguments.output(usable)?) };
        let mut count = 0;
        Key::each_of_jwks(
            jwks,
            |_| {
                count += 1;
                Ok(())
            },
            // SAFETY: guaranteed by the caller.
            |key| unsafe { report(key, passed_over, context) },
        )?;
        output.write(count);
        Ok(())
    })
}

/// Calls `passed_over` for an unusable key, unless it is null.
///
/// # Safety
/// `passed_over` accepts `context`.
pub(super) unsafe fn report(key: PassedOver<'_>, passed_over: certbound_passed_over, context: *mut c_void) {
    if let Some(passed_over) = passed_over {
        let kid = certbound_text::of(key.key_id.unwrap_or_default());
        // SAFETY: guaranteed by the caller.
        unsafe { passed_over(context, key.index, kid, certbound_status::from(key.reason) as u32) };
    }
}
