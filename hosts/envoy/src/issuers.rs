//! The issuers in the configuration, each with one source of keys.

use std::{collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Deserializer, de};

use crate::{
    object::Object,
    source::{KeyUri, Source},
};

/// An issuer, and the source of its keys.
#[derive(Debug)]
pub(crate) struct IssuerDocument {
    pub(crate) issuer: String,
    pub(crate) source: Source,
    pub(crate) refresh_seconds: u64,
}

/// An issuer as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenIssuer {
    issuer: String,
    jwks_file: Option<PathBuf>,
    jwks_cluster: Option<String>,
    jwks_uri: Option<String>,
    refresh_seconds: Option<u64>,
}

impl<'de> Deserialize<'de> for IssuerDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Object(written) = Object::<WrittenIssuer>::deserialize(deserializer)?;
        if written.issuer.is_empty() {
            return Err(de::Error::custom("issuer is empty"));
        }
        let refresh_seconds = written.refresh_seconds.unwrap_or(DEFAULT_REFRESH_SECONDS);
        let source = match (written.jwks_file, written.jwks_cluster, written.jwks_uri) {
            (Some(_), None, None) if written.refresh_seconds.is_some() => {
                Err("refresh_seconds belongs to jwks_uri; a jwks_file is read again when it changes".to_owned())
            }
            (Some(file), None, None) if file.as_os_str().is_empty() => Err("jwks_file is empty".to_owned()),
            (Some(file), None, None) => Ok(Source::File(file)),
            (None, Some(cluster), Some(_)) if cluster.is_empty() => Err("jwks_cluster is empty".to_owned()),
            (None, Some(_), Some(_)) if !(1..=MAX_REFRESH_SECONDS).contains(&refresh_seconds) => {
                Err(format!("refresh_seconds must be from 1 to {MAX_REFRESH_SECONDS}"))
            }
            (None, Some(cluster), Some(uri)) => KeyUri::parse(&uri)
                .map(|uri| Source::Cluster { cluster, uri })
                .map_err(|error| format!("jwks_uri: {error}")),
            (None, Some(_), None) => Err("jwks_cluster needs jwks_uri".to_owned()),
            (None, None, Some(_)) => Err("jwks_uri needs jwks_cluster, the cluster to fetch the keys from".to_owned()),
            (None, None, None) => {
                Err("the source of its keys is missing: jwks_file, or jwks_cluster and jwks_uri".to_owned())
            }
            (Some(_), ..) => Err("two sources of keys: give either jwks_file, or jwks_cluster and jwks_uri".to_owned()),
        };
        Ok(Self { issuer: written.issuer, source: source.map_err(de::Error::custom)?, refresh_seconds })
    }
}

/// Reads the list of issuers.
pub(crate) fn issuers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IssuerDocument>, D::Error> {
    let issuers = Vec::<IssuerDocument>::deserialize(deserializer)?;
    if issuers.is_empty() {
        return Err(de::Error::custom("at least one issuer is needed"));
    }
    let mut names = BTreeSet::new();
    match issuers.iter().find(|issuer| !names.insert(&issuer.issuer)) {
        Some(issuer) => Err(de::Error::custom(format_args!("{:?} is listed twice", issuer.issuer))),
        None => Ok(issuers),
    }
}

/// Five minutes: a key that is withdrawn, and not replaced, is trusted for that long.
const DEFAULT_REFRESH_SECONDS: u64 = 300;

/// A day. A longer time is probably in another unit.
const MAX_REFRESH_SECONDS: u64 = 86_400;
