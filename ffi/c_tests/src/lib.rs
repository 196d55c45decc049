//! Builds C and C++ programs with the library from `make lib`, and runs them with real tokens and certificates.
//!
//! If a tool is missing, the tests that need it fail and report what to install.

mod documents;
mod fixtures;
#[path = "../../../tests/support/mod.rs"]
mod issuer;
mod program;

pub use documents::blocks;
pub use fixtures::{Fixtures, NOW};
pub use program::{Program, finish, repository, run, shared_library, static_library, temporary, valgrind};
