//! `src/x509`: certificates and distinguished names, compared with the x509-cert crate.

mod certificate;
#[path = "../support/certificate_builder.rs"]
mod certificate_builder;
mod certificate_oracle;
mod distinguished_name;
#[path = "../support/certificate_oracle.rs"]
mod oracle;
