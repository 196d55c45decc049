//! `certbound verify`

use std::{ffi::OsString, path::PathBuf, slice};

use certbound::{Algorithm, Error, Key, Policy, TokenType, TrustedIssuer, Verifier, limits, scratch_len};
use clap::{
    Args, ValueEnum,
    builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser},
};

use crate::{
    certificate::with_certificate,
    demands::Demands,
    explain::{self, Detail, list_algorithms, list_quoted},
    failure::Failure,
    input::{self, Source},
    json::quote,
    key_set, output,
    token::Unverified,
};

/// Verify a token as a resource server does, and print its claims
///
/// Checks, in this order: the token's form, its header, the issuer's signature, iss, aud, exp, nbf, the types of the
/// other registered claims, the binding to the certificate, and the scopes. The first broken rule is reported.
///
/// Not checked: the certificate's chain, validity and revocation, which the TLS terminator must check, and whether the
/// token has been revoked.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound verify --jwks jwks.json --cert client.pem \\
    --issuer https://as.example --audience https://api.example \"$TOKEN\"
  jq -r .access_token response.json | certbound verify --jwks jwks.json --cert client.pem \\
    --issuer https://as.example --audience https://api.example --now 1900000000 -
  certbound verify --issuer https://as.example --jwks as.json --issuer https://as2.example --jwks as2.json \\
    --cert client.pem --audience https://api.example \"$TOKEN\"

Exit codes:
  0  accepted; the claims are on standard output, as JSON
  1  rejected; the reason is on standard error, as one line:
     rejected: NAME: what was found; what was expected; what to change
  2  wrong usage, or a file that cannot be read or used
     (a JWK Set whose keys are all unusable, a certificate file without a certificate)")]
pub(crate) struct Verify {
    /// The issuer's JWK Set (RFC 7517), as its jwks_uri serves it
    #[arg(long, value_name = "FILE", required = true)]
    jwks: Vec<PathBuf>,

    /// The issuer; the token's iss must equal it byte for byte. Repeat it to trust several: the n-th --jwks has the
    /// keys of the n-th --issuer
    #[arg(long = "issuer", value_name = "ISS", required = true, value_parser = NonEmptyStringValueParser::new())]
    issuers: Vec<String>,

    /// This resource server; the token's aud must equal or contain this value. Repeat it to allow several
    #[arg(long = "audience", value_name = "AUD", required = true, value_parser = NonEmptyStringValueParser::new())]
    audiences: Vec<String>,

    /// The client certificate of the TLS connection, DER or PEM (its first certificate is the leaf). Omit it if
    /// the connection had none
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,

    /// The typ that the token's header must have
    #[arg(long, value_enum, default_value_t = Typ::AccessToken)]
    typ: Typ,

    /// Allow only this algorithm. Repeat it to allow several [default: all supported]
    #[arg(long = "alg", value_name = "ALG", value_parser = algorithm_parser())]
    algorithms: Vec<Algorithm>,

    #[command(flatten)]
    demands: Demands,

    /// The token, without "Bearer"; "-" reads it from standard input, where it may end in one newline
    #[arg(value_name = "TOKEN|-")]
    token: OsString,
}

#[derive(Clone, Copy, ValueEnum)]
enum Typ {
    /// at+jwt or application/at+jwt (RFC 9068)
    #[value(name = "at+jwt")]
    AccessToken,
    /// JWT, application/jwt, what at+jwt accepts, or none, for issuers such as Keycloak: this also accepts ID tokens for
    /// one of the audiences
    #[value(name = "jwt")]
    Jwt,
    /// Any or none: this also accepts other JWTs of the issuer, such as ID tokens, as access tokens
    #[value(name = "any")]
    Any,
}

