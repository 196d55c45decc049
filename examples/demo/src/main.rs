//! The whole story of certificate-bound access tokens (RFC 8705), on loopback with real mutual TLS.
//!
//! ```text
//!  Server A ──mutual TLS──▶ Token Service    who is calling? (RFC 8705 §2)  a token bound to the certificate (§3.1)
//!  Server A ──mutual TLS──▶ Server B         token, certificate, clock ──▶ certbound ──▶ accepted, or the reason
//!  Server C ──────────────▶ Server B         the same token, stolen
//! ```
//!
//! To see how a terminator uses the core, read `resource_server.rs`; how a token service does, `token_service.rs`;
//! and what TLS itself must do for both, `tls.rs`. This file is the story.

mod client;
mod clock;
mod jwt;
mod narrator;
mod pki;
mod resource_server;
mod server;
mod stage;
mod summary;
mod tls;
mod token_service;
mod verdict;

use std::{collections::HashMap, process::ExitCode, time::Duration};

use serde_json::json;

use crate::{
    client::Client,
    clock::Clock,
    jwt::Signer,
    narrator::Narrator,
    pki::{Authority, Identity},
    resource_server::ResourceServer,
    stage::{Scene, Stage},
    summary::Summary,
    tls::ChainValidator,
    token_service::TokenService,
    verdict::{ACCEPTED, Log},
};

type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

