//! `certbound probe`

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::{Args, builder::NonEmptyStringValueParser};
use rustls::ClientConfig;
use tokio::time::timeout;

use crate::{
    demands::now_or,
    failure::Failure,
    input::{self, Source},
    issuer::{Authorities, Fetcher, HttpsUrl, Issuer},
    key_set, output,
    probe::{Arsenal, Campaign, Exit, Extras, Findings, Grant, Identity, Presented, StolenToken, page, record, text},
    whole_file::WholeFile,
};

/// Attack an API as a thief would, and report whether stolen tokens are worthless there
///
/// ONLY FOR SYSTEMS THAT YOU ARE ALLOWED TO TEST. It sends at most 40 requests. Those to the issuer take at most 30
/// seconds, those to the API at most 300. The latter are all GET, with a user agent that begins with certbound-probe.
///
/// It takes a token of a client, or obtains one by client credentials over mutual TLS, and sends it with the client's certificate,
/// which must be accepted, at first and once more at the end. In between, it tries what must be refused: the token with no
/// certificate, with a self-signed one that has the same names, with another client's, with the certificate in forged headers,
/// on resumed sessions; no token; forged tokens on a connection that has carried a good request; an expired token and one for
/// another audience, if given; two tokens.
///
/// Neither tokens nor keys are printed.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound probe https://api.example/accounts --cert client.pem --key client.key \\
    --thief-cert other.pem --thief-key other.key --issuer https://as.example --client-id a
  certbound probe https://api.example/accounts --cert client.pem --key client.key \\
    --thief-cert other.pem --thief-key other.key --token token.jwt --report report.html

Without --thief-cert, an API that accepts only certificates of its own authority refuses all others
in the handshake, and whether it compares the token's thumbprint is not tried: pass a certificate of
another client that the API accepts.

How answers are judged, for a URL that answers the owner with 2xx:
  accepted  2xx
  refused   4xx, except 407, 408, 421, 425, 426, 429 and 431, and the end of the connection by the
            server without an answer
  unclear   3xx, 5xx, those seven, other failures, more than 10 seconds without an answer, what the
            limits cut off, a certificate that could not be presented; refusals of another client
            that is not answered as the owner is when neither has a token, or that was not asked for
            its certificate; refusals since the owner's last accepted request, if the owner is not
            accepted again at the end; refusals of --expired-token and --other-audience-token, if
            the token is opaque

Exit codes:
  0  the owner was accepted, and nothing else was
  1  something else was accepted, or the owner was refused; standard error says so, as one line:
     rejected: NAME: what was found, and what to do
  2  it could not be tried: wrong usage, a file that cannot be used, no token, no connection, a URL
     that needs no token, or an attack whose result is unclear")]
pub(crate) struct Probe {
    /// A URL that answers GET with a token; https only
    #[arg(value_name = "URL", value_parser = parse_url)]
    url: HttpsUrl,

    /// The certificate that the token is bound to, DER or PEM; the rest of its chain may follow
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,

    /// Its private key, DER or PEM, without a passphrase
    #[arg(long, value_name = "FILE")]
    key: PathBuf,

    #[command(flatten)]
    origin: Origin,

    /// The client at the issuer
    #[arg(long, value_name = "ID", conflicts_with = "token", requires = "issuer", value_parser = NonEmptyStringValueParser::new())]
    client_id: Option<String>,

    /// The scope to ask the issuer for; several in one argument, with spaces
    #[arg(long, value_name = "SCOPE", conflicts_with = "token", requires = "issuer", value_parser = NonEmptyStringValueParser::new())]
    scope: Option<String>,

    /// The resource to ask the issuer for (RFC 8707)
    #[arg(long, value_name = "RESOURCE", conflicts_with = "token", requires = "issuer", value_parser = NonEmptyStringValueParser::new())]
    resource: Option<String>,

    /// The certificate of another client that the API accepts in the handshake
    #[arg(long, value_name = "FILE", requires = "thief_key")]
    thief_cert: Option<PathBuf>,

    /// Its private key
    #[arg(long, value_name = "FILE", requires = "thief_cert")]
    thief_key: Option<PathBuf>,

    /// A JWT for the same API that is bound to the owner's certificate, and expired at least 600 seconds ago
    #[arg(long, value_name = "FILE")]
    expired_token: Option<PathBuf>,

