//! The README, `docs/rust.md` and `docs/speed.md` agree with the code and with each other.

#[test]
fn the_quick_start_is_the_example() {
    let guide = include_str!("../../docs/rust.md");
    let example = include_str!("../../examples/quick_start.rs");
    let (_, code) = guide.split_once("```rust\n").unwrap();
    let (code, _) = code.split_once("```").unwrap();
    let (title, example) = example.split_once("\n\n").unwrap();
    assert!(title.starts_with("//!"));
    assert_eq!(code, example);
}

#[test]
fn the_readme_lists_the_limits_of_the_code() {
    use certbound::{limits, scratch_len};
    let readme = include_str!("../../README.md");
    for (what, limit) in [
        ("token", format!("{} KiB", limits::TOKEN_LEN / 1024)),
        ("JOSE header", format!("{} KiB", limits::HEADER_LEN / 1024)),
        ("JWK Set, client metadata, introspection response", format!("{} KiB", limits::JSON_LEN / 1024)),
        ("nesting of JSON", format!("{} levels", limits::JSON_DEPTH)),
        ("names in all JSON objects open at once", limits::JSON_OPEN_MEMBERS.to_string()),
        ("names with the same hash in one JSON object", limits::JSON_NAMES_ALIKE.to_string()),
        ("`Option`s, newtypes and enums around one value of a typed claim", limits::TYPE_WRAPPERS.to_string()),
        ("`kid` of a key", format!("{} bytes", limits::KEY_ID_LEN)),
        (
            "keys that a token is tried with: of all issuers without a `kid`, of each issuer with one",
            limits::CANDIDATE_KEYS.to_string(),
        ),
        ("leeway", format!("{} seconds", limits::LEEWAY_SECONDS_MAX)),
        ("RSA modulus, exponent", format!("{} bits, 32 bits", limits::RSA_MODULUS_MAX_BITS)),
        ("certificate", format!("65,535 bytes, {} extensions", limits::CERTIFICATE_EXTENSIONS)),
        ("header with a forwarded certificate", format!("{} KiB", limits::FORWARDED_LEN / 1024)),
        (
            "distinguished name",
            format!(
                "{} KiB, {} parts of {} attributes",
                limits::DISTINGUISHED_NAME_LEN / 1024,
                limits::NAME_RDNS,
                limits::RDN_ATTRIBUTES
            ),
        ),
        ("serial number of a certificate", format!("{} bytes", limits::SERIAL_NUMBER_LEN)),
        ("keys of a client", limits::CLIENT_KEYS.to_string()),
        (
            "slots of a cache that a token can be stored in",
            format!("{}, in two sets of {}", 2 * limits::CACHE_WAYS, limits::CACHE_WAYS),
        ),
        ("times in claims", "the end of the year 9999".to_owned()),
    ] {
        assert!(readme.contains(&format!("\n| {what} | {limit} |\n")), "{what}: {limit}");
    }
    let minimums = format!(
        "An RSA modulus has at least {} bits, and an RSA exponent is at least {}.",
        limits::RSA_MODULUS_MIN_BITS,
        limits::RSA_EXPONENT_MIN
    );
    assert!(readme.contains(&minimums), "{minimums}");
    // 9999-12-31T23:59:59Z.
    assert_eq!(limits::UNIX_TIME_MAX, 253_402_300_799);
    assert_eq!(limits::CERTIFICATE_LEN, 65_535);
    assert_eq!(limits::RSA_EXPONENT_MAX, u32::MAX);
    assert_eq!(scratch_len(limits::TOKEN_LEN), 24 * 1024);
    let key = size_of::<certbound::KeySet<64>>() / 64;
    assert!((650..750).contains(&key), "{key} bytes per key");
}

#[test]
fn no_limit_is_missing() {
    let names = include_str!("../../src/limits.rs").lines().filter_map(|line| line.strip_prefix("pub const "));
    let names: Vec<_> = names.filter_map(|line| line.split(':').next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(
            include_str!("readme.rs").contains(&format!("limits::{name}")),
            "{name} is not compared with the README"
        );
    }
}

