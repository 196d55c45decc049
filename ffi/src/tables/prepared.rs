//! What the library uses of the core's prepared keys.

pub(crate) use certbound::{
    Geometry, PreparedKeys,
    ffi_support::{TablesLen, resume_keys},
};
use certbound::{Policy, TrustedIssuer, Verifier};

use super::values::{
    CERTBOUND_TABLES_DEFAULT, CERTBOUND_TABLES_LARGE, CERTBOUND_TABLES_MEDIUM, CERTBOUND_TABLES_SMALL,
};

pub(crate) const fn verifier<'keys>(policy: Policy<'keys>, keys: PreparedKeys<'keys>) -> Verifier<'keys> {
    Verifier::prepared(policy, keys)
}

pub(crate) const fn issuer<'keys>(name: &'keys str, keys: PreparedKeys<'keys>) -> TrustedIssuer<'keys> {
    TrustedIssuer::prepared(name, keys)
}

/// The geometry for a value that means tables.
pub(super) const fn geometry(tables: u32) -> Option<Geometry> {
    match tables {
        CERTBOUND_TABLES_SMALL => Some(Geometry::Small),
        CERTBOUND_TABLES_DEFAULT | CERTBOUND_TABLES_MEDIUM => Some(Geometry::Medium),
        CERTBOUND_TABLES_LARGE => Some(Geometry::Large),
        _ => None,
    }
}
