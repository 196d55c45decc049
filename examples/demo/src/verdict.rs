//! What a server decided about a caller, and the log in which its operator reads it.

use std::sync::mpsc::{Receiver, Sender, channel};

/// The name of an acceptance, beside the names of the refusals.
pub(crate) const ACCEPTED: &str = "accepted";

/// What a server decided.
pub(crate) enum Verdict {
    /// Accepted, and as whom.
    Accepted(String),
    Refused(Refusal),
}

/// Who refused, and why.
pub(crate) enum Refusal {
    /// The core, about a token or a client's certificate.
    Core(certbound::Error),
    /// The Token Service, which knows no client of that name.
    UnknownClient,
}

impl Verdict {
    /// The stable name that operators search their logs for.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => ACCEPTED,
            Self::Refused(Refusal::Core(error)) => error.name(),
            Self::Refused(Refusal::UnknownClient) => "client_unknown",
        }
    }

    /// What was found, what was wanted, what to change: for the operator, never for the caller.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Accepted(whom) => whom.clone(),
            Self::Refused(Refusal::Core(error)) => error.to_string(),
            Self::Refused(Refusal::UnknownClient) => "no client is registered under this client_id".into(),
        }
    }

    /// Which program spoke.
    pub(crate) fn speaker(&self) -> &'static str {
        match self {
            Self::Accepted(_) | Self::Refused(Refusal::Core(_)) => "core",
            Self::Refused(Refusal::UnknownClient) => "service",
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

impl From<certbound::Error> for Refusal {
    fn from(error: certbound::Error) -> Self {
        Self::Core(error)
    }
}

/// A server's end of the log: it writes its verdict before it answers.
#[derive(Clone)]
pub(crate) struct Log(Sender<Verdict>);

impl Log {
    /// A log, and the end at which it is read.
    pub(crate) fn open() -> (Self, Receiver<Verdict>) {
        let (writer, reader) = channel();
        (Self(writer), reader)
    }

    pub(crate) fn write(&self, verdict: Verdict) {
        // It fails only when nobody reads any more, at the end of the story.
        let _ = self.0.send(verdict);
    }
}
