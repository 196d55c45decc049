//! The token in the `Authorization` header (RFC 6750 §2.1).

use certbound::Error;
use memchr::memchr;

/// The token of a request with this value of its `Authorization` header, of which Envoy counts this many.
///
/// Envoy joins the values of several such headers with commas, and counts them as one. A comma is in no token, but other
/// schemes may have one between their parameters.
pub(crate) fn token_of(header: Option<(&[u8], usize)>) -> Result<&[u8], Error> {
    let (value, count) = header.ok_or(Error::TokenMissing)?;
    if count > 1 || is_joined(value) {
        return Err(Error::AuthorizationAmbiguous);
    }
    let token = without_leading_spaces(bearer(value).ok_or(Error::TokenMissing)?.trim_ascii_end());
    if token.is_empty() { Err(Error::TokenMissing) } else { Ok(token) }
}

/// Only spaces separate the scheme from the token: a tab belongs to the token, which it makes invalid.
fn without_leading_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// What follows the scheme `Bearer`, if that is the scheme.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = value.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

const SCHEME: &[u8] = b"Bearer ";

/// Whether these are credentials of several headers: a part behind a comma begins with a scheme and a space, where a
/// parameter would have a `=` before any space; or the scheme is `Bearer`.
fn is_joined(value: &[u8]) -> bool {
    // The usual case first: this search compares many bytes at a time.
    if memchr(b',', value).is_none() {
        return false;
    }
    bearer(value).is_some()
        || value.split(|byte| *byte == b',').skip(1).any(|part| {
            let part = part.trim_ascii();
            let first = part.iter().position(|byte| matches!(byte, b' ' | b'='));
            first.and_then(|first| part.get(first)) == Some(&b' ')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(value: &str) -> Result<&[u8], Error> {
        token_of(Some((value.as_bytes(), 1)))
    }

    #[test]
    fn the_token_follows_the_scheme() {
        assert_eq!(verdict("Bearer a.b.c"), Ok(b"a.b.c".as_slice()));
        assert_eq!(verdict("bEARER   a.b.c "), Ok(b"a.b.c".as_slice()));
        assert_eq!(verdict("Bearer \ta.b.c\t"), Ok(b"\ta.b.c".as_slice()));
        for missing in ["", "Bearer", "Bearer ", "Bearer  ", "Bearera.b.c", "Basic YTpi", "DPoP a.b.c", " Bearer a.b.c"]
        {
            assert_eq!(verdict(missing), Err(Error::TokenMissing), "{missing:?}");
        }
        assert_eq!(token_of(None), Err(Error::TokenMissing));
    }

    #[test]
    fn several_headers_are_ambiguous() {
        assert_eq!(token_of(Some((b"Bearer a", 2))), Err(Error::AuthorizationAmbiguous));
        for joined in
            ["Bearer a,Bearer b", "Bearer a,Bearer a", "Bearer a,", "Basic YTpi,Bearer b", "Basic YTpi, bearer b"]
        {
            assert_eq!(verdict(joined), Err(Error::AuthorizationAmbiguous), "{joined:?}");
        }
        let digest = r#"Digest username="a", realm="b c", response = "d", qop=auth"#;
        assert_eq!(verdict(&digest.replace(" = ", "=")), Err(Error::TokenMissing));
    }
}
