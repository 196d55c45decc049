//! What tests of the firmware share: emulated boards, which run the images that `hosts/firmware/build` has built.

mod board;

pub use board::{Board, Image, Machine, images};
