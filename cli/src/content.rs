//! Recognizes a file that was passed by mistake, from its structure and labels only: its content may be secret.

use certbound::Error;
use der::{AnyRef, Decode, Reader, SliceReader, Tag, Tagged};
use serde::de::IgnoredAny;

use crate::{
    json::{excerpt, quote},
    token::{Members, decode_base64url},
};

/// What a file or an argument is expected to contain.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Certificate,
    KeySet,
    ClientMetadata,
    Introspection,
    Token,
    PrivateKey,
}

impl Purpose {
    /// What was found, what was expected and what to change, if `content` is recognized as something else.
    pub(crate) fn mistake(self, content: &[u8]) -> Option<String> {
        Some(self.sentence(&self.recognize(content)?.description))
    }

    /// The same, for a document that the core rejected with `error`. If the document is of the expected kind and has an
    /// error deep inside, returns `None`: the core's error explains it better.
    pub(crate) fn mistake_behind(self, error: Error, json: &[u8]) -> Option<String> {
        let found = self.recognize(json)?;
        let is_explained = match error {
            Error::KeySetKeysMissing | Error::ActiveMissing | Error::AuthenticationMethodUnsupported => found.is_object,
            Error::KeySetNotObject | Error::ClientMetadataNotObject | Error::IntrospectionNotObject => true,
            Error::KeySetIsPem => true,
            _ => matches!(error.code(), 200..=299) && !found.is_object,
        };
        is_explained.then(|| self.sentence(&found.description))
    }

    /// The sentence for the user: what was found, what was expected and what to change.
    pub(crate) fn sentence(self, found: &str) -> String {
        let (expected, remedy) = match self {
            Self::Certificate => {
                ("a certificate, DER or PEM with a BEGIN CERTIFICATE block", "pass the certificate file")
            }
            Self::KeySet if found.starts_with("a public key") => (
                "a JWK Set, which is a JSON object with keys (RFC 7517 §5)",
                "pass the document of the issuer's jwks_uri, or convert the key to a JWK",
            ),
            Self::KeySet => (
                "a JWK Set, which is a JSON object with keys (RFC 7517 §5)",
                "pass the document of the issuer's jwks_uri",
            ),
            Self::ClientMetadata => (
                "client metadata, which is a JSON object with token_endpoint_auth_method (RFC 7591 §2)",
                "pass the client's registration",
            ),
            Self::Introspection => (
                "an introspection response, which is a JSON object with active (RFC 7662 §2.2)",
                "request application/json from the issuer's introspection endpoint; signed responses (RFC 9701) are not supported",
            ),
            Self::PrivateKey => (
                "a private key without a passphrase, PEM or DER",
                "pass the client's key file; openssl pkey removes a passphrase",
            ),
            Self::Token => ("a signed JWT, header.payload.signature (RFC 7515 §7.1)", "pass only the access token"),
        };
        format!("it is {found}; expected {expected}; {remedy}")
    }

