//! Reads JWK Sets for the subcommands: the usable keys and their public members, those passed over, and those with private members.

use std::path::Path;

use certbound::{Algorithm, Error, Key, limits};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    content::Purpose,
    explain::{self, Detail},
    failure::Failure,
    input,
    json::quote,
    output,
    token::Members,
};

/// A key that cannot verify tokens.
#[derive(Debug)]
pub(crate) struct PassedOver {
    pub(crate) index: usize,
    pub(crate) kid: Option<String>,
    pub(crate) reason: Error,
}

/// Reads a JWK Set and warns of private keys in it. Fails if the set lists keys but none is usable.
pub(crate) fn read(path: &Path, passed_over: &mut Vec<PassedOver>) -> Result<Vec<Key>, Failure> {
    read_text(path, passed_over).map(|(_, keys)| keys)
}

/// The same, with the text of the set.
pub(crate) fn read_text(path: &Path, passed_over: &mut Vec<PassedOver>) -> Result<(Vec<u8>, Vec<Key>), Failure> {
    let jwks = input::read(path, input::JSON_FILE_LEN)?;
    warn_of_private_keys(&jwks);
    let keys = parse(&jwks, passed_over).map_err(|error| unusable(path, error, &jwks))?;
    Ok((jwks, keys))
}

/// All usable keys: a few thousand at most, because the length of the text is limited.
pub(crate) fn parse(jwks: &[u8], passed_over: &mut Vec<PassedOver>) -> Result<Vec<Key>, Error> {
    let mut keys = Vec::new();
    let keep = |key| {
        keys.push(key);
        Ok(())
    };
    Key::each_of_jwks(jwks, keep, |key| {
        passed_over.push(PassedOver { index: key.index, kid: key.key_id.map(str::to_owned), reason: key.reason });
    })?;
    Ok(keys)
}

/// The failure of a command whose JWK Set the core rejected with `error`.
pub(crate) fn unusable(path: &Path, error: Error, jwks: &[u8]) -> Failure {
    Failure::unusable(&input::name(path), error, &detail(error, jwks))
}

/// What was found in a JWK Set that the core rejected with `error`.
pub(crate) fn detail(error: Error, jwks: &[u8]) -> Detail {
    let found = explain::found_in_json(error, jwks);
    Detail { found, mistake: Purpose::KeySet.mistake_behind(error, jwks), ..Detail::default() }
}

/// Warns of each key in a JWK Set that has private members.
pub(crate) fn warn_of_private_keys(jwks: &[u8]) {
    for warning in private_key_warnings(jwks) {
        output::warn(&warning);
    }
}

/// A text for each key in a JWK Set that has private members.
pub(crate) fn private_key_warnings(jwks: &[u8]) -> impl Iterator<Item = String> {
    private_keys(jwks).into_iter().map(|(index, kid, members)| {
        format!(
            "key {index} (kid {}) has {}: this is private, and anyone who reads the set can sign tokens; \
             withdraw the key, and publish only the public members of a new one",
            kid.as_deref().map_or("none".to_owned(), quote),
            members.join(", "),
        )
    })
}

/// The algorithms that a key can be used with.
pub(crate) fn algorithms_of(key: &Key) -> Vec<Algorithm> {
    Algorithm::ALL.iter().copied().filter(|algorithm| key.fits(*algorithm)).collect()
}

/// The keys that a JWK Set lists, each with its members. An element that is not an object has none.
pub(crate) fn listed(jwks: &[u8]) -> Vec<Members> {
    let set = Members::read(jwks).unwrap_or_default();
    let keys: Vec<Box<serde_json::value::RawValue>> = set.read_member("keys").unwrap_or_default();
    keys.iter().map(|key| Members::read(key.get().as_bytes()).unwrap_or_default()).collect()
}

/// A JWK Set with the [`PUBLIC_MEMBERS`] of the keys that are not passed over, without white space around them. It is never
/// longer than the original, so it never exceeds the limit for key sets; the newline at the end is left out if it would.
pub(crate) fn public_members(jwks: &[u8], passed_over: &[PassedOver]) -> String {
    let usable = listed(jwks).into_iter().enumerate().filter(|(index, _)| {
        // The core reports them in their order.
        passed_over.binary_search_by_key(index, |key| key.index).is_err()
    });
    let keys: Vec<_> = usable.map(|(_, key)| Members(key.0.into_iter().filter(is_public).collect())).collect();
    let mut text = serde_json::to_string(&PublicSet { keys }).unwrap_or_default();
    if text.len() < limits::JSON_LEN {
        text.push('\n');
    }
    text
}

/// A JWK Set (RFC 7517 §5).
#[derive(Serialize)]
struct PublicSet {
    keys: Vec<Members>,
}

fn is_public((name, value): &(String, Box<RawValue>)) -> bool {
    // null counts as absent.
    PUBLIC_MEMBERS.contains(&name.as_str()) && value.get() != "null"
}

/// The keys with private members (RFC 7518 §6.2.2, §6.3.2, §6.4.1): position, kid and the names of these members.
fn private_keys(jwks: &[u8]) -> Vec<(usize, Option<String>, Vec<&'static str>)> {
    let mut private_keys = Vec::new();
    for (index, key) in listed(jwks).iter().enumerate() {
        let has_member = |name: &&str| key.optional_json(name).is_some();
        let private: Vec<_> = PRIVATE_MEMBERS.into_iter().filter(has_member).collect();
        if !private.is_empty() {
            private_keys.push((index + 1, key.read_member("kid"), private));
        }
    }
    private_keys
}

const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The members that verification uses (RFC 7517 §4, RFC 7518 §6.2.1 and §6.3.1, RFC 8037 §2). None of them is private, for any
/// type of key. Certificates (`x5c`) and links (`x5u`) are left out, because no verifier here reads them.
const PUBLIC_MEMBERS: [&str; 10] = ["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops"];
