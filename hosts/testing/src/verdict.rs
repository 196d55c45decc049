//! What the assertions of all hosts on rejected requests share.

use certbound::Error;

use crate::message::Answer;

/// The realm in the tests' configurations, unless they set another one.
pub const REALM: &str = "api";

/// The error of this name.
///
/// # Panics
/// If there is none.
pub fn error(name: &str) -> Error {
    *Error::ALL.iter().find(|error| error.name() == name).unwrap_or_else(|| panic!("no error is called {name}"))
}

/// The challenge to a request that was rejected for this reason, in the realm [`REALM`].
pub fn challenge(reason: &str) -> String {
    match error(reason).bearer_response().error() {
        None => format!(r#"Bearer realm="{REALM}""#),
        Some(error) => format!(r#"Bearer realm="{REALM}", error="{error}""#),
    }
}

/// How the parts of the request's token begin: even a truncated line of a log would have one of these texts.
pub fn secrets(answer: &Answer) -> impl Iterator<Item = &str> {
    answer.authorization.iter().flat_map(|value| value.split(['.', ' ', ','])).filter_map(|part| part.get(..12))
}
