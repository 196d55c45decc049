//! What the arithmetic of this folder computes: the statements that [`prover`](super::prover) proves for all inputs.

use std::{string::String, vec::Vec};

use num_bigint::BigInt;

use super::{
    blocks::{Block, accumulate, low_product},
    montgomery::Prime,
    number,
    p256::{P256Of32Bits, P256Of64Bits},
    p384::P384Of64Bits,
    p25519,
    prover::{
        faults::{Fault, Faulty, KINDS, plant_faults, restart, with_fault},
        paths::prove_on_each,
        polynomial::Polynomial,
        quantity::forget_all,
        statement::prove_congruent,
        symbol::Symbol,
    },
    word::Word,
};

/// That `scale() · code(a, b)` is congruent to `value(a, b)`, for all a and b of N words.
trait Theorem<const BITS: u32, const N: usize> {
    fn code<W: Word<BITS>>(a: &[W; N], b: &[W; N]) -> Vec<W>;
    fn value(a: Polynomial, b: Polynomial) -> Polynomial;

    /// Zero, if the two are equal.
    fn modulus() -> BigInt;

    fn scale() -> BigInt {
        1.into()
    }

    /// What the result is below, if that is part of the statement.
    fn limit() -> Option<BigInt> {
        None
    }

    /// The proof, for code with this fault.
    ///
    /// # Errors
    /// If there is none.
    fn prove(fault: Option<Fault>) -> Result<(), String> {
        let run = || {
            forget_all();
            let mut random = Random(7);
            let [a, b] = [(); 2]
                .map(|()| [(); N].map(|()| Symbol::<BITS>::input(random.word::<BITS>(), u64::MAX >> (64 - BITS))));
            let result: Vec<_> = match fault {
                None => Self::code(&a, &b),
                fault => {
                    let (result, _) = with_fault(fault, || Self::code(&a.map(Faulty), &b.map(Faulty)));
                    result.iter().map(|word| word.0).collect()
                }
            };
            [&a, &b, result.as_slice()].map(Symbol::number)
        };
        let are_congruent = |[a, b, result]: [Polynomial; 3]| {
            prove_congruent(Polynomial::constant(Self::scale()) * result, Self::value(a, b), &Self::modulus())
        };
        let Some(limit) = Self::limit() else { return are_congruent(run()) };
        prove_on_each(run, |numbers, known| {
            known.prove_below(&numbers[2], &limit)?;
            are_congruent(numbers.each_ref().map(|number| known.expanded(number)))
        })
    }

    /// Whether some of the tried inputs give a wrong result, by code with this fault on the words of the machine.
    fn is_refuted<W: Word<BITS> + Into<u64>>(fault: Fault) -> bool {
        let mut random = Random(3);
        (0..INPUTS).any(|_| {
            let [a, b] = [(); 2].map(|()| [(); N].map(|()| W::constant(random.word::<BITS>())));
            let (result, _) = with_fault(Some(fault), || Self::code(&a.map(Faulty), &b.map(Faulty)));
            let number = |words: &[W]| {
                Polynomial::constant(
                    words.iter().rev().fold(BigInt::ZERO, |high, word| (high << BITS) + (*word).into()),
                )
            };
            let result: Vec<_> = result.iter().map(|word| word.0).collect();
            let result = number(&result);
            let is_below = Self::limit().is_none_or(|limit| result.coefficient(&[]) < limit);
            let scaled = Polynomial::constant(Self::scale()) * result;
            !is_below || !(scaled - Self::value(number(&a), number(&b))).modulo(&Self::modulus()).is_zero()
        })
    }

    /// Plants at most `count` faults, evenly spread. None of them is proved if it is refuted. Returns how many are refuted, and how
    /// many are proved, because they change no result.
    fn plant_faults<W: Word<BITS> + Into<u64>>(name: &str, count: usize) -> [usize; 2] {
        let operations = with_fault(None, || Self::code(&[Faulty(W::constant(0)); N], &[Faulty(W::constant(0)); N])).1;
        let all = operations * KINDS;
        // Not a multiple of KINDS, so that every kind is planted.
        let step = match all.div_ceil(count) {
            step if step.is_multiple_of(KINDS) => step + 1,
            step => step,
        };
        let faults = (0..all).step_by(step).map(|at| Fault { place: at / KINDS, kind: at % KINDS });
        let [mut refuted, mut proved] = [0, 0];
        for fault in faults {
            let is_refuted = Self::is_refuted::<W>(fault);
            // Some faults break an invariant of the prover, which is a rejection, too.
            let is_proved = std::panic::catch_unwind(|| Self::prove(Some(fault))).is_ok_and(|proof| proof.is_ok());
            assert!(!(is_refuted && is_proved), "{name}: proved in spite of {fault:?}, which gives wrong results");
            refuted += usize::from(is_refuted);
            proved += usize::from(is_proved);
        }
        assert!(refuted > 0, "{name}: no fault changes a result");
        [refuted, proved]
    }
}

