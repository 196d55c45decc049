//! Arithmetic modulo the primes of P-256, P-384 and Ed25519, RSA's products, and the parts of divisions, proved correct for all inputs
//! by `cargo test`.
//!
//! The code is generic over the [word](word), and safe Rust without loops or branches that depend on a word. Programs use it with
//! the words of the machine. [`theorems`], and those beside [`division`](super::division), list what it computes; [`prover`] runs the same code with symbolic words, proves each
//! theorem, and explains what the proof rests on. Both are for tests only.
//!
//! This folder imports nothing. It must not know points, keys or signatures. It is for public numbers: its time depends on them.

// Where words have 32 bits, RSA verifies in limbs.
#[cfg(any(test, target_pointer_width = "64"))]
pub(crate) mod blocks;
pub(crate) mod divsteps;
pub(crate) mod limbs;
mod montgomery;
pub(crate) mod number;
// Ed25519's field is another one under Miri.
#[cfg_attr(miri, allow(dead_code))]
pub(crate) mod p25519;
mod p256;
#[cfg(any(test, target_pointer_width = "64"))]
mod p384;
pub(crate) mod regrouping;
pub(crate) mod signed;
pub(crate) mod word;

pub(crate) use self::montgomery::Prime;
#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
pub(crate) use self::p256::P256Of32Bits;
#[cfg(any(test, target_pointer_width = "64"))]
pub(crate) use self::{p256::P256Of64Bits, p384::P384Of64Bits};

#[cfg(test)]
pub(crate) mod prover;
#[cfg(test)]
mod theorems;
