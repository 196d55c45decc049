//! A name in a certificate (RFC 5280 §4.1.2.4).

use super::{attribute_value::AttributeValue, object_identifier::ObjectIdentifier};
use crate::{
    Error,
    der::{self, Element, Reader, tag},
    limits,
};

/// The issuer or subject of a certificate.
///
/// With the feature `certificate-names`, `Display` writes an RFC 4514 string, the most specific name first: `CN=client,O=Example\, Inc.,C=DE`.
/// Attribute types without a short name here, and values that are not strings, are written in hexadecimal, as in
/// `1.2.3.4=#0c026869`. Control characters are escaped, so a name cannot break a log line.
///
/// ```
/// use certbound::Certificate;
///
/// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
/// assert_eq!(Certificate::from_der(der)?.subject().to_string(), "CN=mtls");
/// # Ok::<(), certbound::Error>(())
/// ```
///
/// Without the feature `certificate-names`, `Debug` shows the encoding instead of the text.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "certificate-names"), derive(Debug))]
pub struct Name<'der>(Element<'der>);

impl<'der> Name<'der> {
    /// The whole encoding.
    ///
    /// ```
    /// use certbound::Certificate;
    ///
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert_eq!(Certificate::from_der(der)?.subject().as_der().len(), 17);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn as_der(&self) -> &'der [u8] {
        self.0.der
    }

    /// Returns whether it has no attributes. The subject may then be in the alternative names (RFC 5280 §4.1.2.6).
    ///
    /// ```
    /// use certbound::Certificate;
    ///
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// assert!(!Certificate::from_der(der)?.subject().is_empty());
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.contents.is_empty()
    }

    /// Reads and checks a Name.
    pub(crate) fn read(reader: &mut Reader<'der>) -> Result<Self, Error> {
        Self::read_checked(reader).map_err(der::within(Error::NameMalformed))
    }

    fn read_checked(reader: &mut Reader<'der>) -> Result<Self, Error> {
        let element = reader.tagged(tag::SEQUENCE)?;
        der::read_all(element.contents, |relative_names| {
            for _ in 0..limits::NAME_RDNS {
                if relative_names.is_at_end() {
                    return Ok(());
                }
                relative_names.nested(tag::SET, check_relative_name)?;
            }
            if relative_names.is_at_end() { Ok(()) } else { Err(Error::NameTooLong) }
        })?;
        Ok(Self(element))
    }

    /// The relative names in the order of the encoding.
    fn relative_names(&self) -> impl Iterator<Item = EncodedRelativeName<'der>> + use<'der> {
        let mut reader = Reader::again(self.0.contents);
        core::iter::from_fn(move || reader.tagged(tag::SET).ok().map(|set| EncodedRelativeName(set.contents)))
    }

    /// The relative names in the order of RFC 4514 §2.1, the last first.
    pub(super) fn relative_names_reversed(&self) -> impl Iterator<Item = EncodedRelativeName<'der>> + use<'der> {
        // DER can only be read forwards. There are at most limits::NAME_RDNS, so each is searched from the start.
        let name = *self;
        (0..name.relative_names().count()).rev().filter_map(move |index| name.relative_names().nth(index))
    }
}

/// Checks the contents of a RelativeDistinguishedName: a non-empty SET OF in ascending order (X.690 §11.6).
fn check_relative_name(attributes: &mut Reader<'_>) -> Result<(), Error> {
    let mut previous: &[u8] = &[];
    for _ in 0..limits::RDN_ATTRIBUTES {
        let (_, encoding) = EncodedAttribute::read(attributes)?;
        if encoding < previous {
            return Err(Error::DerMalformed);
        }
        previous = encoding;
        if attributes.is_at_end() {
            return Ok(());
        }
    }
    Err(Error::NameTooLong)
}

/// The contents of a RelativeDistinguishedName.
pub(super) struct EncodedRelativeName<'der>(&'der [u8]);

impl<'der> EncodedRelativeName<'der> {
    pub(super) fn attributes(&self) -> impl Iterator<Item = EncodedAttribute<'der>> + use<'der> {
        let mut reader = Reader::again(self.0);
        core::iter::from_fn(move || EncodedAttribute::read(&mut reader).ok().map(|(attribute, _)| attribute))
    }
}

/// An AttributeTypeAndValue.
pub(super) struct EncodedAttribute<'der> {
    pub(super) identifier: ObjectIdentifier<'der>,
    pub(super) value: AttributeValue<'der>,
}

impl<'der> EncodedAttribute<'der> {
    /// Reads an attribute. Returns it and its encoding.
    fn read(reader: &mut Reader<'der>) -> Result<(Self, &'der [u8]), Error> {
        let element = reader.tagged(tag::SEQUENCE)?;
        let attribute = der::read_all(element.contents, |fields| {
            let identifier = ObjectIdentifier::read(fields)?;
            Ok(Self { identifier, value: AttributeValue::read(fields.element()?)? })
        })?;
        Ok((attribute, element.der))
    }
}
