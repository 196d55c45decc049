//! Claims deserialized into Rust types: with the values that serde_json reads, and for any type without a panic or an endless
//! loop.
//!
//! More than 400 lines: it is one list of the kinds of types that serde has.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    fmt,
};

use crate::types::{Letter, MISMATCH, Response, Text, Wrapper, agree_on, read, response};
use certbound::{Binding, Error, Introspection, introspection_scratch_len, limits};
use proptest::prelude::*;
use serde::{
    Deserialize, Deserializer,
    de::{EnumAccess, MapAccess, SeqAccess, Visitor},
};

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

/// A decimal integer of at most zero, minus one.
fn below(integer: &str) -> String {
    if integer == "0" { "-1".to_owned() } else { format!("-{}", above(&integer[1..])) }
}

/// A decimal integer of at least zero that does not end in 9, plus one.
fn above(integer: &str) -> String {
    let (front, last) = integer.split_at(integer.len() - 1);
    format!("{front}{}", last.parse::<u8>().unwrap() + 1)
}

#[test]
fn a_type_that_borrows_fits_strings_with_escapes() {
    let response = response(r#"["plain", "M\u00fcller \ud83d\ude00\/", {"\u0061": "é"}]"#);
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    let borrowed = claims.deserialize::<Response<(&str, &str, BTreeMap<&str, &str>)>>().unwrap().value;
    assert_eq!(borrowed, ("plain", "Müller 😀/", BTreeMap::from([("a", "é")])));

    for (string, unescaped) in [(r#"\""#, "\""), (r"\\", "\\"), (r"\n", "\n"), (r"\u001f", "\u{1f}")] {
        let response = self::response(&format!(r#""{string}""#));
        let mut scratch = vec![0; introspection_scratch_len(response.len())];
        let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
        assert_eq!(claims.deserialize::<Response<&str>>(), Err(MISMATCH), "{string}");
        assert_eq!(claims.deserialize::<Response<&[u8]>>(), Err(MISMATCH), "{string}");
        assert_eq!(claims.deserialize(), Ok(Response { value: unescaped.to_owned() }));
        assert_eq!(claims.deserialize(), Ok(Response { value: Text(Cow::Borrowed(unescaped)) }));
    }
}

#[test]
fn json_is_returned_as_it_was_signed() {
    let response = "\n{\"active\": true , \"\\u0061\":\"\\u00fc\\/\\\"\\u0000\", \"b\" : [\"\\u0061\"]} ";
    let mut scratch = vec![0; introspection_scratch_len(response.len())];
    let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    assert_eq!(claims.as_json(), response.trim());
    assert_eq!(claims.claim("a"), Some(certbound::Claim::String("ü/\"\0")));
    assert_eq!(claims.claim("b"), Some(certbound::Claim::Array(r#"["\u0061"]"#)));
}

#[test]
fn scratch_of_the_stated_length_is_enough_for_strings_at_every_depth() {
    // The shortest escape: the unescaped copy has half its length.
    let value = format!(r#"[[{{"{0}":"{0}"}},"{0}"]]"#, r"\n".repeat(500));
    let response = response(&value);
    let verify = |scratch: &mut [u8]| {
        let claims = Introspection::verify(response.as_bytes(), Binding::IfPresent, None, scratch)?;
        claims.deserialize::<serde_json::Value>()
    };
    let expected: serde_json::Value = serde_json::from_str(&response).unwrap();
    assert_eq!(verify(&mut vec![0; introspection_scratch_len(response.len())]), Ok(expected.clone()));
    assert_eq!(verify(&mut vec![0; response.len() + 1500]), Ok(expected));
    assert_eq!(verify(&mut vec![0; response.len() + 1499]), Err(Error::ScratchTooSmall));
}

#[test]
fn nesting_of_wrappers_is_limited() {
    type Four<T> = Wrapper<Wrapper<Wrapper<Wrapper<T>>>>;
    type Sixteen<T> = Four<Four<Four<Four<T>>>>;
    assert_eq!(limits::TYPE_WRAPPERS, 16);
    assert!(read::<Sixteen<u8>>("7").is_ok());
    assert_eq!(read::<Wrapper<Sixteen<u8>>>("7"), Err(MISMATCH));
    assert_eq!(read::<Option<Sixteen<u8>>>("7"), Err(MISMATCH));
    assert!(read::<BTreeMap<Sixteen<u8>, Sixteen<u8>>>(r#"{"7":7}"#).is_ok());
    assert!(read::<BTreeMap<Wrapper<Sixteen<u8>>, u8>>(r#"{"7":7}"#).is_err());
    // Inside an array the count starts again.
    assert!(read::<Sixteen<(Sixteen<u8>,)>>("[7]").is_ok());
}

#[test]
fn a_type_that_wraps_itself_does_not_recurse_endlessly() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Endless(Option<Box<Endless>>);
    assert_eq!(read("null"), Ok(Endless(None)));
    assert_eq!(read::<Endless>("0"), Err(MISMATCH));

    /// The name of its variant has the type itself.
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
fn serde_json_reads_the_same_values() {
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
    // Every type must fit at least one text; otherwise only its rejections, or empty objects, would be compared. The exceptions
    // are types that no name fits.
    let never = fitting.iter().filter(|(_, fits)| !**fits).map(|(kind, _)| kind.replace(' ', ""));
    let no_keys = ["()", "Called<16>", "Nothing", "Pair", "Record", "Vec<u8>"];
    assert_eq!(never.collect::<Vec<_>>(), no_keys.map(|key| format!("Keys<{key}>")));
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

#[test]
fn a_type_that_reads_nothing_or_fails_does_not_affect_others() {
    /// Does not read its value.
    #[derive(Debug, PartialEq)]
    struct Silent;
    impl<'de> Deserialize<'de> for Silent {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    assert_eq!(read(r#"[1, {"a": "\n"}, "\"", 7]"#), Ok((Silent, Silent, Silent, 7)));
    assert_eq!(
        read(r#"{"\n": {"\"": []}, "b": 0}"#),
        Ok(HashMap::from([("\n".to_owned(), Silent), ("b".to_owned(), Silent)]))
    );

    /// Ignores the error if the value does not fit.
    #[derive(Debug, PartialEq)]
    struct Lenient(Option<Vec<u8>>);
    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Self(Deserialize::deserialize(deserializer).ok()))
        }
    }
    let expected = [None, None, Some(vec![1]), None].map(Lenient);
    assert_eq!(read(r#"["x", [1, {"a": "\n"}, 2], [1], {"\"": 0}]"#), Ok(expected));

    assert_eq!(read::<(u8,)>("[1, 2]"), Err(MISMATCH));
    assert_eq!(read::<(u8, u8)>("[1]"), Err(MISMATCH));
}

#[test]
fn a_type_that_ignores_errors_terminates() {
    /// Reads to the end, ignoring errors.
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
    fn serde_json_reads_any_value_alike(value in json()) {
        agree_on(&value, &mut BTreeMap::new());
    }

    #[test]
    fn a_type_may_make_any_calls(value in json(), script in prop::collection::vec(any::<u8>(), 0..64)) {
        crate::types::hostile::read(&value, script);
    }
}
