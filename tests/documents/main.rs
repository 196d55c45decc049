//! The documents: the paths, links and make targets that they name exist, and their examples are those that run.

mod names;
mod readme;
mod threats;
