//! Everything that the outputs show: what was tried, what was answered, and what that means, without secrets.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    arsenal::Arsenal,
    attack::{Attempt, Bearer, Expected, Forgery, Forwarded, On},
    connection::AGENT,
    judgement::{Conclusion, Verdict},
    outcome::Outcome,
    secrets::Secrets,
    stolen_token::{Binding, StolenToken},
    trial::{NotSent, Row, Try},
};
use crate::{date, explain, issuer::HttpsUrl, json};

/// The result of a run. Serialized, it is the JSON output, whose shape is stable.
#[derive(Serialize)]
pub(crate) struct Findings {
    /// The URL, without its query.
    pub(super) url: String,
    /// The time in UTC, as in RFC 3339.
    pub(super) date: String,
    /// The version of this program.
    pub(super) version: &'static str,
    pub(super) certificate: ShownCertificate,
    pub(super) token: ShownToken,
    pub(super) requests: usize,
    /// A stable name.
    pub(super) conclusion: &'static str,
    pub(super) sentence: String,
    /// The names of the attacks that were accepted.
    pub(super) accepted: Vec<&'static str>,
    pub(super) attacks: Vec<ShownAttack>,
    #[serde(skip)]
    outcome: Conclusion,
}

#[derive(Serialize)]
pub(super) struct ShownCertificate {
    pub(super) subject: String,
    #[serde(rename = "x5t#S256")]
    pub(super) thumbprint: String,
}

#[derive(Serialize)]
pub(super) struct ShownToken {
    /// The first 8 bytes of its SHA-256 digest, in hexadecimal.
    pub(super) sha256: String,
    /// `null` if it is opaque.
    pub(super) alg: Option<String>,
    /// The names of its claims, which may contain any character.
    pub(super) claims: Vec<String>,
    pub(super) expires: Option<String>,
    /// `null` if it is opaque.
    pub(super) bound: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct ShownAttack {
    pub(super) name: &'static str,
    pub(super) title: &'static str,
    pub(super) verdict: Verdict,
    /// Whether this is as it should be; `null` if that is not known.
    pub(super) good: Option<bool>,
    pub(super) meaning: String,
    pub(super) requests: Vec<ShownRequest>,
}

#[derive(Serialize)]
pub(super) struct ShownRequest {
    pub(super) connection: String,
    /// The lines of its head.
    pub(super) request: Vec<String>,
    /// The status, or `null` if there was no answer.
    pub(super) status: Option<u16>,
    /// The answer, or why there is none. A server's words may contain any character.
    pub(super) answer: String,
    pub(super) verdict: Verdict,
    #[serde(skip)]
    pub(super) is_sent: bool,
}

impl Findings {
    pub(crate) fn new(arsenal: &Arsenal, rows: &[Row], requests: usize, now: u64) -> Self {
        let first = rows.first().and_then(Row::first_sent);
        let outcome = match Conclusion::of(&arsenal.token.binding, rows.iter().map(|row| (row.attack, row.verdict()))) {
            Conclusion::OwnerUnclear if first.is_some_and(|sent| sent.outcome == Outcome::NotPresented) => {
                Conclusion::OwnerNotPresented
            }
            other => other,
        };
        let accepted = match &outcome {
            Conclusion::Vulnerable(names) => names.clone(),
            _ => Vec::new(),
        };
        let secrets = Secrets::of(arsenal);
        let attacks: Vec<_> = rows.iter().map(|row| ShownAttack::new(row, &arsenal.url, &secrets)).collect();
        let owner = attacks.first().and_then(|attack| attack.requests.first());
        let unasked = if first.is_some_and(|sent| sent.is_unasked) { format!("; {UNASKED}") } else { String::new() };
        let owner = format!("{}{unasked}", owner.map_or("", |request| &request.answer));
        Self {
            url: without_query(&arsenal.url),
            date: date::rfc_3339(now).unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION"),
            certificate: ShownCertificate {
                subject: arsenal.owner.subject.clone(),
                thumbprint: arsenal.owner.thumbprint.to_string(),
            },
            token: ShownToken::new(&arsenal.token),
            requests,
            conclusion: outcome.name(),
            sentence: outcome.sentence(&owner),
            accepted,
            attacks,
            outcome,
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self.outcome {
            Conclusion::Protected | Conclusion::Incomplete => Exit::Good,
            Conclusion::Vulnerable(_) | Conclusion::OwnerRefused => Exit::Bad,
            Conclusion::OwnerUnclear | Conclusion::OwnerNotPresented | Conclusion::Public | Conclusion::Unclear(_) => {
                Exit::Open
            }
        }
    }

    /// A headline.
    pub(super) const fn headline(&self) -> &'static str {
        match self.outcome {
            Conclusion::Protected => "✓ Stolen tokens are worthless here",
            Conclusion::Incomplete => "✓ Nothing wrong was accepted, but not everything was tried",
            Conclusion::Vulnerable(_) => "✗ Weaknesses were found",
            Conclusion::OwnerRefused => "✗ The owner was refused",
            Conclusion::OwnerUnclear | Conclusion::OwnerNotPresented | Conclusion::Public | Conclusion::Unclear(_) => {
                "? It could not be tried"
            }
        }
    }

