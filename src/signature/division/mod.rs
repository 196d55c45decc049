//! Division modulo a prime, by the divsteps of Bernstein and Yang ("Fast constant-time gcd computation and modular inversion",
//! 2019), in batches of 62 like libsecp256k1, in variable time.
//!
//! A divstep maps (δ, f, g), with f odd, to (1 − δ, g, (g − f)/2) if δ > 0 and g is odd, and otherwise to
//! (1 + δ, f, (g + (g mod 2)·f)/2). Starting from (1, n, s), divsteps reach g = 0 and f = ±gcd(n, s); for numbers below 2^b
//! with b ≥ 46, this takes at most ⌊(49 b + 57)/17⌋ steps (theorem 11.2). The effect of 62 steps depends on the lowest 62
//! bits only. It is a matrix of integers, which is applied to (f, g), and the result is divided by 2⁶². If d·s ≡ f·x and
//! e·s ≡ g·x (mod n), then both still hold after the same matrix is applied to (d, e) and the result is divided by 2⁶²
//! modulo n. So if (d, e) starts as (0, x), ±d ends as x / s.
//!
//! `theorems` proves for all inputs, in tests, what the parts of this compute: the steps, the matrix, and its application.
//!
//! **Bounds.** A matrix (u, v; q, r) has |u| + |v| ≤ 2⁶² and |q| + |r| ≤ 2⁶²: each divstep at most doubles these sums.
//! f and g stay within −n and n. d and e stay above −2n and below n: see [`Modulus::scaled_sum`]. With n < 2^(62·L−2)
//! all of them have L limbs, of which the most significant carries the sign. Sums of products are below 3 · 2¹²⁴ and fit
//! an `i128`.

use super::integer::{Integer, LimbArray};
use super::inverse::inverse;
use super::proved::{
    divsteps::{Steps, negated_quotient_4, negated_quotient_6},
    limbs,
    signed::{LIMB_BITS, LIMB_MASK},
};

/// An odd prime, with the constants for division by 2⁶² modulo it.
pub struct Modulus<Limbs> {
    value: Integer<Limbs>,
    /// Its inverse modulo 2⁶².
    inverse: i64,
    /// Its length in bits, at least 46.
    bits: u32,
}

impl<const LENGTH: usize> Modulus<[i64; LENGTH]> {
    /// Reads the hexadecimal digits of a prime of `bits` bits.
    pub(super) const fn new(bits: u32, digits: &str) -> Self {
        let value = Integer::from_hex(digits);
        let lowest = match value.0.as_slice() {
            [lowest, ..] => *lowest,
            [] => 1,
        };
        Self { value, inverse: inverse(lowest.cast_unsigned()).cast_signed() & LIMB_MASK, bits }
    }
}

impl<Limbs: LimbArray> Modulus<Limbs> {
    pub(super) const fn value(&self) -> &Integer<Limbs> {
        &self.value
    }

    /// Returns `numerator / denominator` for each numerator. All numbers must be below the modulus. With a denominator of
    /// zero, the quotients are zero.
    ///
    /// It runs in variable time and must not be used for secrets.
    // On boards, one function for all callers.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(super) fn quotients<const COUNT: usize>(
        &self,
        numerators: [Integer<Limbs>; COUNT],
        denominator: &Integer<Limbs>,
    ) -> [Integer<Limbs>; COUNT] {
        let mut pairs = numerators.map(|numerator| (Integer::ZERO, numerator));
        let (mut f, mut g) = (self.value, *denominator);
        let mut negated_delta = -1;
        for _ in 0..self.batches() {
            let matrix = Matrix::of_divsteps(&mut negated_delta, &f, &g);
            for (d, e) in &mut pairs {
                matrix.apply_modulo(self, d, e);
            }
            matrix.apply(&mut f, &mut g);
            if g.is_zero() {
                break;
            }
        }
        // f is 1 or −1.
        pairs.map(|(d, _)| self.reduced(d, f.is_negative()))
    }

    /// Batches of 62 after which g is zero.
    const fn batches(&self) -> u32 {
        (49_u32.wrapping_mul(self.bits).wrapping_add(57) / 17).div_ceil(LIMB_BITS)
    }

    /// Reduces d, or −d, to 0 to n − 1. d is above −2n and below n.
    fn reduced(&self, d: Integer<Limbs>, is_negated: bool) -> Integer<Limbs> {
        let raised = |number: Integer<Limbs>| if number.is_negative() { number.sum(&self.value) } else { number };
        let above_minus_n = raised(d);
        raised(if is_negated { Integer::ZERO.difference(&above_minus_n) } else { above_minus_n })
    }
}

