//! The layout of an accepted token in the caller's memory.

use core::{cell::UnsafeCell, mem::MaybeUninit};

#[cfg(feature = "introspection")]
use certbound::Introspection;
use certbound::{Accepted, ClaimSet, Confirmation, UnixTime};

use crate::{
    arguments::{Arguments, Place},
    status::certbound_status,
};

/// A token that `certbound_verify`, `certbound_verify_der`, `certbound_verify_cached` or one of the introspection functions
/// has accepted.
///
/// It refers to the scratch memory of that call, and is valid until the scratch memory is modified or freed. It may be
/// moved. If it is copied, use only one of the copies, because the claims are decoded in the scratch memory when the first
/// one is read. Threads that share it must synchronise.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_accepted {
    /// Private to the library.
    opaque: UnsafeCell<[MaybeUninit<u64>; 16]>,
}

/// The contents of the opaque memory.
struct Memory<'scratch> {
    magic: u64,
    /// The scratch memory that the token refers to.
    scratch: Place,
    token: Token<'scratch>,
}

pub(crate) enum Token<'scratch> {
    /// A token that a verifier has accepted.
    Verified(Accepted<'scratch>),
    /// A token that the issuer reports as active.
    #[cfg(feature = "introspection")]
    Active(Introspection<'scratch>),
}

const MAGIC: u64 = u64::from_be_bytes(*b"accepted");
const _: () = assert!(
    size_of::<Memory<'_>>() <= size_of::<certbound_accepted>()
        && align_of::<Memory<'_>>() <= align_of::<certbound_accepted>()
);

impl certbound_accepted {
    pub(crate) fn from_verifier(token: Accepted<'_>, scratch: Place) -> Self {
        Self::new(Token::Verified(token), scratch)
    }

    #[cfg(feature = "introspection")]
    pub(crate) fn from_introspection(token: Introspection<'_>, scratch: Place) -> Self {
        Self::new(Token::Active(token), scratch)
    }

    fn new(token: Token<'_>, scratch: Place) -> Self {
        let memory = Self { opaque: UnsafeCell::new([MaybeUninit::zeroed(); 16]) };
        // SAFETY: the opaque memory is large and aligned enough, as asserted above.
        unsafe { memory.opaque.get().cast::<Memory<'_>>().write(Memory { magic: MAGIC, scratch, token }) };
        memory
    }
}

impl<'scratch> Token<'scratch> {
    pub(crate) fn claims(&mut self) -> Result<ClaimSet<'scratch>, certbound_status> {
        match self {
            Self::Verified(token) => Ok(token.claims()?),
            #[cfg(feature = "introspection")]
            Self::Active(token) => Ok(**token),
        }
    }

    /// The introspection response, if the token was accepted by one.
    #[cfg(all(feature = "cache", feature = "introspection"))]
    pub(crate) const fn introspection(&self) -> Option<&Introspection<'scratch>> {
        match self {
            Self::Verified(_) => None,
            Self::Active(token) => Some(token),
        }
    }

    pub(super) fn expires_at(&self) -> Option<UnixTime> {
        match self {
            Self::Verified(token) => Some(token.expires_at()),
            #[cfg(feature = "introspection")]
            Self::Active(token) => token.expires_at(),
        }
    }

    pub(super) fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Verified(token) => token.confirmation(),
            #[cfg(feature = "introspection")]
            Self::Active(token) => token.confirmation(),
        }
    }
}

/// The token in the opaque memory. Decoding claims modifies it, even if C declares the object `const`.
///
/// What the call writes must not overlap the token's scratch memory. What it reads may, because texts of claims lie there.
///
/// # Safety
/// `accepted` is null, or points to an object that a verdict has written and whose scratch memory is unchanged, or to other
/// memory of the same size. No other thread uses either of them during the call.
pub(crate) unsafe fn read<'call>(
    accepted: *const certbound_accepted,
    arguments: &mut Arguments,
) -> Result<&'call mut Token<'call>, certbound_status> {
    // SAFETY: guaranteed by the caller. The magic number is checked before anything that must be valid is read.
    unsafe {
        let memory = UnsafeCell::raw_get(&raw const (*arguments.memory_of(accepted)?).opaque).cast::<Memory<'call>>();
        if (&raw const (*memory).magic).read() != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        arguments.add_read((&raw const (*memory).scratch).read())?;
        Ok(&mut (*memory).token)
    }
}

/// The claims of the token, decoded before any other argument becomes a reference: that may point into the scratch memory, which
/// decoding writes.
///
/// # Safety
/// As for [`read`].
pub(crate) unsafe fn read_claims<'call>(
    accepted: *const certbound_accepted,
    arguments: &mut Arguments,
) -> Result<ClaimSet<'call>, certbound_status> {
    // SAFETY: guaranteed by the caller.
    unsafe { read(accepted, arguments) }?.claims()
}
