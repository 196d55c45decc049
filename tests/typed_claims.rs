//! Claims read into Rust types: as serde_json reads them, and without a panic or an endless loop for any type.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    fmt,
};

use certbound::{Binding, Error, Introspection, introspection_scratch_len, limits};
use proptest::prelude::*;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor},
};

/// What is read, in a member of a response, so that it can be any JSON value.
#[derive(Debug, PartialEq, Deserialize)]
struct Response<T> {
    value: T,
}

fn response(value: &str) -> String {
    format!(r#"{{"active":true,"value":{value}}}"#)
}

fn read<T: DeserializeOwned>(value: &str) -> Result<T, Error> {
    let response = response(value);
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch)?;
    claims.claims::<Response<T>>().map(|response| response.value)
}

const MISMATCH: Error = Error::ClaimsTypeMismatch;

#[test]
fn a_map_may_have_keys_of_any_type() {
    assert_eq!(read(r#"{"a":1,"\u0062":2}"#), Ok(HashMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)])));
    assert_eq!(read(r#"{"a":1,"\n\"":2}"#), Ok(BTreeMap::from([("a".to_owned(), 1), ("\n\"".to_owned(), 2)])));
    assert_eq!(read(r#"{"a":1}"#), Ok(BTreeMap::from([(Box::<str>::from("a"), 1)])));
    assert_eq!(read(r#"{"a":1,"\ud83d\ude00":2}"#), Ok(BTreeMap::from([('a', 1), ('😀', 2)])));
    assert_eq!(read(r#"{"1":1,"255":2}"#), Ok(BTreeMap::from([(1_u8, 1), (255, 2)])));
    assert_eq!(read(r#"{"-1":1,"\u0031":2}"#), Ok(BTreeMap::from([(-1_i64, 1), (1, 2)])));
    assert_eq!(read(r#"{"true":1,"false":2}"#), Ok(BTreeMap::from([(true, 1), (false, 2)])));
    assert_eq!(read(r#"{"A":1,"b":2}"#), Ok(BTreeMap::from([(Letter::A, 1), (Letter::B, 2)])));
    assert_eq!(read(r#"{"7":1}"#), Ok(BTreeMap::from([(Some(Wrapper(7_u128)), 1)])));
    for key in [r#""256""#, r#""-1""#, r#""1.0""#, r#""01""#, r#"" 1""#, r#""1 ""#, r#""+1""#, r#""""#, r#""a""#] {
        assert_eq!(read::<BTreeMap<u8, u8>>(&format!("{{{key}:1}}")), Err(MISMATCH), "{key}");
    }
    assert_eq!(read::<BTreeMap<Letter, u8>>(r#"{"C":1}"#), Err(MISMATCH));
    for key in ["True", "", "1", "t", "truely", "é", "😀"] {
        assert_eq!(read::<BTreeMap<bool, u8>>(&format!(r#"{{"{key}":1}}"#)), Err(MISMATCH), "{key}");
    }
    assert_eq!(read::<BTreeMap<(), u8>>(r#"{"a":1}"#), Err(MISMATCH));
}

#[test]
fn a_number_outside_the_range_of_its_type_is_an_error() {
    macro_rules! integers {
        ($($integer:ty)*) => {$(
            for bound in [<$integer>::MIN, <$integer>::MAX] {
                assert_eq!(read(&bound.to_string()), Ok(bound));
                assert_eq!(read(&format!(r#"{{"{bound}":0}}"#)), Ok(BTreeMap::from([(bound, 0)])));
            }
            for outside in [below(&<$integer>::MIN.to_string()), above(&<$integer>::MAX.to_string())] {
                assert_eq!(read::<$integer>(&outside), Err(MISMATCH), "{outside}");
                assert_eq!(read::<BTreeMap<$integer, u8>>(&format!(r#"{{"{outside}":0}}"#)), Err(MISMATCH));
            }
        )*};
    }
    integers! { i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 }
    assert_eq!(read("1.7976931348623157e308"), Ok(f64::MAX));
    assert_eq!(read::<f64>("1e309"), Err(MISMATCH));
    assert_eq!(read("3.4028235e38"), Ok(f32::MAX));
    assert_eq!(read::<f32>("1e39"), Err(MISMATCH));
    assert!(read::<f64>("-0").is_ok_and(|zero| zero == 0.0 && zero.is_sign_negative()));
}

/// The integer before a decimal integer that is not positive.
fn below(integer: &str) -> String {
    if integer == "0" { "-1".to_owned() } else { format!("-{}", above(&integer[1..])) }
}

/// The integer behind a decimal integer that is not negative, and does not end in 9.
fn above(integer: &str) -> String {
    let (front, last) = integer.split_at(integer.len() - 1);
    format!("{front}{}", last.parse::<u8>().unwrap() + 1)
}

#[test]
fn a_type_that_borrows_fits_by_what_the_string_says() {
    let response = response(r#"["plain", "M\u00fcller \ud83d\ude00\/", {"\u0061": "é"}]"#);
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    let borrowed = claims.claims::<Response<(&str, &str, BTreeMap<&str, &str>)>>().unwrap().value;
    assert_eq!(borrowed, ("plain", "Müller 😀/", BTreeMap::from([("a", "é")])));

    for (string, unescaped) in [(r#"\""#, "\""), (r"\\", "\\"), (r"\n", "\n"), (r"\u001f", "\u{1f}")] {
        let response = self::response(&format!(r#""{string}""#));
        let mut scratch = vec![0; introspection_scratch_len(response.len())];
        let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
        assert_eq!(claims.claims::<Response<&str>>(), Err(MISMATCH), "{string}");
        assert_eq!(claims.claims::<Response<&[u8]>>(), Err(MISMATCH), "{string}");
        assert_eq!(claims.claims(), Ok(Response { value: unescaped.to_owned() }));
        assert_eq!(claims.claims(), Ok(Response { value: Text(Cow::Borrowed(unescaped)) }));
    }
}

#[test]
fn json_is_handed_out_as_it_was_signed() {
    let response = "\n{\"active\": true , \"\\u0061\":\"\\u00fc\\/\\\"\\u0000\", \"b\" : [\"\\u0061\"]} ";
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    assert_eq!(claims.as_json(), response.trim());
    assert_eq!(claims.claim("a"), Some(certbound::Claim::String("ü/\"\0")));
    assert_eq!(claims.claim("b"), Some(certbound::Claim::Array(r#"["\u0061"]"#)));
}

#[test]
fn scratch_of_the_stated_length_is_enough_for_strings_at_every_depth() {
    // A character escaped in the fewest bytes: the copy is half of it.
    let value = format!(r#"[[{{"{0}":"{0}"}},"{0}"]]"#, r"\n".repeat(500));
    let response = response(&value);
    let verify = |scratch: &mut [u8]| {
        let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, scratch)?;
        claims.claims::<serde_json::Value>()
    };
    let expected: serde_json::Value = serde_json::from_str(&response).unwrap();
    assert_eq!(verify(&mut vec![0; introspection_scratch_len(response.len())]), Ok(expected.clone()));
    assert_eq!(verify(&mut vec![0; response.len() + 1500]), Ok(expected));
    assert_eq!(verify(&mut vec![0; response.len() + 1499]), Err(Error::ScratchTooSmall));
}

#[test]
fn wrappers_around_a_value_are_capped() {
    type Four<T> = Wrapper<Wrapper<Wrapper<Wrapper<T>>>>;
    type Sixteen<T> = Four<Four<Four<Four<T>>>>;
    assert_eq!(limits::TYPE_WRAPPERS, 16);
    assert!(read::<Sixteen<u8>>("7").is_ok());
    assert_eq!(read::<Wrapper<Sixteen<u8>>>("7"), Err(MISMATCH));
    assert_eq!(read::<Option<Sixteen<u8>>>("7"), Err(MISMATCH));
    assert!(read::<BTreeMap<Sixteen<u8>, Sixteen<u8>>>(r#"{"7":7}"#).is_ok());
    assert!(read::<BTreeMap<Wrapper<Sixteen<u8>>, u8>>(r#"{"7":7}"#).is_err());
    // Inside an array they are counted anew.
    assert!(read::<Sixteen<(Sixteen<u8>,)>>("[7]").is_ok());
}

#[test]
fn a_type_that_wraps_itself_does_not_recurse_without_end() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Endless(Option<Box<Endless>>);
    assert_eq!(read("null"), Ok(Endless(None)));
    assert_eq!(read::<Endless>("0"), Err(MISMATCH));

    /// The name of its variant is itself.
    #[derive(Debug, PartialEq)]
    struct NamedByItself;
    impl<'de> Deserialize<'de> for NamedByItself {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_enum("", &[], NamedByItselfVisitor)
        }
    }
    struct NamedByItselfVisitor;
    impl<'de> Visitor<'de> for NamedByItselfVisitor {
        type Value = NamedByItself;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("itself")
        }
        fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<NamedByItself, A::Error> {
            data.variant::<NamedByItself>().map(|(name, _)| name)
        }
    }
    for value in [r#""A""#, r#"{"A":0}"#] {
        assert_eq!(read::<NamedByItself>(value), Err(MISMATCH));
    }
    assert_eq!(read::<BTreeMap<String, NamedByItself>>(r#"{"A":"A"}"#), Err(MISMATCH));
}

// Types for every corner of serde's model.

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Wrapper<T>(T);

#[derive(Debug, PartialEq, Deserialize)]
struct Nothing;

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u8, bool);

#[derive(Debug, PartialEq, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Debug, PartialEq, Deserialize)]
struct Record {
    a: i16,
    b: Option<String>,
    #[serde(default)]
    c: Vec<u8>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    #[serde(rename = "é")]
    e: Option<IgnoredAny>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum Letter {
    A,
    #[serde(rename = "b")]
    B,
}

#[derive(Debug, PartialEq, Deserialize)]
enum External {
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
enum Internal {
    A,
    B(BTreeMap<String, i64>),
    #[serde(rename = "a")]
    C {
        a: Option<i8>,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A,
    B(Vec<f32>),
    #[serde(rename = "a")]
    C {
        a: char,
    },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Integer(i8),
    Float(f64),
    Text(String),
    List(Vec<Untagged>),
    Record(Record),
    Map(BTreeMap<String, Untagged>),
    Nothing,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    a: Option<IgnoredAny>,
    #[serde(flatten)]
    others: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct FlatTyped {
    #[serde(flatten)]
    letter: Internal,
    #[serde(flatten)]
    record: Option<Record>,
}

/// Bytes by serde's method for them, which no type of the standard library calls.
#[derive(Debug, PartialEq)]
struct Bytes(Vec<u8>);

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

/// A number or what serde calls instead, with the call: which method is called counts for types that take several.
#[derive(Debug, PartialEq)]
struct Called<const HINT: u8>(String);

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

struct CalledVisitor<const HINT: u8>;

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

/// Reads a text as each of these types, here and by serde_json, and notes in `fitting` which of them it fits.
///
/// serde_json gets the text with all strings in their shortest form. So two differences are allowed: here, a `&str` may be
/// an escaped string that need not be, and an integer or a boolean that is a name may be written with escapes.
fn agree_on(value: &str, fitting: &mut BTreeMap<&'static str, bool>) {
    let text = response(value);
    let shortest = response(&with_shortest_strings(value));
    let mut scratch = vec![0; introspection_scratch_len(text.len())];
    let Ok(claims) = Introspection::verify(text.as_bytes(), Binding::IfPresent, None, &mut scratch) else {
        return;
    };
    macro_rules! agree {
        ($($type:ty;)*) => {$(
            let ours = claims.claims::<Response<$type>>();
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
    // serde_json 1.0.154 reads a name as a bool from behind its first byte, and makes a str of the rest without a check,
    // which is undefined behaviour if the first character has more bytes.
    if !shortest.chars().zip(shortest.chars().skip(1)).any(|pair| pair.0 == '"' && !pair.1.is_ascii()) {
        agree_on_keys! { bool; Called<7>; }
    }
}

/// The names of an object, as keys that need not be ordered or hashed.
#[derive(Debug, PartialEq)]
struct Keys<K>(Vec<K>);

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

/// A text whose strings have no escapes but those that JSON demands.
fn with_shortest_strings(json: &str) -> String {
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

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "7",
    "1.0",
    "0.1",
    "-0.0",
    "1e2",
    "1E-2",
    "127",
    "128",
    "-128",
    "-129",
    "255",
    "256",
    "32768",
    "65536",
    "2147483648",
    "4294967296",
    "16777217",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "-9223372036854775809",
    "18446744073709551615",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "340282366920938463463374607431768211455",
    "340282366920938463463374607431768211456",
    "3.4028235e38",
    "3.4028236e38",
    "1e39",
    "1.7976931348623157e308",
    "1e309",
    "-1e400",
    "5e-324",
    "1e-400",
    "0.000000000000000000000000000000000000011754944",
    "8.000000476837158203125000000000001",
];

const NAMES: &[&str] = &[
    "",
    "a",
    "b",
    "c",
    "A",
    "B",
    "C",
    "D",
    "t",
    "é",
    "0",
    "1",
    "-1",
    "7",
    "255",
    "256",
    "1.5",
    "1e2",
    "-0",
    "01",
    " 1",
    "1 ",
    "true",
    "false",
    "null",
    r"\n",
    r#"\""#,
    r"\u0061",
    r"\u0041",
    r"\u0031",
    r"tru\u0065",
    "😀",
    r"\ud83d\ude00",
    "long name",
    "18446744073709551616",
    "-9223372036854775809",
    "340282366920938463463374607431768211455",
];

#[test]
fn serde_json_reads_the_same() {
    let mut values: Vec<_> = ["null", "true", "false", "[]", "{}", "[[]]", "[{}]", r#"{"a":{}}"#]
        .iter()
        .chain(NUMBERS)
        .map(|value| (*value).to_owned())
        .chain(NAMES.iter().map(|name| format!("\"{name}\"")))
        .collect();
    values.extend(NUMBERS.iter().map(|number| format!(r#"{{"{number}":0}}"#)));
    values.extend(NAMES.iter().map(|name| format!(r#"{{"{name}":null}}"#)));
    for name in NAMES {
        for content in ["0", "1.5", "true", r#""""#, "[]", "[7,\"x\"]", "[1,2]", r#"{"a":true}"#, "[true]"] {
            values.push(format!(r#"{{"{name}":{content}}}"#));
            values.push(format!(r#"{{"{name}":{content},"x":{content}}}"#));
        }
    }
    values.extend(
        [
            r#"{"a":-1,"b":"\n","c":[1,2]}"#,
            r#"{"c":[], "a":5,"other":{"deep":[1]}}"#,
            r#"[5,"x",[1]]"#,
            r#"[5,"x",[1],0]"#,
            r#"[[1,2],[3]]"#,
            "[1.5]",
            r#"[null,1.5]"#,
            r#"[1,true]"#,
            r#"[1,true,2]"#,
            r#"[true,false]"#,
            r#"[1,"x"]"#,
            r#"["A",{"B":1},{"C":[1,"x"]},{"a":{"a":true}},{"a":[false]}]"#,
            r#"{"t":"A"}"#,
            r#"{"t":"A","x":1}"#,
            r#"{"t":"B","x":1}"#,
            r#"{"x":1,"t":"B"}"#,
            r#"{"t":"a","a":null}"#,
            r#"{"t":"a","a":-3,"b":"x"}"#,
            r#"{"t":"\u0061","a":1,"c":[2]}"#,
            r#"["A"]"#,
            r#"["a",3]"#,
            r#"{"t":"B","c":[1.5,2,3.4028235e38]}"#,
            r#"{"c":{"a":"\u00fc"},"t":"a"}"#,
            r#"{"a":{"a":"x"},"b":{"\n":"y"}}"#,
            r#"{"A":"b","b":"A"}"#,
            r#"[{"a":1},{"a":2,"b":null}]"#,
        ]
        .map(str::to_owned),
    );
    let mut fitting = BTreeMap::new();
    values.iter().for_each(|value| agree_on(value, &mut fitting));
    // A type that fits no text would only ever be compared by its refusals, or of an empty object. No name is one of
    // these.
    let never: Vec<_> = fitting.iter().filter(|(_, fits)| !**fits).map(|(kind, _)| *kind).collect();
    assert_eq!(never, ["Keys<()>", "Keys<Nothing>", "Keys<Pair>", "Keys<Record>", "Keys<Vec<u8>>"]);
}

fn json() -> impl Strategy<Value = String> {
    let string = || {
        let piece = prop_oneof![
            prop::sample::select(NAMES).prop_map(str::to_owned),
            any::<char>().prop_map(|character| serde_json::to_string(&character).unwrap().trim_matches('"').to_owned()),
        ];
        let pieces = prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat());
        prop_oneof![4 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => pieces]
            .prop_map(|inside| if inside.contains("\\\"\\") { "\"\"".to_owned() } else { format!("\"{inside}\"") })
    };
    let leaf = prop_oneof![
        prop::sample::select(&["null", "true", "false"][..]).prop_map(str::to_owned),
        prop::sample::select(NUMBERS).prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        "-?[1-9][0-9]{0,3}",
        string(),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let space = prop::sample::select(&["", " ", "\n", "\t "][..]);
        let member = (string(), space.clone(), inner.clone())
            .prop_map(|(name, space, value)| format!("{name}{space}:{space}{value}"));
        prop_oneof![
            (prop::collection::vec(inner, 0..4), space)
                .prop_map(|(elements, space)| format!("[{space}{}]", elements.join(&format!("{space},")))),
            prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    })
}

thread_local! {
    /// What a [`Hostile`] does next; with nothing left it stops.
    static SCRIPT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn next_step() -> Option<u8> {
    SCRIPT.with_borrow_mut(Vec::pop)
}

/// A type that calls whatever its script says, whether that makes sense or not, and ignores most errors.
#[derive(Debug)]
struct Hostile;

impl<'de> Deserialize<'de> for Hostile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match next_step().map(|step| step % 32) {
            Some(0) => deserializer.deserialize_bool(Hostile),
            Some(1) => deserializer.deserialize_u8(Hostile),
            Some(2) => deserializer.deserialize_i64(Hostile),
            Some(3) => deserializer.deserialize_i128(Hostile),
            Some(4) => deserializer.deserialize_u128(Hostile),
            Some(5) => deserializer.deserialize_f32(Hostile),
            Some(6) => deserializer.deserialize_f64(Hostile),
            Some(7) => deserializer.deserialize_char(Hostile),
            Some(8) => deserializer.deserialize_str(Hostile),
            Some(9) => deserializer.deserialize_string(Hostile),
            Some(10) => deserializer.deserialize_bytes(Hostile),
            Some(11) => deserializer.deserialize_byte_buf(Hostile),
            Some(12) => deserializer.deserialize_option(Hostile),
            Some(13) => deserializer.deserialize_unit(Hostile),
            Some(14) => deserializer.deserialize_unit_struct("", Hostile),
            Some(15) => deserializer.deserialize_newtype_struct("", Hostile),
            Some(16) => deserializer.deserialize_seq(Hostile),
            Some(17) => deserializer.deserialize_tuple(0, Hostile),
            Some(18) => deserializer.deserialize_tuple_struct("", usize::MAX, Hostile),
            Some(19) => deserializer.deserialize_map(Hostile),
            Some(20) => deserializer.deserialize_struct("", &["a"], Hostile),
            Some(21 | 22) => deserializer.deserialize_enum("", &["A"], Hostile),
            Some(23) => deserializer.deserialize_identifier(Hostile),
            Some(24) => deserializer.deserialize_ignored_any(Hostile),
            Some(25) => Ok(Hostile),
            _ => deserializer.deserialize_any(Hostile),
        }
    }
}

impl<'de> Visitor<'de> for Hostile {
    type Value = Self;
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("anything")
    }
    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while let Some(step) = next_step().filter(|step| *step < 200) {
            match step % 4 {
                0 if elements.next_element::<u8>().is_err() => {}
                1 => drop(elements.next_element::<Self>()?),
                _ => drop(elements.next_element::<Self>()),
            }
        }
        Ok(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        while let Some(step) = next_step().filter(|step| *step < 200) {
            match step % 6 {
                0 => drop(members.next_value::<u8>()),
                1 => drop(members.next_value::<Self>()),
                2 => drop(members.next_key::<String>()),
                3 => drop(members.next_entry::<Self, Self>()?),
                _ => drop(members.next_key::<Self>()),
            }
        }
        Ok(self)
    }
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Self, A::Error> {
        let (_, content) = match next_step().unwrap_or(0) % 4 {
            0 => return Ok(self),
            1 => (Self, data.variant::<u8>()?.1),
            _ => data.variant::<Self>()?,
        };
        match next_step().unwrap_or(0) % 5 {
            0 => content.unit_variant().map(|()| self),
            1 => content.newtype_variant::<Self>(),
            2 => content.tuple_variant(7, self),
            3 => content.struct_variant(&["a"], self),
            _ => Ok(self),
        }
    }
}

#[test]
fn a_type_that_ignores_errors_comes_to_an_end() {
    /// Asks until it is told that there is no more.
    #[derive(Debug, PartialEq)]
    struct Stubborn(usize);
    impl<'de> Deserialize<'de> for Stubborn {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Stubborn(0))
        }
    }
    impl<'de> Visitor<'de> for Stubborn {
        type Value = Self;
        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("anything")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
            let mut asked = 0;
            while !matches!(elements.next_element::<u8>(), Ok(None)) {
                asked += 1;
            }
            Ok(Self(asked))
        }
        fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
            let mut asked = 0;
            while !matches!(members.next_key::<u8>(), Ok(None)) {
                asked += 1;
            }
            Ok(Self(asked))
        }
    }
    assert_eq!(read(r#"["x", [1, {"a": "\n"}], 3, {}]"#), Ok(Stubborn(4)));
    assert_eq!(read(r#"{"x": 0, "\n": {"\"": "\n"}, "z": []}"#), Ok(Stubborn(6)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn serde_json_reads_any_value_the_same(value in json()) {
        agree_on(&value, &mut BTreeMap::new());
    }

    #[test]
    fn a_type_may_call_what_it_likes(value in json(), script in prop::collection::vec(any::<u8>(), 0..64)) {
        SCRIPT.set(script);
        let verdict = read::<Hostile>(&value);
        prop_assert!(verdict.is_ok() || verdict.is_err());
    }
}
