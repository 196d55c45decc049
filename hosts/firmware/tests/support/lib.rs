//! What tests of the firmware share: emulated boards, which run the images that `hosts/firmware/build` has built.

mod board;

use base64ct::{Base64, Encoding};
pub use board::{Board, Image, Machine, images};

/// The DER of a certificate in PEM. Panics if it is not PEM.
pub fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Base64::decode_vec(&base64).expect("the examples are PEM")
}
