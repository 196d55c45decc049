//! What no output may contain: the tokens that are sent, what they say of the owner, and the URL's query.

use std::{cmp::Reverse, collections::HashSet};

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    arsenal::Arsenal,
    attack::{ATTACKS, Attempt},
    stolen_token::is_of_token,
};
use crate::token::Unverified;

/// What is replaced in what a server says.
pub(super) struct Secrets {
    /// Whole texts, each with the word that takes its place.
    texts: Vec<(String, &'static str)>,
    /// All fragments of tokens.
    fragments: HashSet<[u8; FRAGMENT_LEN]>,
}

impl Secrets {
    /// The secrets of a run: whatever its attacks can send.
    pub(super) fn of(arsenal: &Arsenal) -> Self {
        let attempts = ATTACKS.iter().flat_map(|attack| attack.attempts);
        let tokens = |attempt: &Attempt| arsenal.bearer(attempt.bearer).ok().flatten();
        Self::new(attempts.filter_map(tokens), arsenal.url.target())
    }

    fn new(tokens: impl Iterator<Item = String>, target: &str) -> Self {
        let (mut all, mut fragments) = (Vec::new(), HashSet::new());
        for token in tokens {
            fragments.extend(fragments_of(&token));
            let parts = token.split('.').filter(|part| part.len() >= PART_LEN);
            all.extend(parts.map(|part| (part.to_owned(), TOKEN)));
            let claims = Unverified::decode(token.as_bytes()).claims_json.unwrap_or_default();
            let values = values(&serde_json::from_slice(&claims).unwrap_or_default());
            all.extend(
                values.into_iter().filter(|value| value.chars().count() >= VALUE_LEN).map(|value| (value, CLAIM)),
            );
            all.push((token, TOKEN));
        }
        if let Some((_, query)) = target.split_once('?') {
            let values = query.split('&').map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
            let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            let texts = values.chain([query]).flat_map(|text| [text.to_owned(), decoded(text)]);
            all.extend(texts.filter(|text| text.chars().count() >= VALUE_LEN).map(|text| (text, QUERY)));
        }
        // The longest first, so that none leaves a part of another one.
        all.sort_by(|one, other| Reverse(one.0.len()).cmp(&Reverse(other.0.len())).then_with(|| one.cmp(other)));
        all.dedup_by(|one, other| one.0 == other.0);
        Self { texts: all, fragments }
    }

    /// A server's text without secrets, and not too long. It may contain any character.
    pub(super) fn hide(&self, text: &str) -> String {
        let text: String = text.chars().take(READ_LEN).collect();
        let text = self.texts.iter().fold(text, |text, (secret, word)| text.replace(secret, word));
        let text = self.hide_fragments(&text);
        match text.char_indices().nth(TEXT_LEN) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }

    /// Replaces each word with a fragment of a token, since a server may show only the first characters of one.
    fn hide_fragments(&self, text: &str) -> String {
        let mut shown = String::new();
        let is_between_words = |character: char| !u8::try_from(character).is_ok_and(|byte| is_of_token(&byte));
        for chunk in text.split_inclusive(is_between_words) {
            let word = chunk.trim_end_matches(is_between_words);
            let has_fragment = fragments_of(word).any(|fragment| self.fragments.contains(&fragment));
            shown.push_str(if has_fragment { TOKEN } else { word });
            shown.push_str(chunk.get(word.len()..).unwrap_or_default());
        }
        shown
    }
}

fn fragments_of(text: &str) -> impl Iterator<Item = [u8; FRAGMENT_LEN]> {
    text.as_bytes().windows(FRAGMENT_LEN).filter_map(|fragment| fragment.try_into().ok())
}

/// The strings and numbers in a JSON value.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(elements) => elements.iter().flat_map(values).collect(),
        Value::Object(members) => members.values().flat_map(values).collect(),
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

const TOKEN: &str = "(token)";
const CLAIM: &str = "(claim)";
const QUERY: &str = "(query)";

/// Shortest part of a token that counts as a secret. Shorter ones are common words.
const PART_LEN: usize = 8;

/// Shortest value of a claim or of the query that counts as a secret, in characters. Shorter ones are parts of common words.
const VALUE_LEN: usize = 4;

/// Length of a fragment of a token that counts as a secret. No longer word of a server is part of a token by chance.
const FRAGMENT_LEN: usize = 16;

/// Characters of a server's text that are read.
const READ_LEN: usize = 4096;

/// Maximum number of characters of a server's text.
const TEXT_LEN: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::encode_base64url;

