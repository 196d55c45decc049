//! Keys with tables of their multiples, for a server that sees the same few issuer keys repeatedly.

use super::Key;
use crate::{
    Error,
    signature::{Geometry, NamedCurve, PublicKey, Tables},
};

/// Keys with tables of their multiples, in the caller's memory: signatures are verified in a fraction of the time.
///
/// The tables are filled once, when keys are loaded. Verdicts are those of the plain keys. Each curve in use needs one more
/// table, for its base point. [`Geometry`] lists the sizes.
///
/// Tables are for public data only, since they do not hide timing. They cannot be used to sign.
///
/// ```
/// use certbound::{Geometry, KeySet, Policy, PreparedKeys, Verifier};
///
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let keys = KeySet::<8>::from_jwks(jwks)?;
/// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Medium)];
/// let keys = PreparedKeys::prepare(&keys, Geometry::Medium, &mut tables)?;
/// let verifier = Verifier::prepared(Policy::new("https://as.example", &["https://api.example"]), keys);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct PreparedKeys<'memory> {
    keys: &'memory [Key],
    geometry: Geometry,
    tables: &'memory [u64],
}

/// The number of words that tables need, counted key by key, for keys that are read one at a time.
///
/// ```
/// use certbound::{Geometry, Key, ffi_support::TablesLen};
///
/// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let mut length = TablesLen::default();
/// Key::each_of_jwks(jwks, |key| Ok(length.add(&key, Geometry::Medium)), |_| {})?;
/// println!("{} bytes", length.words() * 8);
/// # Ok::<(), certbound::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TablesLen {
    words: usize,
    curves: [bool; NamedCurve::ALL.len()],
}

impl TablesLen {
    /// Counts one more key, and its curve if it is the first key on it.
    ///
    /// See [`TablesLen`].
    ///
    /// ```
    /// # use certbound::{Geometry, Key, ffi_support::TablesLen};
    /// fn count(length: &mut TablesLen, key: &Key) {
    ///     length.add(key, Geometry::Small);
    /// }
    /// ```
    pub fn add(&mut self, key: &Key, geometry: Geometry) {
        self.words = self.words.saturating_add(key_words(key, geometry));
        for (curve, is_counted) in NamedCurve::ALL.iter().copied().zip(&mut self.curves) {
            if key.public_key().curve() == Some(curve) && !core::mem::replace(is_counted, true) {
                self.words = self.words.saturating_add(curve.base_point_table_len(geometry));
            }
        }
    }

    /// The words so far.
    ///
    /// ```
    /// assert_eq!(certbound::ffi_support::TablesLen::default().words(), 0);
    /// ```
    pub const fn words(&self) -> usize {
        self.words
    }
}

