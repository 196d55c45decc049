//! Which answers count as accepted, and what all of them together mean.

use serde::Serialize;

use super::{
    attack::{Attack, Expected, NO_TOKEN, OTHER_CERTIFICATE, OWNER, OWNER_AGAIN},
    outcome::Outcome,
    stolen_token::Binding,
};

/// How the API took a request, or all requests of an attack. The serialized names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Accepted,
    Refused,
    /// The answer does not show it.
    Unclear,
    /// Nothing was sent.
    LeftOut,
}

impl Verdict {
    /// Judges the answer to a request for a URL that should answer its owner with a status of success.
    ///
    /// Every success is an acceptance. The URL and the method are those of the owner, so any other client error is a refusal:
    /// also 404, with which an API may hide what it has (RFC 9110 §15.5.4). Not those, however, that ask to try again. A
    /// redirect may lead to a login page as well as to the data, and an error of the server says nothing.
    pub(super) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Answered { status, .. } if status.is_success() => Self::Accepted,
            Outcome::Answered { status, .. } if status.is_client_error() && !AGAIN.contains(&status.as_u16()) => {
                Self::Refused
            }
            Outcome::Answered { .. } | Outcome::NotPresented | Outcome::Failed(_) => Self::Unclear,
            Outcome::Closed(_) => Self::Refused,
        }
    }

    /// The verdict on an attack: one accepted request suffices.
    pub(super) fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::LeftOut;
        for verdict in verdicts {
            all = match (all, verdict) {
                (Self::Accepted, _) | (_, Self::Accepted) => Self::Accepted,
                (Self::Unclear, _) | (_, Self::Unclear) => Self::Unclear,
                (Self::Refused, _) | (_, Self::Refused) => Self::Refused,
                (Self::LeftOut, Self::LeftOut) => Self::LeftOut,
            };
        }
        all
    }

    /// For a reader.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::LeftOut => "left out",
        }
    }

    /// Whether this is as it should be. `None` if that is not known.
    pub(super) const fn is_good(self, expected: Expected) -> Option<bool> {
        match (self, expected) {
            (Self::Accepted, Expected::Accepted | Expected::Either) => Some(true),
            (Self::Refused, Expected::Refused | Expected::Either) => Some(true),
            (Self::Accepted, Expected::Refused) | (Self::Refused, Expected::Accepted) => Some(false),
            (Self::Unclear | Self::LeftOut, _) => None,
        }
    }
}

