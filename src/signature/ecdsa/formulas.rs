//! What the formulas in [`point`](super::point) compute: polynomial identities, proved with symbolic field elements.
//!
//! The group law of a curve y² = x³ − 3x + b is defined by the slope of a line: (y₂ − y₁) / (x₂ − x₁) through two points of
//! different x, and (3x² − 3) / 2y where it touches one point. The third point is x = slope² − x₁ − x₂ and
//! y = slope · (x₁ − x) − y₁. The identities below are this without the fractions, for a point (x · Z², y · Z³, Z², Z³) with any Z.
//! They hold over the integers, and so modulo any prime.

use std::{cell::RefCell, collections::VecDeque, vec::Vec};

use num_bigint::BigInt;

use super::{
    field::Field,
    point::{Affine, Point},
};
use crate::signature::{
    integer::Integer,
    proved::prover::polynomial::{Polynomial, Variable},
};

/// An element whose value is a polynomial: a place in [`ELEMENTS`].
#[derive(Clone, Copy)]
struct Symbolic(usize);

std::thread_local! {
    static ELEMENTS: RefCell<Vec<Polynomial>> = const { RefCell::new(Vec::new()) };
    /// What `is_zero` is to answer, and what it has been asked about.
    static ANSWERS: RefCell<VecDeque<bool>> = const { RefCell::new(VecDeque::new()) };
    static QUESTIONS: RefCell<Vec<Polynomial>> = const { RefCell::new(Vec::new()) };
}

impl Symbolic {
    fn new(value: Polynomial) -> Self {
        ELEMENTS.with_borrow_mut(|all| {
            if all.is_empty() {
                all.extend([number(0), number(1)]);
            }
            all.push(value);
            Self(all.len() - 1)
        })
    }

    fn value(self) -> Polynomial {
        ELEMENTS.with_borrow(|all| all[self.0].clone())
    }
}

impl Field for Symbolic {
    type Limbs = [i64; 5];

    const WORDS: usize = 1;
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1);

    fn product(&self, other: &Self) -> Self {
        Self::new(self.value() * other.value())
    }

    fn square(&self) -> Self {
        self.product(self)
    }

    fn sum(&self, other: &Self) -> Self {
        Self::new(self.value() + other.value())
    }

    fn difference(&self, other: &Self) -> Self {
        Self::new(self.value() - other.value())
    }

    fn negated(&self) -> Self {
        Self::new(-self.value())
    }

    fn is_zero(&self) -> bool {
        QUESTIONS.with_borrow_mut(|all| all.push(self.value()));
        ANSWERS.with_borrow_mut(VecDeque::pop_front).expect("an answer for each question")
    }

    fn from_integer(_: &Integer<Self::Limbs>) -> Self {
        panic!("a formula has no constants")
    }

    fn to_integer(&self) -> Integer<Self::Limbs> {
        panic!("a formula has no bytes")
    }

    fn load(_: &[u64]) -> Option<Self> {
        None
    }

    fn store(&self, _: &mut [u64]) -> Option<()> {
        None
    }
}

fn number(value: i32) -> Polynomial {
    Polynomial::constant(BigInt::from(value))
}

fn power(base: &Polynomial, exponent: usize) -> Polynomial {
    (0..exponent).fold(number(1), |product, _| product * base.clone())
}

/// The inputs: the coordinates of both points, and the Z of the first.
fn inputs() -> [Polynomial; 5] {
    core::array::from_fn(|index| Polynomial::variable(Variable(index)))
}

const Y2: Variable = Variable(4);
const Z: Variable = Variable(2);

/// The first point.
fn point([x1, y1, z, ..]: &[Polynomial; 5]) -> Point<Symbolic> {
    Point {
        x: Symbolic::new(x1.clone() * power(z, 2)),
        y: Symbolic::new(y1.clone() * power(z, 3)),
        zz: Symbolic::new(power(z, 2)),
        zzz: Symbolic::new(power(z, 3)),
    }
}

/// Runs a formula, with these answers of `is_zero`. Returns X, Y, Z² and Z³, and what `is_zero` was asked about.
fn run(answers: &[bool], formula: impl FnOnce(&mut Point<Symbolic>)) -> ([Polynomial; 4], Vec<Polynomial>) {
    ANSWERS.set(answers.iter().copied().collect());
    QUESTIONS.set(Vec::new());
    let mut result = Point::INFINITY;
    formula(&mut result);
    assert!(ANSWERS.take().is_empty(), "fewer questions than answers");
    ([result.x, result.y, result.zz, result.zzz].map(Symbolic::value), QUESTIONS.take())
}

/// The sum of the inputs, with these answers of `is_zero`.
fn sum(answers: &[bool]) -> ([Polynomial; 4], Vec<Polynomial>) {
    let inputs = inputs();
    let [_, _, _, x2, y2] = &inputs;
    let other = Affine { x: Symbolic::new(x2.clone()), y: Symbolic::new(y2.clone()) };
    run(answers, |result| point(&inputs).add_into(&other, result))
}

fn double() -> [Polynomial; 4] {
    run(&[], |result| point(&inputs()).double_into(result)).0
}

