//! Tests of the prover: the symbolic word agrees with the machine's words; true statements are proved, and false ones are not.

use std::{string::String, vec::Vec};

use num_bigint::BigInt;

use super::{
    bounds::{Case, is_ruled_out},
    polynomial::Polynomial,
    quantity::forget_all,
    statement::prove_congruent,
    symbol::Symbol,
};
use crate::signature::proved::word::Word;

type Symbol64 = Symbol<64>;

/// The operations agree on words at their edges, with each carry.
fn agrees_with_the_machine<const BITS: u32, W: Word<BITS, Flag = bool> + Into<u64>>() {
    let most = u64::MAX >> (64 - BITS);
    let half = 1 << (BITS - 1);
    let words =
        [0, 1, 2, (1 << (BITS / 2)) - 1, 1 << (BITS / 2), half - 1, half, most - 1, most, 0x0123_4567_89ab_cdef & most];
    let pair = |(one, other): (W, W)| [one.into(), other.into()];
    let flagged = |(word, flag): (W, bool)| [word.into(), u64::from(flag)];
    let sample = |symbol: Symbol<BITS>| u64::try_from(symbol.0.sample()).unwrap();
    let symbolic_pair = |(one, other)| [sample(one), sample(other)];
    let symbolic_flagged = |(word, flag)| [sample(word), sample(Symbol(flag))];
    for a in words {
        forget_all();
        let (symbol, word) = (|value| Symbol::<BITS>::input(value, most), W::constant);
        let flag = |is_set: bool| symbol(most).sum(symbol(is_set.into()), Symbol::<BITS>::CLEAR).1;
        assert_eq!(symbolic_pair(symbol(a).shifted::<1>()), pair(word(a).shifted::<1>()));
        assert_eq!(symbolic_pair(symbol(a).shifted::<31>()), pair(word(a).shifted::<31>()));
        assert_eq!(sample(Symbol::constant(a)), word(a).into());
        for carry in [false, true] {
            assert_eq!(sample(Symbol::constant_if(flag(carry), a)), W::constant_if(carry, a).into());
            let [symbolic] = Symbol::changed_if(flag(carry), [symbol(a)], |[a]| [a.shifted::<1>().0]);
            let [changed] = W::changed_if(carry, [word(a)], |[a]| [a.shifted::<1>().0]);
            assert_eq!(sample(symbolic), changed.into());
            for b in words {
                let (x, y) = (symbol(a), symbol(b));
                let (v, w) = (word(a), word(b));
                assert_eq!(symbolic_pair(x.product(y)), pair(v.product(w)));
                assert_eq!(symbolic_flagged(x.sum(y, flag(carry))), flagged(v.sum(w, carry)));
                assert_eq!(symbolic_flagged(x.difference(y, flag(carry))), flagged(v.difference(w, carry)));
                for (c, d) in words.into_iter().zip(words.into_iter().rev()).chain([(most, most)]) {
                    let symbolic = x.product_and_sum(y, symbol(c), symbol(d));
                    assert_eq!(symbolic_pair(symbolic), pair(v.product_and_sum(w, word(c), word(d))));
                }
            }
        }
    }
}

#[test]
fn symbolic_words_agree_with_those_of_64_bits() {
    agrees_with_the_machine::<64, u64>();
}

#[test]
fn symbolic_words_agree_with_those_of_32_bits() {
    agrees_with_the_machine::<32, u32>();
}

fn words<const N: usize>() -> [Symbol64; N] {
    forget_all();
    [(); N].map(|()| Symbol64::input(5, u64::MAX))
}

/// Over the integers.
fn prove_equal(one: Polynomial, other: Polynomial) -> Result<(), String> {
    prove_congruent(one, other, &BigInt::ZERO)
}

fn carries_of_a_sum([a0, a1, b0, b1]: [Symbol64; 4], carry: bool) -> Vec<Symbol64> {
    let (s0, c0) = a0.sum(b0, Symbol64::CLEAR);
    let (s1, c1) = a1.sum(b1, if carry { c0 } else { Symbol64::CLEAR });
    [s0, s1, Symbol(c1)].into()
}

