//! The examples in the RFCs: each signature is valid, and invalid over another input.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    Error,
    internals::signature::{
        Hash, Message,
        ecdsa::{P256Key, P521Key},
        ed25519::Ed25519Key,
    },
};

use crate::prepared_rsa::RsaKey;

/// A JWS with the key that signed it.
struct Example {
    jwk: serde_json::Value,
    jws: &'static str,
}

impl Example {
    fn new(jwk: &str, jws: &'static str) -> Self {
        Self { jwk: serde_json::from_str(jwk).unwrap(), jws: jws.trim_end() }
    }

    fn member(&self, name: &str) -> Vec<u8> {
        decode(self.jwk[name].as_str().unwrap())
    }

    fn check(&self, verify: impl Fn(&[u8], &[u8]) -> Result<(), Error>) {
        let (input, signature) = self.jws.rsplit_once('.').unwrap();
        let signature = decode(signature);
        assert_eq!(verify(input.as_bytes(), &signature), Ok(()));
        assert_eq!(verify(&input.as_bytes()[1..], &signature), Err(Error::SignatureInvalid));
    }
}

fn decode(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

#[test]
fn rs256_of_rfc_7515_appendix_a_2() {
    let example =
        Example::new(include_str!("../vectors/rfc7515/a2.jwk.json"), include_str!("../vectors/rfc7515/a2.jws"));
    let key = RsaKey::new(&example.member("n"), &example.member("e")).unwrap();
    example.check(|input, signature| key.verify_pkcs1_v15(Hash::Sha256, input, signature));
}

#[test]
fn es256_of_rfc_7515_appendix_a_3() {
    let example =
        Example::new(include_str!("../vectors/rfc7515/a3.jwk.json"), include_str!("../vectors/rfc7515/a3.jws"));
    let key = P256Key::from_coordinates(&example.member("x"), &example.member("y")).unwrap();
    example.check(|input, signature| key.verify(&Message::new(input), signature));
}

#[test]
fn es512_of_rfc_7515_appendix_a_4() {
    let example =
        Example::new(include_str!("../vectors/rfc7515/a4.jwk.json"), include_str!("../vectors/rfc7515/a4.jws"));
    let key = P521Key::from_coordinates(&example.member("x"), &example.member("y")).unwrap();
    example.check(|input, signature| key.verify(&Message::new(input), signature));
}

#[test]
fn ed25519_of_rfc_8037_appendix_a_4() {
    let example =
        Example::new(include_str!("../vectors/rfc8037/a2.jwk.json"), include_str!("../vectors/rfc8037/a4.jws"));
    let key = Ed25519Key::from_bytes(&example.member("x")).unwrap();
    example.check(|input, signature| key.verify(input, signature));
}
