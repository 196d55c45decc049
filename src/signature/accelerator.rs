//! ES256 by other means than this crate's arithmetic: a board's accelerator, or assembly.
//!
//! [`Acceleration`] is what verification asks first. [`NoAcceleration`] never answers, and the compiler removes the question, so a
//! caller without an accelerator pays nothing. [`TestedAccelerator`] is the only other one, and cannot be made from an accelerator
//! that accepts everything.

use crate::Error;

/// Verifies ES256 signatures by other means than this crate's arithmetic, for example a crypto accelerator or assembly.
///
/// It is asked about the signature alone. Whether a key fits, and the issuer, the audience, the times, the binding and the scopes
/// are judged as ever. [`TestedAccelerator`] connects it to a [`Verifier`](crate::Verifier).
///
/// ```
/// use certbound::{AcceleratorError, Es256Accelerator, P256PublicKey};
///
/// /// The accelerator of a microcontroller.
/// struct Pka {
///     // Its registers.
/// }
///
/// impl Es256Accelerator for Pka {
///     fn verify_prehash(
///         &mut self,
///         key: &P256PublicKey,
///         hash: &[u8; 32],
///         signature: &[u8; 64],
///     ) -> Result<(), AcceleratorError> {
///         // Load the operands, start it, and wait until it is done. It may be in use, or fail:
///         Err(AcceleratorError::Unavailable)
///     }
/// }
/// ```
pub trait Es256Accelerator {
    /// Verifies an ECDSA signature on P-256 over a message with this SHA-256 value (FIPS 186-5 §6.4.2, from step 3 on).
    ///
    /// `key` is a point of the curve. `signature` is the concatenation of r and s, big-endian, and both are between 1 and the order
    /// minus 1: this has been checked.
    ///
    /// # Errors
    /// [`AcceleratorError::SignatureInvalid`] if the key's owner has not made this signature;
    /// [`AcceleratorError::Unavailable`] if that is not known, because the accelerator is in use or reports a fault.
    ///
    /// See [`Es256Accelerator`].
    fn verify_prehash(
        &mut self,
        key: &P256PublicKey,
        hash: &[u8; 32],
        signature: &[u8; 64],
    ) -> Result<(), AcceleratorError>;
}

/// Why an [`Es256Accelerator`] does not accept a signature.
///
/// ```
/// use certbound::AcceleratorError;
///
/// fn verdict(status: u32) -> Result<(), AcceleratorError> {
///     match status {
///         1 => Ok(()),
///         2 => Err(AcceleratorError::SignatureInvalid),
///         _ => Err(AcceleratorError::Unavailable),
///     }
/// }
/// # assert!(verdict(1).is_ok() && verdict(2) != verdict(3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceleratorError {
    /// The signature is invalid. The token is rejected.
    SignatureInvalid,
    /// It is not known whether the signature is valid. This crate's arithmetic verifies it instead.
    Unavailable,
}

/// A public key on P-256, as an [`Es256Accelerator`] gets it.
///
/// ```
/// # use certbound::P256PublicKey;
/// fn operands(key: &P256PublicKey) -> [[u8; 32]; 2] {
///     [key.x, key.y]
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct P256PublicKey {
    /// The x coordinate, big-endian.
    pub x: [u8; 32],
    /// The y coordinate, big-endian.
    pub y: [u8; 32],
}

/// An [`Es256Accelerator`] that has passed a self-test: it accepts a known signature, and rejects it for another hash, for another
/// key, and with another s.
///
/// The test detects an accelerator that accepts everything, such as the stub of a driver or hardware without a clock: with that,
/// tokens would be accepted whoever signed them.
///
/// ```
/// use certbound::{AcceleratorError, Error, Es256Accelerator, P256PublicKey, TestedAccelerator};
///
/// struct Stub;
///
/// impl Es256Accelerator for Stub {
///     fn verify_prehash(&mut self, _: &P256PublicKey, _: &[u8; 32], _: &[u8; 64]) -> Result<(), AcceleratorError> {
///         Ok(())
///     }
/// }
///
/// assert_eq!(TestedAccelerator::new(Stub).err(), Some(Error::AcceleratorFaulty));
/// ```
#[derive(Debug)]
pub struct TestedAccelerator<A>(A);

