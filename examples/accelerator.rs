//! Has ES256 signatures verified by an accelerator: `cargo run --example accelerator`. The crate p256 stands for the hardware.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::{
    AcceleratorError, Error, Es256Accelerator, KeySet, P256PublicKey, Policy, TestedAccelerator, Thumbprint, UnixTime,
    Verifier, scratch_len,
};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Signer, signature::hazmat::PrehashVerifier};

/// The accelerator of a board, with its registers. This one counts what it does.
struct Accelerator {
    verified: usize,
}

impl Es256Accelerator for Accelerator {
    fn verify_prehash(
        &mut self,
        key: &P256PublicKey,
        hash: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), AcceleratorError> {
        // A driver copies the operands to the hardware here, starts it and waits. A fault of the hardware is no verdict.
        let key = VerifyingKey::from_sec1_bytes(&[&[4], &key.x[..], &key.y[..]].concat())
            .map_err(|_| AcceleratorError::Unavailable)?;
        let signature = Signature::from_slice(signature).map_err(|_| AcceleratorError::Unavailable)?;
        self.verified += 1;
        key.verify_prehash(hash, &signature).map_err(|_| AcceleratorError::SignatureInvalid)
    }
}

fn main() -> Result<(), Error> {
    // Once: the accelerator proves that it distinguishes signatures.
    let mut accelerator = TestedAccelerator::new(Accelerator { verified: 0 })?;

    let issuer = SigningKey::from_slice(&[7; 32]).expect("a number below the order");
    let keys = KeySet::<1>::from_jwks(jwks(&issuer).as_bytes())?;
    let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    let server_a = Thumbprint::of_der(b"the certificate of Server A");
    let token = token(&issuer, &server_a);

    // For each request.
    let now = UnixTime::from_seconds(1_800_000_000);
    let mut scratch = [0; scratch_len(1024)];
    let accepted =
        verifier.verify_accelerated(&mut accelerator, token.as_bytes(), Some(&server_a), now, &mut scratch)?;
    println!("accepted: {}", accepted.subject().unwrap_or("unknown"));

    // The accelerator decides about the signature alone.
    let thief = Thumbprint::of_der(b"the thief's certificate");
    let stolen = verifier.verify_accelerated(&mut accelerator, token.as_bytes(), Some(&thief), now, &mut scratch);
    let stolen = stolen.unwrap_err();
    println!("rejected: {}: {stolen}", stolen.name());
    assert_eq!(stolen, Error::CertificateMismatch);
    Ok(())
}

fn jwks(issuer: &SigningKey) -> String {
    let point = issuer.verifying_key().to_sec1_point(false);
    let [x, y] = [&point.as_bytes()[1..33], &point.as_bytes()[33..]].map(Base64UrlUnpadded::encode_string);
    format!(r#"{{"keys": [{{"kty": "EC", "crv": "P-256", "x": "{x}", "y": "{y}"}}]}}"#)
}

/// A token that is bound to a certificate.
fn token(issuer: &SigningKey, certificate: &Thumbprint) -> String {
    let claims = format!(
        r#"{{"iss":"https://as.example","aud":"https://api.example","sub":"server-a","exp":4102444800,"cnf":{{"x5t#S256":"{certificate}"}}}}"#
    );
    let [header, claims] =
        [r#"{"alg":"ES256","typ":"at+jwt"}"#, &claims].map(|part| Base64UrlUnpadded::encode_string(part.as_bytes()));
    let signature: Signature = issuer.sign(format!("{header}.{claims}").as_bytes());
    format!("{header}.{claims}.{}", Base64UrlUnpadded::encode_string(&signature.to_bytes()))
}
