//! `src/jose`: JWK Sets. Headers and compact tokens are tested through the verifier, in `tests/verifier`.

mod key_set;
#[path = "../support/mod.rs"]
mod support;
