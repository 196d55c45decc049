//! `certbound sync`

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use crate::{
    failure::Failure,
    input,
    issuer::{Authorities, HttpsUrl, Issuer, Source},
    sync::{Repetition, Service, parse_interval},
};

/// Fetch an issuer's keys over TLS, and keep a file with them current
///
/// The file is a JWK Set with the usable keys of the issuer and only their public members. It is replaced as a whole, and only
/// if something has changed. The NGINX module loads a changed file within a second.
///
/// Good keys are never replaced by nothing. If the answer is an error, incomplete, malformed, late, or has no usable key, the
/// file stays as it is, and the reason is reported. This includes {"keys":[]}, which in a file would withdraw all keys: if
/// that is intended, write it by hand.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound sync --issuer https://as.example --out /etc/nginx/issuer-jwks.json --once
  certbound sync --jwks-uri https://as.example/jwks --out jwks.json --every 5m

Only https is fetched, and at most three redirects are followed. An answer has at most 256 KiB, and
an attempt takes at most 30 seconds in total. Proxies in environment variables are ignored.

With --every, a shorter max-age in the answer's Cache-Control brings the next attempt forward.
After failures, attempts come after a second, then two, four and so on, with jitter, up to the
interval or a minute, whichever is longer. SIGTERM and SIGINT end the service, or the attempt.

Exit codes:
  0  the file is current; with --every: a signal has ended the service
  1  the answer cannot be used, and the file is as it was; the reason is on standard error,
     as one line:
     rejected: NAME: what was found; what was expected; what to change
  2  wrong usage, a file that cannot be read or written, or with --once: a signal")]
pub(crate) struct Sync {
    #[command(flatten)]
    source: SourceOptions,

    /// The file to keep current. A symbolic link is followed. An existing file keeps its owner and permissions; a new one
    /// can be read by everybody
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    #[command(flatten)]
    repetition: RepetitionOptions,

    /// Trust the certificate authorities in this file, PEM or DER, instead of the system's
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Serve metrics for Prometheus on this address, at /metrics
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics: Option<SocketAddr>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct SourceOptions {
    /// Where the issuer publishes its JWK Set (RFC 7517)
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    jwks_uri: Option<HttpsUrl>,

    /// The issuer, whose metadata says where the JWK Set is (RFC 8414, or else OpenID Connect Discovery). Its issuer member
    /// must equal ISS byte for byte
    #[arg(long, value_name = "ISS", value_parser = parse_issuer)]
    issuer: Option<Issuer>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct RepetitionOptions {
    /// Fetch the keys, write the file and exit
    #[arg(long)]
    once: bool,

    /// Run as a service, and fetch the keys again after this time: from 1s to 1d, as in 30s, 5m or 1h
    #[arg(long, value_name = "TIME", value_parser = parse_interval)]
    every: Option<Duration>,
}

impl Sync {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let source = match (self.source.jwks_uri, self.source.issuer) {
            (Some(url), _) => Source::JwksUri(url),
            (None, Some(issuer)) => Source::Issuer(issuer),
            // Unreachable, because the group requires one of them.
            (None, None) => return Err(Failure::Unusable("pass --jwks-uri or --issuer".to_owned())),
        };
        for (option, path) in [("--out", Some(&self.out)), ("--ca", self.ca.as_ref())] {
            if let Some(path) = path.filter(|path| input::has_name_of_stdin(path)) {
                return Err(Failure::Unusable(format!(
                    "{option} {}: this option needs a file, not a stream; pass its path",
                    path.display()
                )));
            }
        }
        let authorities = self.ca.map_or(Authorities::System, Authorities::File);
        let repetition = self.repetition.every.map_or(Repetition::Once, Repetition::Every);
        Service::new(source, authorities, self.out)?.run(repetition, self.metrics)
    }
}

fn parse_url(text: &str) -> Result<HttpsUrl, String> {
    HttpsUrl::parse(text).map_err(|reason| format!("the URL {reason}; expected one such as https://as.example/jwks"))
}

fn parse_issuer(text: &str) -> Result<Issuer, String> {
    Issuer::parse(text)
        .map_err(|reason| format!("the issuer {reason}; expected an https URL such as https://as.example"))
}
