//! Scalars as sums of few odd multiples of powers of two: the non-adjacent form of a width w, w-NAF.
//!
//! Of each w digits in a row at most one is not zero; it is odd and below 2^(w−1) either way. So on average one digit in
//! w + 1 costs an addition, and a table needs the odd multiples from 1 to 2^(w−1) − 1 only.

use super::integer::{Integer, LimbArray};

/// Digits of the widest curve's scalars.
pub(super) const DIGITS_MAX: usize = 521;

/// The digits of a scalar, the one of the power 0 first, and zeros.
pub(super) type Digits = [i8; DIGITS_MAX];

/// Writes a scalar that is not negative and below 2^(`length` − 1), where `length` is at most [`DIGITS_MAX`], in digits of
/// `width` from 2 to 7.
///
/// What remains to be written at a position is the bits from there on and a carry. If that is odd, a digit takes `width` bits
/// and the carry, less 2^`width` if that is more than half of it; then there is a carry behind it. It is odd exactly where bit
/// and carry differ, and more than half exactly where the highest of the bits is set. So behind the last bit set there is at
/// most one carry, at the position that follows a set bit, `length` − 1 at most: all digits have a place, and none remains.
pub(super) fn recode<Limbs: LimbArray>(scalar: &Integer<Limbs>, width: u32, length: usize) -> Digits {
    let mut digits = [0; DIGITS_MAX];
    let skipped = usize::try_from(width).unwrap_or(1).saturating_sub(1);
    let half = 1_u8.wrapping_shl(width.saturating_sub(1));
    let mut carry = 0;
    let mut places = digits.iter_mut().enumerate().take(length);
    while let Some((position, digit)) = places.next() {
        let taken = scalar.window(position, width).wrapping_add(carry);
        if taken & 1 == 0 {
            // The bit equals the carry: both are zero, or their sum is the carry of the next.
            continue;
        }
        carry = u8::from(taken > half);
        *digit = taken.wrapping_sub(carry.wrapping_shl(width)).cast_signed();
        if skipped > 0 {
            places.nth(skipped.saturating_sub(1));
        }
    }
    digits
}
