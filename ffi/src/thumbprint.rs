//! Thumbprints: the SHA-256 values of certificates, and their text forms.

use core::ffi::c_char;

use certbound::{Certificate, Confirmation, Thumbprint, X5tS256};

use crate::{arguments::Arguments, entry::enter, status::certbound_status};

/// The number of bytes of a thumbprint.
pub const CERTBOUND_SHA256_LEN: usize = 32;
const _: () = assert!(CERTBOUND_SHA256_LEN == Thumbprint::LEN);

/// The number of characters of an `x5t#S256` value, without the terminating NUL.
pub const CERTBOUND_X5T_S256_LEN: usize = 43;
const _: () = assert!(CERTBOUND_X5T_S256_LEN == X5tS256::LEN);

/// The number of characters of a `cnf` value, without the terminating NUL.
pub const CERTBOUND_CONFIRMATION_LEN: usize = 58;
const _: () = assert!(CERTBOUND_CONFIRMATION_LEN == Confirmation::JSON_LEN);

/// Computes the thumbprint of a certificate (RFC 8705 §3.1).
///
/// @param der     the DER encoding of exactly one certificate, which is parsed strictly
/// @param der_len its number of bytes
/// @param sha256  receives 32 bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_from_der(
    der: *const u8,
    der_len: usize,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (der, output) =
            unsafe { (arguments.bytes(der, der_len)?, arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?) };
        output.write(*of_certificate(der)?.as_sha256());
        Ok(())
    })
}

/// Parses a thumbprint of 64 hexadecimal digits, in either case and without colons.
///
/// @param hex     the digits
/// @param hex_len their number
/// @param sha256  receives 32 bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_from_hex(
    hex: *const c_char,
    hex_len: usize,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (hex, output) =
            unsafe { (arguments.text(hex, hex_len)?, arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?) };
        output.write(*Thumbprint::from_hex(hex)?.as_sha256());
        Ok(())
    })
}

/// Parses the value of an `x5t#S256` member.
///
/// @param text     the value
/// @param text_len its number of bytes
/// @param sha256   receives 32 bytes
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_from_x5t_s256(
    text: *const c_char,
    text_len: usize,
    sha256: *mut u8,
) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (text, output) =
            unsafe { (arguments.text(text, text_len)?, arguments.output(sha256.cast::<[u8; Thumbprint::LEN]>())?) };
        output.write(*Thumbprint::from_x5t_s256(text)?.as_sha256());
        Ok(())
    })
}

/// Formats a thumbprint as the value of an `x5t#S256` member.
///
/// @param sha256 the 32-byte thumbprint
/// @param text   receives `CERTBOUND_X5T_S256_LEN` characters and a NUL
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_x5t_s256(sha256: *const u8, text: *mut c_char) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (thumbprint, output) = unsafe {
            (read(sha256, &mut arguments)?, arguments.output(text.cast::<[c_char; CERTBOUND_X5T_S256_LEN + 1]>())?)
        };
        output.write(c_string(thumbprint.x5t_s256().as_str()));
        Ok(())
    })
}

/// Formats a thumbprint as the value of a token's `cnf` member, `{"x5t#S256":"…"}`. For token services.
///
/// @param sha256 the 32-byte thumbprint
/// @param json   receives `CERTBOUND_CONFIRMATION_LEN` characters and a NUL
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_confirmation_json(sha256: *const u8, json: *mut c_char) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (thumbprint, output) = unsafe {
            (read(sha256, &mut arguments)?, arguments.output(json.cast::<[c_char; CERTBOUND_CONFIRMATION_LEN + 1]>())?)
        };
        let mut memory = [0; Confirmation::JSON_LEN];
        output.write(c_string(Confirmation::new(thumbprint).write_json(&mut memory)?));
        Ok(())
    })
}

/// Compares two thumbprints in constant time.
///
/// @param one   a 32-byte thumbprint
/// @param other a 32-byte thumbprint
/// @return `CERTBOUND_OK` if they are equal, otherwise `CERTBOUND_CERTIFICATE_MISMATCH`
///
/// # Safety
/// Pointers must be valid, as the documentation of this crate says.
#[unsafe(no_mangle)]
#[must_use]
pub unsafe extern "C" fn certbound_thumbprint_compare(one: *const u8, other: *const u8) -> certbound_status {
    enter(|| {
        let mut arguments = Arguments::new();
        // SAFETY: guaranteed by the caller.
        let (one, other) = unsafe { (read(one, &mut arguments)?, read(other, &mut arguments)?) };
        if one.matches(&other) { Ok(()) } else { Err(certbound_status::CERTBOUND_CERTIFICATE_MISMATCH) }
    })
}

pub(crate) fn of_certificate(der: &[u8]) -> Result<Thumbprint, certbound_status> {
    Ok(Certificate::from_der(der)?.thumbprint())
}

/// # Safety
/// `sha256` is null, or points to 32 bytes.
pub(crate) unsafe fn read_optional(
    sha256: *const u8,
    arguments: &mut Arguments,
) -> Result<Option<Thumbprint>, certbound_status> {
    // SAFETY: guaranteed by the caller.
    if sha256.is_null() { Ok(None) } else { unsafe { read(sha256, arguments) }.map(Some) }
}

/// # Safety
/// `sha256` is null, or points to 32 bytes.
unsafe fn read(sha256: *const u8, arguments: &mut Arguments) -> Result<Thumbprint, certbound_status> {
    // SAFETY: guaranteed by the caller.
    unsafe { arguments.value(sha256.cast::<[u8; Thumbprint::LEN]>()) }.copied().map(Thumbprint::from_sha256)
}

/// The text and a terminating NUL. Text and array of each call derive their lengths from the same constant.
fn c_string<const LEN: usize>(text: &str) -> [c_char; LEN] {
    let mut string = [0; LEN];
    for (character, byte) in string.iter_mut().zip(text.bytes()) {
        *character = byte as c_char;
    }
    string
}
