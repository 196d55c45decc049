//! A prepared key and a plain one have the same verdict. The input determines the curve, the tables and the key; and a hash
//! value with either r and s or a nonce, or the scalars u1 and u2 that verification computes.
#![no_main]

use certbound::internals::signature::ecdsa::{BasePoint, Curve, EcdsaKey, Layout, PreparedKey};
use ecdsa::elliptic_curve::{
    self, AffinePoint, CurveArithmetic, CurveGroup, FieldBytes, Group, Scalar,
    ff::{Field, PrimeField},
    ops::Reduce,
    point::AffineCoordinates,
};
use ecdsa::signature::{digest::Output, hazmat::PrehashVerifier};
use ecdsa::{DigestAlgorithm, Signature, VerifyingKey};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let [curve, tables, input @ ..] = input else { return };
    let [base, key] = [tables % 4, tables / 4 % 4].map(|index| Layout::ALL[usize::from(index)]);
    let numbers = Numbers(input);
    match curve % 3 {
        0 => compare::<p256::NistP256>(numbers, base, key),
        1 => compare::<p384::NistP384>(numbers, base, key),
        _ => compare::<p521::NistP521>(numbers, base, key),
    };
});

/// A curve of the crates that verify for plain keys.
trait LibraryCurve:
    Curve<Digest = <Self as DigestAlgorithm>::Digest>
    + DigestAlgorithm
    + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<Self>>>
{
}

impl<C> LibraryCurve for C where
    C: Curve<Digest = <C as DigestAlgorithm>::Digest>
        + DigestAlgorithm
        + CurveArithmetic<AffinePoint: AffineCoordinates<FieldRepr = FieldBytes<C>>>
{
}

/// Whether both accept. `None` if the input gives no key or no signature.
fn compare<C: LibraryCurve>(mut numbers: Numbers<'_>, base: Layout, layout: Layout) -> Option<bool> {
    let generator = C::ProjectivePoint::generator();
    let secret = numbers.scalar::<C>();
    if secret.is_zero().into() {
        return None;
    }
    let point: AffinePoint<C> = (generator * secret).to_affine();
    let mut hash = Output::<<C as Curve>::Digest>::default();
    let r_of = |nonce: Scalar<C>| <Scalar<C> as Reduce<FieldBytes<C>>>::reduce(&(generator * nonce).to_affine().x());
    let (r, s) = match numbers.byte() % 3 {
        0 => {
            numbers.fill(&mut hash);
            (numbers.scalar::<C>().to_repr(), numbers.scalar::<C>().to_repr())
        }
        1 => {
            numbers.fill(&mut hash);
            let nonce = numbers.scalar::<C>();
            let r = r_of(nonce);
            (r.to_repr(), (nonce.invert().into_option()? * (scalar::<C>(&hash) + r * secret)).to_repr())
        }
        _ => {
            let (u1, u2) = (numbers.scalar::<C>(), numbers.scalar::<C>());
            let r = r_of(u1 + u2 * secret);
            let s = r * u2.invert().into_option()?;
            let z = (u1 * s).to_repr();
            let length = hash.len().min(z.len());
            let (_, low) = z.split_at(z.len() - length);
            hash.copy_from_slice(low);
            (r.to_repr(), s.to_repr())
        }
    };
    let signature = [&r[..], &s].concat();

    let plain = VerifyingKey::<C>::from(elliptic_curve::PublicKey::from_affine(point).unwrap());
    let accepts = Signature::from_slice(&signature).is_ok_and(|it| plain.verify_prehash(&hash, &it).is_ok());
    let mut memory = [base, layout].map(|layout| vec![0; PreparedKey::<C>::table_len(layout)]);
    let [base_memory, key_memory] = &mut memory;
    let base = BasePoint::<C>::prepare(base, base_memory).unwrap();
    let key = EcdsaKey::from_coordinates(&point.x(), &point.y()).unwrap();
    let key = PreparedKey::prepare(&key, layout, key_memory).unwrap();
    assert_eq!(key.verify_hash(&base, &hash, &signature).is_ok(), accepts);
    Some(accepts)
}

/// The number with these bytes, modulo the order.
fn scalar<C: LibraryCurve>(bytes: &[u8]) -> Scalar<C> {
    let mut padded = FieldBytes::<C>::default();
    let zeros = padded.len() - bytes.len();
    let (_, low) = padded.split_at_mut(zeros);
    low.copy_from_slice(bytes);
    Scalar::<C>::reduce(&padded)
}

/// The rest of the input, followed by zeros.
struct Numbers<'input>(&'input [u8]);

impl Numbers<'_> {
    fn byte(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.byte());
    }

    /// A number whose length is in the first byte, or its opposite. So numbers at both ends of the range need few bytes.
    fn scalar<C: LibraryCurve>(&mut self) -> Scalar<C> {
        let head = self.byte();
        let mut bytes = vec![0; usize::from(head & 0x7f).min(FieldBytes::<C>::default().len())];
        self.fill(&mut bytes);
        let scalar = scalar::<C>(&bytes);
        if head & 0x80 == 0 { scalar } else { -scalar }
    }
}
