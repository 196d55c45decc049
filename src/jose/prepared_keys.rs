//! Keys with tables of their multiples, for a server that meets the same few issuer keys again and again.

use super::{Algorithm, Key, jwk::PublicKey};
use crate::{
    Error,
    signature::{
        Geometry,
        ecdsa::{P256PublicKey, P384PublicKey, P521PublicKey},
        prepared_ecdsa::{BasePoint, Curve, PreparedKey},
    },
};

/// Keys with tables of their multiples, in the caller's memory: signatures are verified in a fraction of the time.
///
/// The tables are filled once, when keys are loaded. Verdicts are those of the keys themselves. Each curve that a key is
/// on takes one table more, of its base point.
///
/// | a key | `Small` | `Medium` | `Large` |
/// |---|---|---|---|
/// | EC P-256, and once for the curve | 4.1 KiB | 13.1 KiB | 22.1 KiB |
/// | EC P-384, and once for the curve | 9.1 KiB | 29.3 KiB | 48.1 KiB |
/// | EC P-521, and once for the curve | 18.6 KiB | 59.7 KiB | 99.1 KiB |
/// | OKP Ed25519 | 7.5 KiB | 20.6 KiB | 48.8 KiB |
///
/// It is for public data, whose timing need not be hidden: there is nothing in it to sign with.
///
/// ```
/// use certbound::{Geometry, KeySet, Policy, PreparedKeys, Verifier};
///
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Medium)];
/// let keys = PreparedKeys::prepare(&keys, Geometry::Medium, &mut tables)?;
/// let verifier = Verifier::prepared(Policy::new("https://as.example", &["https://api.example"]), keys);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PreparedKeys<'memory> {
    keys: &'memory [Key],
    geometry: Geometry,
    tables: &'memory [u64],
}
