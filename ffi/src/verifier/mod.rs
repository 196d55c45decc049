//! A verifier in the caller's memory: a policy and the keys of one issuer.

mod memory;

use core::ffi::{c_char, c_void};

use certbound::{Thumbprint, UnixTime};

use self::memory::KeySource;
pub use self::memory::certbound_verifier;
pub(crate) use self::memory::{Identity, NO_TEXTS, Parts};
use crate::{
    accepted::certbound_accepted,
    arguments::{Arguments, ArgumentsWithPolicy},
    certbound_status,
    entry::enter,
    keys::{self, certbound_keys},
    policy::{self, PolicyArguments, certbound_policy},
    thumbprint,
};

/// Writes to `size` how many bytes of memory a verifier needs at the most for this policy and up to `keys` usable keys, of
/// whatever kinds. The largest are those of P-521: `certbound_verifier_size_for` tells how much less a known set needs.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size(
    policy: *const certbound_policy,
    keys: usize,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: by the caller.
        let (policy, output) = unsafe { (PolicyArguments::read(policy, &mut arguments)?, arguments.output(size)?) };
        let keys = keys::memory_len_max(keys, policy::geometry(policy.tables)?);
        let size = memory::memory_len(policy.texts_len()).zip(keys).and_then(|(own, keys)| own.checked_add(keys));
        output.write(size.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Writes to `size` how many bytes of memory a verifier needs for this policy and the usable keys of this JWK Set.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size_for(
    policy: *const certbound_policy,
    jwks: *const c_char,
    jwks_len: usize,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: by the caller.
        let (policy, jwks, output) = unsafe {
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.bytes(jwks.cast(), jwks_len)?,
                arguments.output(size)?,
            )
        };
        let keys = keys::memory_len_for(jwks, policy::geometry(policy.tables)?)?;
        let size = memory::memory_len(policy.texts_len()).and_then(|own| own.checked_add(keys));
        output.write(size.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Fills `memory` with a verifier: a policy, and the usable keys of a JWK Set (RFC 7517 §5) with their tables.
///
/// It is for one policy and one set of keys. Where several policies use the same keys, prepare these once by
/// `certbound_keys_init`, and make each verifier by `certbound_verifier_init_with_keys`.
///
/// `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has the number of bytes that `certbound_verifier_size_for` returns for
/// this JWK Set, or `certbound_verifier_size` for the most keys that it may list: more usable keys are
/// `CERTBOUND_KEY_SET_FULL`. Of a set without usable keys `certbound_keys_init` says what becomes of it. Policy and JWK Set
/// are copied and may go. On `CERTBOUND_OK` `*verifier` points to the beginning of `memory`. A status from 100 on leaves no
/// verifier in `memory`, not even one that was there before; a misuse leaves `memory` as it was.
///
/// No thread may be using `memory` at the time. To change keys while requests run, fill other memory, let new requests take
/// that, and release the old when the last request that took it has ended.
///
/// It does not judge where the JWK Set comes from: fetch it from the issuer over TLS.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_init(
    memory: *mut c_void,
    memory_len: usize,
    policy: *const certbound_policy,
    jwks: *const c_char,
    jwks_len: usize,
    verifier: *mut *const certbound_verifier,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: by the caller.
        let (policy, jwks, output, own) = unsafe {
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.bytes(jwks.cast(), jwks_len)?,
                arguments.output(verifier)?,
                arguments.bytes_mut(memory, memory_len)?,
            )
        };
        memory::write(own, &policy, KeySource::Jwks(jwks))?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Writes to `size` the number of bytes that a verifier needs for this policy, without keys of its own.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size_with_keys(
    policy: *const certbound_policy,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: by the caller.
        let (policy, output) = unsafe { (PolicyArguments::read(policy, &mut arguments)?, arguments.output(size)?) };
        output.write(memory::memory_len(policy.texts_len()).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Fills `memory` with a verifier that refers to these keys. Any number of verifiers may refer to the same keys, and
/// making one takes no time to speak of.
///
/// The keys must stay where they are, and as they are, as long as the verifier is used. `policy.tables` does not matter:
/// the tables are those of the keys. `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has the number of bytes that
/// `certbound_verifier_size_with_keys` returns. The policy is copied and may go.
///
/// To change keys while requests run, fill other memory with the new keys, make the verifiers again in other memory, let
/// new requests use these, and release the old ones when the last request that uses them has ended.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_init_with_keys(
    memory: *mut c_void,
    memory_len: usize,
    policy: *const certbound_policy,
    keys: *const certbound_keys,
    verifier: *mut *const certbound_verifier,
) -> certbound_status {
    enter(|| {
        let (mut arguments, mut of_keys) = (ArgumentsWithPolicy::new(), Arguments::new());
        // SAFETY: by the caller.
        let (policy, output, own) = unsafe {
            keys::Contents::of(keys, &mut of_keys)?;
            arguments.add(&of_keys)?;
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.output(verifier)?,
                arguments.bytes_mut(memory, memory_len)?,
            )
        };
        memory::write(own, &policy, KeySource::Keys(keys))?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Accepts or rejects a token that came over a connection whose client certificate has this SHA-256 value.
///
/// `token` is the compact serialization alone, without `Bearer`. `certificate_sha256` points to the 32 bytes of the
/// thumbprint of the certificate whose private key the client has proven to hold in the handshake; it is null where the
/// client sent none. `now` is the time in Unix seconds. `scratch` has `certbound_scratch_len` bytes for the longest token
/// to be taken; what it holds does not matter.
///
/// On `CERTBOUND_OK` the token is accepted, and `*accepted` gives its claims as long as `scratch` stays as it is. The memory
/// of `token` may be reused when the call returns. Any other status rejects, and leaves `*accepted` as it was.
///
/// It does not check the certificate's chain, validity or revocation, which is the terminator's work, nor whether the
/// token was used before or has been revoked.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verify(
    verifier: *const certbound_verifier,
    token: *const c_char,
    token_len: usize,
    certificate_sha256: *const u8,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        unsafe {
            let certificate = thumbprint::read_optional(certificate_sha256, &mut arguments)?;
            verify(verifier, (token, token_len), certificate, now, (scratch, scratch_len), accepted, &mut arguments)
        }
    })
}

/// Accepts or rejects a token like `certbound_verify`, over a connection with this client certificate.
///
/// `certificate` is the DER of exactly one certificate, the client's own without its chain; with length 0 there is none.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verify_der(
    verifier: *const certbound_verifier,
    token: *const c_char,
    token_len: usize,
    certificate: *const u8,
    certificate_len: usize,
    now: u64,
    scratch: *mut c_void,
    scratch_len: usize,
    accepted: *mut certbound_accepted,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        unsafe {
            let der = arguments.bytes(certificate, certificate_len)?;
            let certificate = if der.is_empty() { None } else { Some(thumbprint::of_certificate(der)?) };
            verify(verifier, (token, token_len), certificate, now, (scratch, scratch_len), accepted, &mut arguments)
        }
    })
}

