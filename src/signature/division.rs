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
//! **Bounds.** A matrix (u, v; q, r) has |u| + |v| ≤ 2⁶² and |q| + |r| ≤ 2⁶²: each divstep at most doubles these sums.
//! f and g stay within −n and n. d and e stay above −2n and below n: see [`Modulus::scaled_sum`]. With n < 2^(62·L−2)
//! all of them have L limbs, of which the most significant carries the sign. Sums of products are below 3 · 2¹²⁴ and fit
//! an `i128`.

use core::num::Wrapping;

use super::integer::{Integer, LIMB_BITS, LIMB_MASK, LimbArray, low_limb, low_word};
use super::inverse::inverse;

/// [`LIMB_BITS`], as the type of a shift.
const SHIFT: usize = 62;

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
        let lowest = |number: &Integer<Limbs>| number.0.as_ref().first().copied().unwrap_or(0).cast_unsigned();
        let (mut f, mut g) = (Wrapping(lowest(f)), Wrapping(lowest(g)));
        let (mut u, mut v) = (Wrapping(1_u64), Wrapping(0_u64));
        let (mut q, mut r) = (Wrapping(0_u64), Wrapping(1_u64));
        let zero = Wrapping(0);
        let mut left = LIMB_BITS;
        loop {
            // All steps with an even g at once: as many as g has trailing zeros, but no more than remain.
            let zeros = (g.0 | u64::MAX.wrapping_shl(left)).trailing_zeros();
            g = Wrapping(g.0.wrapping_shr(zeros));
            u = Wrapping(u.0.wrapping_shl(zeros));
            v = Wrapping(v.0.wrapping_shl(zeros));
            *negated_delta = negated_delta.wrapping_sub(i64::from(zeros));
            left = left.wrapping_sub(zeros);
            if left == 0 {
                return Self { u: u.0.cast_signed(), v: v.0.cast_signed(), q: q.0.cast_signed(), r: r.0.cast_signed() };
            }
            // Now both are odd. Adding a multiple w·f clears the lowest bits of g, one for each step until the next swap. The
            // inverse of f is known to 6 bits after a swap and to 4 bits otherwise, which limits the number of bits.
            let swaps = *negated_delta < 0;
            if swaps {
                *negated_delta = negated_delta.wrapping_neg();
                (f, g) = (g, zero - f);
                (u, q) = (q, zero - u);
                (v, r) = (r, zero - v);
            }
            let cancelled = u32::try_from(negated_delta.wrapping_add(1)).unwrap_or(u32::MAX).min(left);
            let (inverse_bits, negated_quotient) = if swaps {
                (63, f * g * (f * f - Wrapping(2)))
            } else {
                (15, (zero - f - Wrapping((f.0.wrapping_add(1) & 4).wrapping_shl(1))) * g)
            };
            let w = negated_quotient & Wrapping(u64::MAX.wrapping_shr(64_u32.wrapping_sub(cancelled)) & inverse_bits);
            g += f * w;
            q += u * w;
            r += v * w;
        }
    }

    /// (f, g) ← matrix · (f, g) / 2⁶², which leaves no remainder.
    #[inline(always)]
    fn apply<Limbs: LimbArray>(&self, f: &mut Integer<Limbs>, g: &mut Integer<Limbs>) {
        let none = Integer::ZERO;
        (*f, *g) =
            (scaled_sum([(self.u, f), (self.v, g), (0, &none)]), scaled_sum([(self.q, f), (self.r, g), (0, &none)]));
    }

    /// (d, e) ← matrix · (d, e) / 2⁶² modulo n.
    #[inline(always)]
    fn apply_modulo<Limbs: LimbArray>(&self, n: &Modulus<Limbs>, d: &mut Integer<Limbs>, e: &mut Integer<Limbs>) {
        (*d, *e) = (n.scaled_sum((self.u, d), (self.v, e)), n.scaled_sum((self.q, d), (self.r, e)));
    }
}

impl<Limbs: LimbArray> Modulus<Limbs> {
    /// (u·d + v·e) / 2⁶² modulo n, above −2n and below n as d and e are.
    ///
    /// If d or e is negative, n is added to it, so that both are above −n and below n, and |u·d + v·e| < 2⁶² n. Then n is
    /// subtracted 0 to 2⁶² − 1 times to make the sum a multiple of 2⁶²: it is above −2 · 2⁶² n and below 2⁶² n.
    #[inline(always)]
    fn scaled_sum(&self, (u, d): (i64, &Integer<Limbs>), (v, e): (i64, &Integer<Limbs>)) -> Integer<Limbs> {
        let lowest = |number: &Integer<Limbs>| number.0.as_ref().first().copied().unwrap_or(0);
        let added = if d.is_negative() { u } else { 0 }.wrapping_add(if e.is_negative() { v } else { 0 });
        let low = u.wrapping_mul(lowest(d)).wrapping_add(v.wrapping_mul(lowest(e)));
        let subtracted = self.inverse.wrapping_mul(low).wrapping_add(added) & LIMB_MASK;
        scaled_sum([(u, d), (v, e), (added.wrapping_sub(subtracted), &self.value)])
    }
}

/// The sum of three products, a multiple of 2⁶², divided by that.
#[inline(always)]
fn scaled_sum<Limbs: LimbArray>([one, other, third]: [(i64, &Integer<Limbs>); 3]) -> Integer<Limbs> {
    let product = |factor: i64, limb: &i64| Wrapping(i128::from(factor)) * Wrapping(i128::from(*limb));
    let mut result = Integer::<Limbs>::ZERO;
    let mut places = result.0.as_mut().iter_mut();
    let mut sum = Wrapping(0);
    let limbs = one.1.0.as_ref().iter().zip(other.1.0.as_ref()).zip(third.1.0.as_ref());
    for (index, ((x, y), z)) in limbs.enumerate() {
        sum += product(one.0, x) + product(other.0, y) + product(third.0, z);
        // The lowest limb is zero.
        if index > 0
            && let Some(place) = places.next()
        {
            *place = low_limb(sum.0);
        }
        sum >>= SHIFT;
    }
    if let Some(highest) = places.next() {
        *highest = low_word(sum.0);
    }
    result
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use num_bigint::BigUint;
    use proptest::prelude::*;

    use super::*;
    use crate::signature::ecdsa::Curve;

    /// 2²⁵⁵ − 19, of Ed25519.
    const P25519: Modulus<[i64; 5]> =
        Modulus::new(255, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

    fn big<Limbs: LimbArray>(number: &Integer<Limbs>) -> BigUint {
        BigUint::from_bytes_le(&number.to_le_bytes::<72>())
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
        fn quotients_of_any_numbers_agree_with_big_numbers(numbers: [[u8; 32]; 6]) {
            let [a, b, c] = [0, 2, 4].map(|at| BigUint::from_bytes_be(&numbers[at..at + 2].concat()) << 9);
            agrees_everywhere([&a, &b], &c);
        }
    }
}
