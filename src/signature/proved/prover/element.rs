//! The symbolic element of a field: a polynomial in the coordinates of points. Its operations are exact, so what formulas compute
//! is compared term by term. What is equal over the integers is equal modulo any prime.

use std::{cell::RefCell, vec::Vec};

use num_bigint::BigInt;

use super::faults::planted;
use super::polynomial::{Polynomial, Variable};

/// An element: a handle of its polynomial.
#[derive(Clone, Copy)]
pub(crate) struct Symbolic(usize);

std::thread_local! {
    /// Those of this thread, but for zero and one.
    static ELEMENTS: RefCell<Vec<Polynomial>> = const { RefCell::new(Vec::new()) };
}

impl Symbolic {
    pub(crate) const ZERO: Self = Self(0);
    pub(crate) const ONE: Self = Self(1);

    pub(crate) fn new(value: Polynomial) -> Self {
        ELEMENTS.with_borrow_mut(|all| {
            all.push(value);
            Self(all.len() + Self::ONE.0)
        })
    }

    pub(crate) fn value(self) -> Polynomial {
        match self {
            Self(0 | 1) => number(i32::from(self.0 == 1)),
            Self(place) => ELEMENTS.with_borrow(|all| all[place - 2].clone()),
        }
    }

    /// Its square, that of the other, or itself.
    pub(crate) fn product(self, other: Self) -> Self {
        let (a, b) = (self.value(), other.value());
        Self::new(match planted() {
            Some(0) => a.clone() * a,
            Some(1) => b.clone() * b,
            Some(_) => a,
            None => a * b,
        })
    }

    /// Itself, its double, or minus the square.
    pub(crate) fn square(self) -> Self {
        let a = self.value();
        Self::new(match planted() {
            Some(0) => a,
            Some(1) => a.clone() + a,
            Some(_) => -(a.clone() * a),
            None => a.clone() * a,
        })
    }

    /// The difference, or one alone.
    pub(crate) fn sum(self, other: Self) -> Self {
        let (a, b) = (self.value(), other.value());
        Self::new(match planted() {
            Some(0) => a - b,
            Some(1) => a,
            Some(_) => b,
            None => a + b,
        })
    }

    /// The sum, the operands exchanged, or one alone.
    pub(crate) fn difference(self, other: Self) -> Self {
        let (a, b) = (self.value(), other.value());
        Self::new(match planted() {
            Some(0) => a + b,
            Some(1) => b - a,
            Some(_) => a,
            None => a - b,
        })
    }

    /// Itself, zero, or minus its double.
    pub(crate) fn negated(self) -> Self {
        let a = self.value();
        Self::new(match planted() {
            Some(0) => a,
            Some(1) => number(0),
            Some(_) => -(a.clone() + a),
            None => -a,
        })
    }
}

pub(crate) fn number(value: i32) -> Polynomial {
    Polynomial::constant(BigInt::from(value))
}

pub(crate) fn power(base: &Polynomial, exponent: usize) -> Polynomial {
    (0..exponent).fold(number(1), |product, _| product * base.clone())
}

/// The polynomial without a variable's squares: variable² is `dividend` / `divisor`. Returns that, times the power of `divisor` that makes it
/// a polynomial. The caller knows that the divisor is not zero.
pub(crate) fn with_square(
    polynomial: &Polynomial,
    variable: Variable,
    [dividend, divisor]: [&Polynomial; 2],
) -> Polynomial {
    let count = |variables: &[Variable]| variables.iter().filter(|own| **own == variable).count();
    let squares_max = polynomial.terms().map(|(variables, _)| count(variables) / 2).max().unwrap_or(0);
    let mut result = Polynomial::default();
    for (variables, coefficient) in polynomial.terms() {
        let squares = count(variables) / 2;
        let others = variables.iter().filter(|own| **own != variable).copied().map(Polynomial::variable);
        let term = others.fold(Polynomial::constant(coefficient.clone()), |product, other| product * other);
        let odd = power(&Polynomial::variable(variable), count(variables) % 2);
        result = result + term * odd * power(dividend, squares) * power(divisor, squares_max - squares);
    }
    result
}
