//! Keys with their tables, and the issuers that a filter trusts at one moment.

use std::sync::Arc;

use certbound::{Error, Geometry, Key, PreparedKeys, TrustedIssuer, ffi_support, limits};
use self_cell::self_cell;

use crate::identity::{self, Identity};

/// The keys of a JWK Set with their tables: immutable, and shared by all workers and configurations.
pub(crate) struct PreparedSet {
    keys: Vec<Key>,
    tables: Vec<u64>,
    /// The digest of the JWK Set.
    identity: Identity,
}

/// The tables are shared by all workers, so that their size matters little. Miri takes minutes to fill large ones.
const GEOMETRY: Geometry = if cfg!(miri) { Geometry::Small } else { Geometry::Large };

impl PreparedSet {
    /// Reads a JWK Set, and prepares its keys. `report` is called for each key that is not used.
    pub(crate) fn from_jwks(jwks: &[u8], mut report: impl FnMut(String)) -> Result<Self, Error> {
        let mut keys = Vec::new();
        let unused = |key: certbound::PassedOver<'_>| {
            let name = key.key_id.map_or_else(|| format!("key {}", key.index), |id| format!("key {id:?}"));
            report(format!("{name} is not used: {}: {}", key.reason.name(), key.reason));
        };
        Key::each_of_jwks(
            jwks,
            |key| {
                if keys.len() == MAX_KEYS {
                    return Err(Error::KeySetFull);
                }
                keys.push(key);
                Ok(())
            },
            unused,
        )?;
        let mut tables = vec![0; PreparedKeys::tables_len(&keys, GEOMETRY)];
        PreparedKeys::prepare(&keys, GEOMETRY, &mut tables)?;
        Ok(Self { keys, tables, identity: Self::identity_of(jwks) })
    }

    /// The identity that the keys of this JWK Set have.
    pub(crate) fn identity_of(jwks: &[u8]) -> Identity {
        identity::digest([b"jwks", jwks])
    }

    pub(crate) const fn identity(&self) -> Identity {
        self.identity
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    const fn prepared(&self) -> PreparedKeys<'_> {
        ffi_support::resume_keys(self.keys.as_slice(), GEOMETRY, self.tables.as_slice())
    }
}

/// Longest JWK Set that is read.
pub(crate) const JWKS_LEN: usize = limits::JSON_LEN;

/// Most usable keys of a source: 64, as in NGINX.
///
/// Issuers publish 1 to 5 keys. With its tables a key needs up to 200 KiB, so a source needs at most 13 MB. A JWK Set full of
/// the shortest keys would need more than 200 MB, and minutes of preparation.
pub(crate) const MAX_KEYS: usize = 64;

/// An issuer's name and its keys; `None` before they have arrived.
pub(crate) type IssuerKeys = (Arc<str>, Option<Arc<PreparedSet>>);

/// The issuers that a filter trusts, with the keys of one moment.
pub(crate) struct Snapshot {
    issuers: SnapshotCell,
    identity: Identity,
}

type TrustedIssuers<'keys> = Vec<TrustedIssuer<'keys>>;

self_cell!(
    struct SnapshotCell {
        owner: Vec<IssuerKeys>,
        #[covariant]
        dependent: TrustedIssuers,
    }
);

impl Snapshot {
    pub(crate) fn new(issuers: Vec<IssuerKeys>) -> Self {
        let identity = identity_of(&issuers);
        let issuers = SnapshotCell::new(issuers, |issuers| {
            issuers.iter().map(|(name, keys)| trusted_issuer(name, keys.as_deref())).collect()
        });
        Self { issuers, identity }
    }

    /// The issuers, as the core accepts them.
    pub(crate) fn issuers(&self) -> &[TrustedIssuer<'_>] {
        self.issuers.borrow_dependent()
    }

    /// Distinguishes it from snapshots with other issuers or other keys.
    pub(crate) const fn identity(&self) -> Identity {
        self.identity
    }
}

fn trusted_issuer<'keys>(name: &'keys str, keys: Option<&'keys PreparedSet>) -> TrustedIssuer<'keys> {
    match keys {
        Some(keys) => TrustedIssuer::prepared(name, keys.prepared()),
        None => TrustedIssuer::pending(name),
    }
}

fn identity_of(issuers: &[IssuerKeys]) -> Identity {
    let mut parts: Vec<&[u8]> = vec![b"issuers"];
    for (name, keys) in issuers {
        parts.push(name.as_bytes());
        parts.push(keys.as_ref().map_or(b"pending".as_slice(), |keys| &keys.identity));
    }
    identity::digest(parts)
}
