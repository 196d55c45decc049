//! What no output may contain: the tokens that are sent, what they say of the owner, and the URL's query.

use std::cmp::Reverse;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    arsenal::Arsenal,
    attack::{ATTACKS, Attempt},
};
use crate::token::Unverified;

/// Texts that are replaced in what a server says, each with the word that takes its place.
pub(super) struct Secrets(Vec<(String, &'static str)>);

impl Secrets {
    /// The secrets of a run: whatever its attacks can send.
    pub(super) fn of(arsenal: &Arsenal) -> Self {
        let attempts = ATTACKS.iter().flat_map(|attack| attack.attempts);
        let tokens = |attempt: &Attempt| arsenal.bearer(attempt.bearer).ok().flatten();
        Self::new(attempts.filter_map(tokens), arsenal.url.target())
    }

    fn new(tokens: impl Iterator<Item = String>, target: &str) -> Self {
        let mut all = Vec::new();
        for token in tokens {
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
        Self(all)
    }

    /// A server's text without secrets, and not too long. It may contain any character.
    pub(super) fn hide(&self, text: &str) -> String {
        let text = self.0.iter().fold(text.to_owned(), |text, (secret, word)| text.replace(secret, word));
        match text.char_indices().nth(TEXT_LEN) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
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
