//! What is accepted: a verified token, or an active one, and its claims.

use core::{cell::UnsafeCell, ffi::c_char, mem::MaybeUninit};

use certbound::{Accepted, Claim, ClaimSet, Confirmation, Introspection, Thumbprint, UnixTime};

use crate::{arguments::Arguments, certbound_status, entry::enter, policy::certbound_text};

/// A token that has been accepted, by `certbound_verify` or by `certbound_introspection_verify`.
///
/// It refers to the scratch memory of that call, and is good as long as that stays as it is. It may be moved; of several
/// copies use one alone, since claims are decoded in the scratch memory when the first is asked for. Threads that share one
/// must take turns.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_accepted {
    /// Not for the caller.
    opaque: UnsafeCell<[MaybeUninit<u64>; 16]>,
}

/// What stands in the opaque memory.
struct Memory<'scratch> {
    magic: u64,
    token: Token<'scratch>,
}

enum Token<'scratch> {
    /// What a verifier accepted.
    Verified(Accepted<'scratch>),
    /// What the issuer says is active.
    Active(Introspection<'scratch>),
}

const MAGIC: u64 = u64::from_be_bytes(*b"accepted");
const _: () = assert!(
    size_of::<Memory<'_>>() <= size_of::<certbound_accepted>()
        && align_of::<Memory<'_>>() <= align_of::<certbound_accepted>()
);

/// One claim.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_claim {
    /// `CERTBOUND_CLAIM_NULL` to `CERTBOUND_CLAIM_OBJECT`.
    pub kind: u32,
    /// A string unescaped, in UTF-8 and perhaps with NULs in it; anything else as its JSON text. In the scratch memory,
    /// without a NUL at its end.
    pub text: certbound_text,
}

/// `null`
pub const CERTBOUND_CLAIM_NULL: u32 = 0;
/// `true` or `false`
pub const CERTBOUND_CLAIM_BOOLEAN: u32 = 1;
/// A number, as it is written.
pub const CERTBOUND_CLAIM_NUMBER: u32 = 2;
/// A string, unescaped.
pub const CERTBOUND_CLAIM_STRING: u32 = 3;
/// An array.
pub const CERTBOUND_CLAIM_ARRAY: u32 = 4;
/// An object.
pub const CERTBOUND_CLAIM_OBJECT: u32 = 5;

/// Finds the claim of this name: `"sub"`, `"client_id"`, or any other. `CERTBOUND_CLAIM_MISSING` where there is none.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_claim(
    accepted: *const certbound_accepted,
    name: *const c_char,
    name_len: usize,
    claim: *mut certbound_claim,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (accepted, name, output) =
            unsafe { (read(accepted, &mut arguments)?, arguments.text(name, name_len)?, arguments.output(claim)?) };
        let (kind, text) = match accepted.claims()?.claim(name) {
            Some(Claim::Null) => (CERTBOUND_CLAIM_NULL, "null"),
            Some(Claim::Boolean(true)) => (CERTBOUND_CLAIM_BOOLEAN, "true"),
            Some(Claim::Boolean(false)) => (CERTBOUND_CLAIM_BOOLEAN, "false"),
            Some(Claim::Number(text)) => (CERTBOUND_CLAIM_NUMBER, text),
            Some(Claim::String(text)) => (CERTBOUND_CLAIM_STRING, text),
            Some(Claim::Array(text)) => (CERTBOUND_CLAIM_ARRAY, text),
            Some(Claim::Object(text)) => (CERTBOUND_CLAIM_OBJECT, text),
            _ => return Err(certbound_status::CERTBOUND_CLAIM_MISSING),
        };
        output.write(certbound_claim { kind, text: certbound_text::of(text) });
        Ok(())
    })
}

/// Gives all claims, as the JSON text of an object, in the scratch memory and without a NUL at its end.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_claims(
    accepted: *const certbound_accepted,
    json: *mut certbound_text,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (accepted, output) = unsafe { (read(accepted, &mut arguments)?, arguments.output(json)?) };
        output.write(certbound_text::of(accepted.claims()?.as_json()));
        Ok(())
    })
}

