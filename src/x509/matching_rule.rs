//! When two attribute values are equal (RFC 4517 §4.2, RFC 4518).

/// The equality rule of an attribute type whose values are strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatchingRule {
    /// Character by character.
    Exact,
    /// caseIgnoreMatch and caseIgnoreIA5Match: case does not count, nor do spaces at the ends or how many stand
    /// together (RFC 4518 §2.6.1).
    ///
    /// Not done are the steps of RFC 4518 that need large tables: characters are not normalized (NFKC), none are
    /// mapped to nothing or to a space, and case is folded by each character's own lowercase (so ß is not ss, nor ς
    /// σ). Values that need them are unequal here, so that a client may be refused but never mistaken.
    CaseIgnore,
}

impl MatchingRule {
    /// Whether both values are equal.
    pub(crate) fn equal(self, one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> bool {
        match self {
            Self::Exact => one.eq(other),
            Self::CaseIgnore => Prepared::of(one).eq(Prepared::of(other)),
        }
    }
}

/// Characters in lowercase, without spaces at the ends, with single ones between.
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
        // Spaces are only told once a character follows them.
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
        let forth = rule.equal(one.chars(), other.chars());
        assert_eq!(forth, rule.equal(other.chars(), one.chars()));
        forth
    }

    #[test]
    fn the_exact_rule_compares_characters() {
        assert!(equal(MatchingRule::Exact, "Ünïcode  1", "Ünïcode  1"));
        for other in ["ünïcode  1", "Ünïcode 1", "Ünïcode  1 ", "Ünïcode  ", ""] {
            assert!(!equal(MatchingRule::Exact, "Ünïcode  1", other), "{other}");
        }
    }

    #[test]
    fn the_other_rule_ignores_case_and_needless_spaces() {
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
    fn what_needs_tables_is_unequal() {
        for (one, other) in [("STRASSE", "straße"), ("e\u{301}", "é"), ("so\u{ad}ft", "soft"), ("ﬁ", "fi")] {
            assert!(!equal(MatchingRule::CaseIgnore, one, other), "{one} {other}");
        }
    }
}
