//! Whole verdicts, and whatever else calls other crates. `allowed.txt` lists every panic left, with an argument.

use certbound::{
    Binding, CacheSlot, CacheStatistics, Certificate, Chain, ClientMetadata, Geometry, Introspection,
    IntrospectionCache, IntrospectionSlot, KeySet, Policy, TrustedIssuer, UnixTime, Verifier, ffi_support,
    internals::signature::{
        Hash, Message,
        ecdsa::{self, BasePoint, Curve, Layout, PreparedKey},
        ed25519, rsa,
    },
};

use crate::{
    entries, seen, text, thumbprint,
    typed::{Anything, NumberKeys, Numbers},
};

entries! {
    fn verdict_client_metadata(json, _, scratch) {
        let Ok(client) = ClientMetadata::from_json(json, scratch) else { return };
        seen((client.client_id(), client.method().name()));
    }

    fn verdict_client_certificate(json, der, scratch) {
        let Ok(client) = ClientMetadata::from_json(json, scratch) else { return };
        let Ok(certificate) = Certificate::from_der(der) else { return };
        seen(client.authenticate(&certificate, Chain::Validated));
    }

    fn verdict_token(token, jwks, scratch) {
        let Ok(keys) = KeySet::<4>::from_jwks(jwks) else { return };
        // To the optimizer, the configuration must be as unknown as the token.
        let policy = Policy::new(text(jwks), core::hint::black_box(&["https://api.example"]))
            .required_scopes(core::hint::black_box(&["read"]))
            .binding(core::hint::black_box(Binding::Required))
            .leeway_seconds(core::hint::black_box(30));
        let verifier = Verifier::new(policy, &keys);
        let now = UnixTime::from_seconds(core::hint::black_box(1_900_000_000));
        let Ok(verified) = verifier.verify(token, thumbprint(jwks).as_ref(), now, scratch) else { return };
        seen((verified.expires_at(), verified.confirmation(), verified.as_json()));
    }

    fn verdict_token_of_several_issuers(token, jwks, scratch) {
        let Ok(keys) = KeySet::<4>::from_jwks(jwks) else { return };
        let Ok(others) = KeySet::<4>::from_jwks(token) else { return };
        let issuers = [TrustedIssuer::new(text(jwks), &keys), TrustedIssuer::new(text(token), &others)];
        let policy = Policy::for_audiences(core::hint::black_box(&["https://api.example"]));
        let verifier = Verifier::for_issuers(policy, core::hint::black_box(&issuers));
        let now = UnixTime::from_seconds(core::hint::black_box(1_900_000_000));
        let Ok(verified) = verifier.verify(token, thumbprint(jwks).as_ref(), now, scratch) else { return };
        seen((verified.issuer(), verified.as_json()));
    }

    fn verdict_cached_token(token, jwks, scratch) {
        let Ok(keys) = KeySet::<4>::from_jwks(jwks) else { return };
        let policy = Policy::new(text(jwks), core::hint::black_box(&["https://api.example"]));
        let mut slots = core::hint::black_box([CacheSlot::EMPTY; 6]);
        let statistics = core::hint::black_box(CacheStatistics::default());
        let mut verifier = ffi_support::resume_cache(Verifier::new(policy, &keys), &mut slots, statistics);
        let now = UnixTime::from_seconds(core::hint::black_box(1_900_000_000));
        let Ok(mut accepted) = verifier.verify(token, thumbprint(jwks).as_ref(), now, scratch) else { return };
        seen((accepted.expires_at(), accepted.claims().map(|claims| claims.as_json())));
        seen((verifier.statistics(), verifier.capacity()));
    }

    fn verdict_introspection(response, jwks, scratch) {
        let Ok(keys) = KeySet::<4>::from_jwks(jwks) else { return };
        let issuers = [TrustedIssuer::new(text(jwks), &keys), TrustedIssuer::new(text(response), &keys)];
        let policy = Policy::for_audiences(core::hint::black_box(&["https://api.example"]))
            .required_scopes(core::hint::black_box(&["read"]));
        let verifier = Verifier::for_issuers(policy, core::hint::black_box(&issuers));
        let (now, certificate) = (UnixTime::from_seconds(core::hint::black_box(1_900_000_000)), thumbprint(jwks));
        seen(Introspection::confirm(&verifier, Some(text(jwks)), response, certificate.as_ref(), now, scratch).is_ok());
        let Ok(token) = Introspection::verify_with(&verifier, response, certificate.as_ref(), now, scratch) else { return };
        let mut slots = core::hint::black_box([IntrospectionSlot::EMPTY; 6]);
        let mut texts = core::hint::black_box([0; 600]);
        let (turn, seconds) = core::hint::black_box((0, 60));
        let mut cache = IntrospectionCache::new(&mut slots, &mut texts);
        cache.remember(response, &token, now, seconds);
        let mut cache = ffi_support::resume_introspection_cache(&mut slots, &mut texts, turn);
        cache.remember(response, &token, now, seconds);
        seen((cache.recall(jwks, now, seconds), token.expires_at()));
    }

    fn verdict_ecdsa_p256(key, message, signature) {
        let (x, y) = key.split_at_checked(32).unwrap_or_default();
        seen(ecdsa::P256Key::from_coordinates(x, y).is_ok_and(|key| key.verify(&Message::new(message), signature).is_ok()));
    }

    fn verdict_ecdsa_p384(key, message, signature) {
        let (x, y) = key.split_at_checked(48).unwrap_or_default();
        seen(ecdsa::P384Key::from_coordinates(x, y).is_ok_and(|key| key.verify(&Message::new(message), signature).is_ok()));
    }

    fn verdict_ecdsa_p521(key, message, signature) {
        let (x, y) = key.split_at_checked(66).unwrap_or_default();
        seen(ecdsa::P521Key::from_coordinates(x, y).is_ok_and(|key| key.verify(&Message::new(message), signature).is_ok()));
    }

    fn verdict_prepared_ecdsa_p256(key, message, signature) {
        let (x, y) = key.split_at_checked(32).unwrap_or_default();
        let Ok(key) = ecdsa::P256Key::from_coordinates(x, y) else { return };
        seen_prepared::<{ PreparedKey::<ecdsa::P256>::table_len(Layout::Small) }, _>(&key, message, signature);
    }

    fn verdict_prepared_ecdsa_p384(key, message, signature) {
        let (x, y) = key.split_at_checked(48).unwrap_or_default();
        let Ok(key) = ecdsa::P384Key::from_coordinates(x, y) else { return };
        seen_prepared::<{ PreparedKey::<ecdsa::P384>::table_len(Layout::Small) }, _>(&key, message, signature);
    }

    fn verdict_prepared_ecdsa_p521(key, message, signature) {
        let (x, y) = key.split_at_checked(66).unwrap_or_default();
        let Ok(key) = ecdsa::P521Key::from_coordinates(x, y) else { return };
        seen_prepared::<{ PreparedKey::<ecdsa::P521>::table_len(Layout::Small) }, _>(&key, message, signature);
    }

    fn verdict_ed25519(key, message, signature) {
        seen(ed25519::Ed25519Key::from_bytes(key).is_ok_and(|key| key.verify(message, signature).is_ok()));
    }

    fn verdict_ed25519_prepared(key, message, signature) {
        const WORDS: usize = ed25519::Ed25519Key::table_len(Geometry::Small);
        let Ok(key) = ed25519::Ed25519Key::from_bytes(key) else { return };
        let geometry = core::hint::black_box(Geometry::Small);
        let mut table = [0; WORDS];
        seen(key.prepare(geometry, &mut table));
        seen(key.verify_prepared(geometry, core::hint::black_box(&table), message, signature));
    }

    fn verdict_rsa(modulus, message, signature) {
        let Ok(key) = rsa::RsaKey::new(modulus, message) else { return };
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            seen(key.verify_pkcs1_v15(hash, &Message::new(message), signature));
            seen(key.verify_pss(hash, &Message::new(message), signature));
        }
    }

    fn verdict_rsa_prepared(modulus, message, signature) {
        let Ok(key) = rsa::RsaKey::new(modulus, message) else { return };
        let mut table = [0; rsa::RsaKey::TABLE_LEN_MAX];
        seen(key.prepare(&mut table));
        let table = core::hint::black_box(&table);
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            seen(key.verify_pkcs1_v15_prepared(table, hash, &Message::new(message), signature));
            seen(key.verify_pss_prepared(table, hash, &Message::new(message), signature));
        }
    }

    fn verdict_typed_claims(response, _, scratch) {
        let Ok(claims) = Introspection::verify(response, Binding::IfPresent, None, scratch) else { return };
        seen(claims.deserialize::<Numbers>().is_ok());
        seen(claims.deserialize::<NumberKeys>().is_ok());
        seen(claims.deserialize::<Anything>().is_ok());
    }
}

fn seen_prepared<const WORDS: usize, C: Curve>(key: &ecdsa::EcdsaKey<C>, message: &[u8], signature: &[u8]) {
    let mut memory = core::hint::black_box([[0; WORDS]; 2]);
    let [base, table] = &mut memory;
    let geometry = core::hint::black_box(Layout::Small);
    let (base, key) = (BasePoint::<C>::prepare(geometry, base), PreparedKey::prepare(key, geometry, table));
    let (Ok(base), Ok(key)) = (base, key) else { return };
    seen(key.verify(&base, &Message::new(message), signature));
}
