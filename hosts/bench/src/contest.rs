//! The rounds of all contestants.

use std::{env, process::ExitCode};

use crate::{
    contestant::{Contestant, Servers},
    figures::{self, Round},
    load::Load,
    number,
    world::World,
};

/// The contestants with `CONTESTANTS` in their name, and their baselines.
pub fn chosen<S>(all: &'static [Contestant<S>]) -> Vec<&'static Contestant<S>> {
    let selected = env::var("CONTESTANTS").unwrap_or_default();
    let is_named = |contestant: &Contestant<S>| contestant.name.contains(&selected);
    let is_needed = |base: &Contestant<S>| all.iter().any(|other| is_named(other) && other.base == base.name);
    all.iter().filter(|contestant| is_named(contestant) || is_needed(contestant)).collect()
}

/// Measures the contestants in interleaved rounds, and prints the tables. `versions` has the programs that are measured.
///
/// A wrong answer disqualifies a contestant; one of ours, or a baseline, ends the contest.
pub fn run<S: Copy>(
    contestants: Vec<&'static Contestant<S>>,
    world: &World,
    servers: &impl Servers<Server = S>,
    versions: &[(&str, String)],
) -> ExitCode {
    let (rounds, seconds) = (number("ROUNDS", 15), number("ROUND_SECONDS", 1));
    let mut disqualified = Vec::new();
    let mut running = Vec::new();
    for contestant in contestants {
        match contestant.probe(world, servers) {
            Ok(()) => running.push(contestant),
            Err(reason) => {
                eprintln!("disqualified: {}: {reason}", contestant.name);
                disqualified.push((contestant, reason));
            }
        }
    }
    let is_fatal = disqualified.iter().any(|(contestant, _)| contestant.is_ours() || !contestant.is_checked());

    if !is_fatal {
        let load = Load::new(world, seconds);
        let play = |round: u32| {
            let play = |contestant: &&Contestant<S>| {
                let figures = load.round(contestant, servers);
                eprintln!("round {round}/{rounds}: {:<38} {figures}", contestant.name);
                figures
            };
            running.iter().map(play).collect()
        };
        let played: Vec<Vec<Round>> = (1..=rounds).map(play).collect();
        println!("{}", figures::report(&running, played, seconds, versions));
    }
    for (contestant, reason) in &disqualified {
        println!("Disqualified: {}: {reason}.", contestant.name);
    }
    if disqualified.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
