//! certbound beside its rivals, on this machine: `make bench`, or with the names of groups, `cargo run --release -- rsa`.
//!
//! It prints Markdown. A ratio below 1 means faster than the fastest rival. [`harness`] explains the measurement, and why it
//! does not use criterion.

mod harness;
mod libjwt;
mod prepared_ecdsa;
mod profile;
mod readers;
mod signatures;
mod tokens;

use harness::Outcome;
use tokens::Issuer;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!("{}", machine());
    let mut outcomes = Vec::new();
    for (name, run) in GROUPS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            outcomes.extend(run(ROUNDS));
        }
    }
    // The summary is printed last, and docs/speed.md begins with it.
    println!("\n## Summary\n");
    println!("| work | certbound | the fastest rival | ratio |\n|---|---:|---:|---:|");
    for Outcome { work, time, reference, ratio, .. } in outcomes {
        println!("| {work} | {time} | {reference} | {} |", harness::in_ratio(ratio));
    }
}

/// The conditions that the figures depend on.
fn machine() -> String {
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let processor = name.map_or("an unknown processor", |(_, name)| name.trim());
    let (architecture, openssl) = (std::env::consts::ARCH, openssl::version::version());
    format!(
        "Medians of the quickest quarter of {ROUNDS} interleaved rounds on {processor} ({architecture}), default build flags; {openssl}, other rivals as in benches/Cargo.lock."
    )
}

/// A group of contests, with its name.
type Group = (&'static str, fn(usize) -> Vec<Outcome>);

const GROUPS: [Group; 9] = [
    ("ecdsa", signatures::ecdsa),
    ("ed25519", |rounds| vec![signatures::ed25519(rounds)]),
    ("rsa", |rounds| [2048, 3072, 4096].into_iter().flat_map(|bits| signatures::rsa(rounds, bits)).collect()),
    ("tokens", |rounds| {
        [Issuer::es256(), Issuer::eddsa(), Issuer::rs256()]
            .iter()
            .flat_map(|issuer| [tokens::first_seen(issuer, rounds), tokens::seen_before(issuer, rounds)])
            .collect()
    }),
    ("growth", |rounds| {
        // These have no rivals, so they are not in the summary.
        tokens::growth(rounds);
        Vec::new()
    }),
    ("profile", |rounds| {
        profile::first_seen(rounds);
        Vec::new()
    }),
    ("keys", |rounds| vec![tokens::key_set(rounds)]),
    ("base64url", |rounds| vec![readers::base64url(rounds)]),
    ("json", |rounds| vec![readers::json(rounds)]),
];

/// Enough for a median whose second digit is stable.
const ROUNDS: usize = 1000;
