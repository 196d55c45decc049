//! What the program measures, in the form that `../../tests/bench` writes to the page of settings.

use serde::{Deserialize, Serialize};

/// A key, a connection's certificate, and a token bound to it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Case<'page> {
    pub(crate) jwks: &'page [u8],
    pub(crate) certificate: &'page [u8],
    pub(crate) token: &'page [u8],
    pub(crate) now: u64,
    /// Whether tables are of medium size, or small. Plain keys have none.
    pub(crate) medium: bool,
}

/// The memory for the largest tables, in words of 8 bytes.
pub(crate) const TABLES_LEN: usize = 16 * 1024;