/// Words of which many are at an edge, so that carries are long and rare ones occur.
struct Random(u64);

impl Random {
    fn word<const BITS: u32>(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let any = self.0 ^ self.0 >> 32;
        let most = u64::MAX >> (64 - BITS);
        match self.0 >> 60 {
            0..4 => most,
            4..8 => 0,
            8 => 1,
            9 => most - any % 64,
            10 => any % 64,
            _ => any & most,
        }
    }
}

/// Inputs that each faulty code is tried with.
const INPUTS: usize = 300;

/// Faults of each statement that `cargo test` plants.
const SAMPLE: usize = 8;

/// Makes a test of the proof and two of planted faults for each statement.
macro_rules! theorems {
    ($($name:ident: $word:ty, $bits:literal, $length:literal;
        |$a:ident, $b:ident| $scale:expr, $code:expr => $value:expr, modulo $modulus:expr $(, below $limit:expr)?;)*) => {$(
        mod $name {
            use super::*;

            struct It;

            impl Theorem<$bits, $length> for It {
                fn code<W: Word<$bits>>($a: &[W; $length], $b: &[W; $length]) -> Vec<W> {
                    let _ = $b;
                    Vec::from($code)
                }

                fn value($a: Polynomial, $b: Polynomial) -> Polynomial {
                    let _ = &$b;
                    $value
                }

                fn modulus() -> BigInt {
                    $modulus
                }

                fn scale() -> BigInt {
                    $scale
                }

                $(fn limit() -> Option<BigInt> {
                    Some($limit)
                })?
            }

            #[test]
            fn is_proved() {
                assert_eq!(It::prove(None), Ok(()));
            }

            #[test]
            fn no_sampled_fault_that_shows_is_proved() {
                It::plant_faults::<$word>(stringify!($name), SAMPLE);
            }

            #[test]
            #[ignore = "takes minutes; `make mutate` runs it"]
            fn no_fault_that_shows_is_proved() {
                let [refuted, proved] = It::plant_faults::<$word>(stringify!($name), usize::MAX);
                std::println!("{}: {refuted} faults are refuted, {proved} change no result", stringify!($name));
            }
        }
    )*};
}

fn power(bits: u32) -> BigInt {
    BigInt::from(1) << bits
}

/// 2^bits, as a polynomial.
fn radix(bits: u32) -> Polynomial {
    Polynomial::constant(power(bits))
}

fn p256() -> BigInt {
    power(256) - power(224) + power(192) + power(96) - 1
}

fn p384() -> BigInt {
    power(384) - power(128) - power(96) + power(32) - 1
}

fn p25519() -> BigInt {
    power(255) - 19
}

