//! The cost of the check: CPU time per request of nginx with and without it, beside other servers that can check tokens.
//!
//! ```text
//! make bench-nginx                                  15 rounds of a second for each contestant: about 6 minutes
//! make bench-nginx ROUNDS=3                         a first look
//! make bench-nginx CONTESTANTS=haproxy              only contestants with this in their name, and their baselines
//! ```
//!
//! All servers run at the same time, each with one worker on the first core, and are idle until their turn. wrk sends
//! requests from the second core over kept-alive connections, with a client certificate. A round measures one contestant after
//! the other, so that other load on the machine affects all of them. Before the rounds each contestant with a check gets
//! good and bad tokens, including a stolen one. A wrong answer disqualifies it.
//!
//! How to read the table: *CPU* is the kernel's CPU time of the server's processes divided by the server's count of
//! requests, without handshakes: the median and range of the fastest third of the rounds, measured over all contestants
//! together, because other load on the machine disturbed these least. *The check* is the difference from the same
//! server without a check in the same round, since base costs differ. *Ratio* is CPU divided by the CPU without a check; its
//! inverse is the remaining throughput if the core is the limit. The second table divides our figures by a rival's for the
//! same work, first-seen tokens: below 1 is good for CPU, above 1 for throughput. *Throughput* is requests per second of the
//! one worker, and *busy* its share of the core: if it is well under 100 %, the client or other load on the machine was the
//! limit, and CPU is the relevant figure.
//!
//! wrk generates the load because its script can send a different token with each request and its results are reliable (it
//! counts each status of 400 and above; any such status fails the run). `oha` and `h2load` cannot vary a header field. wrk
//! has no option for a client certificate, so `client_certificate.c` is preloaded.

mod contestants;
mod figures;
mod load;
mod servers;
mod world;

use std::{env, process::ExitCode};

use contestants::{CONTESTANTS, Contestant};
use figures::Round;
use load::Load;
use servers::Servers;
use world::World;

fn main() -> ExitCode {
    let rounds = number("ROUNDS", 15);
    let seconds = number("ROUND_SECONDS", 1);
    let contestants = chosen();

    eprintln!("creating keys and tokens");
    let world = World::new();
    let needed: Vec<_> = contestants.iter().map(|contestant| contestant.server).collect();
    let servers = Servers::start(&world, &needed);

    let mut disqualified = Vec::new();
    let mut running = Vec::new();
    for contestant in contestants {
        match contestant.probe(&world, &servers) {
            Ok(()) => running.push(contestant),
            Err(reason) => {
                eprintln!("disqualified: {}: {reason}", contestant.name);
                disqualified.push((contestant, reason));
            }
        }
    }
    // A failed baseline makes comparisons useless, and our own contestants must not fail.
    let fatal = disqualified.iter().any(|(contestant, _)| contestant.is_ours() || !contestant.checks());

    if !fatal {
        let load = Load::new(&world, seconds);
        let play = |round: u32| {
            let play = |contestant: &&Contestant| {
                let figures = load.round(contestant, &servers);
                eprintln!("round {round}/{rounds}: {:<38} {figures}", contestant.name);
                figures
            };
            running.iter().map(play).collect()
        };
        let played: Vec<Vec<Round>> = (1..=rounds).map(play).collect();
        println!("{}", figures::report(&running, played, seconds));
    }
    for (contestant, reason) in &disqualified {
        println!("Disqualified: {}: {reason}.", contestant.name);
    }
    if disqualified.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The selected contestants, and their baselines.
fn chosen() -> Vec<&'static Contestant> {
    let selected = env::var("CONTESTANTS").unwrap_or_default();
    let named = |contestant: &Contestant| contestant.name.contains(&selected);
    let needed = |base: &Contestant| CONTESTANTS.iter().any(|other| named(other) && other.base == base.name);
    CONTESTANTS.iter().filter(|contestant| named(contestant) || needed(contestant)).collect()
}

fn number(variable: &str, default: u32) -> u32 {
    match env::var(variable) {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(number) if number > 0 => number,
            _ => panic!("{variable}={text}: expected a number above 0"),
        },
        _ => default,
    }
}
