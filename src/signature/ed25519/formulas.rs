//! What the formulas in [`point`](super::point) compute: polynomial identities, proved with symbolic field elements.
//!
//! The group law of −x² + y² = 1 + d·x²·y² is, with e = d·x₁·x₂·y₁·y₂:
//!
//! > x₃ = (x₁·y₂ + y₁·x₂) / (1 + e), y₃ = (y₁·y₂ + x₁·x₂) / (1 − e).
//!
//! The identities below are this without the fractions, for a point (x·Z, y·Z, Z, x·y·Z) with any Z. Those of sums hold over the
//! integers, for any numbers; the others hold for points of the curve.

use num_bigint::BigInt;

use super::{
    field::{Arithmetic, Element, ROOT_OF_MINUS_ONE},
    point::{Addend, D, FOUR_D, Point},
};
use crate::signature::proved::prover::{
    element::{Symbolic, number, power, with_square},
    faults::plant_faults,
    polynomial::{Polynomial, Variable},
};

impl Arithmetic for Symbolic {
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn plus(&self, other: &Self) -> Self {
        self.sum(*other)
    }

    fn minus(&self, other: &Self) -> Self {
        self.difference(*other)
    }

    fn times(&self, other: &Self) -> Self {
        self.product(*other)
    }

    fn square(&self) -> Self {
        Self::square(*self)
    }

    fn negated(&self) -> Self {
        Self::negated(*self)
    }
}

const X1: Variable = Variable(0);
const Y1: Variable = Variable(1);
const X2: Variable = Variable(2);
const Y2: Variable = Variable(3);
const Z: Variable = Variable(4);
const CURVE_D: Variable = Variable(5);
/// Half of y₂ + x₂, and half of y₂ − x₂: the parts of an addend.
const HALVES: [Variable; 2] = [Variable(6), Variable(7)];
/// 1 / 2·Z.
const INVERSE: Variable = Variable(8);
/// A square root of −1.
const ROOT: Variable = Variable(9);

fn variables<const N: usize>(variables: [Variable; N]) -> [Polynomial; N] {
    variables.map(Polynomial::variable)
}

/// The point (x₁, y₁).
fn point() -> Point<Symbolic> {
    let [x, y, z] = variables([X1, Y1, Z]);
    let product = x.clone() * y.clone() * z.clone();
    let [x, y, z, t] = [x * z.clone(), y * z.clone(), z, product].map(Symbolic::new);
    Point { x, y, z, t }
}

/// X, Y, Z and T.
fn coordinates(point: Point<Symbolic>) -> [Polynomial; 4] {
    [point.x, point.y, point.z, point.t].map(Symbolic::value)
}

/// The sum of two points by the group law: the dividends of x₃ and y₃, and e.
fn sum_of([x1, y1]: [&Polynomial; 2], [x2, y2]: [&Polynomial; 2]) -> [Polynomial; 3] {
    let x = x1.clone() * y2.clone() + y1.clone() * x2.clone();
    let y = y1.clone() * y2.clone() + x1.clone() * x2.clone();
    [x, y, Polynomial::variable(CURVE_D) * x1.clone() * x2.clone() * y1.clone() * y2.clone()]
}

/// −x² + y² − 1 − d·x²·y²: zero for points of the curve.
fn curve([x, y]: [&Polynomial; 2]) -> Polynomial {
    let [x, y] = [power(x, 2), power(y, 2)];
    y.clone() - x.clone() - number(1) - Polynomial::variable(CURVE_D) * x * y
}

/// Whether it is zero for all points of the curve: y² is (1 + x²) / (1 − d·x²), whose divisor is not zero, because d would be
/// the square of 1/x.
fn is_zero_on_curve(polynomial: Polynomial) -> bool {
    let square = |x| {
        let square = power(&Polynomial::variable(x), 2);
        [number(1) + square.clone(), number(1) - Polynomial::variable(CURVE_D) * square]
    };
    let ([dividend, divisor], [other_dividend, other_divisor]) = (square(X1), square(X2));
    let reduced = with_square(&polynomial, Y1, [&dividend, &divisor]);
    with_square(&reduced, Y2, [&other_dividend, &other_divisor]).is_zero()
}

