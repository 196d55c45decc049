//! Adds values to the core's error texts: those that were found and those that were expected.

use certbound::{Algorithm, Error, Thumbprint, UnixTime};

use crate::{
    content::Purpose,
    date,
    json::{excerpt, quote},
    token::{Members, Unverified},
};

/// The values that belong to an error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Detail {
    pub(crate) found: Option<String>,
    pub(crate) expected: Option<String>,
    /// Replaces the whole sentence if a file contains something else entirely, when the core's text would mislead.
    pub(crate) mistake: Option<String>,
}

impl Detail {
    pub(crate) fn found(found: Option<String>) -> Self {
        Self { found, ..Self::default() }
    }

    /// What was found, what was expected and what to change: the core's text with these values.
    pub(crate) fn sentence(&self, error: Error) -> String {
        if let Some(mistake) = &self.mistake {
            return mistake.clone();
        }
        let with = |words: &str, value: &Option<String>| match value {
            Some(value) => format!("{words}: {value}"),
            None => words.to_owned(),
        };
        let (found, expected) = (with(error.found(), &self.found), with(error.wanted(), &self.expected));
        format!("{found}; expected {expected}; {}", error.remedy())
    }
}

/// The value in the token's form, header or signature that caused the error.
pub(crate) fn found_in_token(error: Error, token: &Unverified) -> Option<String> {
    let header = &token.header;
    let member = |name| header.json(name).map(|json| format!("{name} is {}", excerpt(json)));
    match error {
        Error::TokenTooLong => None,
        Error::TokenNotCompact | Error::HeaderNotBase64url if begins_with_scheme(token) => {
            Some("it begins with \"Bearer \", which is not part of the token".to_owned())
        }
        Error::TokenNotCompact => match token.parts.len() {
            1 => Some("it has no dots".to_owned()),
            5 => Some("it has five, so it is encrypted (JWE)".to_owned()),
            parts => Some(format!("it has {parts}")),
        },
        Error::HeaderNotBase64url => invalid_character(token, 0),
        Error::PayloadNotBase64url => invalid_character(token, 1),
        Error::SignatureNotBase64url => invalid_character(token, 2),
        Error::AlgorithmMalformed | Error::AlgorithmUnsupported | Error::AlgorithmNotAllowed => member("alg"),
        Error::CriticalHeader => member("crit"),
        Error::UnencodedPayload => member("b64"),
        Error::TypeMalformed | Error::TypeNotAllowed => member("typ"),
        Error::KeyIdMalformed | Error::KeyUnknown => member("kid"),
        Error::KeyUnsuited | Error::SignatureInvalid => {
            let both: Vec<_> = ["alg", "kid"].into_iter().filter_map(member).collect();
            Some(both.join(", "))
        }
        Error::SignatureLength => {
            let length = format!("it has {} bytes", token.signature_len()?);
            Some([member("alg"), Some(length)].into_iter().flatten().collect::<Vec<_>>().join(", "))
        }
        _ if is_json(error) => [("header", &token.header_json), ("payload", &token.claims_json)]
            .into_iter()
            .find_map(|(part, json)| Some(format!("in the {part}, {}", found_in_json(error, json.as_deref()?)?))),
        _ => None,
    }
}

/// What was found, what was expected and what to change, if something other than a token was passed.
pub(crate) fn mistake_for_token(error: Error, token: &Unverified) -> Option<String> {
    // "./token.jwt" has an empty header.
    let is_about_form = match error {
        Error::TokenNotCompact | Error::HeaderNotBase64url => true,
        Error::JsonUnexpectedEnd => token.parts.first().is_some_and(Vec::is_empty),
        _ => false,
    };
    if !is_about_form || begins_with_scheme(token) {
        return None;
    }
    Purpose::Token.mistake(&token.parts.join(&b'.'))
}

/// Where a JSON text is malformed, as serde_json reports it.
pub(crate) fn found_in_json(error: Error, json: &[u8]) -> Option<String> {
    match (error, Members::read(json)) {
        // Only the beginning was read, so serde_json would report an unexpected end.
        (Error::JsonTooLong, _) => None,
        (Error::JsonDuplicateName, Ok(members)) => members.duplicate().map(|name| format!("the name {}", quote(name))),
        // The core rejects byte order marks, and its remedy says so.
        _ if json.starts_with(&[0xef, 0xbb, 0xbf]) => Some("it starts with a byte order mark".to_owned()),
        (_, Err(other)) if is_json(error) => Some(other.to_string()),
        _ => None,
    }
}

