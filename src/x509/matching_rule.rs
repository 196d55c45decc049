//! Equality of attribute values (RFC 4517 §4.2, RFC 4518).

/// The equality rule of an attribute type whose values are strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchingRule {
    /// Character by character.
    Exact,
    /// caseIgnoreMatch and caseIgnoreIA5Match: ignores case and spaces at the ends, and treats a run of spaces as one
    /// (RFC 4518 §2.6.1).
    ///
    /// The steps of RFC 4518 that need large tables are left out: characters are not normalized (NFKC) and not mapped
    /// to nothing or to a space, and case is folded with the lowercase of single characters (so ß is not ss, and ς is
    /// not σ). Values that need these steps are unequal here, so a client may be rejected but never mistaken for
    /// another.
    CaseIgnore,
}

impl MatchingRule {
    /// Returns whether both values are equal.
    pub(crate) fn equal(self, one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> bool {
        match self {
            Self::Exact => one.eq(other),
            Self::CaseIgnore => Prepared::of(one).eq(Prepared::of(other)),
        }
    }
}

/// Characters in lowercase, without spaces at the ends, and with single spaces between words.
struct Prepared<I> {
    characters: I,
    held: Option<char>,
    at_start: bool,
}

impl Prepared<()> {
    fn of(characters: impl Iterator<Item = char>) -> Prepared<impl Iterator<Item = char>> {
        Prepared { characters: characters.flat_map(char::to_lowercase), held: None, at_start: true }
    }
}

impl<I: Iterator<Item = char>> Iterator for Prepared<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        let mut after_space = false;
        // Spaces count only if a character follows.
        let next = self.characters.find(|character| {
            let space = *character == ' ';
            after_space |= space;
            !space
        })?;
        if after_space && !self.at_start {
            self.held = Some(next);
            return Some(' ');
        }
        self.at_start = false;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(rule: MatchingRule, one: &str, other: &str) -> bool {
        let equal = rule.equal(one.chars(), other.chars());
        assert_eq!(equal, rule.equal(other.chars(), one.chars()));
        equal
    }

    #[test]
    fn the_exact_rule_compares_characters() {
        assert!(equal(MatchingRule::Exact, "Ünïcode  1", "Ünïcode  1"));
        for other in ["ünïcode  1", "Ünïcode 1", "Ünïcode  1 ", "Ünïcode  ", ""] {
            assert!(!equal(MatchingRule::Exact, "Ünïcode  1", other), "{other}");
        }
    }

    #[test]
    fn case_ignore_ignores_case_and_extra_spaces() {
        for other in ["Example Inc", "example INC", "  Example   Inc ", "EXAMPLE INC"] {
            assert!(equal(MatchingRule::CaseIgnore, "Example Inc", other), "{other}");
        }
        for other in
            ["ExampleInc", "Example\tInc", "Example\u{a0}Inc", "Example In", "Example Inc.", "Example I nc", ""]
        {
            assert!(!equal(MatchingRule::CaseIgnore, "Example Inc", other), "{other}");
        }
        assert!(equal(MatchingRule::CaseIgnore, "", "   "));
        assert!(equal(MatchingRule::CaseIgnore, "ÄÖÜ", "äöü"));
    }

    #[test]
    fn values_that_need_tables_are_unequal() {
        for (one, other) in [("STRASSE", "straße"), ("e\u{301}", "é"), ("so\u{ad}ft", "soft"), ("ﬁ", "fi")] {
            assert!(!equal(MatchingRule::CaseIgnore, one, other), "{one} {other}");
        }
    }
}
