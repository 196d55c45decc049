//! The findings for a terminal: two lines for each attack.

use std::fmt::Write;

use super::{
    findings::{Exit, Findings, ShownAttack, describe_binding, describe_token, summary},
    judgement::Verdict,
};
use crate::{
    json::escape_unprintable,
    output::{BAD, CAUTION, GOOD, HEADING},
};

/// The findings, with colours.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text = format!("{HEADING}{}{HEADING:#}\n", findings.url);
    for (title, value) in [
        ("certificate", format!("{}, x5t#S256 {}", findings.certificate.subject, findings.certificate.thumbprint)),
        ("token", describe_token(&findings.token)),
    ] {
        let _ = writeln!(text, "  {title:11}  {}", escape_unprintable(&value));
    }
    let style = if findings.token.bound == Some(false) { BAD } else { Default::default() };
    let _ = writeln!(text, "  {:11}  {style}{}{style:#}\n", "binding", describe_binding(&findings.token));
    for attack in &findings.attacks {
        let (mark, style) = match (attack.good, attack.verdict) {
            (Some(true), _) => ("✓", GOOD),
            (Some(false), _) => ("✗", BAD),
            (None, Verdict::LeftOut) => ("–", Default::default()),
            (None, _) => ("?", CAUTION),
        };
        let verdict = attack.verdict.words();
        let _ = writeln!(text, "{style}{mark} {verdict:8}{style:#}  {}", attack.title);
        let _ = writeln!(text, "            {}{}", answers(attack), attack.meaning);
    }
    let _ = writeln!(text, "\n{}", summary(findings));
    // Other conclusions are on standard error.
    if findings.exit() == Exit::Good {
        let _ = writeln!(text, "{}", findings.sentence);
    }
    text
}

/// The answers in a few words, if there were any.
fn answers(attack: &ShownAttack) -> String {
    let sent: Vec<_> = attack
        .requests
        .iter()
        .filter(|request| request.is_sent)
        .map(|request| request.status.map_or_else(|| escape_unprintable(&request.answer), |status| status.to_string()))
        .collect();
    if sent.is_empty() { String::new() } else { format!("{}: ", sent.join(", ")) }
}
