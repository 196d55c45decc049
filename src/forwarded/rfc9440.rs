//! `Client-Cert` (RFC 9440 §2.2): a Byte Sequence (RFC 9651 §3.3.5).

use crate::{Error, base64, scratch::Scratch};

/// Returns the bytes of `:BASE64:`.
///
/// RFC 9651 §4.2.7 recommends to accept missing padding and unused bits that are not zero. They are rejected here: no
/// serializer may write them (§4.1.8), and a certificate then has one spelling only. Parameters are rejected too, because
/// RFC 9440 defines none.
pub(super) fn read<'scratch>(value: &[u8], scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
    const MALFORMED: Error = Error::ForwardedRfc9440Malformed;
    let text = value.strip_prefix(b":").ok_or(MALFORMED)?;
    let end = text.iter().position(|character| *character == b':').ok_or(MALFORMED)?;
    let (text, rest) = text.split_at_checked(end).ok_or(MALFORMED)?;
    match rest {
        [b':'] => {}
        [b':', after @ ..] if after.trim_ascii_start().starts_with(b",") => return Err(Error::ForwardedAmbiguous),
        _ => return Err(MALFORMED),
    }
    base64::decode_in_place(scratch.copy(text)?).map(|der| &*der).ok_or(MALFORMED)
}
