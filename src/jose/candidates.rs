//! The candidate keys of a token, and the verification of its signature with them (RFC 7515 §5.2).

use super::{Algorithm, Key, TrustedIssuer};
use crate::{Error, json::Text, limits, signature::Acceleration};

/// A token's signature, and what its header says of it.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'token> {
    pub(crate) key_id: Option<Text<'token>>,
    pub(crate) algorithm: Algorithm,
    pub(crate) signing_input: &'token [u8],
    pub(crate) signature: &'token [u8],
}

impl Signed<'_> {
    /// Verifies the signature with the candidate keys of these issuers, in their order, and returns the issuer of the first
    /// key that verifies it.
    ///
    /// A candidate fits the algorithm and has the token's `kid`, if the token has one. Anyone can send any token, so at most
    /// [`CANDIDATE_KEYS`](limits::CANDIDATE_KEYS) are tried: without a `kid`, those of all issuers together; with a `kid`, so
    /// many of each issuer, and none of an issuer that has more, which must not make other issuers' tokens costly. The signing
    /// input is hashed once.
    // Not inlined, so that its variables are not on the stack while JSON is read.
    #[inline(never)]
    pub(crate) fn verify<'list, 'keys>(
        &self,
        issuers: &'list [TrustedIssuer<'keys>],
        accelerator: &mut impl Acceleration,
    ) -> Result<&'list TrustedIssuer<'keys>, Error> {
        self.check_candidates(issuers)?;
        let message = self.algorithm.scheme().message(self.signing_input);
        let mut verdict = Error::KeyUnsuited;
        for issuer in issuers {
            let candidates = issuer.keys().iter().enumerate().filter(|(_, key)| self.is_candidate(key));
            if candidates.clone().count() > limits::CANDIDATE_KEYS {
                verdict = Error::TooManyCandidateKeys;
                continue;
            }
            for (index, key) in candidates {
                let tables = issuer.tables_of(index)?;
                match key.verify(accelerator, tables, self.algorithm, &message, self.signature) {
                    Ok(()) => return Ok(issuer),
                    Err(_) if verdict == Error::TooManyCandidateKeys => {}
                    Err(error) => verdict = error,
                }
            }
        }
        Err(verdict)
    }

    /// Whether a key has the token's `kid` and fits its algorithm, so that further keys would not change the verdict.
    pub(crate) fn has_named_candidate(&self, issuers: &[TrustedIssuer<'_>]) -> bool {
        let mut keys = issuers.iter().flat_map(|issuer| issuer.keys());
        self.key_id.is_some() && keys.any(|key| self.is_candidate(key))
    }

    /// Checks that there are candidates, and not too many of them.
    fn check_candidates(&self, issuers: &[TrustedIssuer<'_>]) -> Result<(), Error> {
        let keys = || issuers.iter().flat_map(|issuer| issuer.keys());
        if keys().next().is_none() {
            return Err(Error::KeysWithdrawn);
        }
        if !keys().any(|key| self.names(key)) {
            return Err(Error::KeyUnknown);
        }
        let candidates = keys().filter(|key| self.is_candidate(key)).count();
        if candidates == 0 {
            return Err(Error::KeyUnsuited);
        }
        if self.key_id.is_none() && candidates > limits::CANDIDATE_KEYS {
            return Err(Error::TooManyCandidateKeys);
        }
        Ok(())
    }

    fn names(&self, key: &Key) -> bool {
        self.key_id.is_none_or(|id| key.has_id(id))
    }

    fn is_candidate(&self, key: &Key) -> bool {
        self.names(key) && key.fits(self.algorithm)
    }
}