fn main() -> ExitCode {
    match run() {
        Ok(summary) => summary.exit_code(),
        Err(error) => {
            anstream::eprintln!("The story broke off: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let authority = Authority::new()?;
        let cast = Cast::new(&authority)?;
        let mut stage = set_stage(&authority, &cast).await?;
        tokio::time::timeout(TIMEOUT, play(&mut stage, &cast)).await??;
        stage.narrator.summary(&stage.summary);
        Ok(stage.summary)
    })
}

/// The scenes, in their order.
async fn play(stage: &mut Stage, cast: &Cast) -> Result<()> {
    stage.narrator.title(
        "certbound: access tokens that are worth nothing to a thief (RFC 8705)",
        "A Token Service, Server B and their callers run on loopback, with real certificates and real mutual TLS. \
         Each scene is one call. What you read under a server's log is the verdict of the core; what the caller sees \
         is all that the caller learns.",
    );
    let (token_service, server_b) = (stage.token_service, stage.server_b);
    stage.narrator.line("");
    stage.narrator.fact("Token Service", format_args!("https://{} on {}", token_service.name, token_service.address));
    stage.narrator.fact(
        "Server B",
        format_args!("https://{} on {}, with the Token Service's keys from /jwks", server_b.name, server_b.address),
    );

    let scene = Scene {
        title: "Server A asks for a token",
        introduction: "Its certificate comes from the authority. The Token Service has TLS validate the chain, and the \
            core compare the subject with the registered one (tls_client_auth, RFC 8705 §2.1). The token that it issues \
            carries the certificate's SHA-256 thumbprint in cnf (§3.1).",
        expected: ACCEPTED,
    };
    let token =
        stage.ask_for_token(scene, &cast.server_a, SERVER_A, resource_server::AUDIENCE).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "Server A calls Server B",
        introduction: "The token is signed by the Token Service, for Server B, in time; and the connection's \
            certificate is the one in cnf.",
        expected: ACCEPTED,
    };
    stage.call_server_b(scene, &cast.server_a, Some(&token)).await?;

    let scene = Scene {
        title: "Server C shows the stolen token",
        introduction: "Server C found Server A's token in a log file. The authority has issued it a certificate too, \
            so its mutual TLS is in order. But the token is bound to another certificate.",
        expected: "certificate_mismatch",
    };
    stage.call_server_b(scene, &cast.server_c, Some(&token)).await?;

    let scene = Scene {
        title: "Server C leaves its certificate out",
        introduction: "Perhaps Server B looks at the binding only if there is a certificate to compare with?",
        expected: "certificate_missing",
    };
    stage.call_server_b(scene, &cast.server_c_without_certificate, Some(&token)).await?;

    let scene = Scene {
        title: "Server C binds the token to itself",
        introduction: "It writes the thumbprint of its own certificate into cnf. It has to leave the signature as it \
            was, since it has not got the Token Service's key.",
        expected: "signature_invalid",
    };
    let own = cast.server_c.thumbprint().map(|thumbprint| thumbprint.to_string());
    let rebound = jwt::with_claim(&token, "cnf", json!({ "x5t#S256": own }))?;
    stage.call_server_b(scene, &cast.server_c, Some(&rebound)).await?;

    let scene = Scene {
        title: "Server A comes without a token",
        introduction: "A certificate says who is calling, not what the caller may do. The challenge names no error, for \
            there was nothing wrong yet (RFC 6750 §3).",
        expected: "token_missing",
    };
    stage.call_server_b(scene, &cast.server_a, None).await?;

    let scene = Scene {
        title: "Server A asks for a token for payments",
        introduction: "This one is for another service, which Server A names as the resource (RFC 8707).",
        expected: ACCEPTED,
    };
    let for_payments = stage.ask_for_token(scene, &cast.server_a, SERVER_A, PAYMENTS).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "Server A shows Server B that token",
        introduction: "Issuer, signature, time and binding are right; the audience is not.",
        expected: "audience_mismatch",
    };
    stage.call_server_b(scene, &cast.server_a, Some(&for_payments)).await?;

    stage.clock.advance(token_service::LIFETIME);
    let scene = Scene {
        title: "Server A shows its token too late",
        introduction: "It is the token that Server B accepted in the second scene. Nobody wants to wait five minutes, so \
            the story has moved the servers' clock forward by them: the core takes the time as an argument.",
        expected: "token_expired",
    };
    stage.call_server_b(scene, &cast.server_a, Some(&token)).await?;

    let scene = Scene {
        title: "The partner asks for a token",
        introduction: "No authority knows the partner: it made its certificate itself, and registered its public key \
            with the Token Service. The core compares the keys (self_signed_tls_client_auth, RFC 8705 §2.2).",
        expected: ACCEPTED,
    };
    let token = stage.ask_for_token(scene, &cast.partner, PARTNER, resource_server::AUDIENCE).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "The partner calls Server B",
        introduction: "Server B has never heard of the partner and needs no list of keys or authorities: the binding is \
            in the token.",
        expected: ACCEPTED,
    };
    stage.call_server_b(scene, &cast.partner, Some(&token)).await?;

    let scene = Scene {
        title: "Server C says that it is Server A",
        introduction: "If stealing tokens is of no use, it may ask for one in Server A's name. Its chain is valid, but \
            its subject is its own.",
        expected: "subject_mismatch",
    };
    stage.ask_for_token(scene, &cast.server_c, SERVER_A, resource_server::AUDIENCE).await?;

    let scene = Scene {
        title: "An impostor copies Server A's subject",
        introduction: "Anybody can write Server A's name into a certificate of their own. Names are worth what their \
            issuer is worth, so the core compares them only where TLS has validated the chain. Here it could not.",
        expected: "chain_not_validated",
    };
    stage.ask_for_token(scene, &cast.impostor_of_server_a, SERVER_A, resource_server::AUDIENCE).await?;

    let scene = Scene {
        title: "An impostor copies the partner's subject",
        introduction: "A self-signed client has no chain to fail, and needs none: what counts is its key, and only the \
            partner has that.",
        expected: "client_key_mismatch",
    };
    stage.ask_for_token(scene, &cast.impostor_of_partner, PARTNER, resource_server::AUDIENCE).await?;
    Ok(())
}

/// All who call a server.
struct Cast {
    /// With a certificate from the authority.
    server_a: Client,
    /// With a certificate of its own making, whose key it has registered.
    partner: Client,
    /// The thief, also with a certificate from the authority.
    server_c: Client,
    server_c_without_certificate: Client,
    /// With self-signed certificates in which others' names stand.
    impostor_of_server_a: Client,
    impostor_of_partner: Client,
}

impl Cast {
    fn new(authority: &Authority) -> Result<Self> {
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

/// Starts the servers, and registers the two clients with the Token Service.
async fn set_stage(authority: &Authority, cast: &Cast) -> Result<Stage> {
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

    // Server B needs the Token Service once, for its public keys. After that it decides alone.
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

/// The `client_id`s that the Token Service knows, and the common names in the certificates.
const SERVER_A: &str = "server-a";
const PARTNER: &str = "partner";

/// The audience of a service that is not Server B.
const PAYMENTS: &str = "https://payments.example";

/// Why the story cannot go on.
const NO_TOKEN: &str = "the Token Service issued no token";

/// The story takes a fraction of a second.
const TIMEOUT: Duration = Duration::from_secs(30);
