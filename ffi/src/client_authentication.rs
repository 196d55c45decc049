//! Client authentication by certificate, for a token service (RFC 8705 §2).

use core::ffi::{c_char, c_void};

use certbound::{Certificate, Chain, ClientMetadata};

use crate::{arguments::Arguments, certbound_status, entry::enter, policy::certbound_text};

/// The certificate's chain does not lead to an authority trusted for clients, or nobody has looked.
pub const CERTBOUND_CHAIN_UNVALIDATED: u32 = 0;
/// The terminator has validated the certificate's chain, validity and revocation.
pub const CERTBOUND_CHAIN_VALIDATED: u32 = 1;

/// Judges whether the certificate of a connection is that of the client with this registration.
///
/// `metadata` is the client's registration as JSON (RFC 7591 §2, RFC 8705 §2): `tls_client_auth` with exactly one of the
/// `tls_client_auth_…` members, or `self_signed_tls_client_auth` with `jwks`. `certificate` is the DER of exactly one
/// certificate. `chain` is `CERTBOUND_CHAIN_VALIDATED` only where the terminator has validated this certificate's chain;
/// without, `tls_client_auth` is refused. `scratch` has `certbound_client_metadata_scratch_len` bytes for the longest
/// registration. On `CERTBOUND_OK` the client is authenticated, and `*client_id` is the registration's `client_id`, in
/// `metadata` or in `scratch`; empty where it has none.
///
/// # Safety
/// Pointers point to what their types say, or to as many bytes as the length beside them tells.
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
        // SAFETY: by the caller.
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

/// How many bytes of scratch memory a registration of `metadata_len` bytes needs at the most.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_client_metadata_scratch_len(metadata_len: usize) -> usize {
    certbound::client_metadata_scratch_len(metadata_len)
}