    /// The stable name of the conclusion, and its sentence.
    pub(crate) fn reason(&self) -> (&'static str, String) {
        (self.conclusion, self.sentence.clone())
    }
}

/// What decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The owner was accepted, and nothing else was.
    Good,
    /// Something else was accepted, or the owner was refused.
    Bad,
    /// It could not be tried.
    Open,
}

impl ShownToken {
    fn new(token: &StolenToken) -> Self {
        let claims = &token.content.claims;
        let is_jwt = token.binding != Binding::Unreadable;
        let names = claims.0.iter().map(|(name, _)| name.clone());
        Self {
            sha256: token.digest(),
            alg: token.content.header.read_member::<String>("alg").filter(|_| is_jwt),
            claims: names.filter(|_| is_jwt).collect(),
            expires: claims.seconds("exp").and_then(date::rfc_3339).filter(|_| is_jwt),
            bound: match token.binding {
                Binding::Bound => Some(true),
                Binding::Missing => Some(false),
                Binding::Unreadable => None,
            },
        }
    }
}

impl ShownAttack {
    fn new(row: &Row, url: &HttpsUrl, secrets: &Secrets) -> Self {
        let attack = row.attack;
        let verdict = row.verdict();
        let meaning = match verdict {
            Verdict::Accepted => attack.accepted.to_owned(),
            Verdict::Refused => attack.refused.to_owned(),
            Verdict::Unclear | Verdict::LeftOut => {
                let these = row.tries.iter().filter(|one| one.verdict() == verdict);
                let reasons: BTreeSet<_> = these.map(Try::reason).collect();
                reasons.into_iter().collect::<Vec<_>>().join("; ")
            }
        };
        Self {
            name: attack.name,
            title: attack.title,
            verdict,
            good: verdict.is_good(attack.expected),
            meaning: if attack.expected == Expected::Either && verdict == Verdict::Unclear {
                format!("{meaning}; either would be safe")
            } else {
                meaning
            },
            requests: row.tries.iter().map(|one| ShownRequest::new(one, url, secrets)).collect(),
        }
    }
}

impl ShownRequest {
    fn new(one: &Try, url: &HttpsUrl, secrets: &Secrets) -> Self {
        let (status, answer) = match &one.result {
            Ok(sent) => match &sent.outcome {
                Outcome::Answered { status, challenge } => {
                    let challenge =
                        challenge.as_ref().map(|text| format!(", WWW-Authenticate: {}", secrets.hide(text)));
                    (Some(status.as_u16()), format!("{status}{}", challenge.unwrap_or_default()))
                }
                Outcome::Closed(text) => (None, format!("the API ended the connection: {}", secrets.hide(text))),
                Outcome::NotPresented => (None, NOT_PRESENTED.to_owned()),
                Outcome::Failed(text) => (None, secrets.hide(text)),
            },
            Err(NotSent::LeftOut(reason)) => (None, format!("nothing was sent: {reason}")),
            Err(NotSent::CutOff(reason)) => (None, reason.clone()),
        };
        let sent = one.result.as_ref().ok();
        let connection = match one.attempt.on {
            On::New => "a new connection",
            On::Used if sent.is_some_and(|sent| !sent.is_used) => "a new connection, since the API closes used ones",
            On::Used => "a connection that has carried a good request",
            On::Resumed => "a connection with a resumed session",
        };
        let protocols = sent.and_then(|sent| sent.protocols.as_ref()).map(|names| format!(", {names}"));
        Self {
            connection: format!(
                "{connection}, {}{}{}",
                one.attempt.presents.words(),
                if sent.is_some_and(|sent| sent.is_unasked) { format!(" ({UNASKED})") } else { String::new() },
                protocols.unwrap_or_default()
            ),
            request: request(&one.attempt, url),
            status,
            answer,
            verdict: one.verdict(),
            is_sent: sent.is_some(),
        }
    }
}