/// Whether the result is the sum, as the group law has it, its T is X·Y/Z, and its Z is this, which is not zero. `is_zero` decides
/// which polynomials are zero.
fn is_sum(
    result: &[Polynomial; 4],
    [dividend_x, dividend_y, e]: &[Polynomial; 3],
    expected_z: Polynomial,
    is_zero: impl Fn(Polynomial) -> bool,
) -> bool {
    let [x, y, z, t] = result.clone();
    is_zero(x.clone() * (number(1) + e.clone()) - z.clone() * dividend_x.clone())
        && is_zero(y.clone() * (number(1) - e.clone()) - z.clone() * dividend_y.clone())
        && is_zero(x * y - z.clone() * t)
        && is_zero(z - expected_z)
}

/// Adds or subtracts (x₂, y₂), whose parts are any two numbers, so x₂ is their difference and y₂ their sum. Returns whether it is
/// proved, and whether the result is right for some points.
fn addition(is_subtracted: bool) -> [bool; 2] {
    let ([x1, y1, z, d], [plus, minus]) = (variables([X1, Y1, Z, CURVE_D]), variables(HALVES));
    let (x2, y2) = (plus.clone() - minus.clone(), plus.clone() + minus.clone());
    let parts = [plus, minus, d * x2.clone() * y2.clone()].map(Symbolic::new);
    let mut result = point();
    result.add(&Addend(parts), is_subtracted);
    let result = coordinates(result);
    let law = sum_of([&x1, &y1], [&if is_subtracted { -x2 } else { x2 }, &y2]);
    let expected_z = power(&z, 2) * (number(1) - power(&law[2], 2));
    let is_proved = is_sum(&result, &law, expected_z, |polynomial| polynomial.is_zero());
    [is_proved, are_right(&result, |one, [x2, y2]| sum_of_numbers(one, [if is_subtracted { -x2 } else { x2 }, y2]))]
}

/// Doubles (x₁, y₁), a point of the curve.
fn doubling() -> [bool; 2] {
    let [x1, y1, z] = variables([X1, Y1, Z]);
    let mut result = point();
    result.double();
    let result = coordinates(result);
    let law = sum_of([&x1, &y1], [&x1, &y1]);
    let expected_z = power(&z, 4) * (number(1) - power(&law[2], 2));
    [is_sum(&result, &law, expected_z, is_zero_on_curve), are_right(&result, |one, _| sum_of_numbers(one.clone(), one))]
}

/// Makes (x₁, y₁) an addend: twice the first two parts are y + x and y − x, and the third is d·x·y, because 2·Z · inverse is 1.
fn conversion() -> [bool; 2] {
    let [x, y, z, d, inverse] = variables([X1, Y1, Z, CURVE_D, INVERSE]);
    let Addend(parts) = point().addend(&Symbolic::new(inverse.clone()), &Symbolic::new(number(4) * d.clone()));
    let [plus, minus, product] = parts.map(Symbolic::value);
    // 2·Z · inverse − 1, which is zero.
    let zero = number(2) * z * inverse - number(1);
    let are_equal = |one: Polynomial, other: Polynomial| (one - other).is_zero();
    let is_proved =
        are_equal(number(2) * plus.clone() - (y.clone() + x.clone()), (y.clone() + x.clone()) * zero.clone())
            && are_equal(number(2) * minus.clone() - (y.clone() - x.clone()), (y.clone() - x.clone()) * zero.clone())
            && are_equal(
                product.clone() - d.clone() * x.clone() * y.clone(),
                d * x * y * zero.clone() * (zero + number(2)),
            );
    let (values, prime) = (Values::new(0), prime());
    let [x, y] = &values.points[0];
    let expected = [y + x, y - x, numbers().d * x * y * 2];
    let is_right = [plus, minus, product]
        .iter()
        .zip(expected)
        .all(|(part, expected)| (values.of(part) * 2 - expected) % &prime == BigInt::ZERO);
    [is_proved, is_right]
}

