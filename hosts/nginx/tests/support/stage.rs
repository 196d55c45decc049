//! What most tests need: a running nginx with the issuer's keys, server A with its token, and a thief.

use std::ops::Deref;

use certbound_host_tests::{
    client::{Connection, Http, Tls},
    message::Request,
    parties::Parties,
    pki::Identity,
    tokens,
};

use crate::{
    log::Access,
    nginx::{Directory, Nginx},
};

/// A running nginx, and the parties that use it.
pub struct Stage {
    /// The parties. The issuer's keys are in `jwks.json`.
    pub parties: Parties,
    /// The nginx.
    pub nginx: Nginx,
}

impl Deref for Stage {
    type Target = Parties;

    fn deref(&self) -> &Parties {
        &self.parties
    }
}

impl Stage {
    /// Starts nginx with this `http` block, and a certificate for servers of these names. See [`Nginx::start`].
    pub fn start(names: &[&str], http: &str) -> Self {
        Self::start_with(names, http, |_| {})
    }

    /// The same, after `prepare` has written the files that the `http` block needs.
    pub fn start_with(names: &[&str], http: &str, prepare: impl FnOnce(&Directory)) -> Self {
        let parties = Parties::new();
        let directory = Directory::for_servers(&parties.authority, names, &parties.issuer);
        prepare(&directory);
        Self { parties, nginx: Nginx::start(directory, http) }
    }

    /// Connects to the server of this name over TLS 1.3, with this certificate.
    pub async fn connect(&self, identity: Option<&Identity>, name: &str, http: Http) -> Connection {
        self.client(identity, Tls::V1_3, http).connect(self.nginx.tls(), name).await
    }

    /// Connects to `api.example` as server A.
    pub async fn connect_server_a(&self, http: Http) -> Connection {
        self.connect(Some(&self.server_a), "api.example", http).await
    }

    /// Sends server A's token, and asserts the verdict and whose thumbprint nginx logs.
    pub async fn judged(
        &self,
        connection: &mut Connection,
        request: Request,
        verdict: &str,
        logged: Option<&Identity>,
    ) -> Access {
        let answer = connection.send(request.bearer(&self.token())).await;
        let access = self.nginx.judged(&answer, verdict).await;
        assert_eq!(access.thumbprint, logged.map(tokens::thumbprint).unwrap_or_default());
        access
    }
}
