//! Memory: each key file has one set of tables, regardless of the number of policies that use it.

use std::fs;

use certbound_nginx_tests::{
    client::Connection,
    message::Request,
    nginx::{Directory, Nginx},
    tokens::{Issuer, Token},
};

#[tokio::test]
async fn policies_share_the_tables_of_their_keys() {
    let [one, many] = [memory_with(1).await, memory_with(POLICIES).await];
    for (when, one, many) in [("at first", one[0], many[0]), ("after a change of keys", one[1], many[1])] {
        let each = many.saturating_sub(one) / POLICIES;
        assert!(each < 64 * 1024, "{when}: {each} bytes a policy; one: {one} bytes, {POLICIES}: {many} bytes");
    }
}

/// The memory of a worker with this many policies, in bytes: after the start, and after a change of keys.
async fn memory_with(policies: usize) -> [usize; 2] {
    let (old, new) = (Issuer::new("old-"), Issuer::new("new-"));
    let directory = Directory::with_keys_of(&old);
    let locations: String = (0..policies)
        .map(|policy| format!("location /{policy}/ {{ certbound_scope read s{policy}; empty_gif; }}\n"))
        .collect();
    let nginx = Nginx::start(
        directory,
        &format!(
            "USUAL_POLICY; certbound_binding if_present; certbound on;\n\
            server {{ listen 127.0.0.1:PLAIN_PORT; location / {{ empty_gif; }}\n{locations} }}"
        ),
    );
    let at_first = memory(&nginx);
    nginx.directory().replace("jwks.json", new.jwks());
    let changed = || nginx.error_log().matches("re-read: 5 usable").count() == 2;
    nginx.until("each worker has the new keys", changed).await;
    let mut connection = Connection::plain(&nginx, "api.example").await;
    for (issuer, status) in [(&old, 401), (&new, 200)] {
        let answer = connection.send(Request::get("/").bearer(&Token::unbound().signed_by(issuer))).await;
        assert_eq!(answer.status, status);
    }
    [at_first, memory(&nginx)]
}

/// The anonymous memory of the worker that uses most.
fn memory(nginx: &Nginx) -> usize {
    let of_worker = |worker: rustix::process::Pid| {
        let status = fs::read_to_string(format!("/proc/{}/status", worker.as_raw_nonzero())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    };
    nginx.workers().into_iter().map(of_worker).max().unwrap()
}

/// Enough to detect copies: the tables of an issuer's five keys take more than half a megabyte.
const POLICIES: usize = 60;