theorems! {
    p256_product: u64, 64, 4; |a, b| power(256), P256Of64Bits::product(a, b) => a * b, modulo p256();
    p256_square: u64, 64, 4; |a, b| power(256), P256Of64Bits::square(a) => a.clone() * a, modulo p256();
    p256_sum: u64, 64, 4; |a, b| 1.into(), P256Of64Bits::sum(a, b) => a + b, modulo p256();
    p256_difference: u64, 64, 4; |a, b| 1.into(), P256Of64Bits::difference(a, b) => a - b, modulo p256();

    p256_reduced: u64, 64, 4; |a, b| 1.into(), P256Of64Bits::reduced(a) => a, modulo p256(), below p256();
    p256_to_montgomery: u64, 64, 4; |a, b| 1.into(), P256Of64Bits::to_montgomery(a, P256Of64Bits::product) => a * radix(256), modulo p256();
    p256_from_montgomery: u64, 64, 4;
        |a, b| power(256), P256Of64Bits::from_montgomery(a, P256Of64Bits::product) => a, modulo p256(), below p256();

    p256_product_in_32_bits: u32, 32, 8; |a, b| power(256), P256Of32Bits::product(a, b) => a * b, modulo p256();
    p256_square_in_32_bits: u32, 32, 8; |a, b| power(256), P256Of32Bits::square(a) => a.clone() * a, modulo p256();
    p256_sum_in_32_bits: u32, 32, 8; |a, b| 1.into(), P256Of32Bits::sum(a, b) => a + b, modulo p256();
    p256_difference_in_32_bits: u32, 32, 8; |a, b| 1.into(), P256Of32Bits::difference(a, b) => a - b, modulo p256();

    p256_reduced_in_32_bits: u32, 32, 8; |a, b| 1.into(), P256Of32Bits::reduced(a) => a, modulo p256(), below p256();
    p256_to_montgomery_in_32_bits: u32, 32, 8;
        |a, b| 1.into(), P256Of32Bits::to_montgomery(a, P256Of32Bits::product) => a * radix(256), modulo p256();
    p256_from_montgomery_in_32_bits: u32, 32, 8;
        |a, b| power(256), P256Of32Bits::from_montgomery(a, P256Of32Bits::product) => a, modulo p256(), below p256();

    p384_product: u64, 64, 6; |a, b| power(384), P384Of64Bits::product(a, b) => a * b, modulo p384();
    p384_square: u64, 64, 6; |a, b| power(384), P384Of64Bits::square(a) => a.clone() * a, modulo p384();
    p384_sum: u64, 64, 6; |a, b| 1.into(), P384Of64Bits::sum(a, b) => a + b, modulo p384();
    p384_difference: u64, 64, 6; |a, b| 1.into(), P384Of64Bits::difference(a, b) => a - b, modulo p384();
    p384_reduced: u64, 64, 6; |a, b| 1.into(), P384Of64Bits::reduced(a) => a, modulo p384(), below p384();
    p384_to_montgomery: u64, 64, 6; |a, b| 1.into(), P384Of64Bits::to_montgomery(a, P384Of64Bits::product) => a * radix(384), modulo p384();
    p384_from_montgomery: u64, 64, 6;
        |a, b| power(384), P384Of64Bits::from_montgomery(a, P384Of64Bits::product) => a, modulo p384(), below p384();

    block_product: u64, 64, 4; |a, b| 1.into(), number::product(a, b).concat() => a * b, modulo BigInt::ZERO;
    block_low_product: u64, 64, 4; |a, b| 1.into(), low_product(a, b) => a * b, modulo power(256);
    block_product_in_32_bits: u32, 32, 4; |a, b| 1.into(), number::product(a, b).concat() => a * b, modulo BigInt::ZERO;
    block_low_product_in_32_bits: u32, 32, 4; |a, b| 1.into(), low_product(a, b) => a * b, modulo power(128);

    p25519_product: u64, 64, 4; |a, b| 1.into(), p25519::product(a, b) => a * b, modulo super::p25519();
    p25519_square: u64, 64, 4; |a, b| 1.into(), p25519::square(a) => a.clone() * a, modulo super::p25519();
    p25519_sum: u64, 64, 4; |a, b| 1.into(), p25519::sum(a, b) => a + b, modulo super::p25519();
    p25519_difference: u64, 64, 4; |a, b| 1.into(), p25519::difference(a, b) => a - b, modulo super::p25519();

    p25519_reduced: u64, 64, 4; |a, b| 1.into(), p25519::reduced(a) => a, modulo super::p25519(), below super::p25519();

    p25519_product_in_32_bits: u32, 32, 8; |a, b| 1.into(), p25519::product(a, b) => a * b, modulo super::p25519();
    p25519_square_in_32_bits: u32, 32, 8; |a, b| 1.into(), p25519::square(a) => a.clone() * a, modulo super::p25519();
    p25519_sum_in_32_bits: u32, 32, 8; |a, b| 1.into(), p25519::sum(a, b) => a + b, modulo super::p25519();
    p25519_difference_in_32_bits: u32, 32, 8; |a, b| 1.into(), p25519::difference(a, b) => a - b, modulo super::p25519();
    p25519_reduced_in_32_bits: u32, 32, 8;
        |a, b| 1.into(), p25519::reduced(a) => a, modulo super::p25519(), below super::p25519();
}

/// A row of any blocks is added exactly, and nothing is lost above it.
fn rows_are_proved<const BITS: u32>(lengths: impl Iterator<Item = usize>) {
    for length in lengths {
        forget_all();
        let mut random = Random(5);
        let mut block = || [(); 4].map(|()| Symbol::<BITS>::input(random.word::<BITS>(), u64::MAX >> (64 - BITS)));
        let factor = block();
        let [sum, other] = [(); 2].map(|()| Vec::from_iter((0..length).map(|_| block())));
        let mut result: Vec<Block<_>> = sum.clone();
        let above = accumulate(&mut result, &factor, &other);
        result.push(above);
        let number = |blocks: &[Block<_>]| Symbol::number(blocks.as_flattened());
        let expected = number(&sum) + number(&[factor]) * number(&other);
        assert_eq!(prove_congruent(number(&result), expected, &BigInt::ZERO), Ok(()), "{length} blocks");
    }
}

