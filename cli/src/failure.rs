//! Why a command fails: the input was rejected, or it could not be used.

use std::process::ExitCode;

use certbound::{BearerResponse, Error};

use crate::explain::Detail;

/// Exit code of a rejection.
const REJECTED: u8 = 1;

/// Exit code of wrong usage, and of files that cannot be read or used.
pub(crate) const UNUSABLE: u8 = 2;

/// Why a command fails.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The token, response or certificate breaks a rule.
    Rejected(Error, Detail),
    /// A server's answer cannot be used: the reason's stable name, and what is wrong and what to do.
    Answer { reason: &'static str, text: String },
    /// No verdict was possible. The text says what is wrong and what to do.
    Unusable(String),
}

impl Failure {
    /// A file that `error` makes unusable.
    pub(crate) fn unusable(file: &str, error: Error, detail: &Detail) -> Self {
        Self::Unusable(format!("{file}: {}: {}", error.name(), detail.sentence(error)))
    }

    /// The verdict `error`. An error of the configuration is not a verdict and makes `file` unusable.
    pub(crate) fn of_verdict(file: &str, error: Error, detail: Detail) -> Self {
        match error.bearer_response() {
            BearerResponse::ServerError => Self::unusable(file, error, &detail),
            _ => Self::Rejected(error, detail),
        }
    }

    /// What is wrong and what to do; for a rejection and an answer after the name of the reason.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Rejected(error, detail) => format!("{}: {}", error.name(), detail.sentence(*error)),
            Self::Answer { reason, text } => format!("{reason}: {text}"),
            Self::Unusable(text) => text.clone(),
        }
    }

    /// The exit code of the command.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Rejected(..) | Self::Answer { .. } => REJECTED,
            Self::Unusable(_) => UNUSABLE,
        })
    }
}
