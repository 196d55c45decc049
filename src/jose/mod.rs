//! JSON object signing: the token's form, its header, the algorithms, and the issuers' keys (RFC 7515, 7517, 7518).
//!
//! It reads members and leaves the arithmetic to `signature`: it imports `json`, `base64url`, `scratch`, `words` and the
//! face of `signature`, but no curve or hash function. It knows nothing of claims, policies or certificates.

mod algorithm;
mod candidates;
mod compact;
mod header;
mod jwk;
mod key_set;
#[cfg(feature = "prepared")]
mod prepared_keys;
mod trusted_issuer;

pub use algorithm::Algorithm;
pub(crate) use candidates::Signed;
pub(crate) use compact::Compact;
pub use header::{Header, TokenType};
pub use jwk::Key;
pub(crate) use jwk::is_registered_for_verifying;
pub use key_set::{KeySet, PassedOver};
#[cfg(feature = "prepared")]
pub use prepared_keys::{PreparedKeys, TablesLen};
pub use trusted_issuer::TrustedIssuer;
