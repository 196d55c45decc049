//! The stack of a verdict, measured on the released library, is no more than the documentation says.

use std::process::Command;

use certbound_c_tests::{Fixtures, Program, repository, run};

/// Rows of `docs/speed.md`: the algorithm as the program has it, and the most KiB with tables and without.
const PROMISED: [(&str, &str, usize, usize); 7] = [
    ("ES256", "ES256", 8, 14),
    ("ES384", "ES384", 8, 19),
    ("ES512", "ES512", 11, 27),
    ("EdDSA", "EdDSA", 8, 19),
    ("RS256", "RS256 to RS512, 2048 bits", 8, 8),
    ("PS512", "PS256 to PS512, 2048 bits", 8, 8),
    ("RS256_4096", "the same, 4096 bits", 9, 10),
];

#[test]
fn a_verdict_takes_no_more_stack_than_is_promised() {
    let source = repository().join("ffi/c_tests/c/stack.c");
    let program = Program::c("stack", &source).with_certbound().with(["-pthread"]).build();
    let printed = run(Command::new(program).arg(Fixtures::new("stack_fixtures").directory()));
    println!("{printed}");
    let documentation = include_str!("../../../docs/speed.md");
    for (algorithm, name, prepared, plain) in PROMISED {
        assert!(documentation.contains(&format!("\n| {name} | {prepared} KiB | {plain} KiB |\n")), "{name}");
        for (tables, promised) in [("none", plain), ("small", prepared), ("medium", prepared), ("large", prepared)] {
            let line = printed.lines().find_map(|line| line.strip_prefix(&format!("{algorithm} {tables} ")));
            let len: usize = line.unwrap().parse().unwrap();
            // Less than a hash takes would mean that nothing was measured.
            assert!((512..=promised * 1024).contains(&len), "{algorithm}, {tables}: {len} bytes");
        }
    }
}
