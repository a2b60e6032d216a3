//! The turns under faults of `cargo xtask bench chat`, a few of them, by the programs that were built for the tests.

use std::{error::Error, path::Path, process::Command};

/// Long enough to have every kind of fault.
const TURNS: &str = "40";
const SEED: &str = "20";

#[test]
fn turns_in_which_everything_fails_do_nothing_twice_and_lose_nothing() -> Result<(), Box<dyn Error>>
{
    run(&[])
}

#[test]
fn turns_that_are_taken_back_while_everything_fails_leave_the_others_standing()
-> Result<(), Box<dyn Error>> {
    run(&["--undo"])
}

fn run(options: &[&str]) -> Result<(), Box<dyn Error>> {
    let bench = Path::new(env!("CARGO_BIN_EXE_bench"));
    let programs = bench.parent().ok_or("a folder of programs")?;
    for name in ["todo-backend", "todo-mcp"] {
        let program = programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        assert!(
            program.exists(),
            "{} is missing: build it with `cargo build --workspace --bins`",
            program.display()
        );
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are configured by nothing else"
    )]
    let database =
        std::env::var("DATABASE_URL").map_err(|error| format!("DATABASE_URL: {error}"))?;
    let output = Command::new(bench)
        .args(["chat", "--only", "faults", "--turns", TURNS, "--seed", SEED])
        .args(options)
        .arg("--programs")
        .arg(programs)
        .env("BENCH_DATABASE_URL", database)
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        output.status.success(),
        "{}\n{}",
        text(&output.stderr),
        text(&output.stdout)
    );
    Ok(())
}
