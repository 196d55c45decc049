//! The findings as one self-contained HTML page, for an auditor.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    findings::{Exit, Findings, ShownAttack, describe_binding, describe_token, summary},
    judgement::Verdict,
};
use crate::json::escape_unprintable;

/// The page. It loads nothing and runs nothing, and says so to the browser.
pub(crate) fn page(findings: &Findings) -> String {
    let class = match findings.exit() {
        Exit::Good => "good",
        Exit::Bad => "bad",
        Exit::Open => "open",
    };
    let facts = [
        ("URL", findings.url.clone()),
        ("Date", findings.date.clone()),
        ("Program", format!("certbound {}", findings.version)),
        ("Certificate", format!("{}, x5t#S256 {}", findings.certificate.subject, findings.certificate.thumbprint)),
        ("Token", describe_token(&findings.token)),
        ("Binding", describe_binding(&findings.token).to_owned()),
        ("Result", summary(findings)),
    ];
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="color-scheme" content="light dark";
                title { "certbound probe: " (findings.url) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Are stolen tokens worthless at " code { (findings.url) } "?" }
                    p.verdict.(class) { strong { (findings.headline()) } }
                    p { (escape_unprintable(&findings.sentence)) }
                    dl { @for (name, value) in &facts { dt { (name) } dd { (escape_unprintable(value)) } } }
                    h2 { "What was tried" }
                    ol { @for attack in &findings.attacks { (row(attack)) } }
                    h2 { "How to read this" }
                    p { (READING) }
                }
            }
        }
    };
    page.into_string()
}

fn row(attack: &ShownAttack) -> Markup {
    let (mark, class) = match (attack.good, attack.verdict) {
        (Some(true), _) => ("✓", "good"),
        (Some(false), _) => ("✗", "bad"),
        (None, Verdict::LeftOut) => ("–", "left-out"),
        (None, _) => ("?", "open"),
    };
    html! {
        li id=(attack.name) class=(class) {
            h3 { span.mark { (mark) " " (attack.verdict.words()) } " " (attack.title) }
            p { (attack.meaning) }
            @for request in attack.requests.iter().filter(|request| request.is_sent) {
                details {
                    summary { (escape_unprintable(&request.answer)) }
                    p { "On " (request.connection) ":" }
                    pre { (request.request.join("\n")) }
                }
            }
        }
    }
}

const READING: &str = "Each request is a GET for the URL above, and differs from the owner's in what its line says. ✓ means that the \
    API answered as it should, ✗ that it accepted what it should refuse or refused its owner. A status of success is an \
    acceptance; a client error, or an end of the connection by the server without an answer, is a refusal. Unclear are redirects, \
    errors of the server, requests to try again, other failures, what a limit of this program has cut off, and refusals that may \
    have another reason than the attack. Tokens, the values of their claims, and keys are not shown.";

const STYLE: &str = "
:root { --text: #1b1f24; --faint: #57606a; --page: #fff; --line: #d0d7de; --good: #116329; --bad: #a40e26; --open: #7d4e00; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --faint: #9198a1; --page: #0d1117; --line: #3d444d; --good: #56d364; --bad: #ff7b72; --open: #e3b341; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 56rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
h3 { font-size: 1rem; margin: 0; }
.verdict { font-size: 1.2rem; padding: .6rem 1rem; border: 2px solid; border-radius: .4rem; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .3rem 1rem; }
dt { color: var(--faint); }
dd { margin: 0; }
ol { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: .7rem 0; }
li p { margin: .2rem 0; }
.verdict.good, .good .mark { color: var(--good); }
.verdict.bad, .bad .mark { color: var(--bad); }
.verdict.open, .open .mark { color: var(--open); }
.left-out, .left-out .mark, summary { color: var(--faint); }
pre { margin: .3rem 0; padding: .5rem; border: 1px solid var(--line); border-radius: .3rem; white-space: pre-wrap; }
@media print { details > * { display: block; } }
";
