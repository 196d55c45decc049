//! The list of issuers that a verifier trusts, in its C form.

use crate::{
    arguments::{Arguments, ArgumentsWithPolicy},
    keys::{self, Contents, certbound_keys},
    memory::certbound_text,
    policy::text,
    status::certbound_status,
};

/// An issuer that a verifier trusts, and its keys. See `certbound_verifier_init_with_issuers`.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct certbound_issuer {
    /// The identifier of the issuer, which `iss` must equal byte for byte. If it is empty, none of its tokens are accepted.
    pub name: certbound_text,
    /// The keys of the issuer.
    pub keys: *const certbound_keys,
}

/// The maximum number of issuers of a verifier. Their list needs 4 KiB of stack during a verification.
pub const CERTBOUND_ISSUERS: usize = 64;

/// Issuers from C, checked, with references instead of pointers.
pub(super) struct IssuerArguments<'call> {
    issuers: heapless::Vec<IssuerArgument<'call>, CERTBOUND_ISSUERS>,
}

#[derive(Clone, Copy)]
pub(super) struct IssuerArgument<'call> {
    pub(super) name: &'call str,
    pub(super) keys: *const certbound_keys,
    /// The number of bytes of the keys.
    pub(super) keys_len: usize,
}

impl<'call> IssuerArguments<'call> {
    /// Reads issuers and checks their keys. `arguments` must already contain the memory that the call writes.
    ///
    /// # Safety
    /// `issuers` is null, or points to `len` issuers whose names and keys are valid during `'call`.
    pub(super) unsafe fn read(
        issuers: *const certbound_issuer,
        len: usize,
        arguments: &mut ArgumentsWithPolicy,
    ) -> Result<Self, certbound_status> {
        let mut read = heapless::Vec::new();
        // SAFETY: guaranteed by the caller.
        for issuer in unsafe { arguments.values(issuers, len) }? {
            // SAFETY: guaranteed by the caller, for each issuer.
            let (name, contents) = unsafe {
                let mut of_issuer = Arguments::new();
                (text(issuer.name, &mut of_issuer)?, Contents::of(issuer.keys, &mut of_issuer)?)
            };
            arguments.check_read(issuer.name.data.cast(), issuer.name.len)?;
            // SAFETY: guaranteed by the caller.
            unsafe { keys::check_read(issuer.keys, contents.len, arguments) }?;
            let issuer = IssuerArgument { name, keys: issuer.keys, keys_len: contents.len };
            read.push(issuer).map_err(|_| certbound_status::CERTBOUND_POLICY_TOO_LARGE)?;
        }
        Ok(Self { issuers: read })
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &IssuerArgument<'call>> {
        self.issuers.iter()
    }

    /// The total length of the names in bytes.
    pub(super) fn names_len(&self) -> usize {
        self.iter().map(|issuer| issuer.name.len()).sum()
    }
}
