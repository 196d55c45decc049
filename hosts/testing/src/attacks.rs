//! Attacks with valid tokens: on connections with another certificate, and with certificates in headers.

use crate::{
    parties::Parties,
    pki::Identity,
    tokens::{self, Token},
};

/// Who may present server A's token, and the verdict. `lookalike` has a certificate that differs from server A's only in its
/// key and its issuer.
pub fn presenters<'parties>(
    parties: &'parties Parties,
    lookalike: &'parties Identity,
) -> [(Option<&'parties Identity>, &'static str); 4] {
    [
        (Some(&parties.server_a), "ok"),
        (Some(&parties.thief), "certificate_mismatch"),
        (Some(lookalike), "certificate_mismatch"),
        (None, "certificate_missing"),
    ]
}

/// A client that presents a certificate in a full handshake, and would present another one in those that resume its session.
pub struct Resumption<'parties> {
    /// Presented in the full handshake. It determines the verdicts on the resumed session too.
    pub first: Option<&'parties Identity>,
    /// Presented afterwards.
    pub afterwards: Option<&'parties Identity>,
    /// The verdict on server A's token.
    pub of_server_a: &'static str,
    /// The verdict on the thief's token.
    pub of_thief: &'static str,
}

/// Each order of server A, the thief, and no certificate.
pub fn resumptions(parties: &Parties) -> [Resumption<'_>; 4] {
    let (server_a, thief) = (Some(&parties.server_a), Some(&parties.thief));
    [
        (server_a, thief, "ok", "certificate_mismatch"),
        (thief, server_a, "certificate_mismatch", "ok"),
        (thief, None, "certificate_mismatch", "ok"),
        (None, thief, "certificate_missing", "certificate_missing"),
    ]
    .map(|(first, afterwards, of_server_a, of_thief)| Resumption { first, afterwards, of_server_a, of_thief })
}

/// Tokens that the thief sends one after the other on its kept-alive connection, with their verdicts.
pub fn tokens_of_the_thief(parties: &Parties) -> [(Option<String>, &'static str); 4] {
    let expired = Token::bound_to(&parties.thief).expires_in(-1).signed_by(&parties.issuer);
    [
        (Some(parties.token_of(&parties.thief)), "ok"),
        (Some(parties.token()), "certificate_mismatch"),
        (Some(expired), "token_expired"),
        (None, "token_missing"),
    ]
}

/// Headers in which terminators of TLS forward this certificate, and its thumbprint. Here the attacker sends them.
pub fn forged_headers(identity: &Identity) -> Vec<(&'static str, String)> {
    let pem = identity.certificate_pem();
    let url_encoded = pem.replace('\n', "%0A").replace(' ', "%20").replace('+', "%2B").replace('/', "%2F");
    let base64 = tokens::base64(identity.certificate());
    let thumbprint = tokens::thumbprint(identity);
    vec![
        ("x-client-cert", url_encoded.clone()),
        ("x-ssl-client-cert", url_encoded.clone()),
        ("ssl-client-cert", url_encoded.clone()),
        ("x-ssl-cert", pem.replace('\n', " ")),
        ("x-forwarded-client-cert", format!("Cert=\"{url_encoded}\"")),
        ("client-cert", format!(":{base64}:")),
        ("x-client-certificate", base64.clone()),
        ("x-arr-clientcert", base64),
        ("x-amzn-mtls-clientcert", url_encoded),
        ("x-ssl-client-verify", "SUCCESS".to_owned()),
        ("x-ssl-client-sha256", thumbprint.clone()),
        ("x5t-s256", thumbprint.clone()),
        ("certbound-thumbprint", thumbprint.clone()),
        ("certbound_thumbprint", thumbprint),
    ]
}
