//! What happens to the limbs of numbers.

use std::{format, vec::Vec};

use num_bigint::BigInt;

use super::super::tests::{Number, moduli};
use crate::signature::proved::{
    limbs::{combine, multiple, scaled_sum},
    prover::{
        faults::{Faulty, plant_faults, restart},
        polynomial::{Polynomial, Variable},
        signed::{SignedSymbol, assume, forget_all},
    },
    signed::{LIMB_BITS, Signed},
};

/// A word that the code is run with: symbolic, or the machine's.
trait Made: Signed {
    /// Any word in this interval, or this one.
    fn made(bounds: [BigInt; 2], value: BigInt) -> Faulty<Self>;

    /// Assumes of a row (u, v) of the matrix that |u| + |v| ≤ 2⁶².
    fn assume_row(_: [Self; 2]) {}
}

impl Made for SignedSymbol {
    fn made(bounds: [BigInt; 2], value: BigInt) -> Faulty<Self> {
        Faulty(if bounds[0] == bounds[1] { Self::constant(value) } else { Self::input(bounds, value) })
    }

    fn assume_row([u, v]: [Self; 2]) {
        assume(u.value() + v.value(), [-power(62), power(62)]);
    }
}

impl Made for i64 {
    fn made(_: [BigInt; 2], value: BigInt) -> Faulty<Self> {
        Faulty(value.try_into().unwrap())
    }
}

