//! A verifier in the caller's memory: a policy and the keys of one issuer.

use core::{
    ffi::{c_char, c_void},
    slice,
};

use certbound::{Error, Geometry, Key, Policy, PreparedKeys, TablesLen, Thumbprint, UnixTime, Verifier};

use sha2::{Digest, Sha256};

use crate::{
    accepted::certbound_accepted,
    arguments::{Arguments, ArgumentsWithPolicy},
    certbound_status,
    entry::enter,
    policy::{self, Algorithms, CERTBOUND_POLICY_TEXTS, PolicyArguments, certbound_policy},
    thumbprint,
};

/// A policy and the keys of one issuer, in the caller's memory: see `certbound_verifier_init`.
///
/// Once initialised it is only read, so threads may share it. It holds no pointer, so it may be copied byte for byte to
/// other memory of the same alignment. It needs no release.
// After it in the memory, up to a multiple of the alignment, stand the texts; then the keys, and up to the end their
// tables.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_verifier {
    magic: u64,
    leeway_seconds: u64,
    algorithms: u32,
    binding: u32,
    token_type: u32,
    tables: u32,
    keys_len: u32,
    /// Bytes of the issuer, then of each audience, then of each required scope.
    text_lens: [u16; 1 + 2 * CERTBOUND_POLICY_TEXTS],
    audiences_len: u16,
    required_scopes_len: u16,
    /// The SHA-256 value of all that it was made of.
    pub(crate) identity: [u8; 32],
}

/// Tells a verifier from other memory. The last byte is the version of its layout.
const MAGIC: u64 = u64::from_be_bytes(*b"certbnd\x01");

/// What the memory of a verifier must be aligned to, in bytes. That of `malloc` is.
pub const CERTBOUND_ALIGNMENT: usize = 8;
const _: () =
    assert!(align_of::<Key>() <= CERTBOUND_ALIGNMENT && align_of::<certbound_verifier>() == CERTBOUND_ALIGNMENT);

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
        let tables = match policy::geometry(policy.tables)? {
            Some(geometry) => PreparedKeys::tables_len_max(keys, geometry),
            None => 0,
        };
        output.write(
            memory_len(policy.texts_len(), keys, tables).ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?,
        );
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
        let geometry = policy::geometry(policy.tables)?;
        let (mut keys, mut tables) = (0, TablesLen::default());
        Key::each_of_jwks(
            jwks,
            |key| {
                keys += 1;
                if let Some(geometry) = geometry {
                    tables.add(&key, geometry);
                }
                Ok(())
            },
            |_| {},
        )?;
        let needed = memory_len(policy.texts_len(), keys, tables.words());
        output.write(needed.ok_or(certbound_status::CERTBOUND_LENGTH_OUT_OF_RANGE)?);
        Ok(())
    })
}

