//! The gateway on a port of this test, without an emulator.

use std::{collections::VecDeque, convert::Infallible};

use certbound::Error;
use certbound_gateway::{
    Answer, Cause, FRAME_LEN, Fault, Gateway, Loaded, Port, Receiver, Request, SCRATCH_LEN, SILENCE_MILLISECONDS,
    Settings, Unreadable, decode, encode,
};
use embedded_hal_nb::{
    nb,
    serial::{ErrorType, Read, Write},
};

const JWKS: &[u8] = include_bytes!("../../../../examples/quick_start/jwks.json");
const TOKEN: &str = include_str!("../../../../examples/quick_start/token.jwt");
const NUMBER: u32 = 7;
const EXPIRY: u64 = 4_102_444_800;

#[derive(Default)]
struct Fake {
    input: VecDeque<u8>,
    output: Vec<u8>,
    milliseconds: u64,
}

impl ErrorType for Fake {
    type Error = Infallible;
}

impl Read<u8> for Fake {
    fn read(&mut self) -> nb::Result<u8, Infallible> {
        self.input.pop_front().ok_or(nb::Error::WouldBlock)
    }
}

impl Write<u8> for Fake {
    fn write(&mut self, byte: u8) -> nb::Result<(), Infallible> {
        self.output.push(byte);
        Ok(())
    }

    fn flush(&mut self) -> nb::Result<(), Infallible> {
        Ok(())
    }
}

impl Port for Fake {
    fn milliseconds(&mut self) -> u64 {
        self.milliseconds
    }

    fn rest(&mut self) {}
}

/// Runs a gateway with this page on these bytes, each after a pause in milliseconds. Returns its answers as texts.
fn answers(page: &[u8], input: &[(u64, &[u8])]) -> Vec<String> {
    let settings = Loaded::read(page);
    let mut gateway = Gateway::new(&settings);
    let (mut memory, mut scratch) = ([0; FRAME_LEN], [0; SCRATCH_LEN]);
    let (mut port, mut receiver) = (Fake::default(), Receiver::new(&mut memory));
    gateway.announce(&mut port, Cause::Power, "", 0);
    for (pause, bytes) in input {
        port.milliseconds += pause;
        port.input.extend(*bytes);
        // Once more than there are bytes, because silence is an event too.
        for _ in 0..=bytes.len() {
            assert_eq!(gateway.poll(&mut port, &mut receiver, &mut scratch), None);
        }
    }
    let frames = port.output.split_inclusive(|byte| *byte == 0);
    frames.map(|frame| format!("{:?}", decode::<Answer<'_>>(&mut frame[..frame.len() - 1].to_vec()).unwrap())).collect()
}

fn page() -> Vec<u8> {
    let mut page = vec![0xff; 2048];
    Settings::new("https://as.example", "https://api.example", JWKS).write(&mut page).unwrap();
    page
}

fn frame(request: &Request<'_>) -> Vec<u8> {
    encode(request, &mut [0; 4096]).unwrap().to_vec()
}

fn judge() -> Vec<u8> {
    frame(&Request::Judge {
        number: NUMBER,
        certificate: Some(b"the thief's certificate"),
        token: TOKEN.trim_end().as_bytes(),
    })
}

fn text(answer: Answer<'_>) -> String {
    format!("{answer:?}")
}

const STARTED: Answer<'static> = Answer::Started { cause: Cause::Power, file: "", line: 0, keys: 1 };

#[test]
fn the_clock_of_the_peer_decides() {
    let set = frame(&Request::SetTime { seconds: EXPIRY - 1 });
    let answers = answers(&page(), &[(5_000, &judge()), (0, &set), (999, &judge()), (1, &judge())]);
    let rejected = |at, error: Error| text(Answer::Rejected { number: NUMBER, at, error: error.code() });
    let expected = [
        text(STARTED),
        text(Answer::NoTime),
        text(Answer::TimeSet),
        rejected(EXPIRY - 1, Error::CertificateMismatch),
        rejected(EXPIRY, Error::TokenExpired),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn what_cannot_be_read_is_refused_and_counted() {
    let provoke = frame(&Request::Provoke(Fault::Panic));
    let input: [(u64, &[u8]); 6] = [
        (0, b"garbage\0"),
        (0, &provoke),
        (0, &[7; FRAME_LEN + 1]),
        (0, b"\0"),
        (0, b"half of a frame"),
        (SILENCE_MILLISECONDS, b""),
    ];
    let count = frame(&Request::Count);
    let answers = answers(&page(), &[&input[..], &[(0, &judge()), (0, &count)]].concat());
    let unreadable = |why| text(Answer::Unreadable(why));
    let expected = [
        text(STARTED),
        unreadable(Unreadable::Malformed),
        unreadable(Unreadable::Malformed),
        unreadable(Unreadable::TooLong),
        unreadable(Unreadable::Truncated),
        text(Answer::NoTime),
        text(Answer::Counted { accepted: 0, rejected: 1, unreadable: 4 }),
    ];
    assert_eq!(answers, expected);
}

#[test]
fn without_settings_nothing_is_judged() {
    let set = frame(&Request::SetTime { seconds: EXPIRY - 1 });
    let unusable = text(Answer::SettingsUnusable { error: 0 });
    let answers = answers(&[0xff; 64], &[(0, &set), (0, &judge())]);
    assert_eq!(answers, [unusable.clone(), text(Answer::TimeSet), unusable]);
}

#[test]
fn every_changed_byte_of_a_frame_is_noticed() {
    let frame = judge();
    for index in 0..frame.len() - 1 {
        let mut changed = frame[..frame.len() - 1].to_vec();
        changed[index] ^= 0x20;
        // A zero ends the frame earlier.
        let until_zero = changed.split_mut(|byte| *byte == 0).next().unwrap();
        assert_eq!(decode::<Request<'_>>(until_zero), None, "{index}");
    }
}

#[test]
fn a_frame_of_the_longest_token_and_a_usual_certificate_fits() {
    let (certificate, token) = ([0x30; 1536], vec![b'a'; certbound::limits::TOKEN_LEN + 1]);
    let request = Request::Judge { number: NUMBER, certificate: Some(&certificate), token: &token };
    let mut memory = vec![0; 3 * FRAME_LEN];
    assert!(encode(&request, &mut memory).unwrap().len() <= FRAME_LEN);
}

/// Noise that ends a frame early gets two answers, so only its number says what a verdict is about.
#[test]
fn a_verdict_has_the_number_of_its_request() {
    let set = frame(&Request::SetTime { seconds: EXPIRY - 1 });
    let mut split = judge();
    let middle = split.len() / 2;
    split[middle] = 0;
    let answers = answers(&page(), &[(0, &set), (0, &split), (0, &judge())]);
    let unreadable = text(Answer::Unreadable(Unreadable::Malformed));
    let rejected = Answer::Rejected { number: NUMBER, at: EXPIRY - 1, error: Error::CertificateMismatch.code() };
    assert_eq!(answers, [text(STARTED), text(Answer::TimeSet), unreadable.clone(), unreadable, text(rejected)]);
}
