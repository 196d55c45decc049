//! Object identifiers (X.660) in DER and in dotted form.

use core::fmt;

use crate::{
    Error,
    der::{Reader, tag},
};

/// The DER contents octets of a well-formed object identifier (X.690 §8.19).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ObjectIdentifier<'der>(&'der [u8]);

/// The [`ObjectIdentifier`] of a dotted form, encoded at compile time.
macro_rules! object_identifier {
    ($dotted:literal) => {
        const {
            const ENCODED: const_oid::ObjectIdentifier = const_oid::ObjectIdentifier::new_unwrap($dotted);
            $crate::x509::object_identifier::ObjectIdentifier::constant(ENCODED.as_bytes())
        }
    };
}
pub(crate) use object_identifier;

impl<'der> ObjectIdentifier<'der> {
    /// For [`object_identifier!`] only.
    pub(crate) const fn constant(contents: &'der [u8]) -> Self {
        Self(contents)
    }

    /// Reads an OBJECT IDENTIFIER.
    pub(crate) fn read(reader: &mut Reader<'der>) -> Result<Self, Error> {
        let identifier = Self(reader.tagged(tag::OBJECT_IDENTIFIER)?.contents);
        if identifier.is_well_formed() { Ok(identifier) } else { Err(Error::DerMalformed) }
    }

    /// Returns whether both are equal. `dotted` must be [a dotted form](is_dotted).
    pub(crate) fn is(self, dotted: &str) -> bool {
        self.numbers().map(Some).eq(dotted_numbers(dotted))
    }

    /// Returns whether the encoding is complete and each subidentifier is minimal and fits in 128 bits.
    fn is_well_formed(self) -> bool {
        let ends = self.0.last().is_some_and(|octet| octet & 0x80 == 0);
        // 2^128 - 1 is the largest registered number (2.25, ITU-T X.667).
        ends && subidentifiers(self.0).all(|octets| octets.first() != Some(&0x80) && value_of(octets).is_some())
    }

    /// The numbers. DER combines the first two in one subidentifier (X.690 §8.19.4).
    fn numbers(self) -> impl Iterator<Item = u128> {
        subidentifiers(self.0).filter_map(value_of).enumerate().flat_map(|(index, value)| {
            let (root, number) = match (index, value) {
                (0, 0..40) => (Some(0), value),
                (0, 40..80) => (Some(1), value.wrapping_sub(40)),
                (0, _) => (Some(2), value.wrapping_sub(80)),
                _ => (None, value),
            };
            root.into_iter().chain([number])
        })
    }
}

impl fmt::Display for ObjectIdentifier<'_> {
    /// The dotted form.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.numbers().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(formatter, "{dot}{number}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for ObjectIdentifier<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Returns whether `text` is the dotted form of an object identifier (RFC 4512 §1.4) under an existing root.
pub(crate) fn is_dotted(text: &str) -> bool {
    let mut numbers = dotted_numbers(text);
    let registered =
        matches!((numbers.next().flatten(), numbers.next().flatten()), (Some(0 | 1), Some(0..40)) | (Some(2), Some(_)));
    registered && numbers.all(|number| number.is_some())
}

/// The numbers of a dotted form; `None` for each that is not decimal, has leading zeros or is too large.
fn dotted_numbers(text: &str) -> impl Iterator<Item = Option<u128>> {
    text.as_bytes().split(|character| *character == b'.').map(|digits| {
        if !matches!(digits, [b'0'] | [b'1'..=b'9', ..]) {
            return None;
        }
        digits.iter().try_fold(0_u128, |value, digit| {
            let digit = digit.is_ascii_digit().then_some(digit.wrapping_sub(b'0'))?;
            value.checked_mul(10)?.checked_add(digit.into())
        })
    })
}

/// The octets of each subidentifier. All except the last have the most significant bit set (X.690 §8.19.2).
fn subidentifiers(contents: &[u8]) -> impl Iterator<Item = &[u8]> {
    contents.split_inclusive(|octet| octet & 0x80 == 0)
}

/// The value of a subidentifier, if it fits in 128 bits.
fn value_of(octets: &[u8]) -> Option<u128> {
    octets.iter().try_fold(0_u128, |value, octet| Some(value.checked_mul(0x80)? | u128::from(octet & 0x7F)))
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::*;
    use crate::der::read_all;

    fn read(der: &[u8]) -> Result<String, Error> {
        read_all(der, ObjectIdentifier::read).map(|identifier| identifier.to_string())
    }

    #[test]
    fn dotted_forms_follow_x_690() {
        assert_eq!(read(&[0x06, 3, 0x55, 4, 3]).as_deref(), Ok("2.5.4.3"));
        assert_eq!(read(&[0x06, 3, 0x88, 0x37, 3]).as_deref(), Ok("2.999.3"));
        assert_eq!(read(&[0x06, 1, 0]).as_deref(), Ok("0.0"));
        assert_eq!(read(&[0x06, 1, 39]).as_deref(), Ok("0.39"));
        assert_eq!(read(&[0x06, 1, 40]).as_deref(), Ok("1.0"));
        assert_eq!(read(&[0x06, 1, 80]).as_deref(), Ok("2.0"));
    }

    #[test]
    fn the_largest_number_is_a_uuid() {
        let uuid = [&[0x06, 20, 0x69, 0x83][..], &[0xFF; 17], &[0x7F]].concat();
        assert_eq!(read(&uuid), Ok(format!("2.25.{}", u128::MAX)));
        let larger = [&[0x06, 20, 0x69, 0x84][..], &[0x80; 17], &[0x00]].concat();
        assert_eq!(read(&larger), Err(Error::DerMalformed));
    }

    #[test]
    fn malformed_encodings_are_rejected() {
        for der in [&[0x06, 0][..], &[0x06, 1, 0x80], &[0x06, 2, 0x55, 0x84], &[0x06, 3, 0x55, 0x80, 4], &[0x0D, 1, 4]]
        {
            assert_eq!(read(der), Err(Error::DerMalformed), "{der:02x?}");
        }
    }

    #[test]
    fn dotted_forms_have_at_least_two_numbers() {
        for text in ["2.5.4.3", "0.0", "0.9.2342.19200300.100.1.3", "1.39", "2.40", "2.999.0"] {
            assert!(is_dotted(text), "{text}");
        }
        let large = format!("2.25.{}0", u128::MAX);
        for text in [
            "", ".", "2", "2.", ".2", "2..5", "2.5.", "02.5", "2.05", "3.1", "0.40", "1.40", "2.5a", "-2.5", "2.+5",
            " 2.5", &large,
        ] {
            assert!(!is_dotted(text), "{text}");
        }
    }

    #[test]
    fn encoded_and_dotted_forms_compare() {
        let common_name = object_identifier!("2.5.4.3");
        assert!(common_name.is("2.5.4.3"));
        for other in ["2.5.4", "2.5.4.3.0", "2.5.4.30", "1.45.4.3", "2.5.4.x", ""] {
            assert!(!common_name.is(other), "{other}");
        }
    }
}
