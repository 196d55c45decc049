//! `certbound tables`

use std::{
    fmt::Write as _,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use certbound::{Geometry, KeySet, PreparedKeys};
use clap::{Args, ValueEnum};

use crate::{
    explain::Detail,
    failure::Failure,
    input,
    json::quote,
    key_set::{self, PassedOver},
    output,
    token::Members,
    whole_file::WholeFile,
};

/// Write the tables of a pinned key, to keep in the flash of a board
///
/// A verifier with tables takes less than half of the instructions for an ES256 signature. In flash they take no RAM, and the board need
/// not prepare them. They are the same for every machine, and valid for this version of certbound alone: write them again when you
/// update it. The output also has the keys, since tables are accepted for their own keys only.
///
/// Public EC (P-256, P-384, P-521), OKP (Ed25519) and RSA keys can be pinned.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  certbound tables jwks.json --target 32 --format rust --out src/issuer_keys.rs
  certbound tables jwks.json --geometry medium --target 32 --format c --out issuer_keys.h

In Rust: PreparedKeys::from_tables(&KeySet::<N>::from_jwks(JWKS)?, GEOMETRY, &TABLES).
In C: certbound_keys_init_with_tables. docs/embedded.md has both, and says how to exchange a key.

The format binary has the words alone, little-endian, of 8 bytes each.

Exit codes:
  0  written
  2  no usable key, wrong usage, or a file that cannot be read or written")]
pub(crate) struct Tables {
    /// The key: a JWK, or a JWK Set, whose usable keys are all pinned; "-" reads standard input
    key: PathBuf,

    /// The size of the tables: docs/embedded.md lists what they take
    #[arg(long, value_name = "SIZE", default_value = "small")]
    geometry: Size,

    /// The word size of the board's processor, in bits; the tables of this version are the same for both
    #[arg(long, value_name = "BITS", default_value = "32", value_parser = ["32", "64"])]
    target: String,

    /// What is written: Rust or C source to include, or the words
    #[arg(long, value_name = "FORMAT", default_value = "rust")]
    format: Format,

    /// The file to write; without it, standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    Small,
    Medium,
    Large,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Rust,
    C,
    Binary,
}

impl Tables {
    pub(crate) fn run(self) -> Result<(), Failure> {
        // Words in a table do not depend on the machine. The option says what the file is for, and later versions may need it.
        let Self { key, geometry, target: _, format, out } = self;
        let pinned = Pinned::read(&key, geometry)?;
        let content = match format {
            Format::Rust => pinned.rust().into_bytes(),
            Format::C => pinned.c().into_bytes(),
            Format::Binary => pinned.tables.iter().flat_map(|word| word.to_le_bytes()).collect(),
        };
        write(out, &content)
    }
}

/// Keys and their tables.
struct Pinned {
    jwks: String,
    /// The keys, in words for a comment.
    description: String,
    size: Size,
    tables: Vec<u64>,
}

impl Pinned {
    fn read(path: &Path, size: Size) -> Result<Self, Failure> {
        let text = set_of(path, input::read(path, input::JSON_FILE_LEN)?)?;
        key_set::warn_of_private_keys(&text);
        let mut passed_over = Vec::new();
        let keys = key_set::parse(&text, &mut passed_over).map_err(|error| key_set::unusable(path, error, &text))?;
        if keys.is_empty() {
            let name = input::name(path);
            return Err(Failure::Unusable(format!(
                "{name}: the JWK Set lists no keys; pass one with the issuer's keys"
            )));
        }
        passed_over.iter().for_each(warn);

        let geometry = size.geometry();
        let mut tables = vec![0; PreparedKeys::tables_len(&keys, geometry)];
        let failure = |error| key_set::unusable(path, error, &text);
        PreparedKeys::prepare(&keys, geometry, &mut tables).map_err(failure)?;
        // As the board will: with the keys that are written.
        let jwks = key_set::public_members(&text, &passed_over).trim_end().to_owned();
        let written = key_set::parse(jwks.as_bytes(), &mut Vec::new()).map_err(failure)?;
        PreparedKeys::from_tables(&written, geometry, &tables).map_err(failure)?;
        let described = keys.iter().map(|key| match key.key_id() {
            Some(id) => format!("{} {}", key.kind(), quote(id)),
            None => key.kind().to_owned(),
        });
        Ok(Self { jwks, description: described.collect::<Vec<_>>().join(", "), size, tables })
    }

    fn rust(&self) -> String {
        let geometry = self.size.geometry();
        let (version, length) = (env!("CARGO_PKG_VERSION"), self.tables.len());
        let mut text = format!(
            "// Written by certbound tables, version {version}: {}\n\n\
            /// The pinned keys, a JWK Set.\n\
            pub static JWKS: &[u8] = {:?}.as_bytes();\n\n\
            /// The size of their tables.\n\
            pub const GEOMETRY: ::certbound::Geometry = ::certbound::Geometry::{geometry:?};\n\n\
            /// Their tables.\n\
            pub static TABLES: [u64; {length}] = [\n",
            comment(&self.description),
            self.jwks
        );
        self.write_words(&mut text, "");
        text.push_str("];\n");
        text
    }

    fn c(&self) -> String {
        let name = match self.size {
            Size::Small => "CERTBOUND_TABLES_SMALL",
            Size::Medium => "CERTBOUND_TABLES_MEDIUM",
            Size::Large => "CERTBOUND_TABLES_LARGE",
        };
        let (version, length) = (env!("CARGO_PKG_VERSION"), self.tables.len());
        let mut text = format!(
            "/* Written by certbound tables, version {version}: {} */\n\
            #include <stdint.h>\n\n\
            /* The pinned keys, a JWK Set, with a zero at the end. */\n\
            static const char certbound_pinned_jwks[] =",
            comment(&self.description)
        );
        // Compilers need not accept longer literals.
        for part in self.jwks.as_bytes().chunks(C_LITERAL) {
            let literal: String = part.iter().map(|byte| c_character(*byte)).collect();
            let _ = write!(text, "\n    \"{literal}\"");
        }
        let _ = write!(
            text,
            ";\n\n/* The size of their tables. */\n\
            #define CERTBOUND_PINNED_TABLES {name}\n\n\
            /* Their tables. */\n\
            static const uint64_t certbound_pinned_tables[{length}] = {{\n"
        );
        self.write_words(&mut text, "u");
        text.push_str("};\n");
        text
    }

    fn write_words(&self, text: &mut String, suffix: &str) {
        for words in self.tables.chunks(WORDS_IN_LINE) {
            let words: Vec<_> = words.iter().map(|word| format!("{word:#018x}{suffix}")).collect();
            let _ = writeln!(text, "    {},", words.join(", "));
        }
    }
}

impl Size {
    const fn geometry(self) -> Geometry {
        match self {
            Self::Small => Geometry::Small,
            Self::Medium => Geometry::Medium,
            Self::Large => Geometry::Large,
        }
    }
}

/// The JWK Set that the text is, or the set of the one JWK that it is.
fn set_of(path: &Path, text: Vec<u8>) -> Result<Vec<u8>, Failure> {
    let is_jwk = Members::read(&text)
        .is_ok_and(|members| members.optional_json("kty").is_some() && members.optional_json("keys").is_none());
    if !is_jwk {
        return Ok(text);
    }
    KeySet::<1>::from_jwk(&text).map_err(|error| Failure::unusable(&input::name(path), error, &Detail::default()))?;
    Ok([b"{\"keys\":[", text.as_slice(), b"]}"].concat())
}

fn warn(key: &PassedOver) {
    let number = key.index.saturating_add(1);
    output::warn(&format!("key {number} is not pinned: {}: {}", key.reason.name(), key.reason));
}

/// A text that begins and ends no comment, and has no trigraph.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace("/*", "/ *").replace("??", "? ?")
}

/// A character of a literal in C.
fn c_character(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        // A question mark could begin a trigraph. Three octal digits end an escape, whatever follows.
        b' '..=b'~' if byte != b'?' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}

fn write(out: Option<PathBuf>, content: &[u8]) -> Result<(), Failure> {
    let unusable = |place: &str, error: io::Error| Failure::Unusable(format!("{place} cannot be written: {error}"));
    let Some(path) = out else {
        let mut stdout = io::stdout().lock();
        return match stdout.write_all(content).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(unusable("standard output", error)),
            _ => Ok(()),
        };
    };
    let name = path.display().to_string();
    WholeFile::new(path).write(content).map(|_| ()).map_err(|error| unusable(&name, error))
}

/// Words in a line of source.
const WORDS_IN_LINE: usize = 5;

/// Bytes of a literal in C.
const C_LITERAL: usize = 96;
