//! Inverses modulo 2²⁵⁶, by Newton's iteration.

use crypto_bigint::{U64, U256};

use crate::signature::inverse::inverse;

/// 1/odd modulo 2²⁵⁶: from the inverse modulo 2⁶⁴, in two steps.
pub(super) fn wide_inverse(odd: &U256) -> U256 {
    let lowest = u64::from(odd.resize::<{ U64::LIMBS }>());
    let mut wide = U256::from(inverse(lowest));
    for _ in 0..2 {
        wide = wide.wrapping_mul(&U256::from(2_u8).wrapping_sub(&odd.wrapping_mul(&wide)));
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_times_its_inverse_is_one() {
        for odd in [1, 3, 5, 0x8000_0000_0000_0001, 0xffff_ffff, 0x0123_4567_89ab_cdef, u64::MAX] {
            let wide = U256::from(odd).wrapping_shl_vartime(192).wrapping_add(&U256::from(odd));
            assert_eq!(wide.wrapping_mul(&wide_inverse(&wide)), U256::ONE);
        }
    }
}