impl<'memory> PreparedKeys<'memory> {
    /// The number of words that the tables of these keys and of their curves' base points need.
    ///
    /// ```
    /// # use certbound::{Geometry, KeySet, PreparedKeys};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// let words = |geometry| PreparedKeys::tables_len(&keys, geometry);
    /// assert!(words(Geometry::Small) < words(Geometry::Medium) && words(Geometry::Medium) < words(Geometry::Large));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub fn tables_len(keys: &[Key], geometry: Geometry) -> usize {
        let mut length = TablesLen::default();
        for key in keys {
            length.add(key, geometry);
        }
        length.words()
    }

    /// The maximum number of words that the tables of this many keys need, whatever their kinds.
    ///
    /// ```
    /// # use certbound::{Geometry, KeySet, PreparedKeys};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// assert!(PreparedKeys::tables_len(&keys, Geometry::Small) <= PreparedKeys::tables_len_max(1, Geometry::Small));
    /// # Ok::<(), certbound::Error>(())
    /// ```
    pub const fn tables_len_max(keys: usize, geometry: Geometry) -> usize {
        // The base points' tables of all curves, and for each key a table of the longest kind.
        let (mut base_points, mut curves): (usize, _) = (0, NamedCurve::ALL);
        while let [curve, others @ ..] = curves {
            base_points = base_points.saturating_add(curve.base_point_table_len(geometry));
            curves = others;
        }
        let key = HEADER_WORDS.saturating_add(PublicKey::table_len_max(geometry));
        keys.saturating_mul(key).saturating_add(base_points)
    }

    /// Fills the front of `memory` with the tables of these keys.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`tables_len`](Self::tables_len) returns.
    ///
    /// ```
    /// # use certbound::{Error, Geometry, KeySet, PreparedKeys};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// assert_eq!(PreparedKeys::prepare(&keys, Geometry::Small, &mut [0; 16]).unwrap_err(), Error::TableTooSmall);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn prepare(keys: &'memory [Key], geometry: Geometry, memory: &'memory mut [u64]) -> Result<Self, Error> {
        let mut rest = &mut *memory;
        let mut checksums = [CHECKSUM_START; NamedCurve::ALL.len()];
        for curve in curves_of(keys) {
            let table = take(&mut rest, curve.base_point_table_len(geometry))?;
            curve.prepare_base_point(geometry, table)?;
            for (_, checksum) in NamedCurve::ALL.iter().zip(&mut checksums).filter(|(of, _)| **of == curve) {
                *checksum = checksum_of(CHECKSUM_START, table);
            }
        }
        for key in keys {
            let header = take(&mut rest, HEADER_WORDS)?;
            let table = take(&mut rest, key.public_key().table_len(geometry))?;
            key.public_key().prepare(geometry, table)?;
            let mut of_curves = NamedCurve::ALL.iter().zip(&checksums);
            let of_curve = of_curves.find(|(curve, _)| key.public_key().curve() == Some(**curve));
            let checksum = checksum_of(of_curve.map_or(CHECKSUM_START, |(_, checksum)| *checksum), table);
            let words = identity_of(key, geometry).into_iter().chain([checksum, 0, 0]);
            for (place, word) in header.iter_mut().zip(words) {
                *place = word;
            }
        }
        Ok(Self { keys, geometry, tables: memory })
    }

    /// Opens tables that [`prepare`](Self::prepare) filled earlier with this version, such as those of a pinned key in a board's
    /// flash. That needs no memory, and little time. The tables are the same on every machine, so a host can fill them for a board:
    /// `certbound tables` writes them as a file.
    ///
    /// Tables carry the identity of their keys and a checksum, against mistakes and against memory that loses bits. Neither protects
    /// from an attacker who can write to the tables: such an attacker decides what is accepted, as with the keys themselves.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if there are fewer words than [`tables_len`](Self::tables_len) returns;
    /// [`Error::TablesOfOtherKeys`] if they were prepared from other keys, in another order, in another geometry or by another
    /// version; [`Error::TablesDamaged`] if they have changed since.
    ///
    /// ```
    /// # use certbound::{Error, Geometry, KeySet, PreparedKeys};
    /// # let jwks = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// # let keys = KeySet::<8>::from_jwks(jwks)?;
    /// // On the host that builds the firmware:
    /// let mut tables = vec![0; PreparedKeys::tables_len(&keys, Geometry::Small)];
    /// PreparedKeys::prepare(&keys, Geometry::Small, &mut tables)?;
    /// // On the board:
    /// let prepared = PreparedKeys::from_tables(&keys, Geometry::Small, &tables)?;
    ///
    /// let mut damaged = tables.clone();
    /// damaged[700] ^= 1;
    /// assert_eq!(PreparedKeys::from_tables(&keys, Geometry::Small, &damaged).unwrap_err(), Error::TablesDamaged);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn from_tables(keys: &'memory [Key], geometry: Geometry, tables: &'memory [u64]) -> Result<Self, Error> {
        if tables.len() < Self::tables_len(keys, geometry) {
            return Err(Error::TableTooSmall);
        }
        let opened = Self::resume(keys, geometry, tables);
        // All identities first, so that tables of other keys are not called damaged.
        for index in 0..keys.len() {
            opened.tables_of(index)?;
        }
        for index in 0..keys.len() {
            let (header, tables) = opened.place_of(index).ok_or(Error::TableTooSmall)?;
            let checksum = checksum_of(checksum_of(CHECKSUM_START, tables.base_point), tables.key);
            if header.get(IDENTITY_WORDS) != Some(&checksum) {
                return Err(Error::TablesDamaged);
            }
        }
        Ok(opened)
    }

    /// See [`ffi_support::resume_keys`](crate::ffi_support::resume_keys).
    pub(crate) const fn resume(keys: &'memory [Key], geometry: Geometry, tables: &'memory [u64]) -> Self {
        Self { keys, geometry, tables }
    }

    pub(super) const fn keys(&self) -> &'memory [Key] {
        self.keys
    }

    /// The tables for the key at this place.
    ///
    /// # Errors
    /// [`Error::TableTooSmall`] if the tables end before them; [`Error::TablesOfOtherKeys`] if they are another key's.
    pub(super) fn tables_of(&self, index: usize) -> Result<Tables<'memory>, Error> {
        let (header, tables) = self.place_of(index).ok_or(Error::TableTooSmall)?;
        let is_own = self.keys.get(index).is_some_and(|key| header.starts_with(&identity_of(key, self.geometry)));
        if is_own { Ok(tables) } else { Err(Error::TablesOfOtherKeys) }
    }

    /// The header and the tables for the key at this place.
    fn place_of(&self, index: usize) -> Option<(&'memory [u64], Tables<'memory>)> {
        let (before, [key, ..]) = self.keys.split_at_checked(index)? else { return None };
        let mut base_point = &[][..];
        let mut rest = self.tables;
        for curve in curves_of(self.keys) {
            let (table, behind) = rest.split_at_checked(curve.base_point_table_len(self.geometry))?;
            rest = behind;
            if key.public_key().curve() == Some(curve) {
                base_point = table;
            }
        }
        let start = before.iter().map(|key| key_words(key, self.geometry)).fold(0, usize::saturating_add);
        let (header, rest) = rest.get(start..)?.split_at_checked(HEADER_WORDS)?;
        let key = rest.get(..key.public_key().table_len(self.geometry))?;
        Some((header, Tables { geometry: self.geometry, key, base_point }))
    }
}

