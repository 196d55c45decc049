//! X.509 certificates (RFC 5280), and the names in them that identify a client (RFC 8705 §2.1).
//!
//! `certificate` is the entry. It reads all fields, with `algorithm_identifier`, `name`, `public_key` and `extensions`,
//! which reads `alternative_names`. `distinguished_name` reads what a client has registered, and `written_name` compares it
//! with a subject, using `attribute_type`, `attribute_value`, `matching_rule` and `object_identifier`.
//!
//! The folder imports the DER reader, hexadecimal digits, thumbprints, errors, limits and times. It must not know JSON,
//! keys that verify signatures, or chains: the TLS terminator validates them.

mod algorithm_identifier;
mod alternative_names;
#[cfg(feature = "certificate-names")]
mod attribute_type;
mod attribute_value;
mod certificate;
#[cfg(feature = "certificate-names")]
mod distinguished_name;
mod extensions;
mod matching_rule;
mod name;
mod object_identifier;
mod public_key;
#[cfg(feature = "certificate-names")]
mod written_name;

pub use alternative_names::{AlternativeName, AlternativeNames};
pub use certificate::Certificate;
#[cfg(feature = "certificate-names")]
pub use distinguished_name::DistinguishedName;
pub use name::Name;
pub use public_key::SubjectPublicKeyInfo;
pub(crate) use public_key::{NamedCurve, SpkiKey};
