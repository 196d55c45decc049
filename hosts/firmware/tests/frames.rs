//! What arrives on the port, besides requests: garbage, frames that are too long or cut off, and faults of the firmware itself.

use base64ct::{Base64UrlUnpadded, Encoding};
use certbound::Error;
use certbound_firmware_tests::{Board, Image, Machine, der};
use certbound_gateway::{Answer, Cause, FRAME_LEN, Fault, Request, Settings, Unreadable, encode};

const JWKS: &[u8] = include_bytes!("../../../examples/quick_start/jwks.json");
const TOKEN: &str = include_str!("../../../examples/quick_start/token.jwt");
const NOW: u64 = 1_800_000_000;

/// Any bytes have a thumbprint, but not that of the token.
const THIEF: &[u8] = b"the thief's certificate";

const NUMBER: u32 = 7;

fn token() -> &'static [u8] {
    TOKEN.trim_end().as_bytes()
}

/// The certificate of Server A, which the token is bound to.
fn certificate() -> Vec<u8> {
    der(include_str!("../../../examples/quick_start/server-a.pem"))
}

/// A board of each kind that has started, with the usual settings.
fn boards(image: Image) -> [Board; Machine::ALL.len()] {
    Machine::ALL.map(|machine| {
        let mut board = Board::start(machine, image, &Settings::new("https://as.example", "https://api.example", JWKS));
        assert_eq!(board.receive(), Answer::Started { cause: Cause::Power, file: "", line: 0, keys: 1 });
        board
    })
}

fn frame(request: &Request<'_>) -> Vec<u8> {
    encode(request, &mut [0; 4096]).unwrap().to_vec()
}

/// The board still works: it accepts the token, and rejects it when it is stolen.
fn still_judges(board: &mut Board) {
    assert_eq!(board.judge(Some(&certificate()), token(), NOW), Ok(()));
    assert_eq!(board.judge(Some(THIEF), token(), NOW), Err(Error::CertificateMismatch.code()));
}

#[test]
fn nothing_is_judged_before_the_clock_is_set() {
    for mut board in boards(Image::Gateway) {
        let certificate = certificate();
        let request = Request::Judge { number: NUMBER, certificate: Some(&certificate), token: token() };
        assert_eq!(board.ask(&request), Answer::NoTime);
        assert_eq!(board.ask(&Request::Count), Answer::Counted { accepted: 0, rejected: 1, unreadable: 0 });
        still_judges(&mut board);
    }
}

