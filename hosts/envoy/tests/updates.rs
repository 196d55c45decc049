//! Updates of a listener under load: no verdict is wrong, no key is lost, and nothing grows with the number of updates but what
//! Envoy keeps for its old listeners.

use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use certbound::{CacheSlot, Geometry, KeySet, PreparedKeys};
use certbound_envoy_tests::{
    client::{Client, Connection, Failure, Http, Tls, is_unprocessed},
    configuration::{Form, bootstrap, cluster, discovery, listener},
    envoy::Envoy,
    key_service::KeyService,
    message::Request,
    parts::{fetched_issuer, source_of},
    stage::{Stage, until},
    tokens::{ISSUER, Issuer, Token},
    visitor::Visitor,
};
use serde_json::{Value, json};
use tokio::runtime::Builder;

/// How many updates there are, at most one in each interval.
const UPDATES: u64 = 100;
const INTERVAL: Duration = Duration::from_millis(100);

/// Counts answers with 503.
const PENDING: &str = "dynamicmodulescustom.certbound.verdict.keys_pending";

/// Counts fetches, by source.
const FETCHES: &str = "dynamicmodulescustom.certbound.key_fetches";

/// A client: server A, which gets what the tokens deserve, or the thief, which gets nothing.
struct Caller {
    is_owner: bool,
    http: Http,
    /// Whether it keeps its connection, or opens one for each request.
    keeps: bool,
}

impl Caller {
    fn all() -> impl Iterator<Item = Self> {
        [true, false].into_iter().flat_map(|is_owner| {
            let both = Http::ALL.into_iter().flat_map(|http| [(http, true), (http, false)]);
            both.map(move |(http, keeps)| Self { is_owner, http, keeps })
        })
    }
}

/// What the callers have seen.
#[derive(Default)]
struct Seen {
    right: AtomicUsize,
    wrong: Mutex<Vec<String>>,
    ended: AtomicBool,
}

/// A token, and the status of the answer to server A.
type Sample = (String, u16);

