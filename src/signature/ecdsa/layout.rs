//! What a table holds, and what that saves.

use crate::signature::Geometry;

/// The layout of a table: which multiples of a point it holds.
///
/// A table has a row for every so many bits of a scalar, and in each the odd multiples of the row's power of two. The
/// fewer bits between rows, the fewer doublings; the more multiples in a row, the fewer additions.
///
/// | layout | multiples in a row | bits between rows | P-256 | P-384 | P-521 | additions, doublings for P-256 |
/// |---|---|---|---|---|---|---|
/// | `Small` | 4 | 16 | 4.1 KiB | 9.1 KiB | 18.6 KiB | 51, 15 |
/// | `Medium` | 16 | 12 | 22.1 KiB | 48.1 KiB | 99.1 KiB | 37, 11 |
/// | `Large` | 32 | 12 | 44.1 KiB | 96.1 KiB | 198.1 KiB | 32, 11 |
/// | `Largest` | 64 | 12 | 88.1 KiB | 192.1 KiB | 396.1 KiB | 28, 11 |
///
/// The base point's table has a layout of its own, and costs as many additions more. Doublings are shared: as many are
/// done as the table with more bits between its rows needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// For boards, where memory is what is short.
    Small,
    /// Most of the speed in about half of the memory.
    Medium,
    /// The fastest for its memory.
    Large,
    /// For base points, of which there is one for all keys.
    Largest,
}

impl Layout {
    /// That of a key's table.
    pub const fn of_key(geometry: Geometry) -> Self {
        match geometry {
            Geometry::Small => Self::Small,
            Geometry::Medium => Self::Medium,
            Geometry::Large => Self::Large,
        }
    }

    /// That of a base point's table, which may be larger: all keys share it.
    pub const fn of_base_point(geometry: Geometry) -> Self {
        match geometry {
            Geometry::Small => Self::Small,
            Geometry::Medium => Self::Large,
            Geometry::Large => Self::Largest,
        }
    }

    /// Every layout there is.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Largest];

    /// w of the [non-adjacent form](super::recoding) that scalars are written in.
    pub(super) const fn width(self) -> u8 {
        match self {
            Self::Small => 4,
            Self::Medium => 6,
            Self::Large => 7,
            Self::Largest => 8,
        }
    }

    /// Bits from one row to the next.
    pub(super) const fn spacing(self) -> usize {
        match self {
            Self::Small => SPACING_MAX,
            Self::Medium | Self::Large | Self::Largest => SPACING_MIN,
        }
    }

    /// Points in a row: the odd multiples below 2^(width − 1).
    pub(super) const fn multiples(self) -> usize {
        match self {
            Self::Small => 4,
            Self::Medium => 16,
            Self::Large => 32,
            Self::Largest => 64,
        }
    }
}

/// Bits between rows that are the furthest from each other.
pub(super) const SPACING_MAX: usize = 16;

/// Bits between rows that are the closest to each other.
pub(super) const SPACING_MIN: usize = 12;
