//! Polynomials with whole coefficients, in variables that stand for whole numbers.

use std::{collections::BTreeMap, vec, vec::Vec};

use num_bigint::BigInt;

/// A variable, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variable(pub(crate) usize);

/// A sum of products of variables, each with a coefficient other than zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Polynomial(BTreeMap<Vec<Variable>, BigInt>);

impl Polynomial {
    pub(crate) fn constant(value: BigInt) -> Self {
        let mut own = Self::default();
        own.add(Vec::new(), value);
        own
    }

    pub(crate) fn variable(variable: Variable) -> Self {
        Self([(vec![variable], 1.into())].into())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn terms(&self) -> impl Iterator<Item = (&[Variable], &BigInt)> {
        self.0.iter().map(|(variables, coefficient)| (variables.as_slice(), coefficient))
    }

    /// The variables that occur, in order.
    pub(crate) fn variables(&self) -> Vec<Variable> {
        let mut variables: Vec<_> = self.0.keys().flatten().copied().collect();
        variables.sort_unstable();
        variables.dedup();
        variables
    }

    /// The coefficient of a product of variables, which must be in order.
    pub(crate) fn coefficient(&self, variables: &[Variable]) -> BigInt {
        self.0.get(variables).cloned().unwrap_or_default()
    }

    /// The value, where the variables have these values.
    pub(crate) fn value(&self, of: impl Fn(Variable) -> BigInt) -> BigInt {
        self.0
            .iter()
            .map(|(variables, coefficient)| {
                variables.iter().fold(coefficient.clone(), |product, variable| product * of(*variable))
            })
            .sum()
    }

    /// An upper bound of the value. `bound` returns the upper bound of a variable, or its lower bound (`false`), which is not
    /// negative.
    pub(crate) fn most(&self, bound: impl Fn(Variable, bool) -> BigInt) -> BigInt {
        let most = |(variables, coefficient): (&Vec<Variable>, &BigInt)| {
            let is_upper = *coefficient > BigInt::ZERO;
            variables.iter().fold(coefficient.clone(), |product, variable| product * bound(*variable, is_upper))
        };
        self.0.iter().map(most).sum()
    }

    /// Subtracts a multiple of another polynomial.
    pub(crate) fn subtract_multiple(&mut self, factor: &BigInt, other: &Self) {
        other.0.iter().for_each(|(variables, coefficient)| self.add(variables.clone(), -(factor * coefficient)));
    }

    /// Multiplies by a number other than zero.
    pub(crate) fn scale(&mut self, factor: &BigInt) {
        self.0.values_mut().for_each(|coefficient| *coefficient *= factor);
    }

    /// The polynomial with others in place of its variables.
    pub(crate) fn replaced(&self, by: impl Fn(Variable) -> Self) -> Self {
        let mut result = Self::default();
        for (variables, coefficient) in &self.0 {
            let product =
                variables.iter().fold(Self::constant(coefficient.clone()), |product, variable| product * by(*variable));
            product.0.into_iter().for_each(|(variables, coefficient)| result.add(variables, coefficient));
        }
        result
    }

    /// The polynomial without a term.
    pub(crate) fn without(mut self, variables: &[Variable]) -> Self {
        self.0.remove(variables);
        self
    }

    /// The quotient by a number, if its coefficients are whole.
    pub(crate) fn divided(&self, divisor: &BigInt) -> Option<Self> {
        let is_whole = |coefficient: &BigInt| coefficient % divisor == BigInt::ZERO;
        self.0.values().all(is_whole).then(|| {
            Self(self.0.iter().map(|(variables, coefficient)| (variables.clone(), coefficient / divisor)).collect())
        })
    }

    /// The polynomial without multiples of a number. Zero has no multiples.
    pub(crate) fn modulo(mut self, modulus: &BigInt) -> Self {
        if *modulus != BigInt::ZERO {
            self.0.values_mut().for_each(|coefficient| *coefficient %= modulus);
            self.0.retain(|_, coefficient| *coefficient != BigInt::ZERO);
        }
        self
    }

    fn add(&mut self, variables: Vec<Variable>, coefficient: BigInt) {
        use std::collections::btree_map::Entry;
        match self.0.entry(variables) {
            Entry::Vacant(place) if coefficient != BigInt::ZERO => {
                place.insert(coefficient);
            }
            Entry::Vacant(_) => {}
            Entry::Occupied(mut place) => {
                *place.get_mut() += coefficient;
                if *place.get() == BigInt::ZERO {
                    place.remove();
                }
            }
        }
    }
}

impl core::ops::Add for Polynomial {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        if self.0.len() < other.0.len() {
            return other + self;
        }
        other.0.into_iter().for_each(|(variables, coefficient)| Self::add(&mut self, variables, coefficient));
        self
    }
}

impl core::ops::Neg for Polynomial {
    type Output = Self;

    fn neg(mut self) -> Self {
        self.0.values_mut().for_each(|coefficient| *coefficient *= -1);
        self
    }
}

impl core::ops::Sub for Polynomial {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl core::ops::Mul for Polynomial {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut product = Self::default();
        for (one, coefficient) in &self.0 {
            for (another, further) in &other.0 {
                let mut variables = [one.as_slice(), another].concat();
                variables.sort_unstable();
                product.add(variables, coefficient * further);
            }
        }
        product
    }
}
