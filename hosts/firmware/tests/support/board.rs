//! A board in QEMU, and the serial port to it.

use std::{
    env,
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use certbound_gateway::{ANSWER_LEN, Answer, FRAME_LEN, Request, Settings, decode, encode};
use tempfile::NamedTempFile;

/// A kind of board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// Arm's MPS2 with a Cortex-M4.
    Mps2An386,
    /// QEMU's RISC-V board, with 32 bits.
    RiscvVirt,
}

impl Machine {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Mps2An386, Self::RiscvVirt];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mps2An386 => "mps2-an386",
            Self::RiscvVirt => "riscv-virt",
        }
    }

    /// How many instructions the emulator executes between two ticks of the timer, if it counts them (`-icount shift=0`).
    pub const fn instructions_per_tick(self) -> u64 {
        match self {
            Self::Mps2An386 => 40,
            Self::RiscvVirt => 100,
        }
    }

    /// The command that runs this image with this page of settings, with the serial port as its input and output.
    pub fn command(self, image: &Path, page: &Path) -> Command {
        let (program, arguments) = self.qemu();
        let loader = format!("loader,file={},addr={},force-raw=on", page.display(), self.settings());
        // If the thread that starts it ends, even by a signal, the emulator does too.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", program]).args(arguments);
        command.args(["-display", "none", "-monitor", "none", "-serial", "stdio", "-device", &loader, "-kernel"]);
        command.arg(image).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    const fn qemu(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Mps2An386 => ("qemu-system-arm", &["-M", "mps2-an386"]),
            Self::RiscvVirt => ("qemu-system-riscv32", &["-M", "virt", "-bios", "none"]),
        }
    }

    /// Where the image has its page of settings: `hosts/firmware/image/memory`.
    const fn settings(self) -> usize {
        match self {
            Self::Mps2An386 => 0x000f_8000,
            Self::RiscvVirt => 0x800f_8000,
        }
    }
}

/// Which image runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Image {
    /// The gateway.
    Gateway,
    /// The same, which panics and traps when a frame asks for it.
    Faults,
}

/// A running board.
pub struct Board {
    qemu: Child,
    input: ChildStdin,
    output: Receiver<u8>,
    frame: Vec<u8>,
    /// The number of the last request for a verdict.
    judged: u32,
    /// QEMU reads the page again when the board restarts.
    _page: NamedTempFile,
}

/// The length of the page of settings.
const PAGE_LEN: usize = 32 * 1024;

/// An emulator that is this long silent hangs. No answer takes more than a second.
const HANGS_AFTER: Duration = Duration::from_secs(120);

impl Board {
    /// Starts a board with these settings. Its first answer is still to be received.
    pub fn start(machine: Machine, image: Image, settings: &Settings<'_>) -> Self {
        let mut page = [0xff; PAGE_LEN];
        assert!(settings.write(&mut page).is_some(), "the settings are too long for their page");
        Self::start_with(machine, image, &page)
    }

    /// Starts a board with these bytes as the page of settings.
    pub fn start_with(machine: Machine, image: Image, page: &[u8]) -> Self {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(page).unwrap();
        let suffix = if image == Image::Faults { "-faults" } else { "" };
        let path = images().join(format!("{}{suffix}.elf", machine.name()));
        assert!(File::open(&path).is_ok(), "{} is missing: run make test-firmware", path.display());
        let mut qemu = machine
            .command(&path, file.path())
            .spawn()
            .unwrap_or_else(|error| panic!("setpriv of util-linux is needed: {error}"));
        let (input, mut stdout) = (qemu.stdin.take().unwrap(), qemu.stdout.take().unwrap());
        let (sender, output) = channel();
        thread::spawn(move || {
            let mut bytes = [0; 256];
            while let Ok(len @ 1..) = stdout.read(&mut bytes) {
                if bytes.iter().take(len).any(|byte| sender.send(*byte).is_err()) {
                    return;
                }
            }
        });
        Self { qemu, input, output, frame: Vec::new(), judged: 0, _page: file }
    }

    /// Sends these bytes.
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).and_then(|()| self.input.flush()).expect("QEMU has ended");
    }

    /// Sends a request.
    pub fn send(&mut self, request: &Request<'_>) {
        self.send_bytes(&frame(request));
    }

    /// Waits for the next answer.
    pub fn receive(&mut self) -> Answer<'_> {
        self.frame.clear();
        loop {
            match self.output.recv_timeout(HANGS_AFTER).expect("the board answers: tools/setup firmware installs QEMU")
            {
                0 => break,
                byte => self.frame.push(byte),
            }
        }
        assert!(self.frame.len() < ANSWER_LEN);
        let text = String::from_utf8_lossy(&self.frame).into_owned();
        decode(&mut self.frame).unwrap_or_else(|| panic!("no answer: {text:?}"))
    }

    /// Sends a request, and waits for the answer.
    pub fn ask(&mut self, request: &Request<'_>) -> Answer<'_> {
        self.send(request);
        self.receive()
    }

    /// Asks for a verdict at exactly this time.
    ///
    /// The board's clock counts while the frame arrives. If a second has passed until the verdict, this asks again.
    pub fn judge(&mut self, certificate: Option<&[u8]>, token: &[u8], seconds: u64) -> Result<(), u16> {
        loop {
            self.send(&Request::SetTime { seconds });
            self.judged = self.judged.wrapping_add(1);
            let judged = self.judged;
            self.send(&Request::Judge { number: judged, certificate, token });
            assert_eq!(self.receive(), Answer::TimeSet);
            match self.receive() {
                Answer::Accepted { number, at, .. } if number == judged && at == seconds => return Ok(()),
                Answer::Rejected { number, at, error } if number == judged && at == seconds => return Err(error),
                Answer::Accepted { number, .. } | Answer::Rejected { number, .. } if number == judged => {}
                other => panic!("no verdict: {other:?}"),
            }
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.qemu.kill();
        let _ = self.qemu.wait();
    }
}

/// A request's frame.
fn frame(request: &Request<'_>) -> Vec<u8> {
    let mut memory = vec![0; 4 * FRAME_LEN];
    encode(request, &mut memory).expect("the frame is short enough").to_vec()
}

/// Where `hosts/firmware/build` puts the images.
pub fn images() -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."));
    // A relative one is relative to the repository's root, where make runs.
    root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())).join("firmware")
}