    /// What `content` is; `None` if that is unknown, or if it is what was expected.
    fn recognize(self, content: &[u8]) -> Option<Recognized> {
        let text = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content).trim_ascii();
        if let Ok(members) = Members::read(text) {
            return Some(Recognized { description: self.recognize_object(&members)?, is_object: true });
        }
        let description = match content {
            [] => "empty".to_owned(),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16 text (save it as UTF-8)".to_owned(),
            [0x1f, 0x8b, ..] => "compressed (gzip)".to_owned(),
            _ if self == Self::Token && looks_like_path(text) => {
                "apparently a file name (to read the token from a file, use: - < FILE)".to_owned()
            }
            _ => None
                .or_else(|| self.recognize_der(content).map(|what| format!("{what} (DER)")))
                .or_else(|| describe_pem(content))
                .or_else(|| describe_text(text).filter(|_| self != Self::Token))
                .or_else(|| describe_markup_or_json(text).map(str::to_owned))?,
        };
        Some(Recognized { description, is_object: false })
    }

    fn recognize_object(self, object: &Members) -> Option<String> {
        let has = |name| object.optional_json(name).is_some();
        let is_array = |name| object.json(name).is_some_and(|json| json.starts_with('['));
        if self == Self::ClientMetadata && has("token_endpoint_auth_method") {
            return None;
        }
        // For a single key instead of a set, the core's error already says what to do.
        let kinds = [
            (is_array("keys"), Some(Self::KeySet), "a JWK Set"),
            (has("kty") && (has("d") || has("k")), Some(Self::KeySet), "a private key (JWK)"),
            (has("kty"), Some(Self::KeySet), "a JWK"),
            (has("active"), Some(Self::Introspection), "an introspection response"),
            (has("access_token"), None, "a token response, whose access_token member is the token (RFC 6749 §5.1)"),
            (has("token_endpoint_auth_method"), Some(Self::ClientMetadata), "a client's metadata"),
            (has("redirect_uris"), Some(Self::ClientMetadata), "a client's metadata"),
        ];
        if let Some((_, purpose, what)) = kinds.into_iter().find(|(is_kind, ..)| *is_kind) {
            return (purpose != Some(self)).then(|| what.to_owned());
        }
        if has("issuer") && has("jwks_uri") {
            let jwks_uri = excerpt(object.json("jwks_uri")?);
            return Some(format!("an authorization server's metadata, whose jwks_uri is {jwks_uri}"));
        }
        if has("error") {
            return Some(format!("an error response (error is {})", excerpt(object.json("error")?)));
        }
        matches!(self, Self::Certificate | Self::Token | Self::PrivateKey).then(|| "a JSON object".to_owned())
    }

    fn recognize_der(self, content: &[u8]) -> Option<&'static str> {
        describe_der(content).filter(|what| self != Self::Certificate || *what != CERTIFICATE)
    }
}

/// What a file contains instead of the expected content.
struct Recognized {
    /// Completes the sentence "it is …".
    description: String,
    /// Whether it is at least a JSON object, as most of the expected documents are.
    is_object: bool,
}

/// What a DER value is, judging by the types of its elements.
fn describe_der(content: &[u8]) -> Option<&'static str> {
    use Tag::{BitString, Integer, ObjectIdentifier, OctetString, Sequence};
    let outer = AnyRef::decode(&mut SliceReader::new(content).ok()?).ok()?;
    let parts = parts(outer)?;
    let tags: Vec<_> = parts.iter().map(|part| part.tag()).collect();
    Some(match tags[..] {
        [Integer, Sequence, OctetString, ..] => "a private key, PKCS #8",
        [Sequence, OctetString] => "a private key, encrypted PKCS #8",
        [Integer, OctetString, ..] => "a private key, SEC 1",
        [Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, Integer, ..] => {
            "a private key, PKCS #1"
        }
        [Integer, Integer] => "a public key, PKCS #1",
        [Sequence, BitString] => "a public key",
        [Integer, Sequence] | [Integer, Sequence, Sequence] => {
            "a PKCS #12 file, from which openssl pkcs12 -clcerts -nokeys extracts the certificate"
        }
        [ObjectIdentifier, Tag::ContextSpecific { .. }] => "PKCS #7 or CMS",
        [Sequence, Sequence, BitString] => {
            let inner: Vec<_> = self::parts(*parts.first()?)?.iter().map(|part| part.tag()).collect();
            if inner.iter().any(|tag| matches!(tag, Tag::UtcTime | Tag::GeneralizedTime)) {
                "a certificate revocation list"
            } else if matches!(inner[..], [Integer, Sequence, Sequence, Tag::ContextSpecific { .. }]) {
                "a certificate signing request"
            } else {
                CERTIFICATE
            }
        }
        _ => return None,
    })
}