/// What the answers mean together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// The owner was accepted, and nothing else, not even another client.
    Protected,
    /// The owner was accepted, and nothing else that was tried. But no other client's certificate was given, and an API that
    /// compares no certificates, or believes forwarded ones, looks the same if its handshake refuses all strangers.
    Incomplete,
    /// The names of the attacks that were accepted.
    Vulnerable(Vec<&'static str>),
    OwnerRefused,
    /// The owner was neither accepted nor refused.
    OwnerUnclear,
    /// The same, since the owner's certificate could not be presented.
    OwnerNotPresented,
    /// The URL needs no token.
    Public,
    /// Nothing wrong was accepted, but these attacks could not be judged.
    Unclear(Vec<&'static str>),
}

impl Conclusion {
    /// Judges the attacks, in their order.
    pub(super) fn of<'row>(binding: &Binding, rows: impl Iterator<Item = (&'row Attack, Verdict)>) -> Self {
        let (mut found, mut unclear, mut has_tried_thief) = (Vec::new(), Vec::new(), true);
        if *binding == Binding::Missing {
            found.push(NOT_BOUND);
        }
        for (attack, verdict) in rows {
            match (attack.name, verdict) {
                (OWNER, Verdict::Refused) => return Self::OwnerRefused,
                (OWNER, Verdict::Unclear | Verdict::LeftOut) => return Self::OwnerUnclear,
                (NO_TOKEN, Verdict::Accepted) => return Self::Public,
                (OWNER_AGAIN, Verdict::Accepted) => {}
                // The API may be down, so this is no finding.
                (OWNER_AGAIN, _) => unclear.push(OWNER_AGAIN),
                (name, _) if verdict.is_good(attack.expected) == Some(false) => found.push(name),
                (OTHER_CERTIFICATE, Verdict::LeftOut) => has_tried_thief = false,
                (name, Verdict::Unclear) if attack.expected != Expected::Either => unclear.push(name),
                _ => {}
            }
        }
        match (found.is_empty(), unclear.is_empty()) {
            (false, _) => Self::Vulnerable(found),
            (true, false) => Self::Unclear(unclear),
            (true, true) if has_tried_thief => Self::Protected,
            (true, true) => Self::Incomplete,
        }
    }

    /// A stable name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::Incomplete => "incomplete",
            Self::Vulnerable(_) => "vulnerable",
            Self::OwnerRefused => "owner_refused",
            Self::OwnerUnclear | Self::OwnerNotPresented => "owner_unclear",
            Self::Public => "public",
            Self::Unclear(_) => "unclear",
        }
    }

    /// One sentence for the reader: what was found, and what to do. `owner` is the answer to the owner's first request.
    pub(super) fn sentence(&self, owner: &str) -> String {
        match self {
            Self::Protected => {
                "The owner was accepted, and nothing else was: stolen tokens are worthless here.".to_owned()
            }
            Self::Incomplete => {
                "The owner was accepted, and nothing else that was tried. But only another client's certificate shows whether \
                 the API compares the token with the certificate, and whether it believes a certificate that such a client \
                 forges in a header: pass --thief-cert and --thief-key."
                    .to_owned()
            }
            Self::Vulnerable(names) => format!(
                "{} that should be refused {} accepted: {}. Repair what the marked lines describe, and probe again.",
                if names.len() == 1 { "One thing".to_owned() } else { format!("{} things", names.len()) },
                if names.len() == 1 { "was" } else { "were" },
                names.join(", ")
            ),
            Self::OwnerRefused => format!(
                "The owner was refused ({owner}), so nothing else was tried. Check with certbound verify that the token is \
                valid, and with certbound thumbprint that it is bound to this certificate."
            ),
            Self::OwnerUnclear => format!(
                "The owner was neither accepted nor refused ({owner}), so nothing else was tried. Pass a URL that answers the \
                owner's GET request with a status of success."
            ),
            Self::OwnerNotPresented => {
                "The owner's certificate was not presented, since the server accepts no signature that its key can make, so \
                 nothing was tried. Let the server accept such keys, or pass an owner with a key that it accepts."
                    .to_owned()
            }
            Self::Public => {
                "The URL answers without a token, so nothing else was tried. Pass a URL that needs one.".to_owned()
            }
            Self::Unclear(names) => format!(
                "Nothing wrong was accepted, but it is unclear how the API judges these: {}. Their lines give the reasons; look \
                at the API's log, and probe again.",
                names.join(", ")
            ),
        }
    }
}

/// The name of a token without a binding, among the attacks.
pub(super) const NOT_BOUND: &str = "token_not_bound";

