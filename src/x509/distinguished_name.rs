//! A distinguished name as a string (RFC 4514), in which a client registers its subject (RFC 8705 §2.1.2).

use core::fmt;

use super::{
    attribute_type::AttributeType,
    attribute_value::AttributeValue,
    matching_rule::MatchingRule,
    object_identifier::{ObjectIdentifier, is_dotted},
};
use crate::{
    Error,
    der::{self, Reader},
    hex, limits,
};

/// A distinguished name as an RFC 4514 string, such as `CN=client,O=Example\, Inc.,C=DE`.
///
/// [`Name::matches`](crate::Name::matches) compares it with a certificate's subject as a name, not as text. The string
/// starts with the most specific name; `openssl x509 -subject` writes the opposite order without `-nameopt RFC2253`.
///
/// In addition to RFC 4514, spaces around `,`, `+` and `=` and the prefix `OID.` are accepted, since common tools write
/// both and RFC 2253 §4 allowed them. Other forms of RFC 2253 are rejected: quoted values, and semicolons between names.
/// Values after `#` must be DER.
///
/// ```
/// use certbound::{DistinguishedName, Error};
///
/// assert!(DistinguishedName::parse("CN=client,OU=Payments+L=Berlin,O=Example\\, Inc.,C=DE").is_ok());
/// assert_eq!(DistinguishedName::parse("client").unwrap_err(), Error::DistinguishedNameMalformed);
/// ```
#[derive(Clone, Copy)]
pub struct DistinguishedName<'text>(&'text str);

impl<'text> DistinguishedName<'text> {
    /// Reads an RFC 4514 string.
    ///
    /// The empty string, which is the empty name in RFC 4514, is rejected: it would match every certificate without a
    /// subject.
    ///
    /// # Errors
    /// [`Error::DistinguishedNameTooLong`], [`Error::DistinguishedNameMalformed`], and
    /// [`Error::AttributeTypeUnknown`] for an unknown short name.
    ///
    /// ```
    /// use certbound::{DistinguishedName, Error};
    ///
    /// let name = DistinguishedName::parse("cn=client, 2.5.4.97=NTRDE-HRB 1234")?;
    /// assert_eq!(name.as_str(), "cn=client, 2.5.4.97=NTRDE-HRB 1234");
    /// assert_eq!(DistinguishedName::parse("").unwrap_err(), Error::DistinguishedNameMalformed);
    /// assert_eq!(DistinguishedName::parse("NICK=client").unwrap_err(), Error::AttributeTypeUnknown);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn parse(text: &'text str) -> Result<Self, Error> {
        if text.len() > limits::DISTINGUISHED_NAME_LEN {
            return Err(Error::DistinguishedNameTooLong);
        }
        let name = Self(text);
        for (index, relative_name) in name.relative_names().enumerate() {
            if index >= limits::NAME_RDNS {
                return Err(Error::DistinguishedNameTooLong);
            }
            for (index, attribute) in relative_name.parts().enumerate() {
                if index >= limits::RDN_ATTRIBUTES {
                    return Err(Error::DistinguishedNameTooLong);
                }
                Attribute::parse(attribute)?;
            }
        }
        Ok(name)
    }

    /// The string, as it was read.
    ///
    /// ```
    /// # use certbound::DistinguishedName;
    /// assert_eq!(DistinguishedName::parse("CN = a")?.as_str(), "CN = a");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn as_str(&self) -> &'text str {
        self.0
    }

    /// The relative names in the order of the string, which is the reverse of the encoding (RFC 4514 §2.1).
    pub(crate) fn relative_names(&self) -> impl Iterator<Item = RelativeName<'text>> + use<'text> {
        Parts { rest: Some(self.0), separator: b',' }.map(RelativeName)
    }
}

impl fmt::Display for DistinguishedName<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.0)
    }
}

impl fmt::Debug for DistinguishedName<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("DistinguishedName").field(&self.0).finish()
    }
}

/// The attributes between two commas, in any order.
pub(crate) struct RelativeName<'text>(&'text str);

impl<'text> RelativeName<'text> {
    pub(crate) fn attributes(&self) -> impl Iterator<Item = Attribute<'text>> + use<'text> {
        // All attributes have been parsed before, so none is skipped.
        self.parts().filter_map(|part| Attribute::parse(part).ok())
    }

    fn parts(&self) -> Parts<'text> {
        Parts { rest: Some(self.0), separator: b'+' }
    }
}

/// One `TYPE=VALUE`.
pub(crate) struct Attribute<'text> {
    attribute_type: Type<'text>,
    value: Value<'text>,
}

