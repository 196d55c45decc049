//! The layout of a verifier in the caller's memory: a head, the texts of the policy, and the keys.

use core::ptr;

use certbound::{Policy, Verifier};
use sha2::{Digest, Sha256};

use crate::{
    arguments::Arguments,
    keys::{self, certbound_keys},
    memory::CERTBOUND_ALIGNMENT,
    policy::{self, Algorithms, CERTBOUND_POLICY_TEXTS, PolicyArguments},
    status::certbound_status,
};

/// A policy and the keys of one issuer, in the caller's memory. See `certbound_verifier_init`.
///
/// A verifier is not written after its initialisation, so threads may share it. It may be copied byte for byte to other
/// memory of the same alignment: its only pointer is to the keys, if `certbound_verifier_init_with_keys` initialised it. It
/// needs no clean-up.
// In memory the texts follow this head, padded to the alignment, and the keys follow the texts, unless it refers to others.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_verifier {
    magic: u64,
    /// Keys in other memory; null if they follow the texts.
    keys: *const certbound_keys,
    leeway_seconds: u64,
    algorithms: u32,
    binding: u32,
    token_type: u32,
    /// The lengths in bytes of the issuer, of each audience, and of each required scope, in this order.
    text_lens: [u16; 1 + 2 * CERTBOUND_POLICY_TEXTS],
    audiences_len: u16,
    required_scopes_len: u16,
    /// The SHA-256 value of its policy.
    identity: [u8; 32],
}

/// Distinguishes a verifier from other memory. The last byte is the version of the layout.
const MAGIC: u64 = u64::from_be_bytes(*b"certbnd\x02");
const _: () = assert!(align_of::<certbound_verifier>() == CERTBOUND_ALIGNMENT);

/// The source of a verifier's keys.
pub(super) enum KeySource<'call> {
    /// A JWK Set, whose keys are written after the policy.
    Jwks(&'call [u8]),
    /// Keys in other memory, already checked.
    Keys(*const certbound_keys),
}

/// Fills memory with a verifier.
pub(super) fn write(
    memory: &mut [u8],
    policy: &PolicyArguments<'_>,
    source: KeySource<'_>,
) -> Result<(), certbound_status> {
    let (head, rest) = memory
        .split_at_mut_checked(size_of::<certbound_verifier>())
        .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;
    if !head.as_ptr().addr().is_multiple_of(CERTBOUND_ALIGNMENT) {
        return Err(certbound_status::CERTBOUND_MISALIGNED_ARGUMENT);
    }
    let (texts, rest) = memory_len_of_texts(policy.texts_len())
        .and_then(|len| rest.split_at_mut_checked(len))
        .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;

    // The memory holds no valid verifier until everything has been written.
    head.fill(0);
    let keys = match source {
        KeySource::Jwks(jwks) => {
            keys::write(rest, jwks, policy.tables, |_| {})?;
            ptr::null()
        }
        KeySource::Keys(keys) => keys,
    };
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
        keys,
        leeway_seconds: policy.leeway_seconds,
        algorithms: policy.algorithms,
        binding: policy.binding,
        token_type: policy.token_type,
        text_lens,
        audiences_len: policy.audiences.len() as u16,
        required_scopes_len: policy.required_scopes.len() as u16,
        identity: identity(policy),
    };
    // SAFETY: the head has the size of a verifier, and its alignment was checked above.
    unsafe { head.as_mut_ptr().cast::<certbound_verifier>().write(value) };
    Ok(())
}

/// The number of bytes of a verifier without keys, whose texts have this total length.
pub(super) fn memory_len(texts: usize) -> Option<usize> {
    memory_len_of_texts(texts)?.checked_add(size_of::<certbound_verifier>())
}

fn memory_len_of_texts(texts: usize) -> Option<usize> {
    texts.checked_next_multiple_of(CERTBOUND_ALIGNMENT)
}

/// Views of the parts of a [`certbound_verifier`].
pub(crate) struct Parts<'call> {
    head: &'call certbound_verifier,
    issuer: &'call str,
    audiences: &'call [&'call str],
    required_scopes: &'call [&'call str],
    algorithms: Algorithms,
    keys: keys::Contents<'call>,
}

/// The issuer, the audiences and the scopes of a verifier, in this order.
///
/// cbindgen:ignore
pub(crate) type PolicyTexts<'text> = [&'text str; 1 + 2 * CERTBOUND_POLICY_TEXTS];

/// The initial value, before [`Parts::of`] fills it.
///
/// cbindgen:ignore
pub(crate) const NO_TEXTS: PolicyTexts<'_> = [""; 1 + 2 * CERTBOUND_POLICY_TEXTS];

/// Distinguishes a verifier from one with another policy or other keys.
///
/// cbindgen:ignore
pub(crate) type Identity = [[u8; 32]; 2];

impl<'call> Parts<'call> {
    /// # Safety
    /// `verifier` is null, or points to memory that [`write`] has filled, or to other memory of at least the size of a
    /// `certbound_verifier`; this memory, and the keys that the verifier refers to, are not written during `'call`.
    pub(crate) unsafe fn of(
        verifier: *const certbound_verifier,
        texts: &'call mut PolicyTexts<'call>,
        arguments: &mut Arguments,
    ) -> Result<Self, certbound_status> {
        // SAFETY: guaranteed by the caller.
        let head = unsafe { arguments.value(verifier) }?;
        if head.magic != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        let texts_len = head.text_lens.iter().copied().map(usize::from).sum();
        let keys_at = memory_len(texts_len).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        // SAFETY: the magic number shows that `write` has filled the memory up to the last key, or that the verifier refers
        // to keys, which the caller guarantees to be there. All of it is registered with `arguments`, so no output overlaps
        // it.
        let (mut text_memory, keys) = unsafe {
            let memory = arguments.bytes(verifier.cast(), keys_at)?;
            let keys = if head.keys.is_null() { verifier.byte_add(keys_at).cast() } else { head.keys };
            (&memory[size_of::<certbound_verifier>()..], keys::Contents::of(keys, arguments)?)
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
        Ok(Self { head, issuer, audiences, required_scopes, algorithms, keys })
    }

    /// The core's view of the verifier.
    pub(crate) fn verifier(&self) -> Result<Verifier<'_>, certbound_status> {
        let policy = Policy::new(self.issuer, self.audiences)
            .algorithms(&self.algorithms)
            .required_scopes(self.required_scopes)
            .binding(policy::binding(self.head.binding)?)
            .token_type(policy::token_type(self.head.token_type)?)
            .leeway_seconds(self.head.leeway_seconds);
        Ok(match self.keys.prepared {
            Some(keys) => Verifier::prepared(policy, keys),
            None => Verifier::new(policy, self.keys.keys),
        })
    }

    pub(crate) const fn identity(&self) -> Identity {
        [self.head.identity, self.keys.head.identity]
    }
}

/// The SHA-256 value of all requirements of a policy, each text prefixed with its length.
fn identity(policy: &PolicyArguments<'_>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let numbers = [policy.algorithms, policy.binding, policy.token_type].map(u64::from);
    for number in numbers.into_iter().chain([policy.leeway_seconds, policy.audiences.len() as u64]) {
        hash.update(number.to_be_bytes());
    }
    for text in policy.texts().map(str::as_bytes) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