    fn secrets(tokens: &[&str], target: &str) -> Secrets {
        Secrets::new(tokens.iter().map(|token| (*token).to_owned()), target)
    }

    #[test]
    fn tokens_and_their_parts_are_hidden() {
        let secrets =
            secrets(&["aaaaaaaaaa.bbbbbbbbbb.cccccccccc", "aaaaaaaaaa.dddddddddd.", "opaque/1", "short.7"], "/");
        for (text, shown) in [
            ("x aaaaaaaaaa.bbbbbbbbbb.cccccccccc y", "x (token) y"),
            ("signature cccccccccc", "signature (token)"),
            ("dddddddddd\u{1b}", "(token)\u{1b}"),
            ("opaque/1 short.7 short", "(token) (token) short"),
            ("Bearer error=\"invalid_token\"", "Bearer error=\"invalid_token\""),
        ] {
            assert_eq!(secrets.hide(text), shown);
        }
        assert_eq!(secrets.hide(&"ü".repeat(201)).chars().count(), 201);
        assert_eq!(secrets.hide(&"ü".repeat(200)).chars().count(), 200);
    }

    #[test]
    fn fragments_of_tokens_are_hidden() {
        let secrets = secrets(&["0123456789abcdefghij.KLMNOPQRSTUVWXYZ.signature"], "/");
        for (text, shown) in [
            ("the token 0123456789abcdef… is bad", "the token (token)… is bad"),
            ("the token 0123456789abcde… is bad", "the token 0123456789abcde… is bad"),
            ("ends in \"...6789abcdefghij.K\"", "ends in \"(token)\""),
            ("0123456789abcdef, ü 0123456789abcdef", "(token), ü (token)"),
            (
                "Bearer error=invalid_token-of-more-than-16-characters",
                "Bearer error=invalid_token-of-more-than-16-characters",
            ),
        ] {
            assert_eq!(secrets.hide(text), shown);
        }
        // What follows the read part cannot be shown, however much of the text is hidden.
        let long = "0123456789abcdefghij ".repeat(1000);
        assert_eq!(secrets.hide(&long).replace("(token)", "").trim(), "…");
    }

    #[test]
    fn values_of_claims_are_hidden() {
        let claims = r#"{"sub": "älice", "exp": 1900000060, "n": 123, "cnf": {"x5t#S256": "AAAA"}, "aud": ["bbbb", "ccc"], "ok": true}"#;
        let token = ["{}", claims, "signature"].map(|part| encode_base64url(part.as_bytes())).join(".");
        let secrets = secrets(&[&token], "/");
        let text = "älice until 1900000060: AAAA bbbb ccc 123 true";
        assert_eq!(secrets.hide(text), "(claim) until (claim): (claim) (claim) ccc 123 true");
    }

    #[test]
    fn the_query_is_hidden() {
        let secrets = secrets(&[], "/accounts?key=a%20long+key&id=7&word");
        for (text, shown) in [
            ("/accounts?key=a%20long+key&id=7&word", "/accounts?(query)"),
            ("/accounts?key=a long+key&id=7&word", "/accounts?(query)"),
            (
                "the key \"a%20long+key\" or \"a long+key\", the word, and 7",
                "the key \"(query)\" or \"(query)\", the (query), and 7",
            ),
        ] {
            assert_eq!(secrets.hide(text), shown);
        }
    }
}
