//! For a build script: an issuer's keys and their tables as constants, which the linker puts into flash.

pub use certbound::Geometry;
use certbound::{Error, KeySet, PreparedKeys};

/// Source with `JWKS`, `GEOMETRY` and `TABLES`, for `PreparedKeys::from_tables`.
///
/// # Errors
/// Those of the JWK Set.
pub fn source(jwks: &str, geometry: Geometry) -> Result<String, Error> {
    let keys = KeySet::<4>::from_jwks(jwks.as_bytes())?;
    let mut tables = vec![0; PreparedKeys::tables_len(&keys, geometry)];
    PreparedKeys::prepare(&keys, geometry, &mut tables)?;
    let length = tables.len();
    Ok(format!(
        "pub static JWKS: &[u8] = {jwks:?}.as_bytes();\n\
        pub const GEOMETRY: certbound::Geometry = certbound::Geometry::{geometry:?};\n\
        pub static TABLES: [u64; {length}] = {tables:?};\n"
    ))
}
