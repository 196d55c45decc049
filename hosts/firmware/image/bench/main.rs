//! Measures a verdict on a board: instructions by the board's timer, which counts them under `-icount shift=0`, and the stack that
//! was written to. The page of settings has what is measured, and [`case`] is its form. `../../tests/bench` reads the results.

#![no_std]
#![no_main]

#[path = "../src/board/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the benchmark provokes no fault")]
mod board;
#[allow(dead_code, reason = "plain keys have no tables")]
mod case;
#[path = "../src/note.rs"]
#[allow(dead_code, reason = "the benchmark reports no fault")]
mod note;
/// What build.rs has written: the pinned key and its tables.
#[cfg(feature = "bench-pinned")]
mod pinned {
    include!(concat!(env!("OUT_DIR"), "/pinned.rs"));
}

use core::{hint::black_box, panic::PanicInfo};

use certbound_gateway::Port;
use embedded_hal_nb::nb;

use crate::case::Case;

/// What a call takes.
#[derive(Default)]
struct Cost {
    ticks: u64,
    stack: usize,
}

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut board = board::Board::start();
    let Ok((case, _)) = postcard::take_from_bytes::<Case<'_>>(board::settings()) else { panic!("no case") };
    let [keys, verdict, stolen] = run(&mut board, &case);
    for number in [keys.ticks, verdict.ticks, stolen.ticks, size(keys.stack), size(verdict.stack), size(stolen.stack)] {
        print(&mut board, number);
    }
    send(&mut board, b'\n');
    loop {
        board.rest();
    }
}

/// The costs of loading the key, of a verdict, and of a verdict on a stolen token. Panics unless the verdicts are right.
#[cfg(any(feature = "bench-plain", feature = "bench-prepared", feature = "bench-pinned"))]
fn run(board: &mut board::Board, case: &Case<'_>) -> [Cost; 3] {
    #[cfg(any(feature = "bench-prepared", feature = "bench-pinned"))]
    use certbound::PreparedKeys;
    use certbound::{Error, KeySet, Policy, Thumbprint, UnixTime, Verifier, scratch_len};

    let mut scratch = [0; scratch_len(1024)];
    let now = UnixTime::from_seconds(case.now);
    let policy = Policy::new("https://as.example", &["https://api.example"]);
    #[cfg(feature = "bench-pinned")]
    let jwks = pinned::JWKS;
    #[cfg(not(feature = "bench-pinned"))]
    let jwks = case.jwks;
    let (keys, loaded) = measure(board, || KeySet::<1>::from_jwks(black_box(jwks)));
    let Ok(keys) = keys else { panic!("no keys") };
    #[cfg(feature = "bench-plain")]
    let verifier = Verifier::new(policy, &keys);
    #[cfg(feature = "bench-pinned")]
    let (verifier, loaded) = {
        let opened = measure(board, || PreparedKeys::from_tables(&keys, pinned::GEOMETRY, black_box(&pinned::TABLES)));
        let (Ok(prepared), opened) = opened else { panic!("no tables") };
        let ticks = loaded.ticks + opened.ticks;
        (Verifier::prepared(policy, prepared), Cost { ticks, stack: loaded.stack.max(opened.stack) })
    };
    #[cfg(feature = "bench-prepared")]
    let (verifier, loaded) = {
        use certbound::Geometry;
        static TABLES: static_cell::ConstStaticCell<[u64; case::TABLES_LEN]> =
            static_cell::ConstStaticCell::new([0; case::TABLES_LEN]);
        let _ = loaded; // The tables are measured instead.
        let geometry = if case.medium { Geometry::Medium } else { Geometry::Small };
        let (prepared, loaded) = measure(board, || PreparedKeys::prepare(&keys, geometry, TABLES.take()));
        let Ok(prepared) = prepared else { panic!("no tables") };
        (Verifier::prepared(policy, prepared), loaded)
    };
    let presented = Thumbprint::of_der(case.certificate);
    let thief = Thumbprint::of_der(b"thief");
    let mut judge = |presented| {
        measure(board, || verifier.verify(black_box(case.token), Some(presented), now, &mut scratch).map(|_| ()))
    };
    let (accepted, verdict) = judge(&presented);
    let (rejected, stolen) = judge(&thief);
    assert!(accepted.is_ok() && rejected == Err(Error::CertificateMismatch), "a wrong verdict");
    [loaded, verdict, stolen]
}

/// Nothing, for the flash of the rest.
#[cfg(not(any(feature = "bench-plain", feature = "bench-prepared", feature = "bench-pinned")))]
fn run(board: &mut board::Board, case: &Case<'_>) -> [Cost; 3] {
    let (read, cost) = measure(board, || black_box((case.jwks, case.certificate, case.token, case.now, case.medium)).3);
    assert!(read == case.now, "a wrong case");
    [cost, Cost::default(), Cost::default()]
}

#[inline(never)]
fn measure<T>(board: &mut board::Board, call: impl FnOnce() -> T) -> (T, Cost) {
    let mark = 0_u32;
    let top = (&raw const mark).addr() & !3;
    let (low, high) = (top - PAINTED, top - MARGIN);
    for place in (low..high).step_by(4) {
        // SAFETY: the stack is longer than `PAINTED`, and the frames of this loop are above `high`.
        unsafe { (place as *mut u32).write_volatile(PATTERN) };
    }
    let start = board.ticks();
    let result = call();
    let end = board.ticks();
    // SAFETY: as above.
    let is_painted = |place: &usize| unsafe { (*place as *const u32).read_volatile() } == PATTERN;
    let deepest = (low..high).step_by(4).find(|place| !is_painted(place)).unwrap_or(high);
    (result, Cost { ticks: end - start, stack: top - deepest })
}

/// The part of the stack that is painted, and what is left for the frames of the painter.
const PAINTED: usize = 48 * 1024;
const MARGIN: usize = 256;
const PATTERN: u32 = 0xc0de_5afe;

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn print(board: &mut board::Board, number: u64) {
    let mut power = 10_000_000_000;
    while power > 0 {
        let digit = (number / power % 10).to_le_bytes()[0];
        send(board, b'0' + digit);
        power /= 10;
    }
    send(board, b' ');
}

fn send(board: &mut board::Board, byte: u8) {
    use embedded_hal_nb::serial::Write;
    let _ = nb::block!(board.write(byte));
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // The reader expects six numbers, and this is one.
    let mut board = board::Board::start();
    print(&mut board, info.location().map_or(0, |location| location.line()).into());
    send(&mut board, b'\n');
    loop {
        board.rest();
    }
}
