//! `src/json`: the strict reader, compared with serde_json.

mod reader;
#[path = "../support/mod.rs"]
mod support;
