//! The code blocks of documents.

use std::fs;

use crate::program::repository;

/// The contents of a document's code blocks in this language that start with `beginning`.
///
/// # Panics
/// Panics if the document cannot be read.
#[must_use]
pub fn blocks(document: &str, language: &str, beginning: &str) -> Vec<String> {
    let text = fs::read_to_string(repository().join(document)).unwrap();
    let fence = format!("\n```{language}\n");
    let blocks = text.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.filter(|block| block.starts_with(beginning)).map(str::to_owned).collect()
}