    /// A JWT for another audience that is bound to the owner's certificate, and valid now
    #[arg(long, value_name = "FILE")]
    other_audience_token: Option<PathBuf>,

    /// The issuer's JWK Set with the token's key, for the HMAC by its public key [default: with --issuer, that of its jwks_uri]
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,

    /// Trust the certificate authorities in this file, PEM or DER, instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Print the result as one JSON object
    #[arg(long)]
    json: bool,

    /// Write the result to this file, too, as an HTML page without links and scripts; it replaces a regular file only
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Origin {
    /// A file with the token, without "Bearer"; "-" reads standard input
    #[arg(long, value_name = "FILE|-")]
    token: Option<PathBuf>,

    /// The issuer to obtain a token from, by client credentials over mutual TLS (RFC 8705 §2). Its metadata say where
    #[arg(long, value_name = "ISS", requires = "client_id", value_parser = parse_issuer)]
    issuer: Option<Issuer>,
}

impl Probe {
    pub(crate) fn run(self) -> Result<(), Failure> {
        self.check_files()?;
        let now = now_or(None)?.seconds();
        let owner = Identity::read(&self.cert, &self.key)?;
        let thief = match (&self.thief_cert, &self.thief_key) {
            (Some(cert), Some(key)) => Some(Identity::read(cert, key)?),
            _ => None,
        };
        if thief.as_ref().is_some_and(|thief| thief.thumbprint.matches(&owner.thumbprint)) {
            return Err(Failure::Unusable(
                "--thief-cert is the same certificate as --cert; pass another client's".to_owned(),
            ));
        }
        let read = |path: &Option<PathBuf>| match path {
            Some(path) => {
                let text = StolenToken::read(path)?;
                StolenToken::new(text, &input::name(path), &owner.thumbprint).map(Some)
            }
            None => Ok(None),
        };
        let (token, expired, other_audience) =
            (read(&self.origin.token)?, read(&self.expired_token)?, read(&self.other_audience_token)?);
        if let (Some(path), Some(token)) = (&self.expired_token, &expired) {
            token.check_expired(&input::name(path), now)?;
        }
        if let (Some(path), Some(token)) = (&self.other_audience_token, &other_audience) {
            token.check_other_audience(&input::name(path), now)?;
        }
        let read_key_set = |path| key_set::read_text(path, &mut Vec::new()).map(|(jwks, _)| jwks);
        let jwks = self.jwks.as_deref().map(read_key_set).transpose()?;
        let extras = Extras { thief, expired, other_audience, jwks };
        let authorities = self.ca.clone().map_or(Authorities::System, Authorities::File);
        let report = self.report.clone().map(WholeFile::new);
        if let Some(report) = &report {
            report.check_writable().map_err(|error| unwritable(report.path(), &error))?;
        }

        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Unusable(format!("the system allows no I/O: {error}")))?;
        let findings = runtime.block_on(self.attack(owner, token, extras, &authorities, now));
        // Resolving a name cannot be interrupted, and nothing waits for it any more.
        runtime.shutdown_background();
        let findings = findings?;

        // The result is printed first, so that a full disk does not lose it.
        let printed = if self.json { output::print_json(&record(&findings)) } else { output::print(&text(&findings)) };
        let written = report.map_or(Ok(()), |report| {
            let written = report.write(page(&findings).as_bytes());
            written.map(drop).map_err(|error| unwritable(report.path(), &error))
        });
        let (reason, text) = findings.reason();
        let outputs = printed.and(written);
        match findings.exit() {
            Exit::Good => outputs,
            bad_or_open => {
                // What was found counts more than that an output is missing.
                if let Err(failure) = outputs {
                    output::warn(&failure.sentence());
                }
                Err(if bad_or_open == Exit::Bad { Failure::Answer { reason, text } } else { Failure::Unusable(text) })
            }
        }
    }

