//! Marks the refusals that prove nothing, because of what the end of the run shows.

use super::{
    attack::{Bearer, NO_TOKEN, Presents, THIEF_NO_TOKEN},
    judgement::Verdict,
    stolen_token::{Binding, StolenToken},
    trial::{Doubt, Row},
};

/// What is known at the end of a run.
pub(super) struct End<'run> {
    /// How many tries precede the last request of the owner that was accepted.
    pub(super) proven: usize,
    pub(super) token: &'run StolenToken,
    pub(super) other_audience: Option<&'run StolenToken>,
    /// The time.
    pub(super) now: u64,
}

impl End<'_> {
    /// Marks the refusals in these rows, which are all of the run.
    pub(super) fn mark(&self, rows: &mut [Row]) {
        let status = |name| rows.iter().find(|row| row.attack.name == name).and_then(Row::status);
        // Without statuses, nothing shows that the thief's request has come as far as the owner's.
        let thief_differs = status(NO_TOKEN).is_none() || status(NO_TOKEN) != status(THIEF_NO_TOKEN);
        let is_owner_lost = rows.last().is_some_and(|row| row.verdict() != Verdict::Accepted);
        let is_opaque = self.token.binding == Binding::Unreadable;
        let has_expired = self.other_audience.is_some_and(|token| !token.is_valid(self.now));
        for (index, one) in rows.iter_mut().flat_map(|row| &mut row.tries).enumerate() {
            let is_unasked = one.result.as_ref().is_ok_and(|sent| sent.is_unasked);
            let (presents, bearer) = (one.attempt.presents, one.attempt.bearer);
            let doubts = [
                (is_unasked && presents != Presents::Owner, Doubt::NotAsked),
                (thief_differs && presents == Presents::Thief, Doubt::ThiefDiffers),
                (is_opaque && [Bearer::Expired, Bearer::OtherAudience].contains(&bearer), Doubt::Opaque),
                (has_expired && bearer == Bearer::OtherAudience, Doubt::Expired),
                (is_owner_lost && index >= self.proven && !one.attempt.is_good(), Doubt::OwnerLost),
            ];
            one.doubt = doubts.iter().find(|(applies, _)| *applies).map(|(_, doubt)| *doubt);
        }
    }
}

#[cfg(test)]
mod tests {
    use certbound::Thumbprint;
    use http::StatusCode;

    use super::{
        super::{
            attack::{ATTACKS, Attempt, OTHER_CERTIFICATE, OWNER_AGAIN},
            outcome::Outcome,
            trial::{Sent, Try},
        },
        *,
    };
    use crate::token::encode_base64url;

    fn token(claims: &str) -> StolenToken {
        let owner = Thumbprint::of_der(b"owner");
        let text = [r#"{"alg":"ES256"}"#, claims, "s"].map(|part| encode_base64url(part.as_bytes())).join(".");
        StolenToken::new(text, "token", &owner).unwrap()
    }

    /// The names of the attacks whose refusals are in doubt for this reason, where the API answers as it should, except for
    /// `change`.
    fn doubted(end: &End<'_>, doubt: Doubt, change: impl Fn(&'static str, &mut Sent)) -> Vec<&'static str> {
        let sent = |name, attempt: &Attempt| {
            let status = if attempt.is_good() { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            let outcome = Outcome::Answered { status, challenge: None };
            let mut sent = Sent { protocols: None, is_used: false, is_unasked: false, outcome };
            change(name, &mut sent);
            sent
        };
        let tries = |name, attempts: &[Attempt]| {
            let one = |attempt: &Attempt| Try { attempt: *attempt, result: Ok(sent(name, attempt)), doubt: None };
            attempts.iter().map(one).collect()
        };
        let mut rows: Vec<_> =
            ATTACKS.iter().map(|attack| Row { attack, tries: tries(attack.name, attack.attempts) }).collect();
        end.mark(&mut rows);
        let has_doubt = |row: &&Row| row.tries.iter().any(|one| one.doubt == Some(doubt));
        let names: Vec<_> = rows.iter().filter(has_doubt).map(|row| row.attack.name).collect();
        let others = rows.iter().flat_map(|row| &row.tries).filter(|one| one.doubt.is_some_and(|one| one != doubt));
        assert_eq!(others.count(), 0);
        names
    }

    #[test]
    fn a_token_that_expires_during_the_run_makes_its_refusal_unclear() {
        let (token, other) = (token(r#"{"iss":"a"}"#), token(r#"{"exp":100}"#));
        for (now, expected) in [(99, &[][..]), (100, &["other_audience"]), (u64::MAX, &["other_audience"])] {
            let end = End { proven: 99, token: &token, other_audience: Some(&other), now };
            assert_eq!(doubted(&end, Doubt::Expired, |_, _| {}), expected, "{now}");
        }
        let end = End { proven: 99, token: &token, other_audience: None, now: u64::MAX };
        assert_eq!(doubted(&end, Doubt::Expired, |_, _| {}), [""; 0]);
    }

    #[test]
    fn beside_an_opaque_token_refusals_of_jwts_are_unclear() {
        let other = token(r#"{"exp":100}"#);
        let opaque = StolenToken::new("opaque".to_owned(), "token", &Thumbprint::of_der(b"owner")).unwrap();
        let end = |token| End { proven: 99, token, other_audience: Some(&other), now: 0 };
        assert_eq!(doubted(&end(&opaque), Doubt::Opaque, |_, _| {}), ["expired", "other_audience"]);
        assert_eq!(doubted(&end(&other), Doubt::Opaque, |_, _| {}), [""; 0]);
    }

    #[test]
    fn a_certificate_that_the_server_did_not_ask_for_is_not_refused() {
        let token = token(r#"{"iss":"a"}"#);
        let end = End { proven: 99, token: &token, other_audience: None, now: 0 };
        // The owner, who may be accepted without a certificate, is not in doubt.
        for (name, expected) in [(OTHER_CERTIFICATE, &[OTHER_CERTIFICATE][..]), (OWNER_AGAIN, &[])] {
            let change = |of: &'static str, sent: &mut Sent| sent.is_unasked = of == name;
            assert_eq!(doubted(&end, Doubt::NotAsked, change), expected);
        }
    }

    #[test]
    fn a_lost_owner_makes_all_later_refusals_unclear() {
        let token = token(r#"{"iss":"a"}"#);
        let end = |proven| End { proven, token: &token, other_audience: None, now: 0 };
        let lose = |of: &'static str, sent: &mut Sent| {
            if of == OWNER_AGAIN {
                sent.outcome = Outcome::Closed(String::new());
            }
        };
        let later = ATTACKS.iter().map(|attack| attack.name).filter(|name| *name != OWNER_AGAIN);
        let count = ATTACKS.iter().flat_map(|attack| attack.attempts).count();
        assert_eq!(doubted(&end(count - 2), Doubt::OwnerLost, lose), ["two_tokens"]);
        assert_eq!(doubted(&end(count - 1), Doubt::OwnerLost, lose), [""; 0]);
        let all: Vec<_> = later.filter(|name| !["owner", "owner_resumed"].contains(name)).collect();
        assert_eq!(doubted(&end(0), Doubt::OwnerLost, lose), all);
        assert_eq!(doubted(&end(0), Doubt::OwnerLost, |_, _| {}), [""; 0]);
    }
}
