//! Client authentication by certificate (RFC 8705 §2): the registered subject, or a registered key.
//!
//! More than 400 lines: each reason to reject a client stands beside its accepted twin.

use crate::certificate_builder::{Parts, alternative_names, attribute, sequence, set, utf8, value};
use crate::support::base64url;
use base64ct::{Base64, Encoding};
use certbound::{AuthenticationMethod, Certificate, Chain, ClientMetadata, Error, client_metadata_scratch_len, limits};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, SignatureAlgorithm};

/// The verdict on a client with this registration and certificate, whose chain TLS has validated.
fn verdict(metadata: &str, certificate: &[u8]) -> Result<AuthenticationMethod, Error> {
    verdict_with(metadata, certificate, Chain::Validated)
}

fn verdict_with(metadata: &str, certificate: &[u8], chain: Chain) -> Result<AuthenticationMethod, Error> {
    let mut scratch = vec![0xaa; client_metadata_scratch_len(metadata.len())];
    let client = ClientMetadata::from_json(metadata.as_bytes(), &mut scratch)?;
    client.authenticate(&Certificate::from_der(certificate).unwrap(), chain).map(|()| client.method())
}

fn pki(member: &str) -> String {
    format!(r#"{{"client_id":"a","token_endpoint_auth_method":"tls_client_auth",{member}}}"#)
}

fn self_signed(keys: &str) -> String {
    format!(
        r#"{{"client_id":"a","token_endpoint_auth_method":"self_signed_tls_client_auth","jwks":{{"keys":[{keys}]}}}}"#
    )
}

const BY_PKI: Result<AuthenticationMethod, Error> = Ok(AuthenticationMethod::TlsClientAuth);
const BY_KEY: Result<AuthenticationMethod, Error> = Ok(AuthenticationMethod::SelfSignedTlsClientAuth);

/// C=DE, O=Example, Inc., CN=client
fn with_subject() -> Vec<u8> {
    let rdn = |identifier, text| set(&[&attribute(identifier, &utf8(text))]);
    let subject = sequence(&[&rdn("2.5.4.6", "DE"), &rdn("2.5.4.10", "Example, Inc."), &rdn("2.5.4.3", "client")]);
    Parts { subject, ..Parts::v3() }.encode()
}

fn with_names(names: &[(u8, &[u8])]) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(|(tag, contents)| value(*tag, contents)).collect();
    let names: Vec<_> = names.iter().map(Vec::as_slice).collect();
    Parts { extensions: alternative_names(&names), ..Parts::v3() }.encode()
}

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

