//! Introspection responses (RFC 7662, RFC 8705 §3.2).

use core::ffi::{c_char, c_void};

use certbound::Introspection;

use crate::{accepted::certbound_accepted, arguments::Arguments, certbound_status, entry::enter, policy, thumbprint};

/// Judges an introspection response by the binding rule: `active` is true, and `cnf` names the connection's certificate.
///
/// `binding` is `CERTBOUND_BINDING_REQUIRED` or `CERTBOUND_BINDING_IF_PRESENT`; `certificate_sha256` is null where the
/// client sent none. `scratch` has `certbound_introspection_scratch_len` bytes for the longest response to be taken. On
/// `CERTBOUND_OK` `*accepted` tells the response's members, as long as `scratch` stays as it is. It does not judge issuer,
/// audience, times or scope: `active` is the issuer's own word at the moment it answered.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_verify(
    response: *const c_char,
    response_len: usize,
    binding: u32,
    certificate_sha256: *const u8,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        let binding = policy::binding(binding)?;
        // SAFETY: by the caller.
        let (response, certificate, scratch, output) = unsafe {
            (
                arguments.bytes(response.cast(), response_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
            )
        };
        let token = Introspection::verify(response, binding, certificate.as_ref(), scratch)?;
        output.write(certbound_accepted::from_introspection(token));
        Ok(())
    })
}

/// How many bytes of scratch memory a response of `response_len` bytes needs at the most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_introspection_scratch_len(response_len: usize) -> usize {
    certbound::introspection_scratch_len(response_len)
}
