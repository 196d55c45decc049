//! Whole verdicts, stage by stage: each line of the data files changes one thing in the usual token and names the expected
//! verdict.
//!
//! More than 400 lines: it is one list of the steps of the verifier, in their order.

use crate::support::{
    CERTIFICATE_A, CERTIFICATE_C, Issuer, NOW, base64url, judge, stages, usual_claims, usual_header, usual_policy,
};
use certbound::{
    Algorithm, BearerResponse, Binding, Claim, Error, KeySet, Thumbprint, TokenType, UnixTime, Verifier, limits,
    scratch_len,
};

#[test]
fn headers() {
    let issuer = Issuer::new();
    for stage in stages(include_str!("../vectors/stages/headers.txt")) {
        let header = usual_header().changed(stage.input);
        let token = issuer.token(Algorithm::ES256, header, usual_claims().json());
        stage.expect(judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |_| ()));
    }
}

#[test]
fn claims() {
    let issuer = Issuer::new();
    for stage in stages(include_str!("../vectors/stages/claims.txt")) {
        let claims = usual_claims().changed(stage.input);
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
        stage.expect(judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |_| ()));
    }
}

#[test]
fn every_algorithm_is_accepted_with_its_key_if_the_policy_allows_it() {
    let issuer = Issuer::new();
    for algorithm in Algorithm::ALL.iter().copied() {
        let header = usual_header().with("alg", &format!(r#""{}""#, algorithm.name())).without("kid");
        let token = issuer.token(algorithm, header.json(), usual_claims().json());
        let verdict = |policy| judge(&issuer.jwks(), policy, Some(CERTIFICATE_A), &token, |_| ());
        assert_eq!(verdict(usual_policy()), Ok(()), "{algorithm:?}");
        let alone = [algorithm];
        assert_eq!(verdict(usual_policy().algorithms(&alone)), Ok(()));
        let others: Vec<_> = Algorithm::ALL.iter().copied().filter(|other| *other != algorithm).collect();
        assert_eq!(verdict(usual_policy().algorithms(&others)), Err(Error::AlgorithmNotAllowed));
        assert_eq!(verdict(usual_policy().algorithms(&[])), Err(Error::AlgorithmNotAllowed));
    }
}

#[test]
fn a_token_is_rejected_without_its_certificate() {
    let issuer = Issuer::new();
    let token = issuer.usual_token();
    let verdict = |certificate| judge(&issuer.jwks(), usual_policy(), certificate, &token, |_| ());
    assert_eq!(verdict(Some(CERTIFICATE_A)), Ok(()));
    assert_eq!(verdict(Some(CERTIFICATE_C)), Err(Error::CertificateMismatch));
    assert_eq!(verdict(None), Err(Error::CertificateMissing));
}

#[test]
fn an_optional_binding_accepts_only_unbound_tokens_besides() {
    let issuer = Issuer::new();
    let policy = usual_policy().binding(Binding::IfPresent);
    let verdict = |change: &str, certificate| {
        let token = issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().changed(change));
        judge(&issuer.jwks(), policy, certificate, &token, |token| token.confirmation().is_some())
    };
    assert_eq!(verdict("-cnf", None), Ok(false));
    assert_eq!(verdict("-cnf", Some(CERTIFICATE_A)), Ok(false));
    assert_eq!(verdict("", Some(CERTIFICATE_A)), Ok(true));
    assert_eq!(verdict("", Some(CERTIFICATE_C)), Err(Error::CertificateMismatch));
    assert_eq!(verdict("", None), Err(Error::CertificateMissing));
    assert_eq!(verdict("cnf: null", None), Err(Error::ConfirmationMalformed));
    assert_eq!(verdict("cnf: {}", None), Err(Error::ConfirmationMethodUnsupported));
    assert_eq!(verdict(r#"cnf: {"jkt":"x"}"#, Some(CERTIFICATE_A)), Err(Error::ConfirmationMethodUnsupported));
    assert_eq!(verdict(r#"cnf: {"x5t#S256":"x"}"#, Some(CERTIFICATE_A)), Err(Error::ThumbprintMalformed));
}

#[test]
fn any_type_is_accepted_only_if_the_policy_says_so() {
    let issuer = Issuer::new();
    let policy = usual_policy().token_type(TokenType::Any);
    for (change, verdict) in [
        ("", Ok(())),
        ("-typ", Ok(())),
        (r#"typ: "JWT""#, Ok(())),
        ("typ: 1", Err(Error::TypeMalformed)),
        (r#"crit: ["typ"]"#, Err(Error::CriticalHeader)),
    ] {
        let token = issuer.token(Algorithm::ES256, usual_header().changed(change), usual_claims().json());
        assert_eq!(judge(&issuer.jwks(), policy, Some(CERTIFICATE_A), &token, |_| ()), verdict, "{change}");
    }
}

#[test]
fn leeway_extends_the_validity_at_both_ends() {
    let issuer = Issuer::new();
    let verdict = |change: &str, leeway| {
        let token = issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().changed(change));
        judge(&issuer.jwks(), usual_policy().leeway_seconds(leeway), Some(CERTIFICATE_A), &token, |_| ())
    };
    assert_eq!(verdict("exp: 1899999971", 30), Ok(()));
    assert_eq!(verdict("exp: 1899999970", 30), Err(Error::TokenExpired));
    assert_eq!(verdict("nbf: 1900000030", 30), Ok(()));
    assert_eq!(verdict("nbf: 1900000031", 30), Err(Error::TokenNotYetValid));
    assert_eq!(verdict("exp: 1899999401", limits::LEEWAY_SECONDS_MAX), Ok(()));
    assert_eq!(verdict("exp: 1899999400", limits::LEEWAY_SECONDS_MAX), Err(Error::TokenExpired));
}

#[test]
fn a_policy_with_a_leeway_over_the_limit_accepts_nothing() {
    let issuer = Issuer::new();
    let token = issuer.usual_token();
    let verdict =
        |leeway| judge(&issuer.jwks(), usual_policy().leeway_seconds(leeway), Some(CERTIFICATE_A), &token, |_| ());
    assert_eq!(verdict(limits::LEEWAY_SECONDS_MAX), Ok(()));
    assert_eq!(verdict(limits::LEEWAY_SECONDS_MAX + 1), Err(Error::LeewayTooLong));
    assert_eq!(verdict(u64::MAX), Err(Error::LeewayTooLong));
}

#[test]
fn a_token_without_a_kid_is_tried_with_a_limited_number_of_keys() {
    let (issuer, others) = (Issuer::new(), Issuer::new());
    // The issuer's key is the last one. Keys that do not fit the algorithm do not count.
    let verdict = |kid: &str, count: usize| {
        let key = |number: usize| {
            let of = if number + 1 == count { &issuer } else { &others };
            of.jwk(Algorithm::ES256, &format!(r#""kid":"{number}""#))
        };
        let unsuited = (0..8).map(|_| others.jwk(Algorithm::EdDSA, ""));
        let jwks = format!(r#"{{"keys":[{}]}}"#, unsuited.chain((0..count).map(key)).collect::<Vec<_>>().join(","));
        let keys = KeySet::<32>::from_jwks(jwks.as_bytes()).unwrap();
        let token = issuer.token(Algorithm::ES256, usual_header().changed(kid), usual_claims().json());
        let mut scratch = [0; scratch_len(2048)];
        let verifier = Verifier::new(usual_policy(), &keys);
        let certificate = Thumbprint::of_der(CERTIFICATE_A);
        let now = UnixTime::from_seconds(NOW);
        verifier.verify(token.as_bytes(), Some(&certificate), now, &mut scratch).map(|_| ())
    };
    assert_eq!(verdict("-kid", limits::CANDIDATE_KEYS), Ok(()));
    assert_eq!(verdict("-kid", limits::CANDIDATE_KEYS + 1), Err(Error::TooManyCandidateKeys));
    assert_eq!(verdict(r#"kid: "8""#, limits::CANDIDATE_KEYS + 1), Ok(()));
    assert_eq!(verdict(r#"kid: "7""#, limits::CANDIDATE_KEYS + 1), Err(Error::SignatureInvalid));
}

#[test]
fn an_empty_key_set_withdraws_all_keys() {
    let issuer = Issuer::new();
    let verdict = |token: &str| judge(r#"{"keys":[]}"#, usual_policy(), Some(CERTIFICATE_A), token, |_| ());
    assert_eq!(verdict(&issuer.usual_token()), Err(Error::KeysWithdrawn));
    let unnamed =
        issuer.token(Algorithm::EdDSA, usual_header().changed("alg: \"EdDSA\" ; -kid"), usual_claims().json());
    assert_eq!(verdict(&unnamed), Err(Error::KeysWithdrawn));
}

#[test]
fn every_scope_of_the_policy_is_required() {
    let issuer = Issuer::new();
    let verdict = |change: &str, scopes: &[&str]| {
        let token = issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().changed(change));
        judge(&issuer.jwks(), usual_policy().required_scopes(scopes), Some(CERTIFICATE_A), &token, |_| ())
    };
    assert_eq!(verdict("", &["read"]), Ok(()));
    assert_eq!(verdict("", &["write", "read"]), Ok(()));
    assert_eq!(verdict(r#"scope: "re\u0061d""#, &["read"]), Ok(()));
    assert_eq!(verdict("", &["read", "admin"]), Err(Error::InsufficientScope));
    assert_eq!(verdict("", &["rea"]), Err(Error::InsufficientScope));
    assert_eq!(verdict("", &["READ"]), Err(Error::InsufficientScope));
    assert_eq!(verdict("", &["read write"]), Err(Error::InsufficientScope));
    assert_eq!(verdict("", &[""]), Err(Error::InsufficientScope));
    assert_eq!(verdict("-scope", &["read"]), Err(Error::InsufficientScope));
    assert_eq!(verdict(r#"scope: "read\twrite""#, &["read"]), Err(Error::InsufficientScope));
    // A thief learns nothing about scopes, because the binding is checked first.
    let token = issuer.usual_token();
    let policy = usual_policy().required_scopes(&["admin"]);
    let verdict = judge(&issuer.jwks(), policy, Some(CERTIFICATE_C), &token, |_| ());
    assert_eq!(verdict, Err(Error::CertificateMismatch));
}

#[test]
fn an_empty_issuer_or_audience_accepts_nothing() {
    let issuer = Issuer::new();
    let verdict = |policy, change: &str| {
        let token = issuer.token(Algorithm::ES256, usual_header().json(), usual_claims().changed(change));
        judge(&issuer.jwks(), policy, Some(CERTIFICATE_A), &token, |_| ())
    };
    let policy = |issuer, audiences| certbound::Policy::new(issuer, audiences);
    assert_eq!(verdict(policy("", &["https://api.example"]), r#"iss: """#), Err(Error::IssuerMismatch));
    assert_eq!(verdict(policy("https://as.example", &[]), ""), Err(Error::AudienceMismatch));
    assert_eq!(verdict(policy("https://as.example", &[""]), r#"aud: """#), Err(Error::AudienceMismatch));
    assert_eq!(verdict(policy("https://as.example", &["x", "https://api.example"]), ""), Ok(()));
}

#[test]
fn the_form_of_a_token_is_exact() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let verdict = |token: &str| judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), token, |_| ());
    assert_eq!(verdict(&usual), Ok(()));
    let [header, payload, signature] = usual.split('.').collect::<Vec<_>>().try_into().unwrap();

    assert_eq!(verdict(""), Err(Error::TokenMissing));
    for token in ["opaque", ".", "...", &format!("{header}.{payload}"), &format!("{usual}."), &format!(".{usual}")] {
        assert_eq!(verdict(token), Err(Error::TokenNotCompact), "{token}");
    }
    assert_eq!(verdict(&format!("{header}.key.iv.{payload}.tag")), Err(Error::TokenNotCompact));
    assert_eq!(verdict(".."), Err(Error::JsonUnexpectedEnd));
    for (bad, error) in [
        (format!("{header}=.{payload}.{signature}"), Error::HeaderNotBase64url),
        (format!(" {usual}"), Error::HeaderNotBase64url),
        (format!("Bearer {usual}"), Error::HeaderNotBase64url),
        (format!("{header}.{payload}.{signature}="), Error::SignatureNotBase64url),
        (format!("{usual}\n"), Error::SignatureNotBase64url),
        (format!("{usual}\0"), Error::SignatureNotBase64url),
        (format!("{header}.{payload}.+{}", &signature[1..]), Error::SignatureNotBase64url),
    ] {
        assert_eq!(verdict(&bad), Err(error), "{bad}");
    }
    assert_eq!(verdict(&format!("{header}.{payload}.")), Err(Error::SignatureLength));
    // The payload is decoded only after the signature is verified, so a malformed one needs a signature.
    let signing_input = format!("{header}.{payload}=");
    let signature = base64url(&issuer.sign(Algorithm::ES256, signing_input.as_bytes()));
    assert_eq!(verdict(&format!("{signing_input}.{signature}")), Err(Error::PayloadNotBase64url));
}

#[test]
fn a_signature_has_one_spelling() {
    let issuer = Issuer::new();
    let usual = issuer.usual_token();
    let verdict = |token: &str| judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), token, |_| ());
    // In 86 characters, 64 bytes leave four bits of the last character unused. Of the 16 spellings only one is canonical.
    let (front, last) = usual.split_at(usual.len() - 1);
    let accepted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        .chars()
        .filter(|other| verdict(&format!("{front}{other}")).is_ok())
        .collect::<String>();
    assert_eq!(accepted, last);
}

#[test]
fn every_changed_character_is_rejected() {
    let issuer = Issuer::new();
    let jwks = issuer.jwks();
    let usual = issuer.usual_token();
    for index in 0..usual.len() {
        let mut changed = usual.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(judge(&jwks, usual_policy(), Some(CERTIFICATE_A), &changed, |_| ()).is_err(), "{index}");
    }
}

#[test]
fn limits_are_exact() {
    let issuer = Issuer::new();
    let verdict = |token: &str| judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), token, |_| ());
    // The length of base64url is never one more than a multiple of four, so some token lengths need a longer header.
    let of_length = |length: usize| {
        let padded = |header: usize, claims: usize| {
            let (header, claims) =
                (usual_header().json() + &" ".repeat(header), usual_claims().json() + &" ".repeat(claims));
            issuer.token(Algorithm::ES256, header, claims)
        };
        let claims = (length - padded(0, 0).len()) * 3 / 4;
        let mut tokens = (0..3).flat_map(|header| (claims - 4..=claims + 4).map(move |claims| padded(header, claims)));
        tokens.find(|token| token.len() == length).unwrap()
    };
    assert_eq!(verdict(&of_length(limits::TOKEN_LEN)), Ok(()));
    assert_eq!(verdict(&of_length(limits::TOKEN_LEN + 1)), Err(Error::TokenTooLong));
    assert_eq!(verdict(&"x".repeat(limits::TOKEN_LEN)), Err(Error::TokenNotCompact));
    assert_eq!(verdict(&"x".repeat(limits::TOKEN_LEN + 1)), Err(Error::TokenTooLong));

    let with_header = |length: usize| {
        let header = usual_header().json();
        let padding = " ".repeat(length - header.len());
        issuer.token(Algorithm::ES256, header + &padding, usual_claims().json())
    };
    assert_eq!(verdict(&with_header(limits::HEADER_LEN)), Ok(()));
    assert_eq!(verdict(&with_header(limits::HEADER_LEN + 1)), Err(Error::HeaderTooLong));
}

#[test]
fn scratch_of_the_documented_length_is_enough_and_less_is_an_error() {
    let issuer = Issuer::new();
    let keys = issuer.keys();
    let verifier = certbound::Verifier::new(usual_policy(), &keys);
    let certificate = certbound::Thumbprint::of_der(CERTIFICATE_A);
    let now = certbound::UnixTime::from_seconds(NOW);
    // Strings full of escapes need the most memory.
    let claims = usual_claims().with("a", &format!(r#""{}""#, r#"\""#.repeat(300))).with("b", r#""\\\\\n\u0001""#);
    for claims in [usual_claims().json(), claims.json()] {
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims);
        let verify = |length| {
            let mut scratch = vec![0; length];
            verifier.verify(token.as_bytes(), Some(&certificate), now, &mut scratch).map(|_| ())
        };
        assert_eq!(verify(scratch_len(token.len())), Ok(()));
        let mut enough = 0;
        for length in 0..scratch_len(token.len()) {
            match verify(length) {
                Ok(()) => enough += 1,
                Err(error) => assert_eq!((error, enough), (Error::ScratchTooSmall, 0), "{length}"),
            }
        }
        assert!(enough > 0);
    }
}

#[test]
fn claims_are_read_with_their_escapes_resolved() {
    let issuer = Issuer::new();
    let claims = usual_claims()
        .with("sub", r#""\u0073erver\/a \ud83d\ude00""#)
        .with("jti", r#""say \"hi\" \\ \n""#)
        .with("\\u006frg", r#""M\u00fcller""#)
        .with("level", "7")
        .with("deep", r#"{"a":["\ud83d\ude00"]}"#);
    let token = issuer.token(Algorithm::ES256, usual_header().json(), claims.json());
    let accepted = judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |token| {
        assert_eq!(token.subject(), Some("server/a 😀"));
        assert_eq!(token.token_id(), Some("say \"hi\" \\ \n"));
        assert_eq!(token.client_id(), Some("server-a"));
        assert_eq!(token.issuer(), Some("https://as.example"));
        assert!(token.scopes().eq(["read", "write"]) && token.has_scope("write"));
        assert_eq!(token.expires_at().seconds(), 1_900_000_300);
        assert_eq!(token.claim("org"), Some(Claim::String("Müller")));
        assert_eq!(token.claim("level"), Some(Claim::Number("7")));
        assert_eq!(token.claim("deep"), Some(Claim::Object(r#"{"a":["\ud83d\ude00"]}"#)));
        assert_eq!(token.claim("absent"), None);

        let own: OwnClaims = token.deserialize().unwrap();
        assert_eq!((own.org.as_str(), own.level, own.jti.as_str()), ("Müller", 7, "say \"hi\" \\ \n"));
        assert_eq!(own.deep.a, ["😀"]);
        assert_eq!(token.deserialize::<Borrowed<'_>>().unwrap().org, "Müller");
        assert_eq!(token.deserialize::<WrongType>().unwrap_err(), Error::ClaimsTypeMismatch);
        assert_eq!(token.deserialize::<EscapedBorrowed<'_>>().map(|_| ()), Err(Error::ClaimsTypeMismatch));

        let json: serde_json::Value = serde_json::from_str(token.as_json()).unwrap();
        assert_eq!(json["jti"], "say \"hi\" \\ \n");
    });
    assert_eq!(accepted, Ok(()));
}

#[test]
fn strings_with_escapes_have_no_maximum_length() {
    let issuer = Issuer::new();
    let read = |text: &str| {
        let claims = usual_claims().with("jti", &format!(r#""{text}""#));
        let token = issuer.token(Algorithm::ES256, usual_header().json(), claims.json());
        judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_A), &token, |token| {
            token.deserialize::<Long>().map(|claims| claims.jti.len())
        })
        .unwrap()
    };
    for length in [1024, 1025, 2048] {
        assert_eq!(read(&("x".repeat(length - 1) + r"\n")), Ok(length));
        assert_eq!(read(&r"\n".repeat(length)), Ok(length));
    }
    // The type has a maximum.
    assert_eq!(read(&r"\n".repeat(2049)), Err(Error::ClaimsTypeMismatch));
}

#[derive(serde::Deserialize)]
struct Long {
    jti: heapless::String<2048>,
}

#[derive(serde::Deserialize)]
struct OwnClaims {
    org: heapless::String<16>,
    level: u8,
    jti: heapless::String<32>,
    deep: Deep,
}

#[derive(serde::Deserialize)]
struct Deep {
    a: heapless::Vec<heapless::String<8>, 2>,
}

#[derive(serde::Deserialize)]
struct Borrowed<'a> {
    org: &'a str,
}

#[derive(Debug, serde::Deserialize)]
struct WrongType {
    #[serde(rename = "org")]
    _org: u32,
}

#[derive(serde::Deserialize)]
struct EscapedBorrowed<'a> {
    #[serde(rename = "jti")]
    _jti: &'a str,
}

#[test]
fn the_response_to_the_client_follows_rfc_6750() {
    let issuer = Issuer::new();
    let stolen = judge(&issuer.jwks(), usual_policy(), Some(CERTIFICATE_C), &issuer.usual_token(), |_| ()).unwrap_err();
    assert_eq!(stolen.bearer_response(), BearerResponse::InvalidToken);
    let missing = judge(&issuer.jwks(), usual_policy(), None, "", |_| ()).unwrap_err();
    assert_eq!(missing.bearer_response(), BearerResponse::Unauthenticated);
}
