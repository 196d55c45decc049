//! NumericDate, the times of claims (RFC 7519 §2).

use crate::{
    UnixTime,
    json::{Number, NumberParts},
    limits,
};

/// The first whole second at or after this NumericDate.
///
/// Rounding fractions up is exact for a clock of whole seconds: `now < 5.5` is `now < 6`, and `5.5 <= now` is `6 <=
/// now`. Returns `None` for a time outside 1970 to 9999. No input wraps.
pub fn unix_time(number: Number<'_>) -> Option<UnixTime> {
    // Almost every time is digits alone, which the standard library reads.
    if let Ok(seconds) = number.as_str().parse() {
        return within_range(seconds);
    }
    let NumberParts { is_negative, integer, fraction, exponent } = number.parts()?;
    let mut seconds: u64 = 0;
    let mut has_fraction = false;
    let integer_len = i64::try_from(integer.len()).ok()?;
    // The number of digits before the decimal point, once the exponent has moved it.
    let mut before_point = integer_len.saturating_add(exponent);
    for digit in integer.iter().chain(fraction) {
        if before_point > 0 {
            seconds = shift_in(seconds, *digit)?;
            before_point = before_point.saturating_sub(1);
        } else {
            has_fraction |= *digit != b'0';
        }
    }
    // Zeros that the exponent adds. Twelve of them exceed the range unless the number is zero.
    while before_point > 0 && seconds > 0 {
        seconds = shift_in(seconds, b'0')?;
        before_point = before_point.saturating_sub(1);
    }
    if is_negative && (seconds > 0 || has_fraction) {
        return None;
    }
    within_range(seconds.saturating_add(u64::from(has_fraction)))
}

fn within_range(seconds: u64) -> Option<UnixTime> {
    (seconds <= limits::UNIX_TIME_MAX).then_some(UnixTime::from_seconds(seconds))
}

/// Appends a decimal digit to `seconds`, if the result is within range.
fn shift_in(seconds: u64, digit: u8) -> Option<u64> {
    let seconds = seconds.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))?;
    (seconds <= limits::UNIX_TIME_MAX).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::json;

    fn time(text: &str) -> Option<u64> {
        let number = json::read(text.as_bytes()).unwrap().as_number().unwrap();
        assert_eq!(number.as_str(), text);
        unix_time(number).map(UnixTime::seconds)
    }

    #[test]
    fn whole_seconds_are_exact() {
        assert_eq!(time("0"), Some(0));
        assert_eq!(time("-0"), Some(0));
        assert_eq!(time("1900000000"), Some(1_900_000_000));
        assert_eq!(time("253402300799"), Some(limits::UNIX_TIME_MAX));
    }

    #[test]
    fn fractions_are_rounded_up() {
        assert_eq!(time("1.0"), Some(1));
        assert_eq!(time("1.000000000000000000000000001"), Some(2));
        assert_eq!(time("0.5"), Some(1));
        assert_eq!(time("1e-400"), Some(1));
        assert_eq!(time("253402300799.0"), Some(limits::UNIX_TIME_MAX));
        assert_eq!(time("-0.0e5"), Some(0));
    }

    #[test]
    fn exponents_move_the_point() {
        assert_eq!(time("1.9e9"), Some(1_900_000_000));
        assert_eq!(time("19E+8"), Some(1_900_000_000));
        assert_eq!(time("19000000000e-1"), Some(1_900_000_000));
        assert_eq!(time("0e99999999999999999999"), Some(0));
        assert_eq!(time("1e-99999999999999999999"), Some(1));
    }

    #[test]
    fn anything_else_is_rejected() {
        for json in [
            "253402300800",
            "253402300799.1",
            "-1",
            "-0.1",
            "-1e-400",
            "1e400",
            "18446744073709551616",
            "1e99999999999999999999",
            "1e12",
        ] {
            assert_eq!(time(json), None, "{json}");
        }
        assert_eq!(time(&"9".repeat(400)), None);
        let padded: String = format!("{}.{}", 5, "0".repeat(10_000));
        assert_eq!(time(&padded), Some(5));
    }
}
