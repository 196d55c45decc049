//! Proofs about the code as a whole. `layers`, `circles` and `heads` read the sources, and `errors` reads the tests.
//! `panics`, `recursion` and `allocation` build the core for each target, with `entries`, which takes minutes.

mod allocation;
mod asserted;
mod circles;
mod entries;
mod errors;
mod heads;
mod layers;
mod panics;
mod recursion;
mod source;
