//! The policy and the pinned keys, as they lie in flash: in a page of their own, so that they can be exchanged without the
//! program.

use certbound::{Algorithm, Binding, Error, KeySet, Policy, TokenType, Verifier};
use heapless::Vec;
use serde::{Deserialize, Serialize};

use crate::frames::digest;

/// What the page of settings contains: this struct in postcard's encoding, and its CRC. The rest of the page is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings<'flash> {
    /// The issuer.
    pub issuer: &'flash str,
    /// The names of this server.
    #[serde(borrow)]
    pub audiences: Vec<&'flash str, 4>,
    /// The names of the algorithms that are allowed.
    pub algorithms: Vec<&'flash str, 16>,
    /// The scopes that every token needs.
    pub scopes: Vec<&'flash str, 8>,
    /// Whether tokens without `cnf` are accepted too.
    pub binding_if_present: bool,
    /// The `typ` of tokens.
    pub token_type: TypeOfToken,
    /// The leeway for clocks, in seconds.
    pub leeway_seconds: u64,
    /// The issuer's keys, a JWK Set.
    pub jwks: &'flash [u8],
}

/// The `typ` of tokens: [`TokenType`], as it lies in flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeOfToken {
    /// [`TokenType::AccessToken`]
    AccessToken,
    /// [`TokenType::Jwt`]
    Jwt,
    /// [`TokenType::Any`]
    Any,
}

impl<'flash> Settings<'flash> {
    /// The usual settings, with the strictest policy.
    pub fn new(issuer: &'flash str, audience: &'flash str, jwks: &'flash [u8]) -> Self {
        Self {
            issuer,
            audiences: [audience].into_iter().collect(),
            algorithms: Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect(),
            scopes: Vec::new(),
            binding_if_present: false,
            token_type: TypeOfToken::AccessToken,
            leeway_seconds: 0,
            jwks,
        }
    }

    /// Writes the page, or returns nothing if there is not enough memory.
    ///
    /// ```
    /// use certbound_gateway::Settings;
    ///
    /// let jwks = br#"{"keys":[]}"#;
    /// let mut page = [0xff; 1024];
    /// assert!(Settings::new("https://as.example", "https://api.example", jwks).write(&mut page).is_some());
    /// let settings = Settings::read(&page).unwrap();
    /// assert_eq!(settings.jwks, jwks);
    /// assert!(Settings::read(&[0xff; 1024]).is_none(), "erased flash");
    /// ```
    pub fn write<'memory>(&self, page: &'memory mut [u8]) -> Option<&'memory mut [u8]> {
        postcard::to_slice_crc32(self, page, digest()).ok()
    }

    /// Reads the page, or returns nothing if its CRC is wrong.
    pub fn read(page: &'flash [u8]) -> Option<Self> {
        postcard::take_from_bytes_crc32(page, digest()).ok().map(|(settings, _)| settings)
    }

    /// The policy, with these algorithms.
    fn policy<'settings>(&'settings self, algorithms: &'settings [Algorithm]) -> Policy<'settings> {
        Policy::new(self.issuer, &self.audiences)
            .algorithms(algorithms)
            .required_scopes(&self.scopes)
            .binding(if self.binding_if_present { Binding::IfPresent } else { Binding::Required })
            .token_type(match self.token_type {
                TypeOfToken::AccessToken => TokenType::AccessToken,
                TypeOfToken::Jwt => TokenType::Jwt,
                TypeOfToken::Any => TokenType::Any,
            })
            .leeway_seconds(self.leeway_seconds)
    }
}

/// The most pinned keys: two of each kind, to exchange them.
const KEYS: usize = 8;

/// Settings whose algorithms and keys have been read.
#[derive(Debug)]
pub struct Loaded<'flash> {
    settings: Settings<'flash>,
    algorithms: Vec<Algorithm, 16>,
    keys: KeySet<KEYS>,
}

impl<'flash> Loaded<'flash> {
    /// Reads the page. An error without a number means that the page cannot be read at all.
    pub fn read(page: &'flash [u8]) -> Result<Self, Option<Error>> {
        let settings = Settings::read(page).ok_or(None)?;
        let mut algorithms = Vec::new();
        for name in &settings.algorithms {
            let algorithm = Algorithm::from_name(name).ok_or(Some(Error::AlgorithmUnsupported))?;
            algorithms.push(algorithm).map_err(|_| None)?;
        }
        let keys = KeySet::from_jwks(settings.jwks).map_err(Some)?;
        Ok(Self { settings, algorithms, keys })
    }

    /// The policy.
    pub fn policy(&self) -> Policy<'_> {
        self.settings.policy(&self.algorithms)
    }

    /// The number of keys.
    pub fn keys_len(&self) -> usize {
        self.keys.len()
    }

    /// A verifier with the policy and the keys.
    pub(crate) fn verifier(&self) -> Verifier<'_> {
        Verifier::new(self.policy(), &self.keys)
    }
}
