//! The symbolic signed word: a polynomial in whole numbers of either sign, and an interval that it is in.
//!
//! An operation whose result must fit checks that its interval does, and fails otherwise. What is cut off, by a split or modulo 2⁶⁴,
//! is a new number, of which nothing but its interval is assumed. So equal polynomials are equal for all inputs, and a rest
//! that the code passed on cancels.

use std::{cell::RefCell, vec::Vec};

use num_bigint::BigInt;

use super::polynomial::{Polynomial, Variable};
use crate::signature::proved::signed::{LIMB_BITS, Signed};

/// A word, or a sum of products: a handle of what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct SignedSymbol(usize);

#[derive(Clone)]
struct Known {
    value: Polynomial,
    least: BigInt,
    most: BigInt,
}

std::thread_local! {
    static KNOWN: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
    /// For each number, its value for one choice of inputs. It decides nothing; it detects mistakes of the prover.
    static SAMPLES: RefCell<Vec<BigInt>> = const { RefCell::new(Vec::new()) };
    /// Polynomials with better bounds than follow from those of their terms.
    static ASSUMED: RefCell<Vec<Known>> = const { RefCell::new(Vec::new()) };
}

/// Begins anew, with zero alone.
pub(crate) fn forget_all() {
    KNOWN.set(Vec::new());
    SAMPLES.set(Vec::new());
    ASSUMED.set(Vec::new());
    SignedSymbol::constant(0.into());
}

/// Assumes that this polynomial is in this interval.
pub(crate) fn assume(value: Polynomial, [least, most]: [BigInt; 2]) {
    check(&value, &least, &most);
    ASSUMED.with_borrow_mut(|all| all.push(Known { value, least, most }));
}

impl SignedSymbol {
    /// Any word in this interval; `sample` for the choice of inputs that detects mistakes.
    pub(crate) fn input([least, most]: [BigInt; 2], sample: BigInt) -> Self {
        Self::known(new_number(sample), [least, most])
    }

    pub(crate) fn constant(value: BigInt) -> Self {
        Self::known(Polynomial::constant(value.clone()), [value.clone(), value])
    }

    fn known(value: Polynomial, [mut least, mut most]: [BigInt; 2]) -> Self {
        ASSUMED.with_borrow(|all| {
            for known in all.iter().filter(|known| known.value == value) {
                least = least.clone().max(known.least.clone());
                most = most.clone().min(known.most.clone());
            }
        });
        check(&value, &least, &most);
        KNOWN.with_borrow_mut(|all| {
            all.push(Known { value, least, most });
            Self(all.len() - 1)
        })
    }

    /// The polynomial.
    pub(crate) fn value(self) -> Polynomial {
        self.get().value
    }

    /// The interval.
    pub(crate) fn bounds(self) -> [BigInt; 2] {
        let Known { least, most, .. } = self.get();
        [least, most]
    }

    /// The interval of a word that was made with this value.
    pub(crate) fn known_bounds(value: &Polynomial) -> Option<[BigInt; 2]> {
        let is_it = |known: &&Known| known.value == *value;
        KNOWN.with_borrow(|all| all.iter().find(is_it).map(|known| [known.least.clone(), known.most.clone()]))
    }

    /// The number that these limbs are, the least significant first.
    pub(crate) fn number(limbs: &[Self]) -> Polynomial {
        let radix = Polynomial::constant(power(LIMB_BITS));
        limbs.iter().rev().fold(Polynomial::default(), |high, limb| high * radix.clone() + limb.value())
    }

    fn get(self) -> Known {
        KNOWN.with_borrow(|all| all.get(self.0).cloned()).expect("forget_all comes before a proof")
    }

    /// The same, if it is sure to be in the interval of signed words of this many bits.
    fn fitting(self, bits: u32) -> Self {
        let [least, most] = self.bounds();
        assert!(-power(bits - 1) <= least && most < power(bits - 1), "it does not fit in {bits} bits");
        self
    }

    fn plus(self, other: Self) -> Self {
        let (one, other) = (self.get(), other.get());
        Self::known(one.value + other.value, [one.least + other.least, one.most + other.most])
    }

    fn negated(self) -> Self {
        let own = self.get();
        Self::known(-own.value, [-own.most, -own.least])
    }

    fn times(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.bounds(), other.bounds());
        let corners = [&a * &c, &a * &d, &b * &c, &b * &d];
        let least = corners.iter().min().cloned().unwrap_or_default();
        let most = corners.iter().max().cloned().unwrap_or_default();
        Self::known(self.value() * other.value(), [least, most])
    }

    /// The lowest bits, and what is above them.
    fn cut(self, bits: u32) -> (Self, Self) {
        let (own, width) = (self.get(), power(bits));
        let rest_bounds = [&own.least >> bits, &own.most >> bits];
        // The lowest bits of a multiple are zero.
        if let Some(quotient) = own.value.divided(&width) {
            return (Self::constant(0.into()), Self::known(quotient, rest_bounds));
        }
        let rest = new_number(sample(&own.value) >> bits);
        let word = own.value - Polynomial::constant(width.clone()) * rest.clone();
        (Self::known(word, [BigInt::ZERO, width - 1]), Self::known(rest, rest_bounds))
    }
}

impl Signed for SignedSymbol {
    type Sum = Self;

    const ZERO: Self = Self(0);
    const NOTHING: Self = Self(0);

    fn sum(self, other: Self) -> Self {
        self.plus(other).fitting(64)
    }

    fn difference(self, other: Self) -> Self {
        self.plus(other.negated()).fitting(64)
    }

    fn wrapping_product_and_sum(self, other: Self, addend: Self) -> Self {
        // From −2⁶³ to 2⁶³ − 1.
        let half = Self::constant(power(63));
        let (word, _) = self.times(other).plus(addend).plus(half).cut(64);
        word.plus(half.negated())
    }

    fn split(self) -> (Self, Self) {
        self.cut(LIMB_BITS)
    }

    fn product_and_sum(self, other: Self, sum: Self) -> Self {
        self.times(other).plus(sum).fitting(128)
    }

    fn split_sum(sum: Self) -> (Self, Self) {
        sum.cut(LIMB_BITS)
    }

    fn narrow(sum: Self) -> Self {
        sum.fitting(64)
    }
}

fn power(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

fn new_number(sample: BigInt) -> Polynomial {
    SAMPLES.with_borrow_mut(|all| {
        all.push(sample);
        Polynomial::variable(Variable(all.len() - 1))
    })
}

/// Its value for the chosen inputs.
pub(crate) fn sample(polynomial: &Polynomial) -> BigInt {
    SAMPLES.with_borrow(|all| polynomial.value(|variable| all[variable.0].clone()))
}

fn check(value: &Polynomial, least: &BigInt, most: &BigInt) {
    let sample = sample(value);
    assert!(*least <= sample && sample <= *most, "a bound is wrong");
}
