//! The configuration as JSON: of the filter, and of a route or virtual host.
//!
//! Unknown members are rejected, and every error names the member. What is read here is plain data; `demands.rs` makes
//! what requests use of it.

use std::fmt;

use certbound::{Algorithm, Binding, ForwardedFormat, TokenType, limits};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};

use crate::{
    claims::ClaimPath,
    forwarded::{Forwarded, Network},
    header_name,
    issuers::{IssuerDocument, issuers},
    object::Object,
    passed_on::MAX_LISTED_CLAIMS,
    wire_struct,
};

/// The filter's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FilterDocument {
    #[serde(deserialize_with = "issuers")]
    pub(crate) issuers: Vec<IssuerDocument>,
    #[serde(deserialize_with = "audiences")]
    pub(crate) audiences: Vec<String>,
    #[serde(default = "required", deserialize_with = "binding")]
    pub(crate) binding: Binding,
    #[serde(default = "access_token", deserialize_with = "token_type")]
    pub(crate) token_type: TokenType,
    #[serde(default = "all_algorithms", deserialize_with = "algorithms")]
    pub(crate) algorithms: Vec<Algorithm>,
    #[serde(default, deserialize_with = "leeway_seconds")]
    pub(crate) leeway_seconds: u64,
    #[serde(default, deserialize_with = "scopes")]
    pub(crate) scopes: Vec<String>,
    #[serde(default, deserialize_with = "realm")]
    pub(crate) realm: String,
    #[serde(default = "default_cache_entries", deserialize_with = "cache_entries")]
    pub(crate) cache_entries: usize,
    #[serde(default, deserialize_with = "resource_metadata")]
    pub(crate) resource_metadata: String,
    #[serde(default, deserialize_with = "claim_headers")]
    pub(crate) claim_headers: Vec<(String, ClaimPath)>,
    #[serde(default, deserialize_with = "metadata_claims")]
    pub(crate) metadata_claims: Vec<ClaimPath>,
    #[serde(default)]
    pub(crate) strip_token: bool,
    #[serde(default, deserialize_with = "forwarded")]
    pub(crate) forwarded: Option<Forwarded>,
    /// Measures the time in the filter: a histogram, and the median in the log. For development.
    #[serde(default)]
    pub(crate) measure_time: bool,
}

/// The configuration of a route or virtual host: what differs there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RouteDocument {
    #[serde(default = "yes")]
    pub(crate) enabled: bool,
    #[serde(default, deserialize_with = "some_audiences")]
    pub(crate) audiences: Option<Vec<String>>,
    #[serde(default, deserialize_with = "some_binding")]
    pub(crate) binding: Option<Binding>,
    #[serde(default, deserialize_with = "some_token_type")]
    pub(crate) token_type: Option<TokenType>,
    #[serde(default, deserialize_with = "some_algorithms")]
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    #[serde(default, deserialize_with = "some_scopes")]
    pub(crate) scopes: Option<Vec<String>>,
    #[serde(default, deserialize_with = "some_realm")]
    pub(crate) realm: Option<String>,
    #[serde(default, deserialize_with = "some_claim_headers")]
    pub(crate) claim_headers: Option<Vec<(String, ClaimPath)>>,
    #[serde(default, deserialize_with = "some_metadata_claims")]
    pub(crate) metadata_claims: Option<Vec<ClaimPath>>,
}

impl FilterDocument {
    /// Reads the filter's configuration.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let document: Self = read(json)?;
        let is_forwarded = |name: &str| {
            document.forwarded.as_ref().is_some_and(|forwarded| header_name::look_alike(name, forwarded.header()))
        };
        match document.claim_headers.iter().find(|(name, _)| is_forwarded(name)) {
            Some((name, _)) => Err(format!("claim_headers: {name:?} is the header of forwarded certificates")),
            None => Ok(document),
        }
    }
}

impl RouteDocument {
    /// Reads the configuration of a route or virtual host.
    pub(crate) fn read(json: &[u8]) -> Result<Self, String> {
        let document: Self = match read(json) {
            Ok(document) => document,
            Err(reason) => match wire_struct::read(json) {
                Some(object) if !json.is_empty() => described(serde_path_to_error::deserialize(object))?,
                _ => return Err(reason),
            },
        };
        if !document.enabled && !document.demands_nothing() {
            return Err("enabled: false leaves nothing to demand or to pass on: remove the other members".to_owned());
        }
        Ok(document)
    }