/// The point that a line of slope `rise` / `run` through (x, y) leads to: its x · run², and its y · run³.
fn third_point([x, y]: [&Polynomial; 2], other_x: &Polynomial, [rise, run]: [&Polynomial; 2]) -> [Polynomial; 2] {
    let third_x = power(rise, 2) - (x.clone() + other_x.clone()) * power(run, 2);
    let third_y = rise.clone() * (x.clone() * power(run, 2) - third_x.clone()) - y.clone() * power(run, 3);
    [third_x, third_y]
}

/// Checks that X/Z² and Y/Z³ are these numbers, which have been multiplied by run² and run³, and that Z² and Z³ belong together.
fn is([x, y, zz, zzz]: [Polynomial; 4], [expected_x, expected_y]: [Polynomial; 2], run: &Polynomial) {
    assert!((x * power(run, 2) - zz.clone() * expected_x).is_zero());
    assert!((y * power(run, 3) - zzz.clone() * expected_y).is_zero());
    assert!((power(&zz, 3) - power(&zzz, 2)).is_zero());
}

/// y² − x³ + 3x, which is b for a point of the curve.
fn constant_of([x, y]: [&Polynomial; 2]) -> Polynomial {
    power(y, 2) - power(x, 3) + number(3) * x.clone()
}

/// Whether (x / run², y / run³) has this constant. `reduced` is applied to the difference.
fn is_on_curve(
    [x, y]: [Polynomial; 2],
    run: &Polynomial,
    b: Polynomial,
    reduced: impl Fn(Polynomial) -> Polynomial,
) -> bool {
    let left = power(&y, 2) - power(&x, 3) + number(3) * x * power(run, 4);
    reduced(left - b * power(run, 6)).is_zero()
}

/// Replaces y₂² by the number that it is on the curve of the first point.
fn on_one_curve(polynomial: Polynomial) -> Polynomial {
    let [x1, y1, _, x2, _] = inputs();
    let square = power(&x2, 3) - number(3) * x2 + constant_of([&x1, &y1]);
    let mut result = Polynomial::default();
    for (variables, coefficient) in polynomial.terms() {
        let count = variables.iter().filter(|variable| **variable == Y2).count();
        let others = variables.iter().filter(|variable| **variable != Y2);
        let term = others.fold(Polynomial::constant(coefficient.clone()), |product, variable| {
            product * Polynomial::variable(*variable)
        });
        result = result + term * power(&square, count / 2) * power(&Polynomial::variable(Y2), count % 2);
    }
    result
}

#[test]
fn sums_are_those_of_the_group_law() {
    let [x1, y1, _, x2, y2] = inputs();
    let [rise, run] = [y2 - y1.clone(), x2.clone() - x1.clone()];
    let third = third_point([&x1, &y1], &x2, [&rise, &run]);
    is(sum(&[false, false]).0, third.clone(), &run);
    assert!(is_on_curve(third.clone(), &run, constant_of([&x1, &y1]), on_one_curve));
    // Where the points are on different curves, the sum is on neither.
    assert!(!is_on_curve(third, &run, constant_of([&x1, &y1]), |unchanged| unchanged));
}

#[test]
fn doubles_are_those_of_the_group_law() {
    let [x1, y1, z, ..] = inputs();
    let [rise, run] = [number(3) * power(&x1, 2) - number(3), number(2) * y1.clone()];
    let third = third_point([&x1, &y1], &x1, [&rise, &run]);
    is(double(), third.clone(), &run);
    assert!(is_on_curve(third, &run, constant_of([&x1, &y1]), |unchanged| unchanged));
    // Z² of the double is zero only for the point at infinity, and where y is zero, which has order 2.
    assert!((double()[2].clone() - power(&(run * power(&z, 4)), 2)).is_zero());
    // So the double of infinity is infinity.
    let at_infinity = |polynomial: &Polynomial| {
        polynomial.replaced(|own| if own == Z { number(0) } else { Polynomial::variable(own) })
    };
    assert!(double()[2..].iter().all(|polynomial| at_infinity(polynomial).is_zero()));
}

#[test]
fn the_exceptions_are_those_that_the_code_tests() {
    let [x1, y1, z, x2, y2] = inputs();
    let is_same = |questions: &[Polynomial], expected: &[Polynomial]| {
        assert_eq!(questions.len(), expected.len());
        assert!(questions.iter().zip(expected).all(|(one, other)| (one.clone() - other.clone()).is_zero()));
    };
    // Of a sum, Z² is (Z² · (x₂ − x₁))² · Z²: zero exactly if one of the two questions is answered yes.
    let (result, questions) = sum(&[false, false]);
    let [equal_x, infinite] = [power(&z, 2) * (x2.clone() - x1), power(&z, 2)];
    is_same(&questions, &[equal_x.clone(), infinite.clone()]);
    assert!((result[2].clone() - power(&equal_x, 2) * infinite.clone()).is_zero());

    // A point added to infinity is itself.
    let (result, _) = sum(&[false, true, true]);
    is_same(&result, &[x2.clone(), y2.clone(), number(1), number(1)]);
    // With an equal x, and Z not zero: the double for an equal y, and infinity for another, which on the curve is −y.
    let (result, questions) = sum(&[true, false, true]);
    is_same(&questions, &[equal_x, infinite, power(&z, 3) * (y2 - y1)]);
    is_same(&result, &double());
    let (result, _) = sum(&[true, false, false]);
    assert!(result[2].is_zero() && result[3].is_zero());
}