/// Fills `memory` with a verifier: a policy, and the usable keys of a JWK Set (RFC 7517 §5).
///
/// `memory` is aligned to `CERTBOUND_ALIGNMENT`, and has as many bytes as `certbound_verifier_size_for` tells for this JWK
/// Set, or `certbound_verifier_size` for the keys that are to fit: more usable keys are `CERTBOUND_KEY_SET_FULL`, none `CERTBOUND_KEY_SET_WITHOUT_USABLE_KEY`. Policy and
/// JWK Set are copied and may go. On `CERTBOUND_OK` `*verifier` points to the beginning of `memory`. A status from 100 on
/// leaves no verifier in `memory`, not even one that was there before; a misuse leaves `memory` as it was.
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
        if !memory.addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        }
        let (head, rest) = own
            .split_at_mut_checked(size_of::<certbound_verifier>())
            .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
        let (texts, rest) = memory_len_of_texts(policy.texts_len())
            .and_then(|len| rest.split_at_mut_checked(len))
            .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;

        // Until all of it is there, it is none.
        head.fill(0);
        let keys_len = write_keys(jwks, policy::geometry(policy.tables)?, rest)?;
        let mut texts = texts.iter_mut();
        let mut text_lens = [0; 1 + 2 * CERTBOUND_POLICY_TEXTS];
        for (text, len) in policy.texts().zip(&mut text_lens) {
            *len = u16::try_from(text.len()).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)?;
            for (byte, place) in text.bytes().zip(&mut texts) {
                *place = byte;
            }
        }
        let value = certbound_verifier {
            magic: MAGIC,
            leeway_seconds: policy.leeway_seconds,
            algorithms: policy.algorithms,
            binding: policy.binding,
            token_type: policy.token_type,
            tables: policy.tables,
            keys_len,
            text_lens,
            audiences_len: policy.audiences.len() as u16,
            required_scopes_len: policy.required_scopes.len() as u16,
            identity: identity(&policy, jwks),
        };
        // SAFETY: the head is as long as a verifier, and aligned for one as the memory is.
        unsafe { head.as_mut_ptr().cast::<certbound_verifier>().write(value) };
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
/// On `CERTBOUND_OK` the token is accepted, and `*accepted` tells its claims, as long as `scratch` stays as it is. Any
/// other status rejects, and leaves `*accepted` as it was.
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

/// A verifier, found in the caller's memory.
pub(crate) struct Parts<'call> {
    pub(crate) head: &'call certbound_verifier,
    issuer: &'call str,
    audiences: &'call [&'call str],
    required_scopes: &'call [&'call str],
    algorithms: Algorithms,
    keys: &'call [Key],
    prepared: Option<PreparedKeys<'call>>,
}

/// Memory for the issuer, the audiences and the scopes of a verifier, in this order.
///
/// cbindgen:ignore
pub(crate) type PolicyTexts<'text> = [&'text str; 1 + 2 * CERTBOUND_POLICY_TEXTS];

/// No texts yet.
///
/// cbindgen:ignore
pub(crate) const NO_TEXTS: PolicyTexts<'_> = [""; 1 + 2 * CERTBOUND_POLICY_TEXTS];

impl<'call> Parts<'call> {
    /// # Safety
    /// `verifier` is null, or points to memory that `certbound_verifier_init` has filled and nobody writes, or to other
    /// memory as long as a `certbound_verifier`.
    pub(crate) unsafe fn of(
        verifier: *const certbound_verifier,
        texts: &'call mut PolicyTexts<'call>,
        arguments: &mut Arguments,
    ) -> Result<Self, certbound_status> {
        // SAFETY: by the caller.
        let head = unsafe { arguments.value(verifier) }?;
        if head.magic != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        let texts_len = head.text_lens.iter().copied().map(usize::from).sum();
        let keys_len = usize::try_from(head.keys_len).unwrap_or(usize::MAX);
        let keys_at = memory_len(texts_len, 0, 0).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        let tables_at = memory_len(texts_len, keys_len, 0).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        // SAFETY: initialised, so it has been filled up to its last table. Keys and tables are aligned, as the memory is
        // and they stand at a multiple of the alignment. No output overlaps any of it: `arguments` gets to know it all.
        let (mut text_memory, keys) = unsafe {
            let memory = arguments.bytes(verifier.cast(), tables_at)?;
            let keys = slice::from_raw_parts(verifier.byte_add(keys_at).cast::<Key>(), keys_len);
            (&memory[size_of::<certbound_verifier>()..keys_at], keys)
        };
        let prepared = match policy::geometry(head.tables)? {
            Some(geometry) => {
                let words = PreparedKeys::tables_len(keys, geometry);
                // SAFETY: as above.
                let tables = unsafe { arguments.values(verifier.byte_add(tables_at).cast::<u64>(), words) }?;
                Some(PreparedKeys::from_tables(keys, geometry, tables)?)
            }
            None => None,
        };
        for (text, len) in texts.iter_mut().zip(head.text_lens) {
            let (own, rest) =
                text_memory.split_at_checked(usize::from(len)).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
            *text = core::str::from_utf8(own).map_err(|_| certbound_status::CERTBOUND_NOT_INITIALISED)?;
            text_memory = rest;
        }
        let [issuer, texts @ ..] = texts;
        let (audiences, required_scopes) = texts
            .split_at_checked(usize::from(head.audiences_len))
            .and_then(|(audiences, rest)| Some((audiences, rest.get(..usize::from(head.required_scopes_len))?)))
            .ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        let algorithms = policy::algorithms(head.algorithms)?;
        Ok(Self { head, issuer, audiences, required_scopes, algorithms, keys, prepared })
    }

