//! What divsteps on the lowest bits do to two numbers.

use num_bigint::BigInt;

use crate::signature::proved::{
    divsteps::{Residue, Steps, negated_quotient_4, negated_quotient_6},
    prover::{
        element::{Symbolic, number},
        faults::{plant_faults, planted},
        polynomial::{Polynomial, Variable},
    },
};

/// 2^`times`, for any number of times.
const TWO_TO_TIMES: Variable = Variable(0);

impl Residue for Symbolic {
    const ZERO: Self = Self::ZERO;
    const ONE: Self = Self::ONE;

    fn sum(self, other: Self) -> Self {
        Self::sum(self, other)
    }

    fn difference(self, other: Self) -> Self {
        Self::difference(self, other)
    }

    fn product(self, other: Self) -> Self {
        Self::product(self, other)
    }

    /// Not, twice, or halved.
    fn doubled(self, _: u32) -> Self {
        let (own, factor) = (self.value(), Polynomial::variable(TWO_TO_TIMES));
        Self::new(match planted() {
            Some(0) => own,
            Some(1) => own * factor.clone() * factor,
            Some(_) => own + factor,
            None => own * factor,
        })
    }

    /// Not, not all, or doubled.
    fn halved(self, _: u32) -> Self {
        let (own, factor) = (self.value(), Polynomial::variable(TWO_TO_TIMES));
        let quotient = |(variables, coefficient): (&[Variable], &BigInt)| {
            let at =
                variables.iter().position(|variable| *variable == TWO_TO_TIMES).expect("it divides without remainder");
            let others = variables.iter().enumerate().filter(|(index, _)| *index != at);
            others.fold(Polynomial::constant(coefficient.clone()), |product, (_, other)| {
                product * Polynomial::variable(*other)
            })
        };
        let halved = own.terms().map(quotient).fold(number(0), |sum, term| sum + term);
        Self::new(match planted() {
            Some(0) => own,
            Some(1) => halved + number(1),
            Some(_) => own * factor,
            None => halved,
        })
    }
}

/// A part of the steps.
#[derive(Clone, Copy)]
enum Part {
    Halve,
    Swap,
    Add,
}

/// Where (u, v; q, r) · (F, G) is 2^steps · (f, g) before a part, it is so after it. For any numbers; `Halve` has a g that is divisible.
fn part_keeps_the_relation(part: Part) -> [bool; 2] {
    let [times, f, g, u, v, q, r, first_f, first_g, scale, w] =
        core::array::from_fn(|index| Polynomial::variable(Variable(index)));
    let g = if matches!(part, Part::Halve) { g * times.clone() } else { g };
    let relations = |[f, g, u, v, q, r]: [Polynomial; 6], scale: &Polynomial| {
        let one = u * first_f.clone() + v * first_g.clone() - scale.clone() * f;
        [one, q * first_f.clone() + r * first_g.clone() - scale.clone() * g]
    };
    let inputs = [f, g, u, v, q, r];
    let [of_f, of_g] = relations(inputs.clone(), &scale);
    let [f, g, u, v, q, r] = inputs.map(Symbolic::new);
    let mut steps = Steps { f, g, u, v, q, r };
    // What is zero before, in terms of which what should be zero afterwards is zero, too.
    let (scale, combinations) = match part {
        Part::Halve => {
            steps.halve(1);
            (scale * times.clone(), [times * of_f, of_g])
        }
        Part::Swap => {
            steps.swap();
            (scale, [of_g, -of_f])
        }
        Part::Add => {
            steps.add(Symbolic::new(w.clone()));
            (scale, [of_f.clone(), of_g + w * of_f])
        }
    };
    let Steps { f, g, u, v, q, r } = steps;
    let after = relations([f, g, u, v, q, r].map(Symbolic::value), &scale);
    let is_proved = after == combinations;
    // The same for some numbers: the third to the sixth power of three, say.
    let value = |polynomial: &Polynomial| polynomial.value(|Variable(index)| BigInt::from(3).pow(index as u32 + 1) + 1);
    [is_proved, after.each_ref().map(value) == combinations.each_ref().map(value)]
}

#[test]
fn each_part_of_the_steps_keeps_the_relation() {
    plant_faults("divsteps: halve", || part_keeps_the_relation(Part::Halve));
    plant_faults("divsteps: swap", || part_keeps_the_relation(Part::Swap));
    plant_faults("divsteps: add", || part_keeps_the_relation(Part::Add));
}

