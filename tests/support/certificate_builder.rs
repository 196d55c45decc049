//! Builds certificates field by field, well-formed or not.
#![allow(dead_code, reason = "each test uses some of it")]

/// A value: the tag, the length in as few octets as possible, and the contents.
pub(crate) fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = contents.len();
    let mut der = vec![tag];
    match length {
        0..0x80 => der.push(length as u8),
        0x80..0x100 => der.extend([0x81, length as u8]),
        _ => der.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    der.extend(contents);
    der
}

/// A SEQUENCE of these parts.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(0x30, &parts.concat())
}

/// A SET OF these parts, in DER's order.
pub(crate) fn set(parts: &[&[u8]]) -> Vec<u8> {
    let mut parts = parts.to_vec();
    parts.sort();
    value(0x31, &parts.concat())
}

/// An OBJECT IDENTIFIER from its dotted form.
pub(crate) fn identifier(dotted: &str) -> Vec<u8> {
    value(0x06, x509_cert::der::oid::ObjectIdentifier::new(dotted).unwrap().as_bytes())
}

/// An AttributeTypeAndValue.
pub(crate) fn attribute(dotted: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(dotted), value])
}

/// A UTF8String.
pub(crate) fn utf8(text: &str) -> Vec<u8> {
    value(0x0C, text.as_bytes())
}

/// A name with one attribute.
pub(crate) fn common_name(text: &str) -> Vec<u8> {
    sequence(&[&set(&[&attribute("2.5.4.3", &utf8(text))])])
}

/// A non-critical Extension.
pub(crate) fn extension(dotted: &str, extension_value: &[u8]) -> Vec<u8> {
    sequence(&[&identifier(dotted), &value(0x04, extension_value)])
}

/// Extensions with subject alternative names of these GeneralNames.
pub(crate) fn alternative_names(names: &[&[u8]]) -> Vec<u8> {
    extensions(&[&extension("2.5.29.17", &sequence(names))])
}

/// The tagged Extensions field.
pub(crate) fn extensions(parts: &[&[u8]]) -> Vec<u8> {
    value(0xA3, &sequence(parts))
}

/// The encoded fields of a certificate. An absent field is empty.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) version: Vec<u8>,
    pub(crate) serial_number: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) validity: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) unique_identifiers: Vec<u8>,
    pub(crate) extensions: Vec<u8>,
    pub(crate) after_to_be_signed: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) after_signature: Vec<u8>,
}

impl Parts {
    /// A well-formed certificate of version 3 without extensions.
    pub(crate) fn v3() -> Self {
        let algorithm = sequence(&[&identifier("1.3.101.112")]);
        Self {
            version: value(0xA0, &[0x02, 0x01, 0x02]),
            serial_number: vec![0x02, 0x01, 0x07],
            inner_algorithm: algorithm.clone(),
            issuer: common_name("issuer"),
            validity: sequence(&[&value(0x17, b"250101000000Z"), &value(0x18, b"20500101000000Z")]),
            subject: common_name("subject"),
            public_key: sequence(&[&algorithm, &value(0x03, &[0; 33])]),
            unique_identifiers: vec![],
            extensions: vec![],
            after_to_be_signed: vec![],
            outer_algorithm: algorithm,
            signature: value(0x03, &[0; 65]),
            after_signature: vec![],
        }
    }

    /// The certificate.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let to_be_signed = sequence(&[
            &self.version,
            &self.serial_number,
            &self.inner_algorithm,
            &self.issuer,
            &self.validity,
            &self.subject,
            &self.public_key,
            &self.unique_identifiers,
            &self.extensions,
            &self.after_to_be_signed,
        ]);
        sequence(&[&to_be_signed, &self.outer_algorithm, &self.signature, &self.after_signature])
    }
}
