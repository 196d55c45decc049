//! A reader of DER values (X.690 §10) that cannot panic.

use der::{Decode, EncodingRules, ErrorKind, Length, Reader as _, asn1::UintRef};

use crate::{Error, limits};

/// Reads all of `input` with `read`.
///
/// Fails if `read` leaves bytes: with trailing bytes, two readers can disagree about the same certificate.
pub(crate) fn read_all<'der, T>(
    input: &'der [u8],
    read: impl FnOnce(&mut Reader<'der>) -> Result<T, Error>,
) -> Result<T, Error> {
    if input.len() > limits::CERTIFICATE_LEN {
        return Err(Error::CertificateTooLong);
    }
    let mut reader = Reader { rest: input };
    let value = read(&mut reader)?;
    if reader.is_at_end() { Ok(value) } else { Err(Error::DerTrailingBytes) }
}

/// Replaces [`Error::DerMalformed`] with the error of the field. More specific errors are kept.
pub(crate) fn within(field: Error) -> impl Fn(Error) -> Error {
    move |error| if error == Error::DerMalformed { field } else { error }
}

/// The identifier octets of the values in certificates (X.690 §8.1.2).
pub(crate) mod tag {
    /// The bit of a constructed value.
    pub(crate) const CONSTRUCTED: u8 = 0x20;

    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0C;
    pub(crate) const NUMERIC_STRING: u8 = 0x12;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const TELETEX_STRING: u8 = 0x14;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const VISIBLE_STRING: u8 = 0x1A;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1C;
    pub(crate) const BMP_STRING: u8 = 0x1E;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// Returns whether this is a valid identifier octet: a tag in one octet, and for a universal type the form that DER
    /// requires.
    pub(crate) const fn is_der(tag: u8) -> bool {
        let constructed = tag & CONSTRUCTED != 0;
        match (tag & 0xC0, tag & 0x1F) {
            // Tag numbers from 31 need further octets. X.509 has none.
            (_, 0x1F) => false,
            // The end of an indefinite length.
            (0, 0) => false,
            // EXTERNAL, EMBEDDED PDV, SEQUENCE, SET and CHARACTER STRING consist of values.
            (0, 8 | 11 | 16 | 17 | 29) => constructed,
            // All others are primitive: a constructed string is BER (X.690 §10.2).
            (0, _) => !constructed,
            _ => true,
        }
    }

    /// The tag of a primitive value with the context-specific `number`.
    pub(crate) const fn implicit(number: u8) -> u8 {
        0x80 | number
    }

    /// The tag of a constructed value with the context-specific `number`.
    pub(crate) const fn explicit(number: u8) -> u8 {
        0x80 | CONSTRUCTED | number
    }
}

/// One value with its tag and length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'der> {
    /// The identifier octet.
    pub(crate) tag: u8,
    /// The contents octets. Values nested in them have not been checked.
    pub(crate) contents: &'der [u8],
    /// The whole encoding.
    pub(crate) der: &'der [u8],
}

/// The unread part of an encoding.
///
/// The types of the `der` crate decode through it. Unlike that crate's reader it copies with iterators only, so the
/// compiler can prove that no length is wrong, and it does not track positions, since no error reports one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'der> {
    rest: &'der [u8],
}

impl<'der> Reader<'der> {
    /// A reader of `contents` that have been checked before.
    pub(crate) const fn again(contents: &'der [u8]) -> Self {
        Self { rest: contents }
    }

    /// Whether everything has been read.
    pub(crate) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the next value has this tag.
    pub(crate) fn next_is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// Reads the next value.
    pub(crate) fn element(&mut self) -> Result<Element<'der>, Error> {
        let before = self.rest;
        let tag = self.read_byte().map_err(malformed)?;
        if !tag::is_der(tag) {
            return Err(Error::DerMalformed);
        }
        let length = Length::decode(self).map_err(malformed)?;
        let contents = self.read_slice(length).map_err(malformed)?;
        let (der, _) =
            before.split_at_checked(before.len().saturating_sub(self.rest.len())).ok_or(Error::DerMalformed)?;
        Ok(Element { tag, contents, der })
    }

    /// Reads the next value, which must have this tag.
    pub(crate) fn tagged(&mut self, tag: u8) -> Result<Element<'der>, Error> {
        self.optional(tag)?.ok_or(Error::DerMalformed)
    }

    /// Reads the next value if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'der>>, Error> {
        if self.next_is(tag) { self.element().map(Some) } else { Ok(None) }
    }

    /// Reads all contents of the next value, which must have this tag.
    pub(crate) fn nested<T>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Reader<'der>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        read_all(self.tagged(tag)?.contents, read)
    }

    /// Reads a non-negative INTEGER: big-endian, without leading zero octets except for zero itself.
    pub(crate) fn unsigned_integer(&mut self) -> Result<&'der [u8], Error> {
        // A fixed-size integer would be copied with a length check, and the compiler cannot prove that it never panics.
        self.decode_as::<UintRef<'der>>().map(|integer| integer.as_bytes())
    }

    /// Reads a BIT STRING that consists of whole octets.
    pub(crate) fn octets_of_bit_string(&mut self) -> Result<&'der [u8], Error> {
        match self.tagged(tag::BIT_STRING)?.contents.split_first() {
            Some((0, octets)) => Ok(octets),
            _ => Err(Error::DerMalformed),
        }
    }

    /// Reads a value of a type of the `der` crate.
    pub(crate) fn decode_as<T: Decode<'der, Error = der::Error>>(&mut self) -> Result<T, Error> {
        T::decode(self).map_err(malformed)
    }
}