enum Type<'text> {
    Known(&'static AttributeType),
    Dotted(&'text str),
}

enum Value<'text> {
    /// A string with its escape sequences.
    Escaped(&'text str),
    /// The hexadecimal digits of a DER value.
    Hexadecimal(&'text str),
}

impl<'text> Attribute<'text> {
    /// Reads and checks an attribute.
    fn parse(text: &'text str) -> Result<Self, Error> {
        let equals = text.bytes().position(|character| character == b'=');
        let (attribute_type, value) =
            equals.and_then(|index| text.split_at_checked(index)).ok_or(Error::DistinguishedNameMalformed)?;
        let value = value.get(1..).unwrap_or_default();
        Ok(Self {
            attribute_type: Type::parse(attribute_type.trim_matches(' '))?,
            value: Value::parse(without_outer_spaces(value))?,
        })
    }

    /// Returns whether a certificate's attribute has this type and this value.
    pub(crate) fn matches(&self, identifier: ObjectIdentifier<'_>, value: &AttributeValue<'_>) -> bool {
        let same_type = match self.attribute_type {
            Type::Known(known) => known.identifier == identifier,
            Type::Dotted(dotted) => identifier.is(dotted),
        };
        let rule = AttributeType::of_identifier(identifier).map_or(MatchingRule::Exact, |known| known.rule);
        same_type && self.value.equals(value, rule)
    }
}

impl<'text> Type<'text> {
    fn parse(text: &'text str) -> Result<Self, Error> {
        let (prefix, rest) = text.split_at_checked(4).unwrap_or_default();
        let dotted = if prefix.eq_ignore_ascii_case("OID.") { rest } else { text };
        if is_dotted(dotted) {
            return Ok(Self::Dotted(dotted));
        }
        // A short name starts with a letter, followed by letters, digits and hyphens (RFC 4512 §1.4).
        let starts_well = text.bytes().next().is_some_and(|character| character.is_ascii_alphabetic());
        if starts_well && text.bytes().all(|character| character.is_ascii_alphanumeric() || character == b'-') {
            AttributeType::of_name(text).map(Self::Known).ok_or(Error::AttributeTypeUnknown)
        } else {
            Err(Error::DistinguishedNameMalformed)
        }
    }
}

impl<'text> Value<'text> {
    fn parse(text: &'text str) -> Result<Self, Error> {
        let valid = match text.strip_prefix('#') {
            Some(digits) => with_decoded(digits, |_| ()).is_some(),
            None => Unescaped(text).all_valid(),
        };
        let value = text.strip_prefix('#').map_or(Self::Escaped(text), Self::Hexadecimal);
        if valid { Ok(value) } else { Err(Error::DistinguishedNameMalformed) }
    }

    fn equals(&self, value: &AttributeValue<'_>, rule: MatchingRule) -> bool {
        match self {
            Self::Escaped(text) => value.text.is_some_and(|found| rule.equal(found.characters(), Unescaped(text))),
            Self::Hexadecimal(digits) => {
                with_decoded(digits, |expected| expected.equals(value, rule)).is_some_and(|equal| equal)
            }
        }
    }
}

/// Decodes hexadecimal digits, and calls `function` with the value; `None` if they are not a DER value.
fn with_decoded<T>(digits: &str, function: impl FnOnce(AttributeValue<'_>) -> T) -> Option<T> {
    let (pairs, []) = digits.as_bytes().as_chunks() else { return None };
    let mut buffer = [0; limits::DISTINGUISHED_NAME_LEN / 2];
    for (octet, pair) in buffer.iter_mut().zip(pairs) {
        *octet = hex::byte(*pair)?;
    }
    let encoding = buffer.get(..pairs.len())?;
    let element = der::read_all(encoding, Reader::element).ok()?;
    AttributeValue::read(element).ok().map(function)
}

/// The unescaped characters of a string (RFC 4514 §3). Stops before a malformed part.
struct Unescaped<'text>(&'text str);

impl Unescaped<'_> {
    /// Returns whether no part is malformed.
    fn all_valid(mut self) -> bool {
        while self.next().is_some() {}
        self.0.is_empty()
    }
}

impl Iterator for Unescaped<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut characters = self.0.chars();
        let (character, rest) = match characters.next()? {
            '\\' => escaped(characters.as_str())?,
            '"' | '+' | ',' | ';' | '<' | '>' | '\0' => return None,
            plain => (plain, characters.as_str()),
        };
        self.0 = rest;
        Some(character)
    }
}

/// Reads the escape sequence at the start of `text`, without its backslash. Returns the character and the remaining
/// text.
fn escaped(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    if let Some(special @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\')) = characters.next() {
        return Some((special, characters.as_str()));
    }
    // Otherwise it is one character in UTF-8, whose first octet gives its length (RFC 3629 §4).
    let (first, mut rest) = escaped_octet(text)?;
    let length = match first {
        0x01..=0x7F => 1,
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut octets = [first, 0, 0, 0];
    for octet in octets.iter_mut().take(length).skip(1) {
        (*octet, rest) = escaped_octet(rest.strip_prefix('\\')?)?;
    }
    let character = core::str::from_utf8(octets.get(..length)?).ok()?.chars().next()?;
    Some((character, rest))
}

/// Reads two hexadecimal digits at the start of `text`. Returns their octet and the remaining text.
fn escaped_octet(text: &str) -> Option<(u8, &str)> {
    let (pair, rest) = text.split_at_checked(2)?;
    Some((hex::byte(pair.as_bytes().try_into().ok()?)?, rest))
}

/// Removes the spaces at both ends, except an escaped one.
fn without_outer_spaces(text: &str) -> &str {
    let text = text.trim_start_matches(' ');
    let trimmed = text.trim_end_matches(' ');
    let backslashes = trimmed.bytes().rev().take_while(|character| *character == b'\\').count();
    // The last one of an odd number of backslashes escapes the space after it.
    let kept = trimmed.len().saturating_add(backslashes % 2);
    text.get(..kept).unwrap_or(text)
}

/// The parts of a string between unescaped separators.
struct Parts<'text> {
    rest: Option<&'text str>,
    separator: u8,
}

impl<'text> Iterator for Parts<'text> {
    type Item = &'text str;

    fn next(&mut self) -> Option<&'text str> {
        let text = self.rest.take()?;
        let mut escaped = false;
        let end = text.bytes().position(|character| {
            let separates = character == self.separator && !escaped;
            escaped = character == b'\\' && !escaped;
            separates
        });
        let Some((part, rest)) = end.and_then(|end| text.split_at_checked(end)) else { return Some(text) };
        self.rest = rest.get(1..);
        Some(part)
    }
}
