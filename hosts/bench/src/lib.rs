//! The cost of the check in a host: CPU time per request of a server with and without it, beside other servers that can check
//! tokens.
//!
//! ```text
//!  contest     the rounds of all contestants
//!  contestant  a contestant, and what it must answer correctly
//!  world       certificates, the issuer's keys, and tokens
//!  load        the load of a round
//!  process     a server's CPU time
//!  figures     medians, ranges and tables
//! ```
//!
//! All servers run at the same time, each with one worker on the first core, and are idle until their turn. wrk sends
//! requests from the second core over kept-alive connections, with a client certificate. A round measures one contestant after
//! the other, so that other load on the machine affects all of them. Before the rounds each contestant gets good and bad tokens,
//! including a stolen one. A wrong answer disqualifies it.
//!
//! How to read the table: *CPU* is the kernel's CPU time of the server's processes divided by the server's count of
//! requests, without handshakes: the median and range of the fastest third of the rounds, measured over all contestants
//! together, because other load on the machine disturbed these least. *The check* is the difference from the same
//! server without a check in the same round, since base costs differ. *Ratio* is CPU divided by the CPU without a check; its
//! inverse is the remaining throughput if the core is the limit. The second table divides our figures by a rival's for the
//! same work: below 1 is good for CPU, above 1 for throughput. *Throughput* is requests per second of the one worker, and *busy*
//! its share of the core: if it is well under 100 %, the client or other load on the machine was the limit, and CPU is the
//! relevant figure.
//!
//! wrk generates the load because its script can send a different token with each request and its results are reliable (it
//! counts each status of 400 and above; any such status fails the run). `oha` and `h2load` cannot vary a header field. wrk
//! has no option for a client certificate, so `client_certificate.c` is preloaded.

pub mod contest;
pub mod contestant;
pub mod figures;
pub mod load;
pub mod process;
pub mod world;

use std::{env, time::Duration};

/// The number in this environment variable, which a Makefile may set to nothing.
pub fn number(variable: &str, default: u32) -> u32 {
    match env::var(variable) {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(number) if number > 0 => number,
            _ => panic!("{variable}={text}: expected a number above 0"),
        },
        _ => default,
    }
}

/// The time limit of every wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The interval of polling.
pub const MOMENT: Duration = Duration::from_millis(5);

/// The servers' core, for `taskset`. The client has the next one.
pub const SERVER_CPU: &str = "0";
