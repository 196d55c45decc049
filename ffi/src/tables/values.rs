//! The values that choose the memory for tables.

/// The default: `CERTBOUND_TABLES_MEDIUM`, or `CERTBOUND_TABLES_NONE` in a library without prepared keys.
pub const CERTBOUND_TABLES_DEFAULT: u32 = 0;
/// No tables: about 700 bytes per key, and the slowest signatures. For boards.
pub const CERTBOUND_TABLES_NONE: u32 = 1;
/// 4 KiB for each P-256 key, plus 4 KiB for the curve; 6 KiB for each Ed25519 key; 19 KiB for each P-521 key, plus 19 KiB for
/// the curve.
#[cfg(feature = "prepared")]
pub const CERTBOUND_TABLES_SMALL: u32 = 2;
/// 22 KiB for each P-256 key, plus 44 KiB for the curve; 17 KiB for each Ed25519 key; 99 KiB for each P-521 key, plus 198 KiB
/// for the curve.
#[cfg(feature = "prepared")]
pub const CERTBOUND_TABLES_MEDIUM: u32 = 3;
/// 44 KiB for each P-256 key, plus 88 KiB for the curve; 33 KiB for each Ed25519 key; 198 KiB for each P-521 key, plus 396 KiB
/// for the curve.
#[cfg(feature = "prepared")]
pub const CERTBOUND_TABLES_LARGE: u32 = 4;
