//! `certbound probe` with everything that can be tried: the parties' certificates, and server A's tokens.

use std::{fs, path::Path};

pub use crate::command::Probed;
use crate::{command, parties::Parties, pki::Identity, tokens::Token};

/// Probes a URL, whose host must be in the server's certificate.
///
/// # Panics
/// If the command cannot be built, or does not end with a result.
pub fn probe(parties: &Parties, url: &str) -> Probed {
    // The first build may take minutes, and tokens expire.
    command::build();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| write(folder.path(), name, content);
    let pair = |name: &str, identity: &Identity| {
        [file(&format!("{name}.pem"), identity.certificate_pem()), file(&format!("{name}.key"), &identity.key_pem())]
    };
    let [cert, key] = pair("server-a", &parties.server_a);
    let [thief_cert, thief_key] = pair("thief", &parties.thief);
    let token = || Token::bound_to(&parties.server_a);
    let files = [
        ("--cert", cert),
        ("--key", key),
        ("--thief-cert", thief_cert),
        ("--thief-key", thief_key),
        ("--token", file("token.jwt", &parties.token())),
        ("--expired-token", file("expired.jwt", &token().expires_in(-3600).signed_by(&parties.issuer))),
        ("--other-audience-token", file("other.jwt", &token().claim("aud", r#""b""#).signed_by(&parties.issuer))),
        ("--jwks", file("jwks.json", &parties.issuer.jwks())),
        ("--ca", file("ca.pem", parties.authority.identity().certificate_pem())),
    ];
    command::probe([url].into_iter().chain(files.iter().flat_map(|(option, path)| [*option, path.as_str()])))
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, content).unwrap();
    path.into_os_string().into_string().unwrap()
}
