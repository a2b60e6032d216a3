//! Counting tests from what their runners print.

use xtask::counting::{Count, failed_test, summed_up};

#[test]
fn the_closing_lines_of_the_test_runners_are_understood() {
    for (line, passed, failed) in [
        (
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            12,
            0,
        ),
        (
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            3,
            2,
        ),
        ("      Tests  1 failed | 122 passed (123)", 122, 1),
        (
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m311 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (311)\u{1b}[39m",
            311,
            0,
        ),
        ("\u{1b}[31m  2 failed\u{1b}[39m", 0, 2),
        ("  1 flaky", 1, 0),
        ("  45 passed (1.3m)", 45, 0),
        ("test store::lists ... ok", 0, 0),
        ("test result: interrupted", 0, 0),
        (" Test Files  9 passed (9)", 0, 0),
        (
            "  ✓  12 [chromium] › tasks.spec.ts › 3 passed tasks (1.2s)",
            0,
            0,
        ),
    ] {
        let Count {
            passed: those_that_passed,
            failed: those_that_did_not,
            ..
        } = summed_up(line);
        assert_eq!(
            (those_that_passed, those_that_did_not),
            (passed, failed),
            "{line}"
        );
    }
}

#[test]
fn a_test_that_failed_is_named_as_its_runner_names_it() {
    for (line, name) in [
        ("test store::lists ... FAILED", Some("store::lists")),
        ("test store::lists ... ok", None),
        ("test result: FAILED. 3 passed; 2 failed; 0 ignored", None),
        (
            "\u{1b}[41m\u{1b}[1m FAIL \u{1b}[22m\u{1b}[49m tests/limits.test.ts > attempts > are counted",
            Some("tests/limits.test.ts > attempts > are counted"),
        ),
        (
            "  ✘  12 specs/tasks.spec.ts:195:1 › a list that cannot be read (7.1s)",
            Some("12 specs/tasks.spec.ts:195:1 › a list that cannot be read (7.1s)"),
        ),
        (
            "  ✓  12 specs/tasks.spec.ts:195:1 › FAIL is a word (7.1s)",
            None,
        ),
    ] {
        assert_eq!(failed_test(line).as_deref(), name, "{line}");
    }
}
