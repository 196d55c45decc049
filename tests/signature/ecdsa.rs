//! ECDSA with plain keys, on each curve.

use certbound::{
    Error,
    internals::signature::{Message, ecdsa::EcdsaKey},
};
use ecdsa::elliptic_curve::{Group, ProjectivePoint, Scalar};
use num_bigint::BigUint;
use sha2::Digest;

use crate::{
    MESSAGE, OTHER_MESSAGE,
    curves::{
        Numbers, TestCurve, key_that_accepts, on_each_curve, order, public_key, signature, signatures_out_of_range,
        with_other_lengths,
    },
};

on_each_curve! {
    r_or_s_out_of_range, r_or_s_with_the_order_added, a_high_s, r_and_s_swapped, der_instead_of_r_and_s,
    another_length, another_message_or_key
}

const INVALID: Result<(), Error> = Err(Error::SignatureInvalid);

/// A key, and r and s of its signature of [`MESSAGE`].
fn signed<C: TestCurve>() -> (EcdsaKey<C>, BigUint, BigUint) {
    let secret = Scalar::<C>::from(7_u64);
    let (_, r, s) = Numbers(7).signature_of::<C>(secret, &C::Digest::digest(MESSAGE));
    (public_key::<C>(ProjectivePoint::<C>::generator() * secret), r, s)
}

fn verify<C: TestCurve>(key: &EcdsaKey<C>, signature: &[u8]) -> Result<(), Error> {
    key.verify(&Message::new(MESSAGE), signature)
}

fn r_or_s_out_of_range<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    assert_eq!(verify(&key, &signature::<C>(&r, &s)), Ok(()));
    for signature in signatures_out_of_range::<C>(&r, &s) {
        assert_eq!(verify(&key, &signature), INVALID, "{signature:02x?}");
    }
}

/// Most sums of r or s and n need more bytes than a coordinate has. Here r and s are small, so the sums fit.
fn r_or_s_with_the_order_added<C: TestCurve>() {
    let mut r = BigUint::from(1_u8);
    let point = loop {
        if let Some(point) = C::point_with_x(&r) {
            break point;
        }
        r += 1_u8;
    };
    let s = BigUint::from(7_u8);
    let key = public_key::<C>(key_that_accepts::<C>(point, &C::Digest::digest(MESSAGE), &r, &s));
    assert_eq!(verify(&key, &signature::<C>(&r, &s)), Ok(()));
    let order = order::<C>();
    assert_eq!(verify(&key, &signature::<C>(&(&r + &order), &s)), INVALID);
    assert_eq!(verify(&key, &signature::<C>(&r, &(&s + &order))), INVALID);
}

fn a_high_s<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    assert_eq!(verify(&key, &signature::<C>(&r, &s)), Ok(()));
    assert_eq!(verify(&key, &signature::<C>(&r, &(order::<C>() - &s))), Ok(()));
}

fn r_and_s_swapped<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    assert_eq!(verify(&key, &signature::<C>(&r, &s)), Ok(()));
    assert_eq!(verify(&key, &signature::<C>(&s, &r)), INVALID);
}

fn der_instead_of_r_and_s<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    let element = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        let head: &[u8] = if length < 0x80 { &[tag, length] } else { &[tag, 0x81, length] };
        [head, content].concat()
    };
    let integer = |value: &BigUint| {
        let value = value.to_bytes_be();
        let sign: &[u8] = if value[0] < 0x80 { &[] } else { &[0] };
        element(0x02, &[sign, &value].concat())
    };
    let der = element(0x30, &[integer(&r), integer(&s)].concat());
    let length = signature::<C>(&r, &s).len();
    assert!(der.len() > length, "{}", der.len());
    assert_eq!(verify(&key, &der), Err(Error::SignatureLength));
    // Cut to the right length, it is read as r and s.
    assert_eq!(verify(&key, &der[..length]), INVALID);
}

fn another_length<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    for signature in with_other_lengths(&signature::<C>(&r, &s)) {
        assert_eq!(verify(&key, &signature), Err(Error::SignatureLength), "{}", signature.len());
    }
}

fn another_message_or_key<C: TestCurve>() {
    let (key, r, s) = signed::<C>();
    let signature = signature::<C>(&r, &s);
    assert_eq!(verify(&key, &signature), Ok(()));
    assert_eq!(key.verify(&Message::new(OTHER_MESSAGE), &signature), INVALID);
    assert_eq!(verify(&public_key::<C>(ProjectivePoint::<C>::generator()), &signature), INVALID);
}
