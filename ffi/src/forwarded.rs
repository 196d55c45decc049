//! The client certificate that a TLS terminator in front, such as a load balancer, has forwarded in a header.

use core::ffi::{c_char, c_void};

use certbound::{ForwardedFormat, Thumbprint};

use crate::{arguments::Arguments, entry::enter, status::certbound_status};

/// `Client-Cert` (RFC 9440): `:BASE64:`.
pub const CERTBOUND_FORWARDED_RFC9440: u32 = 1;
/// `X-Forwarded-Client-Cert` of Envoy: one element with `Hash`, `Cert` or both.
pub const CERTBOUND_FORWARDED_XFCC: u32 = 2;
/// PEM in one line: percent-encoded, or with spaces or tabs in place of line breaks.
pub const CERTBOUND_FORWARDED_PEM: u32 = 3;
/// Base64 of the DER, as HAProxy and Traefik write it. A chain may follow, each certificate after a comma.
pub const CERTBOUND_FORWARDED_BASE64: u32 = 4;

const FORMATS: [(u32, ForwardedFormat); 4] = [
    (CERTBOUND_FORWARDED_RFC9440, ForwardedFormat::Rfc9440),
    (CERTBOUND_FORWARDED_XFCC, ForwardedFormat::Xfcc),
    (CERTBOUND_FORWARDED_PEM, ForwardedFormat::Pem),
    (CERTBOUND_FORWARDED_BASE64, ForwardedFormat::Base64),
];

/// Computes the thumbprint of the client certificate that a TLS terminator has forwarded in a header.
///
/// Call this only if the peer of this connection is a terminator that is trusted to set the header, because anyone can send
/// it. Reject a request that has the header twice with `CERTBOUND_FORWARDED_AMBIGUOUS`. If the header is absent, the client
/// has sent no certificate; if it is empty, the status `CERTBOUND_FORWARDED_MISSING` says the same. Any other status must
/// reject the request.
///
/// @param format      the format of the value, one of `CERTBOUND_FORWARDED_…`
/// @param value       the header's value without white space around it; not needed after the call
/// @param value_len   its number of bytes
/// @param scratch     scratch memory, with any contents
/// @param scratch_len its number of bytes, from `certbound_forwarded_scratch_len`
/// @param sha256      receives 32 bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_from_forwarded(
    format: u32,
    value: *const c_char,
    value_len: usize,
    scratch: *mut c_void,
    scratch_len: usize,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (value, scratch, output) = unsafe {
            (
                arguments.bytes(value.cast(), value_len)?,
                arguments.bytes_mut(scratch, scratch_len)?,
                arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?,
            )
        };
        let (_, format) =
            FORMATS.iter().find(|(number, _)| *number == format).ok_or(certbound_status::CERTBOUND_VALUE_UNKNOWN)?;
        output.write(*Thumbprint::from_forwarded(*format, value, scratch)?.as_sha256());
        Ok(())
    })
}

/// Returns the number of bytes of scratch memory that are enough for the value of a header with a forwarded certificate.
#[unsafe(no_mangle)]
pub extern "C" fn certbound_forwarded_scratch_len(value_len: usize) -> usize {
    certbound::forwarded_scratch_len(value_len)
}

/// Looks up the format of a header with a forwarded certificate by its name in configurations.
///
/// @param name     `"rfc9440"`, `"xfcc"`, `"pem"` or `"base64"`
/// @param name_len its number of bytes
/// @param format   receives the format, one of `CERTBOUND_FORWARDED_…`
/// @return `CERTBOUND_VALUE_UNKNOWN` for all other names
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_forwarded_from_name(
    name: *const c_char,
    name_len: usize,
    format: *mut u32,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (name, output) = unsafe { (arguments.text(name, name_len)?, arguments.output(format)?) };
        let named = FORMATS.iter().find(|(_, format)| format.name() == name);
        output.write(named.ok_or(certbound_status::CERTBOUND_VALUE_UNKNOWN)?.0);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_of_the_core_has_a_number() {
        assert!(FORMATS.iter().map(|(_, format)| format).eq(ForwardedFormat::ALL));
    }
}