/// The README has at most 180 lines, and its figures are the rounded ones of the summary in `docs/speed.md`.
#[test]
fn the_readme_is_short_and_has_the_measured_figures() {
    let readme = include_str!("../../README.md");
    assert!(readme.lines().count() <= 180);
    let speed = include_str!("../../docs/speed.md");
    let (_, summary) = speed.split_once("<!-- summary -->").unwrap();
    let (summary, _) = summary.split_once("<!-- end of summary -->").unwrap();
    let column = |work: &str, column: usize| {
        let row = summary.lines().find_map(|line| line.strip_prefix(&format!("| {work}"))).expect(work);
        row.split(" | ").nth(column).unwrap().trim_end_matches(" |").to_owned()
    };
    let microseconds = |work: &str| {
        let time = column(work, 1);
        let (number, unit) = time.split_once(' ').unwrap();
        let number: f64 = number.parse().unwrap();
        if unit == "ns" { format!("{:.1} µs", number / 1000.0) } else { format!("{number:.0} µs") }
    };
    let ratio = |work: &str| column(work, 3).parse::<f64>().unwrap();
    let [least, most] = [f64::min, f64::max]
        .map(|pick| move |works: &[&str]| works.iter().map(|work| ratio(work)).reduce(pick).unwrap());
    let (curves, rsa) = (
        ["ES256 sig", "ES384 sig", "ES512 sig", "EdDSA sig"],
        [
            "RS256 signature, 2048",
            "RS256 signature, 3072",
            "RS256 signature, 4096",
            "PS256 signature, 2048",
            "PS256 signature, 3072",
            "PS256 signature, 4096",
        ],
    );
    let rival = column("ES256 token of 706 bytes, first seen", 2);
    let rival: f64 = rival.rsplit(", ").next().unwrap().trim_end_matches(" µs").parse().unwrap();
    for expected in [
        format!("An ES256 token that is new takes {}", microseconds("ES256 token of 706 bytes, first seen")),
        format!("the fastest rival's {rival:.0} µs"),
        format!("comes again takes {}", microseconds("ES256 token of 706 bytes, seen before")),
        format!(
            "ES256 {}, ES384 {}, ES512 {} and EdDSA {}",
            microseconds(curves[0]),
            microseconds(curves[1]),
            microseconds(curves[2]),
            microseconds(curves[3])
        ),
        format!("{:.2} to {:.2} times the fastest rival", least(&curves), most(&curves)),
        format!("RSA is {:.2} to {:.2} times the fastest rival", least(&rsa), most(&rsa)),
        format!("RS256 with 2048 bits takes {}", microseconds(rsa[0])),
    ] {
        assert!(readme.contains(&expected), "the README does not say: {expected}");
    }
    assert!(
        (0.22..0.28).contains(&ratio("ES256 token of 706 bytes, first seen")),
        "about a quarter of the fastest rival's time"
    );
}

#[test]
fn the_memory_of_keys_agrees_with_the_code() {
    use certbound::{Geometry, Key, KeySet, PreparedKeys, internals::signature::ed25519};
    let about_700 = 650..750;
    assert!(about_700.contains(&size_of::<Key>()), "{}", size_of::<Key>());
    let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let keys = KeySet::<1>::from_jwks(jwks).unwrap();
    for geometry in Geometry::ALL {
        let identity_words = PreparedKeys::tables_len(&keys, geometry) - ed25519::Ed25519Key::table_len(geometry);
        assert_eq!(identity_words * 8, 64);
    }
}

#[test]
fn the_memory_of_tables_agrees_with_the_code() {
    use certbound::{
        Geometry,
        internals::signature::{
            ecdsa::{P256Key, P384Key, P521Key},
            ed25519::Ed25519Key,
        },
    };
    let row = |what: &str, words: &dyn Fn(Geometry) -> usize| {
        let sizes = Geometry::ALL.map(|geometry| format!("{:.1} KiB", words(geometry) as f64 / 128.0));
        format!("| {what} | {} |", sizes.join(" | "))
    };
    let mut rows = Vec::new();
    type Len = fn(Geometry) -> usize;
    for (name, of_key, of_base_point) in [
        ("P-256", P256Key::table_len as Len, P256Key::base_point_table_len as Len),
        ("P-384", P384Key::table_len, P384Key::base_point_table_len),
        ("P-521", P521Key::table_len, P521Key::base_point_table_len),
    ] {
        rows.push(row(&format!("an EC {name} key"), &of_key));
        rows.push(row("the curve, once for all its keys", &of_base_point));
    }
    rows.push(row("an OKP Ed25519 key", &Ed25519Key::table_len));
    let mut lines = include_str!("../../docs/speed.md").lines().skip_while(|line| !line.starts_with("| an EC P-256"));
    for expected in rows {
        assert_eq!(lines.next(), Some(&*expected));
        assert!(include_str!("../../src/signature/geometry.rs").contains(&expected), "{expected}");
    }
}
