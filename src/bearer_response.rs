//! The response of a resource server to a rejected request (RFC 6750 §3).

/// The response of a resource server to a rejected request (RFC 6750 §3.1).
///
/// Send the client nothing more than this. The [`Error`](crate::Error) belongs in the operator's log.
///
/// ```
/// use certbound::{BearerResponse, Error};
///
/// let response = Error::CertificateMismatch.bearer_response();
/// assert_eq!(response, BearerResponse::InvalidToken);
/// assert_eq!((response.status(), response.error()), (401, Some("invalid_token")));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BearerResponse {
    /// 401 with a challenge that names no error: the request carried no token (RFC 6750 §3).
    Unauthenticated,
    /// 400 `invalid_request`.
    InvalidRequest,
    /// 401 `invalid_token`.
    InvalidToken,
    /// 403 `insufficient_scope`.
    InsufficientScope,
    /// 500 without a challenge: the fault is in this server's configuration, not in the request.
    ServerError,
    /// 503 without a challenge: this server cannot judge the token yet. Send `Retry-After` with it (RFC 9110 §15.6.4).
    Unavailable,
}

impl BearerResponse {
    /// The HTTP status code.
    ///
    /// ```
    /// assert_eq!(certbound::BearerResponse::InsufficientScope.status(), 403);
    /// ```
    pub const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated | Self::InvalidToken => 401,
            Self::InvalidRequest => 400,
            Self::InsufficientScope => 403,
            Self::ServerError => 500,
            Self::Unavailable => 503,
        }
    }

    /// The value of the challenge's `error` attribute, if it has one.
    ///
    /// ```
    /// assert_eq!(certbound::BearerResponse::Unauthenticated.error(), None);
    /// assert_eq!(certbound::BearerResponse::InvalidToken.error(), Some("invalid_token"));
    /// ```
    pub const fn error(self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::Unauthenticated | Self::ServerError | Self::Unavailable => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Error;

    #[test]
    fn two_tokens_are_an_invalid_request() {
        let response = Error::AuthorizationAmbiguous.bearer_response();
        assert_eq!((response.status(), response.error()), (400, Some("invalid_request")));
    }

    #[test]
    fn a_token_that_cannot_be_judged_yet_is_no_invalid_token() {
        let response = Error::KeysPending.bearer_response();
        assert_eq!((response.status(), response.error()), (503, None));
    }
}
