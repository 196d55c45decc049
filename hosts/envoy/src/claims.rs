//! Names of claims in the configuration, and the texts that headers carry.

use certbound::{Claim, ClaimSet};

/// A claim, or a member of one, as the configuration names it.
///
/// Dots separate the members of a path: `org.id` is the member `id` of the claim `org`. A name with `:` or `/` is one
/// claim, because namespaced claims are URIs, which contain dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimPath {
    text: String,
    is_uri: bool,
}

/// Longest path, in names: as deep as the core reads JSON.
const MAX_NAMES: usize = certbound::limits::JSON_DEPTH;

impl ClaimPath {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_uri = text.contains([':', '/']);
        if text.is_empty() || !is_uri && text.split('.').any(str::is_empty) {
            return Err(format!("{text:?} is no name of a claim, or of its members separated by dots"));
        }
        if !is_uri && text.split('.').count() > MAX_NAMES {
            return Err(format!("{text:?} has more than {MAX_NAMES} names"));
        }
        Ok(Self { text: text.to_owned(), is_uri })
    }

    /// The path as the configuration names it.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The value at this path.
    pub(crate) fn find<'scratch>(&self, claims: &ClaimSet<'scratch>) -> Option<Claim<'scratch>> {
        if self.is_uri {
            return claims.claim(&self.text);
        }
        let (mut names, mut len) = ([""; MAX_NAMES], 0);
        for (place, name) in names.iter_mut().zip(self.text.split('.')) {
            *place = name;
            len += 1;
        }
        claims.claim_at(names.get(..len).unwrap_or_default())
    }
}

/// A claim's value as the value of a header; `None` for `null`, and for text that a header cannot carry unchanged.
///
/// Arrays and objects are sent as JSON. Control characters would end the header, and spaces around the value would be
/// lost: `"admin "` would arrive as `admin`.
pub(crate) fn header_value(claim: Claim<'_>) -> Option<&str> {
    let text = text_of(claim)?;
    let is_unchanged =
        text.trim_matches([' ', '\t']).len() == text.len() && !text.bytes().any(|byte| byte.is_ascii_control());
    is_unchanged.then_some(text)
}

/// A claim's value as text: a string itself, anything else as JSON; `None` for `null`.
pub(crate) fn text_of(claim: Claim<'_>) -> Option<&str> {
    match claim {
        Claim::Boolean(true) => Some("true"),
        Claim::Boolean(false) => Some("false"),
        Claim::Number(text) | Claim::String(text) | Claim::Array(text) | Claim::Object(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use certbound::{Binding, Introspection, introspection_scratch_len};

    use super::*;

    #[test]
    fn dots_separate_members_unless_the_name_is_a_uri() {
        let json = br#"{"active": true, "org": {"id": "7", "a.b": 1}, "org.id": 8, "https://as.example/org.id": "9"}"#;
        let mut scratch = [0; introspection_scratch_len(256)];
        let claims = Introspection::verify(json, Binding::IfPresent, None, &mut scratch).unwrap();
        let find = |path| ClaimPath::parse(path).unwrap().find(&claims);
        assert_eq!(find("org.id"), Some(Claim::String("7")));
        assert_eq!(find("https://as.example/org.id"), Some(Claim::String("9")));
        assert_eq!(find("active"), Some(Claim::Boolean(true)));
        assert_eq!(find("org.id.x"), None);
        assert_eq!(find("org.a.b"), None);
        for wrong in ["", ".", "org.", ".id", "org..id", &["a"; 17].join(".")] {
            assert!(ClaimPath::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_text_that_arrives_unchanged_becomes_a_header() {
        assert_eq!(header_value(Claim::String("Müller, A.")), Some("Müller, A."));
        assert_eq!(header_value(Claim::Number("1e3")), Some("1e3"));
        assert_eq!(header_value(Claim::Boolean(false)), Some("false"));
        assert_eq!(header_value(Claim::Array(r#"["a","b"]"#)), Some(r#"["a","b"]"#));
        assert_eq!(header_value(Claim::String("")), Some(""));
        for text in ["admin ", " admin", "\tadmin", "a\r\nx-admin: 1", "a\0", "a\u{7f}"] {
            assert_eq!(header_value(Claim::String(text)), None, "{text:?}");
        }
        assert_eq!(header_value(Claim::Null), None);
    }
}
