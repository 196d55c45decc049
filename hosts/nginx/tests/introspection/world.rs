//! What the tests share: an nginx that asks an endpoint, and the endpoint.

use std::{
    fs,
    ops::Deref,
    sync::atomic::{AtomicUsize, Ordering},
};

use certbound::{BearerResponse, Error};
use certbound_host_tests::parties::Parties;
use certbound_nginx_tests::{
    endpoint::{Endpoint, Reply},
    message::Answer,
    nginx::{Directory, Nginx},
    pki::{Identity, KeyKind},
    stage::Stage,
    tokens,
};

/// A running nginx, the parties that use it, and the endpoint.
pub(crate) struct World {
    pub(crate) stage: Stage,
    pub(crate) endpoint: Endpoint,
}

impl Deref for World {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

/// The location that asks, for `INTROSPECT;` in a site.
const LOCATION: &str = r#"
    location = /introspect {
        internal;
        certbound off;
        proxy_pass http://issuer;
        proxy_set_body "token=$certbound_token";
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_next_upstream error non_idempotent;
    }
"#;

impl World {
    /// Starts nginx with this site, in which `INTROSPECT;` stands for the location, `ENDPOINT` for the address of the
    /// endpoint, and `issuer` is an upstream with connections that are kept alive.
    pub(crate) fn start(site: &str) -> Self {
        Self::start_with(site, |_| {})
    }

    pub(crate) fn start_with(site: &str, prepare: impl FnOnce(&Directory)) -> Self {
        let endpoint = Endpoint::start();
        let site = format!("upstream issuer {{ server ENDPOINT; keepalive 8; }} {site}")
            .replace("INTROSPECT;", LOCATION)
            .replace("ENDPOINT", &endpoint.address().to_string());
        let parties = Parties::new();
        let directory = Directory::for_servers(&parties.authority, &["api.example", "as.example"], &parties.issuer);
        let api = parties.authority.issue_client(KeyKind::Ec, "api");
        directory.write("api.pem", api.certificate_pem());
        directory.write("api.key", api.key_pem());
        directory.write("files/page", "the page");
        prepare(&directory);
        let stage = Stage { parties, nginx: Nginx::start(directory, &site) };
        Self { stage, endpoint }
    }

    /// A new opaque token of server A, to which the endpoint answers with these further members.
    pub(crate) fn opaque(&self, further: &str) -> String {
        let token = new_token();
        self.endpoint.answer(&token, Reply::json(response_for(&self.server_a, further)));
        token
    }

    /// Asserts an answer with 503 for this reason, and nothing more for the client.
    pub(crate) async fn unavailable(&self, answer: &Answer, reason: &str) {
        let reason = *Error::ALL.iter().find(|error| error.name() == reason).unwrap();
        assert_eq!(reason.bearer_response(), BearerResponse::Unavailable);
        let access = self.nginx.access(answer.case).await;
        let found = (answer.status, access.status.as_str(), access.verdict.as_str());
        assert_eq!(found, (503, "503", reason.name()), "{:?}", self.nginx.remarks(answer.case));
        assert_eq!((answer.header("retry-after"), answer.header("www-authenticate")), (vec!["5"], vec![]));
        assert_eq!(access.from_token(), [""; 7], "variables of a rejected token must be empty");
        assert!(!answer.text().contains("introspection"), "{}", answer.text());
    }
}

/// A response for an active token that is bound to this certificate, with these further members.
pub(crate) fn response_for(identity: &Identity, further: &str) -> String {
    let thumbprint = tokens::thumbprint(identity);
    format!(r#"{{"active":true,"sub":"server-a","cnf":{{"x5t#S256":"{thumbprint}"}}{further}}}"#)
}

/// A token that no other test uses.
pub(crate) fn new_token() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("opaque-token-{:08}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Memory of all workers, in KiB: `VmRSS:` for what is resident, `VmSize:` for what is reserved.
pub(crate) fn memory(nginx: &Nginx, kind: &str) -> u64 {
    let of = |worker: rustix::process::Pid| -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", worker.as_raw_nonzero())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(kind)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    };
    nginx.workers().into_iter().map(of).sum()
}
