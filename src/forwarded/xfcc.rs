//! `X-Forwarded-Client-Cert`, as Envoy defines it: elements separated by commas, one from each proxy, that consist of
//! `KEY=VALUE` separated by semicolons.
//!
//! <https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-forwarded-client-cert>

use super::pem;
use crate::{Certificate, Error, Thumbprint, scratch::Scratch};

/// Reads exactly one element with `Hash`, `Cert` or both.
///
/// Keys ignore case. Unknown keys are ignored, and so is `Chain`: Envoy sends `Hash` whenever it sends an element. `Hash` and
/// `Cert` may not be repeated. Envoy writes names from the certificate without escaping them, so a client could otherwise
/// append a `Hash` to its own.
pub(super) fn read(value: &[u8], scratch: &mut Scratch<'_>) -> Result<Thumbprint, Error> {
    let (mut hash, mut certificate) = (None, None);
    let mut rest = value;
    loop {
        let pair = Pair::read(rest)?;
        let place = if pair.key.eq_ignore_ascii_case(b"Hash") {
            Some(&mut hash)
        } else if pair.key.eq_ignore_ascii_case(b"Cert") {
            Some(&mut certificate)
        } else {
            None
        };
        if place.is_some_and(|place| place.replace(pair.value).is_some()) {
            return Err(Error::ForwardedAmbiguous);
        }
        rest = match pair.rest {
            [] => break,
            [b';', rest @ ..] => rest,
            [b',', ..] => return Err(Error::ForwardedAmbiguous),
            _ => return Err(MALFORMED),
        };
    }
    let hash = hash.map(read_hash).transpose()?;
    let of_certificate = match certificate {
        Some(certificate) => Some(Certificate::from_der(pem::read(certificate, scratch)?)?.thumbprint()),
        None => None,
    };
    match (hash, of_certificate) {
        (Some(hash), Some(of_certificate)) if !hash.matches(&of_certificate) => Err(Error::ForwardedHashMismatch),
        (Some(thumbprint), _) | (None, Some(thumbprint)) => Ok(thumbprint),
        (None, None) => Err(Error::ForwardedIncomplete),
    }
}

const MALFORMED: Error = Error::ForwardedXfccMalformed;

fn read_hash(digits: &[u8]) -> Result<Thumbprint, Error> {
    core::str::from_utf8(digits).ok().and_then(|digits| Thumbprint::from_hex(digits).ok()).ok_or(MALFORMED)
}

/// `KEY=VALUE`, and what follows it.
struct Pair<'value> {
    key: &'value [u8],
    /// Without quotes, but with its backslashes: neither `Hash` nor `Cert` may have any.
    value: &'value [u8],
    rest: &'value [u8],
}

impl<'value> Pair<'value> {
    fn read(text: &'value [u8]) -> Result<Self, Error> {
        let (key, text) = split_at(text, |byte| *byte == b'=').ok_or(MALFORMED)?;
        if key.is_empty() || !key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Err(MALFORMED);
        }
        let (value, rest) = match text {
            [b'=', b'"', text @ ..] => read_quoted(text)?,
            [b'=', text @ ..] => split_at(text, |byte| matches!(byte, b';' | b',')).unwrap_or((text, &[])),
            _ => return Err(MALFORMED),
        };
        // A quotation mark inside would shift the quotes behind it.
        if !text.starts_with(b"=\"") && value.contains(&b'"') {
            return Err(MALFORMED);
        }
        Ok(Self { key, value, rest })
    }
}

/// The value up to the closing quotation mark, and what follows it. A backslash escapes the next character: Envoy writes `\"`,
/// and subjects by RFC 2253 have other escapes.
fn read_quoted(text: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let mut is_escaped = false;
    let closing = |byte: &u8| {
        let closes = *byte == b'"' && !is_escaped;
        is_escaped = *byte == b'\\' && !is_escaped;
        closes
    };
    match split_at(text, closing) {
        Some((value, [_, rest @ ..])) => Ok((value, rest)),
        _ => Err(MALFORMED),
    }
}

/// Splits before the first byte for which `is` holds.
fn split_at(text: &[u8], is: impl FnMut(&u8) -> bool) -> Option<(&[u8], &[u8])> {
    text.split_at_checked(text.iter().position(is)?)
}
