//! Statements about what code computes, and their proofs.

use std::{format, string::String, vec::Vec};

use num_bigint::BigInt;

use super::bounds::{Case, is_ruled_out};
use super::polynomial::{Polynomial, Variable};

/// Proves that two polynomials are congruent for all inputs. Modulo zero, they are equal.
///
/// # Errors
/// What remains of their difference, if no proof is found.
pub(crate) fn prove_congruent(one: Polynomial, other: Polynomial, modulus: &BigInt) -> Result<(), String> {
    let mut difference = with_single_powers(&(one - other).expanded()).modulo(modulus);
    // What has no carry cannot be shown to be zero.
    if difference.terms().any(|(variables, _)| variables.iter().all(|variable| variable.equation().is_none())) {
        return Err(format!("left over: {difference:?}"));
    }
    for variable in difference.variables() {
        if is_ruled_out(variable, true, &Case::new()) {
            difference = with_zero(&difference, variable);
        } else if !is_single_bit(&variable) && variable.equation().is_some() {
            // Nor can a carry of more than one bit cancel.
            return Err(format!("left over: {difference:?}"));
        }
    }
    difference = without_exclusive_carries(difference);
    difference = with_equal_carries(difference, modulus);
    if difference.is_zero() { Ok(()) } else { Err(format!("left over: {difference:?}")) }
}

/// Replaces powers of carries: 0 and 1 are their own squares.
fn with_single_powers(difference: &Polynomial) -> Polynomial {
    let mut result = Polynomial::default();
    for (variables, coefficient) in difference.terms() {
        let mut product = variables.to_vec();
        product.dedup_by(|one, other| one == other && is_single_bit(one));
        let product = product.into_iter().map(Polynomial::variable);
        result = result + product.fold(Polynomial::constant(coefficient.clone()), |product, factor| product * factor);
    }
    result
}

/// Removes products of carries of which one is zero if the others are set.
fn without_exclusive_carries(difference: Polynomial) -> Polynomial {
    let products = difference.terms().map(|(variables, _)| variables.to_vec()).filter(|product| product.len() > 1);
    let is_zero = |product: &Vec<Variable>| {
        let is_excluded = |carry: &Variable| {
            let others = product.iter().filter(|other| *other != carry).map(|other| (*other, true)).collect();
            is_ruled_out(*carry, true, &others)
        };
        product.iter().all(is_single_bit) && product.iter().any(is_excluded)
    };
    let zeros: Vec<_> = products.filter(is_zero).collect();
    zeros.iter().fold(difference, |difference, product| difference.without(product))
}

/// Replaces a carry by another where each is set exactly if the other is, and both then cancel.
fn with_equal_carries(mut difference: Polynomial, modulus: &BigInt) -> Polynomial {
    let differ = |one: Variable, other: Variable, is_set: bool| {
        is_ruled_out(one, is_set, &Case::from([(other, !is_set)]))
            || is_ruled_out(other, !is_set, &Case::from([(one, is_set)]))
    };
    let carries: Vec<_> = difference.variables().into_iter().filter(is_single_bit).collect();
    for (index, one) in carries.iter().enumerate() {
        for other in &carries[index + 1..] {
            let sum = difference.coefficient(&[*one]) + difference.coefficient(&[*other]);
            let cancels = Polynomial::constant(sum).modulo(modulus).is_zero();
            let occurs = difference.coefficient(&[*one]) != BigInt::ZERO;
            if occurs && cancels && differ(*one, *other, true) && differ(*one, *other, false) {
                let by = |variable| Polynomial::variable(if variable == *one { *other } else { variable });
                difference = difference.replaced(by).modulo(modulus);
            }
        }
    }
    difference
}

fn with_zero(polynomial: &Polynomial, zero: Variable) -> Polynomial {
    polynomial.replaced(|own| if own == zero { Polynomial::default() } else { Polynomial::variable(own) })
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "a filter")]
fn is_single_bit(variable: &Variable) -> bool {
    variable.most() == 1.into()
}
