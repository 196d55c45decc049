//! The boards of a test: one of each kind for each policy and set of keys, kept while the test uses them.

use std::cell::RefCell;

use certbound_firmware_tests::{Board, Image, Machine};
use certbound_gateway::{Answer, Cause};

use crate::policy::OwnedSettings;

/// Fails unless each board with these settings has this verdict at this time.
pub(crate) fn expect(
    expected: Result<(), u16>,
    settings: &OwnedSettings,
    certificate: Option<&[u8]>,
    token: &str,
    now: u64,
) {
    BOARDS.with_borrow_mut(|kept| {
        let index = kept.iter().position(|(own, _)| own == settings);
        let mut boards = index.map_or_else(|| (settings.clone(), start(settings)), |index| kept.remove(index));
        for (machine, board) in Machine::ALL.iter().zip(&mut boards.1) {
            let verdict = board.judge(certificate, token.as_bytes(), now);
            assert_eq!(verdict, expected, "{}: {token}", machine.name());
        }
        kept.truncate(KEPT - 1);
        kept.insert(0, boards);
    });
}

/// Boards with these settings, which have started.
fn start(settings: &OwnedSettings) -> Boards {
    Machine::ALL.map(|machine| {
        let mut board = Board::start(machine, Image::Gateway, &settings.borrow());
        assert!(matches!(board.receive(), Answer::Started { cause: Cause::Power, file: "", line: 0, .. }));
        board
    })
}

type Boards = [Board; Machine::ALL.len()];

/// How many settings of a test have running boards.
const KEPT: usize = 2;

thread_local! {
    /// The boards of this thread's test, the last used ones first.
    static BOARDS: RefCell<Vec<(OwnedSettings, Boards)>> = const { RefCell::new(Vec::new()) };
}
