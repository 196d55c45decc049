//! What an attack turns into: a client with its certificate, and the header fields of a request.

use base64ct::{Base64, Encoding};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls::{ClientConfig, ConfigBuilder, client::WantsClientCert};

use super::{
    asn1,
    attack::{Attempt, Bearer, Forgery, Forwarded, Presents},
    connection::Client,
    forgery,
    identity::Identity,
    look_alike::{NoCopy, look_alike},
    public_key::PublicKey,
    stolen_token::StolenToken,
};
use crate::{failure::Failure, issuer::HttpsUrl};

/// What makes more attacks possible.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) thief: Option<Identity>,
    pub(crate) expired: Option<StolenToken>,
    pub(crate) other_audience: Option<StolenToken>,
    /// The issuer's JWK Set.
    pub(crate) jwks: Option<Vec<u8>>,
}

/// Everything that attacks are made of.
pub(crate) struct Arsenal {
    pub(super) url: HttpsUrl,
    pub(super) owner: Identity,
    pub(super) token: StolenToken,
    extras: Extras,
    key: Option<PublicKey>,
    now: u64,
    clients: Clients,
}

struct Clients {
    owner: Client,
    nothing: Client,
    look_alike: Client,
    thief: Option<Client>,
}

impl Arsenal {
    /// Makes the look-alike certificate, and a client for each certificate.
    pub(crate) fn new(
        url: HttpsUrl,
        trusted: &ConfigBuilder<ClientConfig, WantsClientCert>,
        owner: Identity,
        token: StolenToken,
        extras: Extras,
        now: u64,
    ) -> Result<Self, Failure> {
        let copy = look_alike(&owner).map_err(|reason| {
            Failure::Unusable(format!(
                "no self-signed certificate with the owner's names can be made: {}",
                match reason {
                    NoCopy::Random => "the system provides no random numbers",
                    NoCopy::Certificate =>
                        "the fields of --cert cannot be copied; pass another certificate of the owner",
                }
            ))
        })?;
        let clients = Clients {
            owner: Client::new(trusted, Some(&owner)),
            nothing: Client::new(trusted, None),
            look_alike: Client::new(trusted, Some(&copy)),
            thief: extras.thief.as_ref().map(|thief| Client::new(trusted, Some(thief))),
        };
        let key = extras.jwks.as_deref().and_then(|jwks| PublicKey::find(jwks, &token.content.header));
        Ok(Self { url, owner, token, extras, key, now, clients })
    }

    /// The client that presents this certificate, or why there is none.
    pub(super) fn client(&self, presents: Presents) -> Result<&Client, &'static str> {
        match presents {
            Presents::Owner => Ok(&self.clients.owner),
            Presents::Nothing => Ok(&self.clients.nothing),
            Presents::LookAlike => Ok(&self.clients.look_alike),
            Presents::Thief => self.clients.thief.as_ref().ok_or("--thief-cert and --thief-key are not given"),
        }
    }

    /// The header fields of a request, or why there are none.
    pub(super) fn fields(&self, attempt: &Attempt) -> Result<HeaderMap, &'static str> {
        let mut fields = HeaderMap::new();
        if let Some(token) = self.bearer(attempt.bearer)? {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| "the token is not a header's value")?;
            value.set_sensitive(true);
            if attempt.bearer == Bearer::Twice {
                fields.append(AUTHORIZATION, value.clone());
            }
            fields.append(AUTHORIZATION, value);
        }
        if let Some(header) = attempt.forwarded {
            let value = HeaderValue::from_str(&self.forwarded(header))
                .map_err(|_| "the certificate is not a header's value")?;
            fields.insert(header.name(), value);
        }
        Ok(fields)
    }

    /// The token for another audience, if there is one.
    pub(super) const fn other_audience(&self) -> Option<&StolenToken> {
        self.extras.other_audience.as_ref()
    }

    /// The token of a request, if it has one, or why it cannot be had.
    pub(super) fn bearer(&self, bearer: Bearer) -> Result<Option<String>, &'static str> {
        let given =
            |token: &Option<StolenToken>, reason| token.as_ref().map(|token| Some(token.text.clone())).ok_or(reason);
        match bearer {
            Bearer::Nothing => Ok(None),
            Bearer::Token | Bearer::Twice => Ok(Some(self.token.text.clone())),
            Bearer::Expired => given(&self.extras.expired, "--expired-token is not given"),
            Bearer::OtherAudience => given(&self.extras.other_audience, "--other-audience-token is not given"),
            Bearer::Forged(forgery) => {
                let token = &self.token.content;
                if token.header.0.is_empty() {
                    return Err("the token is not a signed JWT");
                }
                let needs_key = matches!(forgery, Forgery::HmacByPem | Forgery::HmacByDer);
                if needs_key && self.key.is_none() {
                    return Err(
                        "the issuer's public key is not known: pass --jwks, or a set with a key for this token",
                    );
                }
                forgery::forge(forgery, token, self.key.as_ref(), self.now)
                    .map(Some)
                    .ok_or("the token is not a signed JWT")
            }
        }
    }

    /// The owner's certificate, as a proxy would forward it.
    fn forwarded(&self, header: Forwarded) -> String {
        let der = self.owner.certificate();
        let pem = || utf8_percent_encode(&asn1::pem("CERTIFICATE", der), NON_ALPHANUMERIC).to_string();
        match header {
            Forwarded::Rfc9440 => format!(":{}:", Base64::encode_string(der)),
            Forwarded::Envoy => {
                let digest: String =
                    self.owner.thumbprint.as_sha256().iter().map(|byte| format!("{byte:02x}")).collect();
                format!("Hash={digest};Cert=\"{}\"", pem())
            }
            Forwarded::Nginx => pem(),
        }
    }
}

impl Forwarded {
    /// The field's name. Names of fields are case-insensitive, and written in lower case by HTTP/2.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Rfc9440 => "client-cert",
            Self::Envoy => "x-forwarded-client-cert",
            Self::Nginx => "x-ssl-cert",
        }
    }
}
