//! What stands for tables in a build without prepared keys: a type without values.

use core::{convert::Infallible, marker::PhantomData};

use super::{Message, PublicKey, Scheme};
use crate::Error;

/// No tables exist.
#[derive(Clone, Copy)]
pub(crate) struct Tables<'memory> {
    none: Infallible,
    memory: PhantomData<&'memory [u64]>,
}

impl PublicKey {
    pub(super) fn verify_prepared(
        &self,
        tables: Tables<'_>,
        _: Scheme,
        _: &Message<'_>,
        _: &[u8],
    ) -> Result<(), Error> {
        match tables.none {}
    }
}