#[test]
fn a_sum_with_its_carries_is_proved_and_one_without_is_not() {
    let inputs @ [a0, a1, b0, b1] = words();
    let sum = Symbol::number(&[a0, a1]) + Symbol::number(&[b0, b1]);
    assert_eq!(prove_equal(Symbol::number(&carries_of_a_sum(inputs, true)), sum.clone()), Ok(()));
    assert!(prove_equal(Symbol::number(&carries_of_a_sum(inputs, false)), sum.clone()).is_err());
    // Without the last carry.
    let two_words = Symbol::number(&carries_of_a_sum(inputs, true)[..2]);
    assert!(prove_equal(two_words.clone(), sum.clone()).is_err());
    assert_eq!(prove_congruent(two_words.clone(), sum.clone(), &(BigInt::from(1) << 128)), Ok(()));
    assert!(prove_congruent(two_words, sum, &(BigInt::from(1) << 129)).is_err());
}

#[test]
fn a_dropped_carry_must_be_zero() {
    let [a, b, c] = words();
    // The upper word of a product is at most 2⁶⁴ − 2, so adding 1 carries nothing, and adding 2 may.
    let (low, high) = a.product(b);
    let value = |added: u8| a.0.written() * b.0.written() + Polynomial::constant(BigInt::from(added) << 64);
    let (one_more, _) = high.sum(Symbol64::constant(1), Symbol64::CLEAR);
    assert_eq!(prove_equal(Symbol::number(&[low, one_more]), value(1)), Ok(()));
    let (two_more, _) = high.sum(Symbol64::constant(2), Symbol64::CLEAR);
    assert!(prove_equal(Symbol::number(&[low, two_more]), value(2)).is_err());
    // A word and a carry fit in the upper word of a product and a sum.
    let (sum, carry) = low.sum(c, Symbol64::CLEAR);
    let (above, _) = high.sum(Symbol64::constant(0), carry);
    assert_eq!(prove_equal(Symbol::number(&[sum, above]), value(0) + c.0.written()), Ok(()));
}

#[test]
fn bounds_are_exact() {
    forget_all();
    let half = Symbol64::input(3, 1 << 63);
    let below_half = Symbol64::input(3, (1 << 63) - 1);
    let carry = half.sum(below_half, Symbol64::CLEAR).1;
    assert_eq!(carry, Symbol64::CLEAR);
    let carry = half.sum(half, Symbol64::CLEAR).1;
    assert!(!is_ruled_out(carry, true, &Case::new()));
    assert!(!is_ruled_out(carry, false, &Case::new()));
    // A borrow that is always there.
    let more = half.sum(Symbol64::constant(1), Symbol64::CLEAR).0;
    let borrow = half.difference(more, Symbol64::CLEAR).1;
    assert!(is_ruled_out(borrow, false, &Case::new()));
    assert!(!is_ruled_out(borrow, true, &Case::new()));
}

#[test]
fn carries_that_cancel_are_proved_and_others_are_not() {
    let prime = u64::MAX - 58;
    let proof = |most| {
        forget_all();
        let [a, b] = [(); 2].map(|()| Symbol64::input(5, most));
        let (sum, carry) = a.sum(b, Symbol64::CLEAR);
        // Borrows exactly if the sum carried, provided that both numbers are below the prime.
        let (difference, _) = sum.difference(Symbol64::constant_if(carry, prime), Symbol64::CLEAR);
        prove_congruent(difference.0.written(), a.0.written() + b.0.written(), &prime.into())
    };
    assert_eq!(proof(prime - 1), Ok(()));
    assert!(proof(u64::MAX).is_err());
}

#[test]
fn wrong_constants_and_moduli_are_not_proved() {
    let [a, b] = words();
    let product = Symbol::number(&<[_; 2]>::from(a.product(b)));
    let expected = a.0.written() * b.0.written();
    assert_eq!(prove_equal(product.clone(), expected.clone()), Ok(()));
    let multiple = Polynomial::constant(19.into()) * a.0.written();
    assert_eq!(prove_congruent(product.clone(), expected.clone() + multiple.clone(), &19.into()), Ok(()));
    assert!(prove_congruent(product.clone(), expected.clone() + multiple.clone(), &17.into()).is_err());
    assert!(prove_equal(product.clone(), expected.clone() + multiple).is_err());
    assert!(prove_equal(product, expected + Polynomial::constant(1.into())).is_err());
}

#[test]
#[should_panic(expected = "forget_all")]
fn a_proof_needs_a_beginning() {
    Symbol64::CLEAR.sample();
}