impl Verify {
    pub(crate) fn run(self) -> Result<(), Failure> {
        self.check_pairs()?;
        let certificate = self.cert.as_deref().map(|path| Source::File("--cert", path));
        let jwks = self.jwks.iter().map(|path| Source::File("--jwks", path));
        input::refuse_shared_stdin(jwks.chain([Source::Token(&self.token)]).chain(certificate))?;
        let mut passed_over = Vec::new();
        let keys: Vec<_> =
            self.jwks.iter().map(|path| key_set::read(path, &mut passed_over)).collect::<Result<_, _>>()?;
        let certificate = match &self.cert {
            Some(path) => Some(with_certificate(path, |certificate| certificate.thumbprint())?),
            None => None,
        };
        let now = self.demands.now()?;
        let token = input::read_argument(&self.token, limits::TOKEN_LEN)?;

        let audiences: Vec<&str> = self.audiences.iter().map(String::as_str).collect();
        let scopes = self.demands.scopes();
        let algorithms = self.algorithms();
        let policy = Policy::for_audiences(&audiences).algorithms(algorithms).token_type(match self.typ {
            Typ::AccessToken => TokenType::AccessToken,
            Typ::Jwt => TokenType::Jwt,
            Typ::Any => TokenType::Any,
        });
        let policy = self.demands.policy(policy, &scopes);
        let issuers: Vec<_> =
            self.issuers.iter().zip(&keys).map(|(name, keys)| TrustedIssuer::new(name, keys)).collect();

        let mut scratch = vec![0; scratch_len(token.len())];
        let mut judge = |issuers: &[TrustedIssuer<'_>]| {
            let verifier = Verifier::for_issuers(policy, issuers);
            verifier
                .verify(&token, certificate.as_ref(), now, &mut scratch)
                .map(|verified| verified.as_json().to_owned())
        };
        match judge(&issuers) {
            Ok(claims) => output::print_json(&claims),
            Err(error) => {
                // Alone, an issuer whose key verifies the signature fails in the same way.
                let is_signer = |issuer: &&TrustedIssuer<'_>| {
                    error == Error::IssuerMismatch && judge(slice::from_ref(issuer)) == Err(error)
                };
                let signer = issuers.iter().find(is_signer).map(TrustedIssuer::name);
                let token = Unverified::decode(&token);
                let found = explain::found_in_token(error, &token)
                    .or_else(|| explain::found_in_claims(error, &token.claims, now.seconds(), certificate.as_ref()));
                let expected = self.expected(error, &token, &keys.concat(), &passed_over, signer);
                let mistake = explain::mistake_for_token(error, &token);
                Err(Failure::of_verdict("the token", error, Detail { found, expected, mistake }))
            }
        }
    }

    /// Checks that each issuer has a JWK Set.
    fn check_pairs(&self) -> Result<(), Failure> {
        let (issuers, sets) = (self.issuers.len(), self.jwks.len());
        if issuers == sets {
            return Ok(());
        }
        Err(Failure::Unusable(format!(
            "found {issuers} --issuer and {sets} --jwks; expected as many of one as of the other, since the n-th --jwks \
             has the keys of the n-th --issuer; repeat the file if issuers share their keys"
        )))
    }

    fn algorithms(&self) -> &[Algorithm] {
        if self.algorithms.is_empty() { Algorithm::ALL } else { &self.algorithms }
    }

    /// The values that the policy, the keys or the binding would have accepted.
    fn expected(
        &self,
        error: Error,
        token: &Unverified,
        keys: &[Key],
        passed_over: &[key_set::PassedOver],
        signer: Option<&str>,
    ) -> Option<String> {
        match error {
            Error::IssuerMismatch if self.issuers.len() > 1 => {
                let signer = signer.map(|signer| format!("{}, whose key verifies the signature", quote(signer)));
                signer.or_else(|| Some(list_quoted(self.issuers.iter().map(String::as_str))))
            }
            Error::AlgorithmMissing | Error::AlgorithmMalformed | Error::AlgorithmNotAllowed => {
                Some(list_algorithms(self.algorithms()))
            }
            Error::KeyUnknown => {
                let kid: Option<String> = token.header.read_member("kid");
                if let Some(key) = passed_over.iter().find(|key| key.kid.is_some() && key.kid == kid) {
                    let name = key.reason.name();
                    return Some(format!(
                        "the set has this key, but it was passed over ({name}: {})",
                        key.reason.found()
                    ));
                }
                Some(list_quoted(keys.iter().map(|key| key.key_id().unwrap_or("(none)"))))
            }
            Error::KeyUnsuited => {
                let kid: Option<String> = token.header.read_member("kid");
                let candidates = keys.iter().filter(|key| kid.is_none() || key.key_id() == kid.as_deref());
                let mut fitting: Vec<_> = candidates
                    .map(|key| format!("{} for {}", key.kind(), list_algorithms(&key_set::algorithms_of(key))))
                    .collect();
                // A set may have thousands of keys, but only a few kinds.
                fitting.sort_unstable();
                fitting.dedup();
                Some(format!("the set has {}", fitting.join(", ")))
            }
            _ => self.demands.expected(error, &token.claims, self.issuers.iter().map(String::as_str), &self.audiences),
        }
    }
}

fn algorithm_parser() -> impl TypedValueParser<Value = Algorithm> {
    // EdDSA has a second name (RFC 9864).
    PossibleValuesParser::new(Algorithm::ALL.iter().map(|algorithm| algorithm.name()).chain(["Ed25519"]))
        .try_map(|name| Algorithm::from_name(&name).ok_or("no such algorithm"))
}
