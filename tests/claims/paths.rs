//! Claims, and members of claims, by their paths.

use certbound::{Binding, Claim, Introspection, introspection_scratch_len, limits};

const RESPONSE: &str = r#"{"active": true, "\u0072ealm": {"roles": ["\u0061", "b c", 1.50, false, null, ["d"], {"e": "f"}], "none": [ ]},
    "": {"": "empty"}, "names": {"a.b": "\"", "a": {"b": "g"}}, "flat": "h"}"#;

#[test]
fn a_path_leads_to_a_member_at_any_depth() {
    let mut scratch = vec![0; introspection_scratch_len(RESPONSE.len())];
    let claims = Introspection::verify(RESPONSE.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    for (path, value) in [
        (&["flat"][..], Claim::String("h")),
        (&["names", "a.b"], Claim::String("\"")),
        (&["names", "a", "b"], Claim::String("g")),
        (&["", ""], Claim::String("empty")),
        (&["realm", "none"], Claim::Array("[ ]")),
    ] {
        assert_eq!(claims.claim_at(path), Some(value), "{path:?}");
    }
    for path in [&["Flat"][..], &["flat", "h"], &["realm", "roles", "0"], &["names", "a", "b", "c"], &["a.b"]] {
        assert_eq!(claims.claim_at(path), None, "{path:?}");
        assert!(claims.elements_at(path).is_none(), "{path:?}");
    }
}

#[test]
fn elements_of_every_kind_are_read_in_order() {
    let mut scratch = vec![0; introspection_scratch_len(RESPONSE.len())];
    let claims = Introspection::verify(RESPONSE.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    let roles: Vec<_> = claims.elements_at(&["realm", "roles"]).unwrap().collect();
    let expected = [
        Claim::String("a"),
        Claim::String("b c"),
        Claim::Number("1.50"),
        Claim::Boolean(false),
        Claim::Null,
        Claim::Array(r#"["d"]"#),
        Claim::Object(r#"{"e": "f"}"#),
    ];
    assert_eq!(roles, expected);
    assert_eq!(claims.elements_at(&["realm", "none"]).unwrap().count(), 0);
    for path in [&["flat"][..], &["realm"], &["active"], &[]] {
        assert!(claims.elements_at(path).is_none(), "{path:?}");
    }
}

#[test]
fn a_path_is_as_long_as_objects_are_deep() {
    let depth = limits::JSON_DEPTH;
    let json = format!(r#"{{"active": true, {} 7 {}"#, r#""a": {"#.repeat(depth - 1) + r#""a":"#, "}".repeat(depth));
    let mut scratch = vec![0; introspection_scratch_len(json.len())];
    let claims = Introspection::verify(json.as_bytes(), Binding::IfPresent, None, &mut scratch).unwrap();
    assert_eq!(claims.claim_at(&vec!["a"; depth]), Some(Claim::Number("7")));
    assert_eq!(claims.claim_at(&vec!["a"; depth + 1]), None);
}
