//! A JSON number, kept as it is written.

use crate::Error;

/// The characters of a JSON number (RFC 8259 §6).
#[derive(Clone, Copy, Debug)]
pub struct Number<'json> {
    raw: &'json str,
}

impl<'json> Number<'json> {
    /// Reads the number at the start of `rest`. Returns it and the remaining text.
    pub(super) fn split_from(rest: &'json str) -> Result<(Self, &'json str), Error> {
        let whole = rest;
        let (_, rest) = NumberParts::split_from(rest)?;
        // A number must not be followed by a character that could continue it.
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

    /// The sign, digits and exponent.
    pub(crate) fn parts(self) -> Option<NumberParts<'json>> {
        NumberParts::split_from(self.raw).ok().map(|(parts, _)| parts)
    }
}

/// The parts of a number.
pub(crate) struct NumberParts<'json> {
    pub(crate) is_negative: bool,
    /// The digits before the decimal point.
    pub(crate) integer: &'json str,
    /// The digits after it.
    pub(crate) fraction: &'json str,
    /// The power of ten, or the nearest that fits.
    pub(crate) exponent: i64,
}

impl<'json> NumberParts<'json> {
    /// Reads the number at the start of `rest`. Returns its parts and the remaining text.
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
