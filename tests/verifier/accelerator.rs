//! Accelerators: they decide about the signature, and about nothing else.

use std::{cell::Cell, rc::Rc};

use certbound::{
    AcceleratorError, Algorithm, Error, Es256Accelerator, Geometry, KeySet, P256PublicKey, PreparedKeys,
    TestedAccelerator, Thumbprint, TrustedIssuer, UnixTime, Verifier, limits, scratch_len,
};
use p256::ecdsa::{Signature, VerifyingKey, signature::hazmat::PrehashVerifier as _};

use crate::support::*;

/// Passes the self-test, and then has another verdict. `None` is the right verdict. Counts what it is asked.
struct Scripted {
    verdict: Option<Result<(), AcceleratorError>>,
    asked: Rc<Cell<usize>>,
}

impl Es256Accelerator for Scripted {
    fn verify_prehash(
        &mut self,
        key: &P256PublicKey,
        hash: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), AcceleratorError> {
        self.asked.set(self.asked.get() + 1);
        match self.verdict {
            Some(verdict) if self.asked.get() > SELF_TEST => verdict,
            _ => right_verdict(key, hash, signature),
        }
    }
}

/// Verifications in a self-test.
const SELF_TEST: usize = 4;

fn right_verdict(key: &P256PublicKey, hash: &[u8; 32], signature: &[u8; 64]) -> Result<(), AcceleratorError> {
    let point = [&[4], &key.x[..], &key.y[..]].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let signature = Signature::from_slice(signature).unwrap();
    key.verify_prehash(hash, &signature).map_err(|_| AcceleratorError::SignatureInvalid)
}

/// An accelerator that was tested, and the number of times that it was asked since.
fn scripted(verdict: Option<Result<(), AcceleratorError>>) -> (TestedAccelerator<Scripted>, impl Fn() -> usize) {
    let asked = Rc::new(Cell::new(0));
    let accelerator = TestedAccelerator::new(Scripted { verdict, asked: Rc::clone(&asked) }).unwrap();
    assert_eq!(asked.get(), SELF_TEST);
    (accelerator, move || asked.get() - SELF_TEST)
}

const ACCEPTS: Option<Result<(), AcceleratorError>> = Some(Ok(()));
const REJECTS: Option<Result<(), AcceleratorError>> = Some(Err(AcceleratorError::SignatureInvalid));
const UNAVAILABLE: Option<Result<(), AcceleratorError>> = Some(Err(AcceleratorError::Unavailable));

/// The verdicts with plain and with prepared keys, which must be equal.
fn judge_by(
    accelerator: &mut TestedAccelerator<Scripted>,
    keys: &KeySet<8>,
    certificate: Option<&[u8]>,
    token: &str,
) -> Result<(), Error> {
    let mut tables = vec![0; PreparedKeys::tables_len(keys, Geometry::Small)];
    let prepared = PreparedKeys::prepare(keys, Geometry::Small, &mut tables).unwrap();
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    let certificate = certificate.map(Thumbprint::of_der);
    let now = UnixTime::from_seconds(NOW);
    let [plain, prepared] =
        [Verifier::new(usual_policy(), keys), Verifier::prepared(usual_policy(), prepared)].map(|verifier| {
            verifier
                .verify_accelerated(accelerator, token.as_bytes(), certificate.as_ref(), now, &mut scratch)
                .map(|accepted| assert_eq!(accepted.client_id(), Some("server-a")))
        });
    assert_eq!(plain, prepared);
    plain
}

