//! `src/signature`: ECDSA, Ed25519 and RSA, with plain and with prepared keys. Wycheproof runs in `tests/external`.

mod plain;
mod prepared_ecdsa;
mod prepared_ed25519;
#[path = "../support/prepared_rsa.rs"]
mod prepared_rsa;
mod rsa;
