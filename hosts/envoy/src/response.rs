//! The answer to a rejected request (RFC 6750 §3).

use certbound::{BearerResponse, Error};

use crate::host::Request;

/// What challenges contain beside the error.
pub(crate) struct Challenge<'config> {
    pub(crate) realm: &'config str,
    pub(crate) scopes: &'config [&'config str],
    pub(crate) resource_metadata: &'config str,
}

/// Answers the request. The client learns no more than the core's [`BearerResponse`]; the response code details name the
/// error for the operator.
pub(crate) fn reject(request: &Request<'_>, error: Error, challenge: &Challenge<'_>) {
    let response = error.bearer_response();
    let details = format!("certbound_{}", error.name());
    match response {
        BearerResponse::ServerError => request.respond(response.status(), &[], &details),
        BearerResponse::Unavailable => request.respond(response.status(), &[("retry-after", RETRY_AFTER)], &details),
        _ => request.respond(response.status(), &[("www-authenticate", &challenge.text(response))], &details),
    }
}

/// In seconds. Keys that are missing are fetched at least every 10 seconds.
const RETRY_AFTER: &str = "5";

impl Challenge<'_> {
    fn text(&self, response: BearerResponse) -> String {
        let mut text = "Bearer".to_owned();
        let mut separator = " ";
        let mut attribute = |name: &str, value: &str| {
            if !value.is_empty() {
                text.push_str(separator);
                text.push_str(name);
                text.push_str("=\"");
                for character in value.chars() {
                    if matches!(character, '"' | '\\') {
                        text.push('\\');
                    }
                    text.push(character);
                }
                text.push('"');
                separator = ", ";
            }
        };
        attribute("realm", self.realm);
        attribute("error", response.error().unwrap_or_default());
        if response == BearerResponse::InsufficientScope {
            attribute("scope", &self.scopes.join(" "));
        }
        attribute("resource_metadata", self.resource_metadata);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_those_of_rfc_6750() {
        let text = |realm, resource_metadata, error: Error| {
            Challenge { realm, scopes: &["read", "write"], resource_metadata }.text(error.bearer_response())
        };
        assert_eq!(text("", "", Error::TokenMissing), "Bearer");
        assert_eq!(text("", "", Error::TokenExpired), r#"Bearer error="invalid_token""#);
        assert_eq!(text("api", "", Error::TokenMissing), r#"Bearer realm="api""#);
        assert_eq!(text(r#"a "b" \c"#, "", Error::TokenMissing), r#"Bearer realm="a \"b\" \\c""#);
        assert_eq!(
            text("api", "https://api.example/.well-known/oauth-protected-resource", Error::InsufficientScope),
            r#"Bearer realm="api", error="insufficient_scope", scope="read write", resource_metadata="https://api.example/.well-known/oauth-protected-resource""#
        );
        assert_eq!(text("", "", Error::AuthorizationAmbiguous), r#"Bearer error="invalid_request""#);
    }
}
