//! What of an answer is written: the public members of its usable keys.

use std::collections::BTreeMap;

use certbound::{Algorithm, Error, Key};

use crate::{
    issuer::{Problem, Reason},
    json::quote,
    key_set::{self, PassedOver},
};

/// A JWK Set of usable keys that has nothing but the members that verification needs.
#[derive(Debug)]
pub(crate) struct PublicKeys {
    /// The JWK Set.
    pub(crate) text: String,
    /// Its keys.
    pub(crate) keys: Vec<Key>,
    /// For the operator: the keys of the answer that are not written, those with private members, and too many keys.
    pub(crate) warnings: Vec<String>,
}

impl PublicKeys {
    /// Reads an answer. `origin` names it in messages.
    pub(crate) fn read(jwks: &[u8], origin: &str) -> Result<Self, Problem> {
        let mut passed_over = Vec::new();
        let warnings = |passed_over: &[PassedOver]| {
            let passed_over = passed_over.iter().map(describe);
            limited(passed_over.chain(key_set::private_key_warnings(jwks)))
        };
        let keys = key_set::parse(jwks, &mut passed_over).map_err(|error| {
            let mut text = format!("{origin}: {}", key_set::detail(error, jwks).sentence(error));
            if error == Error::KeySetWithoutUsableKey {
                text = format!("{text}: {}", warnings(&passed_over).join("; "));
            }
            Problem::new(Reason::KeySet(error), text)
        })?;
        if keys.is_empty() {
            // A file with such a set withdraws all keys. A mistake of the issuer must not, and looks the same.
            let text = format!(
                "{origin}: the JWK Set lists no keys; expected at least one usable key; if the issuer has really withdrawn \
                all of them, write {{\"keys\":[]}} to the file yourself"
            );
            return Err(Problem::new(Reason::KeySet(Error::KeysWithdrawn), text));
        }
        let text = key_set::public_members(jwks, &passed_over);
        // What is written is judged, too: it must have the same keys.
        let mut none = Vec::new();
        let written = key_set::parse(text.as_bytes(), &mut none);
        let is_same =
            |written: &Vec<Key>| none.is_empty() && written.iter().map(identity).eq(keys.iter().map(identity));
        let keys = written.and_then(|keys| if is_same(&keys) { Ok(keys) } else { Err(Error::KeySetWithoutUsableKey) });
        let keys = keys.map_err(|error| {
            let text = format!("{origin}: its public members alone are not usable: {}", error.found());
            Problem::new(Reason::KeySet(error), text)
        })?;
        let mut warnings = warnings(&passed_over);
        if keys.len() > NGINX_KEYS {
            warnings.push(format!(
                "the JWK Set has {} usable keys; the NGINX module loads at most {NGINX_KEYS}, and keeps its old keys instead; \
                ask the issuer to remove keys that no valid token needs",
                keys.len()
            ));
        }
        Ok(Self { text, keys, warnings })
    }

    /// The keys in one line, such as `2 keys: "a" (EC P-256), no kid (RSA)`.
    pub(crate) fn describe(&self) -> String {
        let listed = self.keys.iter().map(|key| format!("{} ({})", name(key.key_id()), key.kind()));
        let plural = if self.keys.len() == 1 { "" } else { "s" };
        format!("{} key{plural}: {}", self.keys.len(), limited(listed).join(", "))
    }
}

/// The number of keys of each kind.
pub(crate) fn count_kinds(keys: &[Key]) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for key in keys {
        let count: &mut usize = kinds.entry(key.kind()).or_default();
        *count = count.saturating_add(1);
    }
    kinds
}

/// What two readings of a key must agree on.
fn identity(key: &Key) -> (Option<&str>, &str, Vec<Algorithm>) {
    (key.key_id(), key.kind(), key_set::algorithms_of(key))
}

fn describe(key: &PassedOver) -> String {
    let (name, reason) = (name(key.kid.as_deref()), key.reason.name());
    format!("key {} ({name}) is not written: {reason}: {}", key.index.saturating_add(1), key.reason.found())
}

fn name(kid: Option<&str>) -> String {
    kid.map_or("no kid".to_owned(), quote)
}

/// The first texts, and how many more there are.
fn limited(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut texts: Vec<_> = texts.collect();
    if texts.len() > LISTED {
        let more = texts.len().saturating_sub(LISTED);
        texts.truncate(LISTED);
        texts.push(format!("and {more} more"));
    }
    texts
}

/// Most usable keys that the NGINX module loads (`NGX_HTTP_CERTBOUND_KEYS` in `hosts/nginx`). Other hosts may load more, so
/// the file is written nevertheless.
const NGINX_KEYS: usize = 64;

/// Most keys in a message. An answer can have a hundred thousand.
const LISTED: usize = 20;
