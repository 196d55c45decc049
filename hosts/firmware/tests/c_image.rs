//! The image in C, which links the bare-metal C library as docs/c.md says.

use std::{
    io::{BufRead, BufReader, Write},
    process::Child,
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::Duration,
};

use certbound::{Error, Geometry, KeySet, Policy, PreparedKeys, Thumbprint, UnixTime, Verifier};
use certbound_firmware_tests::{Machine, der, images};
use tempfile::NamedTempFile;

#[test]
fn the_verdicts_in_c_are_those_of_the_host() {
    let jwks = include_bytes!("../../../examples/quick_start/jwks.json");
    let token = include_str!("../../../examples/quick_start/token.jwt").trim_end();
    let certificate = der(include_str!("../../../examples/quick_start/server-a.pem"));
    let keys = KeySet::<2>::from_jwks(jwks).unwrap();
    let verifier = Verifier::new(Policy::new("https://as.example", &["https://api.example"]), &keys);
    let (own, other) = (Thumbprint::of_der(&certificate), Thumbprint::from_sha256([0; 32]));
    let shorter = token.get(..token.len() - 4).unwrap();
    let mut expected = vec!["keys: ok".to_owned()];
    for (what, presented, token) in [
        ("its certificate", Some(&own), token),
        ("another certificate", Some(&other), token),
        ("no certificate", None, token),
        ("a shorter token", Some(&own), shorter),
    ] {
        let now = UnixTime::from_seconds(1_900_000_000);
        let verdict = verifier.verify(token.as_bytes(), presented, now, &mut [0; 2048]).map(|_| ());
        expected.push(format!("{what}: {}", verdict.map_or_else(Error::name, |()| "ok")));
    }
    expected.push("end".to_owned());
    assert_eq!(run(&[b"", jwks, &certificate, token.as_bytes()]), expected);

    // With the key's tables, which remain in flash: this host has prepared them.
    let tables = |geometry| {
        let mut words = vec![0; PreparedKeys::tables_len(&keys, geometry)];
        PreparedKeys::prepare(&keys, geometry, &mut words).unwrap();
        words
    };
    let judge = |words: &[u64], jwks: &[u8]| {
        let octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        run(&[&octets, jwks, &certificate, token.as_bytes()])
    };
    let small = tables(Geometry::Small);
    assert_eq!(judge(&small, jwks), expected);
    let refused = |error: Error| [format!("keys: {}", error.name()), "end".to_owned()];
    let other = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    assert_eq!(judge(&small, other), refused(Error::TablesOfOtherKeys));
    assert_eq!(judge(&tables(Geometry::Medium), jwks), refused(Error::TablesOfOtherKeys));
    assert_eq!(judge(&small[..small.len() - 1], jwks), refused(Error::TableTooSmall));
    let mut damaged = small.clone();
    damaged[500] ^= 1;
    assert_eq!(judge(&damaged, jwks), refused(Error::TablesDamaged));
}

#[test]
fn an_unusable_key_is_an_error_in_c() {
    let jwks = br#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#;
    let error = KeySet::<2>::from_jwks(jwks).unwrap_err();
    assert_eq!(run(&[b"", jwks, b"", b"...."]), [format!("keys: {}", error.name()), "end".to_owned()]);
}

/// The images call the library's panic handler as a panic would.
#[test]
fn a_panic_calls_the_function_of_the_program_and_then_loops() {
    let (mut board, lines) = start("mps2-an386-c-panic.elf", &[]);
    assert_eq!(lines.iter().take(3).collect::<Vec<_>>(), ["about to panic", "panicked", "end"]);
    // The function has returned, and the handler has not.
    assert_eq!(lines.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout));
    assert!(board.0.try_wait().unwrap().is_none());

    let (mut board, lines) = start("mps2-an386-c-panic-default.elf", &[]);
    assert_eq!(lines.recv().unwrap(), "about to panic");
    assert_eq!(lines.recv_timeout(SILENCE), Err(RecvTimeoutError::Timeout));
    assert!(board.0.try_wait().unwrap().is_none());
}

/// How long a board that stays in a loop is watched.
const SILENCE: Duration = Duration::from_secs(1);

/// What the image prints for a page with these parts.
fn run(parts: &[&[u8]]) -> Vec<String> {
    let (_board, lines) = start("mps2-an386-c.elf", parts);
    let mut read = Vec::new();
    for line in lines {
        read.push(line);
        if read.last().is_some_and(|line| line == "end") {
            break;
        }
    }
    read
}

/// Starts an image with a page that has these parts. Returns the lines that it prints.
fn start(image: &str, parts: &[&[u8]]) -> (Running, Receiver<String>) {
    let mut page = NamedTempFile::new().unwrap();
    // QEMU does not load an empty file.
    page.write_all(&[0; 8][..if parts.is_empty() { 8 } else { 0 }]).unwrap();
    for part in parts {
        page.write_all(&u64::try_from(part.len()).unwrap().to_le_bytes()).unwrap();
        page.write_all(part).unwrap();
    }
    let image = images().join(image);
    assert!(image.exists(), "{} is missing: run make test-firmware", image.display());
    let mut qemu = Running(Machine::Mps2An386.command(&image, page.path()).spawn().unwrap(), page);
    let output = BufReader::new(qemu.0.stdout.take().unwrap());
    let (sender, lines) = channel();
    thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    (qemu, lines)
}

/// Stops QEMU, also when a test fails.
struct Running(Child, #[allow(dead_code, reason = "the page, which QEMU reads when it starts")] NamedTempFile);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
