//! Tests of the prover: the symbolic word agrees with the machine's words; true statements are proved, and false ones are not.

use std::{string::String, vec::Vec};

use num_bigint::BigInt;

use super::{
    bounds::{Case, is_ruled_out},
    element::{Symbolic, number, power, with_square},
    faults::{Fault, with_fault},
    paths::{decided, prove_on_each},
    polynomial::{Polynomial, Variable},
    quantity::forget_all,
    signed::{self, SignedSymbol, assume},
    statement::prove_congruent,
    symbol::Symbol,
};
use crate::signature::proved::{signed::Signed, word::Word};

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

/// `a − prime` unless that is negative, and a bound.
fn is_reduced_below(prime: u64, limit: u64) -> Result<(), String> {
    let code = || {
        let [a] = words();
        let (difference, borrow) = a.difference(Symbol64::constant(prime), Symbol64::CLEAR);
        let [result] = Symbol64::changed_if(borrow, [difference], |_| [a]);
        [a, result].map(|word| word.0.written())
    };
    prove_on_each(code, |[a, result], known| {
        known.prove_below(&result, &limit.into())?;
        prove_congruent(known.expanded(&result), known.expanded(&a), &prime.into())
    })
}

#[test]
fn what_is_reduced_on_each_path_is_proved_to_be_below_the_prime() {
    let half = 1 << 63;
    assert_eq!(is_reduced_below(half + 5, half + 5), Ok(()));
    assert_eq!(is_reduced_below(half, half), Ok(()));
    // Not below less, and not below a prime of which more than twice fits in a word.
    assert!(is_reduced_below(half + 5, half + 4).is_err());
    assert!(is_reduced_below(half - 1, half - 1).is_err());
    assert_eq!(is_reduced_below(half - 1, half + 1), Ok(()));
}

#[test]
fn every_path_is_followed_once() {
    let taken = std::cell::RefCell::new(Vec::new());
    let code = || {
        let [a, b] = words();
        let carry = a.sum(b, Symbol64::CLEAR).1;
        let borrow = a.difference(b, Symbol64::CLEAR).1;
        // Twice the same flag, and one that is never set.
        for flag in [carry, borrow, carry, Symbol64::CLEAR] {
            Symbol64::changed_if(flag, [a], |_| [b]);
        }
        taken.borrow_mut().push(decided());
    };
    assert_eq!(prove_on_each(code, |(), _| Ok(())), Ok(()));
    let mut taken = taken.into_inner();
    taken.sort();
    assert_eq!(taken, [[false, false], [false, true], [true, false], [true, true]]);
    // Both outcomes are judged.
    let code = || {
        let [a, b] = words();
        let carry = a.sum(b, Symbol64::CLEAR).1;
        Symbol64::changed_if(carry, [a], |_| [b])[0].0
    };
    let [a, b] = [1, 2].map(Variable);
    for wrong in [a, b] {
        assert!(prove_on_each(code, |word, _| if word == wrong { Err(String::new()) } else { Ok(()) }).is_err());
    }
    assert_eq!(prove_on_each(code, |word, _| if word == a || word == b { Ok(()) } else { Err(String::new()) }), Ok(()));
}

fn signed(value: i128) -> SignedSymbol {
    SignedSymbol::input([value.into(), value.into()], value.into())
}

#[test]
fn symbolic_signed_words_agree_with_those_of_the_machine() {
    let sample = |word: SignedSymbol| i128::try_from(signed::sample(&word.value())).unwrap();
    let pair = |(one, other): (SignedSymbol, SignedSymbol)| [sample(one), sample(other)];
    let words = [
        0,
        1,
        -1,
        5,
        i64::MAX >> 2,
        i64::MIN >> 2,
        i64::MAX >> 1,
        i64::MIN >> 1,
        i64::MAX,
        i64::MIN,
        -0x0123_4567_89ab_cdef,
    ];
    for a in words {
        signed::forget_all();
        let x = signed(a.into());
        let (word, rest) = Signed::split(a);
        assert_eq!(pair(x.split()), [word, rest].map(i128::from));
        for b in words {
            let y = signed(b.into());
            for c in words {
                let z = signed(c.into());
                assert_eq!(sample(x.wrapping_product_and_sum(y, z)), a.wrapping_product_and_sum(b, c).into());
                let sum = a.product_and_sum(b, c.into());
                assert_eq!(sample(x.product_and_sum(y, z)), sum);
                let (word, rest) = i64::split_sum(sum);
                assert_eq!(pair(SignedSymbol::split_sum(signed(sum))), [word.into(), rest]);
            }
            if let (Some(sum), Some(difference)) = (a.checked_add(b), a.checked_sub(b)) {
                assert_eq!([sample(x.sum(y)), sample(x.difference(y))], [sum, difference].map(i128::from));
                assert_eq!([Signed::sum(a, b), Signed::difference(a, b)], [sum, difference]);
            }
        }
        assert_eq!(sample(SignedSymbol::narrow(x)), i64::narrow(a.into()).into());
    }
}

