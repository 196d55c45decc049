//! `src/signature`: ECDSA, Ed25519 and RSA, with plain and with prepared keys. Wycheproof runs in `tests/external`.

mod cases;
mod curves;
mod ecdsa;
mod ed25519;
mod prepared_ecdsa;
#[path = "../support/prepared_rsa.rs"]
mod prepared_rsa;
mod rfc_examples;
mod rsa;

/// What the keys of the tests sign, and another message of the same length.
const MESSAGE: &[u8] = b"header.payload";
const OTHER_MESSAGE: &[u8] = b"header.payloae";
