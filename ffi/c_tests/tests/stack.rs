//! The stack of a verdict, measured on the released library, is what the documentation says.

use std::process::Command;

use certbound_c_tests::{Fixtures, Program, repository, run};

/// What `docs/c.md` promises, in bytes.
const STACK_LEN: usize = 8 * 1024;

#[test]
fn a_verdict_takes_no_more_stack_than_is_promised() {
    let source = repository().join("ffi/c_tests/c/stack.c");
    let program = Program::c("stack", &source).with_certbound().with(["-pthread"]).build();
    let printed = run(Command::new(program).arg(Fixtures::new("stack_fixtures").directory()));
    let figures: Vec<(&str, usize)> = printed
        .lines()
        .map(|line| line.rsplit_once(' ').unwrap())
        .map(|(name, len)| (name, len.parse().unwrap()))
        .collect();
    println!("{printed}");
    assert_eq!(figures.len(), 4 * 6, "each algorithm, with each kind of tables: {printed}");
    for (name, len) in figures {
        // Less than a hash takes would mean that nothing was measured.
        assert!((512..=STACK_LEN).contains(&len), "{name}: {len} bytes");
    }
}
