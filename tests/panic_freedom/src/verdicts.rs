//! Whole verdicts, with the public-key operations of the crates that they call. Every panic left is in `allowed.txt`.

use certbound::{Binding, Confirmation, Introspection, KeySet, Policy, UnixTime, Verifier};

use crate::{entries, seen, text, thumbprint};

entries! {
    fn verdict_token(token, jwks, scratch) {
        let Ok(keys) = KeySet::<4>::from_jwks(jwks) else { return };
        // What the operator configures is as unknown to the optimizer as the token.
        let policy = Policy::new(text(jwks), core::hint::black_box(&["https://api.example"]))
            .required_scopes(core::hint::black_box(&["read"]))
            .binding(core::hint::black_box(Binding::Required))
            .leeway_seconds(core::hint::black_box(30));
        let verifier = Verifier::new(policy, &keys);
        let now = UnixTime::from_seconds(core::hint::black_box(1_900_000_000));
        let Ok(verified) = verifier.verify(token, thumbprint(jwks).as_ref(), now, scratch) else { return };
        seen((verified.expires_at(), verified.confirmation(), verified.as_json()));
    }

    fn verdict_confirmation_json(sha256, _, output) {
        let Some(thumbprint) = thumbprint(sha256) else { return };
        seen(Confirmation::new(thumbprint).write_json(output));
    }

    fn verdict_typed_claims(response, _, scratch) {
        #[derive(serde::Deserialize)]
        struct Claims<'scratch> {
            org: &'scratch str,
            level: Option<u64>,
            flags: [bool; 2],
        }
        let Ok(claims) = Introspection::verify(response, Binding::IfPresent, None, scratch) else { return };
        let Ok(own) = claims.claims::<Claims>() else { return };
        seen((own.org, own.level, own.flags));
    }
}
