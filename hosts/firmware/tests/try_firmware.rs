//! `make firmware`: starts the gateway on each emulated board, plays its peer, and shows its answers.

use std::process::ExitCode;

use certbound::Error;
use certbound_firmware_tests::{Board, Image, Machine, der};
use certbound_gateway::{Answer, Cause, Fault, Request, Settings};

const JWKS: &[u8] = include_bytes!("../../../examples/quick_start/jwks.json");
const TOKEN: &str = include_str!("../../../examples/quick_start/token.jwt");
const SERVER_A: &str = include_str!("../../../examples/quick_start/server-a.pem");
const THIEF: &str = include_str!("../../../examples/quick_start/thief.pem");
const NOW: u64 = 1_900_000_000;
const NUMBER: u32 = 7;
const EXPIRY: u64 = 4_102_444_800;

fn main() -> ExitCode {
    let mut failures = 0;
    for machine in Machine::ALL {
        println!("{}, with the pinned key of https://as.example", machine.name());
        failures += play(machine);
    }
    if failures == 0 {
        println!("passed: all answers are as expected");
        ExitCode::SUCCESS
    } else {
        println!("FAILED: {failures} answers are not as expected");
        ExitCode::FAILURE
    }
}

/// Plays the peer of one board. Returns the number of unexpected answers.
fn play(machine: Machine) -> usize {
    let (server_a, thief) = (der(SERVER_A), der(THIEF));
    let token = TOKEN.trim_end().as_bytes();
    let settings = Settings::new("https://as.example", "https://api.example", JWKS);
    let mut board = Board::start(machine, Image::Faults, &settings);
    let mut failures = 0;
    let mut show = |what: &str, answer: &Answer<'_>, is_expected: bool| {
        println!("  {what:<46} {}{}", describe(answer), if is_expected { "" } else { "   <- not expected" });
        failures += usize::from(!is_expected);
    };

    let answer = board.receive();
    show("power", &answer, matches!(answer, Answer::Started { cause: Cause::Power, keys: 1, .. }));
    let judge = |certificate| Request::Judge { number: NUMBER, certificate, token };
    let answer = board.ask(&judge(Some(&server_a)));
    show("a token before the clock is set", &answer, answer == Answer::NoTime);

    let forged = forged(token);
    for (what, request, error) in [
        ("server A's token, with server A's certificate", judge(Some(&server_a)), None),
        ("the same, with the thief's certificate", judge(Some(&thief)), Some(Error::CertificateMismatch)),
        ("the same, without a certificate", judge(None), Some(Error::CertificateMissing)),
        (
            "a forged token",
            Request::Judge { number: NUMBER, certificate: Some(&server_a), token: &forged },
            Some(Error::SignatureInvalid),
        ),
    ] {
        let answer = board.ask(&Request::SetTime { seconds: NOW });
        assert_eq!(answer, Answer::TimeSet);
        let answer = board.ask(&request);
        show(what, &answer, is_verdict(&answer, error));
    }
    assert_eq!(board.ask(&Request::SetTime { seconds: EXPIRY }), Answer::TimeSet);
    let answer = board.ask(&judge(Some(&server_a)));
    show("server A's token, after it has expired", &answer, is_verdict(&answer, Some(Error::TokenExpired)));

    board.send_bytes(b"no frame at all\0");
    let answer = board.receive();
    show("garbage", &answer, matches!(answer, Answer::Unreadable(_)));
    let answer = board.ask(&Request::Count);
    let expected = Answer::Counted { accepted: 1, rejected: 5, unreadable: 1 };
    show("the counters", &answer, answer == expected);

    board.send(&Request::Provoke(Fault::Panic));
    let answer = board.receive();
    show("a panic", &answer, matches!(answer, Answer::Started { cause: Cause::Panic, .. }));
    let answer = board.ask(&judge(Some(&server_a)));
    show("a token before the clock is set again", &answer, answer == Answer::NoTime);
    failures
}

fn is_verdict(answer: &Answer<'_>, expected: Option<Error>) -> bool {
    match (answer, expected) {
        (Answer::Accepted { .. }, None) => true,
        (Answer::Rejected { error, .. }, Some(expected)) => *error == expected.code(),
        _ => false,
    }
}

fn describe(answer: &Answer<'_>) -> String {
    match answer {
        Answer::Started { cause, file: "", keys, .. } => format!("started after {cause:?}, keys: {keys}"),
        Answer::Started { cause, file, line, keys } => {
            format!("started after {cause:?} at {file}:{line}, keys: {keys}")
        }
        Answer::Accepted { .. } => "accepted".to_owned(),
        Answer::Rejected { error, .. } => {
            let name = Error::ALL.iter().find(|known| known.code() == *error).map_or("unknown", |error| error.name());
            format!("rejected: {error} {name}")
        }
        other => format!("{other:?}"),
    }
}

/// The token with another character in its signature.
fn forged(token: &[u8]) -> Vec<u8> {
    let mut forged = token.to_vec();
    let signature = forged.iter().rposition(|byte| *byte == b'.').expect("a token has dots");
    let changed = forged.get_mut(signature + 10).expect("a signature is longer");
    *changed = if *changed == b'A' { b'B' } else { b'A' };
    forged
}
