//! Which certificate authorities a server's certificate may come from.

use std::{fs, path::PathBuf, sync::Arc};

use rustls::{ClientConfig, ConfigBuilder, RootCertStore, client::WantsClientCert, crypto::ring};

use crate::{certificate, failure::Failure};

/// The trusted certificate authorities. No other property of a certificate is pinned.
#[derive(Debug)]
pub(crate) enum Authorities {
    /// Those of the operating system.
    System,
    /// Those of a file, and no others.
    File(PathBuf),
}

impl Authorities {
    /// Reads the authorities, for a client without a certificate that fetches documents. This happens for each attempt, so that
    /// a service follows updates of the system and the file.
    pub(crate) fn tls_config(&self) -> Result<ClientConfig, Failure> {
        let mut config = self.trusted()?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    /// Reads the authorities, for a client that may present a certificate.
    ///
    /// Revocation is not checked: an authority whose revocation list is unreachable would cut off the keys.
    pub(crate) fn trusted(&self) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Failure> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::System => {
                // The system's store may contain certificates that rustls cannot use; these are not needed.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err(Failure::Unusable(
                        "the system has no certificate authorities; install its package ca-certificates, or pass --ca"
                            .to_owned(),
                    ));
                }
            }
            Self::File(path) => {
                // Opening a pipe waits for its writer, and a second attempt would find it empty.
                if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
                    return Err(Failure::Unusable(format!(
                        "{}: this is a pipe or a device, but authorities are read for each attempt; pass a file",
                        path.display()
                    )));
                }
                for authority in certificate::read_all(path)? {
                    roots.add(authority).map_err(|error| {
                        Failure::Unusable(format!("{}: {error}; pass certificates of authorities", path.display()))
                    })?;
                }
            }
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Unusable(format!("TLS cannot be used: {error}")))?;
        Ok(config.with_root_certificates(roots))
    }
}
