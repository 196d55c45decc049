//! How a verifier lies in the caller's memory: how it is written, and how it is found there again.

use core::ptr;

use certbound::{Policy, Verifier};

use sha2::{Digest, Sha256};

use crate::{
    arguments::Arguments,
    certbound_status,
    keys::{self, CERTBOUND_ALIGNMENT, certbound_keys},
    policy::{self, Algorithms, CERTBOUND_POLICY_TEXTS, PolicyArguments},
};

/// A policy and the keys of one issuer, in the caller's memory: see `certbound_verifier_init`.
///
/// Once initialised it is only read, so threads may share it. It may be copied byte for byte to other memory of the same
/// alignment: it holds no pointer, unless it was made by `certbound_verifier_init_with_keys` and refers to these keys. It
/// needs no release.
// After it in the memory, up to a multiple of the alignment, stand the texts; then the keys, unless it refers to others.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_verifier {
    magic: u64,
    /// Keys in other memory; null if they stand behind the texts.
    keys: *const certbound_keys,
    leeway_seconds: u64,
    algorithms: u32,
    binding: u32,
    token_type: u32,
    /// Bytes of the issuer, then of each audience, then of each required scope.
    text_lens: [u16; 1 + 2 * CERTBOUND_POLICY_TEXTS],
    audiences_len: u16,
    required_scopes_len: u16,
    /// The SHA-256 value of its policy.
    identity: [u8; 32],
}

/// Tells a verifier from other memory. The last byte is the version of its layout.
const MAGIC: u64 = u64::from_be_bytes(*b"certbnd\x02");
const _: () = assert!(align_of::<certbound_verifier>() == CERTBOUND_ALIGNMENT);

/// What a verifier gets its keys from.
pub(super) enum KeySource<'call> {
    /// A JWK Set, whose keys are written behind the policy.
    Jwks(&'call [u8]),
    /// Keys in other memory, which have been checked.
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

    // Until all of it is there, it is none.
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
    // SAFETY: the head is as long as a verifier, and aligned for one as the memory is.
    unsafe { head.as_mut_ptr().cast::<certbound_verifier>().write(value) };
    Ok(())
}

/// Bytes of a verifier without keys, with texts of this length in all.
pub(super) fn memory_len(texts: usize) -> Option<usize> {
    memory_len_of_texts(texts)?.checked_add(size_of::<certbound_verifier>())
}

fn memory_len_of_texts(texts: usize) -> Option<usize> {
    texts.checked_next_multiple_of(CERTBOUND_ALIGNMENT)
}

/// A verifier, found in the caller's memory.
pub(crate) struct Parts<'call> {
    head: &'call certbound_verifier,
    issuer: &'call str,
    audiences: &'call [&'call str],
    required_scopes: &'call [&'call str],
    algorithms: Algorithms,
    keys: keys::Contents<'call>,
}

/// Memory for the issuer, the audiences and the scopes of a verifier, in this order.
///
/// cbindgen:ignore
pub(crate) type PolicyTexts<'text> = [&'text str; 1 + 2 * CERTBOUND_POLICY_TEXTS];

/// No texts yet.
///
/// cbindgen:ignore
pub(crate) const NO_TEXTS: PolicyTexts<'_> = [""; 1 + 2 * CERTBOUND_POLICY_TEXTS];

/// What tells a verifier from one with another policy or other keys.
///
/// cbindgen:ignore
pub(crate) type Identity = [[u8; 32]; 2];

impl<'call> Parts<'call> {
    /// # Safety
    /// `verifier` is null, or points to memory that [`write`] has filled and that is not written during `'call`, with the
    /// keys it refers to, or to other memory as long as a `certbound_verifier`.
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
        let keys_at = memory_len(texts_len).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        // SAFETY: initialised, so it has been filled up to the end of its keys, or refers to keys that are there, by the
        // caller. No output overlaps any of it: `arguments` gets to know it all.
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

    /// The verifier, once more in the core's own form.
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

/// The SHA-256 value of all that a policy demands, each part with its length.
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
