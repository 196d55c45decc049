//! Formats JSON text for a terminal. Only white space and escapes change.

use certbound::limits;

/// White space between the tokens of a JSON text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    OneLine,
    Indented,
}

/// Reformats a JSON text, and escapes characters that a terminal would interpret.
///
/// The text is not parsed into values, so numbers keep their digits and members their order. The output is JSON if the
/// input is; any other input is safe, too.
pub(crate) fn lay_out(json: &str, layout: Layout) -> String {
    let mut output = String::with_capacity(json.len());
    let mut depth: usize = 0;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => {
                output.push('"');
                copy_string(&mut characters, &mut output);
            }
            '{' | '[' => {
                output.push(character);
                while characters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(closing) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    output.push(closing);
                } else {
                    depth = depth.saturating_add(1);
                    break_line(&mut output, layout, depth);
                }
            }
            '}' | ']' => {
                // If the opening bracket did not break the line, the closing one does not either.
                let inner = depth;
                depth = depth.saturating_sub(1);
                if inner <= limits::JSON_DEPTH {
                    break_line(&mut output, layout, depth);
                }
                output.push(character);
            }
            ',' => {
                output.push(',');
                break_line(&mut output, layout, depth);
            }
            ':' if layout == Layout::Indented => output.push_str(": "),
            other => push_printable(other, &mut output),
        }
    }
    output
}

/// A text as a JSON string in quotes, with characters that a terminal would interpret escaped.
pub(crate) fn quote(text: &str) -> String {
    escape_unprintable(&serde_json::to_string(text).unwrap_or_default())
}

/// The JSON text of a value on one line, truncated if it is long.
pub(crate) fn excerpt(json: &str) -> String {
    let line = lay_out(json, Layout::OneLine);
    match line.char_indices().nth(EXCERPT_LEN) {
        Some((end, _)) => format!("{}… ({} bytes)", line.get(..end).unwrap_or_default(), json.len()),
        None => line,
    }
}

/// Replaces invisible characters, and those that a terminal would interpret, by `\uXXXX`.
pub(crate) fn escape_unprintable(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for character in text.chars() {
        push_printable(character, &mut output);
    }
    output
}

/// Copies the rest of a string, including its closing quote.
fn copy_string(characters: &mut impl Iterator<Item = char>, output: &mut String) {
    let mut is_escaped = false;
    for character in characters {
        push_printable(character, output);
        if character == '"' && !is_escaped {
            return;
        }
        is_escaped = character == '\\' && !is_escaped;
    }
}

fn push_printable(character: char, output: &mut String) {
    if is_printable(character) {
        output.push(character);
    } else {
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            output.push_str(&format!("\\u{unit:04x}"));
        }
    }
}

/// Whether a character is visible and affects neither the terminal nor the direction of the text.
///
/// This excludes C0 and C1 controls, invisible and bidirectional format characters, line separators and tags.
const fn is_printable(character: char) -> bool {
    !matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Beyond the depth that the core accepts, everything stays on one line, so that hostile nesting cannot blow up the output.
fn break_line(output: &mut String, layout: Layout, depth: usize) {
    if layout == Layout::Indented && depth <= limits::JSON_DEPTH {
        output.push('\n');
        output.push_str(&"  ".repeat(depth));
    }
}

/// Maximum number of characters of an untrusted value in a message.
const EXCERPT_LEN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_changes_only_white_space() {
        let json = "{ \"b\" : [1.50e1 , true,{},[ ]],\n\"a\":\"x: {\\\"y\\\\\" }";
        assert_eq!(lay_out(json, Layout::OneLine), r#"{"b":[1.50e1,true,{},[]],"a":"x: {\"y\\"}"#);
        assert_eq!(
            lay_out(json, Layout::Indented),
            "{\n  \"b\": [\n    1.50e1,\n    true,\n    {},\n    []\n  ],\n  \"a\": \"x: {\\\"y\\\\\"\n}"
        );
    }

    #[test]
    fn terminal_controls_are_escaped_without_changing_the_value() {
        let json = "{\"sub\":\"\u{9b}31m\u{7f}\u{202e}ü😀\u{e0041}\"}";
        let safe = lay_out(json, Layout::OneLine);
        assert_eq!(safe, "{\"sub\":\"\\u009b31m\\u007f\\u202eü😀\\udb40\\udc41\"}");
        let (one, other): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(json).unwrap(), serde_json::from_str(&safe).unwrap());
        assert_eq!(one, other);
        assert_eq!(quote("a\"\x1b[2J"), r#""a\"\u001b[2J""#);
        assert_eq!(escape_unprintable("a\nb"), "a\\u000ab");
    }

    #[test]
    fn deep_nesting_does_not_blow_up_the_output() {
        let json = "[".repeat(100_000) + "1,2" + &"]".repeat(100_000);
        let output = lay_out(&json, Layout::Indented);
        assert!(output.len() < 210_000);
        assert_eq!(output.replace([' ', '\n'], ""), json);
    }

    #[test]
    fn text_that_is_not_json_is_safe() {
        for text in ["", "\"", "\"\\", "}}]]", "{", "[,:", "\u{1b}"] {
            assert!(!lay_out(text, Layout::Indented).contains('\u{1b}'));
        }
    }

    #[test]
    fn long_excerpts_are_truncated() {
        assert_eq!(excerpt("[1, 2]"), "[1,2]");
        assert!(excerpt(&"ü".repeat(300)).ends_with("ü… (600 bytes)"));
    }
}
