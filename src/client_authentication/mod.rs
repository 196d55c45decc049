//! Client authentication by certificate at the token endpoint (RFC 8705 §2).
//!
//! `expected_subject` compares names for `tls_client_auth`, `registered_key` compares keys for
//! `self_signed_tls_client_auth`. The folder imports `x509`, `json`, the JWK rules of `jose`, `base64url`, scratch
//! memory, errors and limits. It must not know tokens or policies, and must not verify signatures.

mod expected_subject;
mod registered_key;

use heapless::Vec;

use self::{expected_subject::ExpectedSubject, registered_key::RegisteredKey};
use crate::{
    Certificate, Error,
    json::{self, Object, Value},
    limits,
    scratch::Scratch,
};

/// Bytes of scratch memory that are enough for client metadata of `json_len` bytes.
///
/// ```
/// assert_eq!(certbound::client_metadata_scratch_len(500), 500);
/// ```
pub const fn client_metadata_scratch_len(json_len: usize) -> usize {
    json_len
}

/// The members of a client's registration that say how the client authenticates (RFC 7591 §2, RFC 8705 §2).
///
/// ```
/// use certbound::{AuthenticationMethod, Certificate, Chain, ClientMetadata, Error, client_metadata_scratch_len};
///
/// let metadata = br#"{"client_id": "a", "token_endpoint_auth_method": "tls_client_auth",
///     "tls_client_auth_subject_dn": "CN=client,O=Example\\, Inc.,C=DE"}"#;
/// let mut scratch = [0; client_metadata_scratch_len(4096)];
/// let client = ClientMetadata::from_json(metadata, &mut scratch)?;
/// assert_eq!(client.method(), AuthenticationMethod::TlsClientAuth);
///
/// // RFC 8705 Appendix A's certificate has another subject:
/// let certificate = Certificate::from_der(include_bytes!("../../tests/vectors/rfc8705/certificate.der"))?;
/// assert_eq!(client.authenticate(&certificate, Chain::Validated), Err(Error::SubjectMismatch));
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientMetadata<'registration> {
    client_id: Option<&'registration str>,
    expected: Expected<'registration>,
}

/// How a client authenticates by its certificate.
///
/// ```
/// assert_eq!(certbound::AuthenticationMethod::TlsClientAuth.name(), "tls_client_auth");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticationMethod {
    /// `tls_client_auth`: a certificate from a trusted authority for the registered subject (RFC 8705 §2.1).
    TlsClientAuth,
    /// `self_signed_tls_client_auth`: a certificate with a registered key, regardless of its issuer (RFC 8705 §2.2).
    SelfSignedTlsClientAuth,
}

impl AuthenticationMethod {
    /// The value of `token_endpoint_auth_method`.
    ///
    /// ```
    /// use certbound::AuthenticationMethod;
    ///
    /// assert_eq!(AuthenticationMethod::SelfSignedTlsClientAuth.name(), "self_signed_tls_client_auth");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::TlsClientAuth => "tls_client_auth",
            Self::SelfSignedTlsClientAuth => "self_signed_tls_client_auth",
        }
    }
}

/// Whether the TLS terminator has validated the chain of a connection's certificate (RFC 5280 §6).
///
/// It is an argument of each call, since a server that also accepts self-signed certificates sees both kinds.
///
/// ```
/// # fn validate(_: &[u8]) -> Result<(), ()> { Err(()) }
/// # let certificate = &[];
/// use certbound::Chain;
///
/// let chain = if validate(certificate).is_ok() { Chain::Validated } else { Chain::NotValidated };
/// # assert_eq!(chain, Chain::NotValidated);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The chain leads to an authority that the server trusts for clients, and its certificates are within their
    /// validity periods and not revoked.
    Validated,
    /// The chain is invalid, or has not been checked.
    NotValidated,
}

