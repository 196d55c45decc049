//! Types that claims are deserialized into, with the results compared with serde_json's. Used by tests and by a fuzz target.

pub(crate) mod hostile;

use std::{borrow::Cow, collections::BTreeMap, fmt};

use certbound::{Binding, Error, Introspection, introspection_scratch_len};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor},
};

/// What is read, in a member of a response, so that it can be any JSON value.
#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Response<T> {
    pub(crate) value: T,
}

pub(crate) fn response(value: &str) -> String {
    format!(r#"{{"active":true,"value":{value}}}"#)
}

pub(crate) fn read<T: DeserializeOwned>(value: &str) -> Result<T, Error> {
    let response = response(value);
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch)?;
    claims.deserialize::<Response<T>>().map(|response| response.value)
}

pub(crate) const MISMATCH: Error = Error::ClaimsTypeMismatch;

/// Reads a text as each of these types, with the core and with serde_json, and notes in `fitting` which types it fits.
///
/// serde_json gets the text with all strings in their shortest form, so two differences do not count: the core reads a `&str`
/// from a string with escapes, and an integer or a boolean from a member name with escapes.
pub(crate) fn agree_on(value: &str, fitting: &mut BTreeMap<&'static str, bool>) {
    let text = response(value);
    let shortest = response(&with_shortest_strings(value));
    let mut scratch = vec![0; introspection_scratch_len(text.len())];
    let Ok(claims) = Introspection::verify(text.as_bytes(), Binding::IfPresent, None, &mut scratch) else {
        return;
    };
    macro_rules! agree {
        ($($type:ty;)*) => {$(
            let ours = claims.deserialize::<Response<$type>>();
            let theirs = serde_json::from_str::<Response<$type>>(&shortest);
            match (&ours, &theirs) {
                (Ok(ours), Ok(theirs)) => {
                    assert_eq!(ours, theirs, "{} {value}", stringify!($type));
                    *fitting.entry(stringify!($type)).or_default() |= value != "{}";
                }
                (Err(MISMATCH), Err(_)) => drop(fitting.entry(stringify!($type)).or_default()),
                _ => panic!("{}: {ours:?} but {theirs:?} for {value}", stringify!($type)),
            }
        )*};
    }
    agree! {
        bool; (); i8; i16; i32; i64; i128; u8; u16; u32; u64; u128; f32; f64; char;
        String; &str; Box<str>; Text<'_>; &[u8]; Bytes; Vec<u8>;
        Option<u8>; Option<Option<String>>; Option<()>; Nothing; Wrapper<i32>; Wrapper<Option<Wrapper<f32>>>; Pair;
        (u8, String); (f64,); [bool; 2]; Vec<Vec<i64>>; Vec<Option<f64>>; Vec<&str>; Vec<IgnoredAny>;
        Record; Vec<Record>; Strict; Letter; External; Vec<External>; Internal; Adjacent; Untagged; Flat; FlatTyped;
        BTreeMap<String, BTreeMap<String, String>>; BTreeMap<&str, Untagged>; BTreeMap<Letter, Letter>;
        IgnoredAny; serde_json::Value; Option<serde_json::Map<String, serde_json::Value>>;
        Called<0>; Called<1>; Called<2>; Called<3>; Called<4>; Called<5>; Called<6>; Called<7>; Called<8>; Called<9>;
        Called<10>; Called<11>; Called<12>; Called<13>; Called<14>; Called<15>; Called<16>; Called<17>; Called<18>; Called<19>;
    }
    macro_rules! agree_on_keys {
        ($($key:ty;)*) => { agree! { $(Keys<$key>;)* } };
    }
    agree_on_keys! {
        (); i8; i16; i32; i64; i128; u8; u16; u32; u64; u128; f32; f64; char;
        String; &str; Box<str>; &[u8]; Bytes; Option<u8>; Option<Option<String>>; Nothing; Wrapper<i32>; Pair; Letter;
        External; Record; IgnoredAny; Vec<u8>; serde_json::Value; Untagged;
        Called<0>; Called<1>; Called<2>; Called<3>; Called<4>; Called<5>; Called<6>; Called<8>; Called<9>;
        Called<10>; Called<11>; Called<12>; Called<13>; Called<14>; Called<15>; Called<16>; Called<17>; Called<18>; Called<19>;
    }
    // serde_json 1.0.154 reads a bool from a name after its first byte, and makes a str of the rest without a check. This is
    // undefined behaviour if the first character has more than one byte.
    if !shortest.chars().zip(shortest.chars().skip(1)).any(|pair| pair.0 == '"' && !pair.1.is_ascii()) {
        agree_on_keys! { bool; Called<7>; }
    }
}

/// The text with only the escapes that JSON requires.
pub(crate) fn with_shortest_strings(json: &str) -> String {
    let mut shortest = String::new();
    let mut rest = json;
    while let Some(start) = rest.find('"') {
        shortest.push_str(&rest[..start]);
        let mut strings = serde_json::Deserializer::from_str(&rest[start..]).into_iter::<String>();
        let Some(Ok(string)) = strings.next() else { return json.to_owned() };
        shortest.push_str(&serde_json::to_string(&string).unwrap());
        rest = &rest[start + strings.byte_offset()..];
    }
    shortest + rest
}

