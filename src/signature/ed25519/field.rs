//! Numbers modulo p = 2²⁵⁵ − 19, by fiat-crypto, whose arithmetic is generated together with a proof.
//!
//! Types enforce fiat-crypto's bounds on limbs: an [`Element`] is "tight", a [`Sum`] is "loose". Only the conversion of words
//! to an element needs an argument ([`limbs`]).

#[cfg(not(target_pointer_width = "64"))]
use fiat_crypto::curve25519_32 as fiat;
#[cfg(target_pointer_width = "64")]
use fiat_crypto::curve25519_64 as fiat;

use crate::signature::{division::Modulus, integer::Integer};
use fiat::{fiat_25519_loose_field_element as Loose, fiat_25519_tight_field_element as Tight};

/// A number whose limbs are small enough for addition.
#[derive(Clone, Copy)]
pub(super) struct Element(Tight);

/// The sum or the difference of two elements. It can be multiplied but not added.
#[derive(Clone, Copy)]
pub(super) struct Sum(Loose);

/// The length of a stored element in words, on every machine.
pub(super) const WORDS: usize = 5;

impl Element {
    pub(super) const ZERO: Self = Self(Tight([0; LIMBS]));
    pub(super) const ONE: Self = Self::from_number([1, 0, 0, 0]);

    /// The lowest 255 bits of a number in words of 64 bits, the lowest first.
    pub(super) const fn from_number(number: [u64; 4]) -> Self {
        Self::from_words(&cut(number))
    }

    #[inline(always)]
    pub(super) fn plus(&self, other: &Self) -> Sum {
        let mut sum = Loose([0; LIMBS]);
        fiat::fiat_25519_add(&mut sum, &self.0, &other.0);
        Sum(sum)
    }

    #[inline(always)]
    pub(super) fn minus(&self, other: &Self) -> Sum {
        let mut difference = Loose([0; LIMBS]);
        fiat::fiat_25519_sub(&mut difference, &self.0, &other.0);
        Sum(difference)
    }

    /// The element, as a sum.
    #[inline(always)]
    pub(super) fn widened(&self) -> Sum {
        let mut widened = Loose([0; LIMBS]);
        fiat::fiat_25519_relax(&mut widened, &self.0);
        Sum(widened)
    }

    #[inline(always)]
    pub(super) fn times(&self, other: &Self) -> Self {
        self.widened().times(&other.widened())
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Self {
        self.widened().square()
    }

    pub(super) fn negated(&self) -> Self {
        Self::ZERO.minus(self).carried()
    }

    /// The element squared `times` times: its power to 2 ^ `times`.
    fn squared(&self, times: u32) -> Self {
        (0..times).fold(*self, |power, _| power.square())
    }

    /// Its power to 2²⁵² − 3, which is (p − 5) / 8.
    ///
    /// Names state the exponent: `ones_5` is the power to 2⁵ − 1, whose bits are five ones.
    fn power_252_3(&self) -> Self {
        let nine = self.squared(3).times(self);
        let eleven = self.square().times(&nine);
        let ones_5 = eleven.square().times(&nine);
        let ones_10 = ones_5.squared(5).times(&ones_5);
        let ones_20 = ones_10.squared(10).times(&ones_10);
        let ones_40 = ones_20.squared(20).times(&ones_20);
        let ones_50 = ones_40.squared(10).times(&ones_10);
        let ones_100 = ones_50.squared(50).times(&ones_50);
        let ones_200 = ones_100.squared(100).times(&ones_100);
        let ones_250 = ones_200.squared(50).times(&ones_50);
        ones_250.squared(2).times(self)
    }

    /// 1 / self, or zero for zero.
    pub(super) fn inverse(&self) -> Self {
        let [inverse] = PRIME.quotients([Integer::ONE], &Integer::from_le_bytes(&self.to_bytes()));
        Self::from_bytes(&inverse.to_le_bytes())
    }

    /// A square root of `self` / `divisor`, if there is one (RFC 8032 §5.1.3 step 3).
    pub(super) fn root_of_quotient(&self, divisor: &Self) -> Option<Self> {
        let divisor_3 = divisor.square().times(divisor);
        let divisor_7 = divisor_3.square().times(divisor);
        let candidate = self.times(&divisor_3).times(&self.times(&divisor_7).power_252_3());
        [candidate, candidate.times(&ROOT_OF_MINUS_ONE)]
            .into_iter()
            .find(|root| root.square().times(divisor).to_bytes() == self.to_bytes())
    }

    /// The number below p, little-endian.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        fiat::fiat_25519_to_bytes(&mut bytes, &self.0);
        bytes
    }

