//! The tables of the guide name what exists.

use std::{collections::BTreeSet, process::Command};

use certbound_envoy_tests::stage::until;

use super::lab::{GUIDE, Lab, module_path};

fn section(begin: &str, end: &str) -> &'static str {
    let (_, section) = GUIDE.split_once(&format!("\n{begin}\n")).unwrap();
    section.split_once(&format!("\n{end}\n")).unwrap().0
}

/// What stands between backticks in the first column of a table.
fn first_column(section: &str) -> BTreeSet<&str> {
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').filter(|name| !name.is_empty() && *name != ", ")).collect()
}

/// The fields of a struct in the filter's source.
fn fields(source: &'static str, name: &str) -> BTreeSet<&'static str> {
    let (_, rest) = source.split_once(&format!("struct {name} {{\n")).unwrap();
    let lines = rest.split_once("\n}").unwrap().0.lines();
    let fields = lines.filter_map(|line| line.trim().trim_start_matches("pub(crate) ").split_once(": "));
    fields
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'))
        .collect()
}

#[test]
fn all_members_of_the_configuration_are_listed() {
    let source = include_str!("../../src/config.rs");
    let mut expected = fields(source, "FilterDocument");
    let issuers = fields(include_str!("../../src/issuers.rs"), "WrittenIssuer");
    assert!(expected.len() > 10 && issuers.len() == 5, "{expected:?}{issuers:?}");
    let listed = first_column(section("## Configuration", "### Per route"));
    let (of_issuers, members): (BTreeSet<_>, BTreeSet<_>) =
        listed.into_iter().partition(|name| name.starts_with("issuers[]."));
    assert_eq!(members, expected);
    assert_eq!(of_issuers.iter().filter_map(|name| name.strip_prefix("issuers[].")).collect::<BTreeSet<_>>(), issuers);
    expected = fields(source, "RouteDocument");
    assert!(expected.len() > 5, "{expected:?}");
    assert_eq!(first_column(section("### Per route", "## Keys")), expected);
}

/// As Envoy exports them to Prometheus.
#[test]
fn all_metrics_are_exported_under_their_names() {
    let lab = Lab::new();
    let jwks = lab.read("jwks.json");
    let envoy = lab.start();
    assert_eq!(envoy.ask_as("client", &[], "/accounts").status, 200);
    assert_eq!(envoy.ask_as("thief", &[], "/accounts").status, 401);
    envoy.lab.write("jwks.json", "{");
    until("the keys have failed", || {
        // Envoy 1.38 updates metrics of keys with requests only.
        envoy.ask_as("client", &[], "/accounts");
        envoy.admin("stats/prometheus").contains(r#"certbound_key_failures{source="jwks.json"} 1"#)
    });
    envoy.lab.write("jwks.json", &jwks);
    let exported = envoy.admin("stats/prometheus");
    let watch = section("## What to watch", "## Upgrades");
    let words = watch.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    let named: BTreeSet<_> = words.filter(|word| word.starts_with("envoy_")).collect();
    assert!(named.len() > 8, "{named:?}");
    for name in named {
        assert!(exported.contains(&format!("# TYPE {name} ")), "{name}: {exported}");
    }
    for line in [
        "envoy_dynamicmodulescustom_certbound_verdict_certificate_mismatch{} 1",
        r#"envoy_dynamicmodulescustom_certbound_key_failures{source="jwks.json"} 1"#,
        r#"envoy_dynamicmodulescustom_certbound_key_age_seconds{source="jwks.json"} "#,
    ] {
        assert!(exported.contains(line), "{line}: {exported}");
    }
}

#[test]
fn the_names_of_verdicts_are_those_of_the_core() {
    let names: BTreeSet<_> = certbound::Error::ALL.iter().map(|error| error.name()).collect();
    let (_, questions) = GUIDE.split_once("\n## It answers 401, 503 or 500: what now?\n").unwrap();
    let rows = questions.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").nth(1));
    let cells: Vec<_> = rows.filter(|cell| cell.starts_with('`')).collect();
    assert!(cells.len() > 8, "{cells:?}");
    for name in cells.iter().flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        assert!(names.contains(name) || name == "certbound_panic", "{name}");
    }
}

/// Envoy's distroless images have the C library, and nothing else that the module might need.
#[test]
fn the_module_needs_the_c_library_only() {
    let output = Command::new("readelf").args(["--dynamic", "--wide"]).arg(module_path()).output();
    let output = output.expect("readelf is missing: make setup-host");
    let text = String::from_utf8(output.stdout).unwrap();
    let needed: Vec<_> = text.lines().filter(|line| line.contains("(NEEDED)")).collect();
    let is_libc = |line: &&str| line.contains("[libc.so.6]") || line.contains("[ld-linux-");
    assert!(!needed.is_empty() && needed.iter().all(is_libc), "{needed:#?}");
}
