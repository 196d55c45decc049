//! Files and standard input, never more of them than is of use.

use std::{
    ffi::OsStr,
    fs::{File, Metadata},
    io::{self, Read},
    path::Path,
};

use certbound::limits;

use crate::failure::Failure;

/// One of several inputs of a command.
#[derive(Clone, Copy)]
pub(crate) enum Source<'arguments> {
    /// The file of this option or argument.
    File(&'static str, &'arguments Path),
    /// The token, which is standard input if it is `-`, and itself otherwise.
    Token(&'arguments OsStr),
}

/// Refuses inputs of which several are standard input, before any is read: it can be read only once.
pub(crate) fn refuse_shared_stdin<'arguments>(
    sources: impl IntoIterator<Item = Source<'arguments>>,
) -> Result<(), Failure> {
    let readers: Vec<_> = sources
        .into_iter()
        .filter_map(|source| match source {
            Source::File(argument, path) => is_stdin(path).then(|| format!("as {argument} {}", path.display())),
            Source::Token(token) => (token == "-").then(|| "as the token -".to_owned()),
        })
        .collect();
    let count = match readers.len() {
        0 | 1 => return Ok(()),
        2 => "twice",
        _ => "several times",
    };
    Err(Failure::Unusable(format!(
        "standard input can be read once, and is given {count}: {}; name a file for all but one of them",
        readers.join(" and ")
    )))
}

/// Reads at most `limit` bytes and one more, so that the reader sees that there are too many.
///
/// `-` and the names of standard input are standard input.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let unusable =
        |error: io::Error| Failure::Unusable(format!("{}: {error}; check the path and its permissions", name(path)));
    if has_name_of_stdin(path) {
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
pub(crate) fn read_token(argument: &OsStr, limit: usize) -> Result<Vec<u8>, Failure> {
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

/// Whether reading a path reads from standard input: by its name, or because it is the same pipe.
fn is_stdin(path: &Path) -> bool {
    has_name_of_stdin(path) || path.metadata().is_ok_and(|file| is_pipe_of_stdin(&file))
}

fn has_name_of_stdin(path: &Path) -> bool {
    path.as_os_str() == "-" || (cfg!(unix) && NAMES_OF_STDIN.iter().any(|name| path == Path::new(name)))
}

#[cfg(unix)]
fn is_pipe_of_stdin(file: &Metadata) -> bool {
    use std::os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt},
    };
    let stdin = io::stdin().as_fd().try_clone_to_owned().and_then(|stdin| File::from(stdin).metadata());
    file.file_type().is_fifo() && stdin.is_ok_and(|stdin| (stdin.dev(), stdin.ino()) == (file.dev(), file.ino()))
}

#[cfg(not(unix))]
fn is_pipe_of_stdin(_: &Metadata) -> bool {
    false
}

const NAMES_OF_STDIN: [&str; 3] = ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

fn read_stdin(limit: usize) -> Result<Vec<u8>, Failure> {
    let unusable = |error| Failure::Unusable(format!("standard input cannot be read: {error}"));
    read_limited(io::stdin().lock(), limit).map_err(unusable)
}

fn read_limited(source: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