/// |u| + |v| ≤ S and |q| + |r| ≤ S, with S = 2^steps, are kept. Halving by 2^k doubles the former as often as S. An addition of w < 2^k,
/// which k halvings follow, leaves |q| + |r| + w · (|u| + |v|) ≤ 2^k · S: with a, b, c ≥ 0 for what is missing from S, S and 2^k − 1, the
/// difference has no negative term.
#[test]
fn the_matrix_stays_within_its_bounds() {
    let [a, b, c, w, s] = core::array::from_fn(|index| Polynomial::variable(Variable(index)));
    let two_to_k = w.clone() + c.clone() + number(1);
    let [of_u, of_q] = [s.clone() - a.clone(), s.clone() - b.clone()];
    let missing = two_to_k * s.clone() - (of_q + w.clone() * of_u);
    assert!((missing.clone() - (w * a + b + c * s)).is_zero());
    assert!(missing.terms().all(|(_, coefficient)| *coefficient > BigInt::ZERO));
}

/// The factors depend on the lowest 4 or 6 bits, and these are all of them.
#[test]
fn factors_clear_the_lowest_bits() {
    for f in (1..64).step_by(2) {
        for g in (1..64).step_by(2) {
            for high in [0, 64, u64::MAX << 6] {
                let (f, g) = (f | high, g | high.rotate_left(1));
                let sum = |times: u64| f.wrapping_mul(times).wrapping_add(g);
                assert!(sum(negated_quotient_6(f, g)) % 64 == 0 && negated_quotient_6(f, g) < 64);
                assert!(sum(negated_quotient_4(f, g)) % 16 == 0 && negated_quotient_4(f, g) < 16);
                // Fewer bits of the factor clear as many bits.
                for bits in 1..6 {
                    assert_eq!(sum(negated_quotient_6(f, g) & ((1 << bits) - 1)) % (1 << bits), 0);
                    assert_eq!(sum(negated_quotient_4(f, g) & ((1 << bits.min(4)) - 1)) % (1 << bits.min(4)), 0);
                }
            }
        }
    }
}

/// A step with δ > 0 and an odd g, to (g, (g − f) / 2), is a swap, an addition and one halving. Several steps without a swap, each of
/// which adds f if g is odd, and halves, are one addition and as many halvings.
#[test]
fn parts_make_up_the_steps_of_the_definition() {
    let [times, f, g, u, v, q, r, w0, w1] = core::array::from_fn(|index| Polynomial::variable(Variable(index)));
    let steps = |parts: [&Polynomial; 6]| {
        let [f, g, u, v, q, r] = parts.map(|part| Symbolic::new(part.clone()));
        Steps { f, g, u, v, q, r }
    };
    let values = |Steps { f, g, u, v, q, r }: Steps<Symbolic>| [f, g, u, v, q, r].map(Symbolic::value);

    // 2 · g' is g − f.
    let sum = f.clone() + times.clone() * g.clone();
    let mut swapped = steps([&f, &sum, &u, &v, &q, &r]);
    swapped.swap();
    swapped.add(Symbolic::ONE);
    swapped.halve(1);
    let (of_u, of_v) = (times.clone() * q.clone(), times.clone() * r.clone());
    assert_eq!(values(swapped), [sum, g.clone(), of_u, of_v, q.clone() - u.clone(), r.clone() - v.clone()]);

    // With g such that both halvings have no remainder, where the additions are those of w0 and w1.
    let all = w0.clone() + times.clone() * w1.clone();
    let g = times.clone() * times * g - f.clone() * all.clone();
    let mut one_by_one = steps([&f, &g, &u, &v, &q, &r]);
    let mut at_once = one_by_one;
    for factor in [w0, w1] {
        one_by_one.add(Symbolic::new(factor));
        one_by_one.halve(1);
    }
    at_once.add(Symbolic::new(all));
    at_once.halve(1);
    at_once.halve(1);
    assert_eq!(values(one_by_one), values(at_once));
}

/// 1 − odd · x' is (1 − odd · x)², for the next inverse x' = x · (2 − odd · x): five times from 3 bits are 96 bits.
#[test]
fn newton_steps_double_the_correct_bits() {
    let [odd, x] = core::array::from_fn(|index| Polynomial::variable(Variable(index)));
    let error = number(1) - odd.clone() * x.clone();
    let next = x.clone() * (number(2) - odd.clone() * x);
    assert!((number(1) - odd * next - error.clone() * error).is_zero());
    for odd in (1..8_u8).step_by(2) {
        assert_eq!(odd * odd % 8, 1);
    }
}
