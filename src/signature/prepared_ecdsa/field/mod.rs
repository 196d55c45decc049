//! The fields of the curves: arithmetic modulo their primes by `fiat-crypto`, whose functions are proved correct by Coq.
//!
//! A function of fiat-crypto is right for inputs within its bounds and returns outputs within them; all that is left to
//! us is that every element is within, and elements come from nowhere else:
//! - **P-256 and P-384** are in Montgomery form, in limbs of full width, and must be below the prime.
//!   [`Field::from_integer`] takes numbers below the prime only, and what is in a table was such an element.
//! - **P-521** has unsaturated limbs within "tight" bounds; sums are "loose" and are carried at once here, so that every
//!   element is tight. [`Field::load`] masks the limbs, so that even memory that holds no element gives a tight one.
//!
//! Whatever a table's memory holds, nothing overflows: carries are single bits and products of limbs full width by
//! construction where limbs are saturated, and bounded by the mask where they are not.

mod limb;
mod montgomery;
mod unsaturated;

use super::integer::Integer;

#[cfg(not(target_pointer_width = "64"))]
pub(super) use self::{
    montgomery::{P256Of32Bits as P256, P384Of32Bits as P384},
    unsaturated::P521Of32Bits as P521,
};
#[cfg(target_pointer_width = "64")]
pub(super) use self::{
    montgomery::{P256Of64Bits as P256, P384Of64Bits as P384},
    unsaturated::P521Of64Bits as P521,
};

/// An element of a curve's field.
pub trait Field: Copy {
    /// A number as wide as the prime.
    type Limbs;

    /// Words of an element in a table.
    const WORDS: usize;

    const ZERO: Self;
    const ONE: Self;

    fn product(&self, other: &Self) -> Self;
    fn square(&self) -> Self;
    fn sum(&self, other: &Self) -> Self;
    fn difference(&self, other: &Self) -> Self;
    fn negated(&self) -> Self;
    fn is_zero(&self) -> bool;

    /// The element of a number below the prime.
    fn from_integer(number: &Integer<Self::Limbs>) -> Self;

    /// The number below the prime that is this element.
    fn to_integer(&self) -> Integer<Self::Limbs>;

    /// Reads what [`store`](Self::store) has written; `None` for fewer than [`WORDS`](Self::WORDS).
    fn load(words: &[u64]) -> Option<Self>;

    /// Writes the element to the first [`WORDS`](Self::WORDS) words; `None` where there are fewer.
    fn store(&self, words: &mut [u64]) -> Option<()>;
}
