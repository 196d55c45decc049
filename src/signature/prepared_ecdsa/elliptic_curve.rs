//! The curves by name, for keys whose curve is only known when they are read.

use p256::NistP256;
use p384::NistP384;
use p521::NistP521;

use super::{BasePoint, Geometry};
use crate::Error;

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

    /// Words of a table: that of the base point, and that of a key.
    pub const fn table_len(self, geometry: Geometry) -> usize {
        match self {
            Self::P256 => BasePoint::<NistP256>::table_len(geometry),
            Self::P384 => BasePoint::<NistP384>::table_len(geometry),
            Self::P521 => BasePoint::<NistP521>::table_len(geometry),
        }
    }

    /// Fills the table of the base point.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] for fewer words than [`table_len`](Self::table_len) tells.
    pub fn prepare(self, geometry: Geometry, table: &mut [u64]) -> Result<(), Error> {
        match self {
            Self::P256 => BasePoint::<NistP256>::prepare(geometry, table).map(|_| ()),
            Self::P384 => BasePoint::<NistP384>::prepare(geometry, table).map(|_| ()),
            Self::P521 => BasePoint::<NistP521>::prepare(geometry, table).map(|_| ()),
        }
    }
}
