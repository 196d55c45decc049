//! Proves what code over [`Word`](super::word::Word) computes, for all inputs. For tests only.
//!
//! **Method.** The code runs once, on symbolic words. An operation does not compute; it makes a quantity for the word that it
//! returns and one for what goes beyond it (a carry, a borrow or an upper word), and notes the equation between them, which
//! holds over the integers:
//!
//! > value = word ± 2^BITS · carry, where the value is a · b, a · b + c + d, a + b + carry, a − b − borrow or a · 2^k.
//!
//! Nothing is assumed about what the code does with the two. In particular, a carry that the code drops stays in the equations:
//! it must be shown to be zero, or the proof fails. A statement is then proved in two steps.
//!
//! 1. **Elimination** (`statement`). Each word is replaced by its value minus what was carried out of it, until only inputs and
//!    carries are left. Carries that the code passed on cancel. If all coefficients that remain are multiples of the modulus, both
//!    sides are congruent for all inputs.
//! 2. **Bounds** (`bounds`). Otherwise the remaining terms have carries that were dropped, or that stand for each other. From the
//!    equations and the intervals of their quantities, such a carry is shown to be zero, or two carries to be equal, in each
//!    case of the carries that the bounds depend on.
//!
//! **Other code** runs with other symbols: with polynomials as elements of a field (`element`), with polynomials that have an
//! interval as signed words (`signed`), and, where an upper bound is to be proved, once on each path (`paths`).
//!
//! **What is proved** is a congruence, or an equation over the integers, between what the code returns and what its documentation
//! says, for all values of all input words.
//!
//! **What is trusted**: that `rustc` compiles the code, since the compiled program is not examined; that the operations of `u64`
//! and `u32` in `word.rs` satisfy their equations, which tests compare with the symbolic ones at the edges of each operation;
//! num-bigint; and this folder. The code has no loop or branch that depends on a word, because [`Word`](super::word::Word)
//! offers none but `changed_if`, whose two sides are both run. So one run covers all inputs.
//!
//! **What checks the prover.** It finds true statements and rejects false ones (`statement`). Every quantity has its value for
//! one choice of inputs, with which each equation and each bound is checked on the way. And faults are planted in each operation
//! of the code of each theorem (`faults`): a fault for which some input gives a wrong result must never be proved.
//!
//! **What is not covered**: time, which need not be constant here; anything above the functions that the theorems list, such as
//! the order in which points are added.

pub(crate) mod bounds;
pub(crate) mod element;
pub(crate) mod faults;
pub(crate) mod paths;
pub(crate) mod polynomial;
pub(crate) mod quantity;
pub(crate) mod signed;
pub(crate) mod statement;
pub(crate) mod symbol;

mod tests;
