//! What the checks must find, so that one that finds nothing is known to look.

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

/// Is on a cycle with its other half.
#[inline(never)]
fn count_down(input: &[u8]) -> usize {
    input.split_last().map_or(0, |(_, rest)| half_of_it(rest).wrapping_add(1))
}

#[inline(never)]
fn half_of_it(input: &[u8]) -> usize {
    if input.len() < 7 { count_down(input) } else { count_down(input.get(7..).unwrap_or_default()).wrapping_mul(3) }
}
