//! What stands for tables in a build without prepared keys: types without values, so that nothing of it is linked.

use core::convert::Infallible;

use certbound::{Error, Key, Policy, TrustedIssuer, Verifier};

#[derive(Clone, Copy)]
pub(crate) struct Geometry(Infallible);

#[derive(Clone, Copy)]
pub(crate) struct PreparedKeys<'memory>(Infallible, core::marker::PhantomData<&'memory ()>);

#[derive(Default)]
pub(crate) struct TablesLen(());

impl TablesLen {
    pub(crate) const fn add(&mut self, _: &Key, geometry: Geometry) {
        match geometry.0 {}
    }

    pub(crate) const fn words(&self) -> usize {
        0
    }
}

impl<'memory> PreparedKeys<'memory> {
    pub(crate) const fn tables_len(_: &[Key], geometry: Geometry) -> usize {
        match geometry.0 {}
    }

    pub(crate) const fn tables_len_max(_: usize, geometry: Geometry) -> usize {
        match geometry.0 {}
    }

    pub(crate) const fn from_tables(_: &'memory [Key], geometry: Geometry, _: &'memory [u64]) -> Result<Self, Error> {
        match geometry.0 {}
    }

    pub(crate) const fn prepare(_: &'memory [Key], geometry: Geometry, _: &'memory mut [u64]) -> Result<Self, Error> {
        match geometry.0 {}
    }
}

pub(crate) const fn resume_keys<'memory>(
    _: &'memory [Key],
    geometry: Geometry,
    _: &'memory [u64],
) -> PreparedKeys<'memory> {
    match geometry.0 {}
}

pub(crate) const fn verifier<'keys>(_: Policy<'keys>, keys: PreparedKeys<'keys>) -> Verifier<'keys> {
    match keys.0 {}
}

pub(crate) const fn issuer<'keys>(_: &'keys str, keys: PreparedKeys<'keys>) -> TrustedIssuer<'keys> {
    match keys.0 {}
}

/// The geometry for a value that means tables.
pub(super) const fn geometry(_: u32) -> Option<Geometry> {
    None
}
