//! How much memory the tables of prepared keys use.

#[cfg(not(feature = "prepared"))]
mod left_out;
#[cfg(feature = "prepared")]
mod prepared;
mod values;

#[cfg(not(feature = "prepared"))]
use self::left_out::geometry as of_value;
#[cfg(not(feature = "prepared"))]
pub(crate) use self::left_out::{Geometry, PreparedKeys, TablesLen, issuer, resume_keys, verifier};
#[cfg(feature = "prepared")]
use self::prepared::geometry as of_value;
#[cfg(feature = "prepared")]
pub(crate) use self::prepared::{Geometry, PreparedKeys, TablesLen, issuer, resume_keys, verifier};
pub use self::values::*;
use crate::status::certbound_status;

/// The geometry of the tables; `None` for no tables.
pub(crate) const fn geometry(tables: u32) -> Result<Option<Geometry>, certbound_status> {
    if tables == CERTBOUND_TABLES_NONE || tables == CERTBOUND_TABLES_DEFAULT && !cfg!(feature = "prepared") {
        return Ok(None);
    }
    match of_value(tables) {
        None => Err(certbound_status::CERTBOUND_VALUE_UNKNOWN),
        known => Ok(known),
    }
}
