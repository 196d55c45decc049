//! What the formulas in [`point`](super::point) compute: polynomial identities, proved with symbolic field elements.
//!
//! The group law of a curve y² = x³ − 3x + b is defined by the slope of a line: (y₂ − y₁) / (x₂ − x₁) through two points of
//! different x, and (3x² − 3) / 2y where it touches one point. The third point is x = slope² − x₁ − x₂ and
//! y = slope · (x₁ − x) − y₁. The identities below are this without the fractions, for a point (x · Z², y · Z³, Z², Z³) with any Z.
//! They hold over the integers, and so modulo any prime.

use std::{cell::RefCell, collections::VecDeque, vec::Vec};

use num_bigint::BigInt;

use super::{
    curve::Curve as _,
    field::Field,
    point::{Affine, Point},
};
use crate::signature::{
    integer::Integer,
    proved::prover::{
        element::{Symbolic, number, power, with_square},
        faults::plant_faults,
        polynomial::{Polynomial, Variable},
    },
};

std::thread_local! {
    /// What `is_zero` is to answer, and what it has been asked about.
    static ANSWERS: RefCell<VecDeque<bool>> = const { RefCell::new(VecDeque::new()) };
    static QUESTIONS: RefCell<Vec<Polynomial>> = const { RefCell::new(Vec::new()) };
}

impl Field for Symbolic {
    type Limbs = [i64; 5];

    const WORDS: usize = 1;
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn product(&self, other: &Self) -> Self {
        Self::product(*self, *other)
    }

    fn square(&self) -> Self {
        Self::square(*self)
    }

    fn sum(&self, other: &Self) -> Self {
        Self::sum(*self, *other)
    }

    fn difference(&self, other: &Self) -> Self {
        Self::difference(*self, *other)
    }

