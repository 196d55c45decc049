//! Builds C and C++ programs against the library that `make lib` gives, and runs them with real tokens and certificates.
//!
//! What cannot run, since a tool is missing, fails and says what to install.

mod documents;
mod fixtures;
#[path = "../../../tests/support/mod.rs"]
mod issuer;
mod program;

pub use documents::blocks;
pub use fixtures::{Fixtures, NOW};
pub use program::{Program, finish, repository, run, shared_library, static_library, temporary, valgrind};