// Types for every part of serde's data model.

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Wrapper<T>(pub(crate) T);

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Nothing;

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Pair(u8, bool);

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Record {
    a: i16,
    b: Option<String>,
    #[serde(default)]
    c: Vec<u8>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Strict {
    #[serde(rename = "é")]
    e: Option<IgnoredAny>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Letter {
    A,
    #[serde(rename = "b")]
    B,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) enum External {
    A,
    B(f64),
    C(u8, String),
    #[serde(rename = "a")]
    D {
        a: bool,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t")]
pub(crate) enum Internal {
    A,
    B(BTreeMap<String, i64>),
    #[serde(rename = "a")]
    C {
        a: Option<i8>,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Adjacent {
    A,
    B(Vec<f32>),
    #[serde(rename = "a")]
    C {
        a: char,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Integer(i8),
    Float(f64),
    Text(String),
    List(Vec<Untagged>),
    Record(Record),
    Map(BTreeMap<String, Untagged>),
    Nothing,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct Flat {
    a: Option<IgnoredAny>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
pub(crate) struct FlatTyped {
    #[serde(flatten)]
    letter: Internal,
    #[serde(flatten)]
    record: Option<Record>,
}

/// Bytes, read with serde's method for them, which no type of the standard library calls.
#[derive(Debug, PartialEq)]
pub(crate) struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;
        impl<'de> Visitor<'de> for BytesVisitor {
            type Value = Bytes;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = elements.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

/// A value, with the visitor's method that was called. The method matters for types that accept several.
#[derive(Debug, PartialEq)]
pub(crate) struct Called<const HINT: u8>(String);

impl<'de, const HINT: u8> Deserialize<'de> for Called<HINT> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = CalledVisitor::<HINT>;
        match HINT {
            0 => deserializer.deserialize_any(visitor),
            1 => deserializer.deserialize_u8(visitor),
            2 => deserializer.deserialize_i64(visitor),
            3 => deserializer.deserialize_f32(visitor),
            4 => deserializer.deserialize_f64(visitor),
            5 => deserializer.deserialize_i128(visitor),
            6 => deserializer.deserialize_u128(visitor),
            7 => deserializer.deserialize_bool(visitor),
            8 => deserializer.deserialize_str(visitor),
            9 => deserializer.deserialize_bytes(visitor),
            10 => deserializer.deserialize_unit(visitor),
            11 => deserializer.deserialize_option(visitor),
            12 => deserializer.deserialize_newtype_struct("", visitor),
            13 => deserializer.deserialize_seq(visitor),
            14 => deserializer.deserialize_map(visitor),
            15 => deserializer.deserialize_struct("", &[], visitor),
            16 => deserializer.deserialize_enum("", &[], visitor),
            17 => deserializer.deserialize_identifier(visitor),
            18 => deserializer.deserialize_char(visitor),
            _ => deserializer.deserialize_ignored_any(visitor),
        }
    }
}

pub(crate) struct CalledVisitor<const HINT: u8>;

macro_rules! note_calls {
    ($($method:ident $type:ty)*) => {$(
        fn $method<E>(self, value: $type) -> Result<Self::Value, E> {
            Ok(Called(format!("{}({value:?})", stringify!($method))))
        }
    )*};
}

impl<'de, const HINT: u8> Visitor<'de> for CalledVisitor<HINT> {
    type Value = Called<HINT>;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }
    note_calls! {
        visit_bool bool visit_i64 i64 visit_i128 i128 visit_u64 u64 visit_u128 u128 visit_f32 f32 visit_f64 f64
        visit_str &str visit_borrowed_str &'de str visit_bytes &[u8] visit_borrowed_bytes &'de [u8]
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Called("visit_unit".to_owned()))
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Called("visit_none".to_owned()))
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Called::<0>::deserialize(deserializer).map(|Called(inner)| Called(format!("visit_some({inner})")))
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Called::<0>::deserialize(deserializer).map(|Called(inner)| Called(format!("visit_newtype_struct({inner})")))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut inner = Vec::new();
        while let Some(element) = elements.next_element::<Called<0>>()? {
            inner.push(element.0);
        }
        Ok(Called(format!("visit_seq({inner:?}, {:?})", elements.size_hint())))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut inner = Vec::new();
        while let Some((name, value)) = members.next_entry::<Called<0>, Called<0>>()? {
            inner.push((name.0, value.0));
        }
        Ok(Called(format!("visit_map({inner:?}, {:?})", members.size_hint())))
    }
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self::Value, A::Error> {
        let (name, content) = data.variant::<Called<0>>()?;
        content.newtype_variant::<Called<0>>().map(|content| Called(format!("visit_enum({}, {})", name.0, content.0)))
    }
}

/// The names of an object, as keys of a type that need not be ordered or hashed.
#[derive(Debug, PartialEq)]
pub(crate) struct Keys<K>(Vec<K>);

impl<'de, K: Deserialize<'de>> Deserialize<'de> for Keys<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor<K>(Vec<K>);
        impl<'de, K: Deserialize<'de>> Visitor<'de> for KeysVisitor<K> {
            type Value = Keys<K>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Keys<K>, A::Error> {
                while let Some((key, IgnoredAny)) = members.next_entry()? {
                    self.0.push(key);
                }
                Ok(Keys(self.0))
            }
        }
        deserializer.deserialize_map(KeysVisitor(Vec::new()))
    }
}
