//! Inverses modulo 2⁶⁴, by Newton's iteration: each step doubles the number of correct bits.

/// 1/odd modulo 2⁶⁴.
///
/// An odd number is its own inverse modulo 8. Five steps make 3 · 2⁵ = 96 bits correct.
pub(super) const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut step = 0_u8;
    while step < 5 {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        step = step.wrapping_add(1);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for odd in [1, 3, 5, 0x8000_0000_0000_0001, 0xffff_ffff, 0x0123_4567_89ab_cdef, u64::MAX] {
            assert_eq!(odd.wrapping_mul(inverse(odd)), 1);
        }
    }
}
