//! A name in a certificate (RFC 5280 §4.1.2.4), its string form (RFC 4514 §2), and its comparison with an expected
//! name.

use core::fmt;

use super::{
    attribute_type::AttributeType,
    attribute_value::{AttributeValue, Characters},
    distinguished_name::{DistinguishedName, RelativeName},
    object_identifier::ObjectIdentifier,
};
use crate::{
    Error,
    der::{self, Element, Reader, tag},
    limits,
};

/// The issuer or subject of a certificate.
///
/// `Display` writes an RFC 4514 string, the most specific name first: `CN=client,O=Example\, Inc.,C=DE`.
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
#[derive(Clone, Copy)]
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

    /// Returns whether this is the name `expected`: the same types with the same values, in the same structure.
    ///
    /// The order of the relative names matters; the order of attributes joined by `+` does not. Strings compare by
    /// their characters, regardless of their ASN.1 types. Known attribute types with a caseIgnore rule (RFC 4519)
    /// ignore case and spaces at the ends, and treat a run of spaces as one; all other types compare exactly. Values
    /// that are not strings compare by their encoding, and so do TeletexStrings beyond ASCII, whose character set is
    /// ambiguous (some issuers mean T.61, others Latin-1). Of the preparation in RFC 4518, normalization (NFKC) and the
    /// mapping of invisible characters are left out: names that need them do not match.
    ///
    /// ```
    /// use certbound::{Certificate, DistinguishedName};
    ///
    /// let der = include_bytes!("../../tests/vectors/rfc8705/certificate.der");
    /// let subject = Certificate::from_der(der)?.subject();
    /// assert!(subject.matches(&DistinguishedName::parse("cn = MTLS")?));
    /// assert!(!subject.matches(&DistinguishedName::parse("CN=mtls,C=DE")?));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    #[must_use]
    pub fn matches(&self, expected: &DistinguishedName<'_>) -> bool {
        let mut found = self.relative_names_reversed();
        let mut expected = expected.relative_names();
        // A name without attributes identifies no subject.
        !self.is_empty()
            && loop {
                match (found.next(), expected.next()) {
                    (None, None) => break true,
                    (Some(found), Some(expected)) if found.matches(&expected) => {}
                    _ => break false,
                }
            }
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
    fn relative_names_reversed(&self) -> impl Iterator<Item = EncodedRelativeName<'der>> + use<'der> {
        // DER can only be read forwards. There are at most limits::NAME_RDNS, so each is searched from the start.
        let name = *self;
        (0..name.relative_names().count()).rev().filter_map(move |index| name.relative_names().nth(index))
    }
}

impl fmt::Display for Name<'_> {
    /// The RFC 4514 string; empty for an empty name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, relative_name) in self.relative_names_reversed().enumerate() {
            formatter.write_str(if index == 0 { "" } else { "," })?;
            for (index, attribute) in relative_name.attributes().enumerate() {
                formatter.write_str(if index == 0 { "" } else { "+" })?;
                write!(formatter, "{attribute}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Name({self})")
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
struct EncodedRelativeName<'der>(&'der [u8]);

impl<'der> EncodedRelativeName<'der> {
    fn attributes(&self) -> impl Iterator<Item = EncodedAttribute<'der>> + use<'der> {
        let mut reader = Reader::again(self.0);
        core::iter::from_fn(move || EncodedAttribute::read(&mut reader).ok().map(|(attribute, _)| attribute))
    }

    /// Returns whether the attributes of both can be paired with equal ones.
    fn matches(&self, expected: &RelativeName<'_>) -> bool {
        // Equality is transitive, so it does not matter which of several equal attributes is paired.
        let mut paired = [false; limits::RDN_ATTRIBUTES];
        let all_found = expected.attributes().all(|expected| {
            let mut free = self.attributes().zip(&mut paired).filter(|(_, paired)| !**paired);
            let equal = free.find(|(found, _)| expected.matches(found.identifier, &found.value));
            equal.map(|(_, paired)| *paired = true).is_some()
        });
        all_found && expected.attributes().count() == self.attributes().count()
    }
}

/// An AttributeTypeAndValue.
struct EncodedAttribute<'der> {
    identifier: ObjectIdentifier<'der>,
    value: AttributeValue<'der>,
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

impl fmt::Display for EncodedAttribute<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = AttributeType::of_identifier(self.identifier);
        match known {
            Some(known) => write!(formatter, "{}=", known.name())?,
            None => write!(formatter, "{}=", self.identifier)?,
        }
        // RFC 4514 §2.4: a value of a dotted type must be in hexadecimal.
        match self.value.text.filter(|_| known.is_some()) {
            Some(text) => write_escaped(formatter, text.characters()),
            None => {
                formatter.write_str("#")?;
                self.value.der.iter().try_for_each(|octet| write!(formatter, "{octet:02x}"))
            }
        }
    }
}

/// Writes a string with the escape sequences of RFC 4514 §2.4.
fn write_escaped(formatter: &mut fmt::Formatter<'_>, characters: Characters<'_>) -> fmt::Result {
    let mut characters = characters.peekable();
    let mut at_start = true;
    while let Some(character) = characters.next() {
        let at_end = characters.peek().is_none();
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => write!(formatter, "\\{character}")?,
            ' ' if at_start || at_end => formatter.write_str("\\ ")?,
            '#' if at_start => formatter.write_str("\\#")?,
            control if control.is_control() => {
                let mut octets = [0; 4];
                control.encode_utf8(&mut octets).bytes().try_for_each(|octet| write!(formatter, "\\{octet:02X}"))?;
            }
            plain => write!(formatter, "{plain}")?,
        }
        at_start = false;
    }
    Ok(())
}
