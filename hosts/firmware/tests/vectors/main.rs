//! Every token of the core's tests of the verifier, and every attack, goes to each board too: these tests are the core's own
//! files, with another `judge`, which also asks the boards and fails unless all verdicts are equal.
//!
//! So a line that is added to the data files, or a test that is added there, is tested on the boards without a change here.

#[path = "../../../../tests/verifier/attacks.rs"]
mod attacks;
mod boards;
#[path = "../../../../tests/verifier/interoperability.rs"]
mod interoperability;
mod keys;
mod policy;
mod support;
#[path = "../../../../tests/verifier/verifier.rs"]
mod verifier;
