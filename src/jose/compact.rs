//! The compact serialization: three parts of base64url (RFC 7515 §7.1).

use crate::{Error, limits, scratch::Scratch};

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
        // From both ends, where the short parts are. Searching the long middle part as a whole is faster.
        let is_dot = |byte: &u8| *byte == b'.';
        let mut signature_first = token.rsplitn(2, is_dot);
        let (Some(signature), Some(signing_input)) = (signature_first.next(), signature_first.next()) else {
            return Err(Error::TokenNotCompact);
        };
        let mut header_first = signing_input.splitn(2, is_dot);
        let (Some(header), Some(payload)) = (header_first.next(), header_first.next()) else {
            return Err(Error::TokenNotCompact);
        };
        if payload.contains(&b'.') {
            return Err(Error::TokenNotCompact);
        }
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
