//! The curves by name, for keys whose curve is only known when they are read.

use p256::NistP256;
use p384::NistP384;
use p521::NistP521;

use super::{BasePoint, PreparedKey, Shape};
use crate::{Error, signature::Geometry};

/// A curve that keys may be on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EllipticCurve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
}

impl EllipticCurve {
    /// Every curve there is.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// Words of a key's table.
    pub const fn key_table_len(self, geometry: Geometry) -> usize {
        let shape = Shape::of_key(geometry);
        match self {
            Self::P256 => PreparedKey::<NistP256>::table_len(shape),
            Self::P384 => PreparedKey::<NistP384>::table_len(shape),
            Self::P521 => PreparedKey::<NistP521>::table_len(shape),
        }
    }

    /// Words of the base point's table.
    pub const fn base_point_table_len(self, geometry: Geometry) -> usize {
        let shape = Shape::of_base_point(geometry);
        match self {
            Self::P256 => BasePoint::<NistP256>::table_len(shape),
            Self::P384 => BasePoint::<NistP384>::table_len(shape),
            Self::P521 => BasePoint::<NistP521>::table_len(shape),
        }
    }

    /// Fills the base point's table.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] for fewer words than [`base_point_table_len`](Self::base_point_table_len) tells.
    pub fn prepare_base_point(self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        let shape = Shape::of_base_point(geometry);
        match self {
            Self::P256 => BasePoint::<NistP256>::prepare(shape, table).map(|_| ()),
            Self::P384 => BasePoint::<NistP384>::prepare(shape, table).map(|_| ()),
            Self::P521 => BasePoint::<NistP521>::prepare(shape, table).map(|_| ()),
        }
    }
}