/// Statuses that ask the client to try again or in another way, whatever its token: 407 Proxy Authentication Required, 408 Request
/// Timeout, 421 Misdirected Request, 425 Too Early, 426 Upgrade Required, 429 Too Many Requests, 431 Request Header Fields Too
/// Large.
const AGAIN: [u16; 7] = [407, 408, 421, 425, 426, 429, 431];

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{super::attack::ATTACKS, *};

    fn answered(status: u16) -> Outcome {
        Outcome::Answered { status: StatusCode::from_u16(status).unwrap(), challenge: None }
    }

    #[test]
    fn answers_are_judged_by_their_status() {
        for (status, verdict) in [
            (200, Verdict::Accepted),
            (204, Verdict::Accepted),
            (206, Verdict::Accepted),
            (301, Verdict::Unclear),
            (302, Verdict::Unclear),
            (400, Verdict::Refused),
            (401, Verdict::Refused),
            (403, Verdict::Refused),
            (404, Verdict::Refused),
            (407, Verdict::Unclear),
            (408, Verdict::Unclear),
            (421, Verdict::Unclear),
            (425, Verdict::Unclear),
            (426, Verdict::Unclear),
            (428, Verdict::Refused),
            (429, Verdict::Unclear),
            (431, Verdict::Unclear),
            (495, Verdict::Refused),
            (500, Verdict::Unclear),
            (503, Verdict::Unclear),
            (600, Verdict::Unclear),
        ] {
            assert_eq!(Verdict::of(&answered(status)), verdict, "{status}");
        }
        assert_eq!(Verdict::of(&Outcome::Closed(String::new())), Verdict::Refused);
        assert_eq!(Verdict::of(&Outcome::Failed(String::new())), Verdict::Unclear);
        assert_eq!(Verdict::of(&Outcome::NotPresented), Verdict::Unclear);
    }

    #[test]
    fn one_accepted_request_suffices() {
        use Verdict::{Accepted, LeftOut, Refused, Unclear};
        for (verdicts, all) in [
            (&[][..], LeftOut),
            (&[LeftOut, LeftOut], LeftOut),
            (&[LeftOut, Refused], Refused),
            (&[Refused, Unclear], Unclear),
            (&[Unclear, Refused, Accepted], Accepted),
        ] {
            assert_eq!(Verdict::all(verdicts.iter().copied()), all, "{verdicts:?}");
            assert_eq!(Verdict::all(verdicts.iter().rev().copied()), all, "{verdicts:?}");
        }
    }

    #[test]
    fn the_conclusion_names_what_decides() {
        let conclude = |changes: &[(&str, Verdict)], binding| {
            let rows = ATTACKS.iter().map(|attack| {
                let changed = changes.iter().find(|(name, _)| *name == attack.name);
                let good = if attack.expected == Expected::Refused { Verdict::Refused } else { Verdict::Accepted };
                (attack, changed.map_or(good, |(_, verdict)| *verdict))
            });
            Conclusion::of(&binding, rows)
        };
        use Verdict::{Accepted, LeftOut, Refused, Unclear};
        let bound = Binding::Bound;
        let protected = Conclusion::Protected;
        assert_eq!(conclude(&[], bound), protected);
        assert_eq!(conclude(&[], Binding::Unreadable), protected);
        assert_eq!(conclude(&[(OTHER_CERTIFICATE, LeftOut)], bound), Conclusion::Incomplete);
        assert_eq!(conclude(&[(OTHER_CERTIFICATE, Unclear)], bound), Conclusion::Unclear(vec![OTHER_CERTIFICATE]));
        for verdict in [Refused, Unclear, LeftOut] {
            let unclear = Conclusion::Unclear(vec![OWNER_AGAIN]);
            assert_eq!(conclude(&[(OWNER_AGAIN, verdict)], bound), unclear, "{verdict:?}");
            let both = [(OWNER_AGAIN, verdict), ("unsigned", Accepted)];
            assert_eq!(conclude(&both, bound), Conclusion::Vulnerable(vec!["unsigned"]), "{verdict:?}");
        }
        assert_eq!(conclude(&[], Binding::Missing), Conclusion::Vulnerable(vec![NOT_BOUND]));
        assert_eq!(conclude(&[("expired", LeftOut), ("owner_resumed", Unclear)], bound), protected);
        assert_eq!(conclude(&[("owner_resumed", Refused)], bound), protected);
        assert_eq!(conclude(&[("tampered", Unclear)], bound), Conclusion::Unclear(vec!["tampered"]));
        let both = [("tampered", Unclear), ("unsigned", Accepted), ("look_alike", Accepted)];
        assert_eq!(conclude(&both, bound), Conclusion::Vulnerable(vec!["look_alike", "unsigned"]));
        assert_eq!(conclude(&[(OWNER, Refused), ("unsigned", LeftOut)], bound), Conclusion::OwnerRefused);
        assert_eq!(conclude(&[(OWNER, Unclear)], bound), Conclusion::OwnerUnclear);
        assert_eq!(conclude(&[(NO_TOKEN, Accepted), ("unsigned", LeftOut)], bound), Conclusion::Public);
    }
}
