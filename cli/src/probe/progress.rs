//! What a terminal shows while requests are sent: one line, which disappears.

use std::io::{IsTerminal, Write};

/// The progress on standard error, if that is a terminal.
pub(super) struct Progress {
    is_shown: bool,
    count: usize,
}

impl Progress {
    pub(super) fn new(count: usize) -> Self {
        Self { is_shown: std::io::stderr().is_terminal(), count }
    }

    /// Shows what is tried now. Titles are shorter than a line.
    pub(super) fn show(&self, index: usize, title: &str) {
        self.write(&format!("{CLEAR}{}/{} {title}", index.saturating_add(1), self.count));
    }

    pub(super) fn clear(&self) {
        self.write(CLEAR);
    }

    fn write(&self, text: &str) {
        if self.is_shown {
            let mut stderr = std::io::stderr().lock();
            // If that fails, nobody watches.
            let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
        }
    }
}

/// Returns to the beginning of the line, and erases it (ECMA-48 §8.3.41).
const CLEAR: &str = "\r\x1b[K";