    /// The verifier, once more in the core's own form.
    pub(crate) fn verifier(&self) -> Result<Verifier<'_>, certbound_status> {
        let policy = Policy::new(self.issuer, self.audiences)
            .algorithms(&self.algorithms)
            .required_scopes(self.required_scopes)
            .binding(policy::binding(self.head.binding)?)
            .token_type(policy::token_type(self.head.token_type)?)
            .leeway_seconds(self.head.leeway_seconds);
        Ok(match self.prepared {
            Some(keys) => Verifier::prepared(policy, keys),
            None => Verifier::new(policy, self.keys),
        })
    }
}

/// Writes the usable keys of a JWK Set one after the other, their tables behind them, and tells how many keys there are.
fn write_keys(jwks: &[u8], geometry: Option<Geometry>, memory: &mut [u8]) -> Result<u32, certbound_status> {
    let mut places = memory.chunks_exact_mut(size_of::<Key>());
    let mut keys_len = 0;
    Key::each_of_jwks(
        jwks,
        |key| {
            let place = places.next().ok_or(Error::KeySetFull)?;
            // SAFETY: as long as a key, and aligned for one: the memory is, and every key is as long as a multiple of the
            // alignment. Keys own nothing, so none is ever dropped.
            unsafe { place.as_mut_ptr().cast::<Key>().write(key) };
            keys_len += 1;
            Ok(())
        },
        |_| {},
    )?;
    if let Some(geometry) = geometry {
        let (keys, rest) = memory.split_at_mut(keys_len * size_of::<Key>());
        // SAFETY: so many keys have been written there.
        let keys = unsafe { slice::from_raw_parts(keys.as_ptr().cast::<Key>(), keys_len) };
        // SAFETY: a word may have any value, and the memory is aligned for words.
        let ([], words, _) = (unsafe { rest.align_to_mut::<u64>() }) else {
            return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
        };
        if words.len() < PreparedKeys::tables_len(keys, geometry) {
            return Err(certbound_status::CERTBOUND_KEY_SET_FULL);
        }
        PreparedKeys::prepare(keys, geometry, words)?;
    }
    u32::try_from(keys_len).map_err(|_| certbound_status::CERTBOUND_KEY_SET_FULL)
}

/// Tells a verifier from one with another policy or other keys: what it was made of, each part with its length, hashed.
fn identity(policy: &PolicyArguments<'_>, jwks: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let numbers = [policy.algorithms, policy.binding, policy.token_type].map(u64::from);
    for number in numbers.into_iter().chain([policy.leeway_seconds, policy.audiences.len() as u64]) {
        hash.update(number.to_be_bytes());
    }
    for text in policy.texts().map(str::as_bytes).chain([jwks]) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Bytes of a verifier with texts of this length in all, so many keys, and tables of so many words.
fn memory_len(texts: usize, keys: usize, tables: usize) -> Option<usize> {
    let keys = keys.checked_mul(size_of::<Key>())?.checked_add(tables.checked_mul(size_of::<u64>())?)?;
    memory_len_of_texts(texts)?.checked_add(size_of::<certbound_verifier>())?.checked_add(keys)
}

fn memory_len_of_texts(texts: usize) -> Option<usize> {
    texts.checked_next_multiple_of(CERTBOUND_ALIGNMENT)
}
