//! The choice of memory for prepared keys.

/// How much memory a prepared key uses, and therefore how much time it saves.
///
/// | a table of | `Small` | `Medium` | `Large` |
/// |---|---|---|---|
/// | an EC P-256 key | 4.1 KiB | 22.1 KiB | 44.1 KiB |
/// | the curve, once for all its keys | 4.1 KiB | 44.1 KiB | 88.1 KiB |
/// | an EC P-384 key | 9.1 KiB | 48.1 KiB | 96.1 KiB |
/// | the curve, once for all its keys | 9.1 KiB | 96.1 KiB | 192.1 KiB |
/// | an EC P-521 key | 18.6 KiB | 99.1 KiB | 198.1 KiB |
/// | the curve, once for all its keys | 18.6 KiB | 198.1 KiB | 396.1 KiB |
/// | an OKP Ed25519 key | 6.0 KiB | 16.5 KiB | 33.0 KiB |
/// | an RSA key, of 2048, 3072 or 4096 bits | 288, 416 or 544 bytes | the same | the same |
///
/// 64 bytes in front of each key's table identify the key. Verdicts do not depend on the geometry. `make bench` measures the time.
///
/// ```
/// use certbound::{Geometry, PreparedKeys};
///
/// let words = |geometry| PreparedKeys::tables_len_max(8, geometry);
/// assert!(words(Geometry::Small) < words(Geometry::Medium) && words(Geometry::Medium) < words(Geometry::Large));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geometry {
    /// For boards with little memory.
    Small,
    /// Most of the speed for half of the memory.
    Medium,
    /// The fastest. The caches of a server's core hold the tables of a few keys at a time.
    Large,
}

impl Geometry {
    /// All geometries.
    ///
    /// ```
    /// assert_eq!(certbound::Geometry::ALL.len(), 3);
    /// ```
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];
}
