//! A JSON number, kept as it is written.

use crate::{Error, words};

/// The characters of a JSON number (RFC 8259 §6).
#[derive(Clone, Copy, Debug)]
pub struct Number<'json> {
    raw: &'json str,
}

impl<'json> Number<'json> {
    /// Reads a text that is exactly one number.
    pub(super) fn read(raw: &'json str) -> Result<Self, Error> {
        if skip(raw.as_bytes())?.is_empty() { Ok(Self { raw }) } else { Err(Error::JsonNumberMalformed) }
    }

    /// The number with these characters, which [`skip`] has checked.
    pub(super) const fn of_checked(raw: &'json str) -> Self {
        Self { raw }
    }

    /// The number as it is written.
    pub const fn as_str(self) -> &'json str {
        self.raw
    }

    /// The sign, digits and exponent.
    pub(crate) fn parts(self) -> Option<NumberParts<'json>> {
        NumberParts::split_from(self.raw.as_bytes()).ok().map(|(parts, _)| parts)
    }
}

/// Skips the number at the start of `rest`.
#[inline(always)]
pub(super) fn skip(rest: &[u8]) -> Result<&[u8], Error> {
    // Most numbers have digits only, and what follows them cannot continue them.
    let after = words::skip_to(rest, words::not_digits);
    match (rest, after) {
        ([b'1'..=b'9', ..], [b',' | b'}' | b']', ..]) => Ok(after),
        _ => skip_any(rest),
    }
}

/// [`skip`] for all numbers.
fn skip_any(rest: &[u8]) -> Result<&[u8], Error> {
    let (_, after) = NumberParts::split_from(rest)?;
    match after {
        // A number must not be followed by a character that could continue it.
        [b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'+' | b'-', ..] => Err(Error::JsonNumberMalformed),
        _ => Ok(after),
    }
}

/// The parts of a number.
pub(crate) struct NumberParts<'json> {
    pub(crate) is_negative: bool,
    /// The digits before the decimal point.
    pub(crate) integer: &'json [u8],
    /// The digits after it.
    pub(crate) fraction: &'json [u8],
    /// The power of ten, or the nearest that fits.
    pub(crate) exponent: i64,
}

impl<'json> NumberParts<'json> {
    /// Reads the number at the start of `rest`. Returns its parts and the remaining text.
    fn split_from(rest: &'json [u8]) -> Result<(Self, &'json [u8]), Error> {
        let (is_negative, rest) = strip_optional(rest, b'-');
        let (integer, rest) = split_digits(rest)?;
        if let [b'0', _, ..] = integer {
            return Err(Error::JsonNumberMalformed);
        }
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest)?,
            _ => (&[][..], rest),
        };
        let (exponent, rest) = match rest {
            [b'e' | b'E', rest @ ..] => {
                let (minus, rest) = strip_optional(rest, b'-');
                let (_, rest) = if minus { (false, rest) } else { strip_optional(rest, b'+') };
                let (digits, rest) = split_digits(rest)?;
                let size = decimal(digits);
                (if minus { size.saturating_neg() } else { size }, rest)
            }
            _ => (0, rest),
        };
        Ok((Self { is_negative, integer, fraction, exponent }, rest))
    }
}

fn strip_optional(rest: &[u8], sign: u8) -> (bool, &[u8]) {
    match rest.split_first() {
        Some((first, after)) if *first == sign => (true, after),
        _ => (false, rest),
    }
}

/// One or more digits, and what follows them.
fn split_digits(rest: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let after = words::skip_to(rest, words::not_digits);
    match rest.split_at_checked(rest.len().saturating_sub(after.len())) {
        None | Some(([], [_, ..])) => Err(Error::JsonNumberMalformed),
        Some(([], [])) => Err(Error::JsonUnexpectedEnd),
        Some(split) => Ok(split),
    }
}

/// The value of decimal digits, or as much of it as there is room for.
fn decimal(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |value: i64, digit| value.saturating_mul(10).saturating_add(i64::from(digit.wrapping_sub(b'0'))))
}