/// How many bytes of scratch memory a token of `token_len` bytes needs at the most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_scratch_len(token_len: usize) -> usize {
    certbound::scratch_len(token_len)
}

/// Bytes of scratch memory that are enough for every token: those of more than 16 KiB are rejected in any case.
pub const CERTBOUND_SCRATCH_LEN: usize = 24576;
const _: () = assert!(CERTBOUND_SCRATCH_LEN == certbound::scratch_len(certbound::limits::TOKEN_LEN));

/// # Safety
/// As for `certbound_verify`.
unsafe fn verify(
    verifier: *const certbound_verifier,
    token: (*const c_char, usize),
    certificate: Option<Thumbprint>,
    now: u64,
    scratch: (*mut c_void, usize),
    accepted: *mut certbound_accepted,
    arguments: &mut Arguments,
) -> Result<(), certbound_status> {
    let mut texts = NO_TEXTS;
    // SAFETY: by the caller.
    let (parts, token, scratch, output) = unsafe {
        (
            Parts::of(verifier, &mut texts, arguments)?,
            arguments.bytes(token.0.cast(), token.1)?,
            arguments.bytes_mut(scratch.0, scratch.1)?,
            arguments.output(accepted)?,
        )
    };
    let verified = parts.verifier()?.verify(token, certificate.as_ref(), UnixTime::from_seconds(now), scratch)?;
    output.write(certbound_accepted::from_verifier(verified.into()));
    Ok(())
}
