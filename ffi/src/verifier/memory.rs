//! The layout of a verifier in the caller's memory: a head, its issuers, its texts, and its keys.

use core::{ptr, slice};

use certbound::{Policy, TrustedIssuer, Verifier};
use sha2::{Digest, Sha256};

use super::issuers::{CERTBOUND_ISSUERS, IssuerArgument, IssuerArguments};
use crate::{
    arguments::Arguments,
    keys::{self, certbound_keys},
    memory::CERTBOUND_ALIGNMENT,
    policy::{self, Algorithms, CERTBOUND_POLICY_TEXTS, PolicyArguments},
    status::certbound_status,
    tables,
};

/// A policy and the keys of its issuers, in the caller's memory. See `certbound_verifier_init`.
///
/// A verifier is not written after its initialisation, so threads may share it. It may be copied byte for byte to other
/// memory of the same alignment: its only pointers are to keys in other memory, if `certbound_verifier_init_with_keys` or
/// `certbound_verifier_init_with_issuers` initialised it. It needs no clean-up.
// In memory, a list of issuers follows this head, if there is one. The texts follow, padded to the alignment: those of the
// policy, then the names of the listed issuers. The keys follow, if the verifier contains them.
#[repr(C, align(8))]
#[allow(non_camel_case_types)]
pub struct certbound_verifier {
    magic: u64,
    /// Keys in other memory; null if they follow the texts, or if there is a list of issuers.
    keys: *const certbound_keys,
    leeway_seconds: u64,
    algorithms: u32,
    binding: u32,
    token_type: u32,
    /// The number of listed issuers, or [`NO_LIST`].
    issuers_len: u32,
    /// The lengths in bytes of the issuer, of each audience, and of each required scope, in this order.
    text_lens: [u16; 1 + 2 * CERTBOUND_POLICY_TEXTS],
    audiences_len: u16,
    required_scopes_len: u16,
    /// The SHA-256 value of the policy and of the names of the listed issuers.
    identity: [u8; 32],
}

/// A listed issuer.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Issuer {
    keys: *const certbound_keys,
    /// The number of bytes of the keys.
    keys_len: usize,
    name_len: u32,
}

/// Distinguishes a verifier from other memory. The last byte is the version of the layout.
const MAGIC: u64 = u64::from_be_bytes(*b"certbnd\x03");
const _: () = assert!(align_of::<certbound_verifier>() == CERTBOUND_ALIGNMENT);
const _: () = assert!(align_of::<Issuer>() == CERTBOUND_ALIGNMENT);

/// The number of issuers of a verifier that has no list, but keys for the issuer of its policy.
const NO_LIST: u32 = u32::MAX;

/// The source of a verifier's keys.
pub(super) enum KeySource<'call> {
    /// A JWK Set, whose keys are written after the policy.
    Jwks(&'call [u8]),
    /// Keys in other memory, already checked.
    Keys(*const certbound_keys),
    /// The keys of each of these issuers.
    Issuers(&'call IssuerArguments<'call>),
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
    let listed = if let KeySource::Issuers(issuers) = &source { Some(*issuers) } else { None };
    let (issuers_len, names_len) = listed.map_or((0, 0), |listed| (listed.iter().len(), listed.names_len()));
    let (issuers, texts, rest) = memory_len_of_issuers(issuers_len)
        .and_then(|len| rest.split_at_mut_checked(len))
        .zip(policy.texts_len().checked_add(names_len).and_then(memory_len_of_texts))
        .and_then(|((issuers, rest), len)| rest.split_at_mut_checked(len).map(|(texts, rest)| (issuers, texts, rest)))
        .ok_or(certbound_status::CERTBOUND_OUTPUT_TOO_SMALL)?;

    // The memory holds no valid verifier until everything has been written.
    head.fill(0);
    let keys = match source {
        KeySource::Jwks(jwks) => {
            keys::write(rest, jwks, policy.tables, None, |_| {})?;
            ptr::null()
        }
        KeySource::Keys(keys) => keys,
        KeySource::Issuers(_) => ptr::null(),
    };
    let mut texts = texts.iter_mut();
    let mut write_text = |text: &str| text.bytes().zip(&mut texts).for_each(|(byte, place)| *place = byte);
    let mut text_lens = [0; 1 + 2 * CERTBOUND_POLICY_TEXTS];
    for (text, len) in policy.texts().zip(&mut text_lens) {
        *len = u16::try_from(text.len()).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)?;
        write_text(text);
    }
    let places = issuers.chunks_exact_mut(size_of::<Issuer>());
    for (issuer, place) in listed.into_iter().flat_map(IssuerArguments::iter).zip(places) {
        let IssuerArgument { name, keys, keys_len } = *issuer;
        let name_len = u32::try_from(name.len()).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)?;
        // SAFETY: each place has the size of an issuer, and is aligned because the memory is aligned and the sizes of the
        // head and of an issuer are multiples of the alignment.
        unsafe { place.as_mut_ptr().cast::<Issuer>().write(Issuer { keys, keys_len, name_len }) };
        write_text(name);
    }
    let value = certbound_verifier {
        magic: MAGIC,
        keys,
        leeway_seconds: policy.leeway_seconds,
        algorithms: policy.algorithms,
        binding: policy.binding,
        token_type: policy.token_type,
        issuers_len: listed.map_or(NO_LIST, |_| issuers_len as u32),
        text_lens,
        audiences_len: policy.audiences.len() as u16,
        required_scopes_len: policy.required_scopes.len() as u16,
        identity: identity(policy, listed),
    };
    // SAFETY: the head has the size of a verifier, and its alignment was checked above.
    unsafe { head.as_mut_ptr().cast::<certbound_verifier>().write(value) };
    Ok(())
}

