//! Reads unverified JSON and tokens, only for messages to the user, never for a verdict.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

/// The members of a JSON object in their original order, each value as JSON text.
#[derive(Clone, Default)]
pub(crate) struct Members(pub(crate) Vec<(String, Box<RawValue>)>);

impl Members {
    /// Reads the members, or returns serde_json's error.
    pub(crate) fn read(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }

    /// The JSON text of a member.
    pub(crate) fn json(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value.get())
    }

    /// The JSON text of an optional member. null counts as absent, as in the core.
    pub(crate) fn optional_json(&self, name: &str) -> Option<&str> {
        self.json(name).filter(|json| *json != "null")
    }

    /// A member as a `T`; `None` if it is absent or of another type.
    pub(crate) fn read_member<'members, T: Deserialize<'members>>(&'members self, name: &str) -> Option<T> {
        serde_json::from_str(self.json(name)?).ok()
    }

    /// The value of a string member, or the strings of an array.
    pub(crate) fn strings(&self, name: &str) -> Vec<String> {
        let one = self.read_member(name).map(|text| vec![text]);
        one.or_else(|| self.read_member(name)).unwrap_or_default()
    }

    /// A NumericDate, rounded up to the whole second as the core does.
    pub(crate) fn seconds(&self, name: &str) -> Option<u64> {
        if let Some(seconds) = self.read_member(name) {
            return Some(seconds);
        }
        let seconds = self.read_member::<f64>(name)?.ceil();
        // Below 2⁵³ every whole number is exact in an f64, so the conversion loses nothing.
        (0.0..9_007_199_254_740_992.0).contains(&seconds).then_some(seconds as u64)
    }

    /// The thumbprint in `cnf`, as written in the token.
    pub(crate) fn bound_thumbprint(&self) -> Option<String> {
        Self::read(self.json("cnf")?.as_bytes()).ok()?.read_member("x5t#S256")
    }

    /// The first name, in alphabetical order, that occurs twice.
    pub(crate) fn duplicate(&self) -> Option<&str> {
        let mut names: Vec<_> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find_map(|pair| if let [one, next] = pair { (one == next).then_some(*one) } else { None })
    }

    /// Sets a member to a JSON text. If the text is not JSON, the member is only removed.
    pub(crate) fn set(&mut self, name: &str, json: &str) {
        self.remove(name);
        if let Ok(value) = RawValue::from_string(json.to_owned()) {
            self.0.push((name.to_owned(), value));
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The content of a token, as far as it can be decoded.
#[derive(Clone, Default)]
pub(crate) struct Unverified {
    /// The parts between the dots, still encoded.
    pub(crate) parts: Vec<Vec<u8>>,
    /// The header's text; `None` if it is not base64url.
    pub(crate) header_json: Option<Vec<u8>>,
    /// The payload's text; `None` if it is not base64url.
    pub(crate) claims_json: Option<Vec<u8>>,
    /// The header; empty if it is not a JSON object.
    pub(crate) header: Members,
    /// The claims; empty if they are not a JSON object.
    pub(crate) claims: Members,
}

impl Unverified {
    pub(crate) fn decode(token: &[u8]) -> Self {
        let parts: Vec<_> = token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
        let decode = |index| decode_base64url(parts.get(index).map(Vec::as_slice)?);
        let (header_json, claims_json) = (decode(0), decode(1));
        let members =
            |json: &Option<Vec<u8>>| json.as_deref().and_then(|json| Members::read(json).ok()).unwrap_or_default();
        let (header, claims) = (members(&header_json), members(&claims_json));
        Self { parts, header_json, claims_json, header, claims }
    }

    /// The decoded length of the signature.
    pub(crate) fn signature_len(&self) -> Option<usize> {
        decode_base64url(self.parts.get(2)?).map(|signature| signature.len())
    }
}

pub(crate) fn decode_base64url(text: &[u8]) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(str::from_utf8(text).ok()?).ok()
}

pub(crate) fn encode_base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