/// Whether the prover accepts that the result fits.
fn fits(operation: impl Fn(&dyn Fn([i128; 2]) -> SignedSymbol) -> SignedSymbol) -> bool {
    signed::forget_all();
    let any = |[least, most]: [i128; 2]| SignedSymbol::input([least.into(), most.into()], most.into());
    std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| operation(&any))).is_ok()
}

#[test]
fn a_signed_result_that_may_not_fit_is_rejected() {
    let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
    assert!(fits(|any| any([least, most - 1]).sum(any([0, 1]))));
    assert!(!fits(|any| any([least, most]).sum(any([0, 1]))));
    assert!(!fits(|any| any([least, most]).sum(any([-1, 0]))));
    assert!(fits(|any| any([-1, most]).difference(any([0, most]))));
    assert!(!fits(|any| any([-2, most]).difference(any([0, most]))));
    // (−2⁶³)² is 2¹²⁶, and one less than 2¹²⁶ more fits.
    let square =
        |any: &dyn Fn([i128; 2]) -> SignedSymbol, sum| any([least, 0]).product_and_sum(any([least, 0]), any([0, sum]));
    assert!(fits(|any| square(any, (1 << 126) - 1)));
    assert!(!fits(|any| square(any, 1 << 126)));
    assert!(fits(|any| SignedSymbol::narrow(any([least, most]))));
    assert!(!fits(|any| SignedSymbol::narrow(any([least, most + 1]))));
    // With what is assumed of a sum, it fits.
    let half = 1_i128 << 62;
    let sum = |most: i128| {
        let [one, other] = [0, 1].map(|sample| SignedSymbol::input([BigInt::ZERO, half.into()], sample.into()));
        assume(one.value() + other.value(), [BigInt::ZERO, most.into()]);
        one.sum(other)
    };
    assert!(fits(|_| sum(2 * half - 1)));
    assert!(!fits(|_| sum(2 * half)));
    assert!(!fits(|any| any([0, half]).sum(any([0, half]))));
}

#[test]
fn signed_carries_cancel_only_if_they_are_passed_on() {
    signed::forget_all();
    let limb = || SignedSymbol::input([BigInt::ZERO, (BigInt::from(1) << 62) - 1], 77.into());
    let [a0, a1, b0, b1] = [limb(), limb(), limb(), limb()];
    let (low, carry) = a0.sum(b0).split();
    let expected = SignedSymbol::number(&[a0, a1]) + SignedSymbol::number(&[b0, b1]);
    assert_eq!(SignedSymbol::number(&[low, a1.sum(b1).sum(carry)]), expected);
    assert_ne!(SignedSymbol::number(&[low, a1.sum(b1)]), expected);
    assert_ne!(SignedSymbol::number(&[a0.sum(b0), a1.sum(b1).sum(carry)]), expected);
    // What is cut from a multiple of 2⁶² is zero, and what is cut from another number is not.
    let multiple = SignedSymbol::constant(BigInt::from(1) << 62).product_and_sum(a0, SignedSymbol::NOTHING);
    let (word, rest) = SignedSymbol::split_sum(multiple);
    assert_eq!([word.value(), rest.value()], [number(0), a0.value()]);
    let (word, _) = SignedSymbol::split_sum(
        SignedSymbol::constant(BigInt::from(1) << 61).product_and_sum(a0, SignedSymbol::NOTHING),
    );
    assert_ne!(word.value(), number(0));
}

#[test]
fn symbolic_elements_are_polynomials() {
    let [x, y] = [0, 1].map(|index| Polynomial::variable(Variable(index)));
    let [a, b] = [&x, &y].map(|value| Symbolic::new(value.clone()));
    assert_eq!([Symbolic::ZERO, Symbolic::ONE].map(Symbolic::value), [number(0), number(1)]);
    let square = a.sum(b).square().difference(a.difference(b).square());
    assert_eq!(square.value(), number(4) * x.clone() * y.clone());
    assert_eq!(a.product(b).negated().value(), -(x.clone() * y.clone()));
    // Every fault shows in its operation.
    let operations: [fn(Symbolic, Symbolic) -> Symbolic; 5] =
        [Symbolic::product, |a, _| a.square(), Symbolic::sum, Symbolic::difference, |a, _| a.negated()];
    for operation in operations {
        for kind in 0..3 {
            let (faulty, _) = with_fault(Some(Fault { place: 0, kind }), || operation(a, b));
            assert_ne!(faulty.value(), operation(a, b).value());
        }
    }
    // y² is x / 3, so 3 · y³ − x · y is zero, but 3 · y³ − x is not.
    let reduced = |polynomial| with_square(&polynomial, Variable(1), [&x, &number(3)]);
    assert!(reduced(number(3) * power(&y, 3) - x.clone() * y.clone()).is_zero());
    assert!(!reduced(number(3) * power(&y, 3) - x.clone()).is_zero());
    assert!(reduced(number(9) * power(&y, 4) - power(&x, 2)).is_zero());
}

#[test]
#[should_panic(expected = "forget_all")]
fn a_proof_needs_a_beginning() {
    Symbol64::CLEAR.sample();
}