#[test]
fn updates_under_load_change_no_verdict() {
    let (stage, second, third) = (Stage::new(), Issuer::new("as2-"), Issuer::new("as3-"));
    let steady = KeyService::start(200, &second.jwks());
    let dying = KeyService::start(200, &third.jwks());
    let update = |number: u64| {
        let usual = stage.settings(json!({}))["issuers"][0].clone();
        let others = [("https://as2.example", "as2", 86400), ("https://as3.example", "as3", 1)];
        let others = others.map(|(issuer, cluster, seconds)| fetched_issuer(issuer, cluster, seconds));
        let issuers: Vec<Value> = [usual].into_iter().chain(others).collect();
        let realm = format!("update {number}");
        let members = json!({"issuers": issuers, "realm": realm, "cache_entries": CACHE_ENTRIES});
        let routes = [("/admin", json!({"scopes": ["admin"], "realm": realm}))];
        let mut listener = listener(&stage, Form::Text, &stage.settings(members), &routes);
        // Every other update replaces the whole listener. Without this member, Envoy replaces its filter chains only.
        listener["metadata"] = json!({"filter_metadata": {"update": {"number": number / 2}}});
        stage.write("lds.json", &discovery(&listener).to_string());
    };
    update(0);
    let clusters = [cluster("as2", steady.port()), cluster("as3", dying.port())];
    // Longer than the test, as in production: all configurations stay alive.
    let envoy = Envoy::start_with(&stage, &bootstrap(&stage, &clusters), &[("--drain-time-s", "600")]);
    let (visitor, begin) = (Visitor::new(&stage, &envoy), Instant::now());
    let tokens = [(ISSUER, &stage.issuer), ("https://as2.example", &second), ("https://as3.example", &third)];
    let tokens = tokens.map(|(name, issuer)| Token::bound_to(&stage.server_a).issuer(name).signed_by(issuer));
    // Without a token: one that waited for keys would wish for those of all issuers.
    until("the first keys have arrived", || {
        visitor.ask(None, Request::get("/"));
        let metric = |cluster| format!("{FETCHES}.source.{}", source_of(cluster));
        ["as2", "as3"].iter().all(|cluster| envoy.metric(&metric(cluster)) > 0)
    });
    for token in &tokens {
        assert_eq!(visitor.verdict_on(token), "ok");
    }
    let expired = Token::bound_to(&stage.server_a).expires_in(-100).signed_by(&stage.issuer);
    let samples: Vec<Sample> = tokens.into_iter().map(|token| (token, 200)).chain([(expired, 401)]).collect();

    let (seen, address, threads) = (Seen::default(), envoy.address(), envoy.threads());
    let mut resident = Vec::new();
    thread::scope(|scope| {
        let _end = End(&seen.ended);
        for caller in Caller::all() {
            let (seen, stage, samples) = (&seen, &stage, &samples);
            scope.spawn(move || call(&caller, stage, address, samples, seen));
        }
        for number in 1..=UPDATES {
            let next = Instant::now() + INTERVAL;
            update(number);
            until("the listener is updated", || envoy.metric("listener_manager.listener_modified") == number);
            assert_eq!(envoy.threads(), threads, "after update {number}");
            if number % (UPDATES / 2) == 0 {
                resident.push(envoy.resident_bytes());
            }
            if number == UPDATES / 2 {
                dying.disappear();
            }
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
    });
    let wrong = seen.wrong.into_inner().unwrap();
    assert_eq!(wrong, [""; 0], "beside {:?} right answers", seen.right);
    assert!(seen.right.load(SeqCst) > 200, "{:?}", seen.right);
    assert_eq!(envoy.metric(PENDING), 0, "no token has waited for keys");
    let draining =
        ["listeners", "filter_chains"].map(|what| envoy.metric(&format!("listener_manager.total_{what}_draining")));
    assert!(draining.iter().all(|count| *count > UPDATES / 4), "{draining:?}: the old configurations are not alive");

    assert_eq!(steady.requests(), 1, "updates fetch nothing");
    // At most one in 0.9 seconds: the interval is 1 second, up to a tenth more or less.
    let allowed = begin.elapsed().as_millis() / 900 + 1;
    assert!(dying.requests() > 1 && u128::from(dying.requests()) <= allowed, "{} > {allowed}", dying.requests());

    // The second half of the updates has warmed nothing up: what grows are the old configurations, and Envoy's part of them
    // is far smaller than these tables and caches would be, if they were not shared.
    let grown = resident[1].saturating_sub(resident[0]) / (UPDATES - UPDATES / 2);
    let tables: usize = [stage.jwks(), second.jwks(), third.jwks()].iter().map(|jwks| tables_len(jwks)).sum();
    let cache = CACHE_ENTRIES * size_of::<CacheSlot>();
    for unshared in [tables, cache] {
        assert!(grown < u64::try_from(unshared).unwrap() / 2, "{grown} bytes for each update, beside {unshared}");
    }
}

/// The bytes of the tables of these keys.
fn tables_len(jwks: &str) -> usize {
    let keys = KeySet::<8>::from_jwks(jwks.as_bytes()).unwrap();
    PreparedKeys::tables_len(&keys, Geometry::Large) * size_of::<u64>()
}

/// For each worker. So many that a cache for each configuration would be noticed.
const CACHE_ENTRIES: usize = 8192;

#[test]
fn nothing_but_counters_outlives_the_drain() {
    let stage = Stage::new();
    let service = KeyService::start(200, &stage.jwks());
    let usual = stage.settings(json!({}))["issuers"][0].clone();
    let issuers = json!([usual, fetched_issuer("https://as2.example", "as2", 86400)]);
    let update = |number: u64| {
        let members = json!({"issuers": issuers, "realm": format!("update {number}")});
        let listener = listener(&stage, Form::Struct, &stage.settings(members), &[]);
        stage.write("lds.json", &discovery(&listener).to_string());
    };
    update(0);
    let envoy = Envoy::start(&stage, &bootstrap(&stage, &[cluster("as2", service.port())]));
    let token = stage.token();
    let of_file = stage.path("jwks.json").display().to_string();
    let fetches = |source: &str| envoy.metric(&format!("{FETCHES}.source.{source}"));
    let keys_threads = || envoy.thread_names().iter().filter(|name| *name == "certbound-keys").count();
    let until_counted = || {
        until("each source is counted once", || {
            // In Envoy 1.38, only requests report it.
            assert_eq!(Visitor::new(&stage, &envoy).verdict_on(&token), "ok");
            [fetches(&of_file), fetches(&source_of("as2"))] == [1, 1]
        });
    };
    until_counted();
    for number in 1..=10 {
        update(number);
        until("the listener is updated", || envoy.metric("listener_manager.listener_modified") == number);
        assert_eq!(Visitor::new(&stage, &envoy).verdict_on(&token), "ok");
    }
    let draining =
        || ["listeners", "filter_chains"].map(|what| envoy.metric(&format!("listener_manager.total_{what}_draining")));
    until("the drain has ended", || draining() == [0, 0]);
    until_counted();
    assert_eq!((service.requests(), keys_threads()), (1, 1));

    // Without a configuration, neither keys nor their thread are left.
    stage.write("lds.json", &json!({"version_info": "2", "resources": []}).to_string());
    until("the thread has ended", || keys_threads() == 0);
    update(11);
    until("the keys are fetched again", || service.requests() == 2);
    assert_eq!(Visitor::new(&stage, &envoy).verdict_on(&token), "ok");
    assert_eq!(keys_threads(), 1);
}

/// Ends the callers, also if the test fails.
struct End<'seen>(&'seen AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

fn call(caller: &Caller, stage: &Stage, address: SocketAddr, samples: &[Sample], seen: &Seen) {
    let identity = if caller.is_owner { &stage.server_a } else { &stage.thief };
    let client = stage.client(Some(identity), Tls::V1_3, caller.http);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut connection = None;
    while !seen.ended.load(SeqCst) {
        for (token, status) in samples {
            let expected = if caller.is_owner { *status } else { 401 };
            let found = runtime.block_on(ask(&client, address, &mut connection, token));
            match found {
                Ok(found) if found == expected => _ = seen.right.fetch_add(1, SeqCst),
                found => seen.wrong.lock().unwrap().push(format!("{found:?} instead of {expected}")),
            }
            if !caller.keeps {
                connection = None;
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a request, again if Envoy says that it was not processed.
async fn ask(
    client: &Client,
    address: SocketAddr,
    connection: &mut Option<Connection>,
    token: &str,
) -> Result<u16, Failure> {
    loop {
        if connection.is_none() {
            *connection = Some(client.try_connect(address, "localhost").await?);
        }
        match connection.as_mut().unwrap().try_send(Request::get("/").bearer(token)).await {
            Err(failure) if is_unprocessed(&failure) => *connection = None,
            answer => return Ok(answer?.status),
        }
    }
}
