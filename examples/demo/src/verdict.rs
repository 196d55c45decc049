//! The verdict of a server on a call, and the log for its operator.

use std::sync::mpsc::{Receiver, Sender, channel};

/// The name of the verdict on an accepted call.
pub(crate) const ACCEPTED: &str = "accepted";

/// The verdict of a server on a call.
pub(crate) enum Verdict {
    /// Accepted; the text describes the caller.
    Accepted(String),
    Rejected(Rejection),
}

/// The reason for a rejection, and the component that rejected the call.
pub(crate) enum Rejection {
    /// The core rejected a token or a client's certificate.
    Core(certbound::Error),
    /// The Token Service has no client with this `client_id`.
    UnknownClient,
}

impl Verdict {
    /// The stable name that operators search their logs for.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => ACCEPTED,
            Self::Rejected(Rejection::Core(error)) => error.name(),
            Self::Rejected(Rejection::UnknownClient) => "client_unknown",
        }
    }

    /// What was found, what was expected and what to change: for the operator, never for the caller.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Accepted(whom) => whom.clone(),
            Self::Rejected(Rejection::Core(error)) => error.to_string(),
            Self::Rejected(Rejection::UnknownClient) => "no client is registered under this client_id".into(),
        }
    }

    /// The component that decided.
    pub(crate) fn component(&self) -> &'static str {
        match self {
            Self::Accepted(_) | Self::Rejected(Rejection::Core(_)) => "core",
            Self::Rejected(Rejection::UnknownClient) => "service",
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }
}

impl From<certbound::Error> for Rejection {
    fn from(error: certbound::Error) -> Self {
        Self::Core(error)
    }
}

/// The server's end of the log. A server writes its verdict before it responds.
#[derive(Clone)]
pub(crate) struct Log(Sender<Verdict>);

impl Log {
    /// Opens a log, and returns both ends.
    pub(crate) fn open() -> (Self, Receiver<Verdict>) {
        let (writer, reader) = channel();
        (Self(writer), reader)
    }

    pub(crate) fn write(&self, verdict: Verdict) {
        // This fails only if the reader is gone, at the end of the demo.
        let _ = self.0.send(verdict);
    }
}
