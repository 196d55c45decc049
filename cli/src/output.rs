//! Standard output and standard error, coloured where a terminal wants it.

use std::io::{ErrorKind, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::{failure::Failure, json};

pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();

/// Writes to standard output. That a reader such as `head` has closed it is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Unusable(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a JSON text that has been read as one: laid out for eyes on a terminal, as one line for everything else.
pub(crate) fn print_json(text: &str) -> Result<(), Failure> {
    let layout = if stdout_is_terminal() { json::Layout::Indented } else { json::Layout::OneLine };
    print(&format!("{}\n", json::lay_out(text, layout)))
}

/// Writes why the command fails to standard error, as one line.
pub(crate) fn report(failure: &Failure) {
    match failure {
        Failure::Rejected(error, detail) => {
            complain(BAD, "rejected", &format!("{}: {}", error.name(), detail.sentence(*error)));
        }
        Failure::Unusable(text) => complain(BAD, "error", text),
    }
}

/// Writes something that does not change the verdict to standard error.
pub(crate) fn warn(text: &str) {
    complain(CAUTION, "warning", text);
}

pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes one line to standard error. There is no other place to report that this fails.
fn complain(style: Style, title: &str, text: &str) {
    let line = format!("{style}{title}:{style:#} {}\n", json::escape_unprintable(text));
    let _ = anstream::stderr().lock().write_all(line.as_bytes());
}
