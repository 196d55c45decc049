//! The tables of a prepared key.

#[cfg(feature = "prepared")]
use super::geometry::Geometry;

/// The tables that a prepared key verifies with.
#[cfg(feature = "prepared")]
#[derive(Clone, Copy)]
pub(crate) struct Tables<'memory> {
    pub(crate) geometry: Geometry,
    /// The table of the key itself.
    pub(crate) key: &'memory [u64],
    /// The table of the curve's base point, for an ECDSA key; empty for others.
    pub(crate) base_point: &'memory [u64],
}

/// In a build without prepared keys, no tables exist: a type without values.
#[cfg(not(feature = "prepared"))]
#[derive(Clone, Copy)]
pub(crate) struct Tables<'memory> {
    pub(super) none: core::convert::Infallible,
    memory: core::marker::PhantomData<&'memory [u64]>,
}
