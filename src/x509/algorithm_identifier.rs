//! The algorithm of a signature or a key (RFC 5280 §4.1.1.2).

use super::object_identifier::ObjectIdentifier;
use crate::{
    Error,
    der::{Element, Reader, tag},
};

/// An algorithm and its parameters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AlgorithmIdentifier<'der> {
    pub(crate) algorithm: ObjectIdentifier<'der>,
    /// The parameters, unread.
    pub(crate) parameters: Option<Element<'der>>,
    /// The whole encoding, for comparisons.
    pub(crate) der: &'der [u8],
}

impl<'der> AlgorithmIdentifier<'der> {
    /// Reads an AlgorithmIdentifier.
    pub(crate) fn read(reader: &mut Reader<'der>) -> Result<Self, Error> {
        let element = reader.tagged(tag::SEQUENCE)?;
        crate::der::read_all(element.contents, |fields| {
            let algorithm = ObjectIdentifier::read(fields)?;
            let parameters = if fields.is_at_end() { None } else { Some(fields.element()?) };
            Ok(Self { algorithm, parameters, der: element.der })
        })
    }
}
