//! The value of an attribute in a name: an ASN.1 string of any type, or another value (RFC 5280 §4.1.2.4).

use core::{slice, str};

use super::matching_rule::MatchingRule;
use crate::{
    Error,
    der::{Element, tag},
};

/// An attribute's value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeValue<'der> {
    /// The characters, if it is a string in a known character set.
    pub(crate) text: Option<Text<'der>>,
    /// The whole encoding.
    pub(crate) der: &'der [u8],
}

impl<'der> AttributeValue<'der> {
    /// Reads a value. Fails if it is a malformed string or a string with a NUL. Other values are not checked.
    ///
    /// A NUL has no meaning in a name, but C programs have taken it for the end of the name (CVE-2009-2408), so two
    /// readers could see different names.
    pub(crate) fn read(element: Element<'der>) -> Result<Self, Error> {
        let Element { tag, contents, der } = element;
        let text = match tag {
            tag::UTF8_STRING => Some(Text::utf8(contents)?),
            // PrintableString excludes characters such as * and @, but certificates in use contain them.
            tag::NUMERIC_STRING | tag::PRINTABLE_STRING | tag::IA5_STRING | tag::VISIBLE_STRING => {
                Some(Text::ascii(contents)?)
            }
            // Beyond ASCII some writers mean T.61 and others Latin-1. Such a value equals only its exact copy.
            tag::TELETEX_STRING if !contents.is_ascii() => without_nul(contents).map(|()| None)?,
            tag::TELETEX_STRING => Some(Text::ascii(contents)?),
            tag::BMP_STRING => Some(Text::bmp(contents)?),
            tag::UNIVERSAL_STRING => Some(Text::universal(contents)?),
            _ => None,
        };
        Ok(Self { text, der })
    }

    /// Compares strings by their characters, regardless of their types, and other values by their encoding.
    pub(crate) fn equals(&self, other: &AttributeValue<'_>, rule: MatchingRule) -> bool {
        match (self.text, other.text) {
            (Some(one), Some(other)) => rule.equal(one.characters(), other.characters()),
            (None, None) => self.der == other.der,
            _ => false,
        }
    }
}

/// A string without NUL, still encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text<'der> {
    /// UTF-8, or ASCII.
    Utf8(&'der str),
    /// Two octets per character: the Basic Multilingual Plane.
    Bmp(&'der [[u8; 2]]),
    /// Four octets per character.
    Universal(&'der [[u8; 4]]),
}

impl<'der> Text<'der> {
    fn utf8(contents: &'der [u8]) -> Result<Self, Error> {
        without_nul(contents)?;
        str::from_utf8(contents).map(Self::Utf8).map_err(|_| Error::NameMalformed)
    }

    fn ascii(contents: &'der [u8]) -> Result<Self, Error> {
        if contents.is_ascii() { Self::utf8(contents) } else { Err(Error::NameMalformed) }
    }

    fn bmp(contents: &'der [u8]) -> Result<Self, Error> {
        let (units, rest) = contents.as_chunks();
        let valid = rest.is_empty() && units.iter().all(|unit| is_character(bmp_character(unit)));
        if valid { Ok(Self::Bmp(units)) } else { Err(Error::NameMalformed) }
    }

    fn universal(contents: &'der [u8]) -> Result<Self, Error> {
        let (units, rest) = contents.as_chunks();
        let valid = rest.is_empty() && units.iter().all(|unit| is_character(universal_character(unit)));
        if valid { Ok(Self::Universal(units)) } else { Err(Error::NameMalformed) }
    }

    pub(crate) fn characters(self) -> Characters<'der> {
        match self {
            Self::Utf8(text) => Characters::Utf8(text.chars()),
            Self::Bmp(units) => Characters::Bmp(units.iter()),
            Self::Universal(units) => Characters::Universal(units.iter()),
        }
    }
}

/// The characters of a [`Text`].
pub(crate) enum Characters<'der> {
    Utf8(str::Chars<'der>),
    Bmp(slice::Iter<'der, [u8; 2]>),
    Universal(slice::Iter<'der, [u8; 4]>),
}

impl Iterator for Characters<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Utf8(characters) => characters.next(),
            Self::Bmp(units) => units.next().and_then(bmp_character),
            Self::Universal(units) => units.next().and_then(universal_character),
        }
    }
}

/// The character of two octets; `None` for surrogates, since a BMPString is UCS-2 and not UTF-16.
fn bmp_character(unit: &[u8; 2]) -> Option<char> {
    char::from_u32(u16::from_be_bytes(*unit).into())
}

