//! The stack that a verification uses in the release build is about what the documentation says.

use std::process::Command;

use certbound_c_tests::{Fixtures, Program, repository, run};

/// Rows of `docs/speed.md`: the algorithm's name in the program and in the table, and the bytes with and without tables.
const DOCUMENTED: [(&str, &str, usize, usize); 7] = [
    ("ES256", "ES256", 7_150, 12_700),
    ("ES384", "ES384", 7_150, 17_350),
    ("ES512", "ES512", 8_200, 24_450),
    ("EdDSA", "EdDSA", 7_150, 17_350),
    ("RS256", "RS256 to RS512, 2048 bits", 7_150, 7_800),
    ("PS512", "PS256 to PS512, 2048 bits", 7_150, 7_850),
    ("RS256_4096", "the same, 4096 bits", 7_350, 10_450),
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