/// The same token with another signature, that of other claims.
fn forged(issuer: &Issuer, claims: &Members) -> String {
    let [token, other] = [claims, &claims.clone().with("jti", r#""other""#)]
        .map(|claims| issuer.token(Algorithm::ES256, usual_header().json(), claims.json()));
    let (signing_input, _) = token.rsplit_once('.').unwrap();
    format!("{signing_input}.{}", other.rsplit_once('.').unwrap().1)
}

#[test]
fn the_right_verdict_is_that_of_the_library() {
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(None);
    let mut judge = |token: &str| judge_by(&mut accelerator, &issuer.keys(), Some(CERTIFICATE_A), token);
    assert_eq!(judge(&issuer.usual_token()), Ok(()));
    assert_eq!(judge(&forged(&issuer, &usual_claims())), Err(Error::SignatureInvalid));
    assert_eq!(judge(&Issuer::new().usual_token()), Err(Error::SignatureInvalid));
    assert_eq!(asked(), 6);
}

#[test]
fn an_accepting_accelerator_is_obeyed_about_the_signature_alone() {
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(ACCEPTS);
    let mut judge = |certificate, claims: &Members| {
        judge_by(&mut accelerator, &issuer.keys(), certificate, &forged(&issuer, claims))
    };
    let claims = usual_claims();
    assert_eq!(judge(Some(CERTIFICATE_A), &claims), Ok(()));
    // Everything else is judged nevertheless.
    assert_eq!(judge(Some(CERTIFICATE_C), &claims), Err(Error::CertificateMismatch));
    assert_eq!(judge(None, &claims), Err(Error::CertificateMissing));
    assert_eq!(judge(Some(CERTIFICATE_A), &claims.clone().without("cnf")), Err(Error::ConfirmationMissing));
    assert_eq!(judge(Some(CERTIFICATE_A), &claims.clone().with("exp", "1899999999")), Err(Error::TokenExpired));
    assert_eq!(judge(Some(CERTIFICATE_A), &claims.clone().with("nbf", "1900000001")), Err(Error::TokenNotYetValid));
    assert_eq!(judge(Some(CERTIFICATE_A), &claims.clone().with("aud", r#""other""#)), Err(Error::AudienceMismatch));
    assert_eq!(judge(Some(CERTIFICATE_A), &claims.clone().with("iss", r#""other""#)), Err(Error::IssuerMismatch));
    assert_eq!(asked(), 16);
}

#[test]
fn the_key_and_the_algorithm_are_judged_before_an_accelerator_is_asked() {
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(ACCEPTS);
    let mut judge = |token: &str| judge_by(&mut accelerator, &issuer.keys(), Some(CERTIFICATE_A), token);
    let token = |header: Members| issuer.token(Algorithm::ES256, header.json(), usual_claims().json());
    assert_eq!(judge(&token(usual_header().with("kid", r#""other""#))), Err(Error::KeyUnknown));
    assert_eq!(judge(&token(usual_header().with("kid", r#""ES384""#))), Err(Error::KeyUnsuited));
    assert_eq!(judge(&token(usual_header().with("alg", r#""none""#))), Err(Error::AlgorithmUnsupported));
    // Signatures of other algorithms are not its business.
    for algorithm in [Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256] {
        let name = format!("{:?}", algorithm.name());
        let header = usual_header().with("alg", &name).with("kid", &name);
        let token = issuer.token(algorithm, header.json(), usual_claims().json());
        assert_eq!(judge(&token), Ok(()));
        let (signing_input, signature) = token.rsplit_once('.').unwrap();
        let other = if signature.starts_with('B') { "C" } else { "B" };
        let error = judge(&format!("{signing_input}.{other}{}", &signature[1..])).unwrap_err();
        assert_eq!(error, Error::SignatureInvalid);
    }
    assert_eq!(asked(), 0);
}

#[test]
fn a_rejecting_accelerator_is_obeyed() {
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(REJECTS);
    let verdict = judge_by(&mut accelerator, &issuer.keys(), Some(CERTIFICATE_A), &issuer.usual_token());
    assert_eq!((verdict, asked()), (Err(Error::SignatureInvalid), 2));
}

#[test]
fn the_library_verifies_what_an_unavailable_accelerator_does_not() {
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(UNAVAILABLE);
    let mut judge = |token: &str| judge_by(&mut accelerator, &issuer.keys(), Some(CERTIFICATE_A), token);
    assert_eq!(judge(&issuer.usual_token()), Ok(()));
    assert_eq!(judge(&forged(&issuer, &usual_claims())), Err(Error::SignatureInvalid));
    assert_eq!(asked(), 4);
}

#[test]
fn a_signature_out_of_range_is_rejected_before_an_accelerator_is_asked() {
    const ORDER: [u8; 32] = hex_literal::hex!("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    let issuer = Issuer::new();
    let (mut accelerator, asked) = scripted(ACCEPTS);
    let mut judge = |signature: &[u8]| {
        let token = issuer.usual_token();
        let (signing_input, _) = token.rsplit_once('.').unwrap();
        let token = format!("{signing_input}.{}", base64url(signature));
        judge_by(&mut accelerator, &issuer.keys(), Some(CERTIFICATE_A), &token)
    };
    let (zero, mut one, mut below) = ([0; 32], [0; 32], ORDER);
    one[31] = 1;
    below[31] -= 1;
    for [r, s] in [[zero, one], [one, zero], [zero, zero], [ORDER, one], [one, ORDER], [[0xff; 32], one]] {
        assert_eq!(judge(&[r, s].concat()), Err(Error::SignatureInvalid));
    }
    for length in [1, 63, 65, 72] {
        assert_eq!(judge(&vec![1; length]), Err(Error::SignatureLength), "{length}");
    }
    assert_eq!(judge(&[one, below].concat()), Ok(()));
    assert_eq!(asked(), 2);
}

#[test]
fn several_issuers_share_an_accelerator() {
    let [one, another] = [Issuer::new(), Issuer::new()];
    let (keys, other_keys) = (one.keys(), another.keys());
    let issuers = [TrustedIssuer::new("https://other.example", &other_keys), TrustedIssuer::new(ISSUER, &keys)];
    let verifier = Verifier::for_issuers(usual_policy(), &issuers);
    let (mut accelerator, asked) = scripted(None);
    let mut scratch = vec![0; scratch_len(limits::TOKEN_LEN)];
    let certificate = Thumbprint::of_der(CERTIFICATE_A);
    let token = one.usual_token();
    let now = UnixTime::from_seconds(NOW);
    let verdict =
        verifier.verify_accelerated(&mut accelerator, token.as_bytes(), Some(&certificate), now, &mut scratch);
    assert!(verdict.is_ok());
    assert_eq!(asked(), 2);
}

/// Has one verdict on everything.
struct Constant(Result<(), AcceleratorError>);

impl Es256Accelerator for Constant {
    fn verify_prehash(&mut self, _: &P256PublicKey, _: &[u8; 32], _: &[u8; 64]) -> Result<(), AcceleratorError> {
        self.0
    }
}

/// Forgets one of the three operands: it has the verdict for the known one.
struct Forgetful(usize);

impl Es256Accelerator for Forgetful {
    fn verify_prehash(
        &mut self,
        key: &P256PublicKey,
        hash: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), AcceleratorError> {
        let right = right_verdict(key, hash, signature).is_ok();
        let differs = [hash[31] == 0xbe, key.x[0] == 0x6b, signature[63] == 0xa9];
        if right || differs[self.0] { Ok(()) } else { Err(AcceleratorError::SignatureInvalid) }
    }
}

#[test]
fn a_faulty_accelerator_cannot_be_used() {
    for verdict in [ACCEPTS, REJECTS, UNAVAILABLE].map(Option::unwrap) {
        assert_eq!(TestedAccelerator::new(Constant(verdict)).err(), Some(Error::AcceleratorFaulty));
    }
    for forgotten in 0..3 {
        let accelerator = TestedAccelerator::new(Forgetful(forgotten));
        assert_eq!(accelerator.err(), Some(Error::AcceleratorFaulty), "{forgotten}");
    }
}
