//! The JSON reader: what it accepts. serde_json agrees, except where the reader is stricter by design.

use crate::support::stages;
use certbound::{
    Error,
    internals::json::{Value, read},
    limits,
};
use proptest::prelude::*;

/// The errors of texts that serde_json accepts and this reader rejects on purpose.
const STRICTER: [Error; 4] = [
    // RFC 8259 §4 leaves open which of two members counts.
    Error::JsonDuplicateName,
    // RFC 8259 §9 lets a reader set limits. serde_json's depth is 127.
    Error::JsonTooDeep,
    Error::JsonTooManyMembers,
    Error::JsonTooLong,
];

#[test]
fn texts() {
    for stage in stages(include_str!("../vectors/stages/json.txt")) {
        stage.expect(read(stage.input.as_bytes()));
        agree(stage.input.as_bytes());
    }
}

/// Fails if the readers return different verdicts or different values.
fn agree(json: &[u8]) {
    match (read(json), serde_json::from_slice::<serde_json::Value>(json)) {
        (Ok(ours), Ok(theirs)) => assert!(is_same(ours, &theirs), "{:?}", String::from_utf8_lossy(json)),
        // serde_json rejects numbers that a double cannot hold.
        (Ok(_), Err(error)) => assert!(error.to_string().contains("out of range"), "{json:?}: {error}"),
        (Err(error), Ok(_)) => {
            assert!(STRICTER.contains(&error), "{:?}: {error:?}", String::from_utf8_lossy(json));
        }
        (Err(_), Err(_)) => {}
    }
}

fn is_same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Theirs;
    match (ours, theirs) {
        (Value::Null, Theirs::Null) => true,
        (Value::Boolean(ours), Theirs::Bool(theirs)) => ours == *theirs,
        // The same double can be written in several ways.
        (Value::Number(ours), Theirs::Number(theirs)) => {
            ours.as_str() == theirs.to_string() || serde_json::from_str(ours.as_str()).ok() == Some(theirs.clone())
        }
        (Value::Text(ours), Theirs::String(theirs)) => {
            ours.is(theirs) && ours.copy_to(&mut vec![0; theirs.len()]) == Some(theirs)
        }
        (Value::Array(ours), Theirs::Array(theirs)) => {
            ours.elements().count() == theirs.len() && ours.elements().zip(theirs).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(ours), Theirs::Object(theirs)) => {
            ours.members().count() == theirs.len()
                && theirs.iter().all(|(name, theirs)| ours.member(name).is_some_and(|ours| is_same(ours, theirs)))
        }
        _ => false,
    }
}

#[test]
fn limits_are_exact() {
    let text = |length: usize| format!("{}1", " ".repeat(length - 1));
    assert!(read(text(limits::JSON_LEN).as_bytes()).is_ok());
    assert_eq!(read(text(limits::JSON_LEN + 1).as_bytes()).err(), Some(Error::JsonTooLong));

    let object = |members: usize| {
        let members: Vec<_> = (0..members).map(|index| format!(r#""{index}":0"#)).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read(object(limits::JSON_OPEN_MEMBERS).as_bytes()).is_ok());
    let over = object(limits::JSON_OPEN_MEMBERS + 1);
    assert_eq!(read(over.as_bytes()).err(), Some(Error::JsonTooManyMembers));
    // Closed objects no longer count.
    let two = format!("[{0},{0}]", object(limits::JSON_OPEN_MEMBERS));
    assert!(read(two.as_bytes()).is_ok());
}

#[test]
fn colliding_names_are_limited() {
    // Each second half brings the hash function into the same state, so all eight names have the same hash.
    let names = [
        r#""hhd3gzbcD`%tsy)X":0"#,
        r#""tr9pw1pgC-B7xW>-":0"#,
        r#""yql3nzzvspjH!smi":0"#,
        r#""wlxyzirh%!&NYA$S":0"#,
        r#""amt7pdi5xosz2r0g":0"#,
        r#""0saedw3k>o,Rq4WA":0"#,
        r#""wos7h9uiK]h97|a=":0"#,
        r#""uy39xvu1@g2Gf,?2":0"#,
    ]
    .map(str::to_owned);
    let object = |names: &[String]| format!("{{{}}}", names.join(","));
    assert!(read(object(&names[..limits::JSON_NAMES_ALIKE]).as_bytes()).is_ok());
    let over = object(&names[..limits::JSON_NAMES_ALIKE + 1]);
    assert_eq!(read(over.as_bytes()).err(), Some(Error::JsonTooManyMembers));
    // In another object these are other names, and a duplicate is still distinguished from collisions.
    let nested = format!(r#"{{{},"x":{}}}"#, names[..4].join(","), object(&names[4..]));
    assert!(read(nested.as_bytes()).is_ok());
    let twice = object(&[&names[..4], &names[3..4]].concat());
    assert_eq!(read(twice.as_bytes()).err(), Some(Error::JsonDuplicateName));
}

#[test]
fn numbers_have_no_maximum_length() {
    for json in
        ["9".repeat(400), format!("0.{}", "0".repeat(400)), "1e400".to_owned(), format!("1e{}", "9".repeat(400))]
    {
        let Ok(Value::Number(number)) = read(json.as_bytes()) else { panic!("{json}") };
        assert_eq!(number.as_str(), json);
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_rejected() {
    for json in [&b"\"\xff\""[..], b"\"\xed\xa0\x80\"", b"\"\xc0\x80\"", b"\xff", b"\xfe\xff\0[\0]"] {
        assert_eq!(read(json).err(), Some(Error::JsonNotUtf8), "{json:x?}");
    }
    assert_eq!(read(b"[\0]").err(), Some(Error::JsonUnexpectedByte));
    for control in 0..0x20 {
        assert_eq!(read(&[b'"', control, b'"']).err(), Some(Error::JsonControlCharacter), "{control:x}");
    }
}

/// Texts of the characters of JSON, which get further than random bytes.
fn almost_json() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("\""),
        Just("\\"),
        Just(" "),
        Just("\"a\":"),
        Just("\"\\u0061\":"),
        Just("\\ud83d\\ude00"),
        Just("\\n"),
        Just("é"),
        Just("0"),
        Just("-1"),
        Just("1.5e3"),
        Just("e"),
        Just("."),
        Just("true"),
        Just("null"),
        Just("\t"),
        Just("\"x\""),
        Just("{}"),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// Any JSON value, as serde_json writes it.
fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 48, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Into::into),
            proptest::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|members| members.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_have_the_verdict_of_serde_json(json in proptest::collection::vec(any::<u8>(), 0..64)) {
        agree(&json);
    }

    #[test]
    fn almost_json_has_the_verdict_of_serde_json(json in almost_json()) {
        agree(json.as_bytes());
    }

    #[test]
    fn what_serde_json_writes_is_read_unchanged(value in json_value()) {
        let json = serde_json::to_string(&value).unwrap();
        prop_assert!(is_same(read(json.as_bytes()).unwrap(), &value));
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert!(is_same(read(pretty.as_bytes()).unwrap(), &value));
    }

    #[test]
    fn escapes_do_not_change_the_value(value in json_value()) {
        // With every character beyond ASCII escaped, as many writers do.
        let mut json = String::new();
        for character in serde_json::to_string(&value).unwrap().chars() {
            if character.is_ascii() {
                json.push(character);
            } else {
                json.extend(character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        prop_assert!(is_same(read(json.as_bytes()).unwrap(), &value));
    }
}
