//! What became of an attack and of each of its requests, and how far that can be trusted.

use http::StatusCode;

use super::{
    attack::{Attack, Attempt},
    judgement::Verdict,
    outcome::Outcome,
};

/// What became of an attack.
pub(crate) struct Row {
    pub(super) attack: &'static Attack,
    pub(super) tries: Vec<Try>,
}

/// What became of one of its requests.
pub(super) struct Try {
    pub(super) attempt: Attempt,
    pub(super) result: Result<Sent, NotSent>,
    /// Why a refusal would prove nothing.
    pub(super) doubt: Option<Doubt>,
}

/// A request that was sent, at least as far as the handshake.
pub(super) struct Sent {
    /// The protocols of the connection, if there was one.
    pub(super) protocols: Option<String>,
    /// Whether that had carried a good request before.
    pub(super) is_used: bool,
    /// Whether the client has a certificate, and the server did not ask for it.
    pub(super) is_unasked: bool,
    pub(super) outcome: Outcome,
}

/// Why a request was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    /// It is not possible, or would show nothing. The text completes the sentence "nothing was sent: …".
    LeftOut(String),
    /// The run had reached a limit, or lost the owner, before it was sent, so it is not known how the API would have answered.
    CutOff(String),
}

/// Why a refusal may have another reason than the one that the attack is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Without a token, the thief is not answered as the owner is: the API may refuse this client whatever its token.
    ThiefDiffers,
    /// The owner was not accepted any more at the end: since its last good request, the API may have refused everything.
    OwnerLost,
    /// The token for another audience expired during the run.
    Expired,
    /// The server did not ask for the certificate, so the request may have been refused for having none.
    NotAsked,
    /// The token itself is opaque, so the API may refuse any JWT.
    Opaque,
}

impl From<&'static str> for NotSent {
    fn from(reason: &'static str) -> Self {
        Self::LeftOut(reason.to_owned())
    }
}

impl Row {
    pub(super) fn verdict(&self) -> Verdict {
        Verdict::all(self.tries.iter().map(Try::verdict))
    }

    /// The first request, as far as it was sent.
    pub(super) fn first_sent(&self) -> Option<&Sent> {
        self.tries.first()?.result.as_ref().ok()
    }

    /// The status of its first request, if that was answered.
    pub(super) fn status(&self) -> Option<StatusCode> {
        match &self.first_sent()?.outcome {
            Outcome::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }
}

impl Try {
    pub(super) fn verdict(&self) -> Verdict {
        match &self.result {
            Ok(sent) => match Verdict::of(&sent.outcome) {
                Verdict::Refused if self.doubt.is_some() => Verdict::Unclear,
                verdict => verdict,
            },
            Err(NotSent::LeftOut(_)) => Verdict::LeftOut,
            Err(NotSent::CutOff(_)) => Verdict::Unclear,
        }
    }

    /// Why its verdict is neither acceptance nor refusal.
    pub(super) fn reason(&self) -> &str {
        match (&self.result, self.doubt) {
            (Err(NotSent::LeftOut(reason) | NotSent::CutOff(reason)), _) => reason,
            (Ok(sent), Some(doubt)) if Verdict::of(&sent.outcome) == Verdict::Refused => doubt.words(),
            (Ok(_), _) => "the answer does not show whether the request was refused",
        }
    }
}

impl Doubt {
    const fn words(self) -> &'static str {
        match self {
            Self::ThiefDiffers => {
                "without a token, the API does not answer this client as it answers the owner, so it may refuse the \
                 client whatever its token"
            }
            Self::OwnerLost => {
                "the owner was not accepted again at the end of the run, so the API may have refused everything by then"
            }
            Self::NotAsked => {
                "the server did not ask for the certificate, so it may have refused the request for having none"
            }
            Self::Opaque => {
                "the owner's accepted token is opaque, so the API may refuse every JWT, whatever this one says"
            }
            Self::Expired => "the token expired during the run, so the API may have refused it for that reason",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::attack::GOOD, *};

    #[test]
    fn a_doubt_makes_refusals_unclear_and_nothing_else() {
        let answered = |status| Outcome::Answered { status: StatusCode::from_u16(status).unwrap(), challenge: None };
        for (outcome, plain, doubted) in [
            (answered(200), Verdict::Accepted, Verdict::Accepted),
            (answered(401), Verdict::Refused, Verdict::Unclear),
            (answered(503), Verdict::Unclear, Verdict::Unclear),
            (Outcome::Closed(String::new()), Verdict::Refused, Verdict::Unclear),
        ] {
            let mut one = Try {
                attempt: GOOD,
                result: Ok(Sent { protocols: None, is_used: false, is_unasked: false, outcome }),
                doubt: None,
            };
            assert_eq!(one.verdict(), plain);
            one.doubt = Some(Doubt::ThiefDiffers);
            assert_eq!(one.verdict(), doubted);
        }
    }

    #[test]
    fn what_a_limit_cuts_off_is_unclear_and_what_is_impossible_is_left_out() {
        let reason = || "why".to_owned();
        for (not_sent, verdict) in
            [(NotSent::LeftOut(reason()), Verdict::LeftOut), (NotSent::CutOff(reason()), Verdict::Unclear)]
        {
            let one = Try { attempt: GOOD, result: Err(not_sent), doubt: None };
            assert_eq!((one.verdict(), one.reason()), (verdict, "why"));
        }
    }
}
