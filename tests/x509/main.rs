//! `src/x509` and `src/forwarded`: certificates, also in headers, and distinguished names, compared with the x509-cert crate.

mod certificate;
#[path = "../support/certificate_builder.rs"]
mod certificate_builder;
mod certificate_oracle;
mod distinguished_name;
mod forwarded;
#[path = "../support/certificate_oracle.rs"]
mod oracle;
#[path = "../support/mod.rs"]
mod support;
