//! What the check costs: the CPU time per request of nginx with and without it, beside other servers that can check.
//!
//! ```text
//! make bench-nginx                                  15 rounds of a second for each contestant: about 6 minutes
//! make bench-nginx ROUNDS=3                         a first look
//! make bench-nginx CONTESTANTS=haproxy              only contestants with this in their name, and whom they compare to
//! ```
//!
//! All servers run at once, each with one worker on the first core, and idle until it is their turn; wrk sends requests
//! from the second core over connections that are kept alive, with a client certificate. A round asks one contestant
//! after the other, so that whatever else the machine does meets all of them. Before the rounds each that claims to
//! check is shown good tokens and bad ones, a stolen one among them: who answers any of them wrongly is out.
//!
//! How to read the table: *CPU* is the time that the server's processes spent on a core, by the kernel's count, divided
//! by the requests that they counted, handshakes excluded; median and range of the quickest third of the rounds, as all
//! contestants together took them, since these are the ones that nobody else disturbed. *The check* is what that
//! is more than without a check in the same round, on the same server, for base costs differ. *Ratio* is CPU by the CPU
//! without a check: one divided by it is what remains of the throughput where the core is the limit. The second table
//! divides our figures by a rival's for the same work, first-seen tokens: below 1 is good for CPU, above for throughput.
//! *Throughput* is requests per second of the one worker, and *busy* how much of its core that took: well under 100 %,
//! the client or somebody else on the machine was the limit, and CPU is the figure to go by.
//!
//! The load comes from wrk because its script can send another token with each request and its answers can be trusted
//! (it counts each status of 400 and more; any makes the run fail). `oha` and `h2load` cannot vary a header field. wrk has
//! no option for a client certificate, so `client_certificate.c` is preloaded.

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

    eprintln!("making keys and tokens");
    let world = World::new();
    let servers = Servers::start(&world, &contestants);

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
    // Nothing is worth comparing with one that fails, and our own must not.
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

/// The contestants that were asked for, and those they are compared with.
fn chosen() -> Vec<&'static Contestant> {
    let wanted = env::var("CONTESTANTS").unwrap_or_default();
    let named = |contestant: &Contestant| contestant.name.contains(&wanted);
    let needed = |base: &Contestant| CONTESTANTS.iter().any(|other| named(other) && other.base == base.name);
    CONTESTANTS.iter().filter(|contestant| named(contestant) || needed(contestant)).collect()
}

fn number(variable: &str, default: u32) -> u32 {
    match env::var(variable) {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(number) if number > 0 => number,
            _ => panic!("{variable}={text}: a number above 0 is wanted"),
        },
        _ => default,
    }
}
