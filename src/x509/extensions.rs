//! A certificate's extensions (RFC 5280 §4.2), of which only the subject alternative names are read.

use heapless::Vec;

use super::{
    AlternativeNames,
    object_identifier::{ObjectIdentifier, object_identifier},
};
use crate::{
    Error,
    der::{Reader, tag},
    limits,
};

/// Reads a non-empty Extensions, and returns the subject alternative names.
///
/// Unknown critical extensions are accepted: path validation in the TLS terminator decides on them (RFC 5280 §6.1).
pub(crate) fn read<'der>(reader: &mut Reader<'der>) -> Result<AlternativeNames<'der>, Error> {
    reader.nested(tag::SEQUENCE, |extensions| {
        if extensions.is_at_end() {
            return Err(Error::ExtensionsMalformed);
        }
        let mut alternative_names = AlternativeNames::NONE;
        let mut seen = Vec::<ObjectIdentifier<'der>, { limits::CERTIFICATE_EXTENSIONS }>::new();
        while !extensions.is_at_end() {
            let (identifier, value) = extension(extensions)?;
            if seen.contains(&identifier) {
                return Err(Error::ExtensionDuplicate);
            }
            seen.push(identifier).map_err(|_| Error::TooManyExtensions)?;
            if identifier == SUBJECT_ALTERNATIVE_NAME {
                alternative_names = AlternativeNames::from_der(value)?;
            }
        }
        Ok(alternative_names)
    })
}

/// Reads one Extension.
fn extension<'der>(reader: &mut Reader<'der>) -> Result<(ObjectIdentifier<'der>, &'der [u8]), Error> {
    reader.nested(tag::SEQUENCE, |fields| {
        let identifier = ObjectIdentifier::read(fields)?;
        // TRUE is 0xFF, and the default FALSE is omitted (X.690 §11.1 and §11.5).
        match fields.optional(tag::BOOLEAN)?.map(|critical| critical.contents) {
            None | Some([0xFF]) => {}
            Some(_) => return Err(Error::DerMalformed),
        }
        Ok((identifier, fields.tagged(tag::OCTET_STRING)?.contents))
    })
}

/// id-ce-subjectAltName (RFC 5280 §4.2.1.6).
const SUBJECT_ALTERNATIVE_NAME: ObjectIdentifier<'static> = object_identifier!("2.5.29.17");
