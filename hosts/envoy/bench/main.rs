//! The cost of the check: CPU time per request of Envoy with and without it, beside Envoy's own filters.
//!
//! ```text
//! make bench-envoy                                  15 rounds of a second for each contestant: about 8 minutes
//! make bench-envoy ROUNDS=3                         a first look
//! make bench-envoy CONTESTANTS="first seen"         only contestants with this in their name, and their baselines
//! ```
//!
//! `certbound-host-bench` says how it measures, and how to read the tables. `jwt_authn` checks signature, issuer, audience and
//! times, but not the binding, which the script in `rival.lua` adds. Tokens are signed with ES256.
//!
//! The last table has the time between the filter's entry and its return, as it measures itself (`measure_time`), in Envoys
//! of their own.

mod contestants;
mod hook;
mod servers;

use std::process::ExitCode;

use certbound_host_bench::{
    contest::{chosen, run},
    figures::version,
    world::World,
};

use contestants::{CONTESTANTS, IN_HOOK};
use servers::{Running, envoy_path};

fn main() -> ExitCode {
    let (contestants, in_hook) = (chosen(CONTESTANTS), chosen(IN_HOOK));
    eprintln!("creating keys and tokens");
    let world = World::new();
    let needed = contestants.iter().chain(&in_hook).map(|contestant| contestant.server);
    let servers = Running::start(&world, needed);
    let versions = [("Envoy", version(envoy_path(), "--version"))];
    let result = run(contestants, &world, &servers, &versions);
    hook::measure(&in_hook, &world, &servers);
    result
}
