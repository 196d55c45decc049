//! Verifiers, and the verification of tokens.

mod issuers;
mod memory;

use core::ffi::{c_char, c_void};

use certbound::{Thumbprint, UnixTime};

pub use self::issuers::{CERTBOUND_ISSUERS, certbound_issuer};
pub use self::memory::certbound_verifier;
pub(crate) use self::memory::{Identity, NO_TEXTS, Parts};
use self::{issuers::IssuerArguments, memory::KeySource};
use crate::{
    accepted::certbound_accepted,
    arguments::{Arguments, ArgumentsWithPolicy, Place},
    entry::enter,
    keys::{self, certbound_keys},
    policy::{PolicyArguments, certbound_policy},
    status::certbound_status,
    tables::geometry,
    thumbprint,
};

/// Computes the size that a verifier with `keys` usable keys of any kind needs at most.
///
/// P-521 keys are the largest. If the JWK Set is known, `certbound_verifier_size_for` computes its exact size.
///
/// @param policy the policy
/// @param keys   the number of usable keys
/// @param size   receives the number of bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size(
    policy: *const certbound_policy,
    keys: usize,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: guaranteed by the caller.
        let (policy, output) = unsafe { (PolicyArguments::read(policy, &mut arguments)?, arguments.output(size)?) };
        let keys = keys::memory_len_max(keys, geometry(policy.tables)?);
        let size = memory::memory_len(0, policy.texts_len()).zip(keys).and_then(|(own, keys)| own.checked_add(keys));
        output.write(size.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Computes the size of a verifier for a policy and the usable keys of a JWK Set.
///
/// @param policy   the policy
/// @param jwks     the JWK Set
/// @param jwks_len its number of bytes
/// @param size     receives the number of bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
        let (policy, jwks, output) = unsafe {
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.bytes(jwks.cast(), jwks_len)?,
                arguments.output(size)?,
            )
        };
        let keys = keys::memory_len_for(jwks, geometry(policy.tables)?)?;
        let size = memory::memory_len(0, policy.texts_len()).and_then(|own| own.checked_add(keys));
        output.write(size.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Initialises a verifier: copies a policy and the usable keys of a JWK Set (RFC 7517 §5) into `memory`, and prepares the
/// tables of the keys.
///
/// If several policies use the same keys, initialise the keys once with `certbound_keys_init`, and each verifier with
/// `certbound_verifier_init_with_keys`. A set that lists no keys is accepted, as by `certbound_keys_init`.
///
/// The function does not check the origin of the JWK Set: fetch it from the issuer over TLS. No other thread may use
/// `memory` during the call. If the JWK Set is rejected, `memory` contains no verifier, not even one from an earlier call.
/// Assume the same after any other failure.
///
/// To replace keys while requests are in progress, initialise a second verifier in other memory, use it for new requests,
/// and free the first one when its last request has ended.
///
/// @param memory     receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len its number of bytes, from `certbound_verifier_size_for` or `certbound_verifier_size`
/// @param policy     the policy; not needed after the call
/// @param jwks       the JWK Set; not needed after the call
/// @param jwks_len   its number of bytes
/// @param verifier   receives a pointer to the beginning of `memory`
/// @return `CERTBOUND_KEY_SET_FULL` if the usable keys do not fit into `memory`, and
///         `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY` if the set lists keys and none of them is usable
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
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

/// Computes the size of a verifier that refers to keys in other memory.
///
/// @param policy the policy
/// @param size   receives the number of bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size_with_keys(
    policy: *const certbound_policy,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: guaranteed by the caller.
        let (policy, output) = unsafe { (PolicyArguments::read(policy, &mut arguments)?, arguments.output(size)?) };
        output.write(memory::memory_len(0, policy.texts_len()).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Initialises a verifier that refers to keys in other memory. Any number of verifiers may refer to the same keys, and
/// initialising one is cheap.
///
/// The keys must not be moved, modified or freed while the verifier is in use. `policy.tables` is ignored: the keys have
/// their tables already.
///
/// To replace keys while requests are in progress, initialise the new keys and new verifiers in other memory, use these for
/// new requests, and free the old ones when their last request has ended.
///
/// @param memory     receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len its number of bytes, from `certbound_verifier_size_with_keys`
/// @param policy     the policy; not needed after the call
/// @param keys       the keys
/// @param verifier   receives a pointer to the beginning of `memory`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
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

/// Computes the size of a verifier that trusts several issuers.
///
/// @param policy      the policy
/// @param issuers     the issuers
/// @param issuers_len the number of issuers, at most `CERTBOUND_ISSUERS`
/// @param size        receives the number of bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_size_with_issuers(
    policy: *const certbound_policy,
    issuers: *const certbound_issuer,
    issuers_len: usize,
    size: *mut usize,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: guaranteed by the caller.
        let (policy, output, issuers) = unsafe {
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.output(size)?,
                IssuerArguments::read(issuers, issuers_len, &mut arguments)?,
            )
        };
        let texts = policy.texts_len().checked_add(issuers.names_len());
        let size = texts.and_then(|texts| memory::memory_len(issuers_len, texts));
        output.write(size.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Initialises a verifier that trusts several issuers, each with its own keys in other memory.
///
/// A token is accepted if its `iss` is the name of an issuer with a key that verifies the signature. Issuers may use the
/// same `kid`, and even the same keys. If `policy.issuer` is not empty, only the tokens of that issuer are accepted. The claim
/// `iss` of an accepted token is the name of its issuer.
///
/// An issuer whose keys are withdrawn affects no other. To replace keys, see `certbound_verifier_init_with_keys`.
///
/// @param memory      receives the verifier; aligned to `CERTBOUND_ALIGNMENT`
/// @param memory_len  its number of bytes, from `certbound_verifier_size_with_issuers`
/// @param policy      the policy; not needed after the call
/// @param issuers     the issuers; the list and the names are not needed after the call, but the keys are
/// @param issuers_len the number of issuers, at most `CERTBOUND_ISSUERS`; a verifier without issuers rejects every token
/// @param verifier    receives a pointer to the beginning of `memory`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_verifier_init_with_issuers(
    memory: *mut c_void,
    memory_len: usize,
    policy: *const certbound_policy,
    issuers: *const certbound_issuer,
    issuers_len: usize,
    verifier: *mut *const certbound_verifier,
) -> certbound_status {
    enter(|| {
        let mut arguments = ArgumentsWithPolicy::new();
        // SAFETY: guaranteed by the caller.
        let (policy, output, own, issuers) = unsafe {
            (
                PolicyArguments::read(policy, &mut arguments)?,
                arguments.output(verifier)?,
                arguments.bytes_mut(memory, memory_len)?,
                IssuerArguments::read(issuers, issuers_len, &mut arguments)?,
            )
        };
        memory::write(own, &policy, KeySource::Issuers(&issuers))?;
        output.write(memory.cast_const().cast());
        Ok(())
    })
}

/// Verifies a token for a connection, given the thumbprint of the client's certificate.
///
/// The function does not check the certificate's chain, validity or revocation, which is the TLS terminator's task. It does
/// not detect that a token was used before or has been revoked.
///
/// @param verifier           the verifier
/// @param token              the token in compact serialization, without `Bearer`; not needed after the call
/// @param token_len          its number of bytes
/// @param certificate_sha256 the 32-byte thumbprint of the certificate whose private key the client has proven to hold in
///                           the handshake; null if the client sent none
/// @param now                the Unix time in seconds
/// @param scratch            scratch memory, with any contents
/// @param scratch_len        its number of bytes, from `certbound_scratch_len` for the longest token to accept
/// @param accepted           receives the accepted token, which is valid until `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
        unsafe {
            let certificate = thumbprint::read_optional(certificate_sha256, &mut arguments)?;
            verify(verifier, (token, token_len), certificate, now, (scratch, scratch_len), accepted, &mut arguments)
        }
    })
}

