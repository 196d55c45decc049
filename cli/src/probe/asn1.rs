//! DER and PEM that are written here: public keys and look-alike certificates.

use base64ct::{Base64, Encoding};
use der::{AnyRef, Decode, Encode, Reader, Result, SliceReader, Tag, asn1::UintRef};

/// One value with this tag, whose content is the concatenation of `parts`.
pub(super) fn value(tag: Tag, parts: &[&[u8]]) -> Result<Vec<u8>> {
    AnyRef::new(tag, &parts.concat())?.to_der()
}

/// A SEQUENCE of encoded elements.
pub(super) fn sequence(elements: &[&[u8]]) -> Result<Vec<u8>> {
    value(Tag::Sequence, elements)
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(bytes: &[u8]) -> Result<Vec<u8>> {
    value(Tag::BitString, &[&[0], bytes])
}

/// An INTEGER that is not negative, from its big-endian bytes.
pub(super) fn unsigned(bytes: &[u8]) -> Result<Vec<u8>> {
    UintRef::new(bytes)?.to_der()
}

/// The encoded elements of a constructed value, which must be the whole input.
pub(super) fn elements(encoded: &[u8]) -> Result<Vec<&[u8]>> {
    let mut reader = SliceReader::new(AnyRef::from_der(encoded)?.value())?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.tlv_bytes()?);
    }
    Ok(elements)
}

/// A PEM block with a newline at its end, as OpenSSL writes it.
pub(super) fn pem(label: &str, encoded: &[u8]) -> String {
    let text = Base64::encode_string(encoded);
    let lines: Vec<_> = text.as_bytes().chunks(PEM_WIDTH).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Length of a line in a PEM file.
const PEM_WIDTH: usize = 64;