/// A row of this length, on symbolic words and on those of the machine.
fn row_of_blocks<const BITS: u32, W: Word<BITS> + Into<u64>>(length: usize) -> [bool; 2] {
    fn code<const BITS: u32, W: Word<BITS>>(blocks: &[Block<W>]) -> Vec<Block<W>> {
        restart();
        let blocks: Vec<Block<_>> = blocks.iter().map(|block| block.map(Faulty)).collect();
        let (factor, [sum, other]) = (&blocks[0], [&blocks[1..=blocks.len() / 2], &blocks[1 + blocks.len() / 2..]]);
        let mut result = Vec::from(sum);
        let above = accumulate(&mut result, factor, other);
        result.push(above);
        result.into_iter().map(|block| block.map(|word| word.0)).collect()
    }
    let proof = || {
        forget_all();
        let mut random = Random(5);
        let mut block = || [(); 4].map(|()| Symbol::<BITS>::input(random.word::<BITS>(), u64::MAX >> (64 - BITS)));
        let blocks: Vec<_> = (0..2 * length + 1).map(|_| block()).collect();
        let result = code(&blocks);
        let number = |blocks: &[Block<_>]| Symbol::number(blocks.as_flattened());
        let expected = number(&blocks[1..=length]) + number(&blocks[..1]) * number(&blocks[length + 1..]);
        prove_congruent(number(&result), expected, &BigInt::ZERO).is_ok()
    };
    let mut random = Random(3);
    let mut is_right = || {
        let mut block = || [(); 4].map(|()| W::constant(random.word::<BITS>()));
        let blocks: Vec<_> = (0..2 * length + 1).map(|_| block()).collect();
        let number = |blocks: &[Block<W>]| {
            let words = blocks.as_flattened().iter().rev();
            words.fold(BigInt::ZERO, |high, word| (high << BITS) + (*word).into())
        };
        let expected = number(&blocks[1..=length]) + number(&blocks[..1]) * number(&blocks[length + 1..]);
        number(&code(&blocks)) == expected
    };
    // Some faults break an invariant of the prover, which is a rejection, too.
    [std::panic::catch_unwind(proof).unwrap_or(false), (0..INPUTS).all(|_| is_right())]
}

#[test]
#[ignore = "takes minutes; `make mutate` runs it"]
fn no_fault_that_shows_is_proved_in_rows() {
    for length in 1..=2 {
        plant_faults("row of blocks", || row_of_blocks::<64, u64>(length));
        plant_faults("row of blocks in 32 bits", || row_of_blocks::<32, u32>(length));
    }
}

#[test]
fn rows_of_blocks_are_proved() {
    // Up to 4096 bits.
    rows_are_proved::<64>(0..=16);
}

#[test]
fn rows_of_blocks_in_32_bits_are_proved() {
    rows_are_proved::<32>(0..=32);
}

/// Checks the constants of a prime.
fn constants_are_correct<P: Prime<BITS, N>, const BITS: u32, const N: usize>(prime: &BigInt) {
    let number = |words: [u64; N]| words.iter().rev().fold(BigInt::ZERO, |high, word| (high << BITS) + *word);
    let radix = power(u32::try_from(N).unwrap() * BITS);
    assert_eq!(number(P::PRIME), *prime);
    assert_eq!(number(P::COMPLEMENT), &radix - prime);
    assert_eq!(number(P::RADIX_SQUARED), &radix * &radix % prime);
    // So at most two numbers below R are congruent, and they differ by p.
    assert!(*prime < radix && radix < prime * 2);
    assert!(
        [P::PRIME, P::COMPLEMENT, P::RADIX_SQUARED].as_flattened().iter().all(|word| *word <= u64::MAX >> (64 - BITS))
    );
}

#[test]
fn the_constants_of_the_primes_are_correct() {
    constants_are_correct::<P256Of64Bits, 64, 4>(&p256());
    constants_are_correct::<P256Of32Bits, 32, 8>(&p256());
    constants_are_correct::<P384Of64Bits, 64, 6>(&p384());
}
