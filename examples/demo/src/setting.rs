//! The callers and servers of the demo.

use std::collections::HashMap;

use serde_json::json;

use crate::{
    client::Client,
    clock::Clock,
    jwt::Signer,
    narrator::Narrator,
    pki::{Authority, Identity},
    resource_server::{self, ResourceServer},
    result::Result,
    server,
    stage::Stage,
    summary::Summary,
    tls::{self, ChainValidator},
    token_service::{self, TokenService},
    verdict::Log,
};

/// The callers.
pub(crate) struct Cast {
    /// With a certificate from the authority.
    pub(crate) server_a: Client,
    /// With a self-signed certificate whose key is registered.
    pub(crate) partner: Client,
    /// The thief, also with a certificate from the authority.
    pub(crate) server_c: Client,
    pub(crate) server_c_without_certificate: Client,
    /// With self-signed certificates that contain the names of others.
    pub(crate) impostor_of_server_a: Client,
    pub(crate) impostor_of_partner: Client,
}

impl Cast {
    pub(crate) fn new(authority: &Authority) -> Result<Self> {
        let client = |name, identity| Client::new(name, authority.certificate(), identity);
        Ok(Self {
            server_a: client("Server A", Some(authority.issue_client(SERVER_A)?))?,
            partner: client("The partner", Some(Identity::self_signed(PARTNER)?))?,
            server_c: client("Server C", Some(authority.issue_client("server-c")?))?,
            server_c_without_certificate: client("Server C", None)?,
            impostor_of_server_a: client("The impostor", Some(Identity::self_signed(SERVER_A)?))?,
            impostor_of_partner: client("The impostor", Some(Identity::self_signed(PARTNER)?))?,
        })
    }
}

/// Starts the servers, with two clients registered at the Token Service.
pub(crate) async fn set_stage(authority: &Authority, cast: &Cast) -> Result<Stage> {
    let clock = Clock::default();
    let (log, verdicts) = Log::open();

    let server_a = json!({
        "token_endpoint_auth_method": "tls_client_auth",
        "tls_client_auth_subject_dn": "CN=server-a,O=Example,C=DE",
    });
    let partner = json!({
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "jwks": { "keys": [cast.partner.identity.as_ref().map(Identity::jwk)] },
    });
    let token_service = TokenService {
        clients: HashMap::from([(SERVER_A, server_a.to_string()), (PARTNER, partner.to_string())]),
        resources: &[resource_server::AUDIENCE, PAYMENTS],
        chains: ChainValidator::new(authority.certificate())?,
        signer: Signer::generate()?,
        clock: clock.clone(),
        log: log.clone(),
    };
    let tls = tls::server_config(&authority.issue_server(token_service::HOST)?)?;
    let token_service = server::start(token_service::HOST, tls, token_service).await?;

    // Server B fetches the public keys of the Token Service once. After that it needs no contact.
    let jwks = Client::new("Server B", authority.certificate(), None)?.get(token_service, "/jwks", None).await?;
    let server_b = ResourceServer::new(jwks.body.to_string().as_bytes(), clock.clone(), log)?;
    let tls = tls::server_config(&authority.issue_server(resource_server::HOST)?)?;
    let server_b = server::start(resource_server::HOST, tls, server_b).await?;

    let owners = [
        (&cast.server_a, "Server A's"),
        (&cast.partner, "the partner's"),
        (&cast.server_c, "Server C's"),
        (&cast.impostor_of_server_a, "the impostor's"),
        (&cast.impostor_of_partner, "the impostor's"),
    ];
    let owners = owners.into_iter().filter_map(|(client, owner)| Some((client.thumbprint()?, owner))).collect();
    Ok(Stage {
        narrator: Narrator::new(),
        token_service,
        server_b,
        log: verdicts,
        clock,
        summary: Summary::default(),
        owners,
    })
}

/// The registered `client_id`s, which are also the common names in the certificates.
pub(crate) const SERVER_A: &str = "server-a";
pub(crate) const PARTNER: &str = "partner";

/// The audience of another service.
pub(crate) const PAYMENTS: &str = "https://payments.example";

/// The demo cannot continue without a token.
pub(crate) const NO_TOKEN: &str = "the Token Service issued no token";
