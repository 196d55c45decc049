//! Why an attempt failed.

use std::{error::Error as StdError, time::Duration};

use certbound::Error;

/// A reason with a sentence for the operator: what was found; what was expected; what to change.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) reason: Reason,
    pub(crate) text: String,
    /// How long the server wants to be left alone (`Retry-After`, RFC 9110 §10.2.3).
    pub(crate) retry_after: Option<Duration>,
}

impl Problem {
    pub(crate) const fn new(reason: Reason, text: String) -> Self {
        Self { reason, text, retry_after: None }
    }
}

/// What failed, in the order in which an attempt can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    AuthoritiesUnusable,
    NameNotResolved,
    ConnectionFailed,
    TlsFailed,
    AnswerMalformed,
    StatusUnexpected,
    RedirectRejected,
    EncodingUnsupported,
    AnswerTooLong,
    AnswerTruncated,
    TimedOut,
    MetadataMalformed,
    MetadataIssuerMismatch,
    JwksUriUnusable,
    /// The core's verdict on the key set.
    KeySet(Error),
    FileUnwritable,
}

impl Reason {
    /// All but the core's verdicts.
    pub(crate) const ALL: [Self; 15] = [
        Self::AuthoritiesUnusable,
        Self::NameNotResolved,
        Self::ConnectionFailed,
        Self::TlsFailed,
        Self::AnswerMalformed,
        Self::StatusUnexpected,
        Self::RedirectRejected,
        Self::EncodingUnsupported,
        Self::AnswerTooLong,
        Self::AnswerTruncated,
        Self::TimedOut,
        Self::MetadataMalformed,
        Self::MetadataIssuerMismatch,
        Self::JwksUriUnusable,
        Self::FileUnwritable,
    ];

    /// A stable name. A verdict of the core keeps the core's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AuthoritiesUnusable => "authorities_unusable",
            Self::NameNotResolved => "name_not_resolved",
            Self::ConnectionFailed => "connection_failed",
            Self::TlsFailed => "tls_failed",
            Self::AnswerMalformed => "answer_malformed",
            Self::StatusUnexpected => "status_unexpected",
            Self::RedirectRejected => "redirect_rejected",
            Self::EncodingUnsupported => "encoding_unsupported",
            Self::AnswerTooLong => "answer_too_long",
            Self::AnswerTruncated => "answer_truncated",
            Self::TimedOut => "timed_out",
            Self::MetadataMalformed => "metadata_malformed",
            Self::MetadataIssuerMismatch => "metadata_issuer_mismatch",
            Self::JwksUriUnusable => "jwks_uri_unusable",
            Self::KeySet(error) => error.name(),
            Self::FileUnwritable => "file_unwritable",
        }
    }
}

/// An error with its causes, without those that repeat the text before them.
pub(crate) fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        next = cause.source();
    }
    text
}