impl<'der> der::Reader<'der> for Reader<'der> {
    const CAN_READ_SLICE: bool = true;

    fn encoding_rules(&self) -> EncodingRules {
        EncodingRules::Der
    }

    fn input_len(&self) -> Length {
        Length::try_from(self.rest.len()).unwrap_or(Length::MAX)
    }

    fn position(&self) -> Length {
        Length::ZERO
    }

    fn read_nested<T, F, E>(&mut self, length: Length, read: F) -> Result<T, E>
    where
        E: From<der::Error>,
        F: FnOnce(&mut Self) -> Result<T, E>,
    {
        let mut nested = Self { rest: self.read_slice(length)? };
        let value = read(&mut nested)?;
        nested.finish()?;
        Ok(value)
    }

    fn read_slice(&mut self, length: Length) -> der::Result<&'der [u8]> {
        let (slice, rest) = self.rest.split_at_checked(usize::try_from(length)?).ok_or(ErrorKind::Failed)?;
        self.rest = rest;
        Ok(slice)
    }

    fn read_into<'output>(&mut self, output: &'output mut [u8]) -> der::Result<&'output [u8]> {
        let slice = self.read_slice(output.len().try_into()?)?;
        for (to, from) in output.iter_mut().zip(slice) {
            *to = *from;
        }
        Ok(output)
    }

    fn read_byte(&mut self) -> der::Result<u8> {
        let (byte, rest) = self.rest.split_first().ok_or(ErrorKind::Failed)?;
        self.rest = rest;
        Ok(*byte)
    }
}

