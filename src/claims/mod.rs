//! The claims of a token, and the rules for the registered ones (RFC 7519 §4.1, RFC 9068 §2.2).
//!
//! `set` gives callers access to the claims. `rules` checks them, and `numeric_date` reads their times. The folder
//! imports `json`, scratch memory, errors, limits and times. It must not know keys, signatures or policies: each rule
//! gets the values that it compares with.

mod numeric_date;
mod rules;
mod set;

#[cfg(feature = "internals")]
pub use numeric_date::unix_time;
pub(crate) use rules::{RegisteredClaims, Validity};
pub use set::{Claim, ClaimSet};
