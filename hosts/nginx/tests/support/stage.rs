//! What most tests need: a running nginx with the issuer's keys, server A with its token, and a thief.

use crate::{
    client::{Client, Connection, Http, Tls},
    log::Access,
    message::Request,
    nginx::{Directory, Nginx},
    pki::{Authority, Identity, KeyKind},
    tokens::{self, Issuer, Token},
};

/// A running nginx, and the parties that use it.
pub struct Stage {
    /// Issued the certificates of nginx and of both clients.
    pub authority: Authority,
    /// Signs tokens. Its keys are in `jwks.json`.
    pub issuer: Issuer,
    /// The client that the token is bound to.
    pub server_a: Identity,
    /// A client with another certificate of the same authority.
    pub thief: Identity,
    /// The nginx.
    pub nginx: Nginx,
}

impl Stage {
    /// Starts nginx with this `http` block, and a certificate for servers of these names. See [`Nginx::start`].
    pub fn start(names: &[&str], http: &str) -> Self {
        Self::start_with(names, http, |_| {})
    }

    /// The same, after `prepare` has written the files that the `http` block needs.
    pub fn start_with(names: &[&str], http: &str, prepare: impl FnOnce(&Directory)) -> Self {
        let (authority, issuer) = (Authority::new(), Issuer::new(""));
        let directory = Directory::for_servers(&authority, names, &issuer);
        prepare(&directory);
        let [server_a, thief] = ["server-a", "server-c"].map(|name| authority.issue_client(KeyKind::Ec, name));
        Self { authority, issuer, server_a, thief, nginx: Nginx::start(directory, http) }
    }

    /// Server A's token.
    pub fn token(&self) -> String {
        self.token_of(&self.server_a)
    }

    /// The usual token, bound to this certificate.
    pub fn token_of(&self, identity: &Identity) -> String {
        Token::bound_to(identity).signed_by(&self.issuer)
    }

    /// A client with this certificate.
    pub fn client(&self, identity: Option<&Identity>, tls: Tls, http: Http) -> Client {
        Client::new(&self.authority, identity, tls, http)
    }

    /// Connects to the server of this name over TLS 1.3, with this certificate.
    pub async fn connect(&self, identity: Option<&Identity>, name: &str, http: Http) -> Connection {
        self.client(identity, Tls::V1_3, http).connect(&self.nginx, name).await
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