/// The first elements of a SEQUENCE.
fn parts(sequence: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if sequence.tag() != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut parts = Vec::new();
    while !reader.is_finished() {
        // The first few elements identify each kind; a revocation list may have thousands.
        if parts.len() == PARTS {
            break;
        }
        parts.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(parts)
}

/// What a PEM file contains, judging by its labels.
fn describe_pem(content: &[u8]) -> Option<String> {
    let mut labels: Vec<_> = lines(content)
        .filter_map(|line| line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----"))
        .map(|label| String::from_utf8_lossy(label.get(..LABEL_LEN).unwrap_or(label)))
        .collect();
    labels.dedup();
    labels.truncate(LABELS);
    let mut kinds: Vec<_> = labels.iter().filter_map(|label| kind_of_pem(label)).collect();
    // A private key matters more than anything else in the file.
    kinds.sort_by_key(|kind| *kind != PRIVATE_KEY);
    let quoted: Vec<_> = labels.iter().map(|label| quote(label)).collect();
    match (kinds.first(), &quoted[..]) {
        (_, []) => None,
        (None, labels) => Some(format!("PEM with {}", labels.join(", "))),
        (Some(kind), labels) => Some(format!("{kind} (PEM with {})", labels.join(", "))),
    }
}

fn kind_of_pem(label: &str) -> Option<&'static str> {
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Some(CERTIFICATE),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Some("a certificate signing request"),
        "X509 CRL" => Some("a certificate revocation list"),
        "PKCS7" | "CMS" => Some("PKCS #7 or CMS"),
        _ if label.ends_with("PRIVATE KEY") => Some(PRIVATE_KEY),
        _ if label.ends_with("PUBLIC KEY") => Some("a public key"),
        _ => None,
    }
}

/// What a text is, if it is neither DER nor PEM nor a JSON object.
fn describe_text(text: &[u8]) -> Option<String> {
    if text.starts_with(b"ssh-") || text.starts_with(b"ecdsa-sha2-") {
        return Some("an OpenSSH public key".to_owned());
    }
    let is_quoted = text.starts_with(b"\"");
    let token = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    let token = token.strip_prefix(b"Bearer ").unwrap_or(token);
    let parts: Vec<_> = token.split(|byte| *byte == b'.').take(6).collect();
    let is_token = Members::read(&decode_base64url(parts.first()?)?).is_ok();
    let kind = match parts.len() {
        3 if is_token => "a JWT",
        5 if is_token => "an encrypted JWT (JWE)",
        _ => return None,
    };
    Some(if is_quoted { format!("{kind} in quotes") } else { kind.to_owned() })
}

fn describe_markup_or_json(text: &[u8]) -> Option<&'static str> {
    let start = text.get(..HTML_START).unwrap_or(text).to_ascii_lowercase();
    if start.starts_with(b"<!doctype html") || start.starts_with(b"<html") {
        return Some("an HTML page");
    }
    let is_json = || serde_json::from_slice::<IgnoredAny>(text).is_ok();
    match text {
        [b'<', ..] => Some("HTML or XML"),
        [b'"', ..] if is_json() => Some("a JSON string"),
        [b'[', ..] if is_json() => Some("a JSON array"),
        b"null" => Some("null, as jq prints for a missing member"),
        _ => None,
    }
}

/// Whether a token looks like a path. Does not check the file system, because tokens are untrusted.
fn looks_like_path(token: &[u8]) -> bool {
    let starts = [&b"/"[..], b"./", b"../", b"~/"];
    let ends = [&b".jwt"[..], b".token", b".txt", b".json", b".pem", b".der"];
    token.len() <= PATH_LEN
        && (starts.iter().any(|start| token.starts_with(start)) || ends.iter().any(|end| token.ends_with(end)))
}

/// The lines of a text without byte order mark and surrounding white space, so that CRLF line endings and indentation
/// do not matter.
pub(crate) fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = content.strip_prefix(BYTE_ORDER_MARK).unwrap_or(content);
    text.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii)
}

const CERTIFICATE: &str = "a certificate";
const PRIVATE_KEY: &str = "a private key";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Maximum number of elements of a DER value that are examined: a PKCS #1 private key has 9 or 10.
const PARTS: usize = 10;

/// Maximum number of PEM labels in a message, and maximum length of each.
const LABELS: usize = 5;
const LABEL_LEN: usize = 40;

/// Maximum length of a path on Linux.
const PATH_LEN: usize = 4096;

/// Length of the longest prefix that identifies an HTML page.
const HTML_START: usize = 14;
