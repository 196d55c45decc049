//! How a command ends when it does not accept: rejected, or unusable.

use std::process::ExitCode;

use certbound::{BearerResponse, Error};

use crate::explain::Detail;

/// Exit code of a rejection.
const REJECTED: u8 = 1;

/// Exit code of wrong usage and of files that cannot be read or used.
pub(crate) const UNUSABLE: u8 = 2;

/// Why a command does not end in an acceptance.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was to be judged breaks a rule.
    Rejected(Error, Detail),
    /// Nothing could be judged. The text says what is wrong and what to do.
    Unusable(String),
}

impl Failure {
    /// A file that `error` says is no good.
    pub(crate) fn unusable(file: &str, error: Error, detail: &Detail) -> Self {
        Self::Unusable(format!("{file}: {}: {}", error.name(), detail.sentence(error)))
    }

    /// The verdict `error`. Where it blames the configuration instead of what is judged, there is no verdict.
    pub(crate) fn of_verdict(file: &str, error: Error, detail: Detail) -> Self {
        match error.bearer_response() {
            BearerResponse::ServerError => Self::unusable(file, error, &detail),
            _ => Self::Rejected(error, detail),
        }
    }

    /// The exit code of the command.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Rejected(..) => REJECTED,
            Self::Unusable(_) => UNUSABLE,
        })
    }
}
