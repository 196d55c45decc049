//! The stack that a verification uses in the release build is about what the documentation says.

use std::process::Command;

use certbound_c_tests::{Fixtures, Program, repository, run};

/// Rows of `docs/speed.md`: the algorithm's name in the program and in the table, and the bytes with and without tables.
const DOCUMENTED: [(&str, &str, usize, usize); 7] = [
    ("ES256", "ES256", 8_100, 12_900),
    ("ES384", "ES384", 9_150, 16_650),
    ("ES512", "ES512", 11_850, 23_750),
    ("EdDSA", "EdDSA", 8_100, 19_000),
    ("RS256", "RS256 to RS512, 2048 bits", 8_100, 8_550),
    ("PS512", "PS256 to PS512, 2048 bits", 8_500, 8_550),
    ("RS256_4096", "the same, 4096 bits", 9_000, 11_150),
];

#[test]
fn a_verification_uses_as_much_stack_as_documented() {
    let source = repository().join("ffi/c_tests/c/stack.c");
    let program = Program::c("stack", &source).with_certbound().with(["-pthread"]).build();
    let printed = run(Command::new(program).arg(Fixtures::new("stack_fixtures").directory()));
    println!("{printed}");
    let documentation = include_str!("../../../docs/speed.md").replace(',', "");
    for (algorithm, name, prepared, plain) in DOCUMENTED {
        let row = format!("\n| {name} | {prepared} | {plain} |\n").replace(',', "");
        assert!(documentation.contains(&row), "{row}");
        for (tables, documented) in [("none", plain), ("small", prepared), ("medium", prepared), ("large", prepared)] {
            let line = printed.lines().find_map(|line| line.strip_prefix(&format!("{algorithm} {tables} ")));
            let len: usize = line.unwrap().parse().unwrap();
            // Stack frames vary between compilers.
            let about = documented - documented / 5..=documented + documented / 5;
            assert!(about.contains(&len), "{algorithm}, {tables}: {len} bytes, expected about {documented}");
        }
    }
}
