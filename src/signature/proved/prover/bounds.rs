//! Which carries the equations rule out.
//!
//! A multiple of the carry equals what its equation says. As long as the bounds of the quantities in that do not suffice, the
//! latest of them is replaced by its own equation, so that what it has in common with the others cancels. Any replacement is
//! sound, because it adds a multiple of zero; the strategies only choose which one comes next. Where a bound depends on another
//! carry, both of its cases are tried.

use std::{collections::BTreeMap, vec, vec::Vec};

use num_bigint::BigInt;

use super::polynomial::{Polynomial, Variable};
use super::quantity::Origin;

/// The values of carries that are assumed.
pub(crate) type Case = BTreeMap<Variable, bool>;

/// Whether it is impossible, in this case, that the quantity is at least one (`is_set`), or that it is zero (otherwise).
/// An answer of no means nothing.
pub(crate) fn is_ruled_out(carry: Variable, is_set: bool, case: &Case) -> bool {
    let attempt = |case: &Case| {
        let mut open = carry.equation().map_or_else(Vec::new, |own| open_carries(&own.zero, case));
        for strategy in &STRATEGIES {
            match strategy.rules_out(carry, is_set, case, STEPS_MAX) {
                Ok(()) => return Ok(()),
                Err(carries) => open.extend(carries),
            }
        }
        open.sort_unstable();
        open.dedup();
        open.retain(|other| *other != carry);
        Err(open)
    };
    let in_either_case = |other: Variable| {
        [false, true].into_iter().all(|value| {
            let mut case = case.clone();
            case.insert(other, value);
            attempt(&case).is_ok()
        })
    };
    match attempt(case) {
        Ok(()) => true,
        Err(open) => open.into_iter().rev().any(in_either_case),
    }
}

/// Like [`is_ruled_out`] for a carry of one or more, with less effort.
pub(crate) fn is_ruled_out_soon(carry: Variable) -> bool {
    STRATEGIES.iter().any(|strategy| strategy.rules_out(carry, true, &Case::new(), STEPS_SOON).is_ok())
}

/// An upper bound in this case.
pub(crate) fn most(polynomial: &Polynomial, case: &Case) -> BigInt {
    polynomial.most(|variable, is_upper| match case.get(&variable) {
        Some(is_set) => u8::from(*is_set).into(),
        None if is_upper => variable.most(),
        None => variable.least(),
    })
}

/// How the next replacement is chosen.
struct Strategy {
    kept: Kept,
    /// A carry that is subtracted is first followed to the end of its chain.
    follows_carries: bool,
}

/// Which words are not replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    None,
    /// Factors, such as the multiples of the modulus that a reduction adds.
    Factors,
    /// Factors that were cut from a value whose carry was dropped.
    CutFactors,
}

const STRATEGIES: [Strategy; 4] = [
    Strategy { kept: Kept::None, follows_carries: false },
    Strategy { kept: Kept::Factors, follows_carries: false },
    Strategy { kept: Kept::CutFactors, follows_carries: false },
    Strategy { kept: Kept::Factors, follows_carries: true },
];

impl Strategy {
    /// Shows that the carry is below one, or above zero: `scale` times the carry, or minus that, equals `bounded`.
    ///
    /// # Errors
    /// The carries that the last bound depended on.
    fn rules_out(&self, carry: Variable, is_set: bool, case: &Case, steps: usize) -> Result<(), Vec<Variable>> {
        let Some(own) = carry.equation() else { return Err(Vec::new()) };
        // ± radix · carry, written as its equation says.
        let is_borrow = own.radix < BigInt::ZERO;
        let mut scale = if is_borrow { -own.radix.clone() } else { own.radix.clone() };
        let mut bounded = Polynomial::constant(own.radix.clone()) * Polynomial::variable(carry) - own.zero.clone();
        if is_borrow == is_set {
            bounded = -bounded;
        }
        // None is used twice, which would undo the first time.
        let mut used = vec![carry];
        for _ in 0..steps {
            let limit = if is_set { &scale } else { &BigInt::ZERO };
            if most(&bounded, case) < *limit {
                let sample = carry.sample() * if is_set { 1 } else { -1 };
                assert!(bounded.sample() == scale * sample, "this is not what had to be bounded");
                return Ok(());
            }
            let Some((variable, equal)) = self.choice(&bounded, case, &used) else { break };
            used.push(equal);
            let Some(equation) = equal.equation() else { break };
            // Subtract the multiple of zero that cancels the variable, after scaling so that its factor is whole.
            let (own, there) = (equation.zero.coefficient(&[variable]), bounded.coefficient(&[variable]));
            if &there % &own == BigInt::ZERO {
                bounded.subtract_multiple(&(there / own), &equation.zero);
            } else {
                let (times, sign) = if own < BigInt::ZERO { (-own, -1) } else { (own, 1) };
                scale *= &times;
                bounded.scale(&times);
                bounded.subtract_multiple(&(there * sign), &equation.zero);
            }
        }
        Err(open_carries(&bounded, case))
    }

    /// The quantity to replace, and the one whose equation replaces it.
    fn choice(&self, bounded: &Polynomial, case: &Case, used: &[Variable]) -> Option<(Variable, Variable)> {
        let variables = bounded.variables();
        let followed = |variable: &Variable| {
            let is_subtracted = bounded.coefficient(&[*variable]) < BigInt::ZERO && !case.contains_key(variable);
            let next = variable.next_carry()?;
            (is_subtracted && next.equation().is_some() && !used.contains(&next)).then_some((*variable, next))
        };
        let replaced = |variable: &Variable| {
            let coefficient = bounded.coefficient(&[*variable]);
            let (equal, is_helpful) = match variable.origin() {
                Origin::Word { carry } => {
                    let multiple = &coefficient * &carry.equation()?.radix;
                    // Either word and carry cancel, or the carry's bound replaces the word's.
                    let cancels = multiple != BigInt::ZERO && bounded.coefficient(&[carry]) == multiple;
                    let is_kept = variable.is_factor() && self.keeps(carry);
                    (carry, cancels || multiple > BigInt::ZERO && !is_kept)
                }
                Origin::Carry => {
                    let is_borrow = variable.equation()?.radix < BigInt::ZERO;
                    let is_helpful = coefficient > BigInt::ZERO || coefficient < BigInt::ZERO && is_borrow;
                    (*variable, is_helpful && !case.contains_key(variable))
                }
                Origin::Equal => (*variable, coefficient != BigInt::ZERO),
                Origin::Input | Origin::Value => return None,
            };
            (is_helpful && !used.contains(&equal)).then_some((*variable, equal))
        };
        let followed = variables.iter().rev().find_map(followed).filter(|_| self.follows_carries);
        followed.or_else(|| variables.iter().rev().find_map(replaced))
    }

    /// Whether it keeps a factor with this carry.
    fn keeps(&self, carry: Variable) -> bool {
        match self.kept {
            Kept::None => false,
            Kept::Factors => true,
            Kept::CutFactors => carry.next_carry().is_none(),
        }
    }
}

/// The carries whose value is not assumed.
fn open_carries(polynomial: &Polynomial, case: &Case) -> Vec<Variable> {
    let is_open = |carry: &Variable| {
        matches!(carry.origin(), Origin::Carry) && carry.most() == 1.into() && !case.contains_key(carry)
    };
    polynomial.variables().into_iter().filter(is_open).collect()
}

/// More than the number of quantities in any proof here.
const STEPS_MAX: usize = 2_000;

/// Enough for a row of words.
const STEPS_SOON: usize = 64;
