//! The time that a request spends in the filter's hook, as the filter measures it.

use certbound_host_bench::{contestant::Contestant, load::Load, number, world::World};

use crate::servers::{Running, Server};

/// Measures the contestants in interleaved rounds, and prints a table.
pub(crate) fn measure(contestants: &[&'static Contestant<Server>], world: &World, servers: &Running) {
    if contestants.is_empty() {
        return;
    }
    let (rounds, seconds) = (number("ROUNDS", 15), number("ROUND_SECONDS", 1));
    let load = Load::new(world, seconds);
    let mut logged: Vec<Vec<Times>> = contestants.iter().map(|_| Vec::new()).collect();
    for round in 1..=rounds {
        for (contestant, logged) in contestants.iter().zip(&mut logged) {
            let before = servers.log(contestant.server).len();
            load.round(contestant, servers);
            let new = servers.log(contestant.server).split_off(before);
            let times: Vec<_> = new.lines().filter_map(Times::of_line).collect();
            let median = times.first().map_or("too few requests".to_owned(), |times| format!("{} ns", times.median));
            eprintln!("round {round}/{rounds}: {:<38} {median} in the hook", contestant.name);
            logged.extend(times);
        }
    }
    println!("| time in the hook, µs | median | least median | 10 % | 90 % |\n|---|---:|---:|---:|---:|");
    for (contestant, mut logged) in contestants.iter().zip(logged) {
        logged.sort_by_key(|times| times.median);
        let Some(least) = logged.first().copied() else { continue };
        logged.truncate(logged.len().div_ceil(3));
        let times = logged[logged.len() / 2];
        let [median, least, low, high] =
            [times.median, least.median, times.low, times.high].map(|nanoseconds| f64::from(nanoseconds) / 1e3);
        println!("| {} | {median:.2} | {least:.2} | {low:.2} | {high:.2} |", contestant.name);
    }
    println!(
        "\nOf each 1000 requests the filter logs the median, and the times that 10 and 90 % of them fall below; here are"
    );
    println!("those of the middle one of the third with the least medians.");
}

/// What the filter logs about some thousand requests, in nanoseconds.
#[derive(Clone, Copy)]
struct Times {
    low: u32,
    median: u32,
    high: u32,
}

impl Times {
    fn of_line(line: &str) -> Option<Self> {
        let number = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.parse().ok());
        Some(Self { low: number("p10=")?, median: number("p50=")?, high: number("p90=")? })
    }
}