    async fn attack(
        &self,
        owner: Identity,
        token: Option<StolenToken>,
        mut extras: Extras,
        authorities: &Authorities,
        now: u64,
    ) -> Result<Findings, Failure> {
        let trusted = authorities.trusted()?;
        let mut fetcher = Fetcher::default();
        let token = match token {
            Some(token) => token,
            None => {
                let presenter = owner.presenter();
                let mutual: Arc<ClientConfig> = presenter.mutual(&trusted).into();
                let (grant, tls) = (self.grant()?, Arc::new(authorities.tls_config()?));
                let granting = timeout(ISSUER_TIMEOUT, grant.obtain(&mut fetcher, &tls, &mutual)).await;
                let granted = granting.unwrap_or_else(|_| {
                    let seconds = ISSUER_TIMEOUT.as_secs();
                    Err(Failure::Unusable(format!(
                        "{}: no token after {seconds} seconds; check the issuer",
                        grant.issuer.as_str()
                    )))
                });
                let (text, jwks) = granted.map_err(|failure| match presenter.latest() {
                    Presented::NothingFits => Failure::Unusable(format!(
                        "{}: the certificate of --cert was not presented, since the issuer accepts no signature that its key \
                         can make; expected a key that the issuer accepts; pass another client's, or let the issuer accept it",
                        grant.issuer.as_str()
                    )),
                    _ => failure,
                })?;
                extras.jwks = extras.jwks.or(jwks);
                StolenToken::new(text, grant.issuer.as_str(), &owner.thumbprint)?
            }
        };
        for (option, extra, has_same_audience) in
            [("--expired-token", &extras.expired, true), ("--other-audience-token", &extras.other_audience, false)]
        {
            if let Some(extra) = extra {
                extra.check_beside(&token, option, has_same_audience)?;
            }
        }
        if let (Some(path), Some(jwks)) = (&self.jwks, &extras.jwks)
            && token.lacks_key_in(jwks)
        {
            return Err(Failure::Unusable(format!(
                "{}: the set has no key with the kid of the token and the kty and crv of its alg; expected the set of the \
                 token's issuer; pass that, or leave --jwks out",
                input::name(path)
            )));
        }
        let arsenal = Arsenal::new(self.url.clone(), &trusted, owner, token, extras, now)?;
        // A clock that fails shows that no token is still valid.
        let clock = || now_or(None).map_or(u64::MAX, |now| now.seconds());
        let (rows, requests) = Campaign::new(&arsenal, fetcher.requests).run(clock).await;
        Ok(Findings::new(&arsenal, &rows, requests, now))
    }

    fn grant(&self) -> Result<Grant, Failure> {
        match (&self.origin.issuer, &self.client_id) {
            (Some(issuer), Some(client_id)) => Ok(Grant {
                issuer: issuer.clone(),
                client_id: client_id.clone(),
                scope: self.scope.clone(),
                resource: self.resource.clone(),
            }),
            // Unreachable, because the groups require them.
            _ => Err(Failure::Unusable("pass --token, or --issuer and --client-id".to_owned())),
        }
    }

    /// Checks which arguments read standard input.
    fn check_files(&self) -> Result<(), Failure> {
        let optional = [
            ("--token", &self.origin.token),
            ("--thief-cert", &self.thief_cert),
            ("--thief-key", &self.thief_key),
            ("--expired-token", &self.expired_token),
            ("--other-audience-token", &self.other_audience_token),
            ("--jwks", &self.jwks),
        ];
        let optional = optional.iter().filter_map(|(option, path)| Some(Source::File(option, path.as_deref()?)));
        let required = [Source::File("--cert", &self.cert), Source::File("--key", &self.key)];
        input::refuse_shared_stdin(required.into_iter().chain(optional))?;
        for (option, path) in [("--ca", &self.ca), ("--report", &self.report)] {
            if let Some(path) = path.as_deref().filter(|path| input::has_name_of_stdin(path)) {
                return Err(Failure::Unusable(format!(
                    "{option} {}: this option needs a file, not a stream; pass its path",
                    path.display()
                )));
            }
        }
        Ok(())
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Unusable(format!("--report {}: {error}; pass a file in a folder that can be written", path.display()))
}

fn parse_url(text: &str) -> Result<HttpsUrl, String> {
    HttpsUrl::parse(text)
        .map_err(|reason| format!("the URL {reason}; expected one such as https://api.example/accounts"))
}

fn parse_issuer(text: &str) -> Result<Issuer, String> {
    Issuer::parse(text)
        .map_err(|reason| format!("the issuer {reason}; expected an https URL such as https://as.example"))
}

/// How long the issuer's answers may take in total.
const ISSUER_TIMEOUT: Duration = Duration::from_secs(30);