    const fn demands_nothing(&self) -> bool {
        self.audiences.is_none()
            && self.binding.is_none()
            && self.token_type.is_none()
            && self.algorithms.is_none()
            && self.scopes.is_none()
            && self.realm.is_none()
            && self.claim_headers.is_none()
            && self.metadata_claims.is_none()
    }
}

/// Reads JSON. An error begins with the path of the member that it is about.
fn read<'json, T: Deserialize<'json>>(json: &'json [u8]) -> Result<T, String> {
    if json.trim_ascii().is_empty() {
        return Err("filter_config is missing: expected a StringValue or Struct with JSON".to_owned());
    }
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let Object(document) = described(serde_path_to_error::deserialize(&mut deserializer))?;
    deserializer.end().map_err(|error| error.to_string())?;
    Ok(document)
}

fn described<T>(read: Result<T, serde_path_to_error::Error<serde_json::Error>>) -> Result<T, String> {
    read.map_err(|error| error.to_string())
}

fn audiences<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let audiences = Vec::<String>::deserialize(deserializer)?;
    if audiences.is_empty() || audiences.iter().any(String::is_empty) {
        return Err(de::Error::custom("at least one audience is needed, and none may be empty"));
    }
    Ok(audiences)
}

fn binding<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Binding, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "required" => Ok(Binding::Required),
        "if_present" => Ok(Binding::IfPresent),
        other => Err(de::Error::custom(format_args!("{other:?} is neither required nor if_present"))),
    }
}

fn token_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenType, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "at+jwt" => Ok(TokenType::AccessToken),
        "jwt" => Ok(TokenType::Jwt),
        "any" => Ok(TokenType::Any),
        other => Err(de::Error::custom(format_args!("{other:?} is neither at+jwt nor jwt nor any"))),
    }
}

fn algorithms<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Algorithm>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    if names.is_empty() {
        return Err(de::Error::custom("at least one algorithm is needed"));
    }
    let algorithm = |name: &String| {
        Algorithm::from_name(name).ok_or_else(|| {
            let known: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
            de::Error::custom(format_args!("{name:?} is none of {}", known.join(", ")))
        })
    };
    names.iter().map(algorithm).collect()
}

fn leeway_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let seconds = u64::deserialize(deserializer)?;
    if seconds <= limits::LEEWAY_SECONDS_MAX {
        Ok(seconds)
    } else {
        Err(de::Error::custom(format_args!("at most {} seconds", limits::LEEWAY_SECONDS_MAX)))
    }
}

/// Each must be a scope-token (RFC 6749 §3.3), so that the challenge can list it unquoted.
fn scopes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let scopes = Vec::<String>::deserialize(deserializer)?;
    let is_token = |scope: &String| {
        !scope.is_empty() && scope.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
    };
    match scopes.iter().find(|scope| !is_token(scope)) {
        Some(scope) => Err(de::Error::custom(format_args!("{scope:?} is no scope (RFC 6749 section 3.3)"))),
        None => Ok(scopes),
    }
}

fn realm<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let realm = String::deserialize(deserializer)?;
    if realm.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        Ok(realm)
    } else {
        Err(de::Error::custom("only printable ASCII characters can be sent in a challenge"))
    }
}

fn cache_entries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let entries = usize::deserialize(deserializer)?;
    if entries <= MAX_CACHE_ENTRIES {
        Ok(entries)
    } else {
        Err(de::Error::custom(format_args!(
            "{entries} entries are more than {MAX_CACHE_ENTRIES}, which already need about 100 MB for each worker: \
             choose fewer, for example one for each token in use"
        )))
    }
}

/// The URL of the protected resource's metadata (RFC 9728 §5.1); empty for none.
fn resource_metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let url = String::deserialize(deserializer)?;
    let is_url = |url: &str| {
        url.starts_with("https://") && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    if url.is_empty() || is_url(&url) { Ok(url) } else { Err(de::Error::custom("expected a URL with https://")) }
}

/// A forwarded certificate as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForwarded {
    format: String,
    header: String,
    trusted_proxies: Vec<String>,
}

