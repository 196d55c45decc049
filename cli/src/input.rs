//! Files and standard input, never more of them than is of use.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use certbound::limits;

use crate::failure::Failure;

/// Reads at most `limit` bytes and one more, so that whoever judges them sees that there are too many.
///
/// `-` is standard input, which can be read only once.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let unusable =
        |error: io::Error| Failure::Unusable(format!("{}: {error}; check the path and its permissions", name(path)));
    if path.as_os_str() == "-" {
        return read_stdin(limit);
    }
    let file = File::open(path).map_err(unusable)?;
    if file.metadata().map_err(unusable)?.is_dir() {
        return Err(Failure::Unusable(format!("{}: this is a directory; name a file in it", name(path))));
    }
    read_limited(file, limit).map_err(unusable)
}

/// Takes a token from the command line, or from standard input for `-`.
///
/// There it may end in one newline, as shells write it; more are part of it, and make it malformed.
pub(crate) fn read_token(argument: &std::ffi::OsStr, limit: usize) -> Result<Vec<u8>, Failure> {
    if argument != "-" {
        return Ok(argument.as_encoded_bytes().to_vec());
    }
    let mut token = read_stdin(limit.saturating_add(2))?;
    if token.last() == Some(&b'\n') {
        token.pop();
        if token.last() == Some(&b'\r') {
            token.pop();
        }
    }
    Ok(token)
}

/// How a path is called in a message.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Longest certificate file: PEM has a third more than DER, and OpenSSL's text and a chain may be around it.
pub(crate) const CERTIFICATE_FILE_LEN: usize = 1024 * 1024;

/// Longest JSON file, which the core decides.
pub(crate) const JSON_FILE_LEN: usize = limits::JSON_LEN;

fn read_stdin(limit: usize) -> Result<Vec<u8>, Failure> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::Relaxed) {
        return Err(Failure::Unusable(
            "\"-\" is given twice, and standard input can be read once; name a file".to_owned(),
        ));
    }
    let unusable = |error| Failure::Unusable(format!("standard input cannot be read: {error}"));
    read_limited(io::stdin().lock(), limit).map_err(unusable)
}

fn read_limited(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
