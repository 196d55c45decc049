//! A JSON number, kept as it is written, and what moment it is.

use crate::{Error, UnixTime, limits};

/// The characters of a JSON number (RFC 8259 §6).
#[derive(Clone, Copy, Debug)]
pub struct Number<'json> {
    raw: &'json str,
}

impl<'json> Number<'json> {
    /// Reads the number at the front of `rest`, and tells what follows it.
    pub(super) fn split_from(rest: &'json str) -> Result<(Self, &'json str), Error> {
        let whole = rest;
        let (_, rest) = Parts::split_from(rest)?;
        // A letter or a digit right behind it would belong to it.
        if rest.starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '.' | '+' | '-')) {
            return Err(Error::JsonNumberMalformed);
        }
        let raw = whole.get(..whole.len().saturating_sub(rest.len())).ok_or(Error::JsonNumberMalformed)?;
        Ok((Self { raw }, rest))
    }

    /// The number as it is written.
    pub const fn as_str(self) -> &'json str {
        self.raw
    }

    /// The first whole second that is not before this NumericDate (RFC 7519 §2).
    ///
    /// Fractions are rounded up, which is exact for a clock of whole seconds: `now < 5.5` is `now < 6`, and `5.5 <= now`
    /// is `6 <= now`. `None` for what is no time between 1970 and 9999; nothing wraps, whatever the digits.
    pub fn unix_time(self) -> Option<UnixTime> {
        let (Parts { is_negative, integer, fraction, exponent }, _) = Parts::split_from(self.raw).ok()?;
        let mut seconds: u64 = 0;
        let mut has_fraction = false;
        let integer_len = i64::try_from(integer.len()).ok()?;
        // How many digits stand before the decimal point once it is moved by the exponent.
        let mut before_point = integer_len.saturating_add(exponent);
        for digit in integer.bytes().chain(fraction.bytes()) {
            if before_point > 0 {
                seconds = shift_in(seconds, digit)?;
                before_point = before_point.saturating_sub(1);
            } else {
                has_fraction |= digit != b'0';
            }
        }
        // Zeros that the exponent adds: twelve of them are too many for anything but zero.
        while before_point > 0 && seconds > 0 {
            seconds = shift_in(seconds, b'0')?;
            before_point = before_point.saturating_sub(1);
        }
        if is_negative && (seconds > 0 || has_fraction) {
            return None;
        }
        let seconds = seconds.saturating_add(u64::from(has_fraction));
        (seconds <= limits::UNIX_TIME_MAX).then_some(UnixTime::from_seconds(seconds))
    }
}

/// What a number consists of.
struct Parts<'json> {
    is_negative: bool,
    integer: &'json str,
    fraction: &'json str,
    exponent: i64,
}

impl<'json> Parts<'json> {
    /// Reads the number at the front of `rest`, and tells what follows it.
    fn split_from(rest: &'json str) -> Result<(Self, &'json str), Error> {
        let (is_negative, rest) = strip_optional(rest, "-");
        let (integer, rest) = split_digits(rest)?;
        if integer.len() > 1 && integer.starts_with('0') {
            return Err(Error::JsonNumberMalformed);
        }
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest)?,
            None => ("", rest),
        };
        let (exponent, rest) = match rest.strip_prefix(['e', 'E']) {
            Some(rest) => {
                let (minus, rest) = strip_optional(rest, "-");
                let (_, rest) = if minus { (false, rest) } else { strip_optional(rest, "+") };
                let (digits, rest) = split_digits(rest)?;
                let size = decimal(digits);
                (if minus { size.saturating_neg() } else { size }, rest)
            }
            None => (0, rest),
        };
        Ok((Self { is_negative, integer, fraction, exponent }, rest))
    }
}

/// `seconds` with one more decimal digit, where that is still a time.
fn shift_in(seconds: u64, digit: u8) -> Option<u64> {
    let seconds = seconds.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))?;
    (seconds <= limits::UNIX_TIME_MAX).then_some(seconds)
}

fn strip_optional<'json>(rest: &'json str, sign: &str) -> (bool, &'json str) {
    rest.strip_prefix(sign).map_or((false, rest), |rest| (true, rest))
}

/// One or more digits, and what follows them.
fn split_digits(rest: &str) -> Result<(&str, &str), Error> {
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    if length == 0 {
        return Err(if rest.is_empty() { Error::JsonUnexpectedEnd } else { Error::JsonNumberMalformed });
    }
    rest.split_at_checked(length).ok_or(Error::JsonNumberMalformed)
}

/// The value of decimal digits, or as much of it as there is room for.
fn decimal(digits: &str) -> i64 {
    digits
        .bytes()
        .fold(0, |value: i64, digit| value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))))
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    fn time(json: &str) -> Option<u64> {
        let (number, rest) = Number::split_from(json).unwrap();
        assert_eq!((number.as_str(), rest), (json, ""));
        number.unix_time().map(UnixTime::seconds)
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
    fn what_is_no_time_is_none() {
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
