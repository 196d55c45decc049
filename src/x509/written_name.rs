//! The string form of a certificate's name (RFC 4514 §2), and its comparison with an expected name.

use core::fmt;

use super::{
    attribute_type::AttributeType,
    attribute_value::Characters,
    distinguished_name::{DistinguishedName, RelativeName},
    name::{EncodedAttribute, EncodedRelativeName, Name},
};
use crate::limits;

impl Name<'_> {
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

impl EncodedRelativeName<'_> {
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
