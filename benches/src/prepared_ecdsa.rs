//! An ECDSA key with the tables of its curve and of itself.

use std::marker::PhantomData;

use certbound::{
    Geometry,
    internals::signature::{
        Message,
        ecdsa::{BasePoint, Curve, EcdsaKey, Layout, PreparedKey},
    },
};

/// The key of an uncompressed point.
pub fn plain_ecdsa<C: Curve>(point: &[u8]) -> EcdsaKey<C> {
    let (x, y) = point[1..].split_at(point.len() / 2);
    EcdsaKey::from_coordinates(x, y).unwrap()
}

/// The tables of a curve and of a key, as in `PreparedKeys`.
pub struct PreparedEcdsa<C> {
    base_point: Vec<u64>,
    key: Vec<u64>,
    curve: PhantomData<C>,
}

impl<C: Curve> PreparedEcdsa<C> {
    pub fn of(plain: &EcdsaKey<C>, geometry: Geometry) -> Self {
        let (of_base_point, of_key) = (Layout::of_base_point(geometry), Layout::of_key(geometry));
        let mut base_point = vec![0; BasePoint::<C>::table_len(of_base_point)];
        let mut key = vec![0; PreparedKey::<C>::table_len(of_key)];
        BasePoint::<C>::prepare(of_base_point, &mut base_point).unwrap();
        PreparedKey::prepare(plain, of_key, &mut key).unwrap();
        Self { base_point, key, curve: PhantomData }
    }

    pub fn verify(&self, message: &Message<'_>, signature: &[u8]) {
        let base_point = BasePoint::<C>::from_table(&self.base_point).unwrap();
        PreparedKey::from_table(&self.key).unwrap().verify(&base_point, message, signature).unwrap();
    }
}