/// Drops positions and expected tags. They are of no use to an operator, who must have the certificate reissued anyway.
fn malformed(_: der::Error) -> Error {
    Error::DerMalformed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(der: &[u8]) -> Result<&[u8], Error> {
        read_all(der, |reader| reader.element().map(|element| element.contents))
    }

    #[test]
    fn a_value_is_read_with_its_tag_and_length() {
        let input = [0x04, 0x02, 0xAA, 0xBB];
        let element = read_all(&input, Reader::element).unwrap();
        assert_eq!((element.tag, element.contents, element.der), (tag::OCTET_STRING, &input[2..], &input[..]));
    }

    #[test]
    fn lengths_are_definite_and_minimal() {
        let long = |header: &[u8], length: usize| element(&[header, &vec![0; length]].concat()).map(<[u8]>::len);
        assert_eq!(long(&[0x04, 0x7F], 0x7F), Ok(0x7F));
        assert_eq!(long(&[0x04, 0x81, 0x80], 0x80), Ok(0x80));
        assert_eq!(long(&[0x04, 0x82, 0x01, 0x00], 0x100), Ok(0x100));

        assert_eq!(long(&[0x04, 0x81, 0x7F], 0x7F), Err(Error::DerMalformed));
        assert_eq!(long(&[0x04, 0x82, 0x00, 0x80], 0x80), Err(Error::DerMalformed));
        assert_eq!(long(&[0x04, 0x83, 0x00, 0x01, 0x00], 0x100), Err(Error::DerMalformed));
        assert_eq!(long(&[0x24, 0x80, 0x04, 0x01, 0x41, 0x00, 0x00], 0), Err(Error::DerMalformed));
        assert_eq!(long(&[0x04, 0x85, 0x00, 0x00, 0x00, 0x00, 0x01], 1), Err(Error::DerMalformed));
        assert_eq!(long(&[0x04, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], 1), Err(Error::DerMalformed));
        assert_eq!(long(&[0x04, 0xFF], 1), Err(Error::DerMalformed));
    }

    #[test]
    fn a_value_ends_at_its_length() {
        assert_eq!(element(&[0x04, 0x01, 0xAA]), Ok(&[0xAA][..]));
        assert_eq!(element(&[0x04, 0x02, 0xAA]), Err(Error::DerMalformed));
        assert_eq!(element(&[0x04]), Err(Error::DerMalformed));
        assert_eq!(element(&[]), Err(Error::DerMalformed));
        assert_eq!(element(&[0x04, 0x01, 0xAA, 0x00]), Err(Error::DerTrailingBytes));
    }

    #[test]
    fn tags_have_one_octet() {
        assert_eq!(element(&[0x1E, 0x00]), Ok(&[][..]));
        assert_eq!(element(&[0x1F, 0x1F, 0x00]), Err(Error::DerMalformed));
        assert_eq!(element(&[0xBF, 0x03, 0x00]), Err(Error::DerMalformed));
        assert_eq!(element(&[0x00, 0x00]), Err(Error::DerMalformed));
    }

    #[test]
    fn universal_types_have_one_form() {
        for tag in [0x28, 0x2B, 0x30, 0x31, 0x3D, 0x01, 0x0C, 0x13, 0x1E, 0x80, 0xA0, 0x40, 0x60, 0xC0, 0xE0] {
            assert_eq!(element(&[tag, 0x00]), Ok(&[][..]), "{tag:#x}");
        }
        for tag in [0x08, 0x0B, 0x10, 0x11, 0x1D, 0x21, 0x2C, 0x33, 0x3E] {
            assert_eq!(element(&[tag, 0x00]), Err(Error::DerMalformed), "{tag:#x}");
        }
    }

    #[test]
    fn trailing_contents_are_rejected() {
        let read = |der| read_all(der, |reader| reader.nested(tag::SEQUENCE, Reader::unsigned_integer));
        assert_eq!(read(&[0x30, 0x03, 0x02, 0x01, 0x05]), Ok(&[5][..]));
        assert_eq!(read(&[0x30, 0x05, 0x02, 0x01, 0x05, 0x05, 0x00]), Err(Error::DerTrailingBytes));
        assert_eq!(read(&[0x31, 0x03, 0x02, 0x01, 0x05]), Err(Error::DerMalformed));
        assert_eq!(read(&[0x30, 0x02, 0x02, 0x01, 0x05]), Err(Error::DerMalformed));
    }

    #[test]
    fn integers_are_unsigned_and_minimal() {
        let read = |der| read_all(der, Reader::unsigned_integer);
        assert_eq!(read(&[0x02, 0x01, 0x00]), Ok(&[0][..]));
        assert_eq!(read(&[0x02, 0x02, 0x00, 0x80]), Ok(&[0x80][..]));
        for der in [&[0x02, 0x00][..], &[0x02, 0x01, 0x80], &[0x02, 0x02, 0x00, 0x7F], &[0x02, 0x02, 0x00, 0x00]] {
            assert_eq!(read(der), Err(Error::DerMalformed), "{der:02x?}");
        }
    }

    #[test]
    fn bit_strings_have_whole_octets() {
        let read = |der| read_all(der, Reader::octets_of_bit_string);
        assert_eq!(read(&[0x03, 0x02, 0x00, 0xA0]), Ok(&[0xA0][..]));
        assert_eq!(read(&[0x03, 0x01, 0x00]), Ok(&[][..]));
        for der in [&[0x03, 0x02, 0x04, 0xA0][..], &[0x03, 0x00], &[0x23, 0x02, 0x00, 0xA0]] {
            assert_eq!(read(der), Err(Error::DerMalformed), "{der:02x?}");
        }
    }

    #[test]
    fn long_inputs_are_rejected() {
        let of = |contents: u16| {
            let mut der = vec![0x04, 0x82];
            der.extend(contents.to_be_bytes());
            der.resize(4 + usize::from(contents), 0);
            element(&der).map(<[u8]>::len)
        };
        assert_eq!(of(0xFFFB), Ok(0xFFFB));
        assert_eq!(of(0xFFFC), Err(Error::CertificateTooLong));
    }

    #[test]
    fn a_field_replaces_only_the_general_error() {
        assert_eq!(within(Error::NameMalformed)(Error::DerMalformed), Error::NameMalformed);
        assert_eq!(within(Error::NameMalformed)(Error::DerTrailingBytes), Error::DerTrailingBytes);
    }
}