/// The curves that the keys are on, each once.
fn curves_of(keys: &[Key]) -> impl Iterator<Item = NamedCurve> {
    NamedCurve::ALL.iter().copied().filter(|curve| keys.iter().any(|key| key.public_key().curve() == Some(*curve)))
}

/// The length of a key's table and its header, in words.
fn key_words(key: &Key, geometry: Geometry) -> usize {
    key.public_key().table_len(geometry).saturating_add(HEADER_WORDS)
}

/// The first words of the header of a key's table: the key's identity, and everything else that the table's words depend on. The
/// next word is the checksum of the tables that the key is verified with.
fn identity_of(key: &Key, geometry: Geometry) -> [u64; IDENTITY_WORDS] {
    let geometry = match geometry {
        Geometry::Small => b'S',
        Geometry::Medium => b'M',
        Geometry::Large => b'L',
    };
    let mut words = [u64::from_le_bytes([b'k', b'e', b'y', FORMAT, geometry, 0, 0, 0]); IDENTITY_WORDS];
    let (identity, _) = key.identity().as_chunks();
    for (place, octets) in words.iter_mut().skip(1).zip(identity) {
        *place = u64::from_le_bytes(*octets);
    }
    words
}

/// Continues a checksum with more words. A change of one word always changes it, since each step is one-to-one; several changes
/// hide each other as rarely as two random numbers of 64 bits are equal.
fn checksum_of(start: u64, words: &[u64]) -> u64 {
    words.iter().fold(start, |sum, word| (sum ^ word).wrapping_mul(CHECKSUM_FACTOR).rotate_left(29))
}

/// The checksum of no words.
const CHECKSUM_START: u64 = 0;

/// An odd number whose bits look random: the fractional part of the golden ratio.
const CHECKSUM_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

/// Words before a key's table: a cache line, so that points stay aligned.
const HEADER_WORDS: usize = 8;

/// The words of a header that identify the key.
const IDENTITY_WORDS: usize = 5;

/// Incremented when the meaning of the words after a header changes.
const FORMAT: u8 = 3;

/// Splits `length` words off the front.
fn take<'memory>(rest: &mut &'memory mut [u64], length: usize) -> Result<&'memory mut [u64], Error> {
    let (taken, behind) = core::mem::take(rest).split_at_mut_checked(length).ok_or(Error::TableTooSmall)?;
    *rest = behind;
    Ok(taken)
}
