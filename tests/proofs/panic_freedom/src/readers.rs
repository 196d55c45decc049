//! Every reader of the core, and its arithmetic. None of them may reach a panic.

use certbound::{
    Algorithm, Binding, Certificate, Confirmation, DistinguishedName, Error, ForwardedFormat, Introspection, KeySet,
    Thumbprint, TokenType,
    internals::{
        Header, base64url, claims, confirmation, json,
        signature::{
            Message,
            ecdsa::{self, BasePoint, CompactP256, Curve, EcdsaKey, Layout, PreparedKey},
        },
    },
};

use crate::{
    entries, seen, text, thumbprint,
    typed::{TextKeys, Texts},
};

entries! {
    fn reader_base64url(encoded, _, output) {
        seen(base64url::decode(encoded, output));
    }

    fn reader_json(text, name, output) {
        let Ok(value) = json::read(text) else { return };
        let name = crate::text(name);
        if let Some(object) = value.as_object() {
            seen(object.as_str());
            seen(object.member(name).is_some());
            for (name, value) in object.members() {
                seen(name.as_plain());
                seen_value(value, output);
            }
        }
        if let Some(array) = value.as_array() {
            seen(array.as_str());
            array.elements().for_each(|value| seen_value(value, output));
        }
        seen_value(value, output);
    }

    fn reader_header(json, _, _) {
        let Ok(header) = Header::read(json) else { return };
        seen(header.check_type(TokenType::AccessToken));
        seen(header.check_type(TokenType::Jwt));
        seen(header.check_type(TokenType::Any));
        seen(header);
    }

    fn reader_key_set(jwks, _, _) {
        let keys = KeySet::<4>::from_jwks_reporting(jwks, |passed_over| {
            seen((passed_over.index, passed_over.key_id, passed_over.reason));
        });
        let Ok(keys) = keys else { return };
        keys.keys().for_each(|key| seen((key.key_id(), key.kind())));
        seen(keys.len());
    }

    fn reader_key(jwk, _, _) {
        seen(KeySet::<4>::from_jwk(jwk));
    }

    fn reader_certificate(der, _, _) {
        let Ok(certificate) = Certificate::from_der(der) else { return };
        seen((certificate.version(), certificate.serial_number(), certificate.thumbprint()));
        seen((certificate.not_before(), certificate.not_after()));
        seen((certificate.issuer().as_der(), certificate.subject().is_empty()));
        seen(certificate.subject_public_key_info().as_der());
        certificate.subject_alternative_names().for_each(seen);
    }

    fn reader_distinguished_name(text, der, _) {
        let Ok(expected) = DistinguishedName::parse(crate::text(text)) else { return };
        seen(expected.as_str());
        let Ok(certificate) = Certificate::from_der(der) else { return };
        seen(certificate.subject().matches(&expected));
    }

    fn reader_claims(response, certificate, scratch) {
        let certificate = thumbprint(certificate);
        let claims = Introspection::verify(response, Binding::Required, certificate.as_ref(), scratch);
        let Ok(claims) = claims else { return };
        seen((claims.issuer(), claims.subject(), claims.client_id(), claims.token_id(), claims.as_json()));
        seen((claims.has_scope("read"), claims.scopes().count(), claims.claim("org")));
        let path = core::hint::black_box(&["realm", "roles"]);
        seen((claims.claim_at(path), claims.elements_at(path).map(Iterator::count)));
        seen(claims.confirmation());
    }

    fn reader_typed_claims(response, _, scratch) {
        let Ok(claims) = Introspection::verify(response, Binding::IfPresent, None, scratch) else { return };
        seen(claims.deserialize::<Texts>().is_ok());
        seen(claims.deserialize::<TextKeys>().is_ok());
    }

    fn reader_confirmation_json(sha256, _, output) {
        let Some(thumbprint) = thumbprint(sha256) else { return };
        seen(Confirmation::new(thumbprint).write_json(output));
    }

    fn reader_confirmation(json, certificate, _) {
        let cnf = json::read(json).ok();
        let certificate = thumbprint(certificate);
        seen(confirmation::check(cnf, Binding::Required, certificate.as_ref()));
        seen(confirmation::check(cnf, Binding::IfPresent, certificate.as_ref()));
    }

    fn reader_thumbprint(one, other, _) {
        let hashed = Thumbprint::of_der(one);
        let read = [Thumbprint::from_hex(text(other)), Thumbprint::from_x5t_s256(text(other))];
        for read in read.iter().flatten() {
            seen((hashed.matches(read), read.x5t_s256().as_str(), read.as_sha256()));
        }
    }

    fn reader_forwarded_rfc9440(value, _, scratch) {
        seen(Thumbprint::from_forwarded(ForwardedFormat::Rfc9440, value, scratch));
    }

    fn reader_forwarded_xfcc(value, _, scratch) {
        seen(Thumbprint::from_forwarded(ForwardedFormat::Xfcc, value, scratch));
    }

    fn reader_forwarded_pem(value, _, scratch) {
        seen(Thumbprint::from_forwarded(ForwardedFormat::Pem, value, scratch));
    }

    fn reader_forwarded_base64(value, _, scratch) {
        seen(Thumbprint::from_forwarded(ForwardedFormat::Base64, value, scratch));
    }

    fn reader_compact_ecdsa_p256(key, signature, _) {
        let (x, y) = key.split_at_checked(32).unwrap_or_default();
        let Ok(key) = EcdsaKey::<CompactP256>::from_coordinates(x, y) else { return };
        seen(key.verify(&Message::new(x), signature));
    }

    fn reader_prepared_ecdsa_p256(hash, signature, _) {
        seen_prepared::<{ PreparedKey::<ecdsa::P256>::table_len(Layout::Large) }, ecdsa::P256>(hash, signature);
    }

    fn reader_prepared_ecdsa_p384(hash, signature, _) {
        seen_prepared::<{ PreparedKey::<ecdsa::P384>::table_len(Layout::Large) }, ecdsa::P384>(hash, signature);
    }

    fn reader_prepared_ecdsa_p521(hash, signature, _) {
        seen_prepared::<{ PreparedKey::<ecdsa::P521>::table_len(Layout::Large) }, ecdsa::P521>(hash, signature);
    }

    fn reader_names(name, _, _) {
        seen(ForwardedFormat::from_name(text(name)).map(ForwardedFormat::name));
        let Some(algorithm) = Algorithm::from_name(text(name)) else { return };
        seen(algorithm.name());
        seen(error_words(Error::AlgorithmNotAllowed));
    }
}

