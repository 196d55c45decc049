//! What several fuzz targets share: a certificate, an issuer, and the oracles.

use std::sync::OnceLock;

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{Error, Thumbprint, UnixTime, internals::json};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};

pub const ISSUER: &str = "https://as.example";
pub const AUDIENCE: &str = "https://api.example";
pub const NOW: UnixTime = UnixTime::from_seconds(1_900_000_000);

/// The client's certificate: `A9Zt0Ig1wco_EozOrNHzGslBYwlrIPRFroQoW8CDLXI` in the seeds.
pub fn client() -> Thumbprint {
    Thumbprint::of_der(b"certificate")
}

/// The issuer's signing key.
fn issuer_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::from_slice(&[7; 32]).unwrap())
}

/// The issuer's JWK Set.
pub fn jwks() -> String {
    let point = issuer_key().verifying_key().to_sec1_point(false);
    let [x, y] = [point.x().unwrap(), point.y().unwrap()].map(|member| Base64UrlUnpadded::encode_string(member));
    format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}]}}"#)
}

/// A token signed by the issuer, with any header and claims.
pub fn sign(header: &[u8], claims: &[u8]) -> String {
    let [header, claims] = [header, claims].map(Base64UrlUnpadded::encode_string);
    let signed = format!("{header}.{claims}");
    let signature: Signature = issuer_key().sign(signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}

/// An accepted text as serde_json reads it. Returns `None` if the text has numbers that no double can hold, such as `1e999`:
/// serde_json rejects these, so there is nothing to compare.
pub fn oracle(json: &[u8]) -> Option<serde_json::Value> {
    match serde_json::from_slice(json) {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(error.to_string().contains("out of range"), "{error}");
            None
        }
    }
}

/// Whether `cnf` binds the token to the client's certificate, as read by the oracle.
pub fn is_bound_to_client(claims: &serde_json::Value) -> bool {
    let bound = claims["cnf"]["x5t#S256"].as_str().map(Base64UrlUnpadded::decode_vec);
    bound.is_some_and(|bound| bound.is_ok_and(|bound| bound == client().as_sha256()))
}

/// Whether both readers read the same value.
pub fn is_same(ours: json::Value<'_>, theirs: &serde_json::Value) -> bool {
    use json::Value as Ours;
    use serde_json::Value as Theirs;
    match (ours, theirs) {
        (Ours::Null, Theirs::Null) => true,
        (Ours::Boolean(ours), Theirs::Bool(theirs)) => ours == *theirs,
        (Ours::Number(ours), Theirs::Number(theirs)) => {
            serde_json::from_str(ours.as_str()).ok().as_ref() == Some(theirs)
        }
        (Ours::Text(ours), Theirs::String(theirs)) => {
            ours.is(theirs) && ours.copy_to(&mut vec![0; theirs.len()]) == Some(theirs)
        }
        (Ours::Array(ours), Theirs::Array(theirs)) => {
            ours.elements().count() == theirs.len()
                && ours.elements().zip(theirs).all(|(one, other)| is_same(one, other))
        }
        (Ours::Object(ours), Theirs::Object(theirs)) => {
            ours.members().count() == theirs.len()
                && theirs.iter().all(|(name, theirs)| ours.member(name).is_some_and(|ours| is_same(ours, theirs)))
        }
        _ => false,
    }
}

/// Errors with which our JSON reader may reject what serde_json accepts.
pub const STRICTER: [Error; 4] =
    [Error::JsonDuplicateName, Error::JsonTooDeep, Error::JsonTooManyMembers, Error::JsonTooLong];

/// A DER value with this tag.
pub fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let length: &[u8] = match length {
        [0, 0..0x80] => &length[1..],
        [0, low] => &[0x81, low],
        [high, low] => &[0x82, high, low],
    };
    [&[tag], length, contents].concat()
}

/// A certificate with these bytes as its subject.
pub fn certificate_of(subject: &[u8]) -> Vec<u8> {
    let algorithm = value(0x30, &[0x06, 0x03, 0x2b, 0x65, 0x70]);
    let time = value(0x17, b"300101000000Z");
    let to_be_signed = [
        &value(0x02, &[1]),
        &algorithm,
        &value(0x30, &[]),
        &value(0x30, &[&time[..], &time].concat()),
        subject,
        &value(0x30, &[&algorithm[..], &value(0x03, &[0; 33])].concat()),
    ]
    .concat();
    value(0x30, &[&value(0x30, &to_be_signed)[..], &algorithm, &value(0x03, &[0; 65])].concat())
}
