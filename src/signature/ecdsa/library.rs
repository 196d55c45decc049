//! Plain keys of the `ecdsa` crate.

use ecdsa::elliptic_curve::{self, CurveArithmetic, FieldBytes, point::AffineCoordinates};
use ecdsa::signature::hazmat::PrehashVerifier;
use ecdsa::{DigestAlgorithm, Signature, SignatureBytes, VerifyingKey};
use sha2::{Digest, Sha256, digest::Output};

use super::curve::{Curve, PlainKey};
use crate::{Error, signature::integer::Integer};

impl<C> PlainKey<C> for VerifyingKey<C>
where
    C: Curve + DigestAlgorithm + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<C>>>,
{
    fn from_coordinates(x: &[u8], y: &[u8]) -> Result<Self, Error> {
        let x = x.try_into().map_err(|_| Error::KeyMemberMalformed)?;
        let y = y.try_into().map_err(|_| Error::KeyMemberMalformed)?;
        let point = C::AffinePoint::from_coordinates(x, y).into_option().ok_or(Error::KeyPointInvalid)?;
        let key = elliptic_curve::PublicKey::from_affine(point).map_err(|_| Error::KeyPointInvalid)?;
        Ok(key.into())
    }

    fn coordinates(&self) -> [Integer<C::Limbs>; 2] {
        coordinates::<C>(elliptic_curve::PublicKey::from(*self).as_affine())
    }

    fn hash_to(&self, hash: &mut Sha256) {
        let point = *elliptic_curve::PublicKey::from(*self).as_affine();
        hash.update(point.x());
        hash.update(point.y());
    }

    // Not inlined, so that one verification has one curve's numbers on the stack.
    #[inline(never)]
    fn verify_hash(&self, hash: &Output<<C as Curve>::Digest>, signature: &[u8]) -> Result<(), Error> {
        let signature: &SignatureBytes<C> = signature.try_into().map_err(|_| Error::SignatureLength)?;
        let signature = Signature::from_bytes(signature).map_err(|_| Error::SignatureInvalid)?;
        self.verify_prehash(hash, &signature).map_err(|_| Error::SignatureInvalid)
    }
}

/// x and y of a point of the curve's crate.
pub(super) fn coordinates<C>(point: &C::AffinePoint) -> [Integer<C::Limbs>; 2]
where
    C: Curve + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<C>>>,
{
    [point.x(), point.y()].map(|coordinate| Integer::from_be_bytes(&coordinate))
}

/// A point of the curve's crate, in this module's field elements.
#[cfg(test)]
pub(super) fn affine<C>(point: &C::AffinePoint) -> super::point::Affine<C::Field>
where
    C: Curve + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<C>>>,
{
    super::point::Affine::from_coordinates(&coordinates::<C>(point))
}
