//! Reads files and standard input, up to a limit.

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
    /// The file that this option or argument names.
    File(&'static str, &'arguments Path),
    /// The token argument: `-` for standard input, otherwise the token.
    Token(&'arguments OsStr),
}

/// Fails if more than one input is standard input, which can be read only once. Called before any input is read.
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
        "standard input can be read only once, but is given {count}: {}; pass a file for all but one of them",
        readers.join(" and ")
    )))
}

/// Reads at most `limit + 1` bytes; the caller rejects content longer than `limit`.
///
/// `-` and paths such as `/dev/stdin` mean standard input.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let unusable =
        |error: io::Error| Failure::Unusable(format!("{}: {error}; check the path and its permissions", name(path)));
    if has_name_of_stdin(path) {
        return read_stdin(limit);
    }
    let file = File::open(path).map_err(unusable)?;
    if file.metadata().map_err(unusable)?.is_dir() {
        return Err(Failure::Unusable(format!("{}: this is a directory; pass a file in it", name(path))));
    }
    read_limited(file, limit).map_err(unusable)
}

/// Returns the argument itself, a token or the value of a header, or reads it from standard input if the argument is `-`.
///
/// On standard input it may end in one newline, as shells write it. Any further newline belongs to it.
pub(crate) fn read_argument(argument: &OsStr, limit: usize) -> Result<Vec<u8>, Failure> {
    if argument != "-" {
        return Ok(argument.as_encoded_bytes().to_vec());
    }
    let mut content = read_stdin(limit.saturating_add(2))?;
    if content.last() == Some(&b'\n') {
        content.pop();
        if content.last() == Some(&b'\r') {
            content.pop();
        }
    }
    Ok(content)
}

/// The name of a path in a message.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

/// Maximum length of a certificate file. PEM is a third longer than DER, and OpenSSL's text and a chain may surround it.
pub(crate) const CERTIFICATE_FILE_LEN: usize = 1024 * 1024;

/// Maximum length of a JSON file, as in the core.
pub(crate) const JSON_FILE_LEN: usize = limits::JSON_LEN;

/// Whether reading this path reads standard input: by its name, or because it is the same pipe.
fn is_stdin(path: &Path) -> bool {
    has_name_of_stdin(path) || path.metadata().is_ok_and(|file| is_pipe_of_stdin(&file))
}

/// Whether this path is one of the names of standard input.
pub(crate) fn has_name_of_stdin(path: &Path) -> bool {
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
