//! Why the board restarts: what is noted here outlasts the reset.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use certbound_gateway::Cause;

/// Memory that is not initialized when the program starts. Loads and stores need no order, because there is one core, and no
/// interrupt is enabled.
#[unsafe(link_section = ".uninit.note")]
static NOTE: Note = Note {
    mark: AtomicU32::new(0),
    line: AtomicU32::new(0),
    file_len: AtomicU32::new(0),
    file: [const { AtomicU32::new(0) }; FILE_WORDS],
};

struct Note {
    /// [`PANIC`] or [`TRAP`], or whatever the memory contains when power comes.
    mark: AtomicU32,
    line: AtomicU32,
    file_len: AtomicU32,
    file: [AtomicU32; FILE_WORDS],
}

const PANIC: u32 = 0x7061_6e69;
const TRAP: u32 = 0x7472_6170;
const FILE_WORDS: usize = 15;
const FILE_LEN: usize = 4 * FILE_WORDS;

/// Notes a fault, and the last bytes of the name of its file.
pub fn write(cause: Cause, file: &str, line: u32) {
    let file = file.as_bytes();
    let end = file.get(file.len().saturating_sub(FILE_LEN)..).unwrap_or(file);
    for (word, bytes) in NOTE.file.iter().zip(end.chunks(4)) {
        let mut padded = [0; 4];
        padded.iter_mut().zip(bytes).for_each(|(padded, byte)| *padded = *byte);
        word.store(u32::from_le_bytes(padded), Relaxed);
    }
    NOTE.file_len.store(u32::try_from(end.len()).unwrap_or(0), Relaxed);
    NOTE.line.store(line, Relaxed);
    let mark = match cause {
        Cause::Power => 0,
        Cause::Panic => PANIC,
        Cause::Trap => TRAP,
    };
    NOTE.mark.store(mark, Relaxed);
}

/// Reports why the board has started, and forgets it.
pub fn take(report: impl FnOnce(Cause, &str, u32)) {
    let cause = match NOTE.mark.swap(0, Relaxed) {
        PANIC => Cause::Panic,
        TRAP => Cause::Trap,
        _ => return report(Cause::Power, "", 0),
    };
    let mut file = [0; FILE_LEN];
    for (bytes, word) in file.chunks_exact_mut(4).zip(&NOTE.file) {
        bytes.copy_from_slice(&word.load(Relaxed).to_le_bytes());
    }
    let len = usize::try_from(NOTE.file_len.load(Relaxed)).unwrap_or(0);
    let file = file.get(..len).and_then(|file| str::from_utf8(file).ok()).unwrap_or("");
    report(cause, file, NOTE.line.load(Relaxed));
}
