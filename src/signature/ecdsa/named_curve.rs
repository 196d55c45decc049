//! The curves as values, for keys whose curve is known only at run time.

use p256::NistP256;
use p384::NistP384;
use p521::NistP521;

use super::{BasePoint, Layout, PreparedKey};
use crate::{
    Error,
    signature::{Geometry, Hash},
};

/// A supported curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedCurve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

impl NamedCurve {
    /// All curves.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// The name in the JOSE registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// The hash function that signatures on the curve use.
    pub(crate) const fn hash(self) -> Hash {
        match self {
            Self::P256 => Hash::Sha256,
            Self::P384 => Hash::Sha384,
            Self::P521 => Hash::Sha512,
        }
    }

    /// The length of a key's table, in words.
    pub const fn key_table_len(self, geometry: Geometry) -> usize {
        let layout = Layout::of_key(geometry);
        match self {
            Self::P256 => PreparedKey::<NistP256>::table_len(layout),
            Self::P384 => PreparedKey::<NistP384>::table_len(layout),
            Self::P521 => PreparedKey::<NistP521>::table_len(layout),
        }
    }

    /// The length of the base point's table, in words.
    pub const fn base_point_table_len(self, geometry: Geometry) -> usize {
        let layout = Layout::of_base_point(geometry);
        match self {
            Self::P256 => BasePoint::<NistP256>::table_len(layout),
            Self::P384 => BasePoint::<NistP384>::table_len(layout),
            Self::P521 => BasePoint::<NistP521>::table_len(layout),
        }
    }

    /// Fills the base point's table.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`base_point_table_len`](Self::base_point_table_len) returns.
    pub fn prepare_base_point(self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        let layout = Layout::of_base_point(geometry);
        match self {
            Self::P256 => BasePoint::<NistP256>::prepare(layout, table).map(|_| ()),
            Self::P384 => BasePoint::<NistP384>::prepare(layout, table).map(|_| ()),
            Self::P521 => BasePoint::<NistP521>::prepare(layout, table).map(|_| ()),
        }
    }
}
