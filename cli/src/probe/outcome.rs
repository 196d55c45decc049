//! What became of a request: an answer, an end by the server, which may be a refusal, or another failure, which says nothing.

use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use h2::Reason;
use http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::issuer::causes;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered {
        status: StatusCode,
        /// The value of `WWW-Authenticate`.
        challenge: Option<String>,
    },
    /// The server ended the handshake, the connection or the request without an answer.
    Closed(String),
    /// The certificate was not presented, since its key can make no signature that the server accepts. Nothing was sent.
    NotPresented,
    /// Anything else: there is no server, or it does not do its part. This says nothing about the request.
    Failed(String),
}

/// Who has ended the stream below HTTP. HTTP/2 passes only the texts of errors on, so they are judged where they occur.
#[derive(Debug, Default)]
pub(super) struct Ending {
    by: OnceLock<By>,
    /// Whether anything was read since the latest request.
    has_read: AtomicBool,
}

/// Who has ended something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// The server, on purpose as far as can be seen.
    Server,
    /// This side, since the server does not do its part, or something between both.
    Else,
}

impl Ending {
    /// Only the first end counts: others follow from it.
    fn note(&self, by: By) {
        let _ = self.by.set(by);
    }

    fn is_by_server(&self) -> bool {
        self.by.get() == Some(&By::Server)
    }

    /// Before a request: what was read until now is not its answer.
    pub(super) fn forget_read(&self) {
        self.has_read.store(false, Ordering::Relaxed);
    }

    /// Whether a part of the answer has arrived. Over HTTP/2, it may be another frame.
    pub(super) fn has_read(&self) -> bool {
        self.has_read.load(Ordering::Relaxed)
    }
}

/// A stream that notes how it ends.
pub(super) struct Watched<S> {
    stream: S,
    ending: Arc<Ending>,
}

impl<S> Watched<S> {
    pub(super) const fn new(stream: S, ending: Arc<Ending>) -> Self {
        Self { stream, ending }
    }

    fn note<T>(&self, result: &Poll<io::Result<T>>) {
        if let Poll::Ready(Err(error)) = result {
            self.ending.note(By::of(error));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.remaining();
        let result = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.note(&result);
        if matches!(result, Poll::Ready(Ok(()))) && before > 0 {
            if buffer.remaining() == before {
                self.ending.note(By::Server);
            } else {
                self.ending.has_read.store(true, Ordering::Relaxed);
            }
        }
        result
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        self.note(&result);
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl By {
    /// An alert of the server, or the end of its stream, is the server's. Everything else may happen to any request: a time-out
    /// of the network, a route that is gone, bytes that are not TLS.
    fn of(error: &io::Error) -> Self {
        match cause::<rustls::Error>(error) {
            Some(rustls::Error::AlertReceived(_)) => Self::Server,
            Some(_) => Self::Else,
            None if ENDS.contains(&error.kind()) => Self::Server,
            None => Self::Else,
        }
    }
}

/// A failed handshake.
pub(super) fn of_tls(error: &io::Error) -> Outcome {
    outcome(By::of(error), causes(error))
}

/// Whether the server has ended a request but not its connection, as HTTP/2 lets it.
pub(super) fn ends_request_alone(error: &hyper::Error) -> bool {
    cause::<h2::Error>(error).is_some_and(|error| error.is_reset() && error.is_remote())
}

/// A failed request, and why its connection has ended, if it has. With TLS 1.3, the server judges the certificate only after the
/// client's part of the handshake, so its alert ends the connection, and the failed request does not name it.
pub(super) fn of_http(request: &hyper::Error, connection: Option<&hyper::Error>, ending: &Ending) -> Outcome {
    let errors = [connection, Some(request)];
    let mut errors = errors.into_iter().flatten();
    let http2 = errors.clone().find_map(|error| cause::<h2::Error>(error).filter(|error| !error.is_io()));
    let is_by_server = match http2 {
        Some(error) => error.is_remote() && !error.reason().is_some_and(|reason| AGAIN.contains(&reason)),
        None => ending.is_by_server() && !errors.clone().any(hyper::Error::is_parse),
    };
    let by = if is_by_server { By::Server } else { By::Else };
    outcome(by, errors.next().map(|error| causes(error)).unwrap_or_default())
}

fn outcome(by: By, text: String) -> Outcome {
    match by {
        By::Server => Outcome::Closed(text),
        By::Else => Outcome::Failed(text),
    }
}

/// The first error of this type among an error and its causes.
fn cause<'error, E: StdError + 'static>(error: &'error (dyn StdError + 'static)) -> Option<&'error E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<E>() {
            return Some(error);
        }
        // An io::Error with another error inside shows only the causes of that one.
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| error.source());
    }
    None
}

/// How the end of a server's stream shows, with or without TLS's closing alert.
const ENDS: [io::ErrorKind; 4] = [
    io::ErrorKind::ConnectionReset,
    io::ErrorKind::ConnectionAborted,
    io::ErrorKind::BrokenPipe,
    io::ErrorKind::UnexpectedEof,
];

/// Reasons to end a request or connection of HTTP/2 that ask the client to try again, in another way or later (RFC 9113 §7): as the statuses 421
/// and 429, they say nothing about the request.
///
/// `NO_ERROR` ends a connection at its age, or before a restart (§6.8), and a request that needs no more of itself (§8.1).
const AGAIN: [Reason; 4] =
    [Reason::NO_ERROR, Reason::REFUSED_STREAM, Reason::ENHANCE_YOUR_CALM, Reason::HTTP_1_1_REQUIRED];

#[cfg(test)]
mod tests {
    use rustls::{AlertDescription, InvalidMessage};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[test]
    fn only_alerts_and_ends_of_the_stream_are_the_servers() {
        let kinds = [
            (io::ErrorKind::ConnectionReset, By::Server),
            (io::ErrorKind::ConnectionAborted, By::Server),
            (io::ErrorKind::BrokenPipe, By::Server),
            (io::ErrorKind::UnexpectedEof, By::Server),
            (io::ErrorKind::TimedOut, By::Else),
            (io::ErrorKind::HostUnreachable, By::Else),
            (io::ErrorKind::ConnectionRefused, By::Else),
            (io::ErrorKind::InvalidData, By::Else),
            (io::ErrorKind::Other, By::Else),
        ];
        for (kind, by) in kinds {
            assert_eq!(By::of(&kind.into()), by, "{kind}");
        }
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateUnknown);
        let garbage = rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType);
        for (error, by) in [(alert, By::Server), (garbage, By::Else)] {
            // What is wrong with the TLS decides, whatever the kind.
            for kind in [io::ErrorKind::InvalidData, io::ErrorKind::ConnectionReset] {
                assert_eq!(By::of(&io::Error::new(kind, error.clone())), by, "{error}");
            }
        }
    }

    #[test]
    fn the_first_end_of_a_stream_is_noted() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (here, mut there) = tokio::io::duplex(8);
            let ending = Arc::new(Ending::default());
            let mut watched = Watched::new(here, ending.clone());
            there.write_all(b"ab").await.unwrap();
            let mut bytes = [0; 2];
            watched.read_exact(&mut bytes).await.unwrap();
            watched.write_all(b"c").await.unwrap();
            assert!(ending.by.get().is_none() && ending.has_read());
            ending.forget_read();
            drop(there);
            assert_eq!(watched.read(&mut bytes).await.unwrap(), 0);
            assert!(ending.is_by_server() && !ending.has_read());
            ending.note(By::Else);
            assert!(ending.is_by_server());
        });
    }
}