#[test]
fn the_subject_is_compared_as_a_name() {
    let certificate = with_subject();
    let verdict = |name: &str| verdict(&pki(&format!(r#""tls_client_auth_subject_dn":"{name}""#)), &certificate);
    assert_eq!(verdict(r"CN=client,O=Example\\, Inc.,C=DE"), BY_PKI);
    assert_eq!(verdict(r"cn=CLIENT, o=example\\2c  inc., 2.5.4.6=de"), BY_PKI);
    assert_eq!(verdict(r"\u0043N=client,O=Example\u005c, Inc.,C=DE"), BY_PKI);
    for other in [
        r"CN=client2,O=Example\\, Inc.,C=DE",
        r"C=DE,O=Example\\, Inc.,CN=client",
        r"O=Example\\, Inc.,C=DE",
        r"CN=client,O=Example\\, Inc.,C=DE,C=DE",
        r"CN=client+O=Example\\, Inc.,C=DE",
        r"CN=*,O=Example\\, Inc.,C=DE",
    ] {
        assert_eq!(verdict(other), Err(Error::SubjectMismatch), "{other}");
    }
    assert_eq!(verdict("CN=client,O=Example, Inc.,C=DE"), Err(Error::DistinguishedNameMalformed));
    assert_eq!(verdict("/C=DE/CN=client"), Err(Error::DistinguishedNameMalformed));
    assert_eq!(verdict("commonest=client"), Err(Error::AttributeTypeUnknown));
    let long = format!("CN={}", "x".repeat(limits::DISTINGUISHED_NAME_LEN));
    assert_eq!(verdict(&long), Err(Error::DistinguishedNameTooLong));
}

#[test]
fn names_count_only_if_the_chain_is_validated() {
    let subject = pki(r#""tls_client_auth_subject_dn":"CN=client,O=Example\\, Inc.,C=DE""#);
    let dns = pki(r#""tls_client_auth_san_dns":"client.example""#);
    for (metadata, certificate) in [(subject, with_subject()), (dns, with_names(&[(DNS, b"client.example")]))] {
        assert_eq!(verdict_with(&metadata, &certificate, Chain::Validated), BY_PKI);
        assert_eq!(verdict_with(&metadata, &certificate, Chain::NotValidated), Err(Error::ChainNotValidated));
    }
    // A registered key needs no validated chain, and a validated chain does not change its verdict.
    let (certificate, jwk) = self_signed_certificate(&PKCS_ED25519);
    let (_, other_jwk) = self_signed_certificate(&PKCS_ED25519);
    for chain in [Chain::Validated, Chain::NotValidated] {
        assert_eq!(verdict_with(&self_signed(&format!("{{{jwk}}}")), &certificate, chain), BY_KEY);
        let other = verdict_with(&self_signed(&format!("{{{other_jwk}}}")), &certificate, chain);
        assert_eq!(other, Err(Error::ClientKeyMismatch));
    }
}

#[test]
fn an_empty_subject_matches_no_client() {
    let certificate = Parts { subject: sequence(&[]), ..Parts::v3() }.encode();
    let empty = pki(r#""tls_client_auth_subject_dn":"""#);
    assert_eq!(verdict(&empty, &certificate), Err(Error::SubjectIdentifierMalformed));
    let other = pki(r#""tls_client_auth_subject_dn":"CN=client""#);
    assert_eq!(verdict(&other, &certificate), Err(Error::SubjectMismatch));
}

#[test]
fn alternative_names_are_compared_by_the_rule_of_their_kind() {
    let certificate = with_names(&[
        (DNS, b"other.example"),
        (DNS, b"Client.example"),
        (DNS, b"*.wild.example"),
        (URI, b"spiffe://Example/client"),
        (EMAIL, b"Client@Example.com"),
        (IP, &[192, 0, 2, 7]),
        (IP, &[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
    ]);
    for (member, expected) in [
        (r#""tls_client_auth_san_dns":"client.EXAMPLE""#, BY_PKI),
        (r#""tls_client_auth_san_dns":"client.example.""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_dns":"lient.example""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_dns":"a.wild.example""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_dns":"spiffe://Example/client""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_dns":"*.wild.example""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_dns":"clıent.example""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_dns":"client.example\u0000.evil.example""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_dns":"""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_dns":["client.example"]"#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_uri":"spiffe:\/\/Example/client""#, BY_PKI),
        (r#""tls_client_auth_san_uri":"spiffe://example/client""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_email":"Client@example.COM""#, BY_PKI),
        (r#""tls_client_auth_san_email":"client@example.com""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_email":"example.com""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_email":"clıent@example.com""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_email":"x@Client@example.com""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_uri":"spiffe://exämple/client""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_ip":"192.0.2.7""#, BY_PKI),
        (r#""tls_client_auth_san_ip":"2001:db8::7""#, BY_PKI),
        (r#""tls_client_auth_san_ip":"2001:0DB8:0:0:0:0:0:7""#, BY_PKI),
        (r#""tls_client_auth_san_ip":"192.0.2.8""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_ip":"::ffff:192.0.2.7""#, Err(Error::AlternativeNameMismatch)),
        (r#""tls_client_auth_san_ip":"192.0.2.07""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_ip":"192.0.2.0/24""#, Err(Error::SubjectIdentifierMalformed)),
        (r#""tls_client_auth_san_ip":"client.example""#, Err(Error::SubjectIdentifierMalformed)),
    ] {
        assert_eq!(verdict(&pki(member), &certificate), expected, "{member}");
    }
    let without = Parts::v3().encode();
    let expected = Err(Error::AlternativeNameMismatch);
    assert_eq!(verdict(&pki(r#""tls_client_auth_san_dns":"client.example""#), &without), expected);
    // A common name is not an alternative name.
    assert_eq!(verdict(&pki(r#""tls_client_auth_san_dns":"subject""#), &without), expected);
}

#[test]
fn exactly_one_subject_identifier_is_registered() {
    let certificate = with_names(&[(DNS, b"client.example")]);
    let dns = r#""tls_client_auth_san_dns":"client.example""#;
    assert_eq!(verdict(&pki(dns), &certificate), BY_PKI);
    assert_eq!(verdict(&pki(r#""x":1"#), &certificate), Err(Error::SubjectIdentifierMissing));
    for second in [
        r#""tls_client_auth_subject_dn":"CN=client""#,
        r#""tls_client_auth_san_uri":"x:y""#,
        r#""tls_client_auth_san_ip":"192.0.2.7""#,
        r#""tls_client_auth_san_email":"a@b""#,
    ] {
        let metadata = pki(&format!("{dns},{second}"));
        assert_eq!(verdict(&metadata, &certificate), Err(Error::SubjectIdentifierAmbiguous), "{second}");
    }
}

/// Serializers write members without a value as null.
#[test]
fn a_null_subject_member_counts_as_absent() {
    let all = [
        ("tls_client_auth_subject_dn", r#""CN=client,O=Example\\, Inc.,C=DE""#, with_subject()),
        ("tls_client_auth_san_dns", r#""client.example""#, with_names(&[(DNS, b"client.example")])),
        ("tls_client_auth_san_uri", r#""spiffe://a/b""#, with_names(&[(URI, b"spiffe://a/b")])),
        ("tls_client_auth_san_ip", r#""192.0.2.7""#, with_names(&[(IP, &[192, 0, 2, 7])])),
        ("tls_client_auth_san_email", r#""a@b.example""#, with_names(&[(EMAIL, b"a@b.example")])),
    ];
    let metadata = |value_of: &dyn Fn(&str, &str) -> String| {
        let members: Vec<_> = all.iter().map(|(name, own, _)| format!(r#""{name}":{}"#, value_of(name, own))).collect();
        pki(&members.join(","))
    };
    for (expected, _, certificate) in &all {
        let only = metadata(&|name, own| if name == *expected { own } else { "null" }.to_owned());
        assert_eq!(verdict(&only, certificate), BY_PKI, "{only}");
        for (second, ..) in &all {
            let two = metadata(&|name, own| if name == *expected || name == *second { own } else { "null" }.to_owned());
            let wanted = if expected == second { BY_PKI } else { Err(Error::SubjectIdentifierAmbiguous) };
            assert_eq!(verdict(&two, certificate), wanted, "{two}");
        }
        let alone = verdict(&pki(&format!(r#""{expected}":null"#)), certificate);
        assert_eq!(alone, Err(Error::SubjectIdentifierMissing), "{expected}");
    }
    let none = metadata(&|_, _| "null".to_owned());
    assert_eq!(verdict(&none, &with_subject()), Err(Error::SubjectIdentifierMissing));
}

#[test]
fn other_null_members_count_as_absent() {
    let (certificate, jwk) = self_signed_certificate(&PKCS_ED25519);
    for name in ["kid", "alg", "use", "key_ops", "x5c"] {
        assert_eq!(verdict(&self_signed(&format!(r#"{{{jwk},"{name}":null}}"#)), &certificate), BY_KEY, "{name}");
    }
    let (ec_certificate, ec_jwk) = self_signed_certificate(&PKCS_ECDSA_P256_SHA256);
    let without = |name: &str| {
        let (start, rest) = ec_jwk.split_once(&format!("\"{name}\":\"")).unwrap();
        format!("{{{start}\"{name}\":null{}}}", rest.split_once('"').unwrap().1)
    };
    for name in ["kty", "crv", "x", "y"] {
        let verdict = verdict(&self_signed(&without(name)), &ec_certificate);
        assert_eq!(verdict, Err(Error::ClientKeyMismatch), "{name}");
    }

    // A null member counts as absent: it does not matter if the verdict does not depend on it, and is missing if it does.
    let all = format!(
        r#"{{"client_id":null,"token_endpoint_auth_method":"self_signed_tls_client_auth","jwks_uri":null,
            "tls_client_auth_san_dns":null,"jwks":{{"keys":[{{{jwk}}}]}}}}"#
    );
    assert_eq!(verdict(&all, &certificate), BY_KEY);
    let mut scratch = vec![0; client_metadata_scratch_len(all.len())];
    assert_eq!(ClientMetadata::from_json(all.as_bytes(), &mut scratch).unwrap().client_id(), None);
    let keys = all.replace(&format!(r#"{{"keys":[{{{jwk}}}]}}"#), "null");
    assert_eq!(verdict(&keys, &certificate), Err(Error::ClientKeysMissing));
    let method = all.replace(r#""self_signed_tls_client_auth""#, "null");
    assert_eq!(verdict(&method, &certificate), Err(Error::AuthenticationMethodUnsupported));
    let with_jwks = pki(r#""tls_client_auth_san_dns":"client.example","jwks":null"#);
    assert_eq!(verdict(&with_jwks, &with_names(&[(DNS, b"client.example")])), BY_PKI);
}

#[test]
fn other_methods_and_documents_are_rejected() {
    let certificate = Parts::v3().encode();
    for (metadata, error) in [
        ("[]", Error::ClientMetadataNotObject),
        ("{}", Error::AuthenticationMethodUnsupported),
        (r#"{"token_endpoint_auth_method":null}"#, Error::AuthenticationMethodUnsupported),
        (r#"{"token_endpoint_auth_method":"none"}"#, Error::AuthenticationMethodUnsupported),
        (r#"{"token_endpoint_auth_method":"client_secret_basic"}"#, Error::AuthenticationMethodUnsupported),
        (r#"{"token_endpoint_auth_method":"TLS_client_auth"}"#, Error::AuthenticationMethodUnsupported),
        (r#"{"a":1,"a":1}"#, Error::JsonDuplicateName),
        ("", Error::JsonUnexpectedEnd),
    ] {
        assert_eq!(verdict(metadata, &certificate), Err(error), "{metadata}");
    }
}

/// A self-signed certificate and the members of its key as a JWK.
fn self_signed_certificate(algorithm: &'static SignatureAlgorithm) -> (Vec<u8>, String) {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["partner.example".to_owned()]).unwrap().self_signed(&key);
    let raw = key.public_key_raw();
    let jwk = if algorithm == &PKCS_ED25519 {
        format!(r#""kty":"OKP","crv":"Ed25519","x":"{}""#, base64url(raw))
    } else {
        let curve = if algorithm == &PKCS_ECDSA_P256_SHA256 { "P-256" } else { "P-384" };
        let (x, y) = raw[1..].split_at(raw.len() / 2);
        format!(r#""kty":"EC","crv":"{curve}","x":"{}","y":"{}""#, base64url(x), base64url(y))
    };
    (certificate.unwrap().der().to_vec(), jwk)
}

#[test]
fn a_registered_key_authenticates_its_certificate() {
    for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384, &PKCS_ED25519] {
        let (certificate, jwk) = self_signed_certificate(algorithm);
        let (other_certificate, other_jwk) = self_signed_certificate(algorithm);
        assert_eq!(verdict(&self_signed(&format!("{{{jwk}}}")), &certificate), BY_KEY);
        assert_eq!(verdict(&self_signed(&format!("{{{other_jwk}}},{{{jwk}}}")), &certificate), BY_KEY);
        let other = self_signed(&format!("{{{other_jwk}}}"));
        assert_eq!(verdict(&other, &certificate), Err(Error::ClientKeyMismatch));
        assert_eq!(verdict(&other, &other_certificate), BY_KEY);
        let encryption = self_signed(&format!(r#"{{{jwk},"use":"enc"}},{{{other_jwk}}}"#));
        assert_eq!(verdict(&encryption, &certificate), Err(Error::ClientKeyMismatch));
    }
}

#[test]
fn a_registered_key_differs_in_one_member() {
    for (algorithm, other_members) in [
        (&PKCS_ECDSA_P256_SHA256, &[(r#""kty":"EC""#, r#""kty":"OKP""#), ("P-256", "P-384")][..]),
        (&PKCS_ECDSA_P384_SHA384, &[(r#""kty":"EC""#, r#""kty":"RSA""#), ("P-384", "P-521")]),
        (&PKCS_ED25519, &[(r#""kty":"OKP""#, r#""kty":"EC""#), ("Ed25519", "X25519")]),
    ] {
        let (certificate, jwk) = self_signed_certificate(algorithm);
        assert_eq!(verdict(&self_signed(&format!("{{{jwk}}}")), &certificate), BY_KEY);
        for (own, other) in other_members {
            let changed = jwk.replace(own, other);
            assert_ne!(changed, jwk);
            let changed = verdict(&self_signed(&format!("{{{changed}}}")), &certificate);
            assert_eq!(changed, Err(Error::ClientKeyMismatch), "{other}");
        }
        let (_, another) = self_signed_certificate(algorithm);
        for name in ["x", "y"] {
            let member =
                |jwk: &str| jwk.split(',').find(|part| part.starts_with(&format!("\"{name}\""))).map(str::to_owned);
            let Some(own) = member(&jwk) else { continue };
            let changed = jwk.replace(&own, &member(&another).unwrap());
            let changed = verdict(&self_signed(&format!("{{{changed}}}")), &certificate);
            assert_eq!(changed, Err(Error::ClientKeyMismatch), "{name}");
        }
    }
}

#[test]
fn an_rsa_key_authenticates_its_certificate() {
    let (modulus, exponent) = ([&[0xc1][..], &[0x55; 255]].concat(), [1, 0, 1]);
    let integer = |octets: &[u8]| value(0x02, &[if octets[0] < 0x80 { &[][..] } else { &[0] }, octets].concat());
    let key = sequence(&[&integer(&modulus), &integer(&exponent)]);
    let algorithm = sequence(&[&crate::certificate_builder::identifier("1.2.840.113549.1.1.1"), &[0x05, 0x00]]);
    let public_key = sequence(&[&algorithm, &value(0x03, &[&[0][..], &key].concat())]);
    let certificate = Parts { public_key, ..Parts::v3() }.encode();

    let jwk = |modulus: &[u8], exponent: &[u8]| {
        self_signed(&format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, base64url(modulus), base64url(exponent)))
    };
    assert_eq!(verdict(&jwk(&modulus, &exponent), &certificate), BY_KEY);
    assert_eq!(verdict(&jwk(&modulus, &[3]), &certificate), Err(Error::ClientKeyMismatch));
    let other_type = jwk(&modulus, &exponent).replace("RSA", "EC");
    assert_eq!(verdict(&other_type, &certificate), Err(Error::ClientKeyMismatch));
    assert_eq!(verdict(&jwk(&modulus[1..], &exponent), &certificate), Err(Error::ClientKeyMismatch));
    let padded = [&[0][..], &modulus].concat();
    assert_eq!(verdict(&jwk(&padded, &exponent), &certificate), Err(Error::ClientKeyMismatch));
}

#[test]
fn a_registered_certificate_counts_as_its_key() {
    let (certificate, jwk) = self_signed_certificate(&PKCS_ECDSA_P256_SHA256);
    let (other_certificate, other_jwk) = self_signed_certificate(&PKCS_ECDSA_P256_SHA256);
    let x5c = |der: &[u8]| format!(r#""x5c":["{}"]"#, Base64::encode_string(der));
    let own = x5c(&certificate);
    let key = |members: &str| self_signed(&format!("{{{members}}}"));

    assert_eq!(verdict(&key(&format!("{jwk},{own}")), &certificate), BY_KEY);
    assert_eq!(verdict(&key(&format!(r#""kty":"EC",{own}"#)), &certificate), BY_KEY);
    let escaped = format!(r#""kty":"EC",{}"#, own.replace('/', r"\/"));
    assert_eq!(verdict(&key(&escaped), &certificate), BY_KEY);
    assert_eq!(verdict(&key(&format!(r#""kty":"EC",{own}"#)), &other_certificate), Err(Error::ClientKeyMismatch));

    // Any member beside the certificate must agree with it.
    for (members, verdict_on_it) in [
        (r#""kty":"EC","crv":"P-256""#, BY_KEY),
        (r#""kty":"EC","crv":"P-384""#, Err(Error::ClientKeysMissing)),
        (r#""kty":"RSA""#, Err(Error::ClientKeysMissing)),
        (r#""kty":7"#, Err(Error::ClientKeysMissing)),
        (r#""kty":"EC","y":"AA""#, Err(Error::ClientKeysMissing)),
    ] {
        assert_eq!(verdict(&key(&format!("{members},{own}")), &certificate), verdict_on_it, "{members}");
    }

    // A key that contradicts itself is passed over (RFC 7517 §4.7), whichever of its two keys is presented.
    let contradictory = format!("{other_jwk},{own}");
    assert_eq!(verdict(&key(&contradictory), &certificate), Err(Error::ClientKeysMissing));
    let beside = self_signed(&format!("{{{contradictory}}},{{{other_jwk}}}"));
    assert_eq!(verdict(&beside, &certificate), Err(Error::ClientKeyMismatch));
    assert_eq!(verdict(&beside, &other_certificate), BY_KEY);

    for malformed in [
        r#""x5c":[]"#.to_owned(),
        r#""x5c":"MIIB""#.to_owned(),
        r#""x5c":[7]"#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
        r#""x5c":["%"]"#.to_owned(),
        format!(r#""x5c":["{}"]"#, base64url(&certificate)),
    ] {
        let metadata = key(&format!("{jwk},{malformed}"));
        assert_eq!(verdict(&metadata, &certificate), Err(Error::ClientKeysMissing), "{malformed}");
    }
}

#[test]
fn keys_are_registered_by_value_and_limited_in_number() {
    let (certificate, jwk) = self_signed_certificate(&PKCS_ED25519);
    let method = r#""token_endpoint_auth_method":"self_signed_tls_client_auth""#;
    for keys in [
        String::new(),
        r#","jwks_uri":"https://a.example/jwks""#.to_owned(),
        r#","jwks":[]"#.to_owned(),
        r#","jwks":{}"#.to_owned(),
        r#","jwks":{"keys":{}}"#.to_owned(),
        r#","jwks":{"keys":[]}"#.to_owned(),
        r#","jwks":{"keys":[7,{}]}"#.to_owned(),
        format!(r#","jwks":{{"keys":[{{{jwk},"use":"enc"}}]}}"#),
    ] {
        let metadata = format!("{{{method}{keys}}}");
        assert_eq!(verdict(&metadata, &certificate), Err(Error::ClientKeysMissing), "{keys}");
    }
    let set = |count| self_signed(&vec![format!("{{{jwk}}}"); count].join(","));
    assert_eq!(verdict(&set(limits::CLIENT_KEYS), &certificate), BY_KEY);
    assert_eq!(verdict(&set(limits::CLIENT_KEYS + 1), &certificate), Err(Error::KeySetFull));
}

#[test]
fn scratch_of_the_stated_length_is_enough() {
    let (certificate, jwk) = self_signed_certificate(&PKCS_ECDSA_P256_SHA256);
    let x5c = Base64::encode_string(&certificate);
    let metadata = self_signed(&format!(r#"{{{jwk},"x5c":["{x5c}"]}}"#)).replace(r#""a""#, r#""\u0061""#);
    let read = |length| {
        let mut scratch = vec![0; length];
        ClientMetadata::from_json(metadata.as_bytes(), &mut scratch)
            .map(|client| assert_eq!(client.client_id(), Some("a")))
    };
    assert_eq!(read(client_metadata_scratch_len(metadata.len())), Ok(()));
    assert_eq!(read(1 + x5c.len()), Ok(()));
    assert_eq!(read(x5c.len()), Err(Error::ScratchTooSmall));
    assert_eq!(read(0), Err(Error::ScratchTooSmall));
}
