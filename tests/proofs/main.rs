//! Proofs about the code itself. `layers` reads the sources, `errors` reads the tests, and `linked` builds, links and
//! disassembles the core, which takes minutes: `cargo test --test proofs layers` runs one of them.

mod asserted;
mod circles;
mod errors;
mod heads;
mod layers;
mod linked;
mod source;