    fn negated(&self) -> Self {
        Self::negated(*self)
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

/// The inputs: the coordinates of both points, and the Z of the first.
fn inputs() -> [Polynomial; 5] {
    core::array::from_fn(|index| Polynomial::variable(Variable(index)))
}

const Z: Variable = Variable(2);
const Y2: Variable = Variable(4);
/// 1/Z, or 1/(x₂ − x₁).
const INVERSE: Variable = Variable(5);

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
    let other = affine([x2, y2]);
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

/// Whether X/Z² and Y/Z³ are these numbers, which have been multiplied by run² and run³, and Z² is this.
fn is(
    [x, y, zz, zzz]: &[Polynomial; 4],
    expected: &[Polynomial; 2],
    run: &Polynomial,
    expected_z: &Polynomial,
) -> bool {
    let [expected_x, expected_y] = expected.clone();
    (x.clone() * power(run, 2) - zz.clone() * expected_x).is_zero()
        && (y.clone() * power(run, 3) - zzz.clone() * expected_y).is_zero()
        && *zz == power(expected_z, 2)
        && *zzz == power(expected_z, 3)
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
    with_square(&polynomial, Y2, [&square, &number(1)])
}

/// The line through both points.
fn line() -> [Polynomial; 2] {
    let [x1, y1, _, x2, y2] = inputs();
    [y2 - y1, x2 - x1]
}

/// The line that touches the curve in the first point.
fn tangent() -> [Polynomial; 2] {
    let [x1, y1, ..] = inputs();
    [number(3) * power(&x1, 2) - number(3), number(2) * y1]
}

/// Adds points with different x, of which the first is not infinity. Returns whether it is proved, and whether the result is right
/// for some points.
fn addition() -> [bool; 2] {
    let [x1, y1, z, x2, _] = inputs();
    let [rise, run] = line();
    let third = third_point([&x1, &y1], &x2, [&rise, &run]);
    let result = sum(&[false, false]).0;
    let expected_z = power(&z, 3) * run.clone();
    [is(&result, &third, &run, &expected_z), are_right(&result, |[one, other]| third_of_numbers(one, other))]
}

fn doubling() -> [bool; 2] {
    let [x1, y1, z, ..] = inputs();
    let [rise, run] = tangent();
    let third = third_point([&x1, &y1], &x1, [&rise, &run]);
    let result = double();
    // So the Z of the double is the Z of the point times 2·Y, as `multiples` relies on.
    let expected_z = power(&z, 4) * run.clone();
    [is(&result, &third, &run, &expected_z), are_right(&result, |[one, _]| third_of_numbers(one, one))]
}

/// The sum of two points of a table, where the inverse of x₂ − x₁ is known.
fn affine_addition() -> [bool; 2] {
    let [x1, y1, _, x2, y2] = inputs();
    let [one, other] = [[&x1, &y1], [&x2, &y2]].map(affine);
    let Affine { x, y } = one.sum(&other, &Symbolic::new(Polynomial::variable(INVERSE)));
    let [x, y] = [x, y].map(Symbolic::value);
    let [rise, _] = line();
    let third = third_point([&x1, &y1], &x2, [&(rise * Polynomial::variable(INVERSE)), &number(1)]);
    let result = [x.clone(), y.clone(), number(1), number(1)];
    [[x, y] == third, are_right(&result, |[one, other]| third_of_numbers(one, other))]
}

/// x and y of a point's X and Y, where the inverse of Z is known: with X = x · Z² and Y = y · Z³, they are x · (Z / Z)² and
/// y · (Z / Z)³.
fn scaling() -> [bool; 2] {
    let [x1, y1, z, ..] = inputs();
    let inverse = Polynomial::variable(INVERSE);
    let scaled = affine([&(x1.clone() * power(&z, 2)), &(y1.clone() * power(&z, 3))]);
    let Affine { x, y } = scaled.scaled(&Symbolic::new(inverse.clone()));
    let [x, y] = [x, y].map(Symbolic::value);
    let one = z * inverse;
    let is_proved = x == x1.clone() * power(&one, 2) && y == y1.clone() * power(&one, 3);
    // For any numbers, also where the inverse is none.
    let values = Values::new(3);
    let [[x1, y1], _] = &values.points;
    let one = values.z.clone() * &values.inverse;
    let zeros = [values.of(&x) - x1 * &one * &one, values.of(&y) - y1 * &one * &one * &one];
    [is_proved, zeros.iter().all(|zero| zero % prime() == BigInt::ZERO)]
}

/// The opposite of a point of a table.
fn negation() -> [bool; 2] {
    let [x1, y1, ..] = inputs();
    let Affine { x, y } = affine([&x1, &y1]).negated();
    let [x, y] = [x, y].map(Symbolic::value);
    let result = [x.clone(), y.clone(), number(1), number(1)];
    [[x, y] == [x1, -y1], are_right(&result, |[[x, y], _]| [x.clone(), -y])]
}

fn affine([x, y]: [&Polynomial; 2]) -> Affine<Symbolic> {
    Affine { x: Symbolic::new(x.clone()), y: Symbolic::new(y.clone()) }
}

#[test]
fn sums_are_those_of_the_group_law() {
    plant_faults("y² = x³ − 3x + b: sum", addition);
    let ([x1, y1, _, x2, _], [rise, run]) = (inputs(), line());
    let third = third_point([&x1, &y1], &x2, [&rise, &run]);
    assert!(is_on_curve(third.clone(), &run, constant_of([&x1, &y1]), on_one_curve));
    // Where the points are on different curves, the sum is on neither.
    assert!(!is_on_curve(third, &run, constant_of([&x1, &y1]), |unchanged| unchanged));
}

#[test]
fn doubles_are_those_of_the_group_law() {
    plant_faults("y² = x³ − 3x + b: double", doubling);
    let ([x1, y1, ..], [rise, run]) = (inputs(), tangent());
    let third = third_point([&x1, &y1], &x1, [&rise, &run]);
    assert!(is_on_curve(third, &run, constant_of([&x1, &y1]), |unchanged| unchanged));
    // The double of infinity is infinity.
    let at_infinity = |polynomial: &Polynomial| {
        polynomial.replaced(|own| if own == Z { number(0) } else { Polynomial::variable(own) })
    };
    assert!(double()[2..].iter().all(|polynomial| at_infinity(polynomial).is_zero()));
}

#[test]
fn points_of_tables_are_those_of_the_group_law() {
    plant_faults("y² = x³ − 3x + b: affine sum", affine_addition);
    plant_faults("y² = x³ − 3x + b: scaling", scaling);
    plant_faults("y² = x³ − 3x + b: opposite", negation);
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
    let [equal_x, infinite] = [power(&z, 2) * (x2.clone() - x1.clone()), power(&z, 2)];
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

/// p of P-256, whose points the formulas are tried with.
fn prime() -> BigInt {
    big(p256::NistP256::PRIME.value())
}

fn big(number: &Integer<[i64; 5]>) -> BigInt {
    BigInt::from_bytes_le(num_bigint::Sign::Plus, &number.to_le_bytes::<32>())
}

fn inverse(of: &BigInt) -> BigInt {
    of.modinv(&prime()).unwrap()
}

/// The group law, with numbers.
fn third_of_numbers([x1, y1]: &[BigInt; 2], [x2, y2]: &[BigInt; 2]) -> [BigInt; 2] {
    let slope = if x1 == x2 { (3 * x1 * x1 - 3) * inverse(&(2 * y1)) } else { (y2 - y1) * inverse(&(x2 - x1)) };
    let x = &slope * &slope - x1 - x2;
    let y = slope * (x1 - &x) - y1;
    [x % prime(), y % prime()]
}

/// Points of the curve, as values of the variables.
struct Values {
    points: [[BigInt; 2]; 2],
    z: BigInt,
    /// Of x₂ − x₁.
    inverse: BigInt,
}

impl Values {
    /// Multiples of the base point.
    fn new(times: usize) -> Self {
        let base = p256::NistP256::BASE_POINT.each_ref().map(big);
        let one = (0..times).fold(base.clone(), |sum, _| third_of_numbers(&sum, &base));
        let other = third_of_numbers(&third_of_numbers(&one, &one), &base);
        let inverse = inverse(&(&other[0] - &one[0]));
        Self { points: [one, other], z: BigInt::from(times) * 1234 + 5, inverse }
    }

    fn of(&self, polynomial: &Polynomial) -> BigInt {
        let [[x1, y1], [x2, y2]] = &self.points;
        let values = [x1, y1, &self.z, x2, y2, &self.inverse];
        polynomial.value(|Variable(index)| values[index].clone()) % prime()
    }
}

/// Whether the result is a valid form of the expected point, for some points.
fn are_right(result: &[Polynomial; 4], expected: impl Fn([&[BigInt; 2]; 2]) -> [BigInt; 2]) -> bool {
    (0..4).map(Values::new).all(|values| {
        let [x, y, zz, zzz] = result.each_ref().map(|polynomial| values.of(polynomial));
        let [expected_x, expected_y] = expected(values.points.each_ref());
        let zeros = [&x - expected_x * &zz, &y - expected_y * &zzz, &zz * &zz * &zz - &zzz * &zzz];
        zz != BigInt::ZERO && zeros.iter().all(|zero| zero % prime() == BigInt::ZERO)
    })
}
