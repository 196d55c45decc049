//! The symbolic word: a handle of a quantity, whose operations note equations.

use num_bigint::BigInt;

use super::bounds::{self, Case};
use super::paths;
use super::polynomial::{Polynomial, Variable};
use super::quantity::{Origin, ZERO, bounded, cut, input, valued};
use crate::signature::proved::word::Word;

/// A word of `BITS` bits that may have any value within its bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Symbol<const BITS: u32>(pub(crate) Variable);

impl<const BITS: u32> Symbol<BITS> {
    /// Any word up to `most`; `sample` for the choice of inputs that detects mistakes.
    pub(crate) fn input(sample: u64, most: u64) -> Self {
        Self(input([BigInt::ZERO, most.into(), sample.into()]))
    }

    /// The number that these words are, the least significant first.
    pub(crate) fn number(words: &[Self]) -> Polynomial {
        let radix = Polynomial::constant(BigInt::from(1) << BITS);
        words.iter().rev().fold(Polynomial::default(), |high, word| high * radix.clone() + word.0.written())
    }

    /// Zero: these words, minus the values that they were cut from, plus what was carried out of them. Carries that went from one to
    /// the next cancel.
    fn equation(words: &[Self]) -> Polynomial {
        let radix = Polynomial::constant(BigInt::from(1) << BITS);
        let of_word = |word: &Self| match word.0.origin() {
            Origin::Word { carry } => carry.equation().map_or_else(Polynomial::default, |own| own.zero.clone()),
            Origin::Equal => word.0.equation().map_or_else(Polynomial::default, |own| own.zero.clone()),
            Origin::Input | Origin::Value | Origin::Carry => Polynomial::default(),
        };
        words.iter().rev().fold(Polynomial::default(), |high, word| high * radix.clone() + of_word(word))
    }

    fn factor(self) -> Polynomial {
        self.0.note_factor();
        self.0.written()
    }
}

impl<const BITS: u32> Word<BITS> for Symbol<BITS> {
    type Flag = Variable;

    const CLEAR: Variable = ZERO;

    fn constant(value: u64) -> Self {
        assert!(BigInt::from(value) < BigInt::from(1) << BITS, "the constant has more than {BITS} bits");
        Self(valued([value.into(), value.into()], Polynomial::constant(value.into())))
    }

    fn product(self, other: Self) -> (Self, Self) {
        let (word, carry) = split::<BITS>(self.factor() * other.factor(), false);
        (Self(word), Self(carry))
    }

    fn product_and_sum(self, other: Self, addend: Self, carry: Self) -> (Self, Self) {
        let value = self.factor() * other.factor() + addend.0.written() + carry.0.written();
        let (word, carry) = split::<BITS>(value, false);
        (Self(word), Self(carry))
    }

    fn sum(self, other: Self, carry: Variable) -> (Self, Variable) {
        let value = self.0.written() + other.0.written() + carry.written();
        let (word, next) = absorbed(other, split::<BITS>(value, false), carry);
        (Self(word), next)
    }

    fn difference(self, other: Self, borrow: Variable) -> (Self, Variable) {
        let value = self.0.written() - other.0.written() - borrow.written();
        let (word, next) = absorbed(other, split::<BITS>(value, true), borrow);
        (Self(word), next)
    }

    fn shifted<const COUNT: u32>(self) -> (Self, Self) {
        let value = self.factor() * Polynomial::constant(BigInt::from(1) << COUNT);
        let (word, carry) = split::<BITS>(value, false);
        // The word is a multiple of 2^COUNT below 2^BITS.
        word.note_most((BigInt::from(1) << BITS) - (BigInt::from(1) << COUNT));
        (Self(word), Self(carry))
    }

    fn constant_if(flag: Variable, value: u64) -> Self {
        Self(valued([0.into(), value.into()], Polynomial::constant(value.into()) * flag.written()))
    }

    fn changed_if<const N: usize>(
        flag: Variable,
        number: [Self; N],
        changed: impl FnOnce([Self; N]) -> [Self; N],
    ) -> [Self; N] {
        if let Some(is_set) = paths::decide(flag, || Self::equation(&number)) {
            return if is_set { changed(number) } else { number };
        }
        let mut pairs = changed(number).into_iter().zip(number).map(|(changed, word)| {
            let value = word.0.written() + flag.written() * (changed.0.written() - word.0.written());
            Self(valued([BigInt::ZERO, changed.0.most().max(word.0.most())], value))
        });
        core::array::from_fn(|_| pairs.next().expect("as many pairs as words"))
    }
}

/// The word of a value, and its carry, or its borrow for a difference: value = word ± 2^BITS · carry.
fn split<const BITS: u32>(value: Polynomial, is_difference: bool) -> (Variable, Variable) {
    let width = BigInt::from(1) << BITS;
    let (least, most) = (-bounds::most(&-value.clone(), &Case::new()), bounds::most(&value, &Case::new()));
    // So the carry is not negative.
    assert!(if is_difference { most < width } else { least >= BigInt::ZERO }, "a carry of the other sign");
    let radix = if is_difference { -width.clone() } else { width.clone() };
    let carry_most = if is_difference { (BigInt::ZERO.max(-&least) + &width - 1) / &width } else { &most / &width };
    if carry_most == BigInt::ZERO { (valued([least, most], value), ZERO) } else { cut(value, radix, carry_most) }
}

/// The same, where only a carry was added or subtracted. Often nothing is carried further, and what follows is easier to prove if
/// that is known at once.
fn absorbed<const BITS: u32>(
    other: Symbol<BITS>,
    (word, next): (Variable, Variable),
    carry: Variable,
) -> (Variable, Variable) {
    let is_carry_alone = other.0.written().is_zero() && next != ZERO;
    if is_carry_alone && bounds::is_ruled_out_soon(next) {
        let value = next.equation().map(|own| own.value.clone()).expect("a carry has an equation");
        return (bounded(word.most(), value), ZERO);
    }
    if carry != ZERO {
        carry.note_next_carry(next);
    }
    (word, next)
}