fn power(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

/// A number from `least` to `most`, in limbs: the most significant one is then between those of the two, and the others are any.
fn made<S: Made>([least, most]: [&BigInt; 2], value: &BigInt, length: usize) -> Vec<Faulty<S>> {
    let limb = |index: usize| {
        let shift = LIMB_BITS * u32::try_from(index).unwrap();
        let bounds = [least >> shift, most >> shift];
        if index + 1 == length {
            return S::made(bounds, value >> shift);
        }
        let low = |number: BigInt| &number - (&number >> LIMB_BITS << LIMB_BITS);
        let own = low(value >> shift);
        let bounds = if least == most { [own.clone(), own.clone()] } else { [BigInt::ZERO, power(LIMB_BITS) - 1] };
        S::made(bounds, own)
    };
    (0..length).map(limb).collect()
}

fn constant<S: Made>(value: &BigInt, length: usize) -> Vec<Faulty<S>> {
    made([value, value], value, length)
}

/// The numbers that the code is run with: a row of a matrix, and two numbers in limbs, with their bounds.
struct Inputs {
    row: [BigInt; 2],
    numbers: [BigInt; 2],
    bounds: [[BigInt; 2]; 2],
}

impl Inputs {
    fn row<S: Made>(&self) -> [Faulty<S>; 2] {
        let row = self.row.each_ref().map(|value| S::made([-power(62), power(62)], value.clone()));
        S::assume_row(row.map(|word| word.0));
        row
    }

    fn numbers<S: Made>(&self, n: &Number) -> Numbers<S> {
        let number = |index: usize| made(self.bounds[index].each_ref(), &self.numbers[index], n.limbs);
        [number(0), number(1)]
    }

    /// u and v times the numbers.
    fn sum(&self) -> BigInt {
        &self.row[0] * &self.numbers[0] + &self.row[1] * &self.numbers[1]
    }

    /// Inputs at the edges of what is assumed, and between.
    fn all(bounds: [[BigInt; 2]; 2]) -> Vec<Self> {
        let one: BigInt = power(62);
        let rows = [[&one - 1, 1.into()], [-&one + 5, 3.into()], [0.into(), -&one], [one.clone(), 0.into()]];
        let between = [[1.into(), 3.into()], [-power(60), power(61)], [power(61) - 1, 1 - power(61)]];
        let number = |[least, most]: &[BigInt; 2], at: u32| match at {
            0 => least.clone(),
            1 => most.clone(),
            2 => least + 1,
            _ => least + (most - least) * BigInt::from(at * at) / 97,
        };
        let of_row = |row: &[BigInt; 2]| {
            let pairs = [(0, 0), (1, 1), (0, 1), (1, 0), (2, 1), (3, 8), (5, 4), (9, 7), (6, 6)];
            let (row, bounds) = (row.clone(), bounds.clone());
            pairs.map(|(one, other)| Self {
                row: row.clone(),
                numbers: [number(&bounds[0], one), number(&bounds[1], other)],
                bounds: bounds.clone(),
            })
        };
        rows.iter().chain(&between).flat_map(of_row).collect()
    }
}

/// Two numbers that the code is run with.
type Numbers<S> = [Vec<Faulty<S>>; 2];

/// Limbs, and the limb below them that the code leaves out.
struct Output<S> {
    remainder: S,
    result: Vec<S>,
}

impl Output<SignedSymbol> {
    /// remainder + 2⁶² · result.
    fn total(&self) -> Polynomial {
        self.remainder.value() + Polynomial::constant(power(LIMB_BITS)) * SignedSymbol::number(&self.result)
    }

    /// Whether the remainder and all limbs but the most significant one are from 0 to 2⁶² − 1.
    fn is_proper(&self) -> bool {
        let lower = &self.result[..self.result.len() - 1];
        lower.iter().chain([&self.remainder]).all(|limb| is_limb(&limb.bounds()))
    }
}

impl Output<i64> {
    fn result(&self) -> BigInt {
        self.result.iter().rev().fold(BigInt::ZERO, |high, limb| (high << LIMB_BITS) + limb)
    }

    fn is_proper(&self) -> bool {
        let lower = &self.result[..self.result.len() - 1];
        lower.iter().chain([&self.remainder]).all(|limb| (0..1 << LIMB_BITS).contains(limb))
    }
}

fn is_limb([least, most]: &[BigInt; 2]) -> bool {
    BigInt::ZERO <= *least && *most < power(LIMB_BITS)
}

fn run<S: Made>(factors: [Faulty<S>; 3], numbers: [&[Faulty<S>]; 3]) -> Output<S> {
    let mut result = constant(&BigInt::ZERO, numbers[0].len());
    let remainder = scaled_sum(factors, numbers, &mut result).0;
    Output { remainder, result: result.into_iter().map(|limb| limb.0).collect() }
}

fn unwrapped(limbs: &[Faulty<SignedSymbol>]) -> Polynomial {
    SignedSymbol::number(&limbs.iter().map(|limb| limb.0).collect::<Vec<_>>())
}

/// The matrix on (f, g), for one row: remainder + 2⁶² · result is u·f + v·g, with a remainder below 2⁶². So if the sum is a multiple
/// of 2⁶², the remainder is zero. Returns whether it is proved, and whether it is right for some inputs.
fn application(n: &Number) -> [bool; 2] {
    fn code<S: Made>(inputs: &Inputs, n: &Number) -> ([Faulty<S>; 2], Numbers<S>, Output<S>) {
        restart();
        let ([u, v], [f, g], none) = (inputs.row(), inputs.numbers(n), constant(&BigInt::ZERO, n.limbs));
        let output = run([u, v, none[0]], [&f, &g, &none]);
        ([u, v], [f, g], output)
    }
    let bounds = [-&n.value, n.value.clone()];
    let all = Inputs::all([bounds.clone(), bounds]);
    let proof = || {
        forget_all();
        let ([u, v], [f, g], output) = code::<SignedSymbol>(&all[5], n);
        let expected = u.0.value() * unwrapped(&f) + v.0.value() * unwrapped(&g);
        output.total() == expected && output.is_proper()
    };
    let is_right = |inputs: &Inputs| {
        let output = code::<i64>(inputs, n).2;
        output.is_proper() && power(LIMB_BITS) * output.result() + output.remainder == inputs.sum()
    };
    [holds(proof), all.iter().all(is_right)]
}

/// The same on (d, e), of these signs, modulo n: with n added to each of d and e that is negative, 2⁶² · result is u·d + v·e, minus
/// n times a number from 0 to 2⁶² − 1.
fn application_modulo(n: &Number, are_negative: [bool; 2]) -> [bool; 2] {
    type Words<S> = [Faulty<S>; 3];
    fn code<S: Made>(inputs: &Inputs, n: &Number, are_negative: [bool; 2]) -> (Words<S>, Numbers<S>, Output<S>) {
        restart();
        let ([u, v], [d, e], modulus) = (inputs.row(), inputs.numbers(n), constant(&n.value, n.limbs));
        let inverse = BigInt::from(n.inverse);
        let factor = multiple(S::made([inverse.clone(), inverse.clone()], inverse), [u, v], [d[0], e[0]], are_negative);
        let output = run([u, v, factor], [&d, &e, &modulus]);
        ([u, v, factor], [d, e], output)
    }
    let bounds = |is_negative| if is_negative { [1 - 2 * &n.value, (-1).into()] } else { [BigInt::ZERO, &n.value - 1] };
    let all = Inputs::all(are_negative.map(bounds));
    let proof = || {
        forget_all();
        let ([u, v, factor], numbers, output) = code::<SignedSymbol>(&all[5], n, are_negative);
        let (mut expected, mut added) = (Polynomial::default(), Polynomial::default());
        for ((factor, number), is_negative) in [u, v].iter().zip(&numbers).zip(are_negative) {
            let n = if is_negative { n.value.clone() } else { BigInt::ZERO };
            expected = expected + factor.0.value() * (unwrapped(number) + Polynomial::constant(n));
            added = if is_negative { added + factor.0.value() } else { added };
        }
        let subtracted = added - factor.0.value();
        let expected = expected - subtracted.clone() * Polynomial::constant(n.value.clone());
        let is_subtracted_a_limb = SignedSymbol::known_bounds(&subtracted).is_some_and(|bounds| is_limb(&bounds));
        output.total() == expected && output.remainder.value().is_zero() && output.is_proper() && is_subtracted_a_limb
    };
    let is_right = |inputs: &Inputs| {
        let output = code::<i64>(inputs, n, are_negative).2;
        let result = output.result();
        let is_congruent = (power(LIMB_BITS) * &result - inputs.sum()) % &n.value == BigInt::ZERO;
        output.is_proper() && output.remainder == 0 && is_congruent && -2 * &n.value < result && result < n.value
    };
    [holds(proof), all.iter().all(is_right)]
}

/// Sums and differences of numbers from −2n to 2n are exact.
fn combination(n: &Number, is_sum: bool) -> [bool; 2] {
    fn code<S: Made>(inputs: &Inputs, n: &Number, is_sum: bool) -> (Numbers<S>, Output<S>) {
        restart();
        let [one, other] = inputs.numbers(n);
        let mut result = one.clone();
        combine(&mut result, &other, if is_sum { Signed::sum } else { Signed::difference });
        let result = result.into_iter().map(|limb| limb.0).collect();
        ([one, other], Output { remainder: S::ZERO, result })
    }
    let bounds = [-2 * &n.value, 2 * &n.value];
    let all = Inputs::all([bounds.clone(), bounds]);
    let proof = || {
        forget_all();
        let ([one, other], output) = code::<SignedSymbol>(&all[5], n, is_sum);
        let [one, other] = [one, other].map(|limbs| unwrapped(&limbs));
        SignedSymbol::number(&output.result) == (if is_sum { one + other } else { one - other }) && output.is_proper()
    };
    let is_right = |inputs: &Inputs| {
        let output = code::<i64>(inputs, n, is_sum).1;
        let [one, other] = &inputs.numbers;
        output.is_proper() && output.result() == if is_sum { one + other } else { one - other }
    };
    [holds(proof), all.iter().all(is_right)]
}

/// Whether the proof succeeds. Some faults break a bound, which is a rejection, too.
fn holds(proof: impl FnOnce() -> bool) -> bool {
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(proof)).unwrap_or(false)
}

