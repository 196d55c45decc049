//! One PEM certificate (RFC 7468 §5) in a header's value.

use super::percent;
use crate::{Error, base64, scratch::Scratch};

/// Returns the DER of exactly one certificate, percent-encoded or not.
///
/// A run of line breaks, spaces and tabs separates the lines. There may be white space around the certificate, but no other
/// text.
pub(super) fn read<'scratch>(value: &[u8], scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
    const MALFORMED: Error = Error::ForwardedPemMalformed;
    let text = percent::decode(value, scratch)?.ok_or(MALFORMED)?;
    let start = text.iter().take_while(|byte| is_space(**byte)).count();
    let (_, text) = text.split_at_mut_checked(start).ok_or(MALFORMED)?;
    let (begin, text) = text.split_at_mut_checked(BEGIN.len()).ok_or(MALFORMED)?;
    // Base64 has no hyphen, so the first one ends it.
    let end = text.iter().position(|byte| *byte == b'-').ok_or(MALFORMED)?;
    let (body, text) = text.split_at_mut_checked(end).ok_or(MALFORMED)?;
    let rest = text.strip_prefix(END).ok_or(MALFORMED)?;
    if begin != BEGIN
        || !body.first().is_some_and(|byte| is_space(*byte))
        || !body.last().is_some_and(|byte| is_space(*byte))
    {
        return Err(MALFORMED);
    }
    match rest.iter().find(|byte| !is_space(**byte)) {
        None => {}
        // Another certificate follows, or another header that a proxy has joined with this one (RFC 9110 §5.3).
        Some(b'-' | b',') => return Err(Error::ForwardedAmbiguous),
        Some(_) => return Err(MALFORMED),
    }
    without_spaces(body).and_then(base64::decode_in_place).map(|der| &*der).ok_or(MALFORMED)
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Moves all other bytes to the start, and returns them.
fn without_spaces(text: &mut [u8]) -> Option<&mut [u8]> {
    let mut length: usize = 0;
    for place in 0..text.len() {
        let byte = *text.get(place)?;
        if !is_space(byte) {
            *text.get_mut(length)? = byte;
            length = length.saturating_add(1);
        }
    }
    text.get_mut(..length)
}
