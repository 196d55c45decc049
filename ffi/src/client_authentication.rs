//! Client authentication by certificate, for token services (RFC 8705 §2).

use core::ffi::{c_char, c_void};

use certbound::{Certificate, Chain, ClientMetadata};

use crate::{arguments::Arguments, entry::enter, memory::certbound_text, status::certbound_status};

/// The certificate's chain was not validated, or leads to no certificate authority that is trusted for clients.
pub const CERTBOUND_CHAIN_UNVALIDATED: u32 = 0;
/// The TLS terminator has validated the certificate's chain, validity and revocation status.
pub const CERTBOUND_CHAIN_VALIDATED: u32 = 1;

/// Authenticates the client of a connection: checks that its certificate is the one registered for it.
///
/// @param metadata        the client's registration in JSON (RFC 7591 §2, RFC 8705 §2): `tls_client_auth` with exactly one
///                        of the `tls_client_auth_…` members, or `self_signed_tls_client_auth` with `jwks`
/// @param metadata_len    its number of bytes
/// @param certificate     the DER encoding of the client's certificate, without its chain
/// @param certificate_len its number of bytes
/// @param chain           `CERTBOUND_CHAIN_VALIDATED` only if the TLS terminator has validated the chain of this
///                        certificate; otherwise `CERTBOUND_CHAIN_UNVALIDATED`, and `tls_client_auth` is rejected
/// @param scratch         scratch memory, with any contents
/// @param scratch_len     its number of bytes, from `certbound_client_metadata_scratch_len`
/// @param client_id       receives the registration's `client_id`, empty if it has none; it lies in `metadata` or `scratch`
/// @return `CERTBOUND_OK` if the client is authenticated; any other status rejects it
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_client_authenticate(
    metadata: *const c_char,
    metadata_len: usize,
    certificate: *const u8,
    certificate_len: usize,
    chain: u32,
    scratch: *mut c_void,
    scratch_len: usize,
    client_id: *mut certbound_text,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        let chain = match chain {
            CERTBOUND_CHAIN_UNVALIDATED => Chain::NotValidated,
            CERTBOUND_CHAIN_VALIDATED => Chain::Validated,
            _ => return Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
        };
        // SAFETY: guaranteed by the caller.
        let (metadata, certificate, scratch, output) = unsafe {
            (
                arguments.bytes(metadata.cast(), metadata_len)?,
                arguments.bytes(certificate, certificate_len)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(client_id)?,
            )
        };
        let client = ClientMetadata::from_json(metadata, scratch)?;
        client.authenticate(&Certificate::from_der(certificate)?, chain)?;
        output.write(certbound_text::of(client.client_id().unwrap_or_default()));
        Ok(())
    })
}

/// Returns the number of bytes of scratch memory that a registration of `metadata_len` bytes needs at most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_client_metadata_scratch_len(metadata_len: usize) -> usize {
    certbound::client_metadata_scratch_len(metadata_len)
}