    /// The number of 255 bits, little-endian. The most significant bit of the last byte is ignored.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self::from_words(&cut(words_of(bytes)))
    }

    /// The number below p, in words of 51 bits.
    pub(super) fn to_words(self) -> [u64; WORDS] {
        cut(words_of(&self.to_bytes()))
    }

    /// Reads a number in words of 51 bits. Higher bits of the words are ignored.
    #[inline(always)]
    pub(super) const fn from_words(words: &[u64; WORDS]) -> Self {
        Self(Tight(limbs(words)))
    }
}

impl Sum {
    #[inline(always)]
    pub(super) fn times(&self, other: &Self) -> Element {
        let mut product = Tight([0; LIMBS]);
        fiat::fiat_25519_carry_mul(&mut product, &self.0, &other.0);
        Element(product)
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Element {
        let mut square = Tight([0; LIMBS]);
        fiat::fiat_25519_carry_square(&mut square, &self.0);
        Element(square)
    }

    /// The same number, as an element.
    #[inline(always)]
    pub(super) fn carried(&self) -> Element {
        let mut element = Tight([0; LIMBS]);
        fiat::fiat_25519_carry(&mut element, &self.0);
        Element(element)
    }
}

/// Little-endian bytes as words of 64 bits.
pub(super) fn words_of(bytes: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// Cuts the lowest 255 bits into words of 51 bits.
const fn cut(number: [u64; 4]) -> [u64; WORDS] {
    let [a, b, c, d] = number;
    [a & LIMB, (a >> 51 | b << 13) & LIMB, (b >> 38 | c << 26) & LIMB, (c >> 25 | d << 39) & LIMB, d >> 12 & LIMB]
}

/// The limbs in words of 51 bits. They are tight: a tight limb may be up to 2⁵¹, and the mask keeps these below it.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
const fn limbs(words: &[u64; WORDS]) -> [u64; LIMBS] {
    let [a, b, c, d, e] = *words;
    [a & LIMB, b & LIMB, c & LIMB, d & LIMB, e & LIMB]
}

/// The limbs in words of 51 bits, alternately of 26 and 25 bits. They are tight: a tight limb may be up to 2²⁶ or 2²⁵, and the
/// mask keeps these below it.
#[cfg(not(target_pointer_width = "64"))]
const fn limbs(words: &[u64; WORDS]) -> [u32; LIMBS] {
    const fn halves(word: u64) -> [u32; 2] {
        let ([a, b, c, d, ..], [e, f, g, h, ..]) = (word.to_le_bytes(), (word >> 26).to_le_bytes());
        [u32::from_le_bytes([a, b, c, d]) & ((1 << 26) - 1), u32::from_le_bytes([e, f, g, h]) & ((1 << 25) - 1)]
    }
    let [a, b, c, d, e] = *words;
    let ([a0, a1], [b0, b1], [c0, c1], [d0, d1], [e0, e1]) = (halves(a), halves(b), halves(c), halves(d), halves(e));
    [a0, a1, b0, b1, c0, c1, d0, d1, e0, e1]
}

/// The lowest 51 bits.
const LIMB: u64 = (1 << 51) - 1;

#[cfg(target_pointer_width = "64")]
const LIMBS: usize = 5;
#[cfg(not(target_pointer_width = "64"))]
const LIMBS: usize = 10;

/// p.
const PRIME: Modulus<[i64; 5]> = Modulus::new(255, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

/// √−1 = 2 ^ ((p − 1) / 4) (RFC 8032 §5.1.3).
const ROOT_OF_MINUS_ONE: Element =
    Element::from_number([0xc4ee_1b27_4a0e_a0b0, 0x2f43_1806_ad2f_e478, 0x2b4d_0099_3dfb_d7a7, 0x2b83_2480_4fc1_df0b]);

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigUint;

    fn prime() -> BigUint {
        (BigUint::from(1_u8) << 255) - BigUint::from(19_u8)
    }

    fn number(element: &Element) -> BigUint {
        BigUint::from_bytes_le(&element.to_bytes())
    }

    /// Numbers at the edges of limbs and of the prime, and some between.
    fn samples() -> std::vec::Vec<Element> {
        let mut samples = vec![Element::ZERO, Element::ONE, Element::ONE.negated(), ROOT_OF_MINUS_ONE];
        samples.extend(
            (0..5).map(|word| Element::from_words(&core::array::from_fn(|at| if at == word { LIMB } else { 0 }))),
        );
        samples.push(Element::from_words(&[u64::MAX; WORDS]));
        samples.push(Element::from_bytes(&[0x5a; 32]));
        samples.push(samples[8].times(&samples[10]).inverse());
        samples
    }

    #[test]
    fn arithmetic_agrees_with_big_numbers() {
        let prime = prime();
        for one in &samples() {
            for other in &samples() {
                let (a, b) = (number(one), number(other));
                assert_eq!(number(&one.plus(other).carried()), (&a + &b) % &prime);
                assert_eq!(number(&one.minus(other).carried()), (&a + &prime - &b) % &prime);
                assert_eq!(number(&one.times(other)), (&a * &b) % &prime);
                assert_eq!(
                    number(&one.plus(other).times(&one.minus(other))),
                    (&a * &a + &prime * &prime - &b * &b) % &prime
                );
                assert_eq!(number(&one.plus(other).square()), (&a + &b).pow(2) % &prime);
            }
        }
    }

    #[test]
    fn an_inverse_is_correct_and_that_of_zero_is_zero() {
        for sample in &samples() {
            let expected = if number(sample) == BigUint::ZERO { Element::ZERO } else { Element::ONE };
            assert_eq!(number(&sample.times(&sample.inverse())), number(&expected));
        }
    }

    #[test]
    fn only_squares_have_roots() {
        assert_eq!(number(&ROOT_OF_MINUS_ONE.square()), prime() - BigUint::from(1_u8));
        for sample in &samples() {
            let divisor = Element::from_bytes(&[7; 32]);
            let root = sample.square().times(&divisor).root_of_quotient(&divisor).unwrap();
            assert_eq!(number(&root.square()), number(&sample.square()));
            // 2 is not a square modulo p, so twice a square is not a square unless it is zero.
            let double = sample.square().plus(&sample.square()).carried();
            assert_eq!(double.root_of_quotient(&Element::ONE).is_none(), number(sample) != BigUint::ZERO);
        }
    }

    #[test]
    fn words_and_bytes_hold_the_same_number() {
        for sample in &samples() {
            assert_eq!(number(&Element::from_words(&sample.to_words())), number(sample));
            assert_eq!(number(&Element::from_bytes(&sample.to_bytes())), number(sample));
        }
        let (mut bytes, mut words) = ([0xff; 32], [LIMB; WORDS]);
        assert_eq!(number(&Element::from_bytes(&bytes)), BigUint::from(18_u8));
        (bytes[0], words[0]) = (0xed, LIMB - 18);
        assert_eq!(number(&Element::from_bytes(&bytes)), BigUint::ZERO);
        assert_eq!(number(&Element::from_words(&words)), BigUint::ZERO);
        assert_eq!(Element::from_number([u64::MAX; 4]).to_words(), [18, 0, 0, 0, 0]);
    }
}