/// What the client's certificate must contain.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "keys are stored side by side, since there is no allocation")]
enum Expected<'registration> {
    Subject(ExpectedSubject<'registration>),
    Key(Vec<RegisteredKey<'registration>, { limits::CLIENT_KEYS }>),
}

impl<'registration> ClientMetadata<'registration> {
    /// Reads a registration. Fails if no certificate could match it.
    ///
    /// An optional member that is null counts as absent, in the registration and in its keys.
    ///
    /// `scratch` must have [`client_metadata_scratch_len`] bytes for the longest registration.
    ///
    /// # Errors
    /// Those of JSON, [`Error::ClientMetadataNotObject`], [`Error::AuthenticationMethodUnsupported`]; for
    /// `tls_client_auth` [`Error::SubjectIdentifierMissing`], [`Error::SubjectIdentifierAmbiguous`],
    /// [`Error::SubjectIdentifierMalformed`] and those of [`DistinguishedName`](crate::DistinguishedName); for
    /// `self_signed_tls_client_auth` [`Error::ClientKeysMissing`] and [`Error::KeySetFull`].
    ///
    /// ```
    /// use certbound::{ClientMetadata, Error};
    ///
    /// let both = br#"{"token_endpoint_auth_method": "tls_client_auth",
    ///     "tls_client_auth_san_dns": "a.example", "tls_client_auth_san_ip": "192.0.2.1"}"#;
    /// let mut scratch = [0; 256];
    /// assert_eq!(ClientMetadata::from_json(both, &mut scratch).unwrap_err(), Error::SubjectIdentifierAmbiguous);
    /// ```
    pub fn from_json(json: &'registration [u8], scratch: &'registration mut [u8]) -> Result<Self, Error> {
        let mut scratch = Scratch::new(scratch);
        let metadata = json::read_object(json, Error::ClientMetadataNotObject)?;
        let client_id = match metadata.optional_member("client_id").and_then(Value::as_text) {
            Some(text) => Some(scratch.unescape(text)?),
            None => None,
        };
        let expected = match read_method(metadata)? {
            AuthenticationMethod::TlsClientAuth => {
                Expected::Subject(ExpectedSubject::from_metadata(metadata, &mut scratch)?)
            }
            AuthenticationMethod::SelfSignedTlsClientAuth => Expected::Key(read_keys(metadata, &mut scratch)?),
        };
        Ok(Self { client_id, expected })
    }

    /// `client_id`, if the registration has one.
    ///
    /// ```
    /// # let json = br#"{"client_id": "a", "token_endpoint_auth_method": "tls_client_auth",
    /// #     "tls_client_auth_san_dns": "a.example"}"#;
    /// # let mut scratch = [0; 256];
    /// let client = certbound::ClientMetadata::from_json(json, &mut scratch)?;
    /// assert_eq!(client.client_id(), Some("a"));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn client_id(&self) -> Option<&'registration str> {
        self.client_id
    }

    /// How the client authenticates, which also decides whether its certificate needs a valid chain.
    ///
    /// ```
    /// # let json = br#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example"}"#;
    /// # let mut scratch = [0; 256];
    /// let client = certbound::ClientMetadata::from_json(json, &mut scratch)?;
    /// assert_eq!(client.method().name(), "tls_client_auth");
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn method(&self) -> AuthenticationMethod {
        match self.expected {
            Expected::Subject(_) => AuthenticationMethod::TlsClientAuth,
            Expected::Key(_) => AuthenticationMethod::SelfSignedTlsClientAuth,
        }
    }

    /// Checks that the certificate of a connection authenticates this client.
    ///
    /// It does not check the certificate's chain, validity or revocation. The TLS terminator does, and reports the
    /// result in `chain`. `tls_client_auth` requires a validated chain, since anyone can write any subject into a
    /// self-made certificate. `self_signed_tls_client_auth` ignores `chain`: the handshake has proven that the client
    /// holds the registered key.
    ///
    /// # Errors
    /// [`Error::ChainNotValidated`], [`Error::SubjectMismatch`] or [`Error::AlternativeNameMismatch`]; or
    /// [`Error::ClientKeyMismatch`].
    ///
    /// ```
    /// use certbound::{Certificate, Chain, ClientMetadata, Error};
    ///
    /// let json = br#"{"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "a.example"}"#;
    /// let mut scratch = [0; 256];
    /// let client = ClientMetadata::from_json(json, &mut scratch)?;
    /// let certificate = Certificate::from_der(include_bytes!("../../tests/vectors/rfc8705/certificate.der"))?;
    /// let verdict = client.authenticate(&certificate, Chain::Validated);
    /// assert_eq!(verdict, Err(Error::AlternativeNameMismatch));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn authenticate(&self, certificate: &Certificate<'_>, chain: Chain) -> Result<(), Error> {
        match &self.expected {
            Expected::Subject(_) if chain == Chain::NotValidated => Err(Error::ChainNotValidated),
            Expected::Subject(subject) => subject.check(certificate),
            Expected::Key(keys) => {
                let presented = certificate.subject_public_key_info();
                if keys.iter().any(|key| key.is(&presented)) { Ok(()) } else { Err(Error::ClientKeyMismatch) }
            }
        }
    }
}

fn read_method(metadata: Object<'_>) -> Result<AuthenticationMethod, Error> {
    let found = metadata.member("token_endpoint_auth_method").and_then(Value::as_text);
    [AuthenticationMethod::TlsClientAuth, AuthenticationMethod::SelfSignedTlsClientAuth]
        .into_iter()
        .find(|method| found.is_some_and(|text| text.is(method.name())))
        .ok_or(Error::AuthenticationMethodUnsupported)
}

/// Reads the keys of `jwks` that can be compared. Others are ignored, as in any key set.
fn read_keys<'registration>(
    metadata: Object<'registration>,
    scratch: &mut Scratch<'registration>,
) -> Result<Vec<RegisteredKey<'registration>, { limits::CLIENT_KEYS }>, Error> {
    let jwks = metadata.optional_member("jwks").and_then(Value::as_object).ok_or(Error::ClientKeysMissing)?;
    let listed = jwks.member("keys").and_then(Value::as_array).ok_or(Error::ClientKeysMissing)?;
    let mut keys = Vec::new();
    for jwk in listed.elements() {
        match RegisteredKey::from_jwk(jwk, scratch) {
            Ok(key) => keys.push(key).map_err(|_| Error::KeySetFull)?,
            Err(Error::ScratchTooSmall) => return Err(Error::ScratchTooSmall),
            Err(_) => {}
        }
    }
    if keys.is_empty() { Err(Error::ClientKeysMissing) } else { Ok(keys) }
}
