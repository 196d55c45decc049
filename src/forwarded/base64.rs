//! The DER in base64, alone or followed by its chain, as HAProxy and Traefik write it.

use super::percent;
use crate::{Error, base64, scratch::Scratch};

/// Returns the first of `BASE64,BASE64,…`: the client certificate, which is followed by its chain.
///
/// Traefik before 2.9.4 percent-encodes what is between the commas. White space is rejected: it is how proxies join two
/// headers of the same name (RFC 9110 §5.3), and the first one could then be the client's.
pub(super) fn read<'scratch>(value: &[u8], scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
    let mut certificates = value.split(|character| *character == b',');
    let first = decode(certificates.next().unwrap_or_default(), scratch)?;
    for other in certificates {
        decode(other, scratch)?;
    }
    Ok(first)
}

fn decode<'scratch>(text: &[u8], scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
    const MALFORMED: Error = Error::ForwardedBase64Malformed;
    let text = percent::decode(text, scratch)?.ok_or(MALFORMED)?;
    match base64::decode_in_place(text) {
        Some(octets) if !octets.is_empty() => Ok(octets),
        _ => Err(MALFORMED),
    }
}
