//! Introspection responses (RFC 7662, RFC 8705 §3.2).

use core::ffi::{c_char, c_void};

use certbound::{Introspection, Policy, UnixTime};

use crate::{
    accepted::certbound_accepted,
    arguments::{Arguments, ArgumentsWithPolicy},
    certbound_status,
    entry::enter,
    policy::{self, PolicyArguments, certbound_policy},
    thumbprint,
};

/// Judges an introspection response by a policy, at this moment and against the certificate of the connection.
///
/// `active` must be true, and the policy's rules for binding and scopes hold. Of the other members, which are optional
/// (RFC 7662 §2.2), those that are there follow the rules for tokens: `exp` and `nbf` always, `iss` and `aud` if the policy
/// names an issuer and an audience. The policy's token type, algorithms and tables do not matter. `certificate_sha256` is
/// null if the client sent none; `now` is the time in Unix seconds. `scratch` has `certbound_introspection_scratch_len`
/// bytes for the longest response to be accepted. On `CERTBOUND_OK` `*accepted` gives the response's members, as long as
/// `scratch` stays as it is; the memory of `response` may be reused when the call returns.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_verify_against(
    policy: *const certbound_policy,
    response: *const c_char,
    response_len: usize,
    certificate_sha256: *const u8,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let (mut arguments, mut inputs) = (ArgumentsWithPolicy::new(), Arguments::new());
        // SAFETY: by the caller.
        let (response, certificate, policy, scratch, output) = unsafe {
            let response = inputs.bytes(response.cast(), response_len)?;
            let certificate = thumbprint::read_optional(certificate_sha256, &mut inputs)?;
            arguments.add(&inputs)?;
            (
                response,
                certificate,
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
            )
        };
        let judged_by = Policy::new(policy.issuer, &policy.audiences)
            .required_scopes(&policy.required_scopes)
            .binding(policy::binding(policy.binding)?)
            .leeway_seconds(policy.leeway_seconds);
        let now = UnixTime::from_seconds(now);
        let token = Introspection::verify_against(&judged_by, response, certificate.as_ref(), now, scratch)?;
        output.write(certbound_accepted::from_introspection(token));
        Ok(())
    })
}

/// Judges an introspection response by the binding rule alone: `active` is true, and `cnf` names the connection's
/// certificate. See `certbound_introspection_verify_against`, which also judges issuer, audience, times and scopes.
///
/// `binding` is `CERTBOUND_BINDING_REQUIRED` or `CERTBOUND_BINDING_IF_PRESENT`; `certificate_sha256` is null where the
/// client sent none. `scratch` has `certbound_introspection_scratch_len` bytes for the longest response to be accepted. On
/// `CERTBOUND_OK` `*accepted` gives the response's members, as long as `scratch` stays as it is.
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