/// The value in the claims that caused the error.
pub(crate) fn found_in_claims(
    error: Error,
    claims: &Members,
    now: u64,
    certificate: Option<&Thumbprint>,
) -> Option<String> {
    let member = |name| claims.json(name).map(|json| format!("{name} is {}", excerpt(json)));
    match error {
        Error::IssuerMalformed | Error::IssuerMismatch => member("iss"),
        Error::AudienceMalformed | Error::AudienceMismatch => member("aud"),
        Error::ExpiryMalformed | Error::ExpiryOutOfRange => member("exp"),
        Error::NotBeforeMalformed | Error::NotBeforeOutOfRange => member("nbf"),
        Error::IssuedAtMalformed | Error::IssuedAtOutOfRange => member("iat"),
        Error::TokenExpired => Some(describe_distance("exp", claims, now)?),
        Error::TokenNotYetValid => Some(describe_distance("nbf", claims, now)?),
        Error::SubjectMalformed => member("sub"),
        Error::ClientIdMalformed => member("client_id"),
        Error::TokenIdMalformed => member("jti"),
        Error::ScopeMalformed => member("scope"),
        Error::InsufficientScope => Some(member("scope").unwrap_or_else(|| "it has none".to_owned())),
        Error::ConfirmationMalformed | Error::ConfirmationMethodUnsupported | Error::ThumbprintMalformed => {
            member("cnf")
        }
        Error::CertificateMissing => {
            claims.bound_thumbprint().map(|bound| format!("its x5t#S256 is {}", quote(&bound)))
        }
        Error::CertificateMismatch => certificate.map(|thumbprint| format!("its x5t#S256 is \"{thumbprint}\"")),
        _ => None,
    }
}

/// The names of algorithms, separated by spaces.
pub(crate) fn list_algorithms(algorithms: &[Algorithm]) -> String {
    algorithms.iter().map(|algorithm| algorithm.name()).collect::<Vec<_>>().join(" ")
}

/// Quoted texts, separated by commas.
pub(crate) fn list_quoted<'text>(texts: impl IntoIterator<Item = &'text str>) -> String {
    let mut quoted: Vec<_> = texts.into_iter().take(LISTED + 1).map(quote).collect();
    if quoted.len() > LISTED {
        quoted.truncate(LISTED);
        quoted.push("…".to_owned());
    }
    quoted.join(", ")
}

/// A time as a number and as a date.
pub(crate) fn describe_time(time: UnixTime) -> String {
    match date::rfc_3339(time.seconds()) {
        Some(date) => format!("{time} ({date})"),
        None => time.to_string(),
    }
}

/// The distance of a time from now.
pub(crate) fn distance(seconds: u64, now: u64) -> String {
    if seconds == now {
        "exactly now".to_owned()
    } else if seconds > now {
        format!("{} after now", date::span(seconds - now))
    } else {
        format!("{} before now", date::span(now - seconds))
    }
}

fn describe_distance(name: &str, claims: &Members, now: u64) -> Option<String> {
    let seconds = claims.seconds(name)?;
    let (time, now_time) = (UnixTime::from_seconds(seconds), UnixTime::from_seconds(now));
    Some(format!("{name} {} is {}, {}", describe_time(time), distance(seconds, now), describe_time(now_time)))
}

const fn is_json(error: Error) -> bool {
    matches!(error.code(), 200..=299)
        || matches!(error, Error::HeaderNotObject | Error::ClaimsNotObject | Error::KeySetNotObject)
        || matches!(error, Error::IntrospectionNotObject | Error::ClientMetadataNotObject)
}

fn begins_with_scheme(token: &Unverified) -> bool {
    token.parts.first().and_then(|part| part.get(..7)).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer "))
}

fn invalid_character(token: &Unverified, part: usize) -> Option<String> {
    let text = String::from_utf8_lossy(token.parts.get(part)?);
    let is_invalid = |character: char| !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_'));
    let (index, character) = text.chars().enumerate().find(|(_, character)| is_invalid(*character))?;
    Some(format!("its character {} is {}", index.saturating_add(1), quote(&character.to_string())))
}

/// Maximum number of values listed in a message.
const LISTED: usize = 20;
