//! Prints the scenes on standard output, in 96 columns.

use std::{fmt::Display, io::Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};

use crate::{client::Answer, summary::Summary, verdict::Verdict};

/// An unverified token, for display.
pub(crate) struct DecodedToken {
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// The owner of the certificate in `cnf`.
    pub(crate) bound_to: &'static str,
    /// Seconds until `exp`; negative after it.
    pub(crate) seconds_left: i64,
}

/// Writes to standard output, with colours if it is a terminal that supports them and `NO_COLOR` is unset.
pub(crate) struct Narrator {
    out: AutoStream<std::io::Stdout>,
}

impl Narrator {
    pub(crate) fn new() -> Self {
        Self { out: anstream::stdout() }
    }

    pub(crate) fn title(&mut self, title: &str, introduction: &str) {
        self.line(format_args!("{BOLD}{title}{BOLD:#}"));
        self.line("");
        for line in wrap(introduction, WIDTH) {
            self.line(line);
        }
    }

    /// The title and introduction of a scene.
    pub(crate) fn scene(&mut self, number: usize, title: &str, introduction: &str) {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 8));
        self.line(format_args!("\n{BOLD}── {number:>2} ─ {title} {rule}{BOLD:#}"));
        for line in wrap(introduction, WIDTH) {
            self.line(line);
        }
        self.line("");
    }

    /// The caller, the server and the request.
    pub(crate) fn call(&mut self, caller: &str, protocol: &str, server: &str, request: &str) {
        self.line(format_args!("  {BOLD}{caller}{BOLD:#} ──{protocol}──▶ {BOLD}{server}{BOLD:#}   {request}"));
    }

    /// A labelled line; without a label it continues the line before.
    pub(crate) fn fact(&mut self, label: &str, fact: impl Display) {
        self.line(format_args!("    {FAINT}{label:<13}{FAINT:#} {fact}"));
    }

    /// The certificate that a caller presents.
    pub(crate) fn certificate(&mut self, subject: impl Display, origin: &str, thumbprint: impl Display) {
        self.fact("certificate", format_args!("{subject}, {origin}"));
        self.fact("", format_args!("{BINDING}x5t#S256 {thumbprint}{BINDING:#}"));
    }

    /// An issued token: its header and all claims.
    pub(crate) fn issued_token(&mut self, token: &DecodedToken) {
        self.line(format_args!("\n  {BOLD}The token, decoded{BOLD:#}"));
        self.fact("header", &token.header);
        for name in token.claims.as_object().into_iter().flat_map(Map::keys) {
            self.claim(name, token);
        }
    }

    /// A token presented to Server B: the claims that the scenes are about.
    pub(crate) fn presented_token(&mut self, token: &DecodedToken) {
        self.fact("token", format_args!("for {}, from {}", token.claims["client_id"], token.claims["iss"]));
        for name in ["aud", "exp", "cnf"] {
            self.claim(name, token);
        }
    }

    fn claim(&mut self, name: &str, token: &DecodedToken) {
        let value = &token.claims[name];
        match name {
            "cnf" => self.fact(name, format_args!("{BINDING}{value}{BINDING:#} {FAINT}({}){FAINT:#}", token.bound_to)),
            "exp" if token.seconds_left > 0 => {
                self.fact(name, format_args!("{value} {FAINT}(in {} s){FAINT:#}", token.seconds_left));
            }
            "exp" => self.fact(name, format_args!("{value} {FAINT}(has passed){FAINT:#}")),
            _ => self.fact(name, value),
        }
    }

    /// The verdict in the server's log.
    pub(crate) fn verdict(&mut self, server: &str, verdict: &Verdict) {
        let (style, word) = if verdict.is_accepted() { (GOOD, "ACCEPTED") } else { (BAD, "REJECTED") };
        self.line(format_args!("\n  {BOLD}{server}'s log{BOLD:#}"));
        if verdict.is_accepted() {
            self.line(format_args!("    {style}{word}{style:#}"));
        } else {
            self.line(format_args!("    {style}{word} {}{style:#}", verdict.name()));
        }
        for line in wrap(&verdict.detail(), WIDTH - 4) {
            self.line(format_args!("    {line}"));
        }
    }

    /// Everything that the caller learns.
    pub(crate) fn answer(&mut self, caller: &str, answer: &Answer) {
        self.line(format_args!("\n  {BOLD}{caller} sees{BOLD:#}"));
        self.line(format_args!("    {}", answer.status));
        if let Some(challenge) = &answer.challenge {
            self.line(format_args!("    WWW-Authenticate: {challenge}"));
        }
        for (name, value) in answer.body.as_object().into_iter().flatten() {
            let value = if name == "access_token" { "the token below".to_owned() } else { value.to_string() };
            self.line(format_args!("    {name}: {value}"));
        }
    }

    /// Expected and actual verdicts, side by side.
    pub(crate) fn summary(&mut self, summary: &Summary) {
        self.line(format_args!("\n{BOLD}── Summary {}{BOLD:#}", "─".repeat(WIDTH - 11)));
        self.line(format_args!("{FAINT}    {:<42}{:<21}{:<21}{:<5}HTTP{FAINT:#}", "scene", "expected", "actual", "by"));
        for (index, row) in summary.rows().iter().enumerate() {
            let (style, mark) = if row.is_as_expected() { (GOOD, "✓") } else { (BAD, "✗") };
            self.line(format_args!(
                "{:>2}  {:<42}{:<21}{style}{:<21}{style:#}{:<5}{} {style}{mark}{style:#}",
                index + 1,
                row.scene,
                row.expected,
                row.actual,
                row.component,
                row.status
            ));
        }
        let (style, ending) = if summary.is_as_expected() {
            (GOOD, "All verdicts were as expected.")
        } else {
            (BAD, "Some verdicts were not as expected.")
        };
        self.line(format_args!("\n{style}{ending}{style:#}"));
    }

    pub(crate) fn line(&mut self, line: impl Display) {
        // The reader may close the pipe; the verdicts and the exit status do not depend on it.
        let _ = writeln!(self.out, "{line}");
    }
}

/// Breaks a text between words into lines of at most `width` characters, except for longer words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

const WIDTH: usize = 96;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const BINDING: Style = AnsiColor::Yellow.on_default();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two", 6), ["one", "two"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert!(wrap(" ", 3).is_empty());
    }
}
