//! The documents: the paths, links and make targets that they name exist, their examples are those that run, and the
//! chart shows the figures.

mod chart;
mod names;
mod readme;
mod threats;
