//! Answers requests, and counts.

use certbound::{Error, Thumbprint, UnixTime, Verifier, limits, scratch_len};
use embedded_hal_nb::nb;

use crate::{
    frames::{self, ANSWER_LEN, Answer, Cause, Fault, Request, Unreadable},
    port::Port,
    receiver::Receiver,
    settings::Loaded,
};

/// The memory for a verdict on the longest token.
pub const SCRATCH_LEN: usize = scratch_len(limits::TOKEN_LEN);

/// What answers on a serial port.
pub struct Gateway<'settings> {
    verifier: Result<Verifier<'settings>, u16>,
    keys: u8,
    /// The time that the peer has set, and the board's milliseconds then.
    time: Option<(u64, u64)>,
    provokes_faults: bool,
    accepted: u32,
    rejected: u32,
    unreadable: u32,
}

impl<'settings> Gateway<'settings> {
    /// A gateway with these settings. Without usable settings it judges nothing.
    pub fn new(settings: &'settings Result<Loaded<'_>, Option<Error>>) -> Self {
        let keys = settings.as_ref().map_or(0, Loaded::keys_len);
        Self {
            verifier: settings.as_ref().map(Loaded::verifier).map_err(|error| error.map_or(0, Error::code)),
            keys: u8::try_from(keys).unwrap_or(u8::MAX),
            time: None,
            provokes_faults: false,
            accepted: 0,
            rejected: 0,
            unreadable: 0,
        }
    }

    /// Hands requests to provoke a fault to the caller of [`poll`](Self::poll). Without this they are no requests.
    pub fn provoking_faults(self) -> Self {
        Self { provokes_faults: true, ..self }
    }

    /// Reports that the board has started, why, and where the panic was.
    pub fn announce(&self, port: &mut impl Port, cause: Cause, file: &str, line: u32) {
        let answer = match self.verifier {
            Ok(_) => Answer::Started { cause, file, line, keys: self.keys },
            Err(error) => Answer::SettingsUnusable { error },
        };
        send(port, &answer);
    }

    /// Reads at most one byte from the port, and answers the request that it completes. Returns a fault that the peer
    /// wants to provoke, if [allowed](Self::provoking_faults).
    pub fn poll(
        &mut self,
        port: &mut impl Port,
        receiver: &mut Receiver<'_>,
        scratch: &mut [u8; SCRATCH_LEN],
    ) -> Option<Fault> {
        let now = port.milliseconds();
        let frame = match port.read() {
            Ok(byte) => receiver.receive(byte, now)?,
            Err(nb::Error::WouldBlock) => match receiver.wait(now) {
                Some(unreadable) => Err(unreadable),
                None => {
                    port.rest();
                    return None;
                }
            },
            Err(nb::Error::Other(_)) => {
                receiver.lose(now);
                return None;
            }
        };
        let request = frame.and_then(|frame| frames::decode(frame).ok_or(Unreadable::Malformed));
        let answer = match request {
            Ok(Request::Provoke(fault)) if self.provokes_faults => return Some(fault),
            Ok(request) => self.answer(request, now, scratch),
            Err(unreadable) => self.refuse(unreadable),
        };
        send(port, &answer);
        None
    }

    fn refuse(&mut self, unreadable: Unreadable) -> Answer<'static> {
        self.unreadable = self.unreadable.saturating_add(1);
        Answer::Unreadable(unreadable)
    }

    fn answer(&mut self, request: Request<'_>, milliseconds: u64, scratch: &mut [u8; SCRATCH_LEN]) -> Answer<'static> {
        match request {
            Request::SetTime { seconds } => {
                self.time = Some((seconds, milliseconds));
                Answer::TimeSet
            }
            Request::Judge { number, certificate, token } => {
                let answer = self.judge(number, certificate, token, milliseconds, scratch);
                let count =
                    if matches!(answer, Answer::Accepted { .. }) { &mut self.accepted } else { &mut self.rejected };
                *count = count.saturating_add(1);
                answer
            }
            Request::Count => {
                Answer::Counted { accepted: self.accepted, rejected: self.rejected, unreadable: self.unreadable }
            }
            Request::Provoke(_) => self.refuse(Unreadable::Malformed),
        }
    }

    fn judge(
        &self,
        number: u32,
        certificate: Option<&[u8]>,
        token: &[u8],
        milliseconds: u64,
        scratch: &mut [u8; SCRATCH_LEN],
    ) -> Answer<'static> {
        let verifier = match &self.verifier {
            Ok(verifier) => verifier,
            Err(error) => return Answer::SettingsUnusable { error: *error },
        };
        let Some((seconds, set_at)) = self.time else { return Answer::NoTime };
        let at = seconds.saturating_add(milliseconds.saturating_sub(set_at).checked_div(1_000).unwrap_or(0));
        let thumbprint = certificate.map(Thumbprint::of_der);
        match verifier.verify(token, thumbprint.as_ref(), UnixTime::from_seconds(at), scratch) {
            Ok(accepted) => Answer::Accepted { number, at, expires_at: accepted.expires_at().seconds() },
            Err(error) => Answer::Rejected { number, at, error: error.code() },
        }
    }
}

/// Sends an answer. A port that cannot send loses it; the peer waits for an answer, and then asks again.
fn send(port: &mut impl Port, answer: &Answer<'_>) {
    let mut memory = [0; 2 * ANSWER_LEN];
    let Some(frame) = frames::encode(answer, &mut memory) else { return };
    for byte in frame.iter() {
        if nb::block!(port.write(*byte)).is_err() {
            return;
        }
    }
}