/// The number of bytes of a verifier without keys, with this number of listed issuers and this total length of texts.
pub(super) fn memory_len(issuers: usize, texts: usize) -> Option<usize> {
    memory_len_of_issuers(issuers)?
        .checked_add(memory_len_of_texts(texts)?)?
        .checked_add(size_of::<certbound_verifier>())
}

fn memory_len_of_issuers(issuers: usize) -> Option<usize> {
    issuers.checked_mul(size_of::<Issuer>())
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
    keys: Keys<'call>,
}

enum Keys<'call> {
    /// Keys of the issuer that the policy names.
    OfPolicy(keys::Contents<'call>),
    /// Issuers, whose names lie one behind the other.
    Listed { issuers: &'call [Issuer], names: &'call [u8] },
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
    /// Reads a verifier. `arguments` must already contain the memory that the call writes.
    ///
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
        // SAFETY: the magic number shows that `write` has filled the memory up to the last text.
        let (issuers, mut text_memory, keys_at) = unsafe { texts_of(verifier, head, arguments) }?;
        // The places of texts that the policy lacks remain empty.
        let count = [1, head.audiences_len, head.required_scopes_len].map(usize::from).iter().sum();
        for (text, len) in texts.iter_mut().zip(head.text_lens).take(count) {
            *text = take_text(&mut text_memory, usize::from(len))?;
        }
        let keys = if head.issuers_len == NO_LIST {
            // SAFETY: the magic number shows that `write` has filled the memory up to the last key, or that the verifier
            // refers to keys, which the caller guarantees to be there. All of it is registered with `arguments`, so no
            // output overlaps it.
            Keys::OfPolicy(unsafe {
                let keys = if head.keys.is_null() { verifier.byte_add(keys_at).cast() } else { head.keys };
                keys::Contents::of(keys, arguments)?
            })
        } else {
            for issuer in issuers {
                // SAFETY: guaranteed by the caller.
                unsafe { keys::check_read(issuer.keys, issuer.keys_len, arguments) }?;
            }
            Keys::Listed { issuers, names: text_memory }
        };
        let [issuer, texts @ ..] = texts;
        let (audiences, required_scopes) = texts
            .split_at_checked(usize::from(head.audiences_len))
            .and_then(|(audiences, rest)| Some((audiences, rest.get(..usize::from(head.required_scopes_len))?)))
            .ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
        let algorithms = policy::algorithms(head.algorithms)?;
        Ok(Self { head, issuer, audiences, required_scopes, algorithms, keys })
    }

    /// Calls `then` with the core's view of the verifier, and the identity of its policy and keys.
    ///
    /// `then` is compiled for one issuer and for a list of them, so it should only call a function.
    // Inlined, because a frame for it and its copy of the verifier would need 600 bytes of stack.
    #[inline(always)]
    pub(crate) fn with_verifier<T>(
        &self,
        then: impl FnOnce(Verifier<'_>, Identity) -> Result<T, certbound_status>,
    ) -> Result<T, certbound_status> {
        let policy = Policy::new(self.issuer, self.audiences)
            .algorithms(&self.algorithms)
            .required_scopes(self.required_scopes)
            .binding(policy::binding(self.head.binding)?)
            .token_type(policy::token_type(self.head.token_type)?)
            .leeway_seconds(self.head.leeway_seconds);
        match &self.keys {
            Keys::OfPolicy(keys) => {
                let verifier = match keys.prepared {
                    Some(keys) => tables::verifier(policy, keys),
                    None => Verifier::new(policy, keys.keys),
                };
                then(verifier, [self.head.identity, keys.head.identity])
            }
            Keys::Listed { issuers, names } => {
                let own = self.head.identity;
                let judge = |list: &[TrustedIssuer<'_>], keys| then(Verifier::for_issuers(policy, list), [own, keys]);
                // SAFETY: guaranteed by the caller of `of`.
                unsafe { with_issuers(issuers, names, judge) }
            }
        }
    }
}

/// Calls `then` with a list of issuers and the identity of all their keys. Not inlined, so that the list needs stack only if
/// there is one.
///
/// # Safety
/// The keys of the issuers are valid, and are not written during the call.
#[inline(never)]
unsafe fn with_issuers<T>(
    issuers: &[Issuer],
    mut names: &[u8],
    then: impl FnOnce(&[TrustedIssuer<'_>], [u8; 32]) -> Result<T, certbound_status>,
) -> Result<T, certbound_status> {
    let mut list = heapless::Vec::<TrustedIssuer<'_>, CERTBOUND_ISSUERS>::new();
    let mut identities = Sha256::new();
    for issuer in issuers {
        let name = take_text(&mut names, issuer.name_len as usize)?;
        // SAFETY: guaranteed by the caller.
        let keys = unsafe { keys::Contents::of(issuer.keys, &mut Arguments::new()) }?;
        identities.update(keys.head.identity);
        let issuer = match keys.prepared {
            Some(keys) => tables::issuer(name, keys),
            None => TrustedIssuer::new(name, keys.keys),
        };
        list.push(issuer).map_err(|_| certbound_status::CERTBOUND_NOT_INITIALISED)?;
    }
    then(&list, identities.finalize().into())
}

/// The listed issuers of a verifier, its texts, and the offset of its keys.
///
/// # Safety
/// [`write`] has filled the memory of the verifier, which is not written during `'call`.
unsafe fn texts_of<'call>(
    verifier: *const certbound_verifier,
    head: &certbound_verifier,
    arguments: &mut Arguments,
) -> Result<(&'call [Issuer], &'call [u8], usize), certbound_status> {
    let issuers_len = if head.issuers_len == NO_LIST { 0 } else { head.issuers_len as usize };
    // SAFETY: guaranteed by the caller. The list is aligned because the head is, whose size is a multiple of the alignment.
    let issuers = unsafe { slice::from_raw_parts(verifier.add(1).cast::<Issuer>(), issuers_len) };
    let of_policy: usize = head.text_lens.iter().copied().map(usize::from).sum();
    let texts_len = issuers.iter().map(|issuer| issuer.name_len as usize).fold(of_policy, usize::saturating_add);
    let (len, texts_at) = memory_len(issuers_len, texts_len)
        .zip(memory_len(issuers_len, 0))
        .ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
    // SAFETY: guaranteed by the caller. All of it is registered with `arguments`, so no output overlaps it.
    let memory = unsafe { arguments.bytes(verifier.cast(), len) }?;
    Ok((issuers, memory.get(texts_at..).unwrap_or_default(), len))
}

/// Splits a text off the front.
fn take_text<'call>(memory: &mut &'call [u8], len: usize) -> Result<&'call str, certbound_status> {
    let (text, rest) = memory.split_at_checked(len).ok_or(certbound_status::CERTBOUND_NOT_INITIALISED)?;
    *memory = rest;
    core::str::from_utf8(text).map_err(|_| certbound_status::CERTBOUND_NOT_INITIALISED)
}

/// The SHA-256 value of all requirements of a policy and of the listed issuers' names, each text prefixed with its length.
fn identity(policy: &PolicyArguments<'_>, listed: Option<&IssuerArguments<'_>>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let issuers_len = listed.map_or(u64::MAX, |listed| listed.iter().len() as u64);
    let numbers = [policy.algorithms, policy.binding, policy.token_type].map(u64::from);
    for number in numbers.into_iter().chain([policy.leeway_seconds, policy.audiences.len() as u64, issuers_len]) {
        hash.update(number.to_be_bytes());
    }
    let names = listed.into_iter().flat_map(IssuerArguments::iter).map(|issuer| issuer.name);
    for text in policy.texts().chain(names).map(str::as_bytes) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}
