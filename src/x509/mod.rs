//! X.509 certificates (RFC 5280), and the names in them that identify a client (RFC 8705 §2.1).

mod algorithm_identifier;
mod alternative_names;
mod attribute_type;
mod attribute_value;
mod certificate;
mod distinguished_name;
mod extensions;
mod matching_rule;
mod name;
mod object_identifier;
mod public_key;

pub use alternative_names::{AlternativeName, AlternativeNames};
pub use certificate::Certificate;
pub use distinguished_name::DistinguishedName;
pub use name::Name;
pub use public_key::SubjectPublicKeyInfo;
pub(crate) use public_key::{Curve, SpkiKey};