/// What 62 divsteps do to (f, g), times 2⁶².
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

impl Matrix {
    #[inline(always)]
    fn of_divsteps<Limbs: LimbArray>(negated_delta: &mut i64, f: &Integer<Limbs>, g: &Integer<Limbs>) -> Self {
        let mut steps = Steps::new([f, g].map(|number| number.lowest().cast_unsigned()));
        let mut left = LIMB_BITS;
        loop {
            // All steps with an even g at once: as many as g has trailing zeros, but no more than remain.
            let zeros = (steps.g | u64::MAX.wrapping_shl(left)).trailing_zeros();
            steps.halve(zeros);
            *negated_delta = negated_delta.wrapping_sub(i64::from(zeros));
            left = left.wrapping_sub(zeros);
            if left == 0 {
                let [u, v, q, r] = [steps.u, steps.v, steps.q, steps.r].map(u64::cast_signed);
                return Self { u, v, q, r };
            }
            // Now both are odd. Adding a multiple of f clears the lowest bits of g, one for each step until the next swap. The
            // inverse of f is known to 6 bits after a swap and to 4 bits otherwise, which limits the number of bits.
            let swaps = *negated_delta < 0;
            if swaps {
                *negated_delta = negated_delta.wrapping_neg();
                steps.swap();
            }
            let cancelled = u32::try_from(negated_delta.wrapping_add(1)).unwrap_or(u32::MAX).min(left);
            let times = if swaps { negated_quotient_6 } else { negated_quotient_4 }(steps.f, steps.g);
            steps.add(times & u64::MAX.wrapping_shr(64_u32.wrapping_sub(cancelled)));
        }
    }

    /// (f, g) ← matrix · (f, g) / 2⁶², which leaves no remainder.
    #[inline(always)]
    fn apply<Limbs: LimbArray>(&self, f: &mut Integer<Limbs>, g: &mut Integer<Limbs>) {
        let none = Integer::ZERO;
        (*f, *g) = (scaled_sum([self.u, self.v, 0], [f, g, &none]), scaled_sum([self.q, self.r, 0], [f, g, &none]));
    }

    /// (d, e) ← matrix · (d, e) / 2⁶² modulo n.
    #[inline(always)]
    fn apply_modulo<Limbs: LimbArray>(&self, n: &Modulus<Limbs>, d: &mut Integer<Limbs>, e: &mut Integer<Limbs>) {
        (*d, *e) = (n.scaled_sum([self.u, self.v], [d, e]), n.scaled_sum([self.q, self.r], [d, e]));
    }
}

impl<Limbs: LimbArray> Modulus<Limbs> {
    /// (u·d + v·e) / 2⁶² modulo n, above −2n and below n as d and e are.
    ///
    /// If d or e is negative, n is added to it, so that both are above −n and below n, and |u·d + v·e| < 2⁶² n. Then n is
    /// subtracted 0 to 2⁶² − 1 times to make the sum a multiple of 2⁶²: it is above −2 · 2⁶² n and below 2⁶² n.
    #[inline(always)]
    fn scaled_sum(&self, [u, v]: [i64; 2], [d, e]: [&Integer<Limbs>; 2]) -> Integer<Limbs> {
        let (lowest, are_negative) = ([d.lowest(), e.lowest()], [d.is_negative(), e.is_negative()]);
        scaled_sum([u, v, limbs::multiple(self.inverse, [u, v], lowest, are_negative)], [d, e, &self.value])
    }
}

