//! The claims of a token, read by name or into the caller's type.

use crate::{
    Error,
    json::{self, Cursor, Item, Members, Object},
    scratch::Scratch,
};

/// The claims of a verified token or of an active introspection response.
///
/// It borrows from the scratch memory. Strings are unescaped.
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
    /// All strings with escapes, including names and nested strings, unescaped and one after the other.
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
    /// The characters of a number. JSON numbers have no maximum, so the caller chooses the type.
    Number(&'scratch str),
    /// A string, unescaped.
    String(&'scratch str),
    /// The JSON text of an array.
    Array(&'scratch str),
    /// The JSON text of an object.
    Object(&'scratch str),
}

impl<'scratch> Claim<'scratch> {
    const fn of(item: Item<'scratch>) -> Self {
        match item {
            Item::Null => Self::Null,
            Item::Boolean(boolean) => Self::Boolean(boolean),
            Item::Number(number) => Self::Number(number.as_str()),
            Item::String(string) => Self::String(string),
            Item::Array(array) => Self::Array(array.as_str()),
            Item::Object(object) => Self::Object(object.as_str()),
        }
    }
}

impl<'scratch> ClaimSet<'scratch> {
    /// Reads claims strictly. Strings with escapes are copied to `scratch`.
    pub(crate) fn read(
        json: &'scratch [u8],
        scratch: &mut Scratch<'scratch>,
        not_object: Error,
    ) -> Result<Self, Error> {
        Self::of(&json::read_members(json, &[], not_object)?, scratch)
    }

    /// The claims of a checked text.
    pub(super) fn of<const N: usize>(
        members: &Members<'scratch, N>,
        scratch: &mut Scratch<'scratch>,
    ) -> Result<Self, Error> {
        let object = members.object;
        if !members.has_escapes {
            return Ok(Self { object, unescaped: "" });
        }
        let unescaped = scratch.fill(|memory| json::unescape(object.as_str(), memory))?;
        let unescaped = core::str::from_utf8(unescaped).map_err(|_| Error::JsonNotUtf8)?;
        Ok(Self { object, unescaped })
    }

    pub(crate) const fn object(&self) -> Object<'scratch> {
        self.object
    }

    /// The claim `name`; `None` if it is missing.
    ///
    /// ```
    /// # use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let claims = Introspection::verify(br#"{"active": true}"#, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.claim("active"), Some(Claim::Boolean(true)));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn claim(&self, name: &str) -> Option<Claim<'scratch>> {
        self.claim_at(&[name])
    }

    /// The value at this path: the claim with the first name, and in it the member with the next name, and so on; `None` if
    /// a name is missing or its holder is not an object.
    ///
    /// ```
    /// # use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "act": {"org": {"id": "7"}}}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// assert_eq!(claims.claim_at(&["act", "org", "id"]), Some(Claim::String("7")));
    /// assert_eq!(claims.claim_at(&["act", "id"]), None);
    /// assert_eq!(claims.claim_at(&["active", "id"]), None);
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn claim_at(&self, path: &[&str]) -> Option<Claim<'scratch>> {
        self.item_at(path).map(Claim::of)
    }

    /// The elements of the array at this path, in order; `None` if there is no array.
    ///
    /// The path is that of [`claim_at`](Self::claim_at).
    ///
    /// ```
    /// # use certbound::{Binding, Claim, Introspection, introspection_scratch_len};
    /// # let mut scratch = [0; introspection_scratch_len(128)];
    /// # let json = br#"{"active": true, "realm": {"roles": ["a", 1]}}"#;
    /// # let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch)?;
    /// let roles = claims.elements_at(&["realm", "roles"]).unwrap();
    /// assert!(roles.eq([Claim::String("a"), Claim::Number("1")]));
    /// assert!(claims.elements_at(&["realm"]).is_none());
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn elements_at(&self, path: &[&str]) -> Option<impl Iterator<Item = Claim<'scratch>> + use<'scratch>> {
        let Item::Array(array) = self.item_at(path)? else { return None };
        let mut elements = array.inside();
        Some(core::iter::from_fn(move || elements.next_element().map(Claim::of)))
    }

    fn item_at(&self, path: &[&str]) -> Option<Item<'scratch>> {
        let mut value = self.cursor().next_value()?;
        for name in path {
            let Item::Object(object) = value else { return None };
            let mut members = object.inside();
            value = loop {
                let (key, value) = members.next_member()?;
                if key == *name {
                    break value;
                }
            };
        }
        Some(value)
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

    /// `sub`, the subject.
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

    /// `jti`, the identifier of the token.
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

    /// The values of `scope` (RFC 8693 §4.2).
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

    /// Returns whether `scope` contains this value.
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
        self.scopes().any(|value| value == scope)
    }

    /// Checks that `scope` contains all of these values. It is looked up once for all of them.
    pub(crate) fn check_scopes(&self, required: &[&str]) -> Result<(), Error> {
        if required.is_empty() {
            return Ok(());
        }
        let scope = self.string("scope").unwrap_or_default();
        // Split bytes: searching a string for a character leaves a panic that the compiler cannot rule out.
        let values = || scope.as_bytes().split(|byte| *byte == b' ').filter(|value| !value.is_empty());
        let has = |required: &&str| values().any(|value| value == required.as_bytes());
        if required.iter().all(has) { Ok(()) } else { Err(Error::InsufficientScope) }
    }

    /// All claims, as the JSON text of an object.
    ///
    /// It is the signed text from brace to brace, with its escapes.
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

    /// Deserializes the claims into your type. Members that the type does not name are ignored.
    ///
    /// Any type that implements serde's `Deserialize` works, and reads what serde_json would read. A `&str` borrows
    /// from the scratch memory. It cannot hold a string with quotes, backslashes or control characters; an owned string
    /// can. The keys of a map can be strings, numbers, booleans and enums.
    ///
    /// # Errors
    /// [`Error::ClaimsTypeMismatch`] if the claims do not fit the type: a member is missing or has another type, a
    /// number is out of range, or the type has more than [`TYPE_WRAPPERS`](crate::limits::TYPE_WRAPPERS) wrappers
    /// around one value.
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
    /// let claims: Claims = claims.deserialize()?;
    /// assert_eq!((claims.org, claims.level), ("Example", 2));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn deserialize<T: serde::Deserialize<'scratch>>(&self) -> Result<T, Error> {
        let object = self.cursor().next_value().ok_or(Error::ClaimsTypeMismatch)?;
        json::deserialize(object).map_err(|_| Error::ClaimsTypeMismatch)
    }
}
