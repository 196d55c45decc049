//! What stands for verification with tables in a build without prepared keys.

use super::{Message, PublicKey, Scheme, tables::Tables};
use crate::Error;

impl PublicKey {
    pub(super) fn verify_prepared(
        &self,
        tables: Tables<'_>,
        _: Scheme,
        _: &Message<'_>,
        _: &[u8],
    ) -> Result<(), Error> {
        match tables.none {}
    }
}
