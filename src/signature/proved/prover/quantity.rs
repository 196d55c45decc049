//! The quantities of a proof, and the equations between them.

use std::{cell::RefCell, rc::Rc, vec::Vec};

use num_bigint::BigInt;

use super::polynomial::{Polynomial, Variable};

/// What is known of a quantity: a whole number that depends on the inputs only, and is not negative.
struct Quantity {
    least: BigInt,
    most: BigInt,
    origin: Origin,
    equation: Option<Rc<Equation>>,
    /// How it is written: as itself, or as the value that it is.
    written: Rc<Polynomial>,
    /// The same number in inputs and carries only.
    expanded: Rc<Polynomial>,
    /// Its value for one choice of inputs. It decides nothing; it detects mistakes of the prover.
    sample: BigInt,
    /// Whether it is a factor of a product. The multiples of the modulus that a reduction adds are.
    is_factor: bool,
    /// The carry out of the sum or difference that this carry went into.
    next_carry: Option<Variable>,
}

/// Where a quantity comes from.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    Input,
    /// It is a value, and is written as that.
    Value,
    /// It is a value, too, but is not written as that, because its bounds say more than the value's.
    Equal,
    /// A word that was cut from a value; the equation is that of its carry.
    Word {
        carry: Variable,
    },
    /// What is above that word.
    Carry,
}

/// value = word + `radix` · carry. The radix of a borrow is negative. For [`Origin::Equal`], there is no word, and the radix is 1.
pub(crate) struct Equation {
    pub(crate) value: Polynomial,
    pub(crate) radix: BigInt,
    /// word + radix · carry − value.
    pub(crate) zero: Polynomial,
}

/// The quantity zero. As a carry, it means that there is none.
pub(crate) const ZERO: Variable = Variable(0);

std::thread_local! {
    /// All quantities of this thread. They are numbered in the order in which they were made.
    static QUANTITIES: RefCell<Vec<Quantity>> = const { RefCell::new(Vec::new()) };
}

/// Begins anew, without any quantity but zero.
pub(crate) fn forget_all() {
    QUANTITIES.with_borrow_mut(Vec::clear);
    make([0, 0, 0].map(BigInt::from), Origin::Value, Polynomial::default(), Polynomial::default(), None);
}

/// An input with these bounds and this sample.
pub(crate) fn input(bounds: [BigInt; 3]) -> Variable {
    let own = Polynomial::variable(next_variable());
    make(bounds, Origin::Input, own.clone(), own, None)
}

/// A quantity with this value, and with bounds that follow from it.
pub(crate) fn valued([least, most]: [BigInt; 2], value: Polynomial) -> Variable {
    let (sample, expanded) = (value.sample(), value.expanded());
    make([least, most, sample], Origin::Value, value, expanded, None)
}

/// A quantity with this value, and with a better upper bound than follows from it.
pub(crate) fn bounded(most: BigInt, value: Polynomial) -> Variable {
    let own = Polynomial::variable(next_variable());
    let (sample, expanded) = (value.sample(), value.expanded());
    let equation = Equation { zero: own.clone() - value.clone(), radix: 1.into(), value };
    make([BigInt::ZERO, most, sample], Origin::Equal, own, expanded, Some(equation))
}

