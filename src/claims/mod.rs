//! Claims: the set that a token carries, and the rules for the registered ones (RFC 7519 §4.1, RFC 9068 §2.2).

mod numeric_date;
mod rules;
mod set;

pub(crate) use rules::{RegisteredClaims, Validity};
pub use set::{Claim, ClaimSet};
