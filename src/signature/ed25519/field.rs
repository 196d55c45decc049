//! Numbers modulo p = 2²⁵⁵ − 19, by this crate's arithmetic, which tests prove correct.
//!
//! Any number below 2²⁵⁶ is an element, so reading one needs no check. Modulo p, it has two or three forms.

#[cfg(miri)]
use super::interpreted as p25519;
#[cfg(not(miri))]
use crate::signature::proved::p25519;
use crate::signature::{division::Modulus, integer::Integer, proved::p25519::reduced};

/// A number in the words of the machine.
#[derive(Clone, Copy)]
pub(super) struct Element([Word; LIMBS]);

#[cfg(target_pointer_width = "64")]
type Word = u64;
#[cfg(not(target_pointer_width = "64"))]
type Word = u32;

/// Words of the machine in an element.
#[cfg(target_pointer_width = "64")]
const LIMBS: usize = 4;
#[cfg(not(target_pointer_width = "64"))]
const LIMBS: usize = 8;

/// The length of a stored element in words of 64 bits, on every machine.
pub(super) const WORDS: usize = 4;

/// What the formulas of points need of an element. Tests prove them with symbolic elements.
pub(super) trait Arithmetic: Copy {
    const ZERO: Self;
    const ONE: Self;

    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    fn square(&self) -> Self;
    fn negated(&self) -> Self;
}

impl Arithmetic for Element {
    const ZERO: Self = Self([0; LIMBS]);
    const ONE: Self = Self::from_words(&[1, 0, 0, 0]);

    #[inline(always)]
    fn plus(&self, other: &Self) -> Self {
        Self(p25519::sum(&self.0, &other.0))
    }

    #[inline(always)]
    fn minus(&self, other: &Self) -> Self {
        Self(p25519::difference(&self.0, &other.0))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn times(&self, other: &Self) -> Self {
        Self(p25519::product(&self.0, &other.0))
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn square(&self) -> Self {
        Self(p25519::square(&self.0))
    }

    fn negated(&self) -> Self {
        Self::ZERO.minus(self)
    }
}

impl Element {
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
        bytes.as_chunks_mut().0.iter_mut().zip(reduced(&self.0)).for_each(|(place, word)| *place = word.to_le_bytes());
        bytes
    }

    /// The number of 255 bits, little-endian. The most significant bit of the last byte is ignored.
    pub(super) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let [a, b, c, d] = words_of(bytes);
        Self::from_words(&[a, b, c, d & u64::MAX >> 1])
    }

    /// The number below p.
    pub(super) fn to_words(self) -> [u64; WORDS] {
        words_of(&self.to_bytes())
    }

    /// Reads any number.
    #[inline(always)]
    pub(super) const fn from_words(words: &[u64; WORDS]) -> Self {
        Self(limbs(words))
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

/// Words of 64 bits in those of the machine.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
const fn limbs(words: &[u64; WORDS]) -> [Word; LIMBS] {
    *words
}

/// Words of 64 bits in those of the machine.
#[cfg(not(target_pointer_width = "64"))]
const fn limbs(words: &[u64; WORDS]) -> [Word; LIMBS] {
    const fn halves(word: u64) -> [u32; 2] {
        let [a, b, c, d, e, f, g, h] = word.to_le_bytes();
        [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
    }
    let [a, b, c, d] = *words;
    let ([a0, a1], [b0, b1], [c0, c1], [d0, d1]) = (halves(a), halves(b), halves(c), halves(d));
    [a0, a1, b0, b1, c0, c1, d0, d1]
}

/// p.
const PRIME: Modulus<[i64; 5]> = Modulus::new(255, "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");

/// √−1 = 2 ^ ((p − 1) / 4) (RFC 8032 §5.1.3).
pub(super) const ROOT_OF_MINUS_ONE: Element =
    Element::from_words(&[0xc4ee_1b27_4a0e_a0b0, 0x2f43_1806_ad2f_e478, 0x2b4d_0099_3dfb_d7a7, 0x2b83_2480_4fc1_df0b]);

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
            (0..4).map(|word| Element::from_words(&core::array::from_fn(|at| if at == word { u64::MAX } else { 0 }))),
        );
        samples.push(Element::from_words(&[u64::MAX; WORDS]));
        samples.push(Element::from_bytes(&[0x5a; 32]));
        samples.push(samples[7].times(&samples[9]).inverse());
        samples
    }

    #[test]
    fn arithmetic_agrees_with_big_numbers() {
        let prime = prime();
        for one in &samples() {
            for other in &samples() {
                let (a, b) = (number(one), number(other));
                assert_eq!(number(&one.plus(other)), (&a + &b) % &prime);
                assert_eq!(number(&one.minus(other)), (&a + &prime - &b) % &prime);
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
            let double = sample.square().plus(&sample.square());
            assert_eq!(double.root_of_quotient(&Element::ONE).is_none(), number(sample) != BigUint::ZERO);
        }
    }

    #[test]
    fn words_and_bytes_hold_the_same_number() {
        for sample in &samples() {
            assert_eq!(number(&Element::from_words(&sample.to_words())), number(sample));
            assert_eq!(number(&Element::from_bytes(&sample.to_bytes())), number(sample));
        }
        // The most significant bit of bytes is ignored, and that of words is not.
        assert_eq!(number(&Element::from_bytes(&[0xff; 32])), BigUint::from(18_u8));
        assert_eq!(number(&Element::from_words(&[u64::MAX; 4])), BigUint::from(37_u8));
        // p and 2p, and the numbers below and above them.
        for (lowest, highest) in [(0xffff_ffff_ffff_ffed, u64::MAX >> 1), (0xffff_ffff_ffff_ffda, u64::MAX)] {
            let words = |lowest| Element::from_words(&[lowest, u64::MAX, u64::MAX, highest]).to_words();
            assert_eq!(words(lowest), [0, 0, 0, 0]);
            assert_eq!(words(lowest + 1), [1, 0, 0, 0]);
            assert_eq!(words(lowest - 1), [0xffff_ffff_ffff_ffec, u64::MAX, u64::MAX, u64::MAX >> 1]);
        }
    }
}
