//! The candidate keys of a token, and the verification of its signature with them (RFC 7515 §5.2).

use super::{Algorithm, Key, PreparedKeys};
use crate::{Error, json::Text, limits};

/// The keys of a verifier, plain or prepared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Keys<'keys> {
    Plain(&'keys [Key]),
    Prepared(PreparedKeys<'keys>),
}

impl<'keys> Keys<'keys> {
    const fn listed(&self) -> &'keys [Key] {
        match self {
            Self::Plain(keys) => keys,
            Self::Prepared(prepared) => prepared.keys(),
        }
    }
}

/// Verifies `signature` over `signing_input` with the candidate keys.
///
/// A candidate fits the algorithm and has the token's `kid`, if the token has one. Anyone can send a token without a `kid`, so
/// at most [`CANDIDATE_KEYS`](limits::CANDIDATE_KEYS) are tried then. The signing input is hashed once.
// Not inlined, so that its variables are not on the stack while JSON is read.
#[inline(never)]
pub(crate) fn verify_signature(
    keys: Keys<'_>,
    key_id: Option<Text<'_>>,
    algorithm: Algorithm,
    signing_input: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let listed = keys.listed();
    let is_named = |key: &Key| key_id.is_none_or(|id| key.has_id(id));
    if listed.is_empty() {
        return Err(Error::KeysWithdrawn);
    }
    if !listed.iter().any(is_named) {
        return Err(Error::KeyUnknown);
    }
    let is_candidate = |key: &Key| is_named(key) && key.fits(algorithm);
    let candidates = listed.iter().filter(|key| is_candidate(key)).count();
    if candidates == 0 {
        return Err(Error::KeyUnsuited);
    }
    if key_id.is_none() && candidates > limits::CANDIDATE_KEYS {
        return Err(Error::TooManyCandidateKeys);
    }
    let message = algorithm.scheme().message(signing_input);
    let mut verdict = Err(Error::KeyUnsuited);
    for (index, key) in listed.iter().enumerate().filter(|(_, key)| is_candidate(key)) {
        let tables = match keys {
            Keys::Plain(_) => None,
            Keys::Prepared(prepared) => Some(prepared.tables_of(index).ok_or(Error::TableTooSmall)?),
        };
        verdict = key.verify(tables, algorithm, &message, signature);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}