/// The lines of a request's head, with words for the token and the certificate.
fn request(attempt: &Attempt, url: &HttpsUrl) -> Vec<String> {
    let path = url.target().split('?').next().unwrap_or_default();
    let query = if url.target().contains('?') { "?…" } else { "" };
    let mut lines =
        vec![format!("GET {path}{query}"), format!("host: {}", url.authority()), format!("user-agent: {AGENT}")];
    let token = match attempt.bearer {
        Bearer::Nothing => None,
        Bearer::Token | Bearer::Twice => Some("the token"),
        Bearer::Expired => Some("the expired token"),
        Bearer::OtherAudience => Some("the token for another audience"),
        Bearer::Forged(Forgery::Tampered) => Some("the token with another exp"),
        Bearer::Forged(Forgery::Unsigned) => Some("the token without its signature"),
        Bearer::Forged(Forgery::Algorithm("none")) => Some("the token with alg none"),
        Bearer::Forged(Forgery::Algorithm(_)) => Some("the token with alg nOnE"),
        Bearer::Forged(Forgery::HmacByPem) => Some("the token with HS256, signed with the PEM of the public key"),
        Bearer::Forged(Forgery::HmacByDer) => Some("the token with HS256, signed with the DER of the public key"),
    };
    let count = if attempt.bearer == Bearer::Twice { 2 } else { 1 };
    lines.extend(token.into_iter().flat_map(|token| vec![format!("authorization: Bearer ({token})"); count]));
    let certificate = |header: Forwarded| format!("{}: (the owner's certificate)", header.name());
    lines.extend(attempt.forwarded.map(certificate));
    lines
}

/// A URL without its query, which may contain secrets.
fn without_query(url: &HttpsUrl) -> String {
    match url.as_str().split_once('?') {
        Some((url, _)) => format!("{url}?…"),
        None => url.as_str().to_owned(),
    }
}

const UNASKED: &str = "the server did not ask for the certificate";

const NOT_PRESENTED: &str = "the certificate was not presented: the server accepts no signature that its key can make";

/// How many attacks ended in which way.
pub(super) fn summary(findings: &Findings) -> String {
    let count = |good| {
        findings.attacks.iter().filter(|attack| attack.good == good && attack.verdict != Verdict::LeftOut).count()
    };
    let left_out = findings.attacks.iter().filter(|attack| attack.verdict == Verdict::LeftOut).count();
    let parts = [
        (count(Some(true)), "as they should be"),
        (count(Some(false)), "wrong"),
        (count(None), "unclear"),
        (left_out, "left out"),
    ];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, words)| format!("{count} {words}")).collect();
    format!("{}; {} requests", parts.join(", "), findings.requests)
}

/// The token in a few words.
pub(super) fn describe_token(token: &ShownToken) -> String {
    let alg = token.alg.as_deref().map_or_else(|| "no alg".to_owned(), json::excerpt);
    let kind = match token.bound {
        Some(_) => format!("JWT, {alg}, with {}", explain::list_quoted(token.claims.iter().map(String::as_str))),
        None => "opaque".to_owned(),
    };
    let expires = token.expires.as_ref().map(|date| format!(", expires {date}")).unwrap_or_default();
    format!("{kind}{expires}, SHA-256 {}…", token.sha256)
}

/// What is known of the binding.
pub(super) const fn describe_binding(token: &ShownToken) -> &'static str {
    match token.bound {
        Some(true) => "bound to this certificate",
        Some(false) => {
            "NOT BOUND: it has no cnf with x5t#S256, so whoever finds it can use it wherever the binding is optional"
        }
        None => "not readable here: only the issuer knows what an opaque token is bound to",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_opaque_if_it_cannot_be_read() {
        let token = |alg: Option<&str>, bound| ShownToken {
            sha256: "00".to_owned(),
            alg: alg.map(str::to_owned),
            claims: vec!["iss".to_owned(), "\u{9b}".to_owned()],
            expires: None,
            bound,
        };
        let names = r#""iss", "\u009b", SHA-256 00…"#;
        assert_eq!(describe_token(&token(Some("ES256"), Some(true))), format!("JWT, ES256, with {names}"));
        assert_eq!(describe_token(&token(None, Some(false))), format!("JWT, no alg, with {names}"));
        assert_eq!(describe_token(&token(None, None)), "opaque, SHA-256 00…");
    }
}
