//! The claims of a token, read by name or into a type of the caller's.

use crate::{
    Error,
    json::{self, Cursor, Item, Object},
    scratch::Scratch,
};

/// The claims of a verified token, or of an active one.
///
/// It lives in the scratch memory. Strings come with their escapes resolved.
///
/// ```
/// use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
///
/// let response = br#"{"active": true, "client_id": "a", "scope": "read write", "org": "M\u00fcller"}"#;
/// let mut scratch = [0; introspection_scratch_len(128)];
/// let claims = Introspection::verify(response, Binding::IfPresent, None, &mut scratch)?;
/// assert_eq!(claims.client_id(), Some("a"));
/// assert!(claims.scopes().eq(["read", "write"]));
/// assert_eq!(claims.claim("org"), Some(Claim::String("Müller")));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClaimSet<'scratch> {
    object: Object<'scratch>,
    /// The strings with escapes, names and nested ones included, unescaped and one behind the other.
    unescaped: &'scratch str,
}

/// The value of one claim.
///
/// ```
/// # use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
/// # let response = br#"{"active": true, "exp": 1.5e9, "act": {"sub": "b"}}"#;
/// # let mut scratch = [0; introspection_scratch_len(128)];
/// # let claims = Introspection::verify(response, Binding::IfPresent, None, &mut scratch)?;
/// assert_eq!(claims.claim("active"), Some(Claim::Boolean(true)));
/// assert_eq!(claims.claim("exp"), Some(Claim::Number("1.5e9")));
/// assert_eq!(claims.claim("act"), Some(Claim::Object(r#"{"sub": "b"}"#)));
/// assert_eq!(claims.claim("sub"), None);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim<'scratch> {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, as it is written: JSON knows no largest one, so the caller chooses the type.
    Number(&'scratch str),
    /// A string, unescaped.
    String(&'scratch str),
    /// The JSON text of an array.
    Array(&'scratch str),
    /// The JSON text of an object.
    Object(&'scratch str),
}

impl<'scratch> ClaimSet<'scratch> {
    /// Reads claims strictly. `scratch` takes copies of the strings that have escapes.
    pub(crate) fn read(
        json: &'scratch [u8],
        scratch: &mut Scratch<'scratch>,
        not_object: Error,
    ) -> Result<Self, Error> {
        let object = json::read_object(json, not_object)?;
        if !json.contains(&b'\\') {
            return Ok(Self { object, unescaped: "" });
        }
        let unescaped = scratch.fill(|memory| json::unescape(object.as_str(), memory))?;
        let unescaped = core::str::from_utf8(unescaped).map_err(|_| Error::JsonNotUtf8)?;
        Ok(Self { object, unescaped })
    }

    pub(crate) const fn object(&self) -> Object<'scratch> {
        self.object
    }

    /// The claim `name`; `None` where there is none.
    ///
    /// See [`Claim`].
    ///
    /// ```
    /// # use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let claims = Introspection::verify(br#"{"active": true}"#, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.claim("active"), Some(Claim::Boolean(true)));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn claim(&self, name: &str) -> Option<Claim<'scratch>> {
        let Some(Item::Object(object)) = self.cursor().next_value() else { return None };
        let mut members = object.inside();
        while let Some((own, value)) = members.next_member() {
            if own == name {
                return Some(match value {
                    Item::Null => Claim::Null,
                    Item::Boolean(boolean) => Claim::Boolean(boolean),
                    Item::Number(number) => Claim::Number(number.as_str()),
                    Item::String(string) => Claim::String(string),
                    Item::Array(array) => Claim::Array(array.as_str()),
                    Item::Object(object) => Claim::Object(object.as_str()),
                });
            }
        }
        None
    }

    const fn cursor(&self) -> Cursor<'scratch> {
        Cursor::new(self.object.as_str(), self.unescaped)
    }

    fn string(&self, name: &str) -> Option<&'scratch str> {
        match self.claim(name) {
            Some(Claim::String(string)) => Some(string),
            _ => None,
        }
    }

    /// `iss`, the issuer.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "iss": "https://as.example"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.issuer(), Some("https://as.example"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn issuer(&self) -> Option<&'scratch str> {
        self.string("iss")
    }

    /// `sub`, whom the token is about.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "sub": "a"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.subject(), Some("a"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn subject(&self) -> Option<&'scratch str> {
        self.string("sub")
    }

    /// `client_id`, the OAuth client that the token was issued to (RFC 8693 §4.3).
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "client_id": "a"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.client_id(), Some("a"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn client_id(&self) -> Option<&'scratch str> {
        self.string("client_id")
    }

    /// `jti`, the token's own identifier.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "jti": "7f"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.token_id(), Some("7f"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn token_id(&self) -> Option<&'scratch str> {
        self.string("jti")
    }

    /// The values of `scope`, one by one (RFC 8693 §4.2).
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "scope": "read write"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert!(claims.scopes().eq(["read", "write"]));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn scopes(&self) -> impl Iterator<Item = &'scratch str> + use<'scratch> {
        self.string("scope").unwrap_or_default().split(' ').filter(|scope| !scope.is_empty())
    }

    /// Whether `scope` has this value among its values.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "scope": "read write"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert!(claims.has_scope("read") && !claims.has_scope("rea"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes().any(|own| own == scope)
    }

    /// `scope` has all of these values. It is looked up once, however many there are.
    pub(crate) fn check_scopes(&self, required: &[&str]) -> Result<(), Error> {
        if required.is_empty() {
            return Ok(());
        }
        let scope = self.string("scope").unwrap_or_default();
        // By bytes: the search for a character in a text keeps a panic that the compiler does not see through.
        let values = || scope.as_bytes().split(|byte| *byte == b' ').filter(|value| !value.is_empty());
        let has = |required: &&str| values().any(|value| value == required.as_bytes());
        if required.iter().all(has) { Ok(()) } else { Err(Error::InsufficientScope) }
    }

    /// All claims, as the JSON text of an object.
    ///
    /// It is exactly what was signed, from brace to brace, with its escapes.
    ///
    /// ```
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let claims = Introspection::verify(br#"{"active": true}"#, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.as_json(), r#"{"active": true}"#);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn as_json(&self) -> &'scratch str {
        self.object.as_str()
    }

    /// The claims as a type of yours. Members that it does not name are ignored.
    ///
    /// Any type that serde can deserialize is possible, and reads what serde_json would read. A `&str` borrows from the
    /// scratch, with escapes resolved, but it cannot hold a string with quotes, backslashes or control characters. An
    /// owned string can, at any length. Numbers, booleans and enums can be the keys of a map.
    ///
    /// # Errors
    /// [`Error::ClaimsTypeMismatch`] if the claims do not fit the type: a member is missing or of another type, a number is
    /// out of the type's range, or the type has more than [`TYPE_WRAPPERS`](crate::limits::TYPE_WRAPPERS) wrappers around
    /// one value.
    ///
    /// ```
    /// #[derive(serde::Deserialize)]
    /// struct Claims<'a> {
    ///     org: &'a str,
    ///     level: u8,
    /// }
    /// # use certbound::{Binding, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "level": 2, "org": "Example"}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// let own: Claims = claims.deserialize()?;
    /// assert_eq!((own.org, own.level), ("Example", 2));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn deserialize<T: serde::Deserialize<'scratch>>(&self) -> Result<T, Error> {
        let object = self.cursor().next_value().ok_or(Error::ClaimsTypeMismatch)?;
        json::deserialize(object).map_err(|_| Error::ClaimsTypeMismatch)
    }
}