/// Negates (x₁, y₁).
fn negation() -> [bool; 2] {
    let [x, y, z, t] = coordinates(point());
    let result = coordinates(point().negated());
    [result == [-x, y, z, -t], are_right(&result, |[x, y], _| [-x, y])]
}

#[test]
fn sums_and_differences_are_those_of_the_group_law() {
    plant_faults("edwards25519: sum", || addition(false));
    plant_faults("edwards25519: difference", || addition(true));
}

#[test]
fn doubles_are_those_of_the_group_law() {
    plant_faults("edwards25519: double", doubling);
}

#[test]
fn addends_and_opposites_are_those_of_the_point() {
    plant_faults("edwards25519: addend", conversion);
    plant_faults("edwards25519: opposite", negation);
    // The neutral element is (0, 1), with Z = 1.
    assert_eq!(coordinates(Point::NEUTRAL), [number(0), number(1), number(1), number(0)]);
}

#[test]
fn sums_of_points_of_the_curve_are_on_the_curve() {
    let [x1, y1, x2, y2] = variables([X1, Y1, X2, Y2]);
    let [x, y, e] = sum_of([&x1, &y1], [&x2, &y2]);
    let [less, more] = [power(&(number(1) - e.clone()), 2), power(&(number(1) + e), 2)];
    let [x, y] = [power(&x, 2), power(&y, 2)];
    // The equation of the sum, times (1 + e)² · (1 − e)².
    let equation =
        y.clone() * more.clone() - x.clone() * less.clone() - more * less - Polynomial::variable(CURVE_D) * x * y;
    assert!(is_zero_on_curve(equation.clone()));
    // It is for points of the curve only.
    assert!(!equation.is_zero() && !is_zero_on_curve(equation + number(1)));
}

/// e is never 1 or −1. Otherwise, d would be the square of ((r·x₁ + s·e·y₁) / (x₁·y₁·(r·x₂ + s·y₂))), where r² is −1, and s is
/// 1 or −1, such that r·x₂ + s·y₂ is not zero. If it were zero for both, so would be x₂ and y₂, and with them e.
#[test]
fn no_denominator_is_zero() {
    let [x1, y1, x2, y2, d, root] = variables([X1, Y1, X2, Y2, CURVE_D, ROOT]);
    let [_, _, e] = sum_of([&x1, &y1], [&x2, &y2]);
    for s in [1, -1].map(number) {
        let one = power(&(root.clone() * x1.clone() + s.clone() * e.clone() * y1.clone()), 2);
        let other = power(&(root.clone() * x2.clone() + s * y2.clone()), 2);
        let product = d.clone() * power(&(x1.clone() * y1.clone()), 2);
        // Zero: the curve's equation of both points, e² − 1, and r² + 1.
        let zeros = [curve([&x1, &y1]), curve([&x2, &y2]), power(&e, 2) - number(1), power(&root, 2) + number(1)];
        let factors =
            [number(1), -product.clone(), power(&y1, 2) - number(1), power(&x1, 2) - product.clone() * power(&x2, 2)];
        let combination = zeros.into_iter().zip(factors).map(|(zero, factor)| zero * factor);
        let combination = combination.fold(number(0), |sum, term| sum + term);
        assert!((one - product * other - combination).is_zero());
    }
}

