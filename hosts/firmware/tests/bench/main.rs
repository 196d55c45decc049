//! `make bench-boards`: flash, instructions, stack and static memory of a verdict on each board, as a table in Markdown.

#[path = "../../image/bench/case.rs"]
mod case;
#[path = "../../../../tests/support/mod.rs"]
mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
};

use certbound::{Algorithm, Geometry, KeySet, PreparedKeys, Thumbprint};
use certbound_firmware_tests::{Machine, images};
use object::{Object as _, ObjectSection as _, SectionFlags, elf};
use tempfile::NamedTempFile;

use self::{
    case::{Case, TABLES_LEN},
    support::{Issuer, Members, NOW, usual_header},
};

/// A row of the table.
struct Row {
    what: &'static str,
    /// The image, which `hosts/firmware/build-bench` names.
    image: &'static str,
    algorithm: Algorithm,
    geometry: Option<Geometry>,
}

const fn row(what: &'static str, image: &'static str, algorithm: Algorithm, geometry: Option<Geometry>) -> Row {
    Row { what, image, algorithm, geometry }
}

/// "Alone" is an image with the feature of one algorithm. In the others every algorithm is linked, whatever the key.
const ROWS: [Row; 15] = [
    row("ES256 alone", "es256", Algorithm::ES256, None),
    row("ES256 alone, prepared, small tables", "es256-prepared", Algorithm::ES256, Some(Geometry::Small)),
    row("ES256 alone, key pinned in flash, small tables", "es256-pinned", Algorithm::ES256, None),
    row("EdDSA alone", "eddsa", Algorithm::EdDSA, None),
    row("RS256 alone, 2048 bits", "rsa", Algorithm::RS256, None),
    row("RS256 alone, prepared", "rsa-prepared", Algorithm::RS256, Some(Geometry::Small)),
    row("ES256", "plain", Algorithm::ES256, None),
    row("ES256, prepared, small tables", "prepared", Algorithm::ES256, Some(Geometry::Small)),
    row("ES256, prepared, medium tables", "prepared", Algorithm::ES256, Some(Geometry::Medium)),
    row("ES384", "plain", Algorithm::ES384, None),
    row("ES512", "plain", Algorithm::ES512, None),
    row("EdDSA", "plain", Algorithm::EdDSA, None),
    row("EdDSA, prepared, small tables", "prepared", Algorithm::EdDSA, Some(Geometry::Small)),
    row("RS256, 2048 bits", "plain", Algorithm::RS256, None),
    row("RS256, prepared", "prepared", Algorithm::RS256, Some(Geometry::Small)),
];

