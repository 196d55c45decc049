//! Proofs about the code as a whole. `layers`, `circles` and `heads` read the sources, and `errors` reads the tests.
//! `linked` builds and links the core for each target and looks for panics, recursion and allocation, which takes minutes.

mod asserted;
mod circles;
mod errors;
mod heads;
mod layers;
mod linked;
mod source;
