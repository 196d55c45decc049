//! certbound beside its rivals, on this machine: `make bench`, or with the names of groups, `cargo run --release -- rsa`.
//!
//! It prints Markdown. Ratios below 1 are faster than the fastest rival. [`harness`] says how they are measured, and why
//! not by criterion.

mod harness;
mod readers;
mod signatures;
mod tokens;

use tokens::Issuer;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for (name, run) in GROUPS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            run(ROUNDS);
        }
    }
}

/// A group of contests, by the name it is asked for.
type Group = (&'static str, fn(usize));

const GROUPS: [Group; 8] = [
    ("ecdsa", signatures::ecdsa),
    ("ed25519", signatures::ed25519),
    ("rsa", |rounds| [2048, 3072, 4096].into_iter().for_each(|bits| signatures::rsa(rounds, bits))),
    ("tokens", |rounds| {
        [Issuer::es256(), Issuer::eddsa(), Issuer::rs256()].iter().for_each(|issuer| tokens::verify(issuer, rounds));
    }),
    ("growth", tokens::growth),
    ("keys", tokens::key_set),
    ("base64url", readers::base64url),
    ("json", readers::json),
];

/// Enough for a median that stays the same in the second digit.
const ROUNDS: usize = 200;
