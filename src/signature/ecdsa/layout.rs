//! The layouts of tables, and how much work they save.

use crate::signature::{
    Geometry,
    schedule::{Rows, SPACING_MAX},
};

/// The layout of a table: which multiples of a point it holds.
///
/// A table has rows at a fixed spacing of a scalar's bits. Each row holds odd multiples of the row's power of two. Fewer bits
/// between rows save doublings; more multiples in a row save additions.
///
/// | layout | multiples in a row | bits between rows | P-256 | P-384 | P-521 | additions, doublings for P-256 |
/// |---|---|---|---|---|---|---|
/// | `Small` | 4 | 16 | 4.1 KiB | 9.1 KiB | 18.6 KiB | 51, 15 |
/// | `Medium` | 16 | 12 | 22.1 KiB | 48.1 KiB | 99.1 KiB | 37, 11 |
/// | `Large` | 32 | 12 | 44.1 KiB | 96.1 KiB | 198.1 KiB | 32, 11 |
/// | `Largest` | 64 | 12 | 88.1 KiB | 192.1 KiB | 396.1 KiB | 28, 11 |
///
/// The figures are for one table. The base point's table has its own layout and adds its additions. Doublings are shared: the
/// table with the wider spacing determines their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// For boards with little memory.
    Small,
    /// Most of the speed for about half of the memory.
    Medium,
    /// The fastest for its memory.
    Large,
    /// For base points, whose table all keys share.
    Largest,
}

impl Layout {
    /// The layout of a key's table.
    pub const fn of_key(geometry: Geometry) -> Self {
        match geometry {
            Geometry::Small => Self::Small,
            Geometry::Medium => Self::Medium,
            Geometry::Large => Self::Large,
        }
    }

    /// The layout of a base point's table, which may be larger because all keys share it.
    pub const fn of_base_point(geometry: Geometry) -> Self {
        match geometry {
            Geometry::Small => Self::Small,
            Geometry::Medium => Self::Large,
            Geometry::Large => Self::Largest,
        }
    }

    /// All layouts.
    pub const ALL: [Self; 4] = [Self::Small, Self::Medium, Self::Large, Self::Largest];

    /// The rows of a table.
    pub(super) const fn rows(self) -> Rows {
        match self {
            Self::Small => Rows { width: 4, spacing: SPACING_MAX },
            Self::Medium => Rows { width: 6, spacing: SPACING_MIN },
            Self::Large => Rows { width: 7, spacing: SPACING_MIN },
            Self::Largest => Rows { width: 8, spacing: SPACING_MIN },
        }
    }
}

/// The narrowest spacing.
pub(super) const SPACING_MIN: usize = 12;
