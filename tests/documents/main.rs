//! The documents: the paths, links and make targets that they name exist, and their examples are the ones that run.

mod names;
mod readme;
