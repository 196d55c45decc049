//! A key of the client's JWK Set, compared with the key of a certificate (RFC 8705 §2.2, RFC 7517 §4.7).

use base64ct::{Base64, Encoding};

use crate::{
    Certificate, Error, SubjectPublicKeyInfo, base64url,
    jose::is_registered_for_verifying,
    json::{Object, Text, Value},
    scratch::Scratch,
    x509::{NamedCurve, SpkiKey},
};

/// A registered key: its JWK, and the key of the certificate in its `x5c` if it has one.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegisteredKey<'registration> {
    jwk: Object<'registration>,
    certificate_key: Option<SubjectPublicKeyInfo<'registration>>,
}

impl<'registration> RegisteredKey<'registration> {
    /// Reads a JWK. Fails if its `x5c` contradicts its other members.
    pub(super) fn from_jwk(jwk: Value<'registration>, scratch: &mut Scratch<'registration>) -> Result<Self, Error> {
        let jwk = jwk.as_object().ok_or(Error::KeyNotObject)?;
        is_registered_for_verifying(jwk)?;
        let certificate_key = match jwk.optional_member("x5c") {
            None => None,
            Some(chain) => Some(read_certificate_key(chain, scratch)?),
        };
        let has_key_members = ["n", "x"].iter().any(|name| jwk.member(name).is_some());
        // With a certificate, members may be absent, but must not contradict it.
        let is_key = certificate_key.map_or(has_key_members, |key| is_consistent(jwk, key.key(), !has_key_members));
        if is_key { Ok(Self { jwk, certificate_key }) } else { Err(Error::KeyMemberMalformed) }
    }

    /// Returns whether this is the key of a certificate.
    pub(super) fn is(&self, presented: &SubjectPublicKeyInfo<'_>) -> bool {
        self.certificate_key.is_some_and(|key| key.as_der() == presented.as_der())
            || has_members_of(self.jwk, presented.key(), false)
    }
}

/// Returns whether the members of a JWK are those of `key`; a missing member counts as `absent`. No JWK matches a key
/// of an unknown kind.
fn has_members_of(jwk: Object<'_>, key: SpkiKey<'_>, absent: bool) -> bool {
    let is = |name: &str, expected: &str| text_or(absent, jwk.member(name), |text| text.is(expected));
    let encodes = |name: &str, octets: &[u8]| {
        text_or(absent, jwk.member(name), |text| text.bytes().eq(base64url::encode(octets)))
    };
    match key {
        SpkiKey::Ec { curve, x, y } => {
            let curve = match curve {
                NamedCurve::P256 => "P-256",
                NamedCurve::P384 => "P-384",
                NamedCurve::P521 => "P-521",
            };
            is("kty", "EC") && is("crv", curve) && encodes("x", x) && encodes("y", y)
        }
        SpkiKey::Ed25519(x) => is("kty", "OKP") && is("crv", "Ed25519") && encodes("x", x),
        SpkiKey::Rsa { modulus, exponent } => is("kty", "RSA") && encodes("n", modulus) && encodes("e", exponent),
        SpkiKey::Other => false,
    }
}

/// Returns whether a member is a string that `is_expected` accepts; `absent` if the member is missing.
fn text_or(absent: bool, member: Option<Value<'_>>, is_expected: impl FnOnce(Text<'_>) -> bool) -> bool {
    member.map_or(absent, |value| value.as_text().is_some_and(is_expected))
}

/// Returns whether a JWK does not contradict `key`. A key of an unknown kind cannot be contradicted.
fn is_consistent(jwk: Object<'_>, key: SpkiKey<'_>, absent: bool) -> bool {
    key == SpkiKey::Other || has_members_of(jwk, key, absent)
}

/// Reads the key of the first certificate in an `x5c`, which is padded base64, unlike everything else in a JWK.
fn read_certificate_key<'registration>(
    chain: Value<'registration>,
    scratch: &mut Scratch<'registration>,
) -> Result<SubjectPublicKeyInfo<'registration>, Error> {
    let first = chain.as_array().and_then(|chain| chain.elements().next()).and_then(Value::as_text);
    let text = first.ok_or(Error::KeyMemberMalformed)?;
    let encoded = scratch.fill(|memory| text.copy_to(memory).map(str::len))?;
    let der = Base64::decode_in_place(encoded).map_err(|_| Error::KeyMemberMalformed)?;
    Certificate::from_der(der).map(|certificate| certificate.subject_public_key_info())
}
