//! Writes to standard output and standard error, with colours on a terminal.

use std::io::{ErrorKind, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::{failure::Failure, json};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const HEADING: Style = Style::new().bold();

/// Writes to standard output. A closed pipe, as behind `head`, is not an error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Unusable(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints a valid JSON text: indented on a terminal, otherwise on one line.
pub(crate) fn print_json(text: &str) -> Result<(), Failure> {
    let layout = if stdout_is_terminal() { json::Layout::Indented } else { json::Layout::OneLine };
    print(&format!("{}\n", json::lay_out(text, layout)))
}

/// Writes the reason for the failure to standard error, on one line.
pub(crate) fn report(failure: &Failure) {
    let title = match failure {
        Failure::Rejected(..) | Failure::Answer { .. } => "rejected",
        Failure::Unusable(_) => "error",
    };
    complain(BAD, title, &failure.sentence());
}

/// Writes a warning, which does not change the verdict, to standard error.
pub(crate) fn warn(text: &str) {
    complain(CAUTION, "warning", text);
}

/// Writes a line about something that went well, for a log, to standard error.
pub(crate) fn note(title: &str, text: &str) {
    complain(HEADING, title, text);
}

pub(crate) fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Writes one line to standard error. If that fails, there is no other place to report it.
fn complain(style: Style, title: &str, text: &str) {
    let line = format!("{style}{title}:{style:#} {}\n", json::escape_unprintable(text));
    let _ = anstream::stderr().lock().write_all(line.as_bytes());
}
