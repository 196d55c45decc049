//! Words whose operations have one planted fault, as a typing mistake in the proved code would be.

use std::{cell::Cell, println};

use crate::signature::proved::{signed::Signed, word::Word};

/// A word over which the code has the planted fault.
#[derive(Clone, Copy)]
pub(crate) struct Faulty<W>(pub(crate) W);

/// The place and the kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The number of operations before it.
    pub(crate) place: usize,
    /// From 0 to [`KINDS`] − 1. Its meaning depends on the operation.
    pub(crate) kind: usize,
}

/// Kinds of faults of each operation.
pub(crate) const KINDS: usize = 3;

std::thread_local! {
    static PLANTED: Cell<Option<Fault>> = const { Cell::new(None) };
    static OPERATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Runs code with a planted fault, and counts its operations.
pub(crate) fn with_fault<T>(fault: Option<Fault>, code: impl FnOnce() -> T) -> (T, usize) {
    PLANTED.set(fault);
    OPERATIONS.set(0);
    let result = code();
    PLANTED.set(None);
    (result, OPERATIONS.get())
}

/// Runs the code once more: the fault is planted at the same place.
pub(crate) fn restart() {
    OPERATIONS.set(0);
}

/// Plants each fault in some code, one after the other. `run` runs it and returns whether the statement about it is proved, and
/// whether its results are right for the inputs that it is tried with. Nothing may be proved of code that gives a wrong result.
pub(crate) fn plant_faults(name: &str, run: impl Fn() -> [bool; 2]) {
    let (right, operations) = with_fault(None, &run);
    assert_eq!(right, [true, true], "{name}: without a fault");
    let [mut refuted, mut proved] = [0, 0];
    for fault in (0..operations * KINDS).map(|at| Fault { place: at / KINDS, kind: at % KINDS }) {
        let ([is_proved, is_right], _) = with_fault(Some(fault), &run);
        assert!(is_right || !is_proved, "{name}: proved in spite of {fault:?}, which gives wrong results");
        refuted += usize::from(!is_right);
        proved += usize::from(is_proved);
    }
    assert!(refuted > 0, "{name}: no fault changes a result");
    println!("{name}: {refuted} faults are refuted, {proved} change no result");
}

/// Counts an operation, and returns the kind of the fault that is planted in it.
pub(crate) fn planted() -> Option<usize> {
    let place = OPERATIONS.replace(OPERATIONS.get() + 1);
    PLANTED.get().filter(|fault| fault.place == place).map(|fault| fault.kind)
}

fn map<W>((one, other): (W, W)) -> (Faulty<W>, Faulty<W>) {
    (Faulty(one), Faulty(other))
}

impl<const BITS: u32, W: Word<BITS>> Word<BITS> for Faulty<W> {
    type Flag = W::Flag;

    const CLEAR: W::Flag = W::CLEAR;

    /// Another bit, the highest bit, or zero and one exchanged.
    fn constant(value: u64) -> Self {
        Self(W::constant(match planted() {
            Some(0) => value ^ 2,
            Some(1) => value ^ 1 << (BITS - 1),
            Some(_) => value ^ 1,
            None => value,
        }))
    }

    /// The halves exchanged, or one factor twice.
    fn product(self, other: Self) -> (Self, Self) {
        let (low, high) = match planted() {
            Some(0) => {
                let (low, high) = self.0.product(other.0);
                (high, low)
            }
            Some(1) => self.0.product(self.0),
            Some(_) => other.0.product(other.0),
            None => self.0.product(other.0),
        };
        map((low, high))
    }

    /// An addend left out, or the second factor and the first addend exchanged.
    fn product_and_sum(self, other: Self, addend: Self, carry: Self) -> (Self, Self) {
        let (a, b, c, d) = (self.0, other.0, addend.0, carry.0);
        map(match planted() {
            Some(0) => a.product_and_sum(b, W::constant(0), d),
            Some(1) => a.product_and_sum(b, c, W::constant(0)),
            Some(_) => a.product_and_sum(c, b, d),
            None => a.product_and_sum(b, c, d),
        })
    }

    /// The carry dropped on the way in or out, or a difference.
    fn sum(self, other: Self, carry: W::Flag) -> (Self, W::Flag) {
        let (word, carry) = match planted() {
            Some(0) => self.0.sum(other.0, W::CLEAR),
            Some(1) => (self.0.sum(other.0, carry).0, W::CLEAR),
            Some(_) => self.0.difference(other.0, carry),
            None => self.0.sum(other.0, carry),
        };
        (Self(word), carry)
    }

    /// The borrow dropped on the way in or out, or the operands exchanged.
    fn difference(self, other: Self, borrow: W::Flag) -> (Self, W::Flag) {
        let (word, borrow) = match planted() {
            Some(0) => self.0.difference(other.0, W::CLEAR),
            Some(1) => (self.0.difference(other.0, borrow).0, W::CLEAR),
            Some(_) => other.0.difference(self.0, borrow),
            None => self.0.difference(other.0, borrow),
        };
        (Self(word), borrow)
    }

    /// The halves exchanged, or another count.
    fn shifted<const COUNT: u32>(self) -> (Self, Self) {
        let (low, high) = match planted() {
            Some(0) => {
                let (low, high) = self.0.shifted::<COUNT>();
                (high, low)
            }
            Some(1) => self.0.shifted::<1>(),
            Some(_) => (self.0, W::constant(0)),
            None => self.0.shifted::<COUNT>(),
        };
        map((low, high))
    }

    /// Always, never, or another constant.
    fn constant_if(flag: W::Flag, value: u64) -> Self {
        Self(match planted() {
            Some(0) => W::constant(value),
            Some(1) => W::constant(0),
            Some(_) => W::constant_if(flag, value ^ 1),
            None => W::constant_if(flag, value),
        })
    }

    /// Never, always, or the two numbers exchanged.
    fn changed_if<const N: usize>(
        flag: W::Flag,
        number: [Self; N],
        changed: impl FnOnce([Self; N]) -> [Self; N],
    ) -> [Self; N] {
        let fault = planted();
        let (number, changed) = (number.map(|word| word.0), changed(number).map(|word| word.0));
        match fault {
            Some(0) => number,
            Some(1) => changed,
            Some(_) => W::changed_if(flag, changed, |_| number),
            None => W::changed_if(flag, number, |_| changed),
        }
        .map(Self)
    }
}

impl<S: Signed> Signed for Faulty<S> {
    type Sum = S::Sum;

    const ZERO: Self = Self(S::ZERO);
    const NOTHING: S::Sum = S::NOTHING;

    /// The difference, or one alone.
    fn sum(self, other: Self) -> Self {
        Self(match planted() {
            Some(0) => self.0.difference(other.0),
            Some(1) => self.0,
            Some(_) => other.0,
            None => self.0.sum(other.0),
        })
    }

    /// The sum, the operands exchanged, or one alone.
    fn difference(self, other: Self) -> Self {
        Self(match planted() {
            Some(0) => self.0.sum(other.0),
            Some(1) => other.0.difference(self.0),
            Some(_) => self.0,
            None => self.0.difference(other.0),
        })
    }

    /// The addend left out, a square, or the second factor and the addend exchanged.
    fn wrapping_product_and_sum(self, other: Self, addend: Self) -> Self {
        Self(match planted() {
            Some(0) => self.0.wrapping_product_and_sum(other.0, S::ZERO),
            Some(1) => self.0.wrapping_product_and_sum(self.0, addend.0),
            Some(_) => self.0.wrapping_product_and_sum(addend.0, other.0),
            None => self.0.wrapping_product_and_sum(other.0, addend.0),
        })
    }

    /// Nothing cut off, nothing carried, or the two exchanged.
    fn split(self) -> (Self, Self) {
        let (word, rest) = self.0.split();
        let (word, rest) = match planted() {
            Some(0) => (self.0, rest),
            Some(1) => (word, S::ZERO),
            Some(_) => (rest, word),
            None => (word, rest),
        };
        (Self(word), Self(rest))
    }

    /// The sum left out, a square, or the product left out.
    fn product_and_sum(self, other: Self, sum: S::Sum) -> S::Sum {
        match planted() {
            Some(0) => self.0.product_and_sum(other.0, S::NOTHING),
            Some(1) => self.0.product_and_sum(self.0, sum),
            Some(_) => sum,
            None => self.0.product_and_sum(other.0, sum),
        }
    }

    /// Nothing carried, all carried, or nothing left.
    fn split_sum(sum: S::Sum) -> (Self, S::Sum) {
        let (word, rest) = S::split_sum(sum);
        let (word, rest) = match planted() {
            Some(0) => (word, S::NOTHING),
            Some(1) => (word, sum),
            Some(_) => (S::ZERO, rest),
            None => (word, rest),
        };
        (Self(word), rest)
    }

    /// The lowest 62 bits, or what is above them.
    fn narrow(sum: S::Sum) -> Self {
        Self(match planted() {
            Some(0) => S::split_sum(sum).0,
            Some(1) => S::narrow(S::split_sum(sum).1),
            Some(_) => S::ZERO,
            None => S::narrow(sum),
        })
    }
}
