//! The rules for the registered claims of an access token.

use super::{ClaimSet, numeric_date::unix_time};
use crate::{
    Error, UnixTime,
    json::{self, Name, Text, Value},
    scratch::Scratch,
};

/// The registered claims, unchecked, collected in one pass.
pub(crate) struct RegisteredClaims<'json> {
    pub(crate) issuer: Option<Value<'json>>,
    pub(crate) audience: Option<Value<'json>>,
    expiry: Option<Value<'json>>,
    not_before: Option<Value<'json>>,
    issued_at: Option<Value<'json>>,
    subject: Option<Value<'json>>,
    client_id: Option<Value<'json>>,
    token_id: Option<Value<'json>>,
    pub(crate) scope: Option<Value<'json>>,
    pub(crate) confirmation: Option<Value<'json>>,
}

impl<'json> RegisteredClaims<'json> {
    /// Reads claims strictly. Strings with escapes are copied to `scratch`.
    pub(crate) fn read(
        json: &'json [u8],
        scratch: &mut Scratch<'json>,
        not_object: Error,
    ) -> Result<(ClaimSet<'json>, Self), Error> {
        let members = json::read_members(json, &NAMES, not_object)?;
        let [issuer, audience, expiry, not_before, issued_at, subject, client_id, token_id, scope, confirmation] =
            members.values;
        let registered =
            Self { issuer, audience, expiry, not_before, issued_at, subject, client_id, token_id, scope, confirmation };
        Ok((ClaimSet::of(&members, scratch)?, registered))
    }

    /// Checks that `iss` is `issuer`, byte for byte (RFC 9068 §4). An empty `issuer` matches nothing.
    pub(crate) fn check_issuer(&self, issuer: &str) -> Result<(), Error> {
        let found = self.issuer.ok_or(Error::IssuerMissing)?.as_text().ok_or(Error::IssuerMalformed)?;
        if issuer.is_empty() || !found.is(issuer) {
            return Err(Error::IssuerMismatch);
        }
        Ok(())
    }

    /// Checks that `aud` is one of `audiences`, or an array of strings that contains one of them (RFC 7519 §4.1.3).
    pub(crate) fn check_audience(&self, audiences: &[&str]) -> Result<(), Error> {
        let is_ours = |text: Text<'_>| audiences.iter().any(|audience| !audience.is_empty() && text.is(audience));
        let found = match self.audience.ok_or(Error::AudienceMissing)? {
            Value::Text(text) => is_ours(text),
            Value::Array(array) => {
                let mut found = false;
                for element in array.elements() {
                    found |= is_ours(element.as_text().ok_or(Error::AudienceMalformed)?);
                }
                found
            }
            _ => return Err(Error::AudienceMalformed),
        };
        if found { Ok(()) } else { Err(Error::AudienceMismatch) }
    }

    /// Reads `exp`, which is required, and `nbf`, which is optional (RFC 7519 §4.1.4, §4.1.5).
    pub(crate) fn validity(&self) -> Result<Validity, Error> {
        if self.expiry.is_none() {
            return Err(Error::ExpiryMissing);
        }
        self.validity_if_any()
    }

    /// Reads `exp` and `nbf`, which are both optional here (RFC 7662 §2.2). Without `exp` the validity never ends.
    pub(crate) fn validity_if_any(&self) -> Result<Validity, Error> {
        let expires_at = match self.expiry {
            None => UnixTime::from_seconds(u64::MAX),
            Some(time) => read_time(time, Error::ExpiryMalformed, Error::ExpiryOutOfRange)?,
        };
        let not_before = match self.not_before {
            None => UnixTime::from_seconds(0),
            Some(time) => read_time(time, Error::NotBeforeMalformed, Error::NotBeforeOutOfRange)?,
        };
        Ok(Validity { not_before, expires_at })
    }

    /// Checks the types of the claims that no rule compares.
    pub(crate) fn check_types(&self) -> Result<(), Error> {
        if let Some(issued_at) = self.issued_at {
            read_time(issued_at, Error::IssuedAtMalformed, Error::IssuedAtOutOfRange)?;
        }
        for (claim, malformed) in [
            (self.subject, Error::SubjectMalformed),
            (self.client_id, Error::ClientIdMalformed),
            (self.token_id, Error::TokenIdMalformed),
            (self.scope, Error::ScopeMalformed),
        ] {
            if claim.is_some_and(|value| value.as_text().is_none()) {
                return Err(malformed);
            }
        }
        Ok(())
    }
}

/// The validity period of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    not_before: UnixTime,
    pub(crate) expires_at: UnixTime,
}

impl Validity {
    /// Checks that `now` is within the validity period, allowing `leeway` seconds.
    pub(crate) fn check(self, now: UnixTime, leeway: u64) -> Result<(), Error> {
        if now >= self.expires_at.later(leeway) {
            Err(Error::TokenExpired)
        } else if self.not_before > now.later(leeway) {
            Err(Error::TokenNotYetValid)
        } else {
            Ok(())
        }
    }
}

fn read_time(value: Value<'_>, malformed: Error, out_of_range: Error) -> Result<UnixTime, Error> {
    value.as_number().ok_or(malformed).map(unix_time)?.ok_or(out_of_range)
}

/// In the order in which [`RegisteredClaims::read`] takes the values.
const NAMES: [Name; 10] = [
    Name::new("iss"),
    Name::new("aud"),
    Name::new("exp"),
    Name::new("nbf"),
    Name::new("iat"),
    Name::new("sub"),
    Name::new("client_id"),
    Name::new("jti"),
    Name::new("scope"),
    Name::new("cnf"),
];