fn main() {
    // The image with the pinned key has been built before.
    let issuer = Issuer::with_known_p256();
    println!(
        "| configuration | token | flash | instructions | loading the key | stack | static RAM | tables in RAM | RISC-V: flash, instructions |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let wanted = std::env::var("ROWS").unwrap_or_default();
    for row in ROWS.into_iter().filter(|row| row.what.contains(&wanted)) {
        let jwks = format!(r#"{{"keys":[{}]}}"#, issuer.jwk(row.algorithm, r#""kid":"2026-11","use":"sig""#));
        let header = usual_header().with("alg", &format!("{:?}", row.algorithm.name())).with("kid", r#""2026-11""#);
        let token = issuer.token(row.algorithm, header.json(), claims());
        let case = Case {
            jwks: jwks.as_bytes(),
            certificate: CERTIFICATE,
            token: token.as_bytes(),
            now: NOW,
            medium: row.geometry == Some(Geometry::Medium),
        };
        let mut page = [0; 4096];
        let page = postcard::to_slice(&case, &mut page).unwrap();
        let [arm, riscv] = Machine::ALL.map(|machine| Figures::of(machine, row.image, page));
        let tables = row.geometry.map_or(0, |geometry| {
            let keys = KeySet::<1>::from_jwks(jwks.as_bytes()).unwrap();
            8 * PreparedKeys::tables_len(&keys, geometry)
        });
        println!(
            "| {} | {} B | {} | {} | {} | {} | {} | {} | {}, {} |",
            row.what,
            token.len(),
            kilobytes(arm.flash),
            millions(arm.instructions),
            millions(arm.loading),
            kilobytes(arm.stack),
            arm.ram,
            if tables == 0 { "0".to_owned() } else { kilobytes(tables.try_into().unwrap()) },
            kilobytes(riscv.flash),
            millions(riscv.instructions),
        );
    }
}

/// Any bytes have a thumbprint; a short certificate has about 500.
const CERTIFICATE: &[u8] = &[0x30; 500];

/// Claims as authorization servers write them.
fn claims() -> String {
    let cnf = format!(r#"{{"x5t#S256":"{}"}}"#, Thumbprint::of_der(CERTIFICATE));
    Members::of(&[
        ("iss", r#""https://as.example""#),
        ("aud", r#""https://api.example""#),
        ("sub", r#""server-a""#),
        ("client_id", r#""server-a""#),
        ("scope", r#""accounts:read payments:write""#),
        ("iat", "1895000000"),
        ("nbf", "1895000000"),
        ("exp", "4102444800"),
        ("jti", r#""8f2c1d6e-6a0b-4a58-9f0b-1f7be0d2f1c4""#),
        ("cnf", &cnf),
    ])
    .json()
}

/// What a verdict takes on a board.
struct Figures {
    /// The image without that of an empty one.
    flash: u64,
    /// Of a verdict that accepts.
    instructions: u64,
    /// Of reading the key, or of making its tables.
    loading: u64,
    /// Of the deepest verdict, or of loading.
    stack: u64,
    /// Static memory without that of an empty image, and without the memory for tables.
    ram: u64,
}

impl Figures {
    fn of(machine: Machine, configuration: &str, page: &[u8]) -> Self {
        let image = |configuration: &str| images().join(format!("bench/{}-{configuration}.elf", machine.name()));
        let numbers = run(machine, &image(configuration), page);
        let [loading, accepted, stolen, of_loading, of_accepted, of_stolen] = numbers[..] else {
            panic!("{}, {configuration}: the board stopped at line {numbers:?}", machine.name())
        };
        // A stolen token is rejected by the last check, so it takes about as much.
        assert!(stolen < 2 * accepted, "{stolen} {accepted}");
        let instructions = |ticks| ticks * machine.instructions_per_tick();
        let [(flash, ram), (empty_flash, empty_ram)] = [configuration, "empty"].map(|name| sizes(&image(name)));
        let tables = if configuration.ends_with("prepared") { TABLES_BYTES } else { 0 };
        let stack = of_loading.max(of_accepted).max(of_stolen);
        Self {
            flash: flash - empty_flash,
            instructions: instructions(accepted),
            loading: instructions(loading),
            stack,
            ram: (ram - empty_ram).checked_sub(tables).unwrap(),
        }
    }
}

/// The numbers that the program prints.
fn run(machine: Machine, image: &Path, page: &[u8]) -> Vec<u64> {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(page).unwrap();
    let mut qemu = machine.command(image, file.path()).args(["-icount", "shift=0"]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(qemu.stdout.take().unwrap()).read_line(&mut line).unwrap();
    qemu.kill().unwrap();
    qemu.wait().unwrap();
    line.split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// The bytes of an image that lie in flash, and those of its static memory.
fn sizes(path: &PathBuf) -> (u64, u64) {
    let image = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}: run make bench-boards", path.display()));
    let file = object::File::parse(&*image).unwrap();
    let (mut flash, mut ram) = (0, 0);
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags } = section.flags() else { panic!("no ELF file") };
        if sh_flags & u64::from(elf::SHF_ALLOC) == 0 {
            continue;
        }
        // Sections without contents, as .bss, lie in RAM only. That of riscv-rt for the stack is the rest of the RAM.
        let has_contents = section.file_range().is_some();
        flash += if has_contents { section.size() } else { 0 };
        let is_static = sh_flags & u64::from(elf::SHF_WRITE) != 0 && section.name() != Ok(".stack");
        ram += if is_static { section.size() } else { 0 };
    }
    (flash, ram)
}

/// The static memory for tables, with the flag whether they have been taken.
const TABLES_BYTES: u64 = 8 * TABLES_LEN as u64 + 8;

fn kilobytes(bytes: u64) -> String {
    format!("{:.1} KB", bytes as f64 / 1000.0)
}

fn millions(count: u64) -> String {
    format!("{:.2} M", count as f64 / 1e6)
}
