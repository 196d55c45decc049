//! `certbound client-auth`

use std::path::PathBuf;

use certbound::{AlternativeName, Certificate, Chain, ClientMetadata, Error, client_metadata_scratch_len};
use clap::Args;
use serde::Serialize;

use crate::{
    certificate::with_certificate,
    content::Purpose,
    demands::now_or,
    explain::{self, Detail, describe_time, list_quoted},
    failure::Failure,
    input::{self, Source},
    json::{excerpt, quote},
    key_set, output,
    token::Members,
};

/// Authenticate a client by its certificate, as an authorization server does (RFC 8705 §2)
///
/// tls_client_auth: the certificate must have the subject or subject alternative name registered for the client in
/// exactly one of tls_client_auth_subject_dn, _san_dns, _san_uri, _san_ip and _san_email. This assumes that the TLS
/// terminator has validated the certificate's chain, validity and revocation: anyone can put any name into a certificate.
///
/// self_signed_tls_client_auth: the certificate's public key must be in the client's jwks, which is registered by value
/// (fetch a jwks_uri beforehand).
///
/// In both cases the client must have proven possession of the private key in the TLS handshake.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  certbound client-auth --metadata client.json --cert client.pem

  with client.json:
    {\"client_id\": \"a\", \"token_endpoint_auth_method\": \"tls_client_auth\",
     \"tls_client_auth_subject_dn\": \"CN=client,O=Example\\\\, Inc.,C=DE\"}

Exit codes:
  0  authenticated; standard output has client, method and certificate, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was expected; what to change
  2  wrong usage, or a file that cannot be read or used
     (metadata with two registered subjects, a certificate file without a certificate)")]
pub(crate) struct ClientAuth {
    /// The client's registered metadata (RFC 7591), JSON; "-" reads standard input
    #[arg(long, value_name = "FILE")]
    metadata: PathBuf,

    /// The client certificate of the TLS connection, DER or PEM (its first certificate is the leaf)
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
}

/// The output for an authenticated client.
#[derive(Serialize)]
struct Authenticated<'client> {
    authenticated: bool,
    client_id: Option<&'client str>,
    token_endpoint_auth_method: &'static str,
    certificate: Presented,
}

#[derive(Serialize)]
struct Presented {
    subject: String,
    not_before: u64,
    not_after: u64,
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
}

impl ClientAuth {
    pub(crate) fn run(self) -> Result<(), Failure> {
        input::refuse_shared_stdin([Source::File("--metadata", &self.metadata), Source::File("--cert", &self.cert)])?;
        let name = input::name(&self.metadata);
        let metadata = input::read(&self.metadata, input::JSON_FILE_LEN)?;
        let mut scratch = vec![0; client_metadata_scratch_len(metadata.len())];
        let client = ClientMetadata::from_json(&metadata, &mut scratch).map_err(|error| {
            let found = found_in_metadata(error, &metadata);
            let mistake = Purpose::ClientMetadata.mistake_behind(error, &metadata);
            let detail = Detail { found, mistake, ..Detail::default() };
            Failure::unusable(&name, error, &detail)
        })?;
        if let Some(jwks) = Members::read(&metadata).unwrap_or_default().json("jwks") {
            key_set::warn_of_private_keys(jwks.as_bytes());
        }
        // No file says whether TLS validated the chain; the help text states that this command assumes it.
        with_certificate(&self.cert, |certificate| match client.authenticate(certificate, Chain::Validated) {
            Ok(()) => accept(&client, certificate),
            Err(error) => Err(Failure::of_verdict(&name, error, mismatch(error, certificate, &metadata))),
        })?
    }
}

fn accept(client: &ClientMetadata<'_>, certificate: &Certificate<'_>) -> Result<(), Failure> {
    let now = now_or(None)?;
    if now < certificate.not_before() || now > certificate.not_after() {
        output::warn(&format!(
            "the certificate is valid only from {} to {}, and now is {}; a TLS terminator that checks its validity would \
             reject it",
            describe_time(certificate.not_before()),
            describe_time(certificate.not_after()),
            describe_time(now),
        ));
    }
    let authenticated = Authenticated {
        authenticated: true,
        client_id: client.client_id(),
        token_endpoint_auth_method: client.method().name(),
        certificate: Presented {
            subject: certificate.subject().to_string(),
            not_before: certificate.not_before().seconds(),
            not_after: certificate.not_after().seconds(),
            thumbprint: certificate.thumbprint().to_string(),
        },
    };
    output::print_json(&serde_json::to_string(&authenticated).unwrap_or_default())
}

/// The names in the certificate, and the registered one.
fn mismatch(error: Error, certificate: &Certificate<'_>, metadata: &[u8]) -> Detail {
    let metadata = Members::read(metadata).unwrap_or_default();
    let registered =
        SUBJECT_MEMBERS.into_iter().find_map(|name| Some(format!("{name} {}", excerpt(metadata.optional_json(name)?))));
    match error {
        Error::SubjectMismatch => {
            Detail { found: Some(quote(&certificate.subject().to_string())), expected: registered, ..Detail::default() }
        }
        Error::AlternativeNameMismatch => {
            let names: Vec<_> = certificate.subject_alternative_names().map(describe_name).collect();
            let found =
                if names.is_empty() { "it has none".to_owned() } else { list_quoted(names.iter().map(String::as_str)) };
            Detail { found: Some(found), expected: registered, ..Detail::default() }
        }
        Error::ClientKeyMismatch => {
            Detail::found(Some(format!("it belongs to {}", quote(&certificate.subject().to_string()))))
        }
        _ => Detail::default(),
    }
}

fn found_in_metadata(error: Error, json: &[u8]) -> Option<String> {
    let metadata = Members::read(json).unwrap_or_default();
    let members = |names: &[&str]| {
        let found =
            names.iter().filter_map(|name| Some(format!("{name} is {}", excerpt(metadata.optional_json(name)?))));
        Some(found.collect::<Vec<_>>().join(", ")).filter(|found| !found.is_empty())
    };
    match error {
        Error::AuthenticationMethodUnsupported => members(&["token_endpoint_auth_method"]),
        Error::SubjectIdentifierAmbiguous
        | Error::SubjectIdentifierMalformed
        | Error::DistinguishedNameTooLong
        | Error::DistinguishedNameMalformed
        | Error::AttributeTypeUnknown
        | Error::NameTooLong => members(&SUBJECT_MEMBERS),
        Error::ClientKeysMissing => members(&["jwks_uri"]),
        _ => explain::found_in_json(error, json),
    }
}

fn describe_name(name: AlternativeName<'_>) -> String {
    match name {
        AlternativeName::Dns(dns) => format!("dns {dns}"),
        AlternativeName::Uri(uri) => format!("uri {uri}"),
        AlternativeName::Ip(ip) => format!("ip {ip}"),
        AlternativeName::Email(email) => format!("email {email}"),
        _ => "a name of another kind".to_owned(),
    }
}

const SUBJECT_MEMBERS: [&str; 5] = [
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
];