fn forwarded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Forwarded>, D::Error> {
    let Some(Object(written)) = Option::<Object<WrittenForwarded>>::deserialize(deserializer)? else { return Ok(None) };
    let format = ForwardedFormat::from_name(&written.format).ok_or_else(|| {
        let known: Vec<_> = ForwardedFormat::ALL.iter().map(|format| format.name()).collect();
        de::Error::custom(format_args!("format: {:?} is none of {}", written.format, known.join(", ")))
    })?;
    let header = written.header.to_ascii_lowercase();
    if !header_name::is_header(&header) || header_name::look_alike(&header, "authorization") {
        return Err(de::Error::custom(format_args!("header: {header:?} cannot be a header for a certificate")));
    }
    if written.trusted_proxies.is_empty() {
        return Err(de::Error::custom("trusted_proxies: at least one address is needed"));
    }
    let proxies: Result<_, _> = written.trusted_proxies.iter().map(|proxy| Network::parse(proxy)).collect();
    let proxies = proxies.map_err(|error| de::Error::custom(format_args!("trusted_proxies: {error}")))?;
    Ok(Some(Forwarded::new(format, header, proxies)))
}

fn metadata_claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClaimPath>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let reserved = ["status", "issuer"];
    match names.iter().find(|name| reserved.contains(&name.as_str())) {
        Some(name) => Err(de::Error::custom(format_args!("{name:?} is what the filter itself writes there"))),
        None => {
            let paths: Result<Vec<_>, _> = names.iter().map(|name| ClaimPath::parse(name)).collect();
            at_most_listed(paths.map_err(de::Error::custom)?)
        }
    }
}

fn at_most_listed<T, E: de::Error>(list: Vec<T>) -> Result<Vec<T>, E> {
    if list.len() <= MAX_LISTED_CLAIMS {
        return Ok(list);
    }
    Err(E::custom(format_args!(
        "{} claims are listed, and at most {MAX_LISTED_CLAIMS} are allowed: list fewer, or an object that contains several",
        list.len()
    )))
}

/// Headers in lower case, as Envoy has them, with the claims that they carry.
fn claim_headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, ClaimPath)>, D::Error> {
    struct Headers;

    impl<'de> Visitor<'de> for Headers {
        type Value = Vec<(String, ClaimPath)>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("an object: names of headers, with names of claims")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut headers: Self::Value = Vec::new();
            while let Some((name, claim)) = map.next_entry::<String, String>()? {
                let name = name.to_ascii_lowercase();
                if !header_name::is_free(&name) {
                    return Err(de::Error::custom(format_args!("{name:?} cannot be a header for a claim")));
                }
                if headers.iter().any(|(other, _)| *other == name) {
                    return Err(de::Error::custom(format_args!("{name:?} is listed twice")));
                }
                headers.push((name, ClaimPath::parse(&claim).map_err(de::Error::custom)?));
            }
            Ok(headers)
        }
    }

    deserializer.deserialize_map(Headers).and_then(at_most_listed)
}

/// Functions that read a member which a route may leave out.
macro_rules! optional {
    ($($name:ident = $read:ident -> $type:ty;)*) => { $(
        fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$type>, D::Error> {
            $read(deserializer).map(Some)
        }
    )* };
}

optional! {
    some_audiences = audiences -> Vec<String>;
    some_binding = binding -> Binding;
    some_token_type = token_type -> TokenType;
    some_algorithms = algorithms -> Vec<Algorithm>;
    some_scopes = scopes -> Vec<String>;
    some_realm = realm -> String;
    some_claim_headers = claim_headers -> Vec<(String, ClaimPath)>;
    some_metadata_claims = metadata_claims -> Vec<ClaimPath>;
}

const fn required() -> Binding {
    Binding::Required
}

const fn access_token() -> TokenType {
    TokenType::AccessToken
}

fn all_algorithms() -> Vec<Algorithm> {
    Algorithm::ALL.to_vec()
}

const fn default_cache_entries() -> usize {
    1024
}

const fn yes() -> bool {
    true
}

/// 2²⁰: about 100 MB for each worker, and up to 3.3 GB more if claims are listed (`claim_cache.rs`).
const MAX_CACHE_ENTRIES: usize = 1 << 20;
