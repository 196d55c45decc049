//! Reads certificate files, PEM or DER, detecting the format from the content.

use std::path::Path;

use certbound::{Certificate, Error, limits};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::{
    content::{Purpose, lines},
    explain::Detail,
    failure::Failure,
    input,
};

/// Reads the leaf certificate of a file and passes it to `use_it`.
pub(crate) fn with_certificate<T>(path: &Path, use_it: impl FnOnce(&Certificate<'_>) -> T) -> Result<T, Failure> {
    let name = input::name(path);
    let content = input::read(path, input::CERTIFICATE_FILE_LEN)?;
    let der = leaf(&content).map_err(|problem| Failure::Unusable(format!("{name}: {problem}")))?;
    let certificate = Certificate::from_der(&der).map_err(|error| {
        let detail = Detail { mistake: Purpose::Certificate.mistake(&der), ..Detail::default() };
        Failure::unusable(&name, error, &detail)
    })?;
    Ok(use_it(&certificate))
}

/// Reads all certificates of a file; there must be at least one.
pub(crate) fn read_all(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let unusable = |problem: String| Failure::Unusable(format!("{}: {problem}", input::name(path)));
    let content = input::read(path, input::CERTIFICATE_FILE_LEN)?;
    if content.len() > input::CERTIFICATE_FILE_LEN {
        return Err(unusable(format!(
            "the file has more than {} bytes; pass fewer certificates",
            input::CERTIFICATE_FILE_LEN
        )));
    }
    if is_der(&content) {
        return Ok(vec![content.into()]);
    }
    let text = lines(&content).collect::<Vec<_>>().join(&b'\n');
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            let mistake = Purpose::Certificate.mistake(&content);
            Err(unusable(mistake.unwrap_or_else(|| Purpose::Certificate.sentence("neither PEM nor DER"))))
        }
        Ok(certificates) => Ok(certificates),
        // As below, the library's error message may quote the file.
        Err(_) => Err(unusable("one of its blocks is truncated or not base64; copy the certificates again".to_owned())),
    }
}

/// The DER of the first certificate in a file.
fn leaf(content: &[u8]) -> Result<Vec<u8>, String> {
    if content.len() > input::CERTIFICATE_FILE_LEN {
        return Err(format!(
            "the file has more than {} bytes; expected one certificate; pass the file that contains only the certificate",
            input::CERTIFICATE_FILE_LEN
        ));
    }
    if is_der(content) {
        return Ok(content.to_vec());
    }
    let Some(block) = first_certificate_block(content) else {
        let mistake = Purpose::Certificate.mistake(content);
        return Err(mistake.unwrap_or_else(|| Purpose::Certificate.sentence("neither PEM nor DER")));
    };
    match CertificateDer::from_pem_slice(&block) {
        Ok(certificate) if certificate.len() > limits::CERTIFICATE_LEN => Err(Error::CertificateTooLong.to_string()),
        Ok(certificate) => Ok(certificate.to_vec()),
        // The library's error message may quote the file, which may be secret.
        Err(_) => Err("its first BEGIN CERTIFICATE block is truncated or not base64; copy the certificate again, \
            from -----BEGIN to -----END"
            .to_owned()),
    }
}

/// Whether the bytes start like a DER SEQUENCE of 128 bytes or more. No UTF-8 text starts like that.
const fn is_der(content: &[u8]) -> bool {
    matches!(content, [0x30, 0x80..=0x84, ..])
}

/// The lines of the first certificate block. Anything before it, including other blocks, may be malformed.
fn first_certificate_block(content: &[u8]) -> Option<Vec<u8>> {
    let mut lines = lines(content).skip_while(|line| *line != CERTIFICATE_BEGIN).peekable();
    lines.peek()?;
    let mut block = Vec::with_capacity(content.len());
    for (index, line) in lines.enumerate() {
        if index > 0 && line.starts_with(b"-----BEGIN") {
            // The block is truncated. Without an END line the PEM reader rejects it.
            break;
        }
        block.extend_from_slice(line);
        block.push(b'\n');
        if line.starts_with(b"-----END") {
            break;
        }
    }
    Some(block)
}

const CERTIFICATE_BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
