//! The cost of the check: CPU time per request of nginx with and without it, beside other servers that can check tokens.
//!
//! ```text
//! make bench-nginx                                  15 rounds of a second for each contestant: about 6 minutes
//! make bench-nginx ROUNDS=3                         a first look
//! make bench-nginx CONTESTANTS=haproxy              only contestants with this in their name, and their baselines
//! ```
//!
//! `certbound-host-bench` says how it measures, and how to read the tables.

mod contestants;
mod servers;

use std::process::ExitCode;

use certbound_host_bench::{
    contest::{chosen, run},
    figures::version,
    world::World,
};
use certbound_nginx_tests::nginx::nginx_path;

use contestants::CONTESTANTS;
use servers::{HAPROXY, Running};

fn main() -> ExitCode {
    let contestants = chosen(CONTESTANTS);
    eprintln!("creating keys and tokens");
    let world = World::new();
    let needed: Vec<_> = contestants.iter().map(|contestant| contestant.server).collect();
    let servers = Running::start(&world, &needed);
    let versions = [
        ("nginx", version(nginx_path(), "-v")),
        ("HAProxy", version(HAPROXY, "-v")),
        ("OpenSSL", version("openssl", "version")),
    ];
    run(contestants, &world, &servers, &versions)
}
