//! Introspection responses (RFC 7662, RFC 8705 §3.2).

use core::ffi::{c_char, c_void};

use certbound::{Introspection, Policy, UnixTime};

use crate::{
    accepted::{self, certbound_accepted},
    arguments::{Arguments, ArgumentsWithPolicy, Place},
    entry::enter,
    policy::{self, PolicyArguments, certbound_policy},
    status::certbound_status,
    thumbprint,
    verifier::{NO_TEXTS, Parts, certbound_verifier},
};

/// Verifies an introspection response by a policy, for a connection.
///
/// `active` must be true, and `cnf` and `scope` must satisfy the policy. The other members are optional (RFC 7662 §2.2) and
/// follow the rules for tokens if they are present: `exp` and `nbf` always, `iss` and `aud` only if the policy names an
/// issuer and an audience. The policy's token type, algorithms and tables are ignored.
///
/// @param policy             the policy
/// @param response           the introspection response; not needed after the call
/// @param response_len       its number of bytes
/// @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
/// @param now                the Unix time in seconds
/// @param scratch            scratch memory, with any contents
/// @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
/// @param accepted           receives the accepted token, whose claims are the members of the response; valid until
///                           `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
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
        let rules = Policy::new(policy.issuer, &policy.audiences)
            .required_scopes(&policy.required_scopes)
            .binding(policy::binding(policy.binding)?)
            .leeway_seconds(policy.leeway_seconds);
        let (now, place) = (UnixTime::from_seconds(now), Place::of(scratch));
        let token = Introspection::verify_against(&rules, response, certificate.as_ref(), now, scratch)?;
        output.write(certbound_accepted::from_introspection(token, place));
        Ok(())
    })
}

/// Verifies only the binding of an introspection response: `active` must be true, and `cnf` must name the client's
/// certificate. `certbound_introspection_verify_against` also checks issuer, audience, times and scopes.
///
/// @param response           the introspection response
/// @param response_len       its number of bytes
/// @param binding            `CERTBOUND_BINDING_REQUIRED` (0) or `CERTBOUND_BINDING_IF_PRESENT`
/// @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
/// @param scratch            scratch memory, with any contents
/// @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
/// @param accepted           receives the accepted token, whose claims are the members of the response; valid until
///                           `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
        let (response, certificate, scratch, output) = unsafe {
            (
                arguments.bytes(response.cast(), response_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
            )
        };
        let place = Place::of(scratch);
        let token = Introspection::verify(response, binding, certificate.as_ref(), scratch)?;
        output.write(certbound_accepted::from_introspection(token, place));
        Ok(())
    })
}

/// Verifies the introspection response to an opaque token like `certbound_introspection_verify_against`, by a verifier's policy
/// and the names of its issuers.
///
/// If the response has `iss`, it must be the name of an issuer of the verifier. A verifier with several issuers requires `iss`.
/// The verifier's keys are not used.
///
/// @param verifier           the verifier
/// @param response           the introspection response; not needed after the call
/// @param response_len       its number of bytes
/// @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
/// @param now                the Unix time in seconds
/// @param scratch            scratch memory, with any contents
/// @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
/// @param accepted           receives the accepted token, whose claims are the members of the response; valid until
///                           `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; `CERTBOUND_INTROSPECTION_MALFORMED`, whose HTTP status is 503, for
///         a response that is not strict JSON with a boolean `active`; any other status rejects the token
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_verify_with(
    verifier: *const certbound_verifier,
    response: *const c_char,
    response_len: usize,
    certificate_sha256: *const u8,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let (mut arguments, mut texts) = (Arguments::new(), NO_TEXTS);
        // SAFETY: guaranteed by the caller.
        let (response, certificate, scratch, output, parts) = unsafe {
            (
                arguments.bytes(response.cast(), response_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
                Parts::of(verifier, &mut texts, &mut arguments)?,
            )
        };
        let (now, place) = (UnixTime::from_seconds(now), Place::of(scratch));
        let token = parts.with_verifier(|verifier, _| {
            Ok(Introspection::verify_with(&verifier, response, certificate.as_ref(), now, scratch)?)
        })?;
        output.write(certbound_accepted::from_introspection(token, place));
        Ok(())
    })
}

/// Verifies the introspection response to a token that the verifier has already accepted: the issuer must still report it as
/// active, which makes revocation effective.
///
/// If the response has `iss`, it must be that of the token. `cnf` and `scope` may be missing, because the token has them;
/// if they are present, they must satisfy the policy.
///
/// @param verifier           the verifier
/// @param token              the token that it has accepted; its claims remain the ones to use
/// @param response           the introspection response; not needed after the call
/// @param response_len       its number of bytes
/// @param certificate_sha256 the 32-byte thumbprint of the client's certificate; null if the client sent none
/// @param now                the Unix time in seconds
/// @param scratch            scratch memory other than that of `token`, with any contents
/// @param scratch_len        its number of bytes, from `certbound_introspection_scratch_len`
/// @param accepted           receives the members of the response, for `certbound_introspection_cache_put`
/// @return `CERTBOUND_OK` if the token is still accepted; `CERTBOUND_INTROSPECTION_MALFORMED`, whose HTTP status is 503, for
///         a response that is not strict JSON with a boolean `active`; any other status rejects the token
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_introspection_confirm(
    verifier: *const certbound_verifier,
    token: *const certbound_accepted,
    response: *const c_char,
    response_len: usize,
    certificate_sha256: *const u8,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let (mut arguments, mut texts) = (Arguments::new(), NO_TEXTS);
        // SAFETY: guaranteed by the caller.
        let (claims, response, certificate, scratch, output, parts) = unsafe {
            (
                accepted::read_claims(token, &mut arguments)?,
                arguments.bytes(response.cast(), response_len)?,
                thumbprint::read_optional(certificate_sha256, &mut arguments)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(accepted)?,
                Parts::of(verifier, &mut texts, &mut arguments)?,
            )
        };
        let (issuer, now, place) = (claims.issuer(), UnixTime::from_seconds(now), Place::of(scratch));
        let confirmed = parts.with_verifier(|verifier, _| {
            Ok(Introspection::confirm(&verifier, issuer, response, certificate.as_ref(), now, scratch)?)
        })?;
        output.write(certbound_accepted::from_introspection(confirmed, place));
        Ok(())
    })
}

/// Returns the number of bytes of scratch memory that a response of `response_len` bytes needs at most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_introspection_scratch_len(response_len: usize) -> usize {
    certbound::introspection_scratch_len(response_len)
}
