//! The filter in a fake Envoy: configurations, verdicts, keys, and what is passed on.

mod certificates;
mod configuration;
mod keys;
mod passed_on;
mod setup;
mod vectors;
mod verdicts;

#[path = "../../../../../tests/support/mod.rs"]
mod support;
