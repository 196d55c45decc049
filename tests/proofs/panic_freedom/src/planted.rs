//! A panic and a recursion that the proofs must find, to show that they would find others.

use crate::{entries, seen};

entries! {
    fn planted_panic(input, _, _) {
        let Some(index) = input.first() else { return };
        seen(input[usize::from(*index)]);
    }

    fn planted_recursion(input, _, _) {
        seen(count_down(input));
    }
}

/// Is on a cycle with [`count_half`].
#[inline(never)]
fn count_down(input: &[u8]) -> usize {
    input.split_last().map_or(0, |(_, rest)| count_half(rest).wrapping_add(1))
}

#[inline(never)]
fn count_half(input: &[u8]) -> usize {
    if input.len() < 7 { count_down(input) } else { count_down(input.get(7..).unwrap_or_default()).wrapping_mul(3) }
}