#[test]
fn the_clock_counts_and_a_token_expires() {
    for mut board in boards(Image::Gateway) {
        let certificate = certificate();
        let expiry = 4_102_444_800;
        assert_eq!(board.ask(&Request::SetTime { seconds: expiry - 2 }), Answer::TimeSet);
        let request = Request::Judge { number: NUMBER, certificate: Some(&certificate), token: token() };
        let mut before = 0;
        loop {
            match board.ask(&request) {
                Answer::Accepted { number: NUMBER, at, expires_at } => {
                    assert!(expires_at == expiry && at < expiry && before <= at);
                    before = at;
                }
                Answer::Rejected { number: NUMBER, at, error } => {
                    assert_eq!(error, Error::TokenExpired.code());
                    break assert!(at >= expiry);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn verdicts_and_unreadable_frames_are_counted() {
    for mut board in boards(Image::Gateway) {
        still_judges(&mut board);
        assert_eq!(board.judge(None, token(), NOW), Err(Error::CertificateMissing.code()));
        board.send_bytes(b"garbage\0");
        assert_eq!(board.receive(), Answer::Unreadable(Unreadable::Malformed));
        // A verdict that came a second too late is counted too, when the test asks again.
        let Answer::Counted { accepted, rejected, unreadable } = board.ask(&Request::Count) else { panic!() };
        assert!(accepted >= 1 && rejected >= 2 && unreadable == 1, "{accepted} {rejected} {unreadable}");
    }
}

#[test]
fn garbage_is_refused_up_to_the_next_zero() {
    let count = frame(&Request::Count);
    let mut wrong_crc = count.clone();
    let last = wrong_crc.len() - 2;
    wrong_crc[last] ^= 1;
    // The right CRC, but no request: an answer, and a request with bytes behind it.
    let answer = encode(&Answer::NoTime, &mut [0; 64]).unwrap().to_vec();
    let longer = encode(&(Request::Count, 7_u8), &mut [0; 64]).unwrap().to_vec();
    let random: Vec<u8> = (1_u32..=4000).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let random: Vec<u8> = random.into_iter().map(|byte| byte.max(1)).chain([0]).collect();
    for mut board in boards(Image::Gateway) {
        for garbage in
            [&b"x\0"[..], b"\xff\0", b"GET / HTTP/1.1\r\n\0", &count[1..], &wrong_crc, &answer, &longer, &random]
        {
            board.send_bytes(garbage);
            assert_eq!(board.receive(), Answer::Unreadable(Unreadable::Malformed), "{garbage:?}");
            still_judges(&mut board);
        }
        // Nothing but zeros is nothing.
        board.send_bytes(&[0; 300]);
        still_judges(&mut board);
    }
}

#[test]
fn a_frame_that_is_too_long_is_refused_and_skipped() {
    for mut board in boards(Image::Gateway) {
        for len in [FRAME_LEN + 1, 5 * FRAME_LEN] {
            board.send_bytes(&[&vec![7; len][..], b"\0"].concat());
            assert_eq!(board.receive(), Answer::Unreadable(Unreadable::TooLong));
            still_judges(&mut board);
        }
        board.send_bytes(&[&[7; FRAME_LEN][..], b"\0"].concat());
        assert_eq!(board.receive(), Answer::Unreadable(Unreadable::Malformed), "it fits");
    }
}

#[test]
fn a_frame_that_is_cut_off_is_given_up_after_a_time() {
    let judge = frame(&Request::Judge { number: NUMBER, certificate: Some(THIEF), token: token() });
    for mut board in boards(Image::Gateway) {
        for len in [1, 2, judge.len() / 2, judge.len() - 1] {
            board.send_bytes(&judge[..len]);
            assert_eq!(board.receive(), Answer::Unreadable(Unreadable::Truncated), "{len}");
            still_judges(&mut board);
        }
        // The next frame before the time is over spoils both. Then the peer asks again.
        board.send_bytes(&[&judge[..100], &judge].concat());
        assert_eq!(board.receive(), Answer::Unreadable(Unreadable::Malformed));
        still_judges(&mut board);
    }
}

#[test]
fn settings_that_cannot_be_read_judge_nothing() {
    let mut page = [0xff; 1024];
    let settings = Settings::new("https://as.example", "https://api.example", JWKS);
    let len = settings.write(&mut page).unwrap().len();
    let mut damaged = page;
    damaged[len / 2] ^= 1;
    let mut unknown = settings.clone();
    unknown.algorithms = ["ES256", "HS256"].into_iter().collect();
    let mut unknown_page = [0xff; 1024];
    unknown.write(&mut unknown_page).unwrap();
    let unsupported = Error::AlgorithmUnsupported.code();
    for (page, error) in [(&[0xff; 1024], 0), (&[0; 1024], 0), (&damaged, 0), (&unknown_page, unsupported)] {
        for machine in Machine::ALL {
            let mut board = Board::start_with(machine, Image::Gateway, page);
            assert_eq!(board.receive(), Answer::SettingsUnusable { error });
            assert_eq!(board.ask(&Request::SetTime { seconds: NOW }), Answer::TimeSet);
            let request = Request::Judge { number: NUMBER, certificate: Some(THIEF), token: token() };
            assert_eq!(board.ask(&request), Answer::SettingsUnusable { error });
        }
    }
}

/// The clock is lost, so that nothing is judged until the peer sets it again.
#[test]
fn a_fault_restarts_the_board_which_reports_it() {
    for mut board in boards(Image::Faults) {
        for (fault, expected) in
            [(Fault::Panic, Cause::Panic), (Fault::Trap, Cause::Trap), (Fault::Panic, Cause::Panic)]
        {
            still_judges(&mut board);
            board.send(&Request::Provoke(fault));
            let Answer::Started { cause, file, line, keys: 1 } = board.receive() else { panic!() };
            assert_eq!(cause, expected);
            assert_eq!((file.ends_with("src/faults.rs"), line > 0), (fault == Fault::Panic, fault == Fault::Panic));
            let request = Request::Judge { number: NUMBER, certificate: Some(THIEF), token: token() };
            assert_eq!(board.ask(&request), Answer::NoTime);
        }
        still_judges(&mut board);
    }
}

#[test]
fn no_frame_provokes_a_fault_of_the_gateway() {
    for mut board in boards(Image::Gateway) {
        for fault in [Fault::Panic, Fault::Trap] {
            assert_eq!(board.ask(&Request::Provoke(fault)), Answer::Unreadable(Unreadable::Malformed));
        }
        still_judges(&mut board);
    }
}

/// Many frames in one go: the peer need not wait for answers.
#[test]
fn answers_come_in_the_order_of_requests() {
    let (certificate, requests) = (certificate(), 20);
    let judge = |certificate| frame(&Request::Judge { number: NUMBER, certificate: Some(certificate), token: token() });
    for mut board in boards(Image::Gateway) {
        assert_eq!(board.ask(&Request::SetTime { seconds: NOW }), Answer::TimeSet);
        for _ in 0..requests {
            board.send_bytes(&[judge(&certificate), judge(THIEF)].concat());
        }
        for _ in 0..requests {
            assert!(matches!(board.receive(), Answer::Accepted { number: NUMBER, .. }));
            assert!(matches!(board.receive(), Answer::Rejected { .. }));
        }
    }
}

#[test]
fn the_token_of_these_tests_is_bound_to_the_certificate() {
    let claims = TOKEN.split('.').nth(1).unwrap();
    let claims = String::from_utf8(Base64UrlUnpadded::decode_vec(claims).unwrap()).unwrap();
    assert!(claims.contains(&certbound::Thumbprint::of_der(&certificate()).to_string()), "{claims}");
}