#[test]
fn matrices_are_applied_exactly() {
    for n in moduli() {
        plant_faults(&format!("{}: f and g", n.name), || application(&n));
    }
}

#[test]
fn matrices_are_applied_modulo_n() {
    for n in moduli() {
        for signs in [[false, false], [false, true], [true, false], [true, true]] {
            plant_faults(&format!("{}: d and e, negative {signs:?}", n.name), || application_modulo(&n, signs));
        }
    }
}

#[test]
fn sums_and_differences_are_exact() {
    for n in moduli() {
        plant_faults(&format!("{}: sum", n.name), || combination(&n, true));
        plant_faults(&format!("{}: difference", n.name), || combination(&n, false));
    }
}

/// The ranges that numbers are assumed in are kept. A linear function of (u, v) and of (d, e), each in a convex set, is largest and
/// smallest in corners of both.
#[test]
fn ranges_are_kept() {
    let rows = [[1, 0], [-1, 0], [0, 1], [0, -1]].map(|row| row.map(|sign| sign * power(62)));
    for Number { value: n, inverse, .. } in moduli() {
        let extremes = |most: &BigInt| {
            let corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]].map(|corner| corner.map(|sign| sign * most));
            let sums = rows.iter().flat_map(|[u, v]| corners.iter().map(move |[d, e]| u * d + v * e));
            let sums: Vec<BigInt> = sums.collect();
            [sums.iter().min().unwrap().clone(), sums.iter().max().unwrap().clone()]
        };
        // f and g, from −n to n.
        let [least, most] = extremes(&n);
        assert!(-power(62) * &n <= least && most <= power(62) * &n);
        // d and e, above −n and below n after n was added to what was negative; then n is subtracted at most 2⁶² − 1 times.
        let [least, most] = extremes(&(&n - 1));
        assert!(-2 * power(62) * &n < least - (power(62) - 1) * &n && most < power(62) * &n);
        // The inverse is one, so the multiple is the right one.
        assert_eq!((&n * inverse - 1) % power(62), BigInt::ZERO);
        assert_eq!(&n % 2, BigInt::from(1));
    }
}

/// 2⁶² · d' ≡ u·d + v·e and 2⁶² · f' = u·f + v·g: then d'·s ≡ f'·x, because 2⁶² has an inverse modulo n.
#[test]
fn congruences_are_kept() {
    let [d, e, f, g, s, x, u, v] = core::array::from_fn(|index| Polynomial::variable(Variable(index)));
    let (of_d, of_f) = (u.clone() * d.clone() + v.clone() * e.clone(), u.clone() * f.clone() + v.clone() * g.clone());
    let [before, other_before] = [d * s.clone() - f * x.clone(), e * s.clone() - g * x.clone()];
    assert!((of_d * s - of_f * x - (u * before + v * other_before)).is_zero());
}
