//! `src/client_authentication`: mutual-TLS client authentication (RFC 8705 §2).

#[path = "../support/certificate_builder.rs"]
mod certificate_builder;
#[path = "../support/mod.rs"]
mod support;
mod verdicts;
