//! Counting tests from what their runners print.

use xtask::test::{Count, cargo_result};

#[test]
fn the_closing_lines_of_cargo_test_are_understood() {
    let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
    assert_eq!(
        cargo_result(line),
        Some(Count {
            passed: 12,
            failed: 0
        })
    );
    let line = "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s";
    assert_eq!(
        cargo_result(line),
        Some(Count {
            passed: 3,
            failed: 2
        })
    );
    assert_eq!(cargo_result("test store::lists ... ok"), None);
    assert_eq!(cargo_result("test result: interrupted"), None);
}