/// Prepares the base point, and verifies with a table of unknown content. Reading keys and hashing are left out, because other
/// crates do both.
fn seen_prepared<const WORDS: usize, C: Curve>(hash: &[u8], signature: &[u8]) {
    let mut memory = core::hint::black_box([[0; WORDS]; 2]);
    let [base, key] = &mut memory;
    let layout = core::hint::black_box(Layout::Large);
    let base = BasePoint::<C>::prepare(layout, base);
    let key = PreparedKey::<C>::from_table(key);
    let (Ok(base), Ok(key), Ok(hash)) = (base, key, hash.try_into()) else { return };
    seen(key.verify_hash(&base, hash, signature));
    seen(BasePoint::<C>::from_table(core::hint::black_box(&[0; WORDS])).is_ok());
}

fn seen_value(value: json::Value<'_>, output: &mut [u8]) {
    seen(value.as_number().and_then(claims::unix_time));
    seen(value.as_number().map(json::Number::as_str));
    if let Some(text) = value.as_text() {
        seen(text.is("cnf"));
        seen(text.unescaped_len());
        seen(text.copy_to(output));
    }
}

fn error_words(error: Error) -> [&'static str; 4] {
    let error = core::hint::black_box(error);
    seen((error.code(), error.bearer_response().status(), error.bearer_response().error()));
    [error.name(), error.found(), error.wanted(), error.remedy()]
}