impl<A: Es256Accelerator> TestedAccelerator<A> {
    /// Tests an accelerator, by four verifications.
    ///
    /// # Errors
    /// [`Error::AcceleratorFaulty`] if a verdict is wrong, or if the accelerator is unavailable.
    ///
    /// ```
    /// # use certbound::{Error, Es256Accelerator, TestedAccelerator};
    /// /// The result is for `Verifier::verify_accelerated`.
    /// fn start<Driver: Es256Accelerator>(driver: Driver) -> Result<TestedAccelerator<Driver>, Error> {
    ///     TestedAccelerator::new(driver)
    /// }
    /// ```
    pub fn new(mut accelerator: A) -> Result<Self, Error> {
        let (mut other_hash, mut other_signature) = (KNOWN_HASH, KNOWN_SIGNATURE);
        for octet in other_hash.last_mut().into_iter().chain(other_signature.last_mut()) {
            *octet ^= 1;
        }
        let verdicts = [
            accelerator.verify_prehash(&KNOWN_KEY, &KNOWN_HASH, &KNOWN_SIGNATURE),
            accelerator.verify_prehash(&KNOWN_KEY, &other_hash, &KNOWN_SIGNATURE),
            accelerator.verify_prehash(&OTHER_KEY, &KNOWN_HASH, &KNOWN_SIGNATURE),
            accelerator.verify_prehash(&KNOWN_KEY, &KNOWN_HASH, &other_signature),
        ];
        let invalid = Err(AcceleratorError::SignatureInvalid);
        if verdicts == [Ok(()), invalid, invalid, invalid] {
            Ok(Self(accelerator))
        } else {
            Err(Error::AcceleratorFaulty)
        }
    }
}

/// What is asked to verify a signature before this crate's arithmetic does.
pub(crate) trait Acceleration {
    /// The verdict on an ES256 signature by the key and over the hash value that `operands` returns. `None` if there is none.
    fn verify_es256(
        &mut self,
        operands: impl FnOnce() -> (P256PublicKey, [u8; 32]),
        signature: &[u8],
    ) -> Option<Result<(), Error>>;
}

/// No accelerator.
pub(crate) struct NoAcceleration;

impl Acceleration for NoAcceleration {
    #[inline(always)]
    fn verify_es256(&mut self, _: impl FnOnce() -> (P256PublicKey, [u8; 32]), _: &[u8]) -> Option<Result<(), Error>> {
        None
    }
}

impl<A: Es256Accelerator> Acceleration for TestedAccelerator<A> {
    fn verify_es256(
        &mut self,
        operands: impl FnOnce() -> (P256PublicKey, [u8; 32]),
        signature: &[u8],
    ) -> Option<Result<(), Error>> {
        let Some((signature, [])) = signature.split_first_chunk() else {
            return Some(Err(Error::SignatureLength));
        };
        // Not left to the accelerator: with r = s = 0, careless arithmetic accepts every message (CVE-2022-21449).
        let (scalars, _) = signature.as_chunks();
        if !scalars.iter().all(|scalar| *scalar != [0; 32] && *scalar < GROUP_ORDER) {
            return Some(Err(Error::SignatureInvalid));
        }
        let (key, hash) = operands();
        match self.0.verify_prehash(&key, &hash, signature) {
            Ok(()) => Some(Ok(())),
            Err(AcceleratorError::SignatureInvalid) => Some(Err(Error::SignatureInvalid)),
            Err(AcceleratorError::Unavailable) => None,
        }
    }
}

/// The order of P-256's group (SP 800-186 §3.2.1.3).
const GROUP_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The key of RFC 6979 §A.2.5, and its signature over "sample" with SHA-256.
const KNOWN_KEY: P256PublicKey = P256PublicKey {
    x: [
        0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74, 0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49,
        0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6, 0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6,
    ],
    y: [
        0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8, 0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1,
        0xb2, 0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
    ],
};
const KNOWN_HASH: [u8; 32] = [
    0xaf, 0x2b, 0xdb, 0xe1, 0xaa, 0x9b, 0x6e, 0xc1, 0xe2, 0xad, 0xe1, 0xd6, 0x94, 0xf4, 0x1f, 0xc7, 0x1a, 0x83, 0x1d,
    0x02, 0x68, 0xe9, 0x89, 0x15, 0x62, 0x11, 0x3d, 0x8a, 0x62, 0xad, 0xd1, 0xbf,
];
const KNOWN_SIGNATURE: [u8; 64] = [
    0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87,
    0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16, 0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65,
    0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06, 0x4d,
    0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8,
];

/// The base point, which is a key as well.
const OTHER_KEY: P256PublicKey = P256PublicKey {
    x: [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03,
        0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ],
    y: [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
        0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ],
};