/// Verifies a token for a connection, like `certbound_verify`, given the client's certificate.
///
/// @param verifier        the verifier
/// @param token           the token in compact serialization, without `Bearer`; not needed after the call
/// @param token_len       its number of bytes
/// @param certificate     the DER encoding of the client's certificate, without its chain
/// @param certificate_len its number of bytes; 0 if the client sent none
/// @param now             the Unix time in seconds
/// @param scratch         scratch memory, with any contents
/// @param scratch_len     its number of bytes, from `certbound_scratch_len` for the longest token to accept
/// @param accepted        receives the accepted token, which is valid until `scratch` is modified or freed
/// @return `CERTBOUND_OK` if the token is accepted; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
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
        // SAFETY: guaranteed by the caller.
        unsafe {
            let der = arguments.bytes(certificate, certificate_len)?;
            let certificate = if der.is_empty() { None } else { Some(thumbprint::of_certificate(der)?) };
            verify(verifier, (token, token_len), certificate, now, (scratch, scratch_len), accepted, &mut arguments)
        }
    })
}

/// Returns the number of bytes of scratch memory that a token of `token_len` bytes needs at most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_scratch_len(token_len: usize) -> usize {
    certbound::scratch_len(token_len)
}

/// The number of bytes of scratch memory that any token needs at most. Tokens longer than 16 KiB are always rejected.
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
    // SAFETY: guaranteed by the caller.
    let (token, scratch, output, parts) = unsafe {
        (
            arguments.bytes(token.0.cast(), token.1)?,
            arguments.bytes_mut(scratch.0, scratch.1)?,
            arguments.output(accepted)?,
            Parts::of(verifier, &mut texts, arguments)?,
        )
    };
    let (now, place) = (UnixTime::from_seconds(now), Place::of(scratch));
    let verified =
        parts.with_verifier(|verifier, _| Ok(verifier.verify(token, certificate.as_ref(), now, scratch)?))?;
    output.write(certbound_accepted::from_verifier(verified.into(), place));
    Ok(())
}