/// The word below the absolute value of `radix`, and the carry of at most `carry_most`, of a value: value = word + radix · carry.
/// The caller knows that the carry is not negative.
pub(crate) fn cut(value: Polynomial, radix: BigInt, carry_most: BigInt) -> (Variable, Variable) {
    let width = BigInt::from(radix.magnitude().clone());
    let (sample, expanded) = (value.sample(), value.expanded());
    let word_sample = ((&sample % &width) + &width) % &width;
    let carry_bounds = [BigInt::ZERO, carry_most, (sample - &word_sample) / &radix];
    let carry = next_variable();
    let own = Polynomial::variable(carry);
    let multiple = Polynomial::constant(radix.clone()) * own.clone();
    // The word of a multiple of the radix is zero.
    if let Some(quotient) = expanded.divided(&radix) {
        assert!(word_sample == BigInt::ZERO, "a multiple that is none");
        let equation = Equation { zero: multiple - value.clone(), radix, value };
        return (ZERO, make(carry_bounds, Origin::Carry, own, quotient, Some(equation)));
    }
    let word = Variable(carry.0 + 1);
    let word_written = Polynomial::variable(word);
    let word_expanded = expanded - multiple.clone();
    let equation = Equation { zero: word_written.clone() + multiple - value.clone(), radix, value };
    make(carry_bounds, Origin::Carry, own.clone(), own, Some(equation));
    make([BigInt::ZERO, width - 1, word_sample], Origin::Word { carry }, word_written, word_expanded, None);
    (word, carry)
}

fn make(
    [least, most, sample]: [BigInt; 3],
    origin: Origin,
    written: Polynomial,
    expanded: Polynomial,
    equation: Option<Equation>,
) -> Variable {
    assert!(BigInt::ZERO <= least && least <= sample && sample <= most, "a bound is wrong");
    QUANTITIES.with_borrow_mut(|all| {
        let (written, expanded, equation) = (Rc::new(written), Rc::new(expanded), equation.map(Rc::new));
        all.push(Quantity {
            least,
            most,
            origin,
            equation,
            written,
            expanded,
            sample,
            is_factor: false,
            next_carry: None,
        });
        Variable(all.len() - 1)
    })
}

/// The number that the next quantity will have.
fn next_variable() -> Variable {
    QUANTITIES.with_borrow(|all| Variable(all.len()))
}

fn with<T>(variable: Variable, read: impl FnOnce(&Quantity) -> T) -> T {
    QUANTITIES.with_borrow(|all| all.get(variable.0).map(read)).expect("forget_all comes before a proof")
}

fn change(variable: Variable, change: impl FnOnce(&mut Quantity)) {
    QUANTITIES.with_borrow_mut(|all| all.get_mut(variable.0).map(change)).expect("a quantity that was made");
}

impl Variable {
    pub(crate) fn least(self) -> BigInt {
        with(self, |own| own.least.clone())
    }

    pub(crate) fn most(self) -> BigInt {
        with(self, |own| own.most.clone())
    }

    pub(crate) fn sample(self) -> BigInt {
        with(self, |own| own.sample.clone())
    }

    pub(crate) fn origin(self) -> Origin {
        with(self, |own| own.origin)
    }

    pub(crate) fn is_factor(self) -> bool {
        with(self, |own| own.is_factor)
    }

    pub(crate) fn next_carry(self) -> Option<Self> {
        with(self, |own| own.next_carry)
    }

    pub(crate) fn note_factor(self) {
        change(self, |own| own.is_factor = true);
    }

    pub(crate) fn note_next_carry(self, next: Self) {
        change(self, |own| own.next_carry = Some(next));
    }

    /// A better bound. The caller knows that it holds.
    pub(crate) fn note_most(self, most: BigInt) {
        assert!(self.sample() <= most, "a bound is wrong");
        change(self, |own| own.most = most.min(own.most.clone()));
    }

    /// The quantity as a polynomial.
    pub(crate) fn written(self) -> Polynomial {
        with(self, |own| Polynomial::clone(&own.written))
    }

    /// The equation that it was made with, if any.
    pub(crate) fn equation(self) -> Option<Rc<Equation>> {
        with(self, |own| own.equation.clone())
    }
}

impl Polynomial {
    /// Its value for the chosen inputs.
    pub(crate) fn sample(&self) -> BigInt {
        self.value(Variable::sample)
    }

    /// The same number, in inputs and carries only.
    pub(crate) fn expanded(&self) -> Self {
        self.replaced(|variable| with(variable, |own| Polynomial::clone(&own.expanded)))
    }
}
