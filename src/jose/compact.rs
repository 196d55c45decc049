//! The compact serialization: three parts of base64url (RFC 7515 §7.1).

use crate::{Error, limits, scratch::Scratch, words};

/// A token split into its parts, not yet decoded.
pub(crate) struct Compact<'token> {
    /// The signed text: the first two parts with the dot between them.
    pub(crate) signing_input: &'token [u8],
    header: &'token [u8],
    payload: &'token [u8],
    signature: &'token [u8],
}

impl<'token> Compact<'token> {
    /// Splits a token, which must have exactly three parts.
    pub(crate) fn split(token: &'token [u8]) -> Result<Self, Error> {
        if token.is_empty() {
            return Err(Error::TokenMissing);
        }
        if token.len() > limits::TOKEN_LEN {
            return Err(Error::TokenTooLong);
        }
        let (header, rest) = split_at_dot(token).ok_or(Error::TokenNotCompact)?;
        let (payload, signature) = split_at_dot(rest).ok_or(Error::TokenNotCompact)?;
        if split_at_dot(signature).is_some() {
            return Err(Error::TokenNotCompact);
        }
        let signed_len = token.len().saturating_sub(signature.len()).saturating_sub(1);
        let signing_input = token.get(..signed_len).ok_or(Error::TokenNotCompact)?;
        Ok(Self { signing_input, header, payload, signature })
    }

    /// The start of the payload in the token, and its length.
    pub(crate) fn payload_place(&self) -> (usize, usize) {
        (self.header.len().saturating_add(1), self.payload.len())
    }

    pub(crate) fn decode_header<'scratch>(&self, scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
        let header = scratch.decode(self.header, Error::HeaderNotBase64url)?;
        if header.len() > limits::HEADER_LEN {
            return Err(Error::HeaderTooLong);
        }
        Ok(header)
    }

    pub(crate) fn decode_payload<'scratch>(
        &self,
        scratch: &mut Scratch<'scratch>,
    ) -> Result<&'scratch mut [u8], Error> {
        scratch.decode(self.payload, Error::PayloadNotBase64url)
    }

    pub(crate) fn decode_signature<'scratch>(&self, scratch: &mut Scratch<'scratch>) -> Result<&'scratch [u8], Error> {
        scratch.decode(self.signature, Error::SignatureNotBase64url).map(|signature| &*signature)
    }
}

/// What is before and after the first dot, if there is one.
fn split_at_dot(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = words::skip_to(text, |word| words::equal_to(word, b'.'));
    let (_, after) = rest.split_first()?;
    Some((text.get(..text.len().saturating_sub(rest.len()))?, after))
}
