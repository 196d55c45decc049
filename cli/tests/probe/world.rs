//! What these tests share: certificates, an issuer, an API, and the command with its arguments.

use certbound::KeySet;
use serde_json::Value;

use crate::{
    pki::{Authority, Clients, Identity},
    server::Server,
    support::{AUDIENCE, Files, HEADER, Issuer, Outcome, claims, pem, run},
    weak_api::{Manner, WeakApi, Weakness},
};

/// The attacks that an API without weaknesses refuses, in their order.
pub(crate) const REFUSED: &[&str] = &[
    "no_token",
    "no_certificate",
    "look_alike",
    "thief_no_token",
    "other_certificate",
    "forged_client_cert",
    "forged_x_forwarded_client_cert",
    "forged_x_ssl_cert",
    "thief_resumed",
    "no_token_later",
    "tampered",
    "unsigned",
    "alg_none",
    "hmac_public_key",
    "expired",
    "other_audience",
    "two_tokens",
];

/// Those from this one on.
pub(crate) fn refused_since(name: &str) -> &'static [&'static str] {
    let first = REFUSED.iter().position(|other| *other == name).unwrap();
    &REFUSED[first..]
}

/// An owner, a thief, an issuer and their files.
pub(crate) struct World {
    pub(crate) files: Files,
    pub(crate) authority: Authority,
    pub(crate) owner: Identity,
    pub(crate) thief: Identity,
    pub(crate) issuer: Issuer,
    /// The files of both clients, of the authority, of the keys, and of three tokens.
    pub(crate) ca: String,
    pub(crate) owners: [String; 2],
    pub(crate) thiefs: [String; 2],
    pub(crate) jwks: String,
    pub(crate) token: String,
    pub(crate) expired: String,
    pub(crate) other_audience: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        let (owner, thief) = (authority.client("owner"), authority.client("thief"));
        Self::of(authority, owner, thief)
    }

    /// The same with these clients.
    pub(crate) fn of(authority: Authority, owner: Identity, thief: Identity) -> Self {
        let (files, issuer) = (Files::new(), Issuer::new());
        let [owners, thiefs] = [("owner", &owner), ("thief", &thief)].map(|(name, identity)| {
            [files.write(&format!("{name}.pem"), &identity.pem), files.write(&format!("{name}.key"), &identity.key_pem)]
        });
        let claims = claims(&owner.certificate);
        let token = |name: &str, claims: &str| files.write(name, format!("{}\n", issuer.sign(HEADER, claims)));
        let (token, expired, other_audience) = (
            token("token.jwt", &claims),
            token("expired.jwt", &claims.replace("1900000060", "1700000000")),
            token(
                "other.jwt",
                &claims.replace(AUDIENCE, "https://payments.example").replace("https://other.example", "b"),
            ),
        );
        Self {
            ca: files.write("ca.pem", &authority.pem),
            jwks: files.write("jwks.json", issuer.jwks()),
            files,
            authority,
            owner,
            thief,
            issuer,
            owners,
            thiefs,
            token,
            expired,
            other_audience,
        }
    }

    /// An API over HTTP/2 that lets everyone's handshake succeed.
    pub(crate) fn api(&self, weakness: Option<Weakness>, manners: &[Manner]) -> Server {
        self.api_over(&["h2"], Clients::Any, weakness, manners)
    }

    pub(crate) fn api_over(
        &self,
        protocols: &[&str],
        clients: Clients,
        weakness: Option<Weakness>,
        manners: &[Manner],
    ) -> Server {
        Server::start(self.authority.mutual(clients, protocols), self.handler(weakness, manners))
    }

    /// What answers for an API.
    pub(crate) fn handler(&self, weakness: Option<Weakness>, manners: &[Manner]) -> WeakApi {
        let spki = self.issuer.public_key_info();
        WeakApi {
            weakness,
            manners: manners.to_vec(),
            owner: self.owner.certificate.clone(),
            keys: KeySet::from_jwks(self.issuer.jwks().as_bytes()).unwrap(),
            public_key: (pem("PUBLIC KEY", &spki, "\n"), spki),
            count: Default::default(),
            has_dropped: Default::default(),
        }
    }

    /// The arguments for everything that can be tried.
    pub(crate) fn all<'a>(&'a self, url: &'a str) -> Vec<&'a str> {
        let mut arguments = self.least(url);
        arguments.extend(["--thief-cert", &self.thiefs[0], "--thief-key", &self.thiefs[1], "--jwks", &self.jwks]);
        arguments.extend(["--expired-token", &self.expired, "--other-audience-token", &self.other_audience]);
        arguments
    }

    /// The arguments without which nothing can be tried.
    pub(crate) fn least<'a>(&'a self, url: &'a str) -> Vec<&'a str> {
        let mut arguments = self.client(url);
        arguments.extend(["--token", &self.token]);
        arguments
    }

    /// The URL, the client, and the authority, without a token.
    pub(crate) fn client<'a>(&'a self, url: &'a str) -> Vec<&'a str> {
        vec!["probe", url, "--cert", &self.owners[0], "--key", &self.owners[1], "--ca", &self.ca]
    }

    /// Probes the API for everything.
    pub(crate) fn probe(&self, api: &Server) -> Findings {
        Findings::of(&self.all(&api.url("/accounts")))
    }
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) code: i32,
    pub(crate) stderr: String,
    pub(crate) json: Value,
}

impl Findings {
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let Outcome { code, stdout, stderr } = run(&[arguments, &["--json"]].concat());
        let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
        Self { code: code.unwrap(), stderr, json }
    }

    /// The names of the attacks with this verdict.
    pub(crate) fn with_verdict(&self, verdict: &str) -> Vec<&str> {
        let attacks = self.json["attacks"].as_array().unwrap().iter();
        attacks.filter(|attack| attack["verdict"] == verdict).map(|attack| attack["name"].as_str().unwrap()).collect()
    }

    /// The attack of this name.
    pub(crate) fn attack(&self, name: &str) -> &Value {
        let mut attacks = self.json["attacks"].as_array().unwrap().iter();
        attacks.find(|attack| attack["name"] == name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    /// Asserts that the owner was accepted and nothing else was.
    #[track_caller]
    pub(crate) fn protected(&self) {
        self.good("protected");
    }

    /// Asserts the same without another client's certificate.
    #[track_caller]
    pub(crate) fn incomplete(&self) {
        self.good("incomplete");
    }

    #[track_caller]
    fn good(&self, conclusion: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{:#}", self.json);
        assert_eq!(self.json["conclusion"], conclusion);
        assert_eq!(self.json["accepted"].as_array().unwrap().len(), 0);
    }

    /// Asserts that nothing wrong was accepted, but that exactly these are unclear.
    #[track_caller]
    pub(crate) fn unclear(&self, names: &[&str]) {
        assert_eq!((self.code, &self.json["conclusion"]), (2, &"unclear".into()), "{:#}", self.json);
        assert_eq!(self.json["accepted"].as_array().unwrap().len(), 0);
        assert_eq!(self.with_verdict("unclear"), names, "{:#}", self.json);
        assert!(self.stderr.starts_with("error: Nothing wrong was accepted, but "), "{}", self.stderr);
    }

    /// What an attack's result means.
    pub(crate) fn meaning(&self, name: &str) -> &str {
        self.attack(name)["meaning"].as_str().unwrap()
    }
}
