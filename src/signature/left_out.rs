//! What stands for the keys of an algorithm that this build leaves out: a type without values.
//!
//! Reading such a key fails, as for a curve or type that no version supports. All other functions have the names of those of
//! the real keys, and cannot be called, since there is no key to call them with.

use core::convert::Infallible;

use sha2::Sha256;

use super::{Hash, Message, accelerator::P256PublicKey};
use crate::Error;

/// An ECDSA key on a curve that is left out.
#[derive(Clone)]
pub(crate) struct CurveLeftOut(Infallible);

/// An Ed25519 key, if EdDSA is left out.
#[derive(Clone)]
pub(crate) struct Ed25519LeftOut(Infallible);

/// An RSA key, if RSA is left out.
#[derive(Clone)]
pub(crate) struct RsaLeftOut(Infallible);

impl CurveLeftOut {
    pub(super) const fn from_coordinates(_: &[u8], _: &[u8]) -> Result<Self, Error> {
        Err(Error::CurveUnsupported)
    }

    pub(super) const fn message(signed: &[u8]) -> Message<'_> {
        Message::new(signed)
    }

    pub(super) fn hash_to(&self, _: &mut Sha256) {
        match self.0 {}
    }

    pub(super) const fn operand(&self) -> P256PublicKey {
        match self.0 {}
    }

    pub(super) fn verify(&self, _: &Message<'_>, _: &[u8]) -> Result<(), Error> {
        match self.0 {}
    }
}

impl Ed25519LeftOut {
    pub(super) const fn from_bytes(_: &[u8]) -> Result<Self, Error> {
        Err(Error::CurveUnsupported)
    }

    pub(super) fn hash_to(&self, _: &mut Sha256) {
        match self.0 {}
    }

    pub(super) fn verify(&self, _: &[u8], _: &[u8]) -> Result<(), Error> {
        match self.0 {}
    }
}

impl RsaLeftOut {
    pub(super) const fn new(_: &[u8], _: &[u8]) -> Result<Self, Error> {
        Err(Error::KeyTypeUnsupported)
    }

    pub(super) const fn message(_: Hash, signed: &[u8]) -> Message<'_> {
        Message::new(signed)
    }

    pub(super) fn hash_to(&self, _: &mut Sha256) {
        match self.0 {}
    }

    pub(super) fn verify_pkcs1_v15(&self, _: Hash, _: &Message<'_>, _: &[u8]) -> Result<(), Error> {
        match self.0 {}
    }

    pub(super) fn verify_pss(&self, _: Hash, _: &Message<'_>, _: &[u8]) -> Result<(), Error> {
        match self.0 {}
    }
}

#[cfg(feature = "prepared")]
mod prepared {
    use super::{super::Geometry, *};

    impl CurveLeftOut {
        pub(in crate::signature) const fn table_len(_: Geometry) -> usize {
            0
        }

        pub(in crate::signature) const fn base_point_table_len(_: Geometry) -> usize {
            0
        }

        pub(in crate::signature) const fn prepare_base_point(_: Geometry, _: &mut [u64]) -> Result<(), Error> {
            Err(Error::CurveUnsupported)
        }

        pub(in crate::signature) fn prepare(&self, _: Geometry, _: &mut [u64]) -> Result<(), Error> {
            match self.0 {}
        }

        pub(in crate::signature) const fn verify_prepared(
            _: [&[u64]; 2],
            _: &Message<'_>,
            _: &[u8],
        ) -> Result<(), Error> {
            Err(Error::CurveUnsupported)
        }
    }

    impl Ed25519LeftOut {
        pub(in crate::signature) const fn table_len(_: Geometry) -> usize {
            0
        }

        pub(in crate::signature) fn prepare(&self, _: Geometry, _: &mut [u64]) -> Result<(), Error> {
            match self.0 {}
        }

        pub(in crate::signature) fn verify_prepared(
            &self,
            _: Geometry,
            _: &[u64],
            _: &[u8],
            _: &[u8],
        ) -> Result<(), Error> {
            match self.0 {}
        }
    }

    impl RsaLeftOut {
        pub(in crate::signature) const TABLE_LEN_MAX: usize = 0;

        pub(in crate::signature) fn table_len(&self) -> usize {
            match self.0 {}
        }

        pub(in crate::signature) fn prepare(&self, _: &mut [u64]) -> Result<(), Error> {
            match self.0 {}
        }

        pub(in crate::signature) fn verify_pkcs1_v15_prepared(
            &self,
            _: &[u64],
            _: Hash,
            _: &Message<'_>,
            _: &[u8],
        ) -> Result<(), Error> {
            match self.0 {}
        }

        pub(in crate::signature) fn verify_pss_prepared(
            &self,
            _: &[u64],
            _: Hash,
            _: &Message<'_>,
            _: &[u8],
        ) -> Result<(), Error> {
            match self.0 {}
        }
    }
}
