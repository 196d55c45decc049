//! Upper bounds of what code returns, on each path through its `changed_if`s.
//!
//! On a path, each flag has a known value, and words are not mixed. A word is bounded by its width, or by what it was cut from: adding
//! an equation, which is zero, to a number does not change it, but may change the bound.

use std::{cell::RefCell, format, string::String, vec, vec::Vec};

use num_bigint::BigInt;

use super::bounds::{Case, most};
use super::polynomial::{Polynomial, Variable};
use super::quantity::{Origin, ZERO};

/// A path through the code.
#[derive(Default)]
struct Path {
    /// What the first decisions are. Those that follow are for a flag that is not set.
    planned: Vec<bool>,
    taken: Vec<bool>,
    case: Case,
    /// Polynomials that are zero.
    equations: Vec<Polynomial>,
}

std::thread_local! {
    static PATH: RefCell<Option<Path>> = const { RefCell::new(None) };
}

/// Whether the flag is set on the path that is followed, if one is. `equation` is of the number that may be changed.
pub(super) fn decide(flag: Variable, equation: impl FnOnce() -> Polynomial) -> Option<bool> {
    PATH.with_borrow_mut(|path| {
        let path = path.as_mut()?;
        if flag == ZERO {
            return Some(false);
        }
        assert!(matches!(flag.origin(), Origin::Carry), "a flag that is no carry");
        let is_set = match path.case.get(&flag) {
            // It has been decided.
            Some(is_set) => *is_set,
            None => {
                let is_set = path.planned.get(path.taken.len()).copied().unwrap_or(false);
                path.taken.push(is_set);
                path.case.insert(flag, is_set);
                is_set
            }
        };
        path.equations.push(equation());
        Some(is_set)
    })
}

/// What is known at the end of a path.
pub(crate) struct Known {
    case: Case,
    equations: Vec<Polynomial>,
}

/// Runs the code on each path, and judges what it returns. The code begins anew on each.
///
/// # Errors
/// The first path for which there is no proof.
pub(crate) fn prove_on_each<T>(
    code: impl Fn() -> T,
    judge: impl Fn(T, &Known) -> Result<(), String>,
) -> Result<(), String> {
    let mut planned = vec![Vec::new()];
    while let Some(decisions) = planned.pop() {
        let begun = decisions.len();
        PATH.set(Some(Path { planned: decisions, ..Path::default() }));
        // A path must not outlast a code that breaks an invariant.
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(&code));
        let Path { taken, case, equations, .. } = PATH.take().unwrap_or_default();
        let result = result.map_err(|_| format!("an invariant is broken on {taken:?}"))?;
        judge(result, &Known { case, equations }).map_err(|left| format!("on {taken:?}: {left}"))?;
        // The paths that part from this one after what was planned.
        planned.extend((begun..taken.len()).map(|at| [&taken[..at], &[true]].concat()));
    }
    Ok(())
}

/// The decisions on the path that is followed.
pub(super) fn decided() -> Vec<bool> {
    PATH.with_borrow(|path| path.as_ref().map_or_else(Vec::new, |path| path.taken.clone()))
}

impl Known {
    /// The polynomial in inputs and carries, with the flags of the path.
    pub(crate) fn expanded(&self, polynomial: &Polynomial) -> Polynomial {
        polynomial.expanded().replaced(|variable| match self.case.get(&variable) {
            Some(is_set) => Polynomial::constant(u8::from(*is_set).into()),
            None => Polynomial::variable(variable),
        })
    }

    /// Proves that a number is below the limit.
    ///
    /// # Errors
    /// If no proof is found.
    pub(crate) fn prove_below(&self, number: &Polynomial, limit: &BigInt) -> Result<(), String> {
        if is_below(number, limit, &self.case, &self.equations) { Ok(()) } else { Err(format!("not below {limit}")) }
    }
}

/// Whether the number, plus or minus some of these zeros, has a bound below the limit.
fn is_below(number: &Polynomial, limit: &BigInt, case: &Case, zeros: &[Polynomial]) -> bool {
    let Some((zero, others)) = zeros.split_first() else { return most(number, case) < *limit };
    [0, 1, -1].into_iter().any(|factor| {
        let mut number = number.clone();
        number.subtract_multiple(&factor.into(), zero);
        is_below(&number, limit, case, others)
    })
}