/// Euler's criterion: a square, raised to (p − 1) / 2, is 1 or 0.
#[test]
fn d_is_no_square_and_minus_one_is_one() {
    let (Numbers { d, four_d, root }, prime) = (numbers(), prime());
    assert_eq!((&d * 121_666 + 121_665) % &prime, BigInt::ZERO);
    assert_eq!(&d * 4 % &prime, four_d);
    assert_eq!((&root * &root + 1) % &prime, BigInt::ZERO);
    let criterion = |number: &BigInt| number.modpow(&((&prime - 1) / 2), &prime);
    assert_eq!(criterion(&d), &prime - 1);
    assert_eq!(criterion(&(&d * &d)), 1.into());
}

struct Numbers {
    d: BigInt,
    four_d: BigInt,
    root: BigInt,
}

/// The constants of the code.
fn numbers() -> Numbers {
    let number = |element: Element| BigInt::from_bytes_le(num_bigint::Sign::Plus, &element.to_bytes());
    Numbers { d: number(D), four_d: number(FOUR_D), root: number(ROOT_OF_MINUS_ONE) }
}

fn prime() -> BigInt {
    (BigInt::from(1) << 255) - 19
}

fn inverse(of: &BigInt) -> BigInt {
    of.modinv(&prime()).unwrap()
}

/// The group law, with numbers.
fn sum_of_numbers([x1, y1]: [BigInt; 2], [x2, y2]: [BigInt; 2]) -> [BigInt; 2] {
    let e = numbers().d * &x1 * &x2 * &y1 * &y2;
    let [x, y] = [&x1 * &y2 + &y1 * &x2, &y1 * &y2 + &x1 * &x2];
    [x * inverse(&(1 + &e)) % prime(), y * inverse(&(1 - e)) % prime()]
}

/// Points of the curve, as values of the variables.
struct Values {
    points: [[BigInt; 2]; 2],
    z: BigInt,
}

impl Values {
    /// Multiples of the point with y = 4/5 (RFC 8032 §5.1).
    fn new(times: usize) -> Self {
        let prime = prime();
        let y: BigInt = 4 * inverse(&5.into()) % &prime;
        let square: BigInt = (&y * &y - 1) * inverse(&(numbers().d * &y * &y + 1)) % &prime;
        // (p + 3) / 8, as in RFC 8032 §5.1.3.
        let root = square.modpow(&((&prime + 3) / 8), &prime);
        let is_root = (&root * &root - &square) % &prime == BigInt::ZERO;
        let base = [if is_root { root } else { root * numbers().root % &prime }, y];
        let one = (0..times).fold(base.clone(), |sum, _| sum_of_numbers(sum, base.clone()));
        let other = sum_of_numbers(one.clone(), sum_of_numbers(one.clone(), base));
        Self { points: [one, other], z: BigInt::from(times) * 1234 + 5 }
    }

    fn of(&self, polynomial: &Polynomial) -> BigInt {
        let ([[x1, y1], [x2, y2]], half) = (&self.points, inverse(&2.into()));
        let value = |variable| match variable {
            X1 => x1.clone(),
            Y1 => y1.clone(),
            X2 => x2.clone(),
            Y2 => y2.clone(),
            Z => self.z.clone(),
            CURVE_D => numbers().d,
            INVERSE => inverse(&(2 * &self.z)),
            variable if variable == HALVES[0] => (y2 + x2) * &half,
            variable if variable == HALVES[1] => (y2 - x2) * &half,
            _ => panic!("no formula has this variable"),
        };
        polynomial.value(value) % prime()
    }
}

/// Whether the result is a valid form of the expected point, for some points.
fn are_right(result: &[Polynomial; 4], expected: impl Fn([BigInt; 2], [BigInt; 2]) -> [BigInt; 2]) -> bool {
    (0..4).map(Values::new).all(|values| {
        let [x, y, z, t] = result.each_ref().map(|polynomial| values.of(polynomial));
        let [one, other] = values.points.clone();
        let [expected_x, expected_y] = expected(one, other);
        let zeros = [&x - expected_x * &z, &y - expected_y * &z, &x * &y - &t * &z];
        z != BigInt::ZERO && zeros.iter().all(|zero| zero % prime() == BigInt::ZERO)
    })
}
