//! Examples, limits and table sizes in the README and `docs/speed.md` match the code.

#[test]
fn the_quick_start_is_the_example() {
    let readme = include_str!("../../README.md");
    let example = include_str!("../../examples/quick_start.rs");
    let (_, code) = readme.split_once("```rust\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let (title, example) = example.split_once("\n\n").unwrap();
    assert!(title.starts_with("//!"));
    assert_eq!(code, example);
}

#[test]
fn the_limits_are_those_of_the_code() {
    use certbound::{limits, scratch_len};
    let readme = include_str!("../../README.md");
    for (what, limit) in [
        ("token", format!("{} KiB", limits::TOKEN_LEN / 1024)),
        ("JOSE header", format!("{} KiB", limits::HEADER_LEN / 1024)),
        ("JWK Set, client metadata, introspection response", format!("{} KiB", limits::JSON_LEN / 1024)),
        ("nesting of JSON", format!("{} levels", limits::JSON_DEPTH)),
        ("names in JSON objects that are open at one moment", limits::JSON_OPEN_MEMBERS.to_string()),
        ("`kid` of a key", format!("{} bytes", limits::KEY_ID_LEN)),
        ("RSA modulus, exponent", format!("{} bits, 32 bits", limits::RSA_MODULUS_MAX_BITS)),
        ("certificate", format!("65,535 bytes, {} extensions", limits::CERTIFICATE_EXTENSIONS)),
        (
            "distinguished name",
            format!(
                "{} KiB, {} parts of {} attributes",
                limits::DISTINGUISHED_NAME_LEN / 1024,
                limits::NAME_RDNS,
                limits::RDN_ATTRIBUTES
            ),
        ),
        ("keys of a client", limits::CLIENT_KEYS.to_string()),
    ] {
        assert!(readme.contains(&format!("\n| {what} | {limit} |\n")), "{what}: {limit}");
    }
    assert_eq!(limits::CERTIFICATE_LEN, 65_535);
    assert_eq!(limits::RSA_EXPONENT_MAX, u32::MAX);
    assert_eq!(scratch_len(limits::TOKEN_LEN), 24 * 1024);
    let key = size_of::<certbound::KeySet<64>>() / 64;
    assert!((650..750).contains(&key), "{key} bytes a key");
}

#[test]
fn the_memory_of_tables_is_that_of_the_code() {
    use certbound::{
        Geometry,
        internals::signature::{ecdsa::NamedCurve, ed25519},
    };
    let row = |what: &str, words: &dyn Fn(Geometry) -> usize| {
        let sizes = Geometry::ALL.map(|geometry| format!("{:.1} KiB", words(geometry) as f64 / 128.0));
        format!("| {what} | {} |", sizes.join(" | "))
    };
    let mut rows = Vec::new();
    for (name, curve) in [("P-256", NamedCurve::P256), ("P-384", NamedCurve::P384), ("P-521", NamedCurve::P521)] {
        rows.push(row(&format!("an EC {name} key"), &|geometry| curve.key_table_len(geometry)));
        rows.push(row("the curve, once for all its keys", &|geometry| curve.base_point_table_len(geometry)));
    }
    // Eight words, and then two numbers a point, each in whole words.
    let words_of = |bytes: usize| bytes.div_ceil(8);
    let wide = words_of(size_of::<fiat_crypto::p521_64::fiat_p521_tight_field_element>());
    let narrow = words_of(size_of::<fiat_crypto::p521_32::fiat_p521_tight_field_element>());
    let own = if usize::BITS == 32 { narrow } else { wide };
    let on_32_bits = |words: usize| (words - 8) / own * narrow + 8;
    let p521 = NamedCurve::P521;
    assert_eq!((p521.key_table_len(Geometry::Small) - 8) % own, 0);
    rows.push(row("an EC P-521 key, where `usize` has 32 bits", &|geometry| on_32_bits(p521.key_table_len(geometry))));
    rows.push(row("the curve, once for all its keys", &|geometry| on_32_bits(p521.base_point_table_len(geometry))));
    rows.push(row("an OKP Ed25519 key", &ed25519::table_len));
    let mut lines = include_str!("../../docs/speed.md").lines().skip_while(|line| !line.starts_with("| an EC P-256"));
    for expected in rows {
        assert_eq!(lines.next(), Some(&*expected));
        assert!(include_str!("../../src/signature/geometry.rs").contains(&expected), "{expected}");
    }
}