/// The character of four octets.
fn universal_character(unit: &[u8; 4]) -> Option<char> {
    char::from_u32(u32::from_be_bytes(*unit))
}

fn is_character(character: Option<char>) -> bool {
    !matches!(character, None | Some('\0'))
}

fn without_nul(contents: &[u8]) -> Result<(), Error> {
    if contents.iter().all(|octet| *octet != 0) { Ok(()) } else { Err(Error::NameMalformed) }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::der::{Reader, read_all};

    fn read(tag: u8, contents: &[u8]) -> Result<Option<String>, Error> {
        let der = [&[tag, u8::try_from(contents.len()).unwrap()], contents].concat();
        let value = AttributeValue::read(read_all(&der, Reader::element)?)?;
        Ok(value.text.map(|text| text.characters().collect()))
    }

    #[track_caller]
    fn is_read(tag: u8, contents: &[u8], text: &str) {
        assert_eq!(read(tag, contents), Ok(Some(text.into())));
    }

    #[test]
    fn strings_of_every_type_are_read() {
        is_read(tag::UTF8_STRING, "Zoë €".as_bytes(), "Zoë €");
        is_read(tag::PRINTABLE_STRING, b"a*b", "a*b");
        is_read(tag::NUMERIC_STRING, b"1 2", "1 2");
        is_read(tag::IA5_STRING, b"a@b", "a@b");
        is_read(tag::VISIBLE_STRING, b"a", "a");
        is_read(tag::TELETEX_STRING, b"Zoe", "Zoe");
        is_read(tag::BMP_STRING, &[0x00, 0x5A, 0x20, 0xAC], "Z€");
        is_read(tag::UNIVERSAL_STRING, &[0, 0, 0, 0x5A, 0, 1, 0xF5, 0x11], "Z🔑");
        is_read(tag::UTF8_STRING, b"", "");
    }

    #[test]
    fn malformed_strings_are_rejected() {
        for (tag, contents) in [
            (tag::UTF8_STRING, &[0xC3][..]),
            (tag::UTF8_STRING, &[0xC0, 0x80]),
            (tag::UTF8_STRING, &[0xED, 0xA0, 0x80]),
            (tag::PRINTABLE_STRING, &[0xE9]),
            (tag::IA5_STRING, &[0xE9]),
            (tag::BMP_STRING, &[0x00]),
            (tag::BMP_STRING, &[0xD8, 0x3D, 0xDD, 0x11]),
            (tag::UNIVERSAL_STRING, &[0, 0, 0x5A]),
            (tag::UNIVERSAL_STRING, &[0, 0x11, 0, 0]),
        ] {
            assert_eq!(read(tag, contents), Err(Error::NameMalformed), "{tag:#x} {contents:02x?}");
        }
    }

    #[test]
    fn a_nul_is_rejected_in_every_type() {
        for (tag, contents) in [
            (tag::UTF8_STRING, &b"a\0b"[..]),
            (tag::PRINTABLE_STRING, b"a\0"),
            (tag::IA5_STRING, b"\0"),
            (tag::TELETEX_STRING, b"a\0"),
            (tag::TELETEX_STRING, b"\xE9\0"),
            (tag::BMP_STRING, &[0, 0]),
            (tag::UNIVERSAL_STRING, &[0, 0, 0, 0]),
        ] {
            assert_eq!(read(tag, contents), Err(Error::NameMalformed), "{tag:#x} {contents:02x?}");
        }
    }

    #[test]
    fn other_values_have_no_characters() {
        for tag in [tag::SEQUENCE, tag::SET, tag::BIT_STRING, tag::explicit(0)] {
            assert_eq!(read(tag, &[]), Ok(None), "{tag:#x}");
        }
    }

    #[test]
    fn teletex_beyond_ascii_equals_only_its_copy() {
        let value = |der| AttributeValue::read(read_all(der, Reader::element).unwrap()).unwrap();
        let teletex = value(&[tag::TELETEX_STRING, 1, 0xE9]);
        assert!(teletex.equals(&value(&[tag::TELETEX_STRING, 1, 0xE9]), MatchingRule::CaseIgnore));
        assert!(!teletex.equals(&value(&[tag::TELETEX_STRING, 1, 0xEA]), MatchingRule::CaseIgnore));
        assert!(!teletex.equals(&value(&[tag::UTF8_STRING, 2, 0xC3, 0xA9]), MatchingRule::CaseIgnore));
    }
}