/// Tells whether `scope` has this value among its values (RFC 8693 §4.2).
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_has_scope(
    accepted: *const certbound_accepted,
    scope: *const c_char,
    scope_len: usize,
    has_scope: *mut bool,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (accepted, scope, output) = unsafe {
            (read(accepted, &mut arguments)?, arguments.text(scope, scope_len)?, arguments.output(has_scope)?)
        };
        output.write(accepted.claims()?.has_scope(scope));
        Ok(())
    })
}

/// Gives `exp` in Unix seconds, rounded up: from then on the token is no longer valid, leeway aside.
///
/// `CERTBOUND_CLAIM_MISSING` for an introspection response without `exp`.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_expires_at(
    accepted: *const certbound_accepted,
    expires_at: *mut u64,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (accepted, output) = unsafe { (read(accepted, &mut arguments)?, arguments.output(expires_at)?) };
        output.write(accepted.expires_at().ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?.seconds());
        Ok(())
    })
}

/// Copies the thumbprint that the token is bound to: 32 bytes. `CERTBOUND_CLAIM_MISSING` for an unbound token that
/// `CERTBOUND_BINDING_IF_PRESENT` let pass.
///
/// # Safety
/// Pointers point to what their types say.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_thumbprint(
    accepted: *const certbound_accepted,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: by the caller.
        let (accepted, output) =
            unsafe { (read(accepted, &mut arguments)?, arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?) };
        let bound = accepted.confirmation().ok_or(certbound_status::CERTBOUND_CLAIM_MISSING)?;
        output.write(*bound.thumbprint().as_sha256());
        Ok(())
    })
}

/// Decodes the claims now. A cache accepts a token without decoding it, and the first question for a claim does so: this is
/// for callers who want to know before that it works. It does nothing to a token that is decoded.
///
/// # Safety
/// `accepted` points to what its type says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_accepted_decode(accepted: *mut certbound_accepted) -> certbound_status {
    enter(|| {
        // SAFETY: by the caller.
        unsafe { read(accepted, &mut Arguments::new())? }.claims()?;
        Ok(())
    })
}

impl certbound_accepted {
    pub(crate) fn from_verifier(token: Accepted<'_>) -> Self {
        Self::new(Token::Verified(token))
    }

    pub(crate) fn from_introspection(token: Introspection<'_>) -> Self {
        Self::new(Token::Active(token))
    }

    fn new(token: Token<'_>) -> Self {
        let memory = Self { opaque: UnsafeCell::new([MaybeUninit::zeroed(); 16]) };
        // SAFETY: the memory has the size and alignment for it, as asserted above.
        unsafe { memory.opaque.get().cast::<Memory<'_>>().write(Memory { magic: MAGIC, token }) };
        memory
    }
}

impl<'scratch> Token<'scratch> {
    fn claims(&mut self) -> Result<ClaimSet<'scratch>, certbound_status> {
        match self {
            Self::Verified(token) => Ok(token.claims()?),
            Self::Active(token) => Ok(**token),
        }
    }

    fn expires_at(&self) -> Option<UnixTime> {
        match self {
            Self::Verified(token) => Some(token.expires_at()),
            Self::Active(token) => token.expires_at(),
        }
    }

    fn confirmation(&self) -> Option<&Confirmation> {
        match self {
            Self::Verified(token) => token.confirmation(),
            Self::Active(token) => token.confirmation(),
        }
    }
}

/// What stands in the opaque memory. Reading claims changes it, even of an object that C has as `const`.
///
/// # Safety
/// `accepted` is null, or points to what a verdict has written and whose scratch memory is as it was, or to other memory as
/// long. No other thread uses either of them during the call.
unsafe fn read<'call>(
    accepted: *const certbound_accepted,
    arguments: &mut Arguments,
) -> Result<&'call mut Token<'call>, certbound_status> {
    // SAFETY: by the caller. The magic number is looked at before anything that has to be valid.
    unsafe {
        let memory = UnsafeCell::raw_get(&raw const (*arguments.memory_of(accepted)?).opaque).cast::<Memory<'call>>();
        if (&raw const (*memory).magic).read() != MAGIC {
            return Err(certbound_status::CERTBOUND_NOT_INITIALISED);
        }
        Ok(&mut (*memory).token)
    }
}
