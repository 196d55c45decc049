//! Demonstrates certificate-bound access tokens (RFC 8705) on loopback, with real mutual TLS.
//!
//! ```text
//!  Server A ──mutual TLS──▶ Token Service    authenticates A (RFC 8705 §2), binds a token to its certificate (§3.1)
//!  Server A ──mutual TLS──▶ Server B         token, certificate, clock ──▶ certbound ──▶ accepted, or the reason
//!  Server C ──────────────▶ Server B         presents the same token, stolen
//! ```
//!
//! With `serve FOLDER`, the servers stay for other programs instead.
//!
//! `resource_server.rs` shows how a TLS terminator uses the core, `token_service.rs` how a token service does, and
//! `tls.rs` what TLS must check for both. This file has the scenes.

mod client;
mod clock;
mod jwt;
mod narrator;
mod pki;
mod resource_server;
mod result;
mod serve;
mod server;
mod setting;
mod stage;
mod summary;
mod tls;
mod token_service;
mod verdict;

use std::{env, path::Path, process::ExitCode, time::Duration};

use serde_json::json;

use crate::{
    pki::Authority,
    result::Result,
    setting::{Cast, NO_TOKEN, PARTNER, PAYMENTS, SERVER_A, set_stage},
    stage::{Scene, Stage},
    summary::Summary,
    verdict::ACCEPTED,
};

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let outcome = match &arguments[..] {
        [] => run(),
        [command, folder] if command == "serve" => serve(Path::new(folder)),
        _ => Err("it has no other arguments than serve FOLDER".into()),
    };
    match outcome {
        Ok(summary) => summary.exit_code(),
        Err(error) => {
            anstream::eprintln!("The demo failed: {error}");
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

fn serve(folder: &Path) -> Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve::serve(folder))
}

/// Plays the scenes in order.
async fn play(stage: &mut Stage, cast: &Cast) -> Result<()> {
    stage.narrator.title(
        "certbound: access tokens that are useless to a thief (RFC 8705)",
        "A Token Service, Server B and their callers run on loopback, with real certificates and real mutual TLS. \
         Each scene is one call. The server's log shows the verdict of the core; below it is everything that the \
         caller learns.",
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
        introduction: "Its certificate was issued by the authority. TLS validates the chain, and the core compares the \
            subject with the registered one (tls_client_auth, RFC 8705 §2.1). The Token Service then issues a token \
            with the certificate's SHA-256 thumbprint in cnf (§3.1).",
        expected: ACCEPTED,
    };
    let token =
        stage.ask_for_token(scene, &cast.server_a, SERVER_A, resource_server::AUDIENCE).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "Server A calls Server B",
        introduction: "The Token Service signed the token, it is for Server B, it has not expired, and cnf has the \
            thumbprint of the connection's certificate.",
        expected: ACCEPTED,
    };
    stage.call_server_b(scene, &cast.server_a, Some(&token)).await?;

    let scene = Scene {
        title: "Server C presents the stolen token",
        introduction: "Server C found Server A's token in a log file. The authority has issued Server C a certificate \
            too, so its handshake succeeds. But the token is bound to Server A's certificate.",
        expected: "certificate_mismatch",
    };
    stage.call_server_b(scene, &cast.server_c, Some(&token)).await?;

    let scene = Scene {
        title: "Server C omits its certificate",
        introduction: "Does Server B check the binding only if the connection has a certificate?",
        expected: "certificate_missing",
    };
    stage.call_server_b(scene, &cast.server_c_without_certificate, Some(&token)).await?;

    let scene = Scene {
        title: "Server C changes the binding",
        introduction: "It writes the thumbprint of its own certificate into cnf. It cannot replace the signature, since \
            it does not have the Token Service's key.",
        expected: "signature_invalid",
    };
    let own = cast.server_c.thumbprint().map(|thumbprint| thumbprint.to_string());
    let rebound = jwt::with_claim(&token, "cnf", json!({ "x5t#S256": own }))?;
    stage.call_server_b(scene, &cast.server_c, Some(&rebound)).await?;

    let scene = Scene {
        title: "Server A calls without a token",
        introduction: "A certificate identifies the caller, but does not say what the caller may do. The challenge names \
            no error, since the request contained no credentials (RFC 6750 §3).",
        expected: "token_missing",
    };
    stage.call_server_b(scene, &cast.server_a, None).await?;

    let scene = Scene {
        title: "Server A asks for a token for payments",
        introduction: "This token is for another service, which Server A names as the resource (RFC 8707).",
        expected: ACCEPTED,
    };
    let for_payments = stage.ask_for_token(scene, &cast.server_a, SERVER_A, PAYMENTS).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "Server A presents that token to Server B",
        introduction: "Issuer, signature, times and binding are valid. The audience is not Server B.",
        expected: "audience_mismatch",
    };
    stage.call_server_b(scene, &cast.server_a, Some(&for_payments)).await?;

    stage.clock.advance(token_service::LIFETIME);
    let scene = Scene {
        title: "Server A presents an expired token",
        introduction: "Server B accepted this token in the second scene. Instead of waiting five minutes, the demo has \
            moved the servers' clock forward: the core receives the time as an argument.",
        expected: "token_expired",
    };
    stage.call_server_b(scene, &cast.server_a, Some(&token)).await?;

    let scene = Scene {
        title: "The partner asks for a token",
        introduction: "The partner's certificate is self-signed, and its public key is registered with the Token \
            Service. The core compares the keys (self_signed_tls_client_auth, RFC 8705 §2.2).",
        expected: ACCEPTED,
    };
    let token = stage.ask_for_token(scene, &cast.partner, PARTNER, resource_server::AUDIENCE).await?.ok_or(NO_TOKEN)?;

    let scene = Scene {
        title: "The partner calls Server B",
        introduction: "Server B does not know the partner, and needs no list of keys or authorities: the binding is in \
            the token.",
        expected: ACCEPTED,
    };
    stage.call_server_b(scene, &cast.partner, Some(&token)).await?;

    let scene = Scene {
        title: "Server C claims to be Server A",
        introduction: "Since a stolen token is useless, Server C asks for one in Server A's name. Its chain is valid, \
            but its certificate has another subject.",
        expected: "subject_mismatch",
    };
    stage.ask_for_token(scene, &cast.server_c, SERVER_A, resource_server::AUDIENCE).await?;

    let scene = Scene {
        title: "An impostor copies Server A's subject",
        introduction: "Anyone can write Server A's name into a self-signed certificate. A name is only as trustworthy as \
            its issuer, so the core requires a validated chain. This certificate has none.",
        expected: "chain_not_validated",
    };
    stage.ask_for_token(scene, &cast.impostor_of_server_a, SERVER_A, resource_server::AUDIENCE).await?;

    let scene = Scene {
        title: "An impostor copies the partner's subject",
        introduction: "A self-signed client has no chain. The core compares the key, and only the partner has the \
            registered one.",
        expected: "client_key_mismatch",
    };
    stage.ask_for_token(scene, &cast.impostor_of_partner, PARTNER, resource_server::AUDIENCE).await?;
    Ok(())
}

/// The demo takes a fraction of a second.
const TIMEOUT: Duration = Duration::from_secs(30);