/// The sum of three products, a multiple of 2⁶², divided by that.
#[inline(always)]
fn scaled_sum<Limbs: LimbArray>(factors: [i64; 3], numbers: [&Integer<Limbs>; 3]) -> Integer<Limbs> {
    let mut result = Integer::<Limbs>::ZERO;
    limbs::scaled_sum(factors, numbers.map(|number| number.0.as_ref()), result.0.as_mut());
    result
}

#[cfg(test)]
mod theorems;

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use num_bigint::{BigInt, BigUint, Sign};
    use proptest::prelude::*;

    use super::*;
    use crate::signature::ecdsa::Curve;

    /// 2²⁵⁵ − 19, of Ed25519.
    const P25519: Modulus<[i64; 5]> =
        Modulus::new(255, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

    fn big<Limbs: LimbArray>(number: &Integer<Limbs>) -> BigUint {
        BigUint::from_bytes_le(&number.to_le_bytes::<72>())
    }

    /// A modulus, for [`theorems`].
    pub(super) struct Number {
        pub(super) name: &'static str,
        pub(super) value: BigInt,
        /// Modulo 2⁶².
        pub(super) inverse: i64,
        pub(super) limbs: usize,
    }

    /// Each prime and order in use.
    pub(super) fn moduli() -> [Number; 7] {
        fn number<Limbs: LimbArray>(name: &'static str, modulus: &Modulus<Limbs>) -> Number {
            let value = BigInt::from_biguint(Sign::Plus, big(modulus.value()));
            Number { name, value, inverse: modulus.inverse, limbs: Limbs::ZERO.as_ref().len() }
        }
        [
            number("p of P-256", &p256::NistP256::PRIME),
            number("n of P-256", &p256::NistP256::GROUP_ORDER),
            number("p of P-384", &p384::NistP384::PRIME),
            number("n of P-384", &p384::NistP384::GROUP_ORDER),
            number("p of P-521", &p521::NistP521::PRIME),
            number("n of P-521", &p521::NistP521::GROUP_ORDER),
            number("2²⁵⁵ − 19", &P25519),
        ]
    }

    /// A divstep, as it is defined.
    fn step([delta, f, g]: [BigInt; 3]) -> [BigInt; 3] {
        let is_odd = g.bit(0);
        let (sum, difference): (BigInt, BigInt) = if is_odd { (&g + &f, &g - &f) } else { (g.clone(), g.clone()) };
        if is_odd && delta > BigInt::ZERO { [1 - delta, g, difference / 2] } else { [delta + 1, f, sum / 2] }
    }

    /// The matrix of 62 steps, and δ, are those of 62 steps one by one.
    fn agrees_with_single_steps(f: &BigUint, g: &BigUint, negated_delta: i64) {
        let mut after = negated_delta;
        let [of_f, of_g] = [f, g].map(|number| Integer::<[i64; 5]>::from_be_bytes(&number.to_bytes_be()));
        let Matrix { u, v, q, r } = Matrix::of_divsteps(&mut after, &of_f, &of_g);
        let [f, g] = [f, g].map(|number| BigInt::from_biguint(Sign::Plus, number.clone()));
        let [delta, next_f, next_g] = (0..62).fold([(-negated_delta).into(), f.clone(), g.clone()], |all, _| step(all));
        assert_eq!([&f * u + &g * v, &f * q + &g * r], [next_f << 62, next_g << 62]);
        assert_eq!(BigInt::from(-after), delta);
        let is_small = |one: i64, other: i64| i128::from(one).abs() + i128::from(other).abs() <= 1 << 62;
        assert!(is_small(u, v) && is_small(q, r));
    }

    #[test]
    fn matrices_at_the_edges_are_those_of_single_steps() {
        let power = |bits: u32| BigUint::from(1_u8) << bits;
        let numbers = [
            power(0),
            power(62) - 1_u8,
            power(62) + 1_u8,
            power(255) - 19_u8,
            power(61) * 3_u8 + 5_u8,
            power(100) / 3_u8,
        ];
        for f in numbers.iter().filter(|number| number.bit(0)) {
            for g in numbers.iter().chain(&[BigUint::ZERO, power(61), power(62), power(200), power(6) * 7_u8]) {
                for negated_delta in [-600, -63, -62, -5, -2, -1, 0, 1, 2, 3, 4, 5, 61, 62, 63, 600] {
                    agrees_with_single_steps(f, g, negated_delta);
                }
            }
        }
    }

    fn agrees<Limbs: LimbArray>(modulus: &Modulus<Limbs>, numerators: [&BigUint; 2], denominator: &BigUint) {
        let n = big(modulus.value());
        let number = |number: &BigUint| Integer::from_be_bytes(&(number % &n).to_bytes_be());
        let Some(inverse) = denominator.modinv(&n) else { return assert_eq!(denominator % &n, BigUint::ZERO) };
        let quotients = modulus.quotients(numerators.map(number), &number(denominator));
        for (quotient, numerator) in quotients.iter().zip(numerators) {
            assert_eq!(big(quotient), numerator * &inverse % &n);
        }
    }

    /// Checks the quotients modulo each prime and order in use.
    fn agrees_everywhere(numerators: [&BigUint; 2], denominator: &BigUint) {
        agrees(&p256::NistP256::PRIME, numerators, denominator);
        agrees(&p256::NistP256::GROUP_ORDER, numerators, denominator);
        agrees(&p384::NistP384::PRIME, numerators, denominator);
        agrees(&p384::NistP384::GROUP_ORDER, numerators, denominator);
        agrees(&p521::NistP521::PRIME, numerators, denominator);
        agrees(&p521::NistP521::GROUP_ORDER, numerators, denominator);
        agrees(&P25519, numerators, denominator);
    }

    #[test]
    fn quotients_at_the_edges_agree_with_big_numbers() {
        let mut edges: Vec<_> = [0_u8, 1, 2, 3].map(BigUint::from).into();
        for bits in [61, 62, 63, 124, 128, 255, 256, 310, 383, 384, 519, 520] {
            edges.extend([(BigUint::from(1_u8) << bits) - 1_u8, BigUint::from(1_u8) << bits]);
        }
        for n in [big(p256::NistP256::GROUP_ORDER.value()), big(p521::NistP521::PRIME.value()), big(P25519.value())] {
            edges.extend([&n - 1_u8, &n - 2_u8, &n >> 1, (&n >> 1) + 1_u8]);
        }
        for denominator in &edges {
            for numerator in &edges {
                agrees_everywhere([numerator, denominator], denominator);
            }
        }
    }

    #[test]
    fn division_by_zero_terminates() {
        // No caller divides by zero, except to invert sums over a table of arbitrary words.
        let modulus = p256::NistP256::PRIME;
        assert!(modulus.quotients([*modulus.value()], &Integer::ZERO).iter().all(|quotient| !quotient.is_negative()));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn matrices_are_those_of_single_steps(f: [u8; 32], g: [u8; 32], negated_delta in -70_i64..70) {
            let f = BigUint::from_bytes_be(&f) | BigUint::from(1_u8);
            agrees_with_single_steps(&f, &BigUint::from_bytes_be(&g), negated_delta);
        }

        #[test]
        fn quotients_of_any_numbers_agree_with_big_numbers(numbers: [[u8; 32]; 6]) {
            let [a, b, c] = [0, 2, 4].map(|at| BigUint::from_bytes_be(&numbers[at..at + 2].concat()) << 9);
            agrees_everywhere([&a, &b], &c);
        }
    }
}
