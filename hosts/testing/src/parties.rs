//! The parties of each test: an authority, an issuer, server A, whose token is stolen, and a thief.

use crate::{
    client::{Client, Http, Tls},
    pki::{Authority, Identity, KeyKind},
    tokens::{Issuer, Token},
};

/// The parties that use a server.
pub struct Parties {
    /// Issued the certificates of the server and of both clients.
    pub authority: Authority,
    /// Signs tokens.
    pub issuer: Issuer,
    /// The client that the token is bound to.
    pub server_a: Identity,
    /// A client with another certificate of the same authority.
    pub thief: Identity,
}

impl Parties {
    /// With new certificates and keys.
    #[expect(clippy::new_without_default, reason = "it generates keys, which a default should not")]
    pub fn new() -> Self {
        let authority = Authority::new();
        let [server_a, thief] = ["server-a", "server-c"].map(|name| authority.issue_client(KeyKind::Ec, name));
        Self { authority, issuer: Issuer::new(""), server_a, thief }
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
}
