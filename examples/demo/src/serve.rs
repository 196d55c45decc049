//! `certbound-demo serve FOLDER`: leaves the servers running, and writes what a caller needs, for tools such as `certbound probe`.

use std::{fs, path::Path};

use crate::{
    client::Client,
    pki::Authority,
    resource_server,
    result::Result,
    setting::{Cast, NO_TOKEN, PAYMENTS, SERVER_A, set_stage},
    stage::Stage,
    summary::Summary,
    token_service::SCOPE,
};

/// Writes the certificates and keys of Server A and Server C, the authority, the issuer's keys, and two tokens of Server A:
/// for Server B, and for payments. Then prints a line with Server B's URL, and serves until it is stopped.
pub(crate) async fn serve(folder: &Path) -> Result<Summary> {
    let authority = Authority::new()?;
    let cast = Cast::new(&authority)?;
    let stage = set_stage(&authority, &cast).await?;
    fs::create_dir_all(folder)?;
    let write = |name: &str, content: &[u8]| fs::write(folder.join(name), content);
    write("ca.der", authority.certificate())?;
    for (name, client) in [(SERVER_A, &cast.server_a), ("server-c", &cast.server_c)] {
        let identity = client.identity.as_ref().ok_or("the client has no certificate")?;
        write(&format!("{name}.der"), identity.certificate())?;
        write(&format!("{name}.key"), identity.private_key().secret_der())?;
    }
    let keys = cast.server_a.get(stage.token_service, "/jwks", None).await?;
    write("jwks.json", keys.body.to_string().as_bytes())?;
    for (name, resource) in [("token.jwt", resource_server::AUDIENCE), ("payments.jwt", PAYMENTS)] {
        write(name, token(&stage, &cast.server_a, resource).await?.as_bytes())?;
    }
    println!("https://localhost:{}/accounts", stage.server_b.address.port());
    std::future::pending().await
}

async fn token(stage: &Stage, client: &Client, resource: &str) -> Result<String> {
    let form =
        [("grant_type", "client_credentials"), ("client_id", SERVER_A), ("resource", resource), ("scope", SCOPE)];
    let answer = client.post(stage.token_service, "/token", &form).await?;
    Ok(answer.body["access_token"].as_str().ok_or(NO_TOKEN)?.to_owned())
}
