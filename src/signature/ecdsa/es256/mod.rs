//! P-256, the curve of ES256.
//!
//! With 64-bit words, the p256 crate verifies for plain keys. With 32-bit words, this crate does ([`compact`]), because it needs a
//! quarter of the instructions and half of the stack; the p256 crate is the oracle of its tests, which run on any machine.
//!
//! The folder imports the field, the points and the equation from the folder above, and must not know other curves.

#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
mod base_point;
#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
mod compact;
#[cfg(target_pointer_width = "64")]
mod nist;
mod parameters;

#[cfg(any(test, feature = "internals", not(target_pointer_width = "64")))]
pub use self::compact::CompactP256;
/// secp256r1.
#[cfg(not(target_pointer_width = "64"))]
pub use self::compact::CompactP256 as P256;
/// secp256r1.
#[cfg(target_pointer_width = "64")]
pub use p256::NistP256 as P256;
