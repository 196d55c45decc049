//! How many random signatures the tests of prepared keys compare, and which ones.
//!
//! `CERTBOUND_PREPARED_CASES` is their number for each curve, 1,000 by default. `CERTBOUND_PREPARED_SEED` is any number, 0 by
//! default; another one selects other signatures.
#![allow(unreachable_pub, reason = "a module of a test binary")]

use std::env;

pub fn count() -> u64 {
    number("CERTBOUND_PREPARED_CASES", 1_000)
}

pub fn seed() -> u64 {
    number("CERTBOUND_PREPARED_SEED", 0)
}

fn number(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |number| number.parse().expect("a number"))
}
