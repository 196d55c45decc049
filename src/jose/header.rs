//! The JOSE header: algorithm, key ID and type of the token (RFC 7515 §4).

use super::Algorithm;
use crate::{
    Error,
    json::{self, Name, Text, Value},
};

/// The `typ` that a token must have.
///
/// ```
/// use certbound::{Policy, TokenType};
///
/// // For an issuer that does not follow RFC 9068 yet:
/// let policy = Policy::new("https://as.example", &["https://api.example"]).token_type(TokenType::Jwt);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenType {
    /// `at+jwt` or `application/at+jwt`, in any case (RFC 9068 §4).
    AccessToken,
    /// `JWT` or `application/jwt`, in any case, or no `typ`, or what [`AccessToken`](Self::AccessToken) accepts: for issuers
    /// that do not follow RFC 9068, such as Keycloak. ID tokens of the same issuer look like this too, so their audience must
    /// not be one of the policy (RFC 8725 §3.11).
    Jwt,
    /// Any `typ`, or none. ID tokens and other JWTs of the same issuer are then accepted as access tokens if their audience
    /// matches (RFC 8725 §3.11).
    Any,
}

/// The members of a JOSE header that verification depends on.
///
/// `jwk`, `jku`, `x5u` and `x5c` are ignored: a token never supplies its own key.
#[derive(Debug)]
pub struct Header<'json> {
    /// The algorithm that the token claims.
    pub algorithm: Algorithm,
    /// The ID of the issuer's key.
    pub key_id: Option<Text<'json>>,
    /// The media type.
    pub token_type: Option<Text<'json>>,
}

impl<'json> Header<'json> {
    /// Reads a header. Rejects any critical extension.
    pub fn read(json: &'json [u8]) -> Result<Self, Error> {
        let [crit, b64, alg, kid, typ] = json::read_members(json, &NAMES, Error::HeaderNotObject)?.values;
        if crit.is_some() {
            return Err(Error::CriticalHeader);
        }
        if b64.is_some() {
            return Err(Error::UnencodedPayload);
        }
        let text = |member: Option<Value<'json>>, malformed| match member {
            None => Ok(None),
            Some(value) => value.as_text().map(Some).ok_or(malformed),
        };
        let name = text(alg, Error::AlgorithmMalformed)?.ok_or(Error::AlgorithmMissing)?;
        Ok(Self {
            algorithm: Algorithm::from_text(name).ok_or(Error::AlgorithmUnsupported)?,
            key_id: text(kid, Error::KeyIdMalformed)?,
            token_type: text(typ, Error::TypeMalformed)?,
        })
    }

    /// Rejects a token of another type than `expected`.
    pub fn check_type(&self, expected: TokenType) -> Result<(), Error> {
        let allowed: &[&str] = match expected {
            TokenType::Any => return Ok(()),
            TokenType::Jwt => &["at+jwt", "application/at+jwt", "jwt", "application/jwt"],
            TokenType::AccessToken => &["at+jwt", "application/at+jwt"],
        };
        let Some(found) = self.token_type else {
            return if expected == TokenType::Jwt { Ok(()) } else { Err(Error::TypeMissing) };
        };
        // Media types ignore case and may leave out "application/" (RFC 7515 §4.1.9).
        if allowed.iter().any(|media_type| found.is_in_any_case(media_type)) {
            Ok(())
        } else {
            Err(Error::TypeNotAllowed)
        }
    }
}

const NAMES: [Name; 5] = [Name::new("crit"), Name::new("b64"), Name::new("alg"), Name::new("kid"), Name::new("typ")];
